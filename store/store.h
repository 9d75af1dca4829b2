/*
 * store.h: LMDB, wrapped once: an environment, its tables, a transaction whose first error sticks.
 *
 * Ledger and log are written against this and read straight down: every call after an error does
 * nothing, and txn_commit() says what went wrong. LMDB's codes become `enum err`: MDB_MAP_FULL and
 * ENOSPC are ERR_DISK_FULL, EACCES and EROFS ERR_READ_ONLY, damaged pages ERR_DAMAGED.
 *
 * Caveats that are LMDB's: one write transaction at a time in a process; a read transaction belongs
 * to the thread that renews it; values are views into the map, valid until the transaction writes
 * again or ends; a reader that stays open keeps old pages from being reused; one process opens an
 * environment once.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "proto/bytes.h"
#include "proto/err.h"

struct store;

struct store_options {
    const char *directory; /* is made when it does not exist, unless read_only */
    size_t map_size;       /* address space; 0: STORE_MAP_SIZE */
    unsigned tables_max;
    bool read_only; /* also works on a directory that cannot be written */
    bool lazy_meta; /* MDB_NOMETASYNC: a crash may undo the last commits, never tear them */
    bool no_sync;   /* MDB_NOSYNC: for scratch copies that a crash may lose */
};

enum err store_open(const struct store_options *options, struct store **out) must_check;
void store_close(struct store *store); /* NULL is allowed */

/* Bytes of the environment's file that hold data. */
uint64_t store_used(struct store *store);

struct table {
    unsigned handle;
};

enum table_kind {
    TABLE_PLAIN, /* a value a key */
    TABLE_FIXED, /* MDB_DUPFIXED: many values of one size a key, ordered as bytes */
};

struct txn {
    struct MDB_txn *handle;
    struct store *store;
    bool write;
    enum err err; /* the first error */
};

enum err txn_begin(struct store *store, bool write, struct txn *out) must_check;
enum err txn_commit(struct txn *txn) must_check; /* ends it in any case */
void txn_abort(struct txn *txn);                 /* allowed after the end */
/* A reader lets go of its snapshot and takes the newest: cheap, no allocation. */
void txn_reset(struct txn *txn);
enum err txn_renew(struct txn *txn) must_check;

/* Opens a table by name, making it in a write transaction. */
struct table txn_table(struct txn *txn, const char *name, enum table_kind kind);

/* True when the key is there. False also after an error: ask txn->err. */
bool txn_get(struct txn *txn, struct table table, struct bytes key, struct bytes *value);
void txn_put(struct txn *txn, struct table table, struct bytes key, struct bytes value);
/* The key is the largest so far (ERR_INTERNAL when not): fills pages to the brim. */
void txn_append(struct txn *txn, struct table table, struct bytes key, struct bytes value);
/* FIXED: true when that value was not there before. */
bool txn_add(struct txn *txn, struct table table, struct bytes key, struct bytes value);
/* FIXED: true when that value was there. */
bool txn_remove(struct txn *txn, struct table table, struct bytes key, struct bytes value);
/* Deletes the key and all its values: true when it was there. */
bool txn_delete(struct txn *txn, struct table table, struct bytes key);
/* Rows of a table (each value of a FIXED one counts). */
uint64_t txn_count(struct txn *txn, struct table table);

/* A position in a table. Ends with its transaction at the latest. */
struct cursor {
    struct MDB_cursor *handle;
    struct txn *txn;
};

struct cursor cursor_open(struct txn *txn, struct table table);
void cursor_close(struct cursor *cursor);
/* Each returns true when there is such a row, and sets key and value (either may be NULL). */
bool cursor_first(struct cursor *cursor, struct bytes *key, struct bytes *value);
bool cursor_last(struct cursor *cursor, struct bytes *key, struct bytes *value);
bool cursor_next(struct cursor *cursor, struct bytes *key, struct bytes *value);
bool cursor_previous(struct cursor *cursor, struct bytes *key, struct bytes *value);
/* The first row whose key is not less than `from`. */
bool cursor_seek(struct cursor *cursor, struct bytes from, struct bytes *key, struct bytes *value);
/* FIXED: within `key`, the first value not less than `from`, and the next one of the same key. */
bool cursor_seek_value(struct cursor *cursor, struct bytes key, struct bytes from,
                       struct bytes *value);
bool cursor_next_value(struct cursor *cursor, struct bytes *value);
/* Deletes the row under the cursor. */
void cursor_delete(struct cursor *cursor);

#endif
