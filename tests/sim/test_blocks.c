#include "tests/sim/blocks.h"

#include "tests/sim/random.h"
#include "tests/unit/suite.h"

#define TREE_SIZE 5000

static struct blocks blocks;

/* A random tree: long branches, each from somewhere on another one. */
static void grow(struct random *random)
{
    struct raft_members genesis = {.count = 1, .member = {{.id = 1, .voter = true}}};
    blocks_reset(&blocks, &genesis);
    uint32_t head = 0;
    while (blocks.count < TREE_SIZE) {
        if (random_chance(random, RANDOM_ALWAYS / 100))
            head = random_below(random, blocks.count);
        struct block draft = {.term = blocks.count, .size = random_below(random, 1000)};
        draft.kind = (enum raft_entry_kind)random_below(random, 2);
        if (random_chance(random, RANDOM_ALWAYS / 10))
            draft.kind = RAFT_ENTRY_MEMBERS;
        struct raft_members members = {.count = blocks.count % MEMBERS_MAX};
        if (!blocks_have_room(&blocks))
            draft.kind = RAFT_ENTRY_NORMAL;
        head = blocks_add(&blocks, head, &draft, &members);
    }
}

START_TEST(finds_the_ancestor_that_a_walk_finds)
{
    struct random random = {.state = 1};
    grow(&random);
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t head = random_below(&random, blocks.count);
        uint32_t index = random_below(&random, blocks.block[head].index + 1);
        uint32_t walked = head;
        while (blocks.block[walked].index > index)
            walked = blocks.block[walked].parent;
        ck_assert_uint_eq(blocks_at(&blocks, head, index), walked);
    }
}
END_TEST

START_TEST(knows_what_is_on_the_path)
{
    struct random random = {.state = 2};
    grow(&random);
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t head = random_below(&random, blocks.count);
        uint64_t bytes = 0;
        uint32_t write = 0;
        uint32_t config = 0;
        for (uint32_t at = head; at != 0; at = blocks.block[at].parent) {
            bytes += blocks.block[at].size;
            if (write == 0 && blocks.block[at].kind == RAFT_ENTRY_NORMAL)
                write = at;
            if (config == 0 && blocks.block[at].kind == RAFT_ENTRY_MEMBERS)
                config = at;
        }
        ck_assert_uint_eq(blocks.block[head].bytes, bytes);
        ck_assert_uint_eq(blocks.block[head].write, write);
        ck_assert_uint_eq(blocks.block[head].config, config);
        ck_assert_uint_eq(blocks_members(&blocks, head)->count,
                          config == 0 ? 1 : config % MEMBERS_MAX);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &finds_the_ancestor_that_a_walk_finds,
        &knows_what_is_on_the_path,
    };
    return suite_run("blocks", cases, sizeof cases / sizeof cases[0]);
}
