#include "node/chain.h"
#include "tests/unit/node/fixture.h"

enum { BLOCKS = 12 };

/* A log of that many blocks on disk. */
struct logged {
    struct world *world;
    struct disk *disk;
    struct chain chain;
    struct link link;
};

static void write_blocks(struct logged *logged, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct signed_statement statement = sign_next(logged->world);
        struct bytes block = make_block(&logged->link, 1, logged->link.time_ms + 5, &statement,
                                        logged->link.height % 3 == 0 ? 0 : 1);
        struct disk_write write = {.blocks = &block, .block_count = 1};
        assert_ok(disk_write(logged->disk, &write, 1));
        free_bytes(block);
    }
}

static void begin(struct logged *logged, size_t count)
{
    *logged = (struct logged){.world = world_open(1)};
    logged->disk = world_log(logged->world);
    logged->link = link_first(logged->world);
    write_blocks(logged, count);
    assert_ok(chain_open(&logged->chain, logged->disk, logged->world->genesis));
}

static void end(struct logged *logged)
{
    chain_close(&logged->chain);
    disk_close(logged->disk);
    world_close(logged->world);
}

/* Appends a block that is in memory alone. */
static void append(struct logged *logged, uint64_t term)
{
    struct block_ref *ref;
    struct bytes block = make_block(&logged->link, term, logged->link.time_ms + 5, NULL, 0);
    assert_ok(block_ref_make(block, &ref));
    chain_append(&logged->chain, ref);
    block_ref_drop(ref);
    free_bytes(block);
}

static void expect_link(const struct logged *logged, uint64_t height, uint64_t term)
{
    struct chain_link link;
    struct block_ref *ref;
    assert_ok(chain_link(&logged->chain, height, &link));
    ck_assert_uint_eq(link.height, height);
    ck_assert_uint_eq(link.term, term);
    if (height == 0)
        return;
    assert_ok(chain_block(&logged->chain, height, &ref));
    ck_assert_uint_eq(ref->block.header.height, height);
    ck_assert(hash_equal(&ref->block.hash, &link.hash));
    ck_assert_uint_eq(ref->block.encoded.size, link.size);
    ck_assert_int_eq(ref->block.header.kind, link.kind);
    ck_assert_uint_eq(ref->block.header.time_ms, link.time_ms);
    block_ref_drop(ref);
}

START_TEST(an_empty_log_follows_the_genesis)
{
    struct logged logged;
    begin(&logged, 0);
    ck_assert_uint_eq(logged.chain.tip.height, 0);
    ck_assert_uint_eq(logged.chain.tip.time_ms, logged.world->genesis->time_ms);
    ck_assert(hash_equal(&logged.chain.tip.hash, &logged.world->genesis->network));
    struct chain_link link;
    assert_err(chain_link(&logged.chain, 1, &link), NOT_FOUND);
    end(&logged);
}
END_TEST

START_TEST(every_height_is_the_same_from_memory_and_from_disk)
{
    struct logged logged;
    begin(&logged, BLOCKS);
    ck_assert(hash_equal(&logged.chain.tip.hash, &logged.link.hash));
    for (uint64_t i = 0; i < BLOCKS; i++)
        append(&logged, 1);
    for (uint64_t height = 0; height <= 2 * BLOCKS; height++)
        expect_link(&logged, height, height == 0 ? 0 : 1);
    struct chain_link link;
    assert_err(chain_link(&logged.chain, 2 * BLOCKS + 1, &link), NOT_FOUND);
    end(&logged);
}
END_TEST

START_TEST(a_cut_ends_the_chain_there_and_another_block_follows)
{
    struct logged logged;
    begin(&logged, BLOCKS);
    append(&logged, 1);
    append(&logged, 1);
    /* Within memory, at its edge, within the disk, at the genesis. */
    static const uint64_t keeps[] = {BLOCKS + 1, BLOCKS, BLOCKS - 3, 0};
    for (size_t i = 0; i < sizeof keeps / sizeof keeps[0]; i++) {
        struct chain_link kept;
        assert_ok(chain_link(&logged.chain, keeps[i], &kept));
        assert_ok(chain_cut(&logged.chain, keeps[i]));
        ck_assert_uint_eq(logged.chain.tip.height, keeps[i]);
        ck_assert(hash_equal(&logged.chain.tip.hash, &kept.hash));
        logged.link = (struct link){kept.height, kept.term, kept.time_ms, kept.hash};
        append(&logged, 2 + i);
        expect_link(&logged, keeps[i] + 1, 2 + i); /* the new one, not the one on disk */
        expect_link(&logged, keeps[i], kept.term);
    }
    struct chain_link tip;
    assert_err(chain_link(&logged.chain, 2, &tip), NOT_FOUND);
    assert_err(chain_cut(&logged.chain, 2), NOT_FOUND);
    end(&logged);
}
END_TEST

START_TEST(what_is_durable_may_leave_the_memory_and_is_read_again)
{
    struct logged logged;
    begin(&logged, 0);
    struct bytes blocks[BLOCKS];
    for (size_t i = 0; i < BLOCKS; i++) {
        struct block_ref *ref;
        blocks[i] = make_block(&logged.link, 1, logged.link.time_ms + 1, NULL, 0);
        assert_ok(block_ref_make(blocks[i], &ref));
        chain_append(&logged.chain, ref);
        block_ref_drop(ref);
    }
    logged.chain.cache.bytes_max = 0;
    chain_trim(&logged.chain, BLOCKS - 2); /* the last two are not durable */
    ck_assert_uint_eq(logged.chain.cache.first, BLOCKS - 1);
    struct block_ref *ref;
    assert_err(chain_block(&logged.chain, 1, &ref), NOT_FOUND);
    ck_assert_ptr_null(ref);
    struct disk_write write = {.blocks = blocks, .block_count = BLOCKS};
    assert_ok(disk_write(logged.disk, &write, 1));
    for (uint64_t height = 1; height <= BLOCKS; height++)
        expect_link(&logged, height, 1);
    for (size_t i = 0; i < BLOCKS; i++)
        free_bytes(blocks[i]);
    end(&logged);
}
END_TEST

static void expect_trail(const struct chain *chain, uint64_t before, uint64_t checkpoint,
                         uint64_t change)
{
    ck_assert_uint_eq(chain->trail.before, before);
    ck_assert_uint_eq(chain->trail.checkpoint, checkpoint);
    ck_assert_uint_eq(chain->trail.change, change);
}

static void append_checkpoint(struct logged *logged)
{
    struct checkpoint checkpoint = {.height = logged->chain.trail.checkpoint};
    struct block_ref *ref;
    checkpoint.tree_root = hash_of(bytes_of(NULL, 0));
    struct bytes block = make_checkpoint(&logged->link, 1, &checkpoint);
    struct disk_write write = {.blocks = &block, .block_count = 1};
    assert_ok(disk_write(logged->disk, &write, 1));
    assert_ok(block_ref_make(block, &ref));
    chain_append(&logged->chain, ref);
    block_ref_drop(ref);
    free_bytes(block);
}

START_TEST(the_trail_is_the_same_appended_cut_and_opened_again)
{
    struct logged logged;
    begin(&logged, 0);
    expect_trail(&logged.chain, 0, 0, 0);
    end(&logged);
    begin(&logged, BLOCKS); /* the last is a no-op or not: heights 1, 4, 7, 10 are */
    expect_trail(&logged.chain, 0, 0, 12);
    append_checkpoint(&logged);
    expect_trail(&logged.chain, 0, 13, 12);
    append_checkpoint(&logged);
    append_checkpoint(&logged);
    expect_trail(&logged.chain, 14, 15, 12);
    chain_close(&logged.chain);
    assert_ok(chain_open(&logged.chain, logged.disk, logged.world->genesis));
    expect_trail(&logged.chain, 14, 15, 12);
    assert_ok(chain_cut(&logged.chain, 14));
    expect_trail(&logged.chain, 13, 14, 12);
    assert_ok(chain_cut(&logged.chain, 12));
    expect_trail(&logged.chain, 0, 0, 12);
    assert_ok(chain_cut(&logged.chain, 10));
    expect_trail(&logged.chain, 0, 0, 9);
    assert_ok(chain_cut(&logged.chain, 1));
    expect_trail(&logged.chain, 0, 0, 0);
    end(&logged);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &the_trail_is_the_same_appended_cut_and_opened_again,
        &an_empty_log_follows_the_genesis,
        &every_height_is_the_same_from_memory_and_from_disk,
        &a_cut_ends_the_chain_there_and_another_block_follows,
        &what_is_durable_may_leave_the_memory_and_is_read_again,
    };
    return fixture_run("chain", cases, sizeof cases / sizeof cases[0]);
}
