#include "node/block_cache.h"
#include "proto/limits.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

static struct block_ref *make(uint64_t height, size_t size)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    static uint8_t entry[BLOCK_SIZE_MAX];
    struct block_build build;
    struct block_header header = {
        .kind = BLOCK_TRANSACTIONS,
        .height = height,
        .term = 1,
        .time_ms = 1,
        .leader = 1,
    };
    struct block_ref *ref;
    block_build(&build, buffer, sizeof buffer);
    ck_assert_int_eq(block_build_add(&build, bytes_of(entry, size)), ERR_OK);
    ck_assert_int_eq(block_ref_make(block_build_end(&build, &header), &ref), ERR_OK);
    return ref;
}

static void add(struct block_cache *cache, uint64_t height, size_t size)
{
    struct block_ref *ref = make(height, size);
    block_cache_add(cache, ref);
    block_ref_drop(ref);
}

static bool holds(const struct block_cache *cache, uint64_t height)
{
    const struct block_ref *ref = block_cache_get(cache, height);
    ck_assert(ref == NULL || ref->block.header.height == height);
    return ref != NULL;
}

START_TEST(holds_the_newest_blocks_and_no_more)
{
    struct block_cache cache;
    block_cache_init(&cache, SIZE_MAX);
    for (uint64_t height = 5; height < 5 + 2 * BLOCK_CACHE_SLOTS; height++)
        add(&cache, height, 1);
    uint64_t first = 5 + BLOCK_CACHE_SLOTS;
    ck_assert(!holds(&cache, first - 1));
    for (uint64_t height = first; height < first + BLOCK_CACHE_SLOTS; height++)
        ck_assert(holds(&cache, height));
    ck_assert(!holds(&cache, first + BLOCK_CACHE_SLOTS));
    block_cache_clear(&cache);
    ck_assert_uint_eq(cache.bytes, 0);
}
END_TEST

START_TEST(a_cut_forgets_what_is_above)
{
    struct block_cache cache;
    block_cache_init(&cache, SIZE_MAX);
    for (uint64_t height = 1; height <= 10; height++)
        add(&cache, height, 1);
    block_cache_cut(&cache, 7);
    ck_assert(holds(&cache, 7));
    ck_assert(!holds(&cache, 8));
    add(&cache, 8, 2);
    ck_assert(holds(&cache, 8));
    block_cache_cut(&cache, 0);
    ck_assert(!holds(&cache, 1));
    add(&cache, 40, 1); /* after a cut below all it holds, it may begin anywhere */
    ck_assert(holds(&cache, 40));
    block_cache_clear(&cache);
}
END_TEST

START_TEST(trimming_frees_bytes_up_to_a_height_only)
{
    struct block_cache cache;
    block_cache_init(&cache, 2000);
    for (uint64_t height = 1; height <= 10; height++)
        add(&cache, height, 1000);
    block_cache_trim(&cache, 4);
    ck_assert(!holds(&cache, 4));
    ck_assert(holds(&cache, 5));
    ck_assert_uint_gt(cache.bytes, 2000);
    block_cache_trim(&cache, 10);
    ck_assert_uint_le(cache.bytes, 2000);
    ck_assert(holds(&cache, 10));
    block_cache_clear(&cache);
}
END_TEST

START_TEST(a_held_block_outlives_the_cache)
{
    struct block_cache cache;
    block_cache_init(&cache, SIZE_MAX);
    add(&cache, 3, 10);
    struct block_ref *ref = block_ref_hold(block_cache_get(&cache, 3));
    block_cache_clear(&cache);
    ck_assert_uint_eq(ref->block.header.height, 3);
    block_ref_drop(ref);
    block_ref_drop(NULL);
}
END_TEST

START_TEST(a_damaged_block_is_not_made)
{
    struct block_ref *ref = make(1, 10);
    uint8_t copy[256];
    size_t size = ref->block.encoded.size;
    memcpy(copy, ref->block.encoded.data, size);
    copy[size - 1] ^= 1;
    struct block_ref *other;
    ck_assert_int_ne(block_ref_make(bytes_of(copy, size), &other), ERR_OK);
    ck_assert_ptr_null(other);
    block_ref_drop(ref);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &holds_the_newest_blocks_and_no_more,
        &a_cut_forgets_what_is_above,
        &trimming_frees_bytes_up_to_a_height_only,
        &a_held_block_outlives_the_cache,
        &a_damaged_block_is_not_made,
    };
    return suite_run("block_cache", cases, sizeof cases / sizeof cases[0]);
}
