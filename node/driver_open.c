#include "node/driver_state.h"

#include "node/clock.h"
#include "node/members.h"

#include <stdlib.h>

/* Where the state stands: what is above it is to be applied. */
static enum err find_applied(struct driver *driver)
{
    struct chain_link link;
    enum err err = chain_link(&driver->chain, driver->options.applied, &link);
    driver->applied = driver->handed = driver->options.applied;
    return err;
}

/* The newest entries of the log, for the core's ring: as many as it can hold. */
static enum err read_tail(const struct chain *chain, struct raft_entry *tail, uint32_t *count)
{
    uint64_t last = chain->tip.height;
    *count = last < RAFT_TAIL_MAX ? (uint32_t)last : RAFT_TAIL_MAX;
    for (uint32_t i = 0; i < *count; i++) {
        struct chain_link link;
        enum err err = chain_link(chain, last - *count + 1 + i, &link);
        if (err != ERR_OK)
            return err;
        tail[i] = (struct raft_entry){
            .term = link.term,
            .size = link.size,
            .kind = chain_entry_kind(link.kind),
        };
    }
    return ERR_OK;
}

/* The members in the configuration block of that height; ERR_NOT_FOUND when it is another one. */
static enum err read_members(const struct chain *chain, uint64_t height, struct raft_members *out)
{
    struct chain_link link;
    enum err err = chain_link(chain, height, &link);
    if (err != ERR_OK || link.kind != BLOCK_CONFIGURATION)
        return err != ERR_OK ? err : ERR_NOT_FOUND;
    struct block_ref *block;
    err = chain_block(chain, height, &block);
    if (err != ERR_OK)
        return err;
    err = members_of_block(&block->block, out);
    block_ref_drop(block);
    return err;
}

/* The last two lists of members: what stands in the log above the state, and the state's. */
static enum err find_members(const struct driver *driver, struct raft_start *start)
{
    struct raft_members *const places[] = {&start->members, &start->members_before};
    size_t found = 0;
    uint64_t applied = driver->options.applied;
    for (uint64_t height = driver->chain.tip.height; height > applied && found < 2; height--) {
        enum err err = read_members(&driver->chain, height, places[found]);
        if (err != ERR_OK && err != ERR_NOT_FOUND)
            return err;
        if (err == ERR_OK && found == 0)
            start->members_index = height;
        found += err == ERR_OK;
    }
    for (; found < 2; found++)
        *places[found] = driver->options.members;
    return ERR_OK;
}

static enum err start_core(struct driver *driver)
{
    static struct raft_entry tail[RAFT_TAIL_MAX];
    const struct driver_options *options = &driver->options;
    struct disk_state state = disk_state(options->disk);
    struct raft_start start = {
        .id = options->node,
        .seed = options->seed,
        .now_ms = clock_monotonic_ms(),
        .timing = options->timing,
        .term = state.term,
        .vote = state.vote,
        .commit = state.commit > options->applied ? state.commit : options->applied,
        .last_index = state.last,
        .tail = tail,
    };
    enum err err = read_tail(&driver->chain, tail, &start.tail_count);
    if (err != ERR_OK)
        return err;
    err = find_members(driver, &start);
    if (err != ERR_OK)
        return err;
    driver->raft = calloc(1, raft_size());
    return driver->raft == NULL ? ERR_MEMORY : raft_init(driver->raft, &start);
}

enum err driver_open(const struct driver_options *options, struct driver **out)
{
    *out = NULL;
    struct driver *driver = calloc(1, sizeof *driver);
    if (driver == NULL)
        return ERR_MEMORY;
    driver->options = *options;
    driver->sender = (struct sender){
        .chain = &driver->chain,
        .links = options->links,
        .message_bytes = options->timing.message_bytes,
    };
    held_init(&driver->held);
    driver->durable = disk_state(options->disk).last;
    enum err err = chain_open(&driver->chain, options->disk, options->genesis);
    if (err == ERR_OK)
        err = find_applied(driver);
    if (err == ERR_OK)
        err = start_core(driver);
    if (err != ERR_OK) {
        driver_close(driver);
        return err;
    }
    driver_hand_to_apply(driver);
    *out = driver;
    return ERR_OK;
}

void driver_close(struct driver *driver)
{
    if (driver == NULL)
        return;
    held_clear(&driver->held);
    chain_close(&driver->chain);
    free(driver->raft);
    free(driver);
}
