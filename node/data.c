#include "node/data.h"

#include "node/log.h"
#include "node/new_state.h"
#include "store/directory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

struct advice {
    enum err err;
    const char *text;
};

/* What an operator does about it. */
static const struct advice advices[] = {
    {ERR_LOCKED, "another imeid runs on this directory: stop it, or set another 'data'"},
    {ERR_FOREIGN_DATA, "set the 'data' and the 'genesis' that belong together, or an empty 'data'"},
    {ERR_OLD_FORMAT, "run the version of imeid that wrote it"},
    {ERR_READ_ONLY, "give this user the right to write there, or set another 'data'"},
    {ERR_DISK_FULL, "make room on the disk and start again: nothing acknowledged is lost"},
    {ERR_DAMAGED, "'imei audit' says what is damaged; put back a copy of this directory, and do "
                  "not start an empty one under this node's name: it would forget its votes"},
    {ERR_BROKEN_CHAIN, "'imei audit' says where; put back a copy of this directory, and do not "
                       "start an empty one under this node's name: it would forget its votes"},
    {ERR_DIVERGED, "log and state do not belong together: move 'state' away, and the node makes "
                   "it again from its log"},
};

static const char *advice_for(enum err err)
{
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
        if (advices[i].err == err)
            return advices[i].text;
    }
    return "see the system's log for the disk's own errors";
}

static enum err refuse(const char *path, enum err err)
{
    log_event(LOG_ERROR, "data_refused", "path=\"%s\" why=%s text=\"%s\" do=\"%s\"", path,
              err_name(err), err_sentence(err), advice_for(err));
    return err;
}

static enum err path_join(const char *directory, const char *name, char *out, size_t capacity)
{
    int size = snprintf(out, capacity, "%s/%s", directory, name);
    return size < 0 || (size_t)size >= capacity ? ERR_TOO_LARGE : ERR_OK;
}

/* The directory carries its own copy of the genesis file, so that an audit needs nothing else. */
static enum err keep_genesis(const char *directory, const struct identity *identity)
{
    char path[CONFIG_TEXT_MAX + 16];
    uint8_t *data = NULL;
    size_t size;
    enum err err = path_join(directory, "genesis", path, sizeof path);
    if (err != ERR_OK)
        return err;
    err = file_read(path, GENESIS_SIZE_MAX, &data, &size);
    if (err == ERR_NOT_FOUND)
        return file_replace(path, identity->genesis_file, 0600);
    if (err == ERR_OK && !bytes_equal(bytes_of(data, size), identity->genesis_file))
        err = ERR_FOREIGN_DATA;
    free(data);
    return err;
}

static enum err open_disk(const char *directory, const struct identity *identity, struct disk **out)
{
    char path[CONFIG_TEXT_MAX + 16];
    struct disk_options options = {
        .directory = path,
        .network = identity->genesis->network,
        .node = identity->node->id,
    };
    ssize_t drawn = getrandom(&options.incarnation, sizeof options.incarnation, 0);
    if (drawn != (ssize_t)sizeof options.incarnation)
        return ERR_INTERNAL;
    enum err err = path_join(directory, "log", path, sizeof path);
    return err == ERR_OK ? disk_open(&options, out) : err;
}

static enum err verify_cached(void *verified, const struct transaction *transaction,
                              const struct public_key *key)
{
    return verified_check(verified, transaction, key);
}

/* A state of another version's rows is made again: whatever it held, the blocks in the log hold. */
static enum err remake_state(const struct ledger_options *options, struct data *data)
{
    char path[CONFIG_TEXT_MAX + 32];
    log_event(LOG_WARNING, "state_remade", "path=\"%s\" text=\"%s\"", options->directory,
              "it was written by another version: it is made again from the log");
    enum err err = path_join(options->directory, "data.mdb", path, sizeof path);
    if (err == ERR_OK && unlink(path) != 0)
        err = file_err(errno);
    return err == ERR_OK ? ledger_open(options, &data->ledger) : err;
}

static enum err open_ledger(const char *directory, const struct identity *identity,
                            struct data *data)
{
    char path[CONFIG_TEXT_MAX + 16];
    struct ledger_options options = {
        .directory = path,
        .genesis = identity->genesis,
        .verify = verify_cached,
        .verify_context = data->verified,
    };
    enum err err = new_state_remove(directory); /* what a crash may have left */
    if (err == ERR_OK)
        err = path_join(directory, "state", path, sizeof path);
    if (err == ERR_OK)
        err = ledger_open(&options, &data->ledger);
    if (err == ERR_OLD_FORMAT)
        err = remake_state(&options, data);
    return err;
}

static void tell_progress(void *context, uint64_t height, uint64_t last)
{
    (void)context;
    log_event(LOG_INFO, "verifying", "height=%llu last=%llu", (unsigned long long)height,
              (unsigned long long)last);
}

static enum err verify_log(struct disk *disk, uint64_t *damaged)
{
    enum err err = disk_verify(disk, tell_progress, NULL, damaged);
    if (err != ERR_OK)
        log_event(LOG_ERROR, "block_damaged", "height=%llu why=%s", (unsigned long long)*damaged,
                  err_name(err));
    return err;
}

/* The state's last block is the log's at that height. */
static enum err match_state(struct disk *disk, const struct ledger *ledger)
{
    struct ledger_position position = ledger_position(ledger);
    struct block_header header;
    uint32_t size;
    if (position.height == 0)
        return ERR_OK;
    if (position.height > disk_state(disk).last)
        return ERR_DAMAGED; /* the log has lost blocks that were applied */
    enum err err = disk_header(disk, position.height, &header, &size);
    if (err != ERR_OK)
        return err;
    struct hash hash = block_header_hash(&header);
    return hash_equal(&hash, &position.head) ? ERR_OK : ERR_DIVERGED;
}

/* Committed blocks are to be had from others. What was applied was committed, whether the log has
 * heard of it yet or not. */
static enum err be_mendable(struct data *data)
{
    struct disk_write applied = {.commit = ledger_position(data->ledger).height};
    enum err err = disk_write(data->disk, &applied, 1);
    if (err != ERR_OK)
        return err;
    return data->damaged <= disk_state(data->disk).commit ? ERR_OK : ERR_DAMAGED;
}

static enum err open_state(const char *directory, const struct identity *identity, struct data *out)
{
    enum err err = directory_make(directory);
    if (err == ERR_OK)
        err = directory_lock(directory, &out->lock);
    if (err == ERR_OK)
        err = keep_genesis(directory, identity);
    if (err == ERR_OK)
        err = verified_open(&out->verified);
    return err == ERR_OK ? open_ledger(directory, identity, out) : err;
}

enum err data_open(const char *directory, const struct identity *identity, struct data *out)
{
    *out = (struct data){.lock = -1};
    enum err err = open_state(directory, identity, out);
    if (err == ERR_OK)
        return ERR_OK;
    data_close(out);
    return refuse(directory, err);
}

enum err data_open_log(const char *directory, const struct identity *identity, struct data *data)
{
    enum err err = open_disk(directory, identity, &data->disk);
    if (err == ERR_OK)
        err = verify_log(data->disk, &data->damaged);
    bool is_damaged = err == ERR_DAMAGED && data->damaged > 0;
    if (err == ERR_OK || is_damaged)
        err = is_damaged ? be_mendable(data) : match_state(data->disk, data->ledger);
    if (err == ERR_OK)
        return ERR_OK;
    data_close(data);
    return refuse(directory, err);
}

enum err data_find_node(const struct data *data, const struct public_key *key,
                        struct node_info *out)
{
    struct view *view;
    uint32_t from = 1;
    enum err err = view_open(data->ledger, &view);
    if (err != ERR_OK)
        return err;
    bool is_found = false;
    while (!is_found && from != 0 && (err = view_node_from(view, from, out)) == ERR_OK) {
        is_found = memcmp(&out->key, key, sizeof *key) == 0;
        from = out->id + 1;
    }
    view_close(view);
    return err == ERR_OK && !is_found ? ERR_NOT_FOUND : err;
}

enum err data_check(const char *directory, struct data *data)
{
    enum err err = verify_log(data->disk, &data->damaged);
    if (err == ERR_OK)
        err = match_state(data->disk, data->ledger);
    return err == ERR_OK ? err : refuse(directory, err);
}

void data_close(struct data *data)
{
    ledger_close(data->ledger);
    verified_close(data->verified);
    disk_close(data->disk);
    if (data->lock >= 0)
        directory_unlock(data->lock);
    *data = (struct data){.lock = -1};
}
