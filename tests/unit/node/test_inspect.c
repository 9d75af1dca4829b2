#include "node/inspect.h"
#include "tests/unit/node/fixture.h"

#define NOW_MS UINT64_C(1800000000000)

enum { OWN = 6, SENT = 4 };

/* A follower with OWN blocks of term 1, and an APPEND of SENT blocks after them. */
struct scene {
    struct world *world;
    struct disk *disk;
    struct chain chain;
    struct link links[OWN + SENT + 1];
    struct bytes blocks[OWN + SENT + 1]; /* by height; 0 is none */
    struct raft_message message;
    uint8_t *frames;
    struct inspected out;
};

static void frame(struct scene *scene, uint64_t first, uint32_t count)
{
    struct writer writer = writer_over(scene->frames, BLOCK_SIZE_MAX);
    for (uint32_t i = 0; i < count; i++) {
        struct bytes block = scene->blocks[first + i];
        writer_u32(&writer, (uint32_t)block.size);
        writer_bytes(&writer, block.data, block.size);
    }
    scene->message.index = first - 1;
    scene->message.log_term = scene->links[first - 1].term;
    scene->message.count = count;
    scene->message.commit = writer.size; /* not looked at: kept here for the tests */
}

static enum err inspect_at(struct scene *scene, uint64_t wall_ms)
{
    return inspect_append(&scene->chain, &scene->message,
                          bytes_of(scene->frames, scene->message.commit), wall_ms, WORLD_SKEW,
                          &scene->out);
}

static void refused(struct scene *scene, const char *name)
{
    ck_assert_str_eq(err_name(inspect_at(scene, NOW_MS)), name);
    ck_assert_uint_eq(scene->out.count, 0); /* nothing is held */
}

static void add(struct scene *scene, uint64_t height, uint64_t term, uint64_t time_ms)
{
    struct link link = scene->links[height - 1];
    struct signed_statement statement = sign_next(scene->world);
    free_bytes(scene->blocks[height]);
    scene->blocks[height] = make_block(&link, term, time_ms, &statement, height % 2);
    scene->links[height] = link;
}

static void begin(struct scene *scene)
{
    *scene = (struct scene){.world = world_open(1), .frames = malloc(BLOCK_SIZE_MAX)};
    scene->disk = world_log(scene->world);
    assert_ok(chain_open(&scene->chain, scene->disk, scene->world->genesis));
    scene->links[0] = link_first(scene->world);
    for (uint64_t height = 1; height <= OWN + SENT; height++)
        add(scene, height, height <= OWN ? 1 : 2, NOW_MS - 1000 + height);
    for (uint64_t height = 1; height <= OWN; height++) {
        struct block_ref *ref;
        assert_ok(block_ref_make(scene->blocks[height], &ref));
        chain_append(&scene->chain, ref);
        block_ref_drop(ref);
    }
    scene->message = (struct raft_message){.kind = RAFT_APPEND, .from = 2, .to = 1, .term = 2};
    frame(scene, OWN + 1, SENT);
}

static void end(struct scene *scene)
{
    inspected_drop(&scene->out);
    for (size_t i = 0; i <= OWN + SENT; i++)
        free_bytes(scene->blocks[i]);
    free(scene->frames);
    chain_close(&scene->chain);
    disk_close(scene->disk);
    world_close(scene->world);
}

START_TEST(what_follows_is_taken_from_wherever_it_begins)
{
    struct scene scene;
    begin(&scene);
    for (uint64_t first = 1; first <= OWN + 1; first++) {
        uint32_t count = (uint32_t)(OWN + SENT + 1 - first);
        frame(&scene, first, count);
        assert_ok(inspect_at(&scene, NOW_MS));
        ck_assert_uint_eq(scene.out.count, count);
        for (uint32_t i = 0; i < count; i++) {
            ck_assert(bytes_equal(scene.out.blocks[i]->block.encoded, scene.blocks[first + i]));
            ck_assert_uint_eq(scene.out.entries[i].term, scene.links[first + i].term);
            ck_assert_uint_eq(scene.out.entries[i].size, scene.blocks[first + i].size);
        }
        inspected_drop(&scene.out);
    }
    frame(&scene, OWN + 1, 0);
    assert_ok(inspect_at(&scene, NOW_MS));
    end(&scene);
}
END_TEST

/* The core refuses it; what can be checked is its inner order. */
START_TEST(a_message_beyond_this_log_is_checked_in_itself)
{
    struct scene scene;
    begin(&scene);
    frame(&scene, OWN + 2, SENT - 1);
    assert_ok(inspect_at(&scene, NOW_MS));
    inspected_drop(&scene.out);
    scene.message.log_term = 1; /* another term than ours at a height that we have */
    frame(&scene, 3, 2);
    scene.message.log_term = 7;
    scene.message.term = 8;
    refused(&scene, "BROKEN_CHAIN"); /* the terms go back from 7 to 1 */
    end(&scene);
}
END_TEST

/* All of the log is on the disk alone. */
static void write_down(struct scene *scene)
{
    struct disk_write write = {.blocks = scene->blocks + 1, .block_count = OWN};
    assert_ok(disk_write(scene->disk, &write, 1));
    chain_close(&scene->chain);
    assert_ok(chain_open(&scene->chain, scene->disk, scene->world->genesis));
}

START_TEST(damage_of_its_own_is_told_from_that_of_a_message)
{
    struct scene scene;
    begin(&scene);
    write_down(&scene);
    for (uint64_t first = 1; first <= OWN; first++) {
        frame(&scene, first, 1);
        assert_ok(inspect_at(&scene, NOW_MS));
        ck_assert_int_eq(scene.out.own, ERR_OK);
        inspected_drop(&scene.out);
    }
    frame(&scene, 4, 1);
    scene.frames[scene.blocks[4].size + 3] ^= 1;
    refused(&scene, "DAMAGED");
    ck_assert_int_eq(scene.out.own, ERR_OK);
    damage_block(scratch_path(&scene.world->scratch, "log/data.mdb"), 3, 100);
    frame(&scene, 4, 1); /* the block before it is ours */
    refused(&scene, "DAMAGED");
    ck_assert_int_eq(scene.out.own, ERR_DAMAGED);
    frame(&scene, 3, 1); /* we have it already */
    refused(&scene, "DAMAGED");
    ck_assert_int_eq(scene.out.own, ERR_DAMAGED);
    frame(&scene, 6, 1); /* what is not looked at is not found */
    assert_ok(inspect_at(&scene, NOW_MS));
    ck_assert_int_eq(scene.out.own, ERR_OK);
    end(&scene);
}
END_TEST

START_TEST(no_flipped_bit_of_a_block_is_taken)
{
    struct scene scene;
    begin(&scene);
    for (size_t at = 4; at < scene.blocks[OWN + 1].size + 4; at++) {
        scene.frames[at] ^= (uint8_t)(1u << at % 8);
        enum err err = inspect_at(&scene, NOW_MS);
        ck_assert_msg(err != ERR_OK, "byte %zu", at);
        ck_assert_uint_eq(scene.out.count, 0);
        scene.frames[at] ^= (uint8_t)(1u << at % 8);
    }
    assert_ok(inspect_at(&scene, NOW_MS));
    end(&scene);
}
END_TEST

START_TEST(blocks_out_of_order_are_refused)
{
    struct scene scene;
    begin(&scene);
    struct bytes swapped = scene.blocks[OWN + 2];
    scene.blocks[OWN + 2] = scene.blocks[OWN + 3];
    scene.blocks[OWN + 3] = swapped;
    frame(&scene, OWN + 1, SENT);
    refused(&scene, "BROKEN_CHAIN");
    end(&scene);
}
END_TEST

START_TEST(a_height_that_is_not_the_next_is_refused)
{
    struct scene scene;
    begin(&scene);
    scene.message.index--; /* the frame says one height, the block another */
    scene.message.log_term = 1;
    ck_assert_int_ne(inspect_at(&scene, NOW_MS), ERR_OK);
    ck_assert_uint_eq(scene.out.count, 0);
    end(&scene);
}
END_TEST

START_TEST(a_term_beyond_the_leaders_is_refused)
{
    struct scene scene;
    begin(&scene);
    scene.message.term = 1;
    refused(&scene, "BROKEN_CHAIN");
    end(&scene);
}
END_TEST

START_TEST(times_do_not_go_back)
{
    struct scene scene;
    begin(&scene);
    add(&scene, OWN + 1, 2, scene.links[OWN].time_ms - 1);
    frame(&scene, OWN + 1, 1);
    refused(&scene, "BROKEN_CHAIN");
    add(&scene, OWN + 1, 2, scene.links[OWN].time_ms);
    frame(&scene, OWN + 1, 1);
    assert_ok(inspect_at(&scene, NOW_MS));
    end(&scene);
}
END_TEST

START_TEST(a_time_beyond_the_skew_is_refused_and_one_at_it_is_not)
{
    struct scene scene;
    begin(&scene);
    uint64_t newest_ms = scene.links[OWN + SENT].time_ms;
    assert_ok(inspect_at(&scene, newest_ms - WORLD_SKEW));
    inspected_drop(&scene.out);
    ck_assert_str_eq(err_name(inspect_at(&scene, newest_ms - WORLD_SKEW - 1)), "CLOCK");
    ck_assert_uint_eq(scene.out.count, 0);
    end(&scene);
}
END_TEST

START_TEST(another_block_of_one_height_and_term_is_a_divergence)
{
    struct scene scene;
    begin(&scene);
    /* Before the first block: it names another hash for our block at message.index. */
    add(&scene, OWN, 1, scene.links[OWN].time_ms + 1);
    add(&scene, OWN + 1, 2, scene.links[OWN].time_ms + 1);
    frame(&scene, OWN + 1, 1);
    refused(&scene, "DIVERGED");
    /* Among those that we have. */
    frame(&scene, OWN, 2);
    refused(&scene, "DIVERGED");
    /* Of another term it is what a cut is for. */
    add(&scene, OWN, 2, scene.links[OWN].time_ms + 1);
    add(&scene, OWN + 1, 2, scene.links[OWN].time_ms + 1);
    frame(&scene, OWN, 2);
    assert_ok(inspect_at(&scene, NOW_MS));
    end(&scene);
}
END_TEST

/* In the place of the block of that height, one of that kind with this entry. */
static void put_block(struct scene *scene, uint64_t height, enum block_kind kind,
                      struct bytes entry)
{
    uint8_t buffer[1024];
    const struct link *before = &scene->links[height - 1];
    struct block_build build;
    block_build(&build, buffer, sizeof buffer);
    assert_ok(block_build_add(&build, entry));
    struct block_header header = {
        .kind = kind,
        .height = height,
        .term = 2,
        .time_ms = before->time_ms,
        .leader = 2,
        .previous = before->hash,
    };
    struct bytes encoded = block_build_end(&build, &header);
    uint8_t *copy = malloc(encoded.size);
    memcpy(copy, encoded.data, encoded.size);
    free_bytes(scene->blocks[height]);
    scene->blocks[height] = bytes_of(copy, encoded.size);
}

START_TEST(the_members_in_a_configuration_block_are_told)
{
    static const uint8_t entry[] = {0, 0, 0, 1, 1, 0, 0, 0, 4, 0};
    struct scene scene;
    begin(&scene);
    put_block(&scene, OWN + 1, BLOCK_CONFIGURATION, bytes_of(entry, sizeof entry));
    frame(&scene, OWN + 1, 1);
    assert_ok(inspect_at(&scene, NOW_MS));
    ck_assert_int_eq(scene.out.entries[0].kind, RAFT_ENTRY_MEMBERS);
    const struct raft_members *members = scene.out.entries[0].members;
    ck_assert_uint_eq(members->count, 2);
    ck_assert_uint_eq(members->member[1].id, 4);
    ck_assert(members->member[0].voter && !members->member[1].voter);
    inspected_drop(&scene.out);
    for (size_t size = 1; size < sizeof entry; size++) {
        if (size == RAFT_MEMBER_SIZE)
            continue; /* one member: a list */
        put_block(&scene, OWN + 1, BLOCK_CONFIGURATION, bytes_of(entry, size));
        frame(&scene, OWN + 1, 1);
        refused(&scene, "MEMBERS");
    }
    end(&scene);
}
END_TEST

START_TEST(more_entries_than_there_is_room_for_are_refused)
{
    struct scene scene;
    begin(&scene);
    scene.message.count = RAFT_APPEND_MAX + 1;
    refused(&scene, "TOO_MANY");
    end(&scene);
}
END_TEST

/* Makes that block a checkpoint which names the one at `of`; those after it follow it. */
static void put_checkpoint(struct scene *scene, uint64_t height, uint64_t of)
{
    struct checkpoint said = {.height = of, .tree_size = of};
    struct link link = scene->links[height - 1];
    said.tree_root = hash_of(bytes_of(NULL, 0));
    free_bytes(scene->blocks[height]);
    scene->blocks[height] = make_checkpoint(&link, link.term, &said);
    scene->links[height] = link;
    for (uint64_t at = height + 1; at <= OWN + SENT; at++)
        add(scene, at, scene->links[at].term, scene->links[at].time_ms);
}

START_TEST(a_checkpoint_names_the_one_before_it)
{
    for (uint64_t named = 0; named <= OWN + SENT; named++) {
        struct scene scene;
        begin(&scene);
        put_checkpoint(&scene, OWN + 1, 0); /* the log has none so far */
        put_checkpoint(&scene, OWN + 3, named);
        frame(&scene, OWN + 1, SENT);
        if (named == OWN + 1) {
            assert_ok(inspect_at(&scene, NOW_MS));
            ck_assert_int_eq(scene.out.entries[0].kind, RAFT_ENTRY_NORMAL);
            inspected_drop(&scene.out);
        } else {
            refused(&scene, "CHECKPOINT");
        }
        /* What it follows is not known: only its inner order can be checked. */
        frame(&scene, OWN + 3, 2);
        assert_ok(inspect_at(&scene, NOW_MS));
        inspected_drop(&scene.out);
        end(&scene);
    }
}
END_TEST

START_TEST(the_first_checkpoint_names_the_genesis)
{
    struct scene scene;
    begin(&scene);
    put_checkpoint(&scene, OWN + 2, 1);
    frame(&scene, OWN + 1, SENT);
    refused(&scene, "CHECKPOINT");
    end(&scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_checkpoint_names_the_one_before_it,
        &the_first_checkpoint_names_the_genesis,
        &what_follows_is_taken_from_wherever_it_begins,
        &a_message_beyond_this_log_is_checked_in_itself,
        &damage_of_its_own_is_told_from_that_of_a_message,
        &no_flipped_bit_of_a_block_is_taken,
        &blocks_out_of_order_are_refused,
        &a_height_that_is_not_the_next_is_refused,
        &a_term_beyond_the_leaders_is_refused,
        &times_do_not_go_back,
        &a_time_beyond_the_skew_is_refused_and_one_at_it_is_not,
        &another_block_of_one_height_and_term_is_a_divergence,
        &the_members_in_a_configuration_block_are_told,
        &more_entries_than_there_is_room_for_are_refused,
    };
    return fixture_run("inspect", cases, sizeof cases / sizeof cases[0]);
}
