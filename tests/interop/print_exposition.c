/*
 * Prints what a node with every interface and as many peers as there can be says of itself, with
 * known figures, for a parser of somebody else's.
 */
#include "node/clock.h"
#include "node/exposition.h"
#include "tests/unit/ledger/scene.h"

/* The face counts as many questions as its number says, each of which took 300 ns. */
static void ask(struct eir_desk *desk, enum face face)
{
    struct metrics_shard *shard = eir_desk_metrics(desk);
    struct decision black = {.verdict = VERDICT_BLACK, .rule = RULE_DEVICE};
    for (int i = 0; i <= (int)face; i++) {
        metrics_answered(shard, &black);
        metrics_timed(shard, 300);
    }
    metrics_timed(shard, UINT64_C(5000000000));
    metrics_refused(shard, REFUSAL_OVERLOAD);
    metrics_connections(shard, 3);
}

static void fill(struct status *status)
{
    *status = (struct status){.version = "0.1.0",
                              .state = NODE_LEADER,
                              .term = 5,
                              .leader = 1,
                              .committed = 41,
                              .last = 42,
                              .peer_count = MEMBERS_MAX};
    status->name = status->organisation = status->network_name = name_of("no-op");
    status->country = country_of("NO");
    for (size_t i = 0; i < status->peer_count; i++) {
        memset(status->peers[i].name.text, 'a', NAME_SIZE_MAX);
        status->peers[i].name.text[NAME_SIZE_MAX - 2] = (char)('a' + i / 26);
        status->peers[i].name.text[NAME_SIZE_MAX - 1] = (char)('a' + i % 26);
        status->peers[i].connected = i % 2 == 0;
        status->peers[i].matched = UINT64_MAX;
        status->peers[i].differs_at = i % 3;
    }
}

/* A case, because the scene is one of Check's. */
START_TEST(is_written)
{
    struct scene scene;
    struct facts facts;
    struct facts_row row = {.fresh_at_ms = clock_monotonic_ms(), .submissions = {1, 2, 3, 4}};
    struct exposition exposition = {.facts = &facts, .started_ms = 1700000000123};
    struct eir_desk *desks[FACE_COUNT];
    scene_open(&scene, 1);
    assert_ok(eir_open(&(struct eir_options){.ledger = scene.ledger}, &exposition.eir));
    exposition.ledger = scene.ledger;
    fill(&row.status);
    facts_init(&facts);
    facts_set(&facts, &row);
    for (size_t face = 0; face < FACE_COUNT; face++) {
        assert_ok(eir_desk_open(exposition.eir, (enum face)face, &desks[face]));
        ask(desks[face], (enum face)face);
    }
    static uint8_t text[EXPOSITION_SIZE_MAX];
    struct writer writer = writer_over(text, sizeof text);
    exposition_write(&exposition, &writer);
    struct bytes view = writer_view(&writer);
    ck_assert_uint_gt(view.size, 0);
    ck_assert_uint_eq(fwrite(view.data, 1, view.size, stdout), view.size);
    for (size_t face = 0; face < FACE_COUNT; face++)
        eir_desk_close(desks[face]);
    eir_close(exposition.eir);
    facts_destroy(&facts);
    scene_close(&scene);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exposition");
    TCase *tcase = tcase_create("exposition");
    tcase_add_test(tcase, is_written);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
