#include "consensus/links_queue.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

enum { CAPACITY = 64, MODEL_SIZE = 1 << 16 };

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* A frame as it lies on the wire, after what the model has. */
static size_t model_put(uint8_t *model, size_t size, const struct bytes *parts, size_t count)
{
    size_t at = size + 4;
    for (size_t i = 0; i < count; i++) {
        memcpy(model + at, parts[i].data, parts[i].size);
        at += parts[i].size;
    }
    uint32_t frame = (uint32_t)(at - size - 4);
    for (size_t i = 0; i < 4; i++)
        model[size + i] = (uint8_t)(frame >> (24 - 8 * i));
    return at;
}

/* Random frames in, random amounts out: what comes out is what went in, for a queue of any state.
 */
START_TEST(gives_back_what_was_put_in_order)
{
    static uint8_t model[MODEL_SIZE];
    uint8_t noise[256];
    uint32_t state = 20260101;
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)(i * 7 + 1);
    struct links_queue queue;
    ck_assert_int_eq(links_queue_init(&queue, CAPACITY), ERR_OK);
    size_t put = 0;
    size_t taken = 0;
    unsigned refusals = 0;
    while (put < MODEL_SIZE - 2 * CAPACITY) {
        struct bytes parts[3];
        size_t count = draw(&state) % 4;
        size_t size = 4;
        for (size_t i = 0; i < count; i++) {
            parts[i] = bytes_of(noise + draw(&state) % 128, draw(&state) % 24);
            size += parts[i].size;
        }
        bool fits = size <= CAPACITY - (put - taken);
        ck_assert_int_eq(links_queue_put(&queue, parts, count), fits);
        if (fits)
            put = model_put(model, put, parts, count);
        refusals += !fits;
        struct bytes front = links_queue_front(&queue);
        ck_assert_uint_le(front.size, put - taken);
        ck_assert_int_eq(front.size == 0, put == taken);
        ck_assert(bytes_equal(front, bytes_of(model + taken, front.size)));
        size_t some = front.size == 0 ? 0 : draw(&state) % (front.size + 1);
        links_queue_take(&queue, some);
        taken += some;
    }
    ck_assert_uint_gt(refusals, 100);
    links_queue_destroy(&queue);
}
END_TEST

START_TEST(takes_a_frame_that_fills_it_exactly_and_none_larger)
{
    static const uint8_t bytes[CAPACITY] = {1};
    struct bytes fits = bytes_of(bytes, CAPACITY - 4);
    struct bytes large = bytes_of(bytes, CAPACITY - 3);
    struct bytes huge[2] = {bytes_of(bytes, 1), bytes_of(bytes, SIZE_MAX)};
    struct links_queue queue;
    ck_assert_int_eq(links_queue_init(&queue, CAPACITY), ERR_OK);
    ck_assert(!links_queue_put(&queue, &large, 1));
    ck_assert(!links_queue_put(&queue, huge, 2));
    ck_assert_uint_eq(links_queue_front(&queue).size, 0);
    ck_assert(links_queue_put(&queue, &fits, 1));
    ck_assert_uint_eq(links_queue_front(&queue).size, CAPACITY);
    ck_assert(!links_queue_put(&queue, NULL, 0));
    links_queue_take(&queue, 3);
    ck_assert(!links_queue_put(&queue, NULL, 0));
    links_queue_take(&queue, 1);
    ck_assert(links_queue_put(&queue, NULL, 0));
    links_queue_destroy(&queue);
}
END_TEST

START_TEST(begins_again_at_its_start_when_empty)
{
    struct bytes frame = bytes_of("abc", 3);
    struct links_queue queue;
    ck_assert_int_eq(links_queue_init(&queue, CAPACITY), ERR_OK);
    for (int i = 0; i < 100; i++) {
        ck_assert(links_queue_put(&queue, &frame, 1));
        ck_assert_ptr_eq(links_queue_front(&queue).data, queue.data);
        links_queue_take(&queue, 7);
    }
    ck_assert(links_queue_put(&queue, &frame, 1));
    ck_assert(links_queue_put(&queue, &frame, 1));
    links_queue_take(&queue, 7);
    links_queue_clear(&queue);
    ck_assert_uint_eq(links_queue_front(&queue).size, 0);
    ck_assert_ptr_eq(links_queue_front(&queue).data, queue.data);
    links_queue_destroy(&queue);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &gives_back_what_was_put_in_order,
        &takes_a_frame_that_fills_it_exactly_and_none_larger,
        &begins_again_at_its_start_when_empty,
    };
    return suite_run("consensus/links_queue", cases, sizeof cases / sizeof cases[0]);
}
