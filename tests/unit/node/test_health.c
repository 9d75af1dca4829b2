/*
 * A node is to be asked, or says why not.
 */
#include "node/clock.h"
#include "node/health.h"
#include "tests/unit/suite.h"

#include <jansson.h>
#include <string.h>

static const struct ledger_position position = {.height = 7, .time_ms = 1000};

/* The JSON of it, as others read it. */
static json_t *read_back(const struct health *health)
{
    char text[HEALTH_SIZE_MAX];
    struct writer writer = writer_over(text, sizeof text);
    health_write(health, &writer);
    ck_assert(writer_ok(&writer));
    json_t *json = json_loadb(text, writer.size, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(json);
    return json;
}

static void expect(const struct health *health, const char *status, const char *reason)
{
    json_t *json = read_back(health);
    const json_t *reasons = json_object_get(json, "reasons");
    ck_assert_str_eq(json_string_value(json_object_get(json, "status")), status);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "height")), 7);
    ck_assert_uint_eq(json_array_size(reasons), reason != NULL ? 1 : 0);
    ck_assert_int_eq(health_is_ready(health), reason == NULL);
    if (reason != NULL) {
        const json_t *row = json_array_get(reasons, 0);
        ck_assert_str_eq(json_string_value(json_object_get(row, "reason")), reason);
        ck_assert_ptr_nonnull(json_object_get(row, "text"));
    }
    json_decref(json);
}

START_TEST(a_node_with_a_fresh_state_is_ready)
{
    struct facts_row facts = {.fresh_at_ms = clock_monotonic_ms()};
    struct health health = health_of(&facts, &position, false);
    expect(&health, "ready", NULL);
}
END_TEST

START_TEST(a_state_older_than_the_policy_allows_is_not_asked)
{
    struct facts_row facts = {.fresh_at_ms = clock_monotonic_ms() - 5001};
    struct health health = health_of(&facts, &position, true);
    expect(&health, "not-ready", "stale");
}
END_TEST

START_TEST(a_node_that_takes_its_state_is_not_asked_whatever_its_age)
{
    struct facts_row facts = {.fresh_at_ms = clock_monotonic_ms(), .takes_state = true};
    struct health health = health_of(&facts, &position, false);
    expect(&health, "not-ready", "no-state");
}
END_TEST

START_TEST(an_age_that_is_not_known_is_null)
{
    struct facts_row facts = {.fresh_at_ms = 0};
    struct ledger_position ahead = {.height = 7, .time_ms = clock_wall_ms() + 3600000};
    struct health health = health_of(&facts, &ahead, false);
    expect(&health, "ready", NULL);
    json_t *json = read_back(&health);
    ck_assert(json_is_null(json_object_get(json, "age_ms")));
    json_decref(json);
}
END_TEST

START_TEST(all_reasons_together_fit)
{
    struct health health = {.height = 7, .age_ms = UINT64_MAX / 2};
    for (size_t i = 0; i < UNREADY_COUNT; i++)
        health.is[i] = true;
    health.height = UINT64_MAX / 2;
    json_t *json = read_back(&health);
    ck_assert_uint_eq(json_array_size(json_object_get(json, "reasons")), UNREADY_COUNT);
    json_decref(json);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_node_with_a_fresh_state_is_ready,
        &a_state_older_than_the_policy_allows_is_not_asked,
        &a_node_that_takes_its_state_is_not_asked_whatever_its_age,
        &an_age_that_is_not_known_is_null,
        &all_reasons_together_fit,
    };
    return suite_run("health", cases, sizeof cases / sizeof cases[0]);
}
