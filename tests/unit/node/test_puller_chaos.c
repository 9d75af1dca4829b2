/* The puller among peers that lose, delay, double, shorten and forge what they send. */
#include "tests/unit/node/puller_scene.h"
#include "tests/unit/proto/recode.h"

enum { LATE_MAX = 32 };

/* Questions whose answers come when the dice say so. */
struct chaos {
    struct puller_action late[LATE_MAX];
    size_t count;
    uint64_t seed;
};

static void answer_somehow(struct scene *scene, struct chaos *chaos,
                           const struct puller_action *question)
{
    uint64_t how = dice(&chaos->seed) % 10;
    const struct bytes *chain = how == 0 && question->peer == FAR ? scene->forged : scene->blocks;
    struct peer_blocks_wanted wanted = question->wanted;
    if (question->what == PULLER_ASK_ANCHOR) {
        struct peer_anchor said = anchor_at(scene, question->height);
        said.term -= how == 0;
        puller_anchor(&scene->puller, &scene->view, question->peer, &said, scene->now_ms);
        return;
    }
    if (how == 1)
        wanted.count = (uint32_t)(dice(&chaos->seed) % (wanted.count + 1));
    if (how == 2 && question->peer == FAR)
        wanted.request += dice(&chaos->seed) % 3;
    if (how == 3 && question->peer == FAR)
        wanted.first = 1 + dice(&chaos->seed) % (BLOCKS - wanted.count);
    struct peer_blocks blocks = blocks_of(scene, chain, wanted.request, wanted.first, wanted.count);
    give(scene, question, &blocks);
    if (how == 4)
        give(scene, question, &blocks);
}

static void chaos_step(struct scene *scene, struct chaos *chaos)
{
    struct puller_action action;
    uint64_t dicen = dice(&chaos->seed) % 100;
    if (chaos->count > 0 && dicen < 45) {
        size_t at = dice(&chaos->seed) % chaos->count;
        action = chaos->late[at];
        chaos->late[at] = chaos->late[--chaos->count];
        if (dicen < 42)
            answer_somehow(scene, chaos, &action);
    } else if (dicen < 90) {
        if (!next(scene, &action))
            scene->now_ms += dice(&chaos->seed) % 300;
        else if (action.what == PULLER_DELIVER && dicen < 47)
            puller_delivered(&scene->puller, ERR_BUSY, scene->now_ms);
        else if (action.what == PULLER_DELIVER)
            take(scene, &action);
        else if (chaos->count < LATE_MAX)
            chaos->late[chaos->count++] = action;
    } else if (dicen < 94) {
        puller_link(&scene->puller, 1 + (uint32_t)(dice(&chaos->seed) % PEERS), dicen < 93);
    } else if (dicen < 95) {
        scene->view.term++;
        scene->view.leader = dice(&chaos->seed) % 4 == 0 ? 0 : LEADER;
    } else if (dicen < 96) {
        scene->view.leader = LEADER;
    } else {
        scene->view.durable = scene->view.commit;
    }
}

START_TEST(whatever_happens_all_that_is_delivered_is_right_and_in_order)
{
    struct scene scene;
    begin(&scene);
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct chaos chaos = {.seed = seed};
        puller_clear(&scene.puller);
        puller_init(&scene.puller);
        scene.view = (struct puller_view){.leader = LEADER, .term = 4, .known = BLOCKS};
        for (uint32_t peer = LEADER; peer <= FAR; peer++)
            puller_link(&scene.puller, peer, true);
        for (int step = 0; step < 600 && scene.view.commit < BLOCKS; step++)
            chaos_step(&scene, &chaos);
        scene.view.leader = LEADER; /* and then calm: it gets there */
        for (uint32_t peer = LEADER; peer <= FAR; peer++)
            puller_link(&scene.puller, peer, true);
        scene.view.durable = scene.view.commit;
        if (BLOCKS - scene.view.commit > PULL_BEGIN || scene.puller.is_active)
            go_on_to_the_end(&scene);
        ck_assert_uint_eq(scene.blamed[NEAR] + scene.blamed[LEADER], 0);
    }
    ck_assert_uint_gt(scene.blamed[FAR], 0);
    end(&scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &whatever_happens_all_that_is_delivered_is_right_and_in_order,
    };
    return fixture_run("puller_chaos", cases, sizeof cases / sizeof cases[0]);
}
