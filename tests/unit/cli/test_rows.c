#include "cli/rows.h"

#include "tests/unit/suite.h"

#include <stdlib.h>

static uint64_t seed = 1;

static uint64_t next(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed ^ seed >> 31;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* `count` rows of this shape come out as qsort() has them. */
static void sorts(size_t count, uint64_t (*shape)(size_t))
{
    struct rows rows = {0};
    uint64_t *copy = malloc((count + 1) * sizeof *copy);
    ck_assert_ptr_nonnull(copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = shape(i);
        rows_add(&rows, copy[i]);
    }
    rows_sort(&rows);
    qsort(copy, count, sizeof *copy, compare);
    ck_assert_uint_eq(rows.count, count);
    if (count > 0)
        ck_assert_mem_eq(rows.data, copy, count * sizeof *copy);
    free(copy);
    rows_close(&rows);
}

static uint64_t any(size_t i)
{
    (void)i;
    return next();
}

static uint64_t few(size_t i)
{
    (void)i;
    return next() % 3;
}

static uint64_t same(size_t i)
{
    (void)i;
    return 42;
}

static uint64_t rising(size_t i)
{
    return i;
}

static uint64_t falling(size_t i)
{
    return UINT64_MAX - i;
}

static uint64_t powers(size_t i)
{
    return UINT64_C(1) << i % 64;
}

START_TEST(sorts_rows_of_every_shape_and_count)
{
    static uint64_t (*const shapes[])(size_t) = {any, few, same, rising, falling, powers};
    static const size_t counts[] = {0, 1, 2, 15, 16, 17, 18, 100, 1023, 1024, 1025, 30000};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
            sorts(counts[k], shapes[i]);
    }
}
END_TEST

START_TEST(a_hash_covers_all_rows_and_their_order)
{
    struct rows rows = {0};
    struct hash before = rows_hash(&rows);
    for (size_t i = 0; i < 1500; i++) {
        rows_add(&rows, i);
        struct hash after = rows_hash(&rows);
        ck_assert(!hash_equal(&before, &after));
        before = after;
    }
    rows.data[3] = 4;
    rows.data[4] = 3;
    struct hash swapped = rows_hash(&rows);
    ck_assert(!hash_equal(&before, &swapped));
    rows_close(&rows);
}
END_TEST

START_TEST(a_hash_is_the_one_of_the_big_endian_bytes)
{
    static const uint8_t bytes[] = {0, 1, 2, 3, 4, 5, 6, 7, 0xff, 0, 0, 0, 0, 0, 0, 1};
    struct rows rows = {0};
    rows_add(&rows, UINT64_C(0x0001020304050607));
    rows_add(&rows, UINT64_C(0xff00000000000001));
    struct hash expected = hash_of(bytes_of(bytes, sizeof bytes));
    struct hash found = rows_hash(&rows);
    ck_assert(hash_equal(&found, &expected));
    rows_close(&rows);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &sorts_rows_of_every_shape_and_count,
        &a_hash_covers_all_rows_and_their_order,
        &a_hash_is_the_one_of_the_big_endian_bytes,
    };
    return suite_run("cli/rows", cases, sizeof cases / sizeof *cases);
}
