/*
 * What the operator has set: read at the start and again on SIGHUP, all of it or nothing; and since
 * when TACs were asked for, over restarts.
 */
#include "node/rulebook.h"

#include "tests/unit/node/fixture.h"

#include <signal.h>

#define DAY_MS UINT64_C(86400000)

static uint64_t day = 1000;

static uint64_t wall_ms(void)
{
    return day * DAY_MS;
}

/* A rulebook beside an eir that has nothing in its ledger. */
struct desk_with_rules {
    struct world *world;
    struct ledger *ledger;
    struct config config;
    uv_loop_t loop;
    struct eir *eir;
    struct eir_desk *desk;
    struct rulebook *rulebook;
};

static void set_file(const struct desk_with_rules *place, const char *name, const char *text)
{
    write_file(scratch_path(&place->world->scratch, name), bytes_of(text, strlen(text)), 0600);
}

static enum err open_again(struct desk_with_rules *place)
{
    struct eir_options options = {.ledger = place->ledger, .wall_ms = wall_ms};
    assert_ok(eir_open(&options, &place->eir));
    ck_assert_int_eq(uv_loop_init(&place->loop), 0);
    enum err err =
        rulebook_open(&place->loop, &place->config, place->ledger, place->eir, &place->rulebook);
    assert_ok(eir_desk_open(place->eir, FACE_API, &place->desk));
    return err;
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    uv_close(handle, NULL);
}

/* As the node does it at its end. */
static void close_for_now(struct desk_with_rules *place)
{
    rulebook_close(place->rulebook);
    uv_walk(&place->loop, close_handle, NULL);
    ck_assert_int_eq(uv_run(&place->loop, UV_RUN_DEFAULT), 0);
    ck_assert_int_eq(uv_loop_close(&place->loop), 0);
    rulebook_free(place->rulebook);
    eir_desk_close(place->desk);
    eir_close(place->eir);
}

static void begin(struct desk_with_rules *place)
{
    *place = (struct desk_with_rules){.world = world_open(1)};
    struct ledger_options options = {
        .directory = scratch_path(&place->world->scratch, "state"),
        .genesis = place->world->genesis,
    };
    assert_ok(ledger_open(&options, &place->ledger));
    snprintf(place->config.data, CONFIG_TEXT_MAX, "%s", place->world->scratch.path);
    snprintf(place->config.policy, CONFIG_TEXT_MAX, "%s",
             scratch_path(&place->world->scratch, "policy.yaml"));
    log_to_file(place->world);
}

static void end(struct desk_with_rules *place)
{
    ledger_close(place->ledger);
    world_close(place->world);
}

/* Of a device of that TAC, which nobody has allocated. */
static enum verdict verdict_of(struct desk_with_rules *place, uint32_t tac)
{
    struct question question = {.imei = imei_of(tac, 1), .svn = IMEI_SVN_NONE};
    struct decision decision;
    ck_assert(eir_ask(place->desk, &question, &decision));
    return decision.verdict;
}

static bool says(struct desk_with_rules *place, const char *words)
{
    uv_run(&place->loop, UV_RUN_NOWAIT);
    return log_has(place->world, words);
}

/* Until the log has these words. */
static void reload(struct desk_with_rules *place, const char *words)
{
    ck_assert(!log_has(place->world, words));
    ck_assert_int_eq(raise(SIGHUP), 0);
    wait_until(says(place, words));
}

static unsigned times_refused(struct desk_with_rules *place)
{
    FILE *file = fopen(scratch_path(&place->world->scratch, "events"), "r");
    char line[2 * LOG_LINE_SIZE_MAX];
    unsigned times = 0;
    uv_run(&place->loop, UV_RUN_NOWAIT);
    while (fgets(line, sizeof line, file) != NULL)
        times += strstr(line, "stays in force") != NULL;
    fclose(file);
    return times;
}

START_TEST(a_policy_that_is_read_again_is_in_force_and_a_wrong_one_is_not)
{
    struct desk_with_rules place;
    begin(&place);
    set_file(&place, "policy.yaml", "tac_unallocated: grey\n");
    assert_ok(open_again(&place));
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_GREY);
    set_file(&place, "policy.yaml", "tac_unallocated: black\nblock: blak\n");
    reload(&place, "the policy before stays in force");
    ck_assert(log_has(place.world, "policy.yaml\" line=2 text=\"'block' is ignore, grey or black"));
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_GREY);
    set_file(&place, "policy.yaml", "tac_unallocated: black\ngolden: golden.txt\n");
    set_file(&place, "golden.txt", "35000001\n35000002\n");
    reload(&place, "golden=1");
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_WHITE);
    ck_assert_int_eq(verdict_of(&place, 35000003), VERDICT_BLACK);
    /* A golden list that is wrong is a policy that is wrong. */
    set_file(&place, "policy.yaml", "tac_unallocated: white\ngolden: golden.txt\n");
    set_file(&place, "golden.txt", "35000001\nabc\n");
    reload(&place, "golden.txt\" line=2");
    wait_until(times_refused(&place) == 2);
    ck_assert_int_eq(verdict_of(&place, 35000003), VERDICT_BLACK);
    close_for_now(&place);
    end(&place);
}
END_TEST

START_TEST(it_does_not_begin_without_what_is_named)
{
    struct desk_with_rules place;
    begin(&place);
    ck_assert_int_eq(open_again(&place), ERR_CONFIG);
    close_for_now(&place);
    set_file(&place, "policy.yaml", "tac_unallocated: grey\ngolden: none.txt\n");
    ck_assert_int_eq(open_again(&place), ERR_CONFIG);
    ck_assert(log_has(place.world, "none.txt"));
    close_for_now(&place);
    set_file(&place, "policy.yaml", "tac_unallocated: grey\n");
    set_file(&place, "pairs", "these are no pairs");
    ck_assert_int_eq(open_again(&place), ERR_CONFIG);
    close_for_now(&place);
    ck_assert_int_ne(access(scratch_path(&place.world->scratch, "tacs-asked"), F_OK), 0);
    place.config.policy[0] = '\0';
    unlink(scratch_path(&place.world->scratch, "pairs"));
    assert_ok(open_again(&place)); /* none is named: the standard one */
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_UNKNOWN);
    close_for_now(&place);
    end(&place);
}
END_TEST

START_TEST(the_days_of_a_new_tac_go_on_over_restarts)
{
    struct desk_with_rules place;
    begin(&place);
    set_file(&place, "policy.yaml", "tac_unallocated: black\ntac_delay_days: {\"35\": 10}\n");
    assert_ok(open_again(&place));
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_WHITE);
    ck_assert_int_eq(verdict_of(&place, 86000001), VERDICT_BLACK); /* another body */
    day += 5;
    close_for_now(&place);
    assert_ok(open_again(&place));
    ck_assert_int_eq(verdict_of(&place, 35000002), VERDICT_WHITE);
    day += 4;
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_WHITE);
    close_for_now(&place);
    assert_ok(open_again(&place));
    day += 1;
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_BLACK);
    ck_assert_int_eq(verdict_of(&place, 35000002), VERDICT_WHITE);
    day += 5;
    ck_assert_int_eq(verdict_of(&place, 35000002), VERDICT_BLACK);
    close_for_now(&place);
    end(&place);
}
END_TEST

START_TEST(a_damaged_memory_of_tacs_delays_again_and_stops_nobody)
{
    struct desk_with_rules place;
    begin(&place);
    set_file(&place, "policy.yaml", "tac_unallocated: black\ntac_delay_days: {others: 10}\n");
    assert_ok(open_again(&place));
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_WHITE);
    close_for_now(&place);
    day += 10;
    assert_ok(open_again(&place));
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_BLACK);
    close_for_now(&place);
    set_file(&place, "tacs-asked", "not that file");
    assert_ok(open_again(&place));
    ck_assert(log_has(place.world, "event=tacs file="));
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_WHITE);
    close_for_now(&place);
    day += 10;
    assert_ok(open_again(&place)); /* what was asked for since is kept again */
    ck_assert_int_eq(verdict_of(&place, 35000001), VERDICT_BLACK);
    close_for_now(&place);
    end(&place);
}
END_TEST

START_TEST(a_name_that_no_organisation_has_is_warned_of_and_no_error)
{
    struct desk_with_rules place;
    begin(&place);
    set_file(&place, "policy.yaml",
             "claims:\n"
             "  - {organisation: [a, nobody-yet], means: grey}\n"
             "  - {kind: watch, organisation: a, means: black}\n");
    assert_ok(open_again(&place));
    ck_assert(log_has(place.world, "level=warning event=policy "));
    ck_assert(log_has(place.world, "policy.yaml\" line=2 text=\"no organisation is called "
                                   "'nobody-yet' so far"));
    ck_assert(!log_has(place.world, "called 'a'"));
    ck_assert(!log_has(place.world, "line=3"));
    set_file(&place, "policy.yaml", "claims:\n  - {organisation: b, means: grey}\n");
    reload(&place, "'b'");
    close_for_now(&place);
    end(&place);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_policy_that_is_read_again_is_in_force_and_a_wrong_one_is_not,
        &it_does_not_begin_without_what_is_named,
        &the_days_of_a_new_tac_go_on_over_restarts,
        &a_damaged_memory_of_tacs_delays_again_and_stops_nobody,
        &a_name_that_no_organisation_has_is_warned_of_and_no_error,
    };
    return fixture_run("rulebook", cases, sizeof cases / sizeof cases[0]);
}
