#include "eir/heap.h"

#include "eir/grace.h"
#include "tests/unit/suite.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

START_TEST(what_is_given_back_is_counted)
{
    struct heap heap = {0};
    void *some = heap_get(&heap, 1000);
    void *more = heap_get(&heap, 1);
    ck_assert_ptr_nonnull(some);
    ck_assert_ptr_nonnull(more);
    memset(some, 1, 1000);
    ck_assert_uint_ge(heap.bytes, 1001);
    heap_free(&heap, some);
    heap_retire(&heap, more);
    ck_assert_uint_gt(heap.bytes, 0);
    heap_settle(&heap);
    ck_assert_uint_eq(heap.bytes, 0);
    heap_free(&heap, NULL);
    heap_retire(&heap, NULL);
    heap_settle(&heap);
    ck_assert_uint_eq(heap.bytes, 0);
}
END_TEST

START_TEST(nothing_is_given_beyond_the_bound)
{
    struct heap heap = {.bytes_max = 10000};
    void *some = heap_get(&heap, 6000);
    ck_assert_ptr_nonnull(some);
    ck_assert_ptr_null(heap_get(&heap, 6000));
    ck_assert_ptr_null(heap_get(&heap, SIZE_MAX));
    heap_free(&heap, some);
    some = heap_get(&heap, 6000);
    ck_assert_ptr_nonnull(some);
    heap_free(&heap, some);
    ck_assert_uint_eq(heap.bytes, 0);
}
END_TEST

/* More than may wait is freed without being asked. */
START_TEST(what_is_retired_is_bounded)
{
    struct heap heap = {0};
    enum { PIECE = 100000 };
    for (size_t i = 0; i < 500; i++) {
        heap_retire(&heap, heap_get(&heap, PIECE));
        ck_assert_uint_le(heap.bytes, HEAP_RETIRED_MAX + PIECE);
    }
    heap_settle(&heap);
    ck_assert_uint_eq(heap.bytes, 0);
}
END_TEST

/* ---- a reader inside ---- */

struct reader {
    pthread_t thread;
    atomic_int stage; /* 1: inside, 2: may leave */
    atomic_bool is_settled;
    bool was_settled_inside;
};

static void *stay_inside(void *context)
{
    struct reader *reader = context;
    grace_thread_begin();
    grace_thread_begin(); /* may be nested */
    grace_enter();
    grace_enter();
    grace_leave();
    atomic_store(&reader->stage, 1);
    while (atomic_load(&reader->stage) != 2)
        sched_yield();
    for (int i = 0; i < 1000; i++)
        sched_yield();
    reader->was_settled_inside = atomic_load(&reader->is_settled);
    grace_leave();
    grace_thread_end();
    grace_thread_end();
    return NULL;
}

START_TEST(the_writer_waits_for_a_reader_that_is_inside)
{
    struct heap heap = {0};
    struct reader reader = {0};
    ck_assert_int_eq(pthread_create(&reader.thread, NULL, stay_inside, &reader), 0);
    while (atomic_load(&reader.stage) != 1)
        sched_yield();
    heap_retire(&heap, heap_get(&heap, 100));
    atomic_store(&reader.stage, 2);
    heap_settle(&heap);
    atomic_store(&reader.is_settled, true);
    pthread_join(reader.thread, NULL);
    ck_assert(!reader.was_settled_inside);
    ck_assert_uint_eq(heap.bytes, 0);
}
END_TEST

static const TTest *const *const cases[] = {
    &what_is_given_back_is_counted,
    &nothing_is_given_beyond_the_bound,
    &what_is_retired_is_bounded,
    &the_writer_waits_for_a_reader_that_is_inside,
};

int main(void)
{
    return suite_run("heap", cases, sizeof cases / sizeof cases[0]);
}
