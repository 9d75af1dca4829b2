#include "node/checkpointer.h"

#include "tests/unit/node/fixture.h"

enum { BLOCKS = 10, WAIT_MS = 1000 };

/* A leader's log, and time. */
struct log {
    struct checkpointer checkpointer;
    struct driver_status status;
    uint64_t now_ms;
};

static struct log begin(void)
{
    return (struct log){
        .checkpointer = {.blocks = BLOCKS, .wait_ms = WAIT_MS},
        .status = {.term = 1, .tip = {.height = 1}}, /* its no-op */
        .now_ms = 1,
    };
}

static void append(struct log *log, enum block_kind kind)
{
    struct trail *trail = &log->status.trail;
    uint64_t height = ++log->status.tip.height;
    if (kind == BLOCK_CHECKPOINT) {
        trail->before = trail->checkpoint;
        trail->checkpoint = height;
    } else if (kind != BLOCK_NOOP) {
        trail->change = height;
    }
}

static bool is_due(struct log *log, uint64_t later_ms)
{
    log->now_ms += later_ms;
    return checkpointer_due(&log->checkpointer, &log->status, log->now_ms);
}

START_TEST(nothing_is_due_before_anything_was_said)
{
    struct log log = begin();
    for (int i = 0; i < 3 * BLOCKS; i++) {
        ck_assert(!is_due(&log, 10 * WAIT_MS));
        append(&log, BLOCK_NOOP);
    }
}
END_TEST

START_TEST(a_change_is_followed_by_two_and_then_by_quiet)
{
    static const enum block_kind changes[] = {BLOCK_TRANSACTIONS, BLOCK_CONFIGURATION};
    struct log log = begin();
    for (int i = 0; i < 6; i++) {
        append(&log, changes[i % 2]);
        for (int checkpoint = 0; checkpoint < 2; checkpoint++) {
            ck_assert(!is_due(&log, 10 * WAIT_MS)); /* the wait begins when it is seen */
            ck_assert(!is_due(&log, WAIT_MS - 1));
            ck_assert(is_due(&log, 1));
            ck_assert(is_due(&log, 1)); /* until it is there */
            append(&log, BLOCK_CHECKPOINT);
        }
        ck_assert(!is_due(&log, 10 * WAIT_MS));
        append(&log, BLOCK_NOOP);
        ck_assert(!is_due(&log, 10 * WAIT_MS));
    }
}
END_TEST

START_TEST(many_blocks_do_not_wait)
{
    struct log log = begin();
    for (int round = 0; round < 3; round++) {
        uint64_t from = log.status.trail.checkpoint;
        while (log.status.tip.height - from < BLOCKS - 1)
            append(&log, BLOCK_TRANSACTIONS);
        ck_assert(!is_due(&log, 0));
        append(&log, BLOCK_TRANSACTIONS);
        ck_assert(is_due(&log, 0));
        append(&log, BLOCK_CHECKPOINT);
        ck_assert(!is_due(&log, 0));
    }
}
END_TEST

START_TEST(another_term_waits_anew)
{
    struct log log = begin();
    append(&log, BLOCK_TRANSACTIONS);
    ck_assert(!is_due(&log, 0));
    log.status.term = 3;
    ck_assert(!is_due(&log, 10 * WAIT_MS));
    ck_assert(is_due(&log, WAIT_MS));
}
END_TEST

START_TEST(a_wish_is_followed_by_two_and_then_by_a_rest)
{
    struct log log = begin();
    checkpointer_want(&log.checkpointer, log.now_ms); /* not before this node leads */
    ck_assert(!is_due(&log, 0));
    ck_assert(!is_due(&log, CHECKPOINTER_HEED_MS));
    for (int wish = 0; wish < 3; wish++) {
        checkpointer_want(&log.checkpointer, log.now_ms);
        uint64_t heard_ms = log.now_ms;
        for (int i = 0; i < 2; i++) {
            ck_assert(!is_due(&log, CHECKPOINTER_HEED_MS - 1));
            ck_assert(is_due(&log, 1));
            append(&log, BLOCK_CHECKPOINT);
            ck_assert(!is_due(&log, 0));
        }
        while (log.now_ms - heard_ms < CHECKPOINTER_REST_MS) {
            checkpointer_want(&log.checkpointer, log.now_ms);
            ck_assert(!is_due(&log, CHECKPOINTER_HEED_MS));
        }
    }
    checkpointer_want(&log.checkpointer, log.now_ms);
    log.status.term++; /* another leader's wishes are another's */
    ck_assert(!is_due(&log, CHECKPOINTER_HEED_MS));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &nothing_is_due_before_anything_was_said,
        &a_change_is_followed_by_two_and_then_by_quiet,
        &many_blocks_do_not_wait,
        &another_term_waits_anew,
        &a_wish_is_followed_by_two_and_then_by_a_rest,
    };
    return suite_run("checkpointer", cases, sizeof cases / sizeof cases[0]);
}
