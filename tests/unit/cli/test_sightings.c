/*
 * imei sightings: all pages of a node's list, for people and for programs.
 */
#include "tests/unit/cli/fixture.h"
#include "tests/unit/cli/server.h"

#include <jansson.h>

static struct scratch scratch;
static struct server server;

/* What the node does. */
enum manner { TELLS, REFUSES, GOES_ROUND };
static enum manner manner;

/* Three devices in pages of two; or the same page for ever. */
static void put_page(struct writer *writer, uint64_t from)
{
    static const uint64_t imeis[] = {35693803564380, 35693804564380, 35693805564380};
    static struct sightings_answer page;
    page = (struct sightings_answer){
        .threshold = 3, .subscribers_max = 8, .devices = 1000, .suspected = 3, .forgotten = 7};
    for (size_t i = 0; i < 3 && !page.more; i++) {
        if (manner == TELLS && imeis[i] < from)
            continue;
        page.rows[page.count++] = (struct sightings_row){
            .imei = {imeis[i]}, .subscribers = 4 + 2 * (uint32_t)i, .day = 20000 + (uint32_t)i};
        page.more = page.count == 2 && i < 2;
    }
    sightings_answer_write(writer, &page);
}

static void answer(void *context, const struct request *request, struct writer *writer)
{
    (void)context;
    struct response_head head = {.height = 120, .age_ms = 340};
    ck_assert_int_eq(request->kind, REQUEST_SIGHTINGS);
    if (manner == REFUSES)
        head.err = ERR_NOT_LOCAL;
    response_head_write(writer, &head);
    if (manner != REFUSES)
        put_page(writer, request->from.value);
}

static void begin(enum manner how)
{
    manner = how;
    scratch = scratch_begin();
    server_start(&server, server_address(&scratch), answer, NULL);
    setenv("IMEI_NODE", server.address, 1);
}

static void end(void)
{
    server_stop(&server);
    scratch_end(&scratch);
}

START_TEST(all_pages_are_one_list_in_json)
{
    begin(TELLS);
    struct run run = run_tool("sightings", "--json", NULL);
    ck_assert_int_eq(run.code, EXIT_DONE);
    json_t *json = json_loads(run.out, JSON_REJECT_DUPLICATES, NULL);
    json_t *expected =
        json_pack("{s:i, s:i, s:i, s:i, s:i, s:[{s:s, s:i, s:b, s:s}, {s:s, s:i, s:b, s:s}, {s:s, "
                  "s:i, s:b, s:s}], s:i, s:i}",
                  "threshold", 3, "devices", 1000, "suspected", 3, "forgotten", 7, "dropped", 0,
                  "sightings", "imei", "356938035643809", "subscribers", 4, "or_more", 0,
                  "last_seen", "2024-10-04", "imei", "356938045643807", "subscribers", 6, "or_more",
                  0, "last_seen", "2024-10-05", "imei", "356938055643804", "subscribers", 8,
                  "or_more", 1, "last_seen", "2024-10-06", "height", 120, "age_ms", 340);
    ck_assert_msg(json_equal(json, expected), "%s", run.out);
    json_decref(json);
    json_decref(expected);
    run_end(&run);
    end();
}
END_TEST

START_TEST(a_person_reads_a_table)
{
    begin(TELLS);
    struct run run = run_tool("sightings", NULL);
    ck_assert_int_eq(run.code, EXIT_DONE);
    ck_assert_ptr_nonnull(strstr(run.out, "SUBSCRIBERS"));
    ck_assert_ptr_nonnull(strstr(run.out, "356938055643804"));
    ck_assert_ptr_nonnull(strstr(run.out, "2024-10-06"));
    run_end(&run);
    end();
}
END_TEST

START_TEST(a_node_elsewhere_says_why_it_does_not_tell)
{
    begin(REFUSES);
    ended(run_tool("sightings", NULL), EXIT_REFUSED, "machine");
    end();
}
END_TEST

START_TEST(pages_that_do_not_go_on_are_not_understood)
{
    begin(GOES_ROUND);
    ended(run_tool("sightings", NULL), EXIT_INTERNAL, "not understood");
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cli/sightings");
    TCase *all = tcase_create("sightings");
    tcase_set_timeout(all, 100);
    tcase_add_test(all, all_pages_are_one_list_in_json);
    tcase_add_test(all, a_person_reads_a_table);
    tcase_add_test(all, a_node_elsewhere_says_why_it_does_not_tell);
    tcase_add_test(all, pages_that_do_not_go_on_are_not_understood);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
