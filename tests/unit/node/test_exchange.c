/*
 * Blocks between nodes beside Raft: n2's process pulls from n1, which leads, and from n3, both
 * played by the test, which does not always tell the truth; and gives them what it has.
 */
#include "node/exchange.h"

#include "node/puller.h"
#include "proto/frame.h"
#include "store/directory.h"
#include "tests/unit/node/daemon.h"

enum { BLOCKS = PULL_BEGIN + 100 };

/* A group with a ledger that n1 and n3 have and n2 lacks. */
struct scene {
    struct group group;
    struct bytes blocks[BLOCKS + 1]; /* by height; 0 is none */
    /* What n3 sends of a block. */
    void (*spoil)(uint64_t height, uint8_t *block, size_t size);
    uint64_t given[3];             /* pieces by each node, by place */
    bool was_asked[3][BLOCKS + 1]; /* for which blocks */
};

static void scene_begin(struct scene *scene)
{
    *scene = (struct scene){0};
    group_begin(&scene->group);
    struct world *world = scene->group.daemon.world;
    struct link link = link_first(world);
    uint64_t now_ms = clock_wall_ms();
    for (uint64_t height = 1; height <= BLOCKS; height++) {
        struct signed_statement statement = sign_next(world);
        scene->blocks[height] = make_block(&link, 1, now_ms, &statement, height % 50 == 10 ? 1 : 0);
        scene->blocks[height].data =
            realloc((void *)(uintptr_t)scene->blocks[height].data, scene->blocks[height].size);
    }
}

static void scene_end(struct scene *scene)
{
    for (uint64_t height = 1; height <= BLOCKS; height++)
        free_bytes(scene->blocks[height]);
    group_end(&scene->group);
}

static struct node *node_at(struct scene *scene, size_t place)
{
    return &scene->group.daemon.world->nodes[place];
}

/* The leader is there, and says how much is committed. */
static void tell_commit(struct scene *scene)
{
    struct raft_message message = {.kind = RAFT_HEARTBEAT, .index = BLOCKS, .context = 1};
    say(&scene->group, &message, bytes_of(NULL, 0));
}

/* ---- the others, as n2 sees them ---- */

static void give_anchor(struct scene *scene, struct node *node, struct bytes frame)
{
    uint8_t bytes[PEER_ANCHOR_SIZE];
    struct peer_anchor_wanted wanted;
    struct block block;
    assert_ok(peer_anchor_wanted_parse(frame, &wanted));
    ck_assert_uint_eq(node->id, 1); /* the leader */
    assert_ok(block_parse(scene->blocks[wanted.height], &block));
    struct peer_anchor anchor = {1, wanted.height, block.hash};
    struct writer writer = writer_over(bytes, sizeof bytes);
    peer_anchor_write(&writer, &anchor);
    node_send(node, 2, PEER_CONTROL, writer_view(&writer));
}

static bool has_refused(struct scene *scene)
{
    return log_has(scene->group.daemon.world, "event=pull_refused from=3");
}

static void give_blocks(struct scene *scene, struct node *node, struct bytes frame)
{
    static uint8_t bytes[BLOCK_SIZE_MAX];
    struct peer_blocks_wanted wanted;
    assert_ok(peer_blocks_wanted_parse(frame, &wanted));
    ck_assert_uint_le(wanted.first + wanted.count, BLOCKS + 1);
    memset(&scene->was_asked[node->id - 1][wanted.first], true, wanted.count);
    if (node->id == 1 && scene->spoil != NULL && !has_refused(scene))
        return; /* what is spoilt is not to be had elsewhere before, however late it comes */
    scene->given[node->id - 1]++;
    struct peer_blocks blocks = {wanted.request, wanted.first, wanted.count, bytes_of(NULL, 0)};
    struct writer writer = writer_over(bytes, sizeof bytes);
    peer_blocks_head_write(&writer, &blocks);
    for (uint64_t height = wanted.first; height < wanted.first + wanted.count; height++) {
        frame_write(&writer, scene->blocks[height]);
        size_t size = scene->blocks[height].size;
        if (node->id == 3 && scene->spoil != NULL)
            scene->spoil(height, bytes + writer.size - size, size);
    }
    assert_ok(writer.err);
    node_send(node, 2, PEER_BULK, writer_view(&writer));
}

static void serve(struct scene *scene, size_t place)
{
    struct node *node = node_at(scene, place);
    while (node_has_frame(node)) {
        struct links_frame frame = node_take(node);
        enum peer_frame kind;
        assert_ok(peer_frame_kind(frame.bytes, &kind));
        if (kind == PEER_ANCHOR_WANTED)
            give_anchor(scene, node, frame.bytes);
        else if (kind == PEER_BLOCKS_WANTED)
            give_blocks(scene, node, frame.bytes);
        links_frame_free(&frame);
    }
}

static bool has_caught_up(struct scene *scene)
{
    tell_commit(scene);
    serve(scene, 0);
    serve(scene, 2);
    struct status status = status_of(&scene->group.daemon);
    ck_assert_uint_le(status.last, BLOCKS);
    return status.height == BLOCKS;
}

static void expect_ledger(struct scene *scene)
{
    struct block last;
    struct status status = status_of(&scene->group.daemon);
    assert_ok(block_parse(scene->blocks[BLOCKS], &last));
    ck_assert(hash_equal(&status.head, &last.hash));
    ck_assert_uint_eq(status.last, BLOCKS);
    ck_assert_uint_eq(status.term, 1);
}

/* The leader was not asked for blocks, or n3 was in vain before: for some of them both were. */
static bool is_leader_spared(struct scene *scene)
{
    bool is_spared = true;
    serve(scene, 2);
    for (uint64_t height = 1; height <= BLOCKS; height++) {
        if (scene->was_asked[0][height] && scene->was_asked[2][height])
            return true;
        is_spared &= !scene->was_asked[0][height];
    }
    return is_spared;
}

START_TEST(a_node_far_behind_pulls_from_a_peer_what_the_leader_anchors)
{
    struct scene scene;
    scene_begin(&scene);
    wait_until(has_caught_up(&scene));
    expect_ledger(&scene);
    ck_assert_uint_gt(scene.given[2], 0);
    wait_until(is_leader_spared(&scene));
    ck_assert(log_has(scene.group.daemon.world, "event=pull_begun"));
    ck_assert(!log_has(scene.group.daemon.world, "event=pull_refused"));
    scene_end(&scene);
}
END_TEST

static void spoil_payload(uint64_t height, uint8_t *block, size_t size)
{
    if (height == 60)
        block[size - 1] ^= 1;
}

static void spoil_header(uint64_t height, uint8_t *block, size_t size)
{
    (void)size;
    if (height == 33)
        block[31] ^= 1; /* its time: the next one does not follow any more */
}

/* Another ledger from there on, whole in itself. */
static void spoil_all(uint64_t height, uint8_t *block, size_t size)
{
    static struct hash previous;
    struct block_header header;
    assert_ok(block_header_parse(bytes_of(block, size), &header));
    if (height > 1)
        header.previous = previous;
    header.leader = 3;
    struct writer writer = writer_over(block, size);
    block_header_write(&writer, &header);
    previous = block_header_hash(&header);
}

START_TEST(what_a_peer_forges_is_refused_and_had_from_another)
{
    static void (*const spoils[])(uint64_t, uint8_t *, size_t) = {spoil_payload, spoil_header,
                                                                  spoil_all};
    static const char *const words[] = {"why=DAMAGED", "why=BROKEN_CHAIN", "why=BROKEN_CHAIN"};
    for (size_t i = 0; i < sizeof spoils / sizeof spoils[0]; i++) {
        struct scene scene;
        scene_begin(&scene);
        scene.spoil = spoils[i];
        wait_until(has_caught_up(&scene));
        expect_ledger(&scene);
        ck_assert_uint_gt(scene.given[0], 0);
        ck_assert(has_refused(&scene));
        ck_assert(log_has(scene.group.daemon.world, words[i]));
        scene_end(&scene);
    }
}
END_TEST

/* ---- what it gives ---- */

static void want(struct node *node, uint64_t request, uint64_t first, uint32_t count)
{
    uint8_t bytes[PEER_BLOCKS_WANTED_SIZE];
    struct peer_blocks_wanted wanted = {request, first, count};
    struct writer writer = writer_over(bytes, sizeof bytes);
    peer_blocks_wanted_write(&writer, &wanted);
    node_send(node, 2, PEER_CONTROL, writer_view(&writer));
}

static uint32_t await_blocks(struct scene *scene, struct node *node, uint64_t request,
                             uint64_t first)
{
    for (;;) {
        wait_until((tell_commit(scene), node_has_frame(node)));
        struct links_frame frame = node_take(node);
        struct peer_blocks blocks;
        bool is_it = peer_blocks_parse(frame.bytes, &blocks) == ERR_OK && blocks.request == request;
        if (is_it) {
            struct reader reader = reader_over(blocks.frames);
            struct bytes encoded;
            ck_assert_int_eq(frame.channel, PEER_BULK);
            ck_assert_uint_eq(blocks.first, first);
            for (uint64_t height = first; block_frame_next(&reader, &encoded); height++)
                ck_assert(bytes_equal(encoded, scene->blocks[height]));
        }
        links_frame_free(&frame);
        if (is_it)
            return blocks.count;
    }
}

START_TEST(it_gives_what_is_committed_and_no_more)
{
    struct scene scene;
    scene_begin(&scene);
    wait_until(has_caught_up(&scene));
    struct node *node = node_at(&scene, 2);
    want(node, 1, 1, 256);
    ck_assert_uint_eq(await_blocks(&scene, node, 1, 1), 256);
    want(node, 2, BLOCKS - 3, 256);
    ck_assert_uint_eq(await_blocks(&scene, node, 2, BLOCKS - 3), 4);
    want(node, 3, BLOCKS + 1, 256);
    ck_assert_uint_eq(await_blocks(&scene, node, 3, BLOCKS + 1), 0);
    want(node, 4, UINT64_MAX - 2, 2);
    ck_assert_uint_eq(await_blocks(&scene, node, 4, UINT64_MAX - 2), 0);
    scene_end(&scene);
}
END_TEST

START_TEST(a_flood_of_wishes_hurts_nobody)
{
    struct scene scene;
    scene_begin(&scene);
    wait_until(has_caught_up(&scene));
    struct node *node = node_at(&scene, 2);
    for (uint64_t i = 0; i < 5000; i++) {
        want(node, 10 + i, 1 + i % BLOCKS, 256);
        uint8_t bytes[PEER_ANCHOR_WANTED_SIZE];
        struct peer_anchor_wanted wanted = {1 + i};
        struct writer writer = writer_over(bytes, sizeof bytes);
        peer_anchor_wanted_write(&writer, &wanted);
        node_send(node, 2, PEER_CONTROL, writer_view(&writer));
        if (i % 1000 == 0) /* it answers its clients, and follows its leader */
            wait_until((tell_commit(&scene), status_of(&scene.group.daemon).leader == 1));
    }
    for (uint64_t request = 100000;; request++) { /* and, when it has worked that off, this peer */
        bool is_answered = false;
        want(node, request, 7, 3);
        tell_commit(&scene);
        (void)status_of(&scene.group.daemon);
        while (node_has_frame(node)) {
            struct links_frame frame = node_take(node);
            struct peer_blocks blocks;
            enum peer_frame kind;
            assert_ok(peer_frame_kind(frame.bytes, &kind));
            ck_assert_int_ne(kind, PEER_ANCHOR); /* which is a leader's to give */
            is_answered |= peer_blocks_parse(frame.bytes, &blocks) == ERR_OK &&
                           blocks.request >= 100000 && blocks.count == 3;
            links_frame_free(&frame);
        }
        if (is_answered)
            break;
    }
    expect_ledger(&scene);
    scene_end(&scene);
}
END_TEST

/* ---- its own disk ---- */

/* Flips a bit of the block wherever the file of n2's log has it. */
static void damage(struct scene *scene, uint64_t height)
{
    char path[2 * CONFIG_TEXT_MAX];
    size_t size;
    uint8_t *file;
    size_t found = 0;
    snprintf(path, sizeof path, "%s/log/data.mdb", scene->group.daemon.config.data);
    assert_ok(file_read(path, (size_t)64 << 20, &file, &size));
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    for (size_t i = 0; i + BLOCK_HEADER_SIZE <= size; i++) {
        if (memcmp(file + i, scene->blocks[height].data, BLOCK_HEADER_SIZE) != 0)
            continue;
        uint8_t byte = file[i + 90] ^ 1;
        ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)(i + 90)), 1);
        found++;
    }
    ck_assert_uint_gt(found, 0);
    close(fd);
    free(file);
}

static bool has_mended(struct scene *scene)
{
    tell_commit(scene);
    serve(scene, 0);
    serve(scene, 2);
    return log_has(scene->group.daemon.world, "event=block_mended height=7 ");
}

START_TEST(damage_that_it_meets_is_mended_and_it_goes_on)
{
    struct scene scene;
    scene_begin(&scene);
    wait_until(has_caught_up(&scene));
    damage(&scene, 7);
    want(node_at(&scene, 2), 1, 7, 1); /* it reads that block, and steps out */
    client_close(&scene.group.daemon.client);
    scene.group.daemon.has_client = false;
    wait_until(has_mended(&scene));
    ck_assert(log_has(scene.group.daemon.world, "event=failed why=DAMAGED"));
    wait_until(has_caught_up(&scene));
    expect_ledger(&scene);
    want(node_at(&scene, 2), 2, 7, 1);
    ck_assert_uint_eq(await_blocks(&scene, node_at(&scene, 2), 2, 7), 1);
    scene_end(&scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_node_far_behind_pulls_from_a_peer_what_the_leader_anchors,
        &what_a_peer_forges_is_refused_and_had_from_another,
        &it_gives_what_is_committed_and_no_more,
        &a_flood_of_wishes_hurts_nobody,
        &damage_that_it_meets_is_mended_and_it_goes_on,
    };
    return fixture_run("exchange", cases, sizeof cases / sizeof cases[0]);
}
