#include "testnet/swarm/replay.h"

#include "consensus/disk.h"
#include "ledger/change.h"
#include "ledger/compare.h"
#include "ledger/view.h"
#include "proto/hex.h"
#include "store/borrow.h"
#include "store/directory.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/* Blocks that one commit of the scratch ledger takes. */
enum { BATCH = 64 };

struct source {
    const char *name;
    const char *data;
    int lock;
    char log_path[PATH_MAX]; /* where its parts are borrowed to */
    char state_path[PATH_MAX];
    struct disk *disk;
    struct ledger *state;
};

struct work {
    struct replay *replay;
    struct findings *findings;
    struct complaint *complaint;
    size_t count;
    struct source sources[REPLAY_NODES_MAX];
    char scratch[PATH_MAX];
    char replay_path[PATH_MAX];
    uint8_t *genesis_data;
    struct genesis *genesis;
    struct ledger *ledger;
    size_t reference; /* the source whose log is applied */
    size_t told;      /* events whose transaction is known */
    uint8_t *buffer;
    enum err err; /* of the callbacks */
};

/* ---- opening ---- */

static enum err refuse(struct work *work, const struct source *source, const char *what,
                       enum err err)
{
    if (err == ERR_OK || err == ERR_MEMORY)
        return err;
    return complain(work->complaint, 0, "%s (%s): %s: %s", source->name, source->data, what,
                    err == ERR_LOCKED ? "a node runs on it: testnet/down first"
                                      : err_sentence(err));
}

static bool path_of(char *out, const char *directory, const char *file)
{
    return snprintf(out, PATH_MAX, "%s/%s", directory, file) < PATH_MAX;
}

static enum err open_genesis(struct work *work)
{
    char path[PATH_MAX];
    size_t size = 0;
    work->genesis = calloc(1, sizeof *work->genesis);
    if (work->genesis == NULL)
        return ERR_MEMORY;
    enum err err = path_of(path, work->sources[0].data, "genesis") ? ERR_OK : ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = file_read(path, GENESIS_SIZE_MAX, &work->genesis_data, &size);
    if (err == ERR_OK)
        err = genesis_parse(bytes_of(work->genesis_data, size), work->genesis);
    return refuse(work, &work->sources[0], "the genesis file", err);
}

static enum err borrow(const struct source *source, const char *part, const char *target)
{
    char path[PATH_MAX];
    return path_of(path, source->data, part) ? borrow_data(path, target) : ERR_NOT_FOUND;
}

static enum err open_source(struct work *work, size_t place)
{
    char name[32];
    struct source *source = &work->sources[place];
    enum err err = directory_lock_shared(source->data, &source->lock);
    if (err != ERR_OK)
        return refuse(work, source, "the data directory", err);
    snprintf(name, sizeof name, "log-%zu", place);
    bool fits = path_of(source->log_path, work->scratch, name);
    snprintf(name, sizeof name, "state-%zu", place);
    fits = fits && path_of(source->state_path, work->scratch, name);
    struct disk_options log = {
        .directory = source->log_path, .network = work->genesis->network, .read_only = true};
    err = fits ? borrow(source, "log", source->log_path) : ERR_NOT_FOUND;
    if (err == ERR_OK)
        err = disk_open(&log, &source->disk);
    if (err != ERR_OK)
        return refuse(work, source, "the log", err);
    struct ledger_options state = {
        .directory = source->state_path, .genesis = work->genesis, .read_only = true};
    err = borrow(source, "state", source->state_path);
    if (err == ERR_OK)
        err = ledger_open(&state, &source->state);
    return refuse(work, source, "the state", err);
}

static enum err open_scratch(struct work *work)
{
    const char *parent = getenv("TMPDIR");
    if (parent == NULL || *parent == '\0')
        parent = "/tmp";
    char path[PATH_MAX];
    if (!path_of(path, parent, "imei-judge-XXXXXX") || mkdtemp(path) == NULL)
        return complain(work->complaint, 0, "%s: %s", parent, strerror(errno));
    memcpy(work->scratch, path, sizeof path);
    return path_of(work->replay_path, path, "replay") ? ERR_OK : ERR_READ_ONLY;
}

/* The log that is applied is that of the node which has applied most. */
static enum err open_all(struct work *work)
{
    work->buffer = malloc(BLOCK_SIZE_MAX);
    if (work->buffer == NULL)
        return ERR_MEMORY;
    enum err err = open_genesis(work);
    if (err == ERR_OK)
        err = open_scratch(work);
    for (size_t i = 0; i < work->count && err == ERR_OK; i++)
        err = open_source(work, i);
    struct ledger_options options = {
        .directory = work->replay_path, .genesis = work->genesis, .scratch = true};
    if (err == ERR_OK)
        err = ledger_open(&options, &work->ledger);
    for (size_t i = 0; i < work->count && err == ERR_OK; i++) {
        struct replay_node *node = &work->replay->nodes[i];
        node->blocks = disk_state(work->sources[i].disk).last;
        node->applied = ledger_position(work->sources[i].state).height;
        if (node->applied <= work->replay->height)
            continue;
        work->replay->height = node->applied;
        work->reference = i;
    }
    work->replay->node_count = work->count;
    return err;
}

static void close_all(struct work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        struct source *source = &work->sources[i];
        ledger_close(source->state);
        disk_close(source->disk);
        directory_discard(source->state_path);
        directory_discard(source->log_path);
        if (source->lock >= 0)
            directory_unlock(source->lock);
    }
    ledger_close(work->ledger);
    directory_discard(work->replay_path);
    (void)rmdir(work->scratch);
    free(work->buffer);
    free(work->genesis);
    free(work->genesis_data);
}

/* ---- what the ledger says of its blocks ---- */

/* The list with room for one element more, maybe moved; NULL when there is no memory for it, and
 * the list is as it was. */
static void *with_room(void *list, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return list;
    size_t wanted = *capacity == 0 ? 1024 : 2 * *capacity;
    void *grown = realloc(list, wanted * size);
    if (grown != NULL)
        *capacity = wanted;
    return grown;
}

static void take_change(void *context, const struct change *change)
{
    struct work *work = context;
    struct replay *replay = work->replay;
    bool is_claim = change->kind == CHANGE_RAISED || change->kind == CHANGE_LIFTED;
    if (!is_claim || item_is_range(&change->item) || work->err != ERR_OK)
        return;
    struct event *events =
        with_room(replay->events, replay->event_count, &replay->event_capacity, sizeof *events);
    if (events == NULL) {
        work->err = ERR_MEMORY;
        return;
    }
    replay->events = events;
    replay->events[replay->event_count++] = (struct event){
        .imei = change->item.from,
        .is_raised = change->kind == CHANGE_RAISED,
        .kind = change->claim,
        .claimant = change->organisation,
    };
}

/* Comes after the changes of the same transaction. */
static void take_outcome(void *context, const struct outcome *outcome)
{
    struct work *work = context;
    struct replay *replay = work->replay;
    uint32_t number;
    if (work->err == ERR_OK)
        work->err = ids_number(&replay->ids, &outcome->id, &number);
    if (work->err != ERR_OK)
        return;
    struct placed *all = with_room(replay->placed, number, &replay->placed_capacity, sizeof *all);
    if (all == NULL) {
        work->err = ERR_MEMORY;
        return;
    }
    replay->placed = all;
    struct placed *placed = &replay->placed[number];
    if (number == replay->placed_count)
        replay->placed[replay->placed_count++] = (struct placed){.err = ERR_INTERNAL};
    /* An entry with a bad signature takes nobody's place. */
    if (placed->err != ERR_OK && outcome->err != ERR_DUPLICATE) {
        placed->height = outcome->height;
        placed->position = outcome->position;
        placed->err = outcome->err;
        placed->is_authentic = outcome->is_authentic;
    }
    placed->times += outcome->err == ERR_OK ? 1 : 0;
    for (; work->told < replay->event_count; work->told++) {
        replay->events[work->told].height = outcome->height;
        replay->events[work->told].number = number;
    }
}

/* ---- the nodes beside each other ---- */

static void compare_headers(struct work *work, const struct block *block)
{
    uint64_t height = block->header.height;
    for (size_t i = 0; i < work->count; i++) {
        struct block_header header;
        uint32_t size;
        if (i == work->reference || height > work->replay->nodes[i].applied)
            continue;
        const char *name = work->sources[i].name;
        work->findings->checked[CHECK_LEDGERS]++;
        enum err err = disk_header(work->sources[i].disk, height, &header, &size);
        struct hash hash = err == ERR_OK ? block_header_hash(&header) : (struct hash){0};
        if (err != ERR_OK)
            findings_add(work->findings, CHECK_LEDGERS, "%s: block %" PRIu64 ": %s", name, height,
                         err_sentence(err));
        else if (!hash_equal(&hash, &block->hash))
            findings_add(work->findings, CHECK_LEDGERS,
                         "block %" PRIu64 " of %s is not the one of %s", height, name,
                         work->sources[work->reference].name);
    }
}

static void compare_state(struct work *work, const struct source *source)
{
    struct ledger_difference difference;
    struct ledger_position position = ledger_position(source->state);
    struct ledger_position replayed = ledger_position(work->ledger);
    work->findings->checked[CHECK_LEDGERS]++;
    if (!hash_equal(&position.head, &replayed.head))
        findings_add(work->findings, CHECK_LEDGERS,
                     "the state of %s at height %" PRIu64 " follows another block than that log's",
                     source->name, position.height);
    enum err err = ledger_compare(work->ledger, source->state, &difference);
    if (err == ERR_DIVERGED)
        findings_add(work->findings, CHECK_LEDGERS,
                     "the state of %s at height %" PRIu64
                     " is not what the blocks amount to: a row in table %s",
                     source->name, position.height, difference.table);
    else if (err != ERR_OK)
        findings_add(work->findings, CHECK_LEDGERS, "the state of %s: %s", source->name,
                     err_sentence(err));
}

/* Whether a state stands at that height, so that the replay has to be compared there. */
static bool is_stop(const struct work *work, uint64_t height)
{
    for (size_t i = 0; i < work->count; i++)
        if (work->replay->nodes[i].applied == height)
            return true;
    return height % BATCH == 0;
}

static enum err apply_block(struct work *work, uint64_t height, bool *is_open)
{
    struct block block;
    struct disk *disk = work->sources[work->reference].disk;
    enum err err = disk_read(disk, height, work->buffer, BLOCK_SIZE_MAX, &block);
    if (err == ERR_OK)
        compare_headers(work, &block);
    if (err == ERR_OK && !*is_open)
        err = ledger_begin(work->ledger);
    if (err != ERR_OK)
        return err;
    *is_open = true;
    err = ledger_apply(work->ledger, &block, take_outcome, work);
    if (err == ERR_OK)
        err = work->err;
    if (err != ERR_OK || !is_stop(work, height))
        return err;
    *is_open = false;
    err = ledger_commit(work->ledger);
    for (size_t i = 0; i < work->count && err == ERR_OK; i++)
        if (work->replay->nodes[i].applied == height)
            compare_state(work, &work->sources[i]);
    return err;
}

/* What cannot be applied is a finding: everything after it is not known. */
static enum err apply_all(struct work *work)
{
    bool is_open = false;
    uint64_t height = 1;
    enum err err = ERR_OK;
    struct ledger_watch watch = {.change = take_change, .context = work};
    ledger_set_watch(work->ledger, &watch);
    for (; height <= work->replay->height && err == ERR_OK; height++)
        err = apply_block(work, height, &is_open);
    if (is_open && err != ERR_OK)
        ledger_abort(work->ledger);
    ledger_set_watch(work->ledger, NULL);
    if (err == ERR_OK || err == ERR_MEMORY || err == ERR_DISK_FULL)
        return err;
    findings_add(work->findings, CHECK_LEDGERS, "block %" PRIu64 " of %s: %s", height - 1,
                 work->sources[work->reference].name, err_sentence(err));
    return ERR_OK;
}

/* ---- the events ---- */

static enum err name_claimants(struct work *work)
{
    struct replay *replay = work->replay;
    struct organisation_info *info = calloc(1, sizeof *info);
    struct view *view = NULL;
    enum err err = info == NULL ? ERR_MEMORY : view_open(work->ledger, &view);
    for (size_t i = 0; i < replay->event_count && err == ERR_OK; i++) {
        struct event *event = &replay->events[i];
        if (info->number != event->claimant)
            err = view_organisation(view, event->claimant, info);
        if (err == ERR_NOT_FOUND) /* of a batch that was given up */
            err = ERR_OK;
        event->organisation = info->name;
    }
    view_close(view);
    free(info);
    return err;
}

static int event_compare(const void *left, const void *right)
{
    const struct event *a = left;
    const struct event *b = right;
    if (a->imei.value != b->imei.value)
        return a->imei.value < b->imei.value ? -1 : 1;
    if (a->height != b->height)
        return a->height < b->height ? -1 : 1;
    /* Of one height: in the order of the list that is sorted. */
    return (a->sequence > b->sequence) - (a->sequence < b->sequence);
}

static void sort_events(struct replay *replay)
{
    for (size_t i = 0; i < replay->event_count; i++)
        replay->events[i].sequence = i;
    if (replay->event_count > 0)
        qsort(replay->events, replay->event_count, sizeof *replay->events, event_compare);
}

enum err replay_run(const struct replay_source *sources, size_t count, struct replay *out,
                    struct findings *findings, struct complaint *complaint)
{
    *out = (struct replay){0};
    struct work *work = calloc(1, sizeof *work);
    if (work == NULL)
        return ERR_MEMORY;
    work->replay = out;
    work->findings = findings;
    work->complaint = complaint;
    for (; work->count < count; work->count++)
        work->sources[work->count] = (struct source){
            .name = sources[work->count].name, .data = sources[work->count].data, .lock = -1};
    enum err err = open_all(work);
    if (err == ERR_OK)
        err = apply_all(work);
    if (err == ERR_OK)
        err = name_claimants(work);
    if (err == ERR_OK)
        sort_events(out);
    close_all(work);
    free(work);
    return err;
}

void replay_close(struct replay *replay)
{
    ids_free(&replay->ids);
    free(replay->placed);
    free(replay->events);
    *replay = (struct replay){0};
}
