#include "ledger/view.h"
#include "node/applier.h"
#include "node/mail.h"
#include "tests/unit/node/fixture.h"

struct bench {
    struct world *world;
    struct ledger *ledger;
    struct queue mail;
    struct applier *applier;
    struct link link;
};

static void begin(struct bench *bench)
{
    *bench = (struct bench){.world = world_open(1)};
    struct ledger_options options = {
        .directory = scratch_path(&bench->world->scratch, "state"),
        .genesis = bench->world->genesis,
    };
    assert_ok(ledger_open(&options, &bench->ledger));
    queue_init(&bench->mail, 1);
    assert_ok(applier_start(bench->ledger, &bench->mail, &bench->applier));
    bench->link = link_first(bench->world);
}

static void end(struct bench *bench)
{
    applier_stop(bench->applier);
    ck_assert_ptr_null(queue_take(&bench->mail));
    queue_destroy(&bench->mail);
    ledger_close(bench->ledger);
    world_close(bench->world);
}

static struct block_ref *block_with(struct bench *bench, const struct signed_statement *statements,
                                    size_t count)
{
    struct block_ref *ref;
    uint64_t now_ms = clock_wall_ms();
    uint64_t time_ms = now_ms > bench->link.time_ms ? now_ms : bench->link.time_ms;
    struct bytes block = make_block(&bench->link, 1, time_ms, statements, count);
    assert_ok(block_ref_make(block, &ref));
    free_bytes(block);
    return ref;
}

static void queue(struct bench *bench, struct block_ref *block)
{
    assert_ok(applier_queue(bench->applier, block));
    block_ref_drop(block);
}

/* The next report; the caller frees it. */
static struct mail_applied *await(struct bench *bench)
{
    static struct queue_item *items;
    if (items == NULL)
        items = queue_wait(&bench->mail);
    struct mail_applied *applied = (struct mail_applied *)items;
    items = items->next;
    ck_assert_int_eq(applied->mail.kind, MAIL_APPLIED);
    return applied;
}

START_TEST(what_is_told_can_be_read_at_once_and_every_outcome_is_told_once)
{
    enum { BLOCKS = 100, EACH = 3 };
    struct bench bench;
    static struct hash ids[BLOCKS * EACH];
    static struct hash blocks[BLOCKS + 1];
    size_t told = 0;
    begin(&bench);
    for (size_t i = 0; i < BLOCKS; i++) {
        struct signed_statement statements[EACH];
        for (size_t j = 0; j < EACH; j++) {
            statements[j] = sign_next(bench.world);
            ids[EACH * i + j] = statements[j].id;
        }
        struct block_ref *block = block_with(&bench, statements, EACH);
        blocks[block->block.header.height] = block->block.hash;
        queue(&bench, block);
    }
    struct view *view;
    assert_ok(view_open(bench.ledger, &view));
    for (uint64_t height = 0; height < BLOCKS;) {
        struct mail_applied *applied = await(&bench);
        ck_assert_int_eq(applied->err, ERR_OK);
        ck_assert_uint_gt(applied->height, height);
        ck_assert_uint_eq(applied->block_count, applied->height - height);
        ck_assert_uint_eq(applied->outcome_count, EACH * applied->block_count);
        for (size_t i = 0; i < applied->block_count; i++)
            ck_assert(hash_equal(&applied->blocks[i], &blocks[++height]));
        assert_ok(view_refresh(view));
        ck_assert_uint_ge(view_position(view).height, height);
        for (size_t i = 0; i < applied->outcome_count; i++, told++) {
            struct tx_answer answer;
            ck_assert(hash_equal(&applied->outcomes[i].id, &ids[told]));
            ck_assert_int_eq(applied->outcomes[i].err, ERR_OK);
            assert_ok(view_transaction(view, &ids[told], &answer));
            ck_assert_int_eq(answer.state, TX_COMMITTED);
            ck_assert_uint_eq(answer.index, told);
        }
        mail_free(&applied->mail);
    }
    ck_assert_uint_eq(told, BLOCKS * EACH);
    view_close(view);
    end(&bench);
}
END_TEST

START_TEST(a_refused_and_a_repeated_transaction_have_outcomes_too)
{
    struct bench bench;
    begin(&bench);
    struct signed_statement statements[3];
    statements[0] = statements[1] = sign_next(bench.world);
    statements[2] = sign_block(bench.world, 0, 7, 1); /* the first one's number */
    queue(&bench, block_with(&bench, statements, 3));
    struct mail_applied *applied = await(&bench);
    ck_assert_uint_eq(applied->outcome_count, 3);
    ck_assert_int_eq(applied->outcomes[0].err, ERR_OK);
    ck_assert_int_eq(applied->outcomes[1].err, ERR_DUPLICATE);
    ck_assert_int_eq(applied->outcomes[2].err, ERR_NUMBER_TAKEN);
    mail_free(&applied->mail);
    end(&bench);
}
END_TEST

START_TEST(after_a_block_that_does_not_follow_nothing_is_applied_or_told)
{
    struct bench bench;
    begin(&bench);
    queue(&bench, block_with(&bench, NULL, 0));
    struct mail_applied *applied = await(&bench);
    ck_assert_int_eq(applied->err, ERR_OK);
    mail_free(&applied->mail);
    struct signed_statement statement = sign_next(bench.world);
    struct block_ref *skipped = block_with(&bench, &statement, 1);
    struct block_ref *third = block_with(&bench, NULL, 0);
    queue(&bench, third);
    applied = await(&bench);
    ck_assert_int_eq(applied->err, ERR_BROKEN_CHAIN);
    ck_assert_uint_eq(applied->height, 3); /* of the block that failed */
    ck_assert_uint_eq(applied->outcome_count, 0);
    ck_assert_uint_eq(applied->block_count, 0);
    mail_free(&applied->mail);
    queue(&bench, skipped);
    applier_stop(bench.applier);
    bench.applier = NULL;
    ck_assert_uint_eq(ledger_position(bench.ledger).height, 1);
    end(&bench);
}
END_TEST

enum { BLOCKS = 60 };

/* Of so many blocks and one that does not follow them, how many outcomes are told. */
static size_t tell_before_failing(void)
{
    struct bench bench;
    struct block_ref *blocks[BLOCKS];
    size_t told = 0;
    begin(&bench);
    for (size_t i = 0; i < BLOCKS; i++) {
        struct signed_statement statement = sign_next(bench.world);
        blocks[i] = block_with(&bench, &statement, 1);
    }
    struct block_ref *again = block_ref_hold(blocks[0]);
    for (size_t i = 0; i < BLOCKS; i++)
        queue(&bench, blocks[i]); /* while the first is synced, the others come together */
    queue(&bench, again);
    for (enum err err = ERR_OK; err == ERR_OK;) {
        struct mail_applied *applied = await(&bench);
        err = applied->err;
        if (err != ERR_OK)
            ck_assert_uint_eq(applied->outcome_count, 0);
        told += applied->outcome_count;
        mail_free(&applied->mail);
    }
    ck_assert_uint_eq(ledger_position(bench.ledger).transactions, told);
    end(&bench);
    return told;
}

/* The blocks before it in one LMDB transaction are not applied either. Where this thread had no
 * time the last one came alone. */
START_TEST(outcomes_of_a_batch_that_failed_are_not_told)
{
    size_t told;
    do
        told = tell_before_failing();
    while (told == BLOCKS);
    ck_assert_uint_lt(told, BLOCKS);
}
END_TEST

START_TEST(what_is_queued_is_bounded_in_bytes_and_finished_before_the_end)
{
    struct bench bench;
    begin(&bench);
    uint64_t queued = 0;
    struct block_ref *block = block_with(&bench, NULL, 0);
    /* Far more bytes than it says: as a block of one MiB would be. */
    block->block.encoded.size = APPLIER_QUEUE_BYTES;
    assert_ok(applier_queue(bench.applier, block));
    queued++;
    struct block_ref *next = block_with(&bench, NULL, 0);
    next->block.encoded.size = APPLIER_QUEUE_BYTES;
    enum err err;
    while ((err = applier_queue(bench.applier, next)) == ERR_OK) {
        block_ref_drop(next);
        queued++;
        next = block_with(&bench, NULL, 0);
        next->block.encoded.size = APPLIER_QUEUE_BYTES;
    }
    assert_err(err, BUSY); /* while the thread works on the one before */
    ck_assert_uint_eq(atomic_load(&next->count), 1);
    block_ref_drop(next);
    block_ref_drop(block);
    applier_stop(bench.applier);
    bench.applier = NULL;
    ck_assert_uint_eq(ledger_position(bench.ledger).height, queued);
    for (struct mail_applied *applied; queued > 0; mail_free(&applied->mail)) {
        applied = await(&bench);
        queued = applied->height == queued ? 0 : queued;
    }
    end(&bench);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_is_told_can_be_read_at_once_and_every_outcome_is_told_once,
        &a_refused_and_a_repeated_transaction_have_outcomes_too,
        &after_a_block_that_does_not_follow_nothing_is_applied_or_told,
        &outcomes_of_a_batch_that_failed_are_not_told,
        &what_is_queued_is_bounded_in_bytes_and_finished_before_the_end,
    };
    return fixture_run("applier", cases, sizeof cases / sizeof cases[0]);
}
