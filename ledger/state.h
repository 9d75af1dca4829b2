/*
 * state.h: what the rules read and apply writes: the tables under one LMDB transaction.
 *
 * docs/internals/storage.md has the tables row by row, ledger/rows.h packs and unpacks them. Inside
 * ledger/ only.
 *
 * Errors stick in `txn`: after one, lookups find nothing and writes do nothing, so whoever decides
 * on what was looked up asks `txn.err` before the decision counts.
 */
#ifndef LEDGER_STATE_H
#define LEDGER_STATE_H

#include "ledger/ledger.h"
#include "proto/merkle.h"
#include "store/store.h"

#define STATE_FORMAT 2

/* X(name, kind) */
#define STATE_TABLES(X)                                                                            \
    X(meta, PLAIN)                                                                                 \
    X(organisations, PLAIN)                                                                        \
    X(organisation_names, PLAIN)                                                                   \
    X(keys, PLAIN)                                                                                 \
    X(organisation_keys, FIXED)                                                                    \
    X(tacs, PLAIN)                                                                                 \
    X(claims, FIXED)                                                                               \
    X(spans, FIXED)                                                                                \
    X(events, FIXED)                                                                               \
    X(span_events, FIXED)                                                                          \
    X(transactions, PLAIN)                                                                         \
    X(ids, PLAIN)                                                                                  \
    X(numbers, FIXED)                                                                              \
    X(proposals, PLAIN)                                                                            \
    X(ballots, FIXED)                                                                              \
    X(nodes, PLAIN)                                                                                \
    X(node_keys, PLAIN)                                                                            \
    X(authorities, PLAIN)

struct tables {
#define X(name, kind) struct table name;
    STATE_TABLES(X)
#undef X
};

#define STATE_TABLE_COUNT (sizeof(struct tables) / sizeof(struct table))

/* What stays the same from the genesis on. */
struct founding {
    struct hash network;
    uint32_t ballots;
};

struct state {
    struct txn txn;
    const struct tables *tables;
    const struct founding *founding;
};

/* Begins a transaction on the ledger's state. End it with txn_commit() or txn_abort() of `txn`. */
enum err state_begin(struct ledger *ledger, bool write, struct state *out) must_check;

/* Opens the tables of a state of this format and network; in a write transaction makes those of a
 * new one. ERR_OK, ERR_OLD_FORMAT, ERR_FOREIGN_DATA, the errors of the store; ERR_NOT_FOUND when
 * nothing was ever written. */
enum err state_open(struct state *state, struct tables *out) must_check;

/* Sets the transaction's error, unless one stands already. */
void state_fail(struct state *state, enum err err);

/* A row of `meta`. False also after an error. */
bool state_meta(struct state *state, const char *name, struct bytes *out);
void state_set_meta(struct state *state, const char *name, struct bytes value);

/* Writes the rows that say whose state this is. */
void state_found(struct state *state);

/* Where the state stands, and the right edge of its tree. ERR_DAMAGED, the errors of the store. */
enum err state_position(struct state *state, struct ledger_position *position,
                        struct merkle_frontier *frontier) must_check;
void state_set_position(struct state *state, const struct ledger_position *position,
                        const struct merkle_frontier *frontier);

#endif
