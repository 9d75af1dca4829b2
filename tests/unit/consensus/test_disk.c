#include "consensus/disk.h"

#include "proto/limits.h"
#include "store/store.h"
#include "tests/unit/consensus/log_script.h"
#include "tests/unit/suite.h"

#include <pthread.h>
#include <stdatomic.h>

static struct disk *open_log(const struct scratch *scratch)
{
    struct disk *disk;
    ck_assert_int_eq(script_open(scratch->path, &disk), ERR_OK);
    return disk;
}

/* Writes one more block of that many entries and bytes each. */
static void append_block(struct disk *disk, struct script *script, uint32_t entries, uint32_t size)
{
    script->term = script->term == 0 ? 1 : script->term;
    struct bytes block = script_build(script, script->buffer[0][0], entries, size);
    struct disk_write write = {.blocks = &block, .block_count = 1};
    ck_assert_int_eq(disk_write(disk, &write, 1), ERR_OK);
}

static enum err write_one(struct disk *disk, struct disk_write write)
{
    return disk_write(disk, &write, 1);
}

static enum err verify(struct disk *disk, uint64_t *bad_height)
{
    return disk_verify(disk, NULL, NULL, bad_height);
}

static void is_sound(struct disk *disk)
{
    uint64_t bad_height = 1;
    ck_assert_int_eq(verify(disk, &bad_height), ERR_OK);
    ck_assert_uint_eq(bad_height, 0);
}

/* --- What is written is there --- */

START_TEST(a_new_log_is_empty_and_knows_its_owner)
{
    struct scratch scratch = scratch_begin();
    for (int round = 0; round < 2; round++) {
        struct disk *disk = open_log(&scratch);
        struct disk_state state = disk_state(disk);
        ck_assert_uint_eq(state.node, SCRIPT_NODE);
        ck_assert_int_eq(memcmp(state.incarnation.bytes, "an incarnation", 15), 0);
        struct script_mark nothing = {.hash = script_network()};
        ck_assert(script_holds(disk, &nothing));
        is_sound(disk);
        disk_close(disk);
    }
    disk_close(NULL);
    scratch_end(&scratch);
}
END_TEST

/* Reads every block by its height and compares it with what the script wrote. */
static void reads_all(struct disk *disk, const struct script *script)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    for (uint64_t height = 1; height <= script->last; height++) {
        struct block block;
        struct block_header header;
        uint32_t size;
        must(disk_read(disk, height, buffer, sizeof buffer, &block) == ERR_OK);
        must(block.encoded.data == buffer && block.header.height == height);
        must(hash_equal(&block.hash, &script->blocks[height].hash));
        must(block.header.term == script->blocks[height].term);
        must(disk_header(disk, height, &header, &size) == ERR_OK);
        struct hash hash = block_header_hash(&header);
        must(hash_equal(&hash, &block.hash) && size == block.encoded.size);
    }
}

START_TEST(every_step_of_a_long_history_is_there_after_it_and_after_reopening)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(1);
    struct disk *disk = open_log(&scratch);
    for (int step = 0; step < 300; step++) {
        size_t count = script_next(script);
        ck_assert_int_eq(disk_write(disk, script->writes, count), ERR_OK);
        struct script_mark mark = script_mark(script);
        ck_assert(script_holds(disk, &mark));
        if (step % 50 != 49)
            continue;
        is_sound(disk);
        disk_close(disk);
        disk = open_log(&scratch);
        ck_assert(script_holds(disk, &mark));
        reads_all(disk, script);
    }
    ck_assert_uint_gt(script->last, 300);
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_block_of_the_largest_size_is_stored)
{
    struct scratch scratch = scratch_begin();
    struct disk *disk = open_log(&scratch);
    static uint8_t buffer[BLOCK_SIZE_MAX];
    static uint8_t again[BLOCK_SIZE_MAX];
    static const uint8_t zeros[BLOCK_SIZE_MAX];
    struct block_build build;
    block_build(&build, buffer, sizeof buffer);
    ck_assert_int_eq(
        block_build_add(&build, bytes_of(zeros, BLOCK_SIZE_MAX - BLOCK_HEADER_SIZE - 4)), ERR_OK);
    struct block_header header = {.kind = BLOCK_TRANSACTIONS,
                                  .height = 1,
                                  .term = 1,
                                  .leader = 1,
                                  .previous = script_network()};
    struct bytes block = block_build_end(&build, &header);
    ck_assert_uint_eq(block.size, BLOCK_SIZE_MAX);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.blocks = &block, .block_count = 1}),
                     ERR_OK);
    struct block read;
    ck_assert_int_eq(disk_read(disk, 1, again, sizeof again - 1, &read), ERR_TOO_LARGE);
    ck_assert_int_eq(disk_read(disk, 1, again, sizeof again, &read), ERR_OK);
    ck_assert(bytes_equal(read.encoded, block));
    is_sound(disk);
    disk_close(disk);
    scratch_end(&scratch);
}
END_TEST

START_TEST(what_is_not_there_is_not_found)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(2);
    struct disk *disk = open_log(&scratch);
    static const uint64_t heights[] = {0, 3, 4, UINT64_MAX};
    for (uint32_t i = 0; i < 2; i++)
        append_block(disk, script, i, 10);
    for (size_t i = 0; i < sizeof heights / sizeof *heights; i++) {
        uint8_t buffer[1000];
        struct block block;
        struct block_header header;
        uint32_t size;
        ck_assert_int_eq(disk_read(disk, heights[i], buffer, sizeof buffer, &block), ERR_NOT_FOUND);
        ck_assert_int_eq(disk_header(disk, heights[i], &header, &size), ERR_NOT_FOUND);
    }
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

START_TEST(commit_only_grows_and_never_beyond_the_last_block)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(3);
    struct disk *disk = open_log(&scratch);
    for (int i = 0; i < 5; i++)
        append_block(disk, script, 1, 10);
    static const uint64_t commits[][2] = {{3, 3}, {2, 3}, {0, 3}, {9, 5}, {4, 5}};
    for (size_t i = 0; i < sizeof commits / sizeof *commits; i++) {
        ck_assert_int_eq(write_one(disk, (struct disk_write){.commit = commits[i][0]}), ERR_OK);
        ck_assert_uint_eq(disk_state(disk).commit, commits[i][1]);
    }
    disk_close(disk);
    disk = open_log(&scratch);
    ck_assert_uint_eq(disk_state(disk).commit, 5);
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

START_TEST(many_writes_are_one_transaction)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(4);
    struct disk *disk = open_log(&scratch);
    struct bytes blocks[3];
    script->term = 2;
    for (size_t i = 0; i < 3; i++)
        blocks[i] = script_build(script, script->buffer[0][i], 1, 20);
    struct bytes gap = script_build(script, script->buffer[1][0], 1, 20);
    gap = script_build(script, script->buffer[1][0], 1, 20);
    struct disk_write writes[] = {
        {.save = true, .term = 2, .vote = 3, .blocks = blocks, .block_count = 2},
        {.commit = 2, .blocks = blocks + 2, .block_count = 1},
        {.blocks = &gap, .block_count = 1},
    };
    ck_assert_int_eq(disk_write(disk, writes, 3), ERR_INTERNAL);
    struct script_mark nothing = {.hash = script_network()};
    ck_assert(script_holds(disk, &nothing));
    disk_close(disk);
    disk = open_log(&scratch);
    ck_assert(script_holds(disk, &nothing));
    ck_assert_int_eq(disk_write(disk, writes, 2), ERR_OK);
    ck_assert_int_eq(disk_write(disk, NULL, 0), ERR_OK);
    struct script_mark mark = {2, 3, 2, 3, script->blocks[3].hash, 0};
    ck_assert(script_holds(disk, &mark));
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

/* --- What is refused --- */

/* A write that must not be made is refused, changes nothing, and ends the writing. */
static void refuses(const struct scratch *scratch, struct disk_write write)
{
    struct disk *disk = open_log(scratch);
    struct disk_state before = disk_state(disk);
    ck_assert_int_eq(write_one(disk, write), ERR_INTERNAL);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.save = true, .term = 99}), ERR_INTERNAL);
    ck_assert_int_eq(disk_write(disk, NULL, 0), ERR_INTERNAL);
    struct disk_state after = disk_state(disk);
    ck_assert_int_eq(memcmp(&before, &after, sizeof before), 0);
    is_sound(disk); /* it can still be read */
    disk_close(disk);
    disk = open_log(scratch);
    after = disk_state(disk);
    ck_assert_int_eq(memcmp(&before, &after, sizeof before), 0);
    disk_close(disk);
}

static void make_log_of_five(const struct scratch *scratch, struct script *script)
{
    struct disk *disk = open_log(scratch);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.save = true, .term = 5, .vote = 2}),
                     ERR_OK);
    script->term = 5;
    for (int i = 0; i < 5; i++)
        append_block(disk, script, 2, 100);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.commit = 3}), ERR_OK);
    disk_close(disk);
}

START_TEST(refuses_a_second_vote_and_an_older_term)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(5);
    make_log_of_five(&scratch, script);
    refuses(&scratch, (struct disk_write){.save = true, .term = 5, .vote = 3});
    refuses(&scratch, (struct disk_write){.save = true, .term = 5, .vote = 0});
    refuses(&scratch, (struct disk_write){.save = true, .term = 4, .vote = 2});
    struct disk *disk = open_log(&scratch);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.save = true, .term = 5, .vote = 2}),
                     ERR_OK);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.save = true, .term = 6}), ERR_OK);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.save = true, .term = 6, .vote = 1}),
                     ERR_OK);
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

START_TEST(what_is_known_of_a_peer_stays_and_never_changes)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(12);
    make_log_of_five(&scratch, script);
    struct disk_peer peers[] = {script_peer(1), script_peer(2)};
    struct disk_peer other = {.id = peers[0].id, .incarnation = peers[1].incarnation};
    struct disk_peer twice[] = {script_peer(3), script_peer(3)};
    memset(twice[1].incarnation.bytes, 0, INCARNATION_SIZE);
    struct disk *disk = open_log(&scratch);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.learned = peers, .learned_count = 2}),
                     ERR_OK);
    ck_assert(script_knows(disk, 6));
    disk_close(disk);
    refuses(&scratch, (struct disk_write){.learned = &other, .learned_count = 1});
    refuses(&scratch, (struct disk_write){.learned = twice, .learned_count = 2});
    disk = open_log(&scratch);
    ck_assert(script_knows(disk, 6));
    ck_assert_int_eq(write_one(disk, (struct disk_write){.learned = peers, .learned_count = 2}),
                     ERR_OK);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.learned = twice, .learned_count = 1}),
                     ERR_OK);
    ck_assert(script_knows(disk, 14));
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

START_TEST(never_cuts_what_is_committed)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(6);
    make_log_of_five(&scratch, script);
    refuses(&scratch, (struct disk_write){.cut = true, .keep = 2});
    refuses(&scratch, (struct disk_write){.cut = true, .keep = 0});
    struct disk *disk = open_log(&scratch);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.cut = true, .keep = 9}), ERR_OK);
    ck_assert_uint_eq(disk_state(disk).last, 5);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.cut = true, .keep = 3}), ERR_OK);
    ck_assert_uint_eq(disk_state(disk).last, 3);
    is_sound(disk);
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

START_TEST(appends_nothing_but_the_next_whole_block)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(7);
    make_log_of_five(&scratch, script);
    struct bytes next = script_build(script, script->buffer[0][0], 1, 50);
    struct bytes after = script_build(script, script->buffer[0][1], 1, 50);
    refuses(&scratch, (struct disk_write){.blocks = &after, .block_count = 1});
    script->last = 4;
    struct bytes again = script_build(script, script->buffer[0][2], 1, 50);
    refuses(&scratch, (struct disk_write){.blocks = &again, .block_count = 1});
    /* Cut short, with a byte more, empty, with a header that is none. */
    struct bytes wrong[] = {bytes_of(next.data, next.size - 1), bytes_of(next.data, next.size + 1),
                            bytes_of(next.data, BLOCK_HEADER_SIZE - 1), bytes_of(next.data, 0),
                            bytes_of(next.data + 1, next.size - 1)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refuses(&scratch, (struct disk_write){.blocks = &wrong[i], .block_count = 1});
    struct disk *disk = open_log(&scratch);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.blocks = &next, .block_count = 1}),
                     ERR_OK);
    is_sound(disk);
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

START_TEST(belongs_to_one_network_and_one_node)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(8);
    make_log_of_five(&scratch, script);
    struct disk_options options = {
        .directory = scratch.path, .network = script_network(), .node = SCRIPT_NODE};
    static const struct {
        bool other_network;
        uint32_t node;
        bool read_only;
        enum err err;
    } table[] = {
        {false, SCRIPT_NODE, false, ERR_OK},
        {false, SCRIPT_NODE, true, ERR_OK},
        {false, 0, true, ERR_OK},
        {false, 0, false, ERR_FOREIGN_DATA},
        {false, 8, false, ERR_FOREIGN_DATA},
        {false, 8, true, ERR_FOREIGN_DATA},
        {true, SCRIPT_NODE, false, ERR_FOREIGN_DATA},
        {true, 0, true, ERR_FOREIGN_DATA},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct disk_options other = options;
        other.network.bytes[31] ^= table[i].other_network;
        other.node = table[i].node;
        other.read_only = table[i].read_only;
        memset(other.incarnation.bytes, 0xff, INCARNATION_SIZE);
        struct disk *disk;
        ck_assert_int_eq(disk_open(&other, &disk), table[i].err);
        ck_assert_int_eq(disk == NULL, table[i].err != ERR_OK);
        if (disk == NULL)
            continue;
        ck_assert_uint_eq(disk_state(disk).node, SCRIPT_NODE);
        ck_assert_int_eq(memcmp(disk_state(disk).incarnation.bytes, "an incarnation", 15), 0);
        ck_assert_uint_eq(disk_state(disk).last, 5);
        disk_close(disk);
    }
    free(script);
    scratch_end(&scratch);
}
END_TEST

START_TEST(reading_only_makes_nothing_and_writes_nothing)
{
    struct scratch scratch = scratch_begin();
    struct disk_options options = {
        .directory = scratch.path, .network = script_network(), .read_only = true};
    struct disk *disk;
    ck_assert_int_eq(disk_open(&options, &disk), ERR_NOT_FOUND);
    /* A crash after the environment and before the log was made leaves this. */
    struct store_options empty = {.directory = scratch.path};
    struct store *store;
    ck_assert_int_eq(store_open(&empty, &store), ERR_OK);
    store_close(store);
    ck_assert_int_eq(disk_open(&options, &disk), ERR_NOT_FOUND);
    struct script *script = script_new(9);
    make_log_of_five(&scratch, script);
    ck_assert_int_eq(disk_open(&options, &disk), ERR_OK);
    is_sound(disk);
    ck_assert_int_eq(write_one(disk, (struct disk_write){.save = true, .term = 9}), ERR_READ_ONLY);
    ck_assert_int_eq(disk_write(disk, NULL, 0), ERR_READ_ONLY);
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

/* --- Progress --- */

struct told {
    uint64_t times;
    uint64_t height;
    uint64_t last;
};

static void tell(void *context, uint64_t height, uint64_t last)
{
    struct told *told = context;
    must(height > told->height && height <= last);
    *told = (struct told){told->times + 1, height, last};
}

START_TEST(verification_tells_how_far_it_is_and_ends_at_the_last)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(10);
    struct disk *disk = open_log(&scratch);
    for (int step = 0; step < 300; step++) {
        size_t count = script_next(script);
        ck_assert_int_eq(disk_write(disk, script->writes, count), ERR_OK);
    }
    struct told told = {0};
    uint64_t bad_height;
    ck_assert_int_eq(disk_verify(disk, tell, &told, &bad_height), ERR_OK);
    ck_assert_uint_ge(told.times, 2);
    ck_assert_uint_eq(told.height, script->last);
    ck_assert_uint_eq(told.last, script->last);
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

/* --- Threads --- */

struct race {
    struct disk *disk;
    const struct script *script; /* its blocks up to `durable` do not change any more */
    atomic_uint_fast64_t durable;
    atomic_bool over;
};

static bool reads_right(struct race *race, uint64_t height, uint8_t *buffer, size_t size)
{
    struct block block;
    struct block_header header;
    uint32_t header_size;
    const struct hash *hash = &race->script->blocks[height].hash;
    return disk_read(race->disk, height, buffer, size, &block) == ERR_OK &&
           hash_equal(&block.hash, hash) &&
           disk_header(race->disk, height, &header, &header_size) == ERR_OK &&
           header_size == block.encoded.size;
}

static void *read_durable(void *context)
{
    struct race *race = context;
    static _Thread_local uint8_t buffer[SCRIPT_BLOCK_SIZE];
    uintptr_t rounds = 0;
    for (uint64_t i = 1; !atomic_load(&race->over) || rounds == 0; i++) {
        uint64_t durable = atomic_load(&race->durable);
        if (durable == 0)
            continue;
        uint64_t height = i % 2 == 0 ? durable : 1 + i * 2654435761U % durable;
        uint64_t bad_height;
        bool fine = reads_right(race, height, buffer, sizeof buffer);
        if (!fine || (i % 64 == 0 && verify(race->disk, &bad_height) != ERR_OK))
            return NULL;
        rounds++;
    }
    return (void *)rounds;
}

START_TEST(other_threads_read_what_is_durable_while_one_writes)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(11);
    struct race race = {.disk = open_log(&scratch), .script = script};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_durable, &race), 0);
    for (int step = 0; step < 400; step++) {
        size_t count = script_next(script);
        must(disk_write(race.disk, script->writes, count) == ERR_OK);
        /* Only what is committed is never cut. */
        atomic_store(&race.durable, script->commit);
    }
    atomic_store(&race.over, true);
    for (int i = 0; i < 3; i++) {
        void *rounds;
        ck_assert_int_eq(pthread_join(threads[i], &rounds), 0);
        ck_assert_ptr_nonnull(rounds);
    }
    disk_close(race.disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_new_log_is_empty_and_knows_its_owner,
        &every_step_of_a_long_history_is_there_after_it_and_after_reopening,
        &a_block_of_the_largest_size_is_stored,
        &what_is_not_there_is_not_found,
        &commit_only_grows_and_never_beyond_the_last_block,
        &many_writes_are_one_transaction,
        &refuses_a_second_vote_and_an_older_term,
        &what_is_known_of_a_peer_stays_and_never_changes,
        &never_cuts_what_is_committed,
        &appends_nothing_but_the_next_whole_block,
        &belongs_to_one_network_and_one_node,
        &reading_only_makes_nothing_and_writes_nothing,
        &verification_tells_how_far_it_is_and_ends_at_the_last,
        &other_threads_read_what_is_durable_while_one_writes,
    };
    return suite_run("consensus/disk", cases, sizeof cases / sizeof *cases);
}
