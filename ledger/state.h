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

#include "ledger/change.h"
#include "ledger/ledger.h"
#include "proto/merkle.h"
#include "store/store.h"

#define STATE_FORMAT 3

/*
 * X(name, kind, number, lead, shift): the tables, and how their rows are cut into chunks. A row's
 * chunk is the first `lead` bytes of its key, as a number, shifted right by `shift`; `number` is
 * the table's in the hash of the state, and never another one's. Tables without a number are not
 * hashed: docs/decisions/0012-checkpoints.md says why each of them need not be.
 */
#define STATE_TABLES(X)                                                                            \
    X(meta, PLAIN, 0, 0, 0)                                                                        \
    X(standing, PLAIN, 1, 1, 8)                                                                    \
    X(organisations, PLAIN, 2, 2, 10)                                                              \
    X(organisation_names, PLAIN, 0, 0, 0)                                                          \
    X(keys, PLAIN, 3, 1, 0)                                                                        \
    X(organisation_keys, FIXED, 0, 0, 0)                                                           \
    X(tacs, PLAIN, 4, 4, 8)                                                                        \
    X(claims, FIXED, 5, 4, 0)                                                                      \
    X(spans, FIXED, 6, 4, 6)                                                                       \
    X(events, FIXED, 7, 4, 4)                                                                      \
    X(span_events, FIXED, 8, 4, 6)                                                                 \
    X(transactions, PLAIN, 9, 5, 12)                                                               \
    X(ids, PLAIN, 0, 0, 0)                                                                         \
    X(numbers, FIXED, 0, 0, 0)                                                                     \
    X(proposals, PLAIN, 10, 1, 8)                                                                  \
    X(ballots, FIXED, 11, 1, 8)                                                                    \
    X(nodes, PLAIN, 12, 1, 8)                                                                      \
    X(node_keys, PLAIN, 0, 0, 0)                                                                   \
    X(authorities, PLAIN, 13, 2, 6)                                                                \
    X(chunks, PLAIN, 0, 0, 0)                                                                      \
    X(sections, PLAIN, 0, 0, 0)                                                                    \
    X(dirty, PLAIN, 0, 0, 0)

struct tables {
#define X(name, ...) struct table name;
    STATE_TABLES(X)
#undef X
};

#define STATE_TABLE_COUNT (sizeof(struct tables) / sizeof(struct table))

/* A table by its place in STATE_TABLES, and the place of one of state->tables. */
struct state;
struct table state_table(const struct state *state, size_t place);
size_t state_table_place(const struct state *state, const struct table *table);

/* What stays the same from the genesis on. */
struct founding {
    struct hash network;
    uint32_t ballots;
};

struct marks;

struct state {
    struct txn txn;
    const struct tables *tables;
    const struct founding *founding;
    struct marks *marks;              /* NULL in a read transaction */
    const struct ledger_watch *watch; /* the same */
};

/* Begins a transaction on the ledger's state. End it with txn_commit() or txn_abort() of `txn`. */
enum err state_begin(struct ledger *ledger, bool write, struct state *out) must_check;

/* What a view reads. */
struct view;
struct state *view_state(struct view *view);

/* Opens the tables of a state of this format and network; in a write transaction makes those of a
 * new one. ERR_OK, ERR_OLD_FORMAT, ERR_FOREIGN_DATA, the errors of the store; ERR_NOT_FOUND when
 * nothing was ever written. */
enum err state_open(struct state *state, struct tables *out) must_check;

/* Opens the tables, whatever is in them. */
enum err state_open_tables(struct state *state, struct tables *out) must_check;

/* Of a row that was just written, to whoever listens. */
void state_tell(const struct state *state, const struct change *change);

/* Sets the transaction's error, unless one stands already. */
void state_fail(struct state *state, enum err err);

/* A row of `meta`: what is said of this state, and is no part of it. False also after an error. */
bool state_meta(struct state *state, const char *name, struct bytes *out);
void state_set_meta(struct state *state, const char *name, struct bytes value);

/* A row of `standing`: where the ledger stands, and who its members are. False also after an
 * error. */
bool state_standing(struct state *state, const char *name, struct bytes *out);
void state_set_standing(struct state *state, const char *name, struct bytes value);

/* Writes the rows that say whose state this is. A state whose rows are still being loaded is one of
 * format STATE_LOADING: nobody takes it for a whole one. */
#define STATE_LOADING 0
void state_found(struct state *state, uint16_t format);

/*
 * Rows are written by these alone: as the functions of store.h do it, and the row's chunk is marked
 * for the next checkpoint. `table` is one of state->tables.
 */
void state_put(struct state *state, const struct table *table, struct bytes key,
               struct bytes value);
void state_append(struct state *state, const struct table *table, struct bytes key,
                  struct bytes value);
void state_append_value(struct state *state, const struct table *table, struct bytes key,
                        struct bytes value);
void state_add(struct state *state, const struct table *table, struct bytes key,
               struct bytes value);
/* The same two by a cursor of the table. */
void state_append_value_at(struct state *state, const struct table *table, struct cursor *cursor,
                           struct bytes key, struct bytes value);
void state_add_at(struct state *state, const struct table *table, struct cursor *cursor,
                  struct bytes key, struct bytes value);
void state_remove(struct state *state, const struct table *table, struct bytes key,
                  struct bytes value);
void state_delete(struct state *state, const struct table *table, struct bytes key);

/* Where the state stands, and the right edge of its tree. ERR_DAMAGED, the errors of the store. */
enum err state_position(struct state *state, struct ledger_position *position,
                        struct merkle_frontier *frontier) must_check;
void state_set_position(struct state *state, const struct ledger_position *position,
                        const struct merkle_frontier *frontier);

#endif
