/*
 * Random lists against random ledgers: what a plan changes is held against a slow model; each flaw
 * by an example.
 */
#include "cli/list_plan.h"
#include "tests/unit/cli/fixture.h"

enum { DEVICES = 12, ROUNDS = 4000 };

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

struct told {
    size_t counts[FLAW_COUNT];
    uint64_t line; /* the last one */
};

static void tell(void *context, const struct list_line *line, enum flaw flaw)
{
    struct told *told = context;
    told->counts[flaw]++;
    told->line = line->line;
}

static void add(struct list_lines *lines, uint64_t line, uint64_t imei, enum stolen_change change,
                bool is_on)
{
    const struct stolen_row row = {.line = line, .imei = {imei}, .change = change, .is_on = is_on};
    list_lines_add(lines, &row);
}

/* Does the plan to what stands. */
static void carry_out(const struct list_plan *plan, bool stands[DEVICES])
{
    for (size_t i = 0; i < plan->block.count; i++) {
        ck_assert(!stands[plan->block.data[i]]);
        ck_assert(i == 0 || plan->block.data[i - 1] < plan->block.data[i]);
        stands[plan->block.data[i]] = true;
    }
    for (size_t i = 0; i < plan->lift.count; i++) {
        ck_assert(stands[plan->lift.data[i]]);
        ck_assert(i == 0 || plan->lift.data[i - 1] < plan->lift.data[i]);
        stands[plan->lift.data[i]] = false;
    }
}

static void one_round(uint64_t *seed, bool is_delta)
{
    struct list_lines lines = {0};
    struct rows standing = {0};
    struct list_plan plan;
    struct told told = {0};
    bool stands[DEVICES] = {false};
    bool right[DEVICES] = {false};
    bool before[DEVICES];
    size_t kept = 0;
    for (uint64_t i = 0; i < DEVICES; i++) {
        before[i] = stands[i] = next_random(seed) % 2 == 0;
        right[i] = is_delta && stands[i];
        if (stands[i])
            rows_add(&standing, i);
    }
    size_t count = next_random(seed) % 20;
    for (size_t i = 0; i < count; i++) {
        uint64_t imei = next_random(seed) % DEVICES;
        bool is_on = next_random(seed) % 4 != 0;
        enum stolen_change change =
            is_delta ? STOLEN_ADD + (enum stolen_change)(next_random(seed) % 3) : STOLEN_WHOLE;
        add(&lines, i + 2, imei, change, is_on);
        right[imei] = change != STOLEN_REMOVE && is_on;
    }
    list_plan_make(&lines, is_delta, &standing, ~0u, tell, &told, &plan);
    carry_out(&plan, stands);
    for (size_t i = 0; i < DEVICES; i++) {
        ck_assert_int_eq(stands[i], right[i]);
        kept += before[i] && stands[i];
    }
    ck_assert_uint_eq(plan.kept, kept);
    ck_assert_uint_eq(plan.flaws, 0);
    list_plan_close(&plan);
    list_lines_close(&lines);
    rows_close(&standing);
}

START_TEST(what_stands_after_it_is_what_the_list_says)
{
    uint64_t seed = 11;
    for (int round = 0; round < ROUNDS; round++)
        one_round(&seed, round % 2 == 1);
}
END_TEST

/* A delta with these two lines about device 5, which stands or not. */
static struct told flaws_of(enum stolen_change first, enum stolen_change second, bool stands,
                            unsigned allowed)
{
    struct list_lines lines = {0};
    struct rows standing = {0};
    struct list_plan plan;
    struct told told = {0};
    if (stands)
        rows_add(&standing, 5);
    add(&lines, 2, 5, first, true);
    if (second != STOLEN_WHOLE)
        add(&lines, 3, 5, second, true);
    list_plan_make(&lines, true, &standing, allowed, tell, &told, &plan);
    list_plan_close(&plan);
    list_lines_close(&lines);
    rows_close(&standing);
    return told;
}

START_TEST(rows_against_what_stands_are_told_unless_allowed)
{
    ck_assert_uint_eq(flaws_of(STOLEN_ADD, 0, true, 0).counts[FLAW_PRESENT], 1);
    ck_assert_uint_eq(flaws_of(STOLEN_ADD, 0, true, 1u << FLAW_PRESENT).counts[FLAW_PRESENT], 0);
    ck_assert_uint_eq(flaws_of(STOLEN_ADD, 0, false, 0).counts[FLAW_PRESENT], 0);
    ck_assert_uint_eq(flaws_of(STOLEN_REMOVE, 0, false, 0).counts[FLAW_ABSENT], 1);
    ck_assert_uint_eq(flaws_of(STOLEN_REMOVE, 0, false, 1u << FLAW_ABSENT).counts[FLAW_ABSENT], 0);
    ck_assert_uint_eq(flaws_of(STOLEN_REMOVE, 0, true, 0).counts[FLAW_ABSENT], 0);
    ck_assert_uint_eq(flaws_of(STOLEN_UPDATE, 0, true, 0).line, 0);
    ck_assert_uint_eq(flaws_of(STOLEN_UPDATE, 0, false, 0).line, 0);
    struct told told = flaws_of(STOLEN_REMOVE, STOLEN_ADD, true, 0);
    ck_assert_uint_eq(told.counts[FLAW_BOTH], 1);
    ck_assert_uint_eq(told.counts[FLAW_PRESENT], 0);
    ck_assert_uint_eq(told.line, 3);
    told = flaws_of(STOLEN_ADD, STOLEN_REMOVE, false, 1u << FLAW_BOTH);
    ck_assert_uint_eq(told.line, 0);
    told = flaws_of(STOLEN_ADD, STOLEN_ADD, false, 0);
    ck_assert_uint_eq(told.line, 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_stands_after_it_is_what_the_list_says,
        &rows_against_what_stands_are_told_unless_allowed,
    };
    return suite_run("list_plan", cases, sizeof cases / sizeof cases[0]);
}
