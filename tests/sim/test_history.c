#include "tests/sim/history.h"

#include <stdlib.h>

#include "tests/sim/random.h"
#include "tests/unit/suite.h"

#define OPS_MAX     9
#define CLIENTS     4
#define FIRST_VALUE OPS_MAX /* as a bit number, for the value before all writes */

static struct history history;
static char problem[128];

static bool is_linearizable(void)
{
    return history_is_linearizable(&history, problem, sizeof problem);
}

/* Whether some order explains it, by trying all: from each set of operations that may come first,
 * with each value that they can leave behind, to every operation that may come next. */
static bool some_order_explains_it(void)
{
    static uint32_t left_behind[1u << OPS_MAX];
    const struct op *ops = history.ops;
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < history.count; i++)
        if (ops[i].state == OP_DONE)
            wanted |= 1u << i;
    for (uint32_t set = 0; set < 1u << history.count; set++)
        left_behind[set] = set == 0 ? 1u << FIRST_VALUE : 0;
    for (uint32_t set = 0; set < 1u << history.count; set++) {
        if ((set & wanted) == wanted && left_behind[set] != 0)
            return true;
        for (uint32_t i = 0; i < history.count; i++) {
            bool may_come = (set >> i & 1) == 0 && ops[i].state != OP_FAILED;
            for (uint32_t j = 0; j < history.count; j++)
                if ((set >> j & 1) == 0 && ops[j].state == OP_DONE && j != i &&
                    ops[j].answered < ops[i].asked)
                    may_come = false;
            if (!may_come || (ops[i].is_read && ops[i].state == OP_OPEN))
                continue;
            uint32_t value = ops[i].value == HISTORY_NONE ? FIRST_VALUE : ops[i].value;
            if (!ops[i].is_read && left_behind[set] != 0)
                left_behind[set | 1u << i] |= 1u << i;
            else if (ops[i].is_read && (left_behind[set] >> value & 1) != 0)
                left_behind[set | 1u << i] |= 1u << value;
        }
    }
    return false;
}

/* A write that was asked for, often the newest; or the first value. */
static uint32_t draw_value(struct random *random)
{
    uint32_t count = 0;
    uint32_t writes[OPS_MAX];
    for (uint32_t i = 0; i < history.count; i++)
        if (!history.ops[i].is_read)
            writes[count++] = i;
    if (count == 0 || random_chance(random, RANDOM_ALWAYS / 8))
        return HISTORY_NONE;
    if (random_chance(random, RANDOM_ALWAYS / 2))
        return writes[count - 1];
    return writes[random_below(random, count)];
}

static void answer(struct random *random, uint32_t op)
{
    if (history.ops[op].is_read)
        history_answer_read(&history, op, draw_value(random));
    else if (random_chance(random, RANDOM_ALWAYS / 10))
        history_fail(&history, op);
    else if (!random_chance(random, RANDOM_ALWAYS / 10))
        history_answer_write(&history, op);
}

static void draw_history(struct random *random)
{
    uint32_t open[CLIENTS] = {HISTORY_NONE, HISTORY_NONE, HISTORY_NONE, HISTORY_NONE};
    uint32_t count = random_between(random, 1, OPS_MAX);
    history_reset(&history);
    for (uint32_t i = 0; i < 4 * count; i++) {
        uint32_t client = random_below(random, CLIENTS);
        if (open[client] != HISTORY_NONE) {
            answer(random, open[client]);
            open[client] = HISTORY_NONE;
        } else if (history.count < count) {
            open[client] = history_ask(&history, random_chance(random, RANDOM_ALWAYS / 2));
        }
    }
}

START_TEST(agrees_with_trying_every_order)
{
    struct random random = {.state = 1};
    uint32_t yes = 0;
    uint32_t no = 0;
    for (uint32_t i = 0; i < 60000; i++) {
        draw_history(&random);
        bool expected = some_order_explains_it();
        ck_assert_msg(is_linearizable() == expected, "history %u: %s expected", i,
                      expected ? "yes" : "no");
        *(expected ? &yes : &no) += 1;
    }
    /* Both answers were asked for often enough to mean something. */
    ck_assert_uint_gt(yes, 5000);
    ck_assert_uint_gt(no, 5000);
}
END_TEST

START_TEST(refuses_a_read_older_than_an_answered_write)
{
    history_reset(&history);
    uint32_t write = history_ask(&history, false);
    history_answer_write(&history, write);
    history_answer_read(&history, history_ask(&history, true), HISTORY_NONE);
    ck_assert(!is_linearizable());
}
END_TEST

START_TEST(refuses_two_reads_that_go_back)
{
    history_reset(&history);
    uint32_t first = history_ask(&history, false);
    uint32_t second = history_ask(&history, false);
    history_answer_write(&history, first);
    history_answer_read(&history, history_ask(&history, true), second);
    history_answer_read(&history, history_ask(&history, true), first);
    history_answer_read(&history, history_ask(&history, true), second);
    ck_assert(!is_linearizable());
}
END_TEST

START_TEST(refuses_a_read_of_a_write_that_failed)
{
    history_reset(&history);
    uint32_t write = history_ask(&history, false);
    history_fail(&history, write);
    history_answer_read(&history, history_ask(&history, true), write);
    ck_assert(!is_linearizable());
}
END_TEST

START_TEST(allows_a_write_without_an_answer_to_happen_late)
{
    history_reset(&history);
    uint32_t lost = history_ask(&history, false);
    uint32_t write = history_ask(&history, false);
    history_answer_write(&history, write);
    history_answer_read(&history, history_ask(&history, true), write);
    history_answer_read(&history, history_ask(&history, true), lost);
    ck_assert(is_linearizable());
}
END_TEST

START_TEST(forgets_what_is_withdrawn)
{
    history_reset(&history);
    history_withdraw(&history, history_ask(&history, false));
    history_answer_read(&history, history_ask(&history, true), HISTORY_NONE);
    ck_assert(is_linearizable());
    ck_assert_uint_eq(history.count, 1);
}
END_TEST

START_TEST(takes_no_more_than_fits)
{
    history_reset(&history);
    for (uint32_t i = 0; i < HISTORY_MAX; i++)
        ck_assert_uint_eq(history_ask(&history, i % 2 == 0), i);
    ck_assert_uint_eq(history_ask(&history, false), HISTORY_NONE);
    ck_assert(is_linearizable());
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &agrees_with_trying_every_order,
        &refuses_a_read_older_than_an_answered_write,
        &refuses_two_reads_that_go_back,
        &refuses_a_read_of_a_write_that_failed,
        &allows_a_write_without_an_answer_to_happen_late,
        &forgets_what_is_withdrawn,
        &takes_no_more_than_fits,
    };
    return suite_run("history", cases, sizeof cases / sizeof cases[0]);
}
