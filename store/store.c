#include "store/store.h"

#include "proto/invariant.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define DATA_FILE     "data.mdb" /* LMDB's name */
#define NEW_DATA_FILE "data.mdb.new"
#define LOCK_FILE     "lock.mdb"

/* Bytes of LMDB's lock file with STORE_READERS_MAX readers. */
#define LOCK_FILE_SIZE 8192

/* Less free space than this, and LMDB's "short write" was a full disk. */
#define DISK_ROOM_MIN (64 * 1024)

/* Each is two commits in the time between two instructions; a damaged meta page is one for ever. */
#define SETTLE_TRIES_MAX 100

_Static_assert(STORE_READERS_MAX == 126, "LMDB's own default, which is not set below");

struct store {
    MDB_env *env;
};

static enum err err_of(int code)
{
    switch (code) {
    case MDB_SUCCESS: return ERR_OK;
    case MDB_NOTFOUND: return ERR_NOT_FOUND;
    case MDB_MAP_RESIZED: /* another process has written more than this one's map holds */
    case MDB_MAP_FULL: return ERR_DISK_FULL;
    case MDB_READERS_FULL: return ERR_BUSY;
    case MDB_VERSION_MISMATCH: return ERR_OLD_FORMAT;
    case MDB_PANIC: return ERR_IO; /* the environment is dead of an earlier failure */
    case MDB_PAGE_NOTFOUND:
    case MDB_CORRUPTED:
    case MDB_INVALID:
    case MDB_CURSOR_FULL: /* a tree of more than 32 levels */
    case MDB_INCOMPATIBLE: return ERR_DAMAGED;
    default:
        /* What is left of LMDB's own codes, and EINVAL, are calls that should not have been made.
         */
        return code < 0 || code == EINVAL ? ERR_INTERNAL : file_err(code);
    }
}

/* --- Environments --- */

/* One environment at a path, opened and closed again whole: LMDB wants mdb_env_close() also after a
 * failed open. */
static int open_env(const char *path, const struct store_options *options, unsigned flags,
                    MDB_env **out)
{
    MDB_env *env;
    int code = mdb_env_create(&env);
    if (code != MDB_SUCCESS)
        return code;
    code = mdb_env_set_mapsize(env, options->map_size == 0 ? STORE_MAP_SIZE : options->map_size);
    if (code == MDB_SUCCESS)
        code = mdb_env_set_maxdbs(env, options->tables_max);
    if (code == MDB_SUCCESS)
        code = mdb_env_open(env, path, flags, 0600);
    if (code == MDB_SUCCESS)
        *out = env;
    else
        mdb_env_close(env);
    return code;
}

/* Makes an empty environment's file at `path`, by way of `temporary`. */
static enum err make_file(const char *directory, const char *path, const char *temporary,
                          const struct store_options *options)
{
    if (unlink(temporary) != 0 && errno != ENOENT)
        return file_err(errno);
    MDB_env *env;
    int code = open_env(temporary, options, MDB_NOSUBDIR | MDB_NOLOCK, &env);
    if (code != MDB_SUCCESS)
        return err_of(code);
    code = mdb_env_sync(env, 1);
    mdb_env_close(env);
    if (code != MDB_SUCCESS)
        return err_of(code);
    if (rename(temporary, path) != 0)
        return file_err(errno);
    return directory_sync(directory);
}

/* LMDB makes its file in place and syncs neither it nor its name: a crash then may leave half of a
 * first page, which it refuses for ever after, and a loss of power may lose the name of a file
 * whose commits were synced. So the file is made aside and renamed, and LMDB finds it. */
static enum err make_environment(const struct store_options *options)
{
    enum err err = directory_make(options->directory);
    if (err != ERR_OK)
        return err;
    char *path = NULL;
    char *temporary = NULL;
    if (asprintf(&path, "%s/" DATA_FILE, options->directory) < 0)
        return ERR_MEMORY;
    if (asprintf(&temporary, "%s/" NEW_DATA_FILE, options->directory) < 0) {
        free(path);
        return ERR_MEMORY;
    }
    struct stat status;
    if (stat(path, &status) != 0)
        err = errno == ENOENT ? make_file(options->directory, path, temporary, options)
                              : file_err(errno);
    free(temporary);
    free(path);
    return err;
}

/* LMDB makes its lock file as a hole and writes it through a map: on a full disk that is a SIGBUS.
 * So it gets its room before. */
static enum err reserve_lock_file(const char *directory)
{
    char *path = NULL;
    if (asprintf(&path, "%s/" LOCK_FILE, directory) < 0)
        return ERR_MEMORY;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (fd < 0)
        return file_err(errno);
    struct stat status = {0};
    int error = fstat(fd, &status) == 0 ? 0 : errno;
    off_t size = status.st_size > LOCK_FILE_SIZE ? status.st_size : LOCK_FILE_SIZE;
    if (error == 0 && status.st_blocks * 512 < size)
        error = posix_fallocate(fd, 0, size);
    close(fd);
    return error == 0 ? ERR_OK : file_err(error);
}

static unsigned flags_of(const struct store_options *options)
{
    /* MDB_NOTLS: a reader belongs to its object and not to its thread. */
    unsigned flags = MDB_NOTLS;
    flags |= options->read_only ? MDB_RDONLY : 0;
    flags |= options->lazy_meta ? MDB_NOMETASYNC : 0;
    flags |= options->no_sync ? MDB_NOSYNC : 0;
    flags |= options->no_read_ahead ? MDB_NORDAHEAD : 0;
    return flags;
}

/* LMDB's own table of pages that no tree uses: a key a transaction, and under it how many there are
 * and their numbers. */
#define FREE_PAGES 0

/* How many of the pages from `first` on are free. */
static int count_free(MDB_env *env, uint64_t first, uint64_t *out)
{
    MDB_txn *txn = NULL;
    MDB_cursor *cursor = NULL;
    MDB_val key;
    MDB_val value;
    *out = 0;
    int code = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (code != MDB_SUCCESS)
        return code;
    code = mdb_cursor_open(txn, FREE_PAGES, &cursor);
    while (code == MDB_SUCCESS &&
           (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == MDB_SUCCESS) {
        const size_t *numbers = value.mv_data;
        for (size_t i = 1; i < value.mv_size / sizeof *numbers; i++)
            *out += i <= numbers[0] && numbers[i] >= first;
    }
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    return code == MDB_NOTFOUND ? MDB_SUCCESS : code;
}

/* LMDB does not write a page that its transaction took and gave back, so that the file may end
 * before the last page; but only where all that is missing is free. A file that is to be written
 * gets its length first: touching a page behind the end is a SIGBUS. */
static enum err check_missing(MDB_env *env, int fd, uint64_t pages, const MDB_envinfo *info,
                              const MDB_stat *stat)
{
    uint64_t needed = info->me_last_pgno + 1;
    unsigned flags;
    uint64_t found;
    int code = mdb_env_get_flags(env, &flags);
    if (code == MDB_SUCCESS && (flags & MDB_RDONLY) == 0 &&
        ftruncate(fd, (off_t)(needed * stat->ms_psize)) != 0)
        return file_err(errno);
    if (code == MDB_SUCCESS)
        code = count_free(env, pages, &found);
    if (code != MDB_SUCCESS)
        return err_of(code);
    return found == needed - pages ? ERR_OK : ERR_DAMAGED;
}

/* The pages that the newest commit counts on are there. And of LMDB's files this is the one that it
 * leaves open to programs that are executed. */
static enum err check_file(MDB_env *env)
{
    MDB_envinfo info;
    MDB_stat stat;
    int fd;
    int code = mdb_env_info(env, &info);
    if (code == MDB_SUCCESS)
        code = mdb_env_stat(env, &stat);
    if (code == MDB_SUCCESS)
        code = mdb_env_get_fd(env, &fd);
    if (code != MDB_SUCCESS)
        return err_of(code);
    struct stat status;
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fstat(fd, &status) != 0)
        return file_err(errno);
    uint64_t pages = (uint64_t)status.st_size / stat.ms_psize;
    return info.me_last_pgno < pages ? ERR_OK : check_missing(env, fd, pages, &info, &stat);
}

static enum err open_store(const struct store_options *options, struct store *store)
{
    if (!options->read_only) {
        enum err err = make_environment(options);
        if (err == ERR_OK)
            err = reserve_lock_file(options->directory);
        if (err != ERR_OK)
            return err;
    }
    unsigned flags = flags_of(options);
    int code = open_env(options->directory, options, flags, &store->env);
    /* The lock file cannot be made or written. On a read-only file system LMDB does without one; a
     * directory of somebody else's is no different to a reader. */
    if (code == EACCES && options->read_only)
        code = open_env(options->directory, options, flags | MDB_NOLOCK, &store->env);
    if (code != MDB_SUCCESS)
        return err_of(code);
    enum err err = check_file(store->env);
    if (err != ERR_OK)
        return err;
    /* Readers of processes that were killed would keep their pages for ever. */
    int dead;
    return err_of(mdb_reader_check(store->env, &dead));
}

enum err store_open(const struct store_options *options, struct store **out)
{
    *out = NULL;
    struct store *store = calloc(1, sizeof *store);
    if (store == NULL)
        return ERR_MEMORY;
    enum err err = open_store(options, store);
    if (err != ERR_OK) {
        store_close(store);
        return err;
    }
    *out = store;
    return ERR_OK;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    if (store->env != NULL)
        mdb_env_close(store->env);
    free(store);
}

static MDB_envinfo info_of(struct store *store)
{
    MDB_envinfo info;
    invariant(mdb_env_info(store->env, &info) == MDB_SUCCESS); /* the environment is open */
    return info;
}

bool store_is_new(struct store *store)
{
    return info_of(store).me_last_txnid == 0;
}

uint64_t store_used(struct store *store)
{
    MDB_stat stat;
    invariant(mdb_env_stat(store->env, &stat) == MDB_SUCCESS); /* the environment is open */
    return ((uint64_t)info_of(store).me_last_pgno + 1) * stat.ms_psize;
}

/* --- Transactions --- */

static MDB_val val_of(struct bytes bytes)
{
    /* LMDB reads what it is given through a pointer that is not const. */
    union {
        const void *given;
        void *taken;
    } data = {.given = bytes.data};
    return (MDB_val){.mv_size = bytes.size, .mv_data = data.taken};
}

static struct bytes bytes_of_val(MDB_val val)
{
    return bytes_of(val.mv_data, val.mv_size);
}

static void fail(struct txn *txn, enum err err)
{
    if (txn->err == ERR_OK)
        txn->err = err;
}

/* True when the transaction can go on. */
static bool usable(struct txn *txn)
{
    if (txn->handle == NULL)
        fail(txn, ERR_INTERNAL);
    return txn->err == ERR_OK;
}

/* True when the call did its work; else its error sticks. */
static bool done(struct txn *txn, int code)
{
    if (code != MDB_SUCCESS)
        fail(txn, err_of(code));
    return code == MDB_SUCCESS;
}

/* The same for calls of which one code is not an error but the answer "no". */
static bool done_unless(struct txn *txn, int code, int no)
{
    return code != no && done(txn, code);
}

/*
 * Takes a reader to a snapshot of its own number. LMDB notes the number n of the newest commit and
 * then copies the meta page of n's parity. A thread that is held up in between may find commit n +
 * 2 there, which need not be durable yet; its next snapshot could then be the older n + 1. So the
 * copy counts when no commit beyond n + 1 has reached a meta page after it.
 */
static int settle(MDB_env *env, MDB_txn *reader)
{
    for (int tries = 0; tries < SETTLE_TRIES_MAX; tries++) {
        MDB_envinfo info;
        int code = mdb_env_info(env, &info);
        if (code != MDB_SUCCESS || info.me_last_txnid <= mdb_txn_id(reader) + 1)
            return code;
        mdb_txn_reset(reader);
        code = mdb_txn_renew(reader);
        if (code != MDB_SUCCESS)
            return code;
    }
    return MDB_CORRUPTED;
}

enum err txn_begin(struct store *store, bool write, struct txn *out)
{
    *out = (struct txn){.store = store, .write = write};
    int code = mdb_txn_begin(store->env, NULL, write ? 0 : MDB_RDONLY, &out->handle);
    if (code != MDB_SUCCESS)
        out->handle = NULL;
    else if (!write)
        code = settle(store->env, out->handle);
    out->err = err_of(code);
    if (out->err != ERR_OK)
        txn_abort(out);
    return out->err;
}

/* LMDB calls a write that was cut short EIO, which is how a disk that fills up often shows. */
static enum err err_of_commit(struct store *store, int code)
{
    struct statvfs status;
    int fd;
    if (code == EIO && mdb_env_get_fd(store->env, &fd) == MDB_SUCCESS &&
        fstatvfs(fd, &status) == 0 && status.f_bavail * status.f_frsize < DISK_ROOM_MIN)
        return ERR_DISK_FULL;
    return err_of(code);
}

enum err txn_commit(struct txn *txn)
{
    if (usable(txn)) {
        int code = mdb_txn_commit(txn->handle);
        txn->handle = NULL;
        txn->err = err_of_commit(txn->store, code);
    }
    txn_abort(txn);
    return txn->err;
}

void txn_abort(struct txn *txn)
{
    if (txn->handle != NULL)
        mdb_txn_abort(txn->handle);
    txn->handle = NULL;
}

void txn_reset(struct txn *txn)
{
    invariant(!txn->write);
    if (txn->handle != NULL)
        mdb_txn_reset(txn->handle);
}

enum err txn_renew(struct txn *txn)
{
    txn_reset(txn);
    int code = txn->handle == NULL ? EINVAL : mdb_txn_renew(txn->handle);
    if (code == MDB_SUCCESS)
        code = settle(txn->store->env, txn->handle);
    txn->err = err_of(code);
    return txn->err;
}

uint64_t txn_number(const struct txn *txn)
{
    return mdb_txn_id(txn->handle); /* 0 when it has ended */
}

struct table txn_table(struct txn *txn, const char *name, enum table_kind kind)
{
    struct table table = {0}; /* LMDB's list of free pages, on which every call fails */
    if (!usable(txn))
        return table;
    unsigned wanted = kind == TABLE_FIXED ? MDB_DUPSORT | MDB_DUPFIXED : 0;
    unsigned found = wanted;
    int code =
        mdb_dbi_open(txn->handle, name, wanted | (txn->write ? MDB_CREATE : 0), &table.handle);
    if (code == MDB_SUCCESS)
        code = mdb_dbi_flags(txn->handle, table.handle, &found);
    if (code == MDB_SUCCESS && found != wanted)
        code = MDB_INCOMPATIBLE;
    if (!done(txn, code))
        table.handle = 0;
    return table;
}

bool txn_get(struct txn *txn, struct table table, struct bytes key, struct bytes *value)
{
    if (!usable(txn))
        return false;
    MDB_val k = val_of(key);
    MDB_val v;
    bool found = done_unless(txn, mdb_get(txn->handle, table.handle, &k, &v), MDB_NOTFOUND);
    if (found && value != NULL)
        *value = bytes_of_val(v);
    return found;
}

static int put(struct txn *txn, struct table table, struct bytes key, struct bytes value,
               unsigned flags)
{
    MDB_val k = val_of(key);
    MDB_val v = val_of(value);
    return mdb_put(txn->handle, table.handle, &k, &v, flags);
}

void txn_put(struct txn *txn, struct table table, struct bytes key, struct bytes value)
{
    if (usable(txn))
        (void)done(txn, put(txn, table, key, value, 0));
}

void txn_append(struct txn *txn, struct table table, struct bytes key, struct bytes value)
{
    if (usable(txn))
        (void)done(txn, put(txn, table, key, value, MDB_APPEND));
}

void txn_append_value(struct txn *txn, struct table table, struct bytes key, struct bytes value)
{
    if (usable(txn))
        (void)done(txn, put(txn, table, key, value, MDB_APPENDDUP));
}

bool txn_add(struct txn *txn, struct table table, struct bytes key, struct bytes value)
{
    return usable(txn) &&
           done_unless(txn, put(txn, table, key, value, MDB_NODUPDATA), MDB_KEYEXIST);
}

bool txn_remove(struct txn *txn, struct table table, struct bytes key, struct bytes value)
{
    if (!usable(txn))
        return false;
    MDB_val k = val_of(key);
    MDB_val v = val_of(value);
    return done_unless(txn, mdb_del(txn->handle, table.handle, &k, &v), MDB_NOTFOUND);
}

bool txn_delete(struct txn *txn, struct table table, struct bytes key)
{
    if (!usable(txn))
        return false;
    MDB_val k = val_of(key);
    return done_unless(txn, mdb_del(txn->handle, table.handle, &k, NULL), MDB_NOTFOUND);
}

uint64_t txn_count(struct txn *txn, struct table table)
{
    MDB_stat stat = {0};
    if (usable(txn))
        (void)done(txn, mdb_stat(txn->handle, table.handle, &stat));
    return stat.ms_entries;
}

/* --- Cursors --- */

struct cursor cursor_open(struct txn *txn, struct table table)
{
    struct cursor cursor = {.txn = txn};
    if (usable(txn) && !done(txn, mdb_cursor_open(txn->handle, table.handle, &cursor.handle)))
        cursor.handle = NULL;
    return cursor;
}

void cursor_close(struct cursor *cursor)
{
    if (cursor->handle == NULL)
        return;
    /* The end of a write transaction has closed its cursors, that of a reader has not. */
    if (!cursor->txn->write || cursor->txn->handle != NULL)
        mdb_cursor_close(cursor->handle);
    cursor->handle = NULL;
}

/* A cursor of a FIXED table that is not asked for the value loses its place in LMDB 0.9.24
 * (ITS#9376), so it is always asked for both. */
static bool move(struct cursor *cursor, MDB_cursor_op op, MDB_val k, MDB_val v, struct bytes *key,
                 struct bytes *value)
{
    if (!usable(cursor->txn))
        return false;
    if (!done_unless(cursor->txn, mdb_cursor_get(cursor->handle, &k, &v, op), MDB_NOTFOUND))
        return false;
    if (key != NULL)
        *key = bytes_of_val(k);
    if (value != NULL)
        *value = bytes_of_val(v);
    return true;
}

bool cursor_first(struct cursor *cursor, struct bytes *key, struct bytes *value)
{
    return move(cursor, MDB_FIRST, (MDB_val){0}, (MDB_val){0}, key, value);
}

bool cursor_last(struct cursor *cursor, struct bytes *key, struct bytes *value)
{
    return move(cursor, MDB_LAST, (MDB_val){0}, (MDB_val){0}, key, value);
}

bool cursor_next(struct cursor *cursor, struct bytes *key, struct bytes *value)
{
    return move(cursor, MDB_NEXT, (MDB_val){0}, (MDB_val){0}, key, value);
}

bool cursor_previous(struct cursor *cursor, struct bytes *key, struct bytes *value)
{
    return move(cursor, MDB_PREV, (MDB_val){0}, (MDB_val){0}, key, value);
}

bool cursor_seek(struct cursor *cursor, struct bytes from, struct bytes *key, struct bytes *value)
{
    return move(cursor, MDB_SET_RANGE, val_of(from), (MDB_val){0}, key, value);
}

bool cursor_seek_value(struct cursor *cursor, struct bytes key, struct bytes from,
                       struct bytes *value)
{
    return move(cursor, MDB_GET_BOTH_RANGE, val_of(key), val_of(from), NULL, value);
}

bool cursor_next_value(struct cursor *cursor, struct bytes *value)
{
    return move(cursor, MDB_NEXT_DUP, (MDB_val){0}, (MDB_val){0}, NULL, value);
}

uint64_t cursor_values(struct cursor *cursor)
{
    size_t count = 0;
    if (!usable(cursor->txn))
        return 0;
    invariant(cursor->handle != NULL);
    return done(cursor->txn, mdb_cursor_count(cursor->handle, &count)) ? count : 0;
}

static int put_at(struct cursor *cursor, struct bytes key, struct bytes value, unsigned flags)
{
    MDB_val k = val_of(key);
    MDB_val v = val_of(value);
    invariant(cursor->handle != NULL);
    return mdb_cursor_put(cursor->handle, &k, &v, flags);
}

bool cursor_add(struct cursor *cursor, struct bytes key, struct bytes value)
{
    return usable(cursor->txn) &&
           done_unless(cursor->txn, put_at(cursor, key, value, MDB_NODUPDATA), MDB_KEYEXIST);
}

void cursor_append_value(struct cursor *cursor, struct bytes key, struct bytes value)
{
    if (usable(cursor->txn))
        (void)done(cursor->txn, put_at(cursor, key, value, MDB_APPENDDUP));
}

void cursor_delete(struct cursor *cursor)
{
    if (!usable(cursor->txn))
        return;
    invariant(cursor->handle != NULL);
    (void)done(cursor->txn, mdb_cursor_del(cursor->handle, 0));
}
