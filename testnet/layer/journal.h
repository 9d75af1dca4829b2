/*
 * journal.h: what a loss of power would take, kept outside of the process that wrote it, so that it
 * outlives a SIGKILL: of each file the bytes that unsynced writes replaced, and the changes of
 * names whose directory was not synced. docs/internals/faults.md has the rules.
 *
 * In the layer's directory, which lies beside the data directory `data`, on the same file system:
 *
 *   index     struct journal_index, mapped
 *   N.undo    the records of file N, one after another
 *   N.file    a hard link to file N: its contents outlive its name, its inode number has one owner
 *
 * One process at a time: journal_open() waits until the one before has ended. Within it the caller
 * sees to locks. What fails for a reason of the machine's own ends the process with status 99 and a
 * sentence: a layer that forgets would make wrong findings.
 */
#ifndef TESTNET_LAYER_JOURNAL_H
#define TESTNET_LAYER_JOURNAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define JOURNAL_VERSION   1
#define JOURNAL_FILES_MAX 64
#define JOURNAL_NAMES_MAX 256

/* Of all N.undo together. Beyond it a write is synced, which a kernel may do at any time. */
#define JOURNAL_UNDO_MAX ((uint64_t)64 << 20)

/* A path below the data directory, with its NUL. */
#define JOURNAL_PATH_SIZE 232

#define JOURNAL_FILE_NAME_SIZE 32

struct journal_file {
    uint64_t device;
    uint64_t inode;
    /* Where the records that count begin and end in N.undo, 32 bits each, in one store. */
    _Atomic uint64_t live;
    uint32_t generation; /* another one whenever offsets in N.undo begin anew */
    uint16_t is_used;
    uint16_t has_dropped; /* a sync of it failed: see UNDO_DROPPED */
};

enum name_kind {
    NAME_NONE,
    NAME_FILE,
    NAME_DIRECTORY,
};

/* What a name meant before a call that changed it. */
struct journal_name {
    uint64_t number; /* of the call, from 1, ascending; a rename has two names; 0: free */
    uint32_t kind;   /* enum name_kind */
    uint32_t file;   /* of NAME_FILE: its N */
    char path[JOURNAL_PATH_SIZE];
};

struct journal_index {
    char magic[8];
    uint32_t version;
    uint32_t size;
    uint64_t last_number; /* of a call that changed a name */
    struct journal_file files[JOURNAL_FILES_MAX];
    struct journal_name names[JOURNAL_NAMES_MAX];
};

enum {
    UNDO_SYNCED = 1, /* a synchronous write: it is on the disk, and the records before it may not */
    UNDO_DROPPED = 2, /* a sync failed, and the kernel holds its pages for clean: none covers it */
};

/* One change of a file's contents or size. Its bytes follow; what was beyond the end of the file is
 * not stored: it was zeros. */
struct undo {
    uint32_t size; /* of record and bytes */
    uint32_t flags;
    uint64_t offset; /* of what was written or cut off */
    uint64_t length;
    uint64_t stored; /* bytes of the old contents, at most `length` */
    uint64_t old_size;
    uint64_t new_size; /* of the file */
};

struct journal {
    int directory; /* the layer's */
    int lock;
    struct journal_index *index;
    int undo[JOURNAL_FILES_MAX];
    _Atomic uint64_t undo_size; /* of all N.undo */
};

/* Prints a sentence to stderr and ends the process with status 99. */
_Noreturn void journal_give_up(const char *what);

/* Opens the journal of a layer's directory, or makes it; waits for another process that has it.
 * False and errno on failure. */
bool journal_open(struct journal *journal, int directory);
void journal_close(struct journal *journal);

/* The number of a file that the journal knows, or -1. */
int journal_find(const struct journal *journal, const struct stat *status);

/* Takes a file that it does not know by a path to it. Links are followed when `flags` has
 * AT_SYMLINK_FOLLOW. -1 when the file has lost its last name, or there is no room in the index
 * though what is idle was freed. */
int journal_take(struct journal *journal, int at, const char *path, int flags,
                 const struct stat *status);

/* Frees the files without records and without names that mean them; with `only_gone` those of them
 * alone that have no other name any more. */
void journal_free_idle(struct journal *journal, bool only_gone);

/* The open file behind N.file, and N.undo: to be closed by the caller. */
int journal_open_file(const struct journal *journal, int file, int flags);
int journal_open_undo(const struct journal *journal, int file);

/* The name of N.file in the layer's directory. */
void journal_file_name(int file, char out[JOURNAL_FILE_NAME_SIZE]);

/* Appends a record; `bytes` are its `stored` old ones. True when there was room. Its place in
 * N.undo goes to *place. */
bool journal_append(struct journal *journal, int file, const struct undo *undo, const void *bytes,
                    uint64_t *place);

/* Where the records of a file end at the moment, for journal_synced(). */
uint64_t journal_end(const struct journal *journal, int file);

/* A sync has covered the records before `end`. */
void journal_synced(struct journal *journal, int file, uint64_t end);

/* A sync of the records before `end` has failed. */
void journal_dropped(struct journal *journal, int file, uint64_t end);

/* The record at `place` was written synchronously. */
void journal_write_through(struct journal *journal, int file, uint64_t place);

/* All of a file's records are done with: it has been synced, or put back. */
void journal_reset(struct journal *journal, int file);

/* Notes what a name meant before call `number`; NULL when there is no room. */
struct journal_name *journal_name_add(struct journal *journal, uint64_t number, const char *path,
                                      enum name_kind kind, int file);

/* A directory, "" for the data directory itself, was synced: changes of its names up to `number`
 * stay, and those that they rest on. */
void journal_names_synced(struct journal *journal, const char *directory, uint64_t number);

/* All changes of names so far stay. */
void journal_all_names_synced(struct journal *journal);

/* Forgets all: whatever is there is as if synced. */
void journal_forget(struct journal *journal);

#endif
