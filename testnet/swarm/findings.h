/*
 * findings.h: what a judge looked at, and what it found wrong.
 */
#ifndef TESTNET_SWARM_FINDINGS_H
#define TESTNET_SWARM_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* X(name, word, sentence) */
#define CHECK_TABLE(X)                                                                             \
    X(LEDGERS, "ledgers", "heads and states are equal at equal heights")                           \
    X(WRITES, "writes", "what was acknowledged is in every ledger once, what was refused in none") \
    X(FRESH, "fresh", "fresh reads and writes of each device have an order")                       \
    X(LOCAL, "local", "each answer was the ledger's at the height that it told")                   \
    X(AGE, "age", "no answer was older than it told")                                              \
    X(SESSION, "session", "no client saw a node go back")

enum check {
#define X(name, word, sentence) CHECK_##name,
    CHECK_TABLE(X)
#undef X
        CHECK_COUNT
};

enum { FINDINGS_KEPT_MAX = 64, FINDING_TEXT_SIZE = 1024 };

struct finding {
    enum check check;
    char text[FINDING_TEXT_SIZE];
};

struct findings {
    uint64_t checked[CHECK_COUNT];
    uint64_t wrong[CHECK_COUNT];
    uint64_t age_late_ms; /* by how much the age of an answer was too small at most */
    uint64_t undecided;   /* devices of which CHECK_FRESH does not know */
    size_t kept;          /* the first ones */
    struct finding list[FINDINGS_KEPT_MAX];
};

/* Something is wrong: as printf; a sentence that names the lines, and what would have been right.
 */
void findings_add(struct findings *findings, enum check check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The first to be shown for people, with what was looked at; as members of a JSON object. */
void findings_print(const struct findings *findings, FILE *out);
void findings_print_json(const struct findings *findings, FILE *out);

/* Nothing is wrong, and nothing was left undecided. */
bool findings_are_clean(const struct findings *findings);

#endif
