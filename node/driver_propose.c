#include "node/driver_state.h"

#include "node/clock.h"

/* `members`: those that a configuration block brings. */
static enum err propose(struct driver *driver, struct block_build *build, enum block_kind kind,
                        const struct raft_members *members, bool may_wait)
{
    const struct chain_link *tip = &driver->chain.tip;
    struct block_header header = {
        .kind = kind,
        .height = tip->height + 1,
        .term = raft_term(driver->raft),
        .time_ms = driver_block_time_ms(driver),
        .leader = driver->options.node,
        .previous = tip->hash,
    };
    struct block_ref *block;
    enum err err = block_ref_make(block_build_end(build, &header), &block);
    if (err != ERR_OK)
        return err;
    struct raft_entry entry = {
        .term = header.term,
        .size = (uint32_t)block->block.encoded.size,
        .kind = chain_entry_kind(kind),
        .members = members,
    };
    struct raft_event event = {
        .kind = RAFT_EVENT_PROPOSE,
        .entries = &entry,
        .may_wait = may_wait,
    };
    err = driver_step(driver, &event, &block);
    block_ref_drop(block);
    return err;
}

void driver_propose_noop(struct driver *driver)
{
    struct block_build build;
    driver->ready.want_noop = false;
    block_build(&build, driver->proposal, sizeof driver->proposal);
    enum err err = propose(driver, &build, BLOCK_NOOP, NULL, false);
    if (err == ERR_OK)
        driver->noop = driver->chain.tip.height;
    else
        driver_fail(driver, err, "a new leader's first block was not taken");
}

bool driver_leads(const struct driver *driver)
{
    return raft_role(driver->raft) == RAFT_LEADER && driver->noop != 0 &&
           driver->applied >= driver->noop;
}

uint64_t driver_block_time_ms(const struct driver *driver)
{
    uint64_t now_ms = clock_wall_ms();
    uint64_t tip_ms = driver->chain.tip.time_ms;
    return now_ms > tip_ms ? now_ms : tip_ms;
}

static enum err may_propose(const struct driver *driver)
{
    if (!driver_leads(driver))
        return ERR_NOT_LEADER;
    bool is_full = driver->chain.tip.height - driver->durable >= RAFT_UNCOMMITTED_MAX ||
                   driver->chain.tip.height - raft_commit(driver->raft) >= RAFT_UNCOMMITTED_MAX;
    return is_full ? ERR_BUSY : ERR_OK;
}

enum err driver_propose(struct driver *driver, driver_fill *fill, void *context)
{
    enum err err = may_propose(driver);
    if (err != ERR_OK)
        return err;
    struct block_build build;
    block_build(&build, driver->proposal, sizeof driver->proposal);
    bool is_awaited = fill(context, &build);
    if (build.count == 0)
        return ERR_OK;
    err = propose(driver, &build, BLOCK_TRANSACTIONS, NULL, !is_awaited);
    driver_release(driver);
    return err;
}

/* A block of one entry. */
static enum err propose_entry(struct driver *driver, struct bytes entry, enum block_kind kind,
                              const struct raft_members *members)
{
    struct block_build build;
    block_build(&build, driver->proposal, sizeof driver->proposal);
    enum err err = block_build_add(&build, entry);
    if (err == ERR_OK)
        err = propose(driver, &build, kind, members, false);
    driver_release(driver);
    return err;
}

enum err driver_propose_members(struct driver *driver, const struct raft_members *members)
{
    uint8_t entry[RAFT_MEMBERS_SIZE_MAX];
    struct writer writer = writer_over(entry, sizeof entry);
    if (!driver_leads(driver))
        return ERR_NOT_LEADER;
    raft_members_write(&writer, members);
    return propose_entry(driver, writer_view(&writer), BLOCK_CONFIGURATION, members);
}

enum err driver_propose_checkpoint(struct driver *driver, const struct checkpoint *checkpoint)
{
    uint8_t entry[CHECKPOINT_SIZE];
    struct writer writer = writer_over(entry, sizeof entry);
    enum err err = may_propose(driver);
    if (err != ERR_OK)
        return err;
    checkpoint_write(&writer, checkpoint);
    return propose_entry(driver, writer_view(&writer), BLOCK_CHECKPOINT, NULL);
}
