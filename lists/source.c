#include "lists/source.h"

#include "consensus/disk.h"
#include "store/directory.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct source {
    char directory[PATH_MAX];
    int lock; /* -1: none is needed */
    uint8_t *genesis_data;
    struct genesis *genesis;
    struct ledger *ledger;
    struct disk *disk;
    struct view *view;
    uint8_t block[BLOCK_SIZE_MAX];
};

static enum err path_of(const struct source *source, const char *name, char path[PATH_MAX],
                        struct complaint *complaint)
{
    int size = snprintf(path, PATH_MAX, "%s/%s", source->directory, name);
    return size < PATH_MAX ? ERR_OK : complain(complaint, 0, "the path is too long");
}

/* ---- opening ---- */

static bool may_write(const struct source *source, const char *name)
{
    char path[PATH_MAX];
    struct complaint complaint;
    return path_of(source, name, path, &complaint) == ERR_OK && access(path, W_OK) == 0;
}

/* Either LMDB keeps the pages that are read here, or nobody writes. */
static enum err keep_still(struct source *source, struct complaint *complaint)
{
    if (may_write(source, "state/lock.mdb") && may_write(source, "log/lock.mdb"))
        return ERR_OK;
    enum err err = directory_lock_shared(source->directory, &source->lock);
    if (err == ERR_LOCKED)
        return complain(complaint, 0,
                        "a node runs on it, and reading beside it takes the right to write its "
                        "lock files: run this as the node's user");
    return err == ERR_OK ? ERR_OK : complain(complaint, 0, "%s", err_sentence(err));
}

static enum err open_genesis(struct source *source, struct complaint *complaint)
{
    char path[PATH_MAX];
    size_t size = 0;
    enum err err = path_of(source, "genesis", path, complaint);
    if (err != ERR_OK)
        return err;
    source->genesis = calloc(1, sizeof *source->genesis);
    if (source->genesis == NULL)
        return ERR_MEMORY;
    err = file_read(path, GENESIS_SIZE_MAX, &source->genesis_data, &size);
    if (err == ERR_OK)
        err = genesis_parse(bytes_of(source->genesis_data, size), source->genesis);
    if (err == ERR_OK || err == ERR_MEMORY)
        return err;
    return complain(complaint, 0, "%s: %s", path, err_sentence(err));
}

static enum err open_log(struct source *source, struct complaint *complaint)
{
    char path[PATH_MAX];
    struct disk_options options = {
        .directory = path, .network = source->genesis->network, .read_only = true};
    enum err err = path_of(source, "log", path, complaint);
    if (err != ERR_OK)
        return err;
    err = disk_open(&options, &source->disk);
    if (err == ERR_OK || err == ERR_MEMORY)
        return err;
    return complain(complaint, 0, "%s: %s", path, err_sentence(err));
}

static enum err open_state(struct source *source, struct complaint *complaint)
{
    char path[PATH_MAX];
    struct ledger_options options = {
        .directory = path, .genesis = source->genesis, .read_only = true};
    enum err err = path_of(source, "state", path, complaint);
    if (err != ERR_OK)
        return err;
    err = ledger_open(&options, &source->ledger);
    if (err == ERR_OK)
        err = view_open(source->ledger, &source->view);
    if (err == ERR_OK || err == ERR_MEMORY)
        return err;
    return complain(complaint, 0, "%s: %s", path, err_sentence(err));
}

enum err source_open(const char *directory, struct source **out, struct complaint *complaint)
{
    *out = NULL;
    struct source *source = calloc(1, sizeof *source);
    if (source == NULL)
        return ERR_MEMORY;
    source->lock = -1;
    snprintf(source->directory, sizeof source->directory, "%s", directory);
    enum err err = keep_still(source, complaint);
    if (err == ERR_OK)
        err = open_genesis(source, complaint);
    if (err == ERR_OK)
        err = open_log(source, complaint);
    if (err == ERR_OK)
        err = open_state(source, complaint);
    if (err == ERR_OK)
        *out = source;
    else
        source_close(source);
    return err;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    view_close(source->view);
    ledger_close(source->ledger);
    disk_close(source->disk);
    free(source->genesis);
    free(source->genesis_data);
    if (source->lock >= 0)
        directory_unlock(source->lock);
    free(source);
}

/* ---- reading ---- */

struct view *source_view(const struct source *source)
{
    return source->view;
}

struct hash source_network(const struct source *source)
{
    return source->genesis->network;
}

enum err source_block(struct source *source, uint64_t height, struct block *out)
{
    return disk_read(source->disk, height, source->block, sizeof source->block, out);
}

enum err source_head(struct source *source, uint64_t height, struct hash *out)
{
    struct block_header header;
    uint32_t size;
    *out = source->genesis->network;
    if (height == 0)
        return ERR_OK;
    enum err err = disk_header(source->disk, height, &header, &size);
    if (err == ERR_OK)
        *out = block_header_hash(&header);
    return err;
}
