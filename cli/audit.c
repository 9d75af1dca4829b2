#include "cli/audit.h"

#include "consensus/disk.h"
#include "ledger/compare.h"
#include "ledger/ledger.h"
#include "proto/hex.h"
#include "store/borrow.h"
#include "store/directory.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Blocks that one commit of the scratch ledger takes. */
enum { BATCH = 64 };

static const char *const parts[] = {"log", "state", "replay"};

enum { PART_LOG, PART_STATE, PART_REPLAY, PART_COUNT };

struct audit {
    struct audit_report *report;
    const char *directory;
    char paths[PART_COUNT][PATH_MAX]; /* in the scratch directory */
    uint8_t *genesis_data;
    struct genesis *genesis;
    struct disk *disk;
    struct ledger *state;
    struct ledger *replay;
    bool is_replaying; /* a batch is open */
    bool can_replay;   /* all blocks so far are sound and applied */
    uint8_t *buffer;
};

/* The problem is written first and counted then: who reads the report sees it whole. */
static void __attribute__((format(printf, 3, 4)))
note(struct audit *audit, uint64_t height, const char *format, ...)
{
    struct audit_report *report = audit->report;
    size_t count = report->problem_count;
    if (count < AUDIT_PROBLEMS_MAX) {
        struct audit_problem *problem = &report->problems[count];
        va_list arguments;
        va_start(arguments, format);
        problem->height = height;
        vsnprintf(problem->text, sizeof problem->text, format, arguments);
        va_end(arguments);
    }
    report->problem_count = count + 1;
}

/* An error of this machine, not of the data. */
static bool is_failure(enum err err)
{
    return err == ERR_MEMORY || err == ERR_DISK_FULL || err == ERR_READ_ONLY;
}

static bool failed(struct audit *audit, enum err err)
{
    if (is_failure(err))
        audit->report->failure = err;
    return is_failure(err);
}

/* ---- opening ---- */

static enum err borrow(struct audit *audit, int part)
{
    char source[PATH_MAX];
    int size = snprintf(source, sizeof source, "%s/%s", audit->directory, parts[part]);
    return size >= (int)sizeof source ? ERR_NOT_FOUND : borrow_data(source, audit->paths[part]);
}

static bool open_genesis(struct audit *audit)
{
    char path[PATH_MAX];
    size_t size = 0;
    snprintf(path, sizeof path, "%s/genesis", audit->directory);
    enum err err = file_read(path, GENESIS_SIZE_MAX, &audit->genesis_data, &size);
    audit->genesis = calloc(1, sizeof *audit->genesis);
    if (audit->genesis == NULL)
        err = ERR_MEMORY;
    if (err == ERR_OK)
        err = genesis_parse(bytes_of(audit->genesis_data, size), audit->genesis);
    if (err == ERR_OK) {
        audit->report->network = audit->genesis->network;
        return true;
    }
    if (!failed(audit, err))
        note(audit, 0, "the genesis file: %s", err_sentence(err));
    return false;
}

static bool open_log(struct audit *audit)
{
    struct disk_options options = {
        .directory = audit->paths[PART_LOG],
        .network = audit->genesis->network,
        .read_only = true,
    };
    enum err err = borrow(audit, PART_LOG);
    if (err == ERR_OK)
        err = disk_open(&options, &audit->disk);
    if (err == ERR_OK) {
        audit->report->blocks = disk_state(audit->disk).last;
        return true;
    }
    if (!failed(audit, err))
        note(audit, 0, "the log: %s", err_sentence(err));
    return false;
}

/* Without a state that can be read the log is still checked, and replayed as far as it is known to
 * be committed. */
static void open_state(struct audit *audit)
{
    struct ledger_options options = {
        .directory = audit->paths[PART_STATE],
        .genesis = audit->genesis,
        .read_only = true,
    };
    struct audit_report *report = audit->report;
    enum err err = borrow(audit, PART_STATE);
    if (err == ERR_OK)
        err = ledger_open(&options, &audit->state);
    report->applied = disk_state(audit->disk).commit;
    if (err == ERR_OK)
        report->applied = ledger_position(audit->state).height;
    else if (!failed(audit, err))
        note(audit, 0, "the state: %s", err_sentence(err));
    if (report->applied > report->blocks)
        note(audit, 0, "the state has height %" PRIu64 ", the log ends at %" PRIu64,
             report->applied, report->blocks);
}

static void open_replay(struct audit *audit)
{
    struct ledger_options options = {
        .directory = audit->paths[PART_REPLAY],
        .genesis = audit->genesis,
        .scratch = true,
    };
    enum err err = ledger_open(&options, &audit->replay);
    audit->can_replay = err == ERR_OK;
    if (err != ERR_OK)
        audit->report->failure = err;
}

static bool open_all(struct audit *audit, const char *scratch)
{
    for (int i = 0; i < PART_COUNT; i++) {
        int size = snprintf(audit->paths[i], PATH_MAX, "%s/%s", scratch, parts[i]);
        if (size >= PATH_MAX)
            return !failed(audit, ERR_READ_ONLY);
    }
    audit->buffer = malloc(BLOCK_SIZE_MAX);
    if (audit->buffer == NULL)
        return !failed(audit, ERR_MEMORY);
    if (!open_genesis(audit) || !open_log(audit))
        return false;
    open_state(audit);
    if (audit->report->failure == ERR_OK)
        open_replay(audit);
    return audit->report->failure == ERR_OK;
}

static void close_all(struct audit *audit)
{
    ledger_close(audit->replay);
    ledger_close(audit->state);
    disk_close(audit->disk);
    free(audit->buffer);
    free(audit->genesis);
    free(audit->genesis_data);
}

/* ---- blocks ---- */

/* Ends the batch of blocks under way. */
static void commit_replay(struct audit *audit)
{
    if (!audit->is_replaying)
        return;
    audit->is_replaying = false;
    enum err err = ledger_commit(audit->replay);
    if (err == ERR_OK)
        return;
    audit->can_replay = false;
    audit->report->failure = err;
}

static void replay(struct audit *audit, const struct block *block)
{
    uint64_t height = block->header.height;
    if (!audit->can_replay || height > audit->report->applied)
        return;
    enum err err = audit->is_replaying ? ERR_OK : ledger_begin(audit->replay);
    if (err == ERR_OK) {
        audit->is_replaying = true;
        err = ledger_apply(audit->replay, block, NULL, NULL);
    }
    if (err != ERR_OK) {
        audit->can_replay = false;
        audit->is_replaying = false;
        ledger_abort(audit->replay);
        if (err == ERR_CHECKPOINT)
            note(audit, height, "the checkpoint is not what the blocks before it amount to");
        else if (!failed(audit, err))
            note(audit, height, "it cannot be applied: %s", err_sentence(err));
        return;
    }
    if (height % BATCH == 0 || height == audit->report->applied)
        commit_replay(audit);
}

/* Where the chain stands: the block before, when it could be read. */
struct link {
    bool is_known;
    uint64_t term;
    uint64_t time_ms;
    struct hash hash;
};

static void check_block(struct audit *audit, uint64_t height, struct link *link)
{
    struct block block;
    enum err err = disk_read(audit->disk, height, audit->buffer, BLOCK_SIZE_MAX, &block);
    if (err == ERR_OK && link->is_known)
        err = block_follows(&block.header, height - 1, &link->hash, link->term, link->time_ms);
    link->is_known = err == ERR_OK;
    if (err != ERR_OK) {
        audit->can_replay = false;
        if (!failed(audit, err))
            note(audit, height, "%s", err_sentence(err));
        return;
    }
    *link = (struct link){true, block.header.term, block.header.time_ms, block.hash};
    audit->report->checked++;
    replay(audit, &block);
}

static void check_blocks(struct audit *audit)
{
    struct audit_report *report = audit->report;
    struct link link = {
        .is_known = true,
        .time_ms = 0,
        .hash = audit->genesis->network,
    };
    report->phase = AUDIT_BLOCKS;
    for (uint64_t height = 1; height <= report->blocks && report->failure == ERR_OK; height++) {
        report->reading = height;
        check_block(audit, height, &link);
    }
    commit_replay(audit);
}

/* ---- the state ---- */

static void note_difference(struct audit *audit, const struct ledger_difference *difference)
{
    char key[2 * DIFFERENCE_KEY_MAX + 1];
    hex_encode(difference->key, difference->key_size, key);
    const char *how = difference->in_a && difference->in_b ? "has another value"
                      : difference->in_a                   ? "is missing"
                                                           : "should not be there";
    note(audit, 0, "the state's row %s in table %s %s", key, difference->table, how);
}

static void compare_state(struct audit *audit)
{
    struct audit_report *report = audit->report;
    struct ledger_position replayed = ledger_position(audit->replay);
    report->replayed = replayed.height;
    report->head = replayed.head;
    report->root = replayed.root;
    report->transactions = replayed.transactions;
    if (audit->state == NULL || !audit->can_replay || replayed.height != report->applied)
        return;
    report->phase = AUDIT_STATE;
    struct ledger_difference difference;
    enum err err = ledger_compare(audit->replay, audit->state, &difference);
    if (err == ERR_DIVERGED)
        note_difference(audit, &difference);
    else if (err != ERR_OK && !failed(audit, err))
        note(audit, 0, "the state: %s", err_sentence(err));
}

void audit_run(const char *directory, const char *scratch, struct audit_report *report)
{
    struct audit audit = {.report = report, .directory = directory};
    if (open_all(&audit, scratch)) {
        check_blocks(&audit);
        if (report->failure == ERR_OK)
            compare_state(&audit);
    }
    close_all(&audit);
    report->phase = AUDIT_OVER;
}

/* ---- around it ---- */

enum err audit_lock(const char *directory, int *lock)
{
    return directory_lock_shared(directory, lock);
}

void audit_unlock(int lock)
{
    directory_unlock(lock);
}

void audit_remove(const char *scratch)
{
    for (int i = 0; i < PART_COUNT; i++) {
        char path[PATH_MAX];
        if (snprintf(path, sizeof path, "%s/%s", scratch, parts[i]) < (int)sizeof path)
            directory_discard(path);
    }
    (void)rmdir(scratch);
}
