/*
 * statements.h: what the clients of a simulated world say to its ledger: some hundred statements,
 * signed once for a group of seeds, of which each world takes its own in its own order, now and
 * then one again; and entries that are none.
 *
 * They are drawn so that they meet: few devices, few keys, numbers that are used twice, times that
 * end within a run, keys that must be added first, votes for one another's proposals.
 */
#ifndef TESTS_SIM_STATEMENTS_H
#define TESTS_SIM_STATEMENTS_H

#include "proto/statement.h"
#include "tests/sim/random.h"

/* Statements of a pool, and those about nodes that a world adds to it. */
#define STATEMENTS_POOL 1024
#define STATEMENTS_MAX  1408

/* Seeds that follow each other and share a pool. */
#define STATEMENTS_GROUP 64

struct said {
    struct bytes encoded;
    struct hash id;
    uint64_t issued_at_ms;
    uint64_t valid_until_ms;
    uint32_t key;
    uint32_t first; /* the first statement under the same key, lane and number; itself, mostly */
    uint64_t lane;
    uint64_t number;
    enum operation operation;
};

/* What an entry of a block is. */
enum entry_kind {
    ENTRY_AS_SIGNED,
    ENTRY_FORGED,   /* the statement with another signature */
    ENTRY_TRUNCATED /* some first bytes of the statement */
};

struct entry {
    uint32_t statement;
    enum entry_kind kind;
};

struct statements;

/* NULL when there is no memory. */
struct statements *statements_open(void);
void statements_close(struct statements *statements); /* NULL is allowed */

/* For the world of that seed. */
void statements_reset(struct statements *statements, uint64_t seed);

/* Whether each was sent once: what comes now is mostly a duplicate. */
bool statements_are_sent(const struct statements *statements);
/* What a client sends next. */
struct entry statements_next(struct statements *statements, struct random *random);
const struct said *statements_said(const struct statements *statements, uint32_t number);

/* A regulator's word about a node: add, promote or remove it. False when there are too many. */
bool statements_about_node(struct statements *statements, enum operation operation, uint32_t node,
                           uint32_t *number);

#endif
