#include "node/witness.h"

#include "tests/unit/node/fixture.h"

/* A log whose every fifth block is a checkpoint block that names the one before it. */
enum { EVERY = 5, CHECKPOINTS = WITNESS_STEPS_MAX + 6, LAST = EVERY * CHECKPOINTS };

struct logged {
    struct world *world;
    struct disk *disk;
    struct link link;
};

static struct checkpoint said_of(uint64_t height)
{
    struct checkpoint said = {.height = height, .tree_size = height};
    said.tree_root = hash_of(bytes_of(&height, height == 0 ? 0 : sizeof height));
    said.state_root.bytes[0] = (uint8_t)(height / EVERY);
    return said;
}

static void begin(struct logged *logged)
{
    *logged = (struct logged){.world = world_open(1)};
    logged->disk = world_log(logged->world);
    logged->link = link_first(logged->world);
    for (uint64_t height = 1; height <= LAST; height++) {
        struct checkpoint said = said_of(height - EVERY);
        struct bytes block = height % EVERY == 0
                                 ? make_checkpoint(&logged->link, 1, &said)
                                 : make_block(&logged->link, 1, logged->link.time_ms + 5, NULL, 0);
        struct disk_write write = {.blocks = &block, .block_count = 1};
        assert_ok(disk_write(logged->disk, &write, 1));
        free_bytes(block);
    }
}

static void end(struct logged *logged)
{
    disk_close(logged->disk);
    world_close(logged->world);
}

START_TEST(finds_what_the_next_checkpoint_block_says)
{
    struct logged logged;
    begin(&logged);
    for (uint64_t height = LAST - EVERY; height > LAST - 10 * EVERY; height -= EVERY) {
        struct checkpoint found;
        struct checkpoint said = said_of(height);
        assert_ok(witness_ask(logged.disk, LAST, LAST, height, &found));
        ck_assert(checkpoint_equal(&found, &said));
    }
    end(&logged);
}
END_TEST

START_TEST(believes_no_block_that_is_not_settled)
{
    struct logged logged;
    struct checkpoint found;
    begin(&logged);
    uint64_t height = LAST - 3 * EVERY;
    assert_ok(witness_ask(logged.disk, LAST, height + EVERY, height, &found));
    assert_err(witness_ask(logged.disk, LAST, height + EVERY - 1, height, &found), NOT_FOUND);
    end(&logged);
}
END_TEST

START_TEST(knows_nothing_of_what_is_no_checkpoint_or_has_none_after_it)
{
    struct logged logged;
    struct checkpoint found;
    begin(&logged);
    static const uint64_t heights[] = {LAST - EVERY - 1, LAST - 1, LAST, LAST + EVERY, UINT64_MAX};
    for (size_t i = 0; i < sizeof heights / sizeof heights[0]; i++)
        assert_err(witness_ask(logged.disk, LAST, LAST, heights[i], &found), NOT_FOUND);
    /* It begins at no checkpoint, or at none that is on disk. */
    assert_err(witness_ask(logged.disk, LAST - 1, LAST, EVERY, &found), NOT_FOUND);
    assert_err(witness_ask(logged.disk, LAST + EVERY, LAST, EVERY, &found), NOT_FOUND);
    assert_err(witness_ask(logged.disk, 0, LAST, EVERY, &found), NOT_FOUND);
    end(&logged);
}
END_TEST

START_TEST(goes_back_so_far_and_no_further)
{
    struct logged logged;
    struct checkpoint found;
    begin(&logged);
    uint64_t height = LAST - (uint64_t)WITNESS_STEPS_MAX * EVERY;
    assert_ok(witness_ask(logged.disk, LAST, LAST, height, &found));
    assert_err(witness_ask(logged.disk, LAST, LAST, height - EVERY, &found), NOT_FOUND);
    end(&logged);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &finds_what_the_next_checkpoint_block_says,
        &believes_no_block_that_is_not_settled,
        &knows_nothing_of_what_is_no_checkpoint_or_has_none_after_it,
        &goes_back_so_far_and_no_further,
    };
    return fixture_run("node/witness", cases, sizeof cases / sizeof cases[0]);
}
