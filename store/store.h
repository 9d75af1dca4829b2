/*
 * store.h: LMDB, wrapped once: an environment, its tables, a transaction whose first error sticks.
 *
 * Ledger and log are written against this and read straight down: every call after an error does
 * nothing, and txn_commit() says what went wrong. LMDB's codes become `enum err`: MDB_MAP_FULL and
 * ENOSPC are ERR_DISK_FULL, EACCES and EROFS ERR_READ_ONLY, damaged pages ERR_DAMAGED, a full table
 * of readers ERR_BUSY, another version of LMDB's format ERR_OLD_FORMAT, and what only a mistake of
 * the caller's can cause ERR_INTERNAL.
 *
 * Caveats that are LMDB's: one write transaction at a time in a process, begun and ended by one
 * thread; a read transaction belongs to the thread that renews it; values are views into the map,
 * valid until the transaction writes again or ends; a reader that stays open keeps old pages from
 * being reused; one process opens an environment once, and a child does not use its parent's.
 *
 * LMDB keeps no check sums. A file that was cut short is ERR_DAMAGED at open; other damage to its
 * own pages is found (ERR_DAMAGED), shows as rows that are wrong or missing, or ends the process
 * (docs/decisions/0001-lmdb-log.md): what must be trusted carries a check of its own.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "proto/bytes.h"
#include "proto/err.h"

/* Address space, not memory: far above what a disk holds. ThreadSanitizer leaves about one TiB to
 * all environments of a process together. */
#ifdef IMEI_SANITIZED
#define STORE_MAP_SIZE ((size_t)16 << 30)
#else
#define STORE_MAP_SIZE ((size_t)1 << 40)
#endif

/* Bytes of a key, and of a value of a FIXED table; at least one. */
#define STORE_KEY_SIZE_MAX 511

/* Read transactions of all processes on an environment at once; ERR_BUSY beyond. */
#define STORE_READERS_MAX 126

struct store;

struct store_options {
    const char *directory; /* is made when it does not exist, unless read_only */
    size_t map_size;       /* address space; 0: STORE_MAP_SIZE */
    unsigned tables_max;
    /* Also works on a directory that cannot be written. Nobody may write the environment meanwhile
     * in that case: readers then take no part in LMDB's locking. */
    bool read_only;
    bool lazy_meta; /* MDB_NOMETASYNC: a crash may undo the last commits, never tear them */
    bool no_sync;   /* MDB_NOSYNC: for scratch copies that a crash may lose */
    /* MDB_NORDAHEAD. Off, a cold cache fills some twelve times faster, and a scan is as fast as the
     * disk; on, random reads in more data than memory holds are some two hundred times faster. */
    bool no_read_ahead;
};

/* ERR_NOT_FOUND when it is to be read only and is not there. An environment that a crash left half
 * made is made anew; one that was ever written never is. */
enum err store_open(const struct store_options *options, struct store **out) must_check;
/* After the last transaction has ended. NULL is allowed. */
void store_close(struct store *store);

/* True when nothing was ever committed to it. */
bool store_is_new(struct store *store);

/* Bytes of the environment's file that are in use, pages that wait for reuse included. */
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
/* Ends it in any case. ERR_INTERNAL when it had ended before. */
enum err txn_commit(struct txn *txn) must_check;
void txn_abort(struct txn *txn); /* allowed after the end */
/* A reader lets go of its snapshot, and takes the newest (letting go first, if need be): cheap, no
 * allocation. A renewed reader has no error and no cursors. */
void txn_reset(struct txn *txn);
enum err txn_renew(struct txn *txn) must_check;

/* The number of the commit that this transaction reads, or will be: one more with each that changed
 * something, for as long as the environment lives. A row that holds it tells an older state, which
 * damage to LMDB's own pages can bring back, from the newest. */
uint64_t txn_number(const struct txn *txn);

/* Opens a table by name, making it in a write transaction; in a read transaction ERR_NOT_FOUND when
 * it is not there. ERR_DAMAGED when it is of another kind. The handle serves all transactions once
 * this one is committed (a read transaction too), and none when it is aborted. One thread opens
 * tables, while no other transaction begins. */
struct table txn_table(struct txn *txn, const char *name, enum table_kind kind);

/* True when the key is there. False also after an error: ask txn->err. Of a FIXED table the first
 * value. `value` may be NULL. */
bool txn_get(struct txn *txn, struct table table, struct bytes key, struct bytes *value);
void txn_put(struct txn *txn, struct table table, struct bytes key, struct bytes value);
/* The key is the largest so far (ERR_INTERNAL when not): fills pages to the brim. */
void txn_append(struct txn *txn, struct table table, struct bytes key, struct bytes value);
/* FIXED: the value is the largest of its key so far (ERR_INTERNAL when not): as above. */
void txn_append_value(struct txn *txn, struct table table, struct bytes key, struct bytes value);
/* FIXED: true when that value was not there before. */
bool txn_add(struct txn *txn, struct table table, struct bytes key, struct bytes value);
/* FIXED: true when that value was there. */
bool txn_remove(struct txn *txn, struct table table, struct bytes key, struct bytes value);
/* Deletes the key and all its values: true when it was there. */
bool txn_delete(struct txn *txn, struct table table, struct bytes key);
/* Rows of a table (each value of a FIXED one counts). */
uint64_t txn_count(struct txn *txn, struct table table);

/* A position in a table. Is closed before its transaction ends, or right after. */
struct cursor {
    struct MDB_cursor *handle;
    struct txn *txn;
};

struct cursor cursor_open(struct txn *txn, struct table table);
void cursor_close(struct cursor *cursor); /* allowed twice */
/* Each returns true when there is such a row, and sets key and value (either may be NULL). After
 * false the position is nowhere: go on with first, last or seek. */
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
/* FIXED: how many values the key under the cursor has; 0 after an error. */
uint64_t cursor_values(struct cursor *cursor);
/* As txn_add() and txn_append_value(), and faster where the cursor is near. */
bool cursor_add(struct cursor *cursor, struct bytes key, struct bytes value);
void cursor_append_value(struct cursor *cursor, struct bytes key, struct bytes value);
/* Deletes the row under the cursor, whose position is nowhere then: LMDB 0.9.24 does not always
 * find the row after it in a FIXED table (ITS#9376). */
void cursor_delete(struct cursor *cursor);

#endif
