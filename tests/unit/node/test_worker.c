#include "node/worker.h"
#include "tests/unit/suite.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { ITEMS = 5000 };

struct item {
    struct queue_item item;
    unsigned number;
};

struct record {
    unsigned fails_at; /* of its rounds; 0: never */
    unsigned rounds;
    unsigned next;    /* number expected next */
    atomic_uint done; /* items */
};

static atomic_uint dropped;

static enum err round_of_up_to_three(void *context, struct queue_item **items)
{
    struct record *record = context;
    for (int i = 0; i < 3 && *items != NULL; i++) {
        struct item *item = (struct item *)worker_take(items);
        ck_assert_uint_eq(item->number, record->next++);
        free(item);
        atomic_fetch_add(&record->done, 1);
    }
    return ++record->rounds == record->fails_at ? ERR_IO : ERR_OK;
}

static void drop(struct queue_item *item)
{
    free(item);
    atomic_fetch_add(&dropped, 1);
}

static void run(struct worker *worker, struct record *record)
{
    *worker = (struct worker){
        .name = "test", .round = round_of_up_to_three, .drop = drop, .context = record};
    atomic_store(&dropped, 0);
    ck_assert_int_eq(worker_start(worker, SIZE_MAX), ERR_OK);
    for (unsigned i = 0; i < ITEMS; i++) {
        struct item *item = malloc(sizeof *item);
        *item = (struct item){.number = i};
        ck_assert_int_eq(queue_put(&worker->queue, &item->item), ERR_OK);
    }
    worker_stop(worker);
}

START_TEST(what_was_queued_before_the_end_is_done_in_order)
{
    struct worker worker;
    struct record record = {0};
    struct queue_item late;
    run(&worker, &record);
    ck_assert_uint_eq(atomic_load(&record.done), ITEMS);
    ck_assert_uint_eq(atomic_load(&dropped), 0);
    ck_assert_int_eq(queue_put_always(&worker.queue, &late), ERR_SHUTTING_DOWN);
    worker_destroy(&worker);
}
END_TEST

START_TEST(after_an_error_nothing_more_is_done_and_nothing_is_forgotten)
{
    struct worker worker;
    struct record record = {.fails_at = 7};
    run(&worker, &record);
    ck_assert_uint_eq(record.rounds, 7);
    ck_assert_uint_gt(atomic_load(&record.done), 0);
    ck_assert_uint_le(atomic_load(&record.done), 21);
    ck_assert_uint_eq(atomic_load(&record.done) + atomic_load(&dropped), ITEMS);
    worker_destroy(&worker);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_was_queued_before_the_end_is_done_in_order,
        &after_an_error_nothing_more_is_done_and_nothing_is_forgotten,
    };
    return suite_run("worker", cases, sizeof cases / sizeof cases[0]);
}
