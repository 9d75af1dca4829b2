#include "node/queue.h"
#include "tests/unit/suite.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { WRITERS = 4, ITEMS_EACH = 20000 };

struct numbered {
    struct queue_item item;
    unsigned writer;
    unsigned number;
};

static void put(struct queue *queue, struct numbered *item, size_t weight, enum err expected)
{
    item->item.weight = weight;
    ck_assert_int_eq(queue_put(queue, &item->item), expected);
}

START_TEST(items_come_out_in_order)
{
    struct queue queue;
    struct numbered items[3];
    queue_init(&queue, 100);
    for (size_t i = 0; i < 3; i++)
        put(&queue, &items[i], 10, ERR_OK);
    ck_assert_uint_eq(queue_weight(&queue), 30);
    struct queue_item *taken = queue_take(&queue);
    for (size_t i = 0; i < 3; i++, taken = taken->next)
        ck_assert_ptr_eq(taken, &items[i].item);
    ck_assert_ptr_null(taken);
    ck_assert_ptr_null(queue_take(&queue));
    ck_assert_uint_eq(queue_weight(&queue), 0);
    queue_destroy(&queue);
}
END_TEST

START_TEST(the_bound_holds_but_an_empty_queue_takes_anything)
{
    struct queue queue;
    struct numbered items[4];
    queue_init(&queue, 100);
    put(&queue, &items[0], 1000, ERR_OK);
    put(&queue, &items[1], 1, ERR_BUSY);
    items[1].item.weight = 1;
    ck_assert_int_eq(queue_put_always(&queue, &items[1].item), ERR_OK);
    ck_assert_ptr_nonnull(queue_take(&queue));
    put(&queue, &items[0], 60, ERR_OK);
    put(&queue, &items[1], 40, ERR_OK);
    put(&queue, &items[2], 1, ERR_BUSY);
    ck_assert_ptr_nonnull(queue_take(&queue));
    queue_destroy(&queue);
}
END_TEST

START_TEST(a_lower_bound_leaves_room_for_what_matters_more)
{
    struct queue queue;
    struct numbered items[4];
    queue_init(&queue, 100);
    put(&queue, &items[0], 60, ERR_OK);
    items[1].item.weight = 20;
    ck_assert_int_eq(queue_put_below(&queue, &items[1].item, 75), ERR_BUSY);
    ck_assert_int_eq(queue_put_below(&queue, &items[1].item, 80), ERR_OK);
    items[2].item.weight = 1;
    ck_assert_int_eq(queue_put_below(&queue, &items[2].item, 75), ERR_BUSY);
    put(&queue, &items[3], 20, ERR_OK);
    ck_assert_ptr_nonnull(queue_take(&queue));
    queue_destroy(&queue);
}
END_TEST

START_TEST(a_closed_queue_gives_what_it_has_and_takes_nothing)
{
    struct queue queue;
    struct numbered items[2];
    queue_init(&queue, 100);
    put(&queue, &items[0], 1, ERR_OK);
    queue_close(&queue);
    put(&queue, &items[1], 1, ERR_SHUTTING_DOWN);
    ck_assert_int_eq(queue_put_always(&queue, &items[1].item), ERR_SHUTTING_DOWN);
    ck_assert_ptr_eq(queue_wait(&queue), &items[0].item);
    ck_assert_ptr_null(queue_wait(&queue));
    queue_destroy(&queue);
}
END_TEST

static void *write_items(void *context)
{
    static atomic_uint next_writer;
    struct queue *queue = context;
    unsigned writer = atomic_fetch_add(&next_writer, 1);
    for (unsigned i = 0; i < ITEMS_EACH; i++) {
        struct numbered *item = malloc(sizeof *item);
        *item = (struct numbered){.item = {.weight = 1}, .writer = writer, .number = i};
        while (queue_put(queue, &item->item) == ERR_BUSY)
            sched_yield();
    }
    return NULL;
}

START_TEST(many_writers_lose_nothing_and_keep_their_order)
{
    struct queue queue;
    pthread_t threads[WRITERS];
    unsigned next[WRITERS] = {0};
    size_t count = 0;
    queue_init(&queue, 64);
    for (size_t i = 0; i < WRITERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_items, &queue), 0);
    while (count < (size_t)WRITERS * ITEMS_EACH) {
        struct queue_item *items = queue_wait(&queue);
        while (items != NULL) {
            struct numbered *item = (struct numbered *)items;
            items = items->next;
            ck_assert_uint_eq(item->number, next[item->writer]);
            next[item->writer]++;
            count++;
            free(item);
        }
    }
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_ptr_null(queue_take(&queue));
    queue_destroy(&queue);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &items_come_out_in_order,
        &the_bound_holds_but_an_empty_queue_takes_anything,
        &a_lower_bound_leaves_room_for_what_matters_more,
        &a_closed_queue_gives_what_it_has_and_takes_nothing,
        &many_writers_lose_nothing_and_keep_their_order,
    };
    return suite_run("queue", cases, sizeof cases / sizeof cases[0]);
}
