#include "node/pool.h"
#include "tests/unit/node/fixture.h"

static struct tx_ref *make(struct world *world)
{
    struct signed_statement statement = sign_next(world);
    struct tx_ref *tx;
    assert_ok(tx_ref_make(signed_view(&statement), &tx));
    return tx;
}

static void add(struct pool *pool, struct tx_ref *tx, uint64_t now_ms)
{
    assert_ok(pool_add(pool, tx, now_ms));
}

/* How many entries a block takes; `taken` says whether it is proposed. */
static uint32_t fill_told(struct pool *pool, size_t capacity, bool taken, bool *is_awaited)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    struct block_build build;
    block_build(&build, buffer, capacity);
    *is_awaited = pool_fill(pool, &build);
    if (taken)
        pool_filled(pool);
    return build.count;
}

static uint32_t fill(struct pool *pool, size_t capacity, bool taken)
{
    bool is_awaited;
    return fill_told(pool, capacity, taken, &is_awaited);
}

/* A pool in which three wait. */
struct filled {
    struct world *world;
    struct pool pool;
    struct tx_ref *txs[3];
};

static void filled_open(struct filled *filled)
{
    filled->world = world_open(1);
    assert_ok(pool_open(&filled->pool, 1 << 20));
    for (uint64_t i = 0; i < 3; i++) {
        filled->txs[i] = make(filled->world);
        add(&filled->pool, filled->txs[i], i);
    }
}

/* Once all are applied. */
static void filled_close(struct filled *filled)
{
    for (size_t i = 0; i < 3; i++) {
        pool_applied(&filled->pool, &filled->txs[i]->tx.id);
        ck_assert(!pool_await(&filled->pool, &filled->txs[i]->tx.id));
        tx_ref_drop(filled->txs[i]);
    }
    ck_assert(pool_is_empty(&filled->pool));
    pool_close(&filled->pool);
    world_close(filled->world);
}

START_TEST(a_block_is_awaited_when_what_is_in_it_is)
{
    struct filled filled;
    bool is_awaited;
    filled_open(&filled);
    ck_assert(pool_await(&filled.pool, &filled.txs[1]->tx.id));
    pool_applied(&filled.pool, &filled.txs[0]->tx.id); /* in no block yet */
    size_t room = BLOCK_HEADER_SIZE + 4 + filled.txs[0]->tx.encoded.size;
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(fill_told(&filled.pool, room, true, &is_awaited), 1);
        ck_assert_int_eq(is_awaited, i == 1);
    }
    filled_close(&filled);
}
END_TEST

START_TEST(a_transaction_is_in_it_once_whoever_sent_it)
{
    struct world *world = world_open(1);
    struct pool pool;
    struct tx_ref *tx = make(world);
    assert_ok(pool_open(&pool, 1 << 20));
    ck_assert(pool_is_empty(&pool));
    for (int i = 0; i < 4; i++)
        add(&pool, tx, 5);
    ck_assert(!pool_is_empty(&pool));
    ck_assert_uint_eq(pool.bytes, tx->tx.encoded.size);
    ck_assert_uint_eq(fill(&pool, BLOCK_SIZE_MAX, true), 1);
    add(&pool, tx, 6); /* also while it is in a block */
    ck_assert_uint_eq(fill(&pool, BLOCK_SIZE_MAX, true), 0);
    pool_applied(&pool, &tx->tx.id);
    ck_assert(pool_is_empty(&pool));
    ck_assert_uint_eq(pool.bytes, 0);
    ck_assert_uint_eq(atomic_load(&tx->count), 1);
    tx_ref_drop(tx);
    pool_close(&pool);
    world_close(world);
}
END_TEST

START_TEST(the_oldest_goes_first_and_what_does_not_fit_goes_next)
{
    enum { COUNT = 40 };
    struct world *world = world_open(1);
    struct pool pool;
    struct tx_ref *txs[COUNT];
    uint32_t sent = 0;
    assert_ok(pool_open(&pool, 1 << 20));
    ck_assert_uint_eq(pool_oldest_ms(&pool), UINT64_MAX);
    for (uint64_t i = 0; i < COUNT; i++) {
        txs[i] = make(world);
        add(&pool, txs[i], 100 + i);
    }
    while (sent < COUNT) {
        ck_assert_uint_eq(pool_oldest_ms(&pool), 100 + sent);
        uint32_t count = fill(&pool, 3000, true);
        ck_assert_uint_gt(count, 0);
        ck_assert_uint_lt(count, COUNT);
        sent += count;
    }
    ck_assert_uint_eq(pool_oldest_ms(&pool), UINT64_MAX);
    ck_assert_uint_eq(pool.waiting_bytes, 0);
    ck_assert(!pool_is_empty(&pool)); /* in blocks */
    for (size_t i = 0; i < COUNT; i++) {
        pool_applied(&pool, &txs[i]->tx.id);
        tx_ref_drop(txs[i]);
    }
    ck_assert(pool_is_empty(&pool));
    pool_close(&pool);
    world_close(world);
}
END_TEST

START_TEST(what_was_filled_into_a_block_that_is_not_taken_waits_as_before)
{
    struct filled filled;
    struct pool *pool = &filled.pool;
    filled_open(&filled);
    size_t bytes = pool->waiting_bytes;
    ck_assert_uint_eq(fill(pool, BLOCK_SIZE_MAX, false), 3);
    ck_assert_uint_eq(pool->waiting_bytes, bytes);
    ck_assert_uint_eq(pool_oldest_ms(pool), 0);
    pool_applied(pool, &filled.txs[0]->tx.id); /* is in no block: stays */
    ck_assert_uint_eq(fill(pool, BLOCK_SIZE_MAX, true), 3);
    filled_close(&filled);
}
END_TEST

START_TEST(the_bound_counts_what_waits_and_what_is_in_blocks)
{
    struct world *world = world_open(1);
    struct pool pool;
    struct tx_ref *first = make(world);
    struct tx_ref *second = make(world);
    assert_ok(pool_open(&pool, first->tx.encoded.size));
    add(&pool, first, 0);
    assert_err(pool_add(&pool, second, 0), BUSY);
    ck_assert_uint_eq(fill(&pool, BLOCK_SIZE_MAX, true), 1);
    assert_err(pool_add(&pool, second, 0), BUSY);
    pool_applied(&pool, &first->tx.id);
    assert_ok(pool_add(&pool, second, 0));
    tx_ref_drop(first);
    tx_ref_drop(second);
    pool_close(&pool);
    world_close(world);
}
END_TEST

START_TEST(a_cleared_pool_holds_nothing_and_takes_all_again)
{
    struct world *world = world_open(1);
    struct pool pool;
    struct tx_ref *in_block = make(world);
    struct tx_ref *waits = make(world);
    assert_ok(pool_open(&pool, 1 << 20));
    add(&pool, in_block, 0);
    ck_assert_uint_eq(fill(&pool, BLOCK_SIZE_MAX, true), 1);
    add(&pool, waits, 0);
    pool_clear(&pool);
    ck_assert(pool_is_empty(&pool));
    ck_assert_uint_eq(pool.bytes + pool.waiting_bytes, 0);
    ck_assert_uint_eq(pool_oldest_ms(&pool), UINT64_MAX);
    ck_assert_uint_eq(atomic_load(&in_block->count) + atomic_load(&waits->count), 2);
    add(&pool, waits, 1);
    add(&pool, in_block, 2);
    ck_assert_uint_eq(fill(&pool, BLOCK_SIZE_MAX, true), 2);
    pool_close(&pool);
    ck_assert_uint_eq(atomic_load(&in_block->count) + atomic_load(&waits->count), 2);
    tx_ref_drop(in_block);
    tx_ref_drop(waits);
    world_close(world);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_block_is_awaited_when_what_is_in_it_is,
        &a_transaction_is_in_it_once_whoever_sent_it,
        &the_oldest_goes_first_and_what_does_not_fit_goes_next,
        &what_was_filled_into_a_block_that_is_not_taken_waits_as_before,
        &the_bound_counts_what_waits_and_what_is_in_blocks,
        &a_cleared_pool_holds_nothing_and_takes_all_again,
    };
    return fixture_run("pool", cases, sizeof cases / sizeof cases[0]);
}
