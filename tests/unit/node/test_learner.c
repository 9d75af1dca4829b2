#include "node/learner.h"
#include "tests/unit/suite.h"

enum { ELECTION_MS = 600, LOOK_MS = 50, START_MS = 10000 };

/* A learner, and what its leader sees of it. */
struct scene {
    struct learner learner;
    struct learner_sight sight;
    uint64_t behind; /* it holds so much less than what is committed */
    bool answers;
};

static void begin(struct scene *scene, uint64_t committed)
{
    *scene = (struct scene){.answers = true};
    scene->sight = (struct learner_sight){
        .now_ms = START_MS,
        .heard_ms = START_MS,
        .committed = committed,
        .election_ms = ELECTION_MS,
    };
    learner_begin(&scene->learner, 7, &scene->sight);
}

/* Time goes on, and blocks are committed at that rate; true when it was ready at any look. */
static bool pass(struct scene *scene, uint64_t time_ms, uint64_t blocks_each)
{
    bool was_ready = false;
    for (uint64_t passed_ms = 0; passed_ms < time_ms; passed_ms += LOOK_MS) {
        scene->sight.now_ms += LOOK_MS;
        scene->sight.committed += blocks_each;
        if (scene->answers)
            scene->sight.heard_ms = scene->sight.now_ms - LOOK_MS / 2;
        if (scene->sight.committed > scene->behind)
            scene->sight.matched = scene->sight.committed - scene->behind;
        was_ready |= learner_look(&scene->learner, &scene->sight);
    }
    return was_ready;
}

START_TEST(one_that_has_all_is_ready_after_two_time_outs)
{
    struct scene scene;
    begin(&scene, 5);
    ck_assert(!pass(&scene, 2 * ELECTION_MS, 0));
    ck_assert(pass(&scene, LOOK_MS, 0));
    ck_assert_uint_eq(scene.learner.id, 7);
}
END_TEST

START_TEST(one_that_follows_closely_under_load_is_ready)
{
    struct scene scene;
    begin(&scene, 5);
    scene.behind = 30; /* half a time-out of blocks */
    ck_assert(!pass(&scene, 2 * ELECTION_MS, 5));
    ck_assert(pass(&scene, ELECTION_MS, 5));
}
END_TEST

START_TEST(one_that_is_too_slow_is_never_ready)
{
    struct scene scene;
    begin(&scene, 5);
    scene.behind = 100; /* more blocks than come in a time-out */
    ck_assert(!pass(&scene, 100 * ELECTION_MS, 5));
}
END_TEST

/* The ledger is idle, and its last height is the last one that was acknowledged. */
START_TEST(one_that_does_not_answer_is_not_ready_however_complete)
{
    struct scene scene;
    begin(&scene, 5);
    scene.answers = false;
    scene.sight.heard_ms = 0; /* never */
    ck_assert(!pass(&scene, 10 * ELECTION_MS, 0));
    scene.answers = true;
    ck_assert(pass(&scene, 3 * ELECTION_MS, 0));
    scene.answers = false;
    (void)pass(&scene, ELECTION_MS, 0);
    ck_assert(!pass(&scene, 10 * ELECTION_MS, 0));
}
END_TEST

START_TEST(a_break_begins_the_time_anew)
{
    struct scene scene;
    begin(&scene, 5);
    ck_assert(!pass(&scene, ELECTION_MS - 2 * LOOK_MS, 1));
    scene.answers = false;
    ck_assert(!pass(&scene, ELECTION_MS + LOOK_MS, 1));
    scene.answers = true;
    ck_assert(!pass(&scene, 2 * ELECTION_MS, 1));
    ck_assert(pass(&scene, 2 * LOOK_MS, 1));
}
END_TEST

START_TEST(one_that_catches_up_is_ready_two_time_outs_later)
{
    struct scene scene;
    begin(&scene, 1000000);
    scene.behind = UINT64_MAX;
    ck_assert(!pass(&scene, 50 * ELECTION_MS, 1));
    scene.behind = 0;
    ck_assert(!pass(&scene, 2 * ELECTION_MS, 1));
    ck_assert(pass(&scene, 2 * LOOK_MS, 1));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &one_that_has_all_is_ready_after_two_time_outs,
        &one_that_follows_closely_under_load_is_ready,
        &one_that_is_too_slow_is_never_ready,
        &one_that_does_not_answer_is_not_ready_however_complete,
        &a_break_begins_the_time_anew,
        &one_that_catches_up_is_ready_two_time_outs_later,
    };
    return suite_run("learner", cases, sizeof cases / sizeof cases[0]);
}
