/*
 * policy.h: what the operator makes of what the ledger says: a YAML file of its own.
 *
 * `imeid --print-policy` writes it with every key, its meaning and its default; the defaults are
 * what a node without a policy does. docs/eir.md is the operator's guide. Plain data: a decision
 * (decide.h) reads it, nothing writes it after it was parsed.
 */
#ifndef EIR_POLICY_H
#define EIR_POLICY_H

#include "conf/settings.h"
#include "eir/found.h"
#include "eir/golden.h"
#include "eir/pairs.h"
#include "proto/verdict.h"

#define POLICY_RULES_MAX  256
#define POLICY_NAMES_MAX  64 /* organisations, or countries, of one rule */
#define POLICY_BODIES_MAX 100
#define POLICY_DAYS_MAX   3650

/* What a rule for claims fits. A part that is empty fits every claim. */
struct policy_rule {
    unsigned line;      /* of the file */
    unsigned kinds;     /* bits: 1 << enum claim_kind */
    unsigned roles;     /* bits: enum role; fits when the organisation has one of them */
    uint64_t reasons;   /* bits: 1 << enum reason */
    unsigned places;    /* bits: POLICY_ON_DEVICE, POLICY_ON_RANGE */
    enum verdict means; /* BLACK, GREY, or WHITE: ignored */
    size_t organisation_count;
    struct name organisations[POLICY_NAMES_MAX];
    size_t country_count;
    struct country countries[POLICY_NAMES_MAX];
};

enum { POLICY_ON_DEVICE = 1, POLICY_ON_RANGE = 2 };

struct policy_rules {
    size_t count;
    struct policy_rule at[POLICY_RULES_MAX];
};

/* A field of a verdict may be 0: no verdict of its own, "as-known". */
struct policy {
    struct policy_rules claims; /* the first that fits decides what a claim means */
    enum verdict block;         /* of claims that no rule fits: BLACK, GREY or WHITE */
    enum verdict watch;
    enum verdict duplicate;
    enum verdict tac_unallocated;
    uint16_t tac_delay_days[POLICY_BODIES_MAX]; /* by reporting body */
    enum verdict test_tac;                      /* 0: as any other TAC */
    struct setting_texts registered_in;         /* countries; none: registrations do not matter */
    enum verdict unregistered;
    uint64_t stale_seconds;              /* 0: a node is never stale */
    enum verdict stale;                  /* 0: as known */
    char golden_path[SETTING_TEXT_SIZE]; /* empty: none */
    struct golden *golden;               /* NULL: none; owned */
    struct pairs *pairs;                 /* set by who reads the file; NULL: none; owned */
};

/* Parses the text of a file that lies in `directory`. The golden list is not read: see
 * policy_read(). ERR_CONFIG with `complaint`; ERR_MEMORY. The caller ends it with policy_free(). */
enum err policy_parse(struct bytes text, const char *directory, struct policy **out,
                      struct complaint *complaint) must_check;
/* Of a node without a policy file. ERR_MEMORY. */
enum err policy_default(struct policy **out) must_check;
void policy_free(struct policy *policy); /* NULL is allowed */

/* A commented file with every key at its default. */
void policy_print(FILE *out);

/* What a claim of that class means: BLACK, GREY, or WHITE: it is not honoured. REGISTERED means
 * nothing here. `line` is that of the rule that fits; 0: none does. */
enum verdict policy_meaning(const struct policy *policy, const struct claim_class *class,
                            bool is_range, unsigned *line);

/* Whether this claim is a registration that counts. */
bool policy_is_registered(const struct policy *policy, const struct claim_class *class);

#endif
