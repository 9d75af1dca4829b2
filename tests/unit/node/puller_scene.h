/*
 * puller_scene.h: a node without blocks that pulls them, for the tests of the puller: the ledger it
 * is to get, peers that answer it, and a core that takes what is right.
 */
#ifndef TESTS_UNIT_NODE_PULLER_SCENE_H
#define TESTS_UNIT_NODE_PULLER_SCENE_H

#include "node/puller.h"
#include "tests/unit/node/fixture.h"

#define BLOCKS 1500u

enum { LEADER = 1, NEAR = 2, FAR = 3, PEERS = 3 };

/* A ledger of BLOCKS blocks, another one that forks off after the first, and a node that has none;
 * its peers are NEAR, FAR and the leader. */
struct scene {
    struct world *world;
    struct bytes blocks[BLOCKS + 1]; /* by height; 0 is none */
    struct bytes forged[BLOCKS + 1];
    struct puller puller;
    struct puller_view view;
    uint64_t now_ms;
    uint64_t asked[MEMBERS_MAX]; /* pieces of each peer */
    uint64_t blamed[MEMBERS_MAX];
    enum err blame;
    uint8_t *frames;
};

static inline void make_chain(struct scene *scene, struct bytes *blocks, uint64_t time_ms)
{
    struct link link = link_first(scene->world);
    struct signed_statement statement = sign_next(scene->world);
    for (uint64_t height = 1; height <= BLOCKS; height++)
        blocks[height] = make_block(&link, 1, time_ms + height, &statement, height % 2);
    for (uint64_t height = 1; height <= BLOCKS; height++) /* what they were built in is 1 MiB */
        blocks[height].data = realloc((void *)(uintptr_t)blocks[height].data, blocks[height].size);
}

static inline void begin(struct scene *scene)
{
    *scene = (struct scene){.world = world_open(1), .now_ms = 1, .frames = malloc(BLOCK_SIZE_MAX)};
    make_chain(scene, scene->blocks, scene->world->genesis->time_ms);
    make_chain(scene, scene->forged, scene->world->genesis->time_ms + 1);
    scene->view = (struct puller_view){.leader = LEADER, .term = 4, .known = BLOCKS};
    puller_init(&scene->puller);
    for (uint32_t peer = LEADER; peer <= FAR; peer++)
        puller_link(&scene->puller, peer, true);
}

static inline void end(struct scene *scene)
{
    puller_clear(&scene->puller);
    for (uint64_t height = 1; height <= BLOCKS; height++) {
        free_bytes(scene->blocks[height]);
        free_bytes(scene->forged[height]);
    }
    free(scene->frames);
    world_close(scene->world);
}

/* The next action that is not blame, which is counted; false: none. */
static inline bool next(struct scene *scene, struct puller_action *out)
{
    while (puller_next(&scene->puller, &scene->view, scene->now_ms, out)) {
        ck_assert_uint_le(scene->puller.piece_count, PULL_PIECES_MAX);
        if (out->what == PULLER_ASK_BLOCKS)
            scene->asked[out->peer]++;
        if (out->what != PULLER_BLAME)
            return true;
        scene->blamed[out->peer]++;
        scene->blame = out->err;
    }
    return false;
}

/* The next question for blocks; whatever comes before it is lost. */
static inline struct puller_action next_question(struct scene *scene)
{
    struct puller_action action;
    do {
        ck_assert_msg(next(scene, &action), "nobody is asked for blocks");
        ck_assert_int_ne(action.what, PULLER_DELIVER);
    } while (action.what != PULLER_ASK_BLOCKS);
    return action;
}

static inline bool asks_nobody(struct scene *scene)
{
    struct puller_action action;
    bool any = false;
    while (!any && next(scene, &action))
        any = action.what == PULLER_ASK_BLOCKS;
    return !any;
}

static inline struct peer_blocks blocks_of(struct scene *scene, const struct bytes *chain,
                                           uint64_t request, uint64_t first, uint32_t count)
{
    struct writer writer = writer_over(scene->frames, BLOCK_SIZE_MAX);
    for (uint32_t i = 0; i < count; i++) {
        writer_u32(&writer, (uint32_t)chain[first + i].size);
        writer_bytes(&writer, chain[first + i].data, chain[first + i].size);
    }
    assert_ok(writer.err);
    return (struct peer_blocks){request, first, count, writer_view(&writer)};
}

static inline struct peer_blocks answer_to(struct scene *scene,
                                           const struct puller_action *question)
{
    const struct peer_blocks_wanted *wanted = &question->wanted;
    return blocks_of(scene, scene->blocks, wanted->request, wanted->first, wanted->count);
}

static inline void give(struct scene *scene, const struct puller_action *question,
                        const struct peer_blocks *blocks)
{
    puller_blocks(&scene->puller, question->peer, blocks, scene->now_ms);
}

static inline struct peer_anchor anchor_at(const struct scene *scene, uint64_t height)
{
    struct block block;
    assert_ok(block_parse(scene->blocks[height], &block));
    return (struct peer_anchor){scene->view.term, height, block.hash};
}

static inline void anchor(struct scene *scene, uint64_t height)
{
    struct peer_anchor said = anchor_at(scene, height);
    puller_anchor(&scene->puller, &scene->view, LEADER, &said, scene->now_ms);
}

/* What is delivered goes on from this node's log and is the ledger's, byte for byte. */
static inline void take(struct scene *scene, const struct puller_action *action)
{
    struct reader reader = reader_over(action->blocks.frames);
    struct bytes encoded;
    uint64_t height = action->blocks.first;
    ck_assert_uint_le(height, scene->view.commit + 1);
    for (; block_frame_next(&reader, &encoded); height++)
        ck_assert(bytes_equal(encoded, scene->blocks[height]));
    assert_ok(reader_done(&reader));
    ck_assert_uint_eq(height, action->blocks.first + action->blocks.count);
    ck_assert_uint_gt(height, scene->view.commit + 1);
    scene->view.commit = scene->view.tip = height - 1;
    puller_delivered(&scene->puller, ERR_OK, scene->now_ms);
}

/* Everybody is honest and answers at once. */
static inline void act(struct scene *scene, const struct puller_action *action)
{
    if (action->what == PULLER_ASK_BLOCKS) {
        struct peer_blocks blocks = answer_to(scene, action);
        give(scene, action, &blocks);
    } else if (action->what == PULLER_ASK_ANCHOR) {
        ck_assert_uint_eq(action->peer, scene->view.leader);
        anchor(scene, action->height);
    } else {
        take(scene, action);
        scene->view.durable = scene->view.commit;
    }
}

static inline void go_on_to_the_end(struct scene *scene)
{
    struct puller_action action;
    uint64_t limit_ms = scene->now_ms + 10 * PULL_WRONG_MS;
    for (; scene->view.commit < BLOCKS; scene->now_ms += 100) {
        ck_assert_msg(scene->now_ms < limit_ms, "stuck at %llu",
                      (unsigned long long)scene->view.commit);
        while (next(scene, &action))
            act(scene, &action);
    }
}

#endif
