#include "node/waiting.h"
#include "tests/unit/node/fixture.h"

/* That clients are answered is in test_server.c and test_node.c, where there are clients. */

static struct tx_ref *make(const struct signed_statement *statement)
{
    struct tx_ref *tx;
    assert_ok(tx_ref_make(signed_view(statement), &tx));
    return tx;
}

/* The same statement under a signature that is none. */
static struct signed_statement spoilt(const struct signed_statement *statement)
{
    struct signed_statement copy = *statement;
    copy.bytes[copy.size - 40] ^= 1;
    return copy;
}

START_TEST(a_transaction_waits_once)
{
    struct world *world = world_open(1);
    struct waiting_list list;
    struct signed_statement statement = sign_next(world);
    struct tx_ref *tx = make(&statement);
    assert_ok(waiting_open(&list, 1 << 20));
    struct waiting *waiting = waiting_add(&list, tx, true, 7);
    ck_assert_ptr_nonnull(waiting);
    ck_assert_ptr_eq(waiting_add(&list, tx, true, 8), waiting);
    ck_assert_ptr_eq(waiting_find(&list, &statement.id), waiting);
    ck_assert_uint_eq(waiting->until_ms, 7);
    ck_assert_uint_eq(list.bytes, statement.size);
    waiting_remove(&list, waiting);
    ck_assert_ptr_null(waiting_find(&list, &statement.id));
    ck_assert_uint_eq(list.bytes, 0);
    ck_assert_uint_eq(atomic_load(&tx->count), 1);
    tx_ref_drop(tx);
    waiting_close(&list);
    world_close(world);
}
END_TEST

START_TEST(what_is_verified_takes_the_place_of_what_is_not_and_never_the_reverse)
{
    struct world *world = world_open(1);
    struct waiting_list list;
    struct signed_statement good = sign_next(world);
    struct signed_statement bad = spoilt(&good);
    struct tx_ref *forged = make(&bad);
    struct tx_ref *real = make(&good);
    ck_assert(hash_equal(&forged->tx.id, &real->tx.id));
    assert_ok(waiting_open(&list, 1 << 20));
    struct waiting *waiting = waiting_add(&list, forged, false, 0);
    waiting->sent_ms = 5;
    ck_assert_ptr_eq(waiting_add(&list, real, true, 0), waiting);
    ck_assert_ptr_eq(waiting->tx, real);
    ck_assert(waiting->is_verified);
    ck_assert_uint_eq(waiting->sent_ms, 0); /* what was sent was the other */
    ck_assert_ptr_eq(waiting_add(&list, forged, false, 0), waiting);
    ck_assert_ptr_eq(waiting->tx, real);
    waiting_close(&list);
    ck_assert_uint_eq(atomic_load(&forged->count) + atomic_load(&real->count), 2);
    tx_ref_drop(forged);
    tx_ref_drop(real);
    world_close(world);
}
END_TEST

START_TEST(the_bound_is_in_bytes_too)
{
    struct world *world = world_open(1);
    struct waiting_list list;
    struct signed_statement statements[3] = {sign_next(world), sign_next(world), sign_next(world)};
    struct tx_ref *txs[3];
    for (size_t i = 0; i < 3; i++)
        txs[i] = make(&statements[i]);
    assert_ok(waiting_open(&list, statements[0].size + statements[1].size));
    struct waiting *first = waiting_add(&list, txs[0], true, 0);
    ck_assert_ptr_nonnull(waiting_add(&list, txs[1], true, 0));
    ck_assert_ptr_null(waiting_add(&list, txs[2], true, 0));
    ck_assert_ptr_eq(waiting_add(&list, txs[0], true, 0), first); /* what is there has its room */
    waiting_remove(&list, first);
    ck_assert_ptr_nonnull(waiting_add(&list, txs[2], true, 0));
    waiting_close(&list);
    for (size_t i = 0; i < 3; i++)
        tx_ref_drop(txs[i]);
    world_close(world);
}
END_TEST

static void expect_order(const struct waiting_list *list, struct tx_ref *const *txs,
                         const bool *is_there, size_t count)
{
    const struct waiting *at = list->first;
    struct waiting *const *link = &list->first;
    for (size_t i = 0; i < count; i++) {
        if (!is_there[i])
            continue;
        ck_assert_ptr_nonnull(at);
        ck_assert_ptr_eq(at->tx, txs[i]);
        ck_assert_ptr_eq(at->previous, link);
        link = &at->next;
        at = at->next;
    }
    ck_assert_ptr_null(at);
    ck_assert_ptr_eq(list->last, link);
}

START_TEST(the_order_of_arrival_is_kept_whoever_leaves)
{
    enum { COUNT = 32 };
    struct world *world = world_open(1);
    struct waiting_list list;
    struct tx_ref *txs[COUNT];
    struct waiting *waiting[COUNT];
    bool is_there[COUNT];
    assert_ok(waiting_open(&list, 1 << 20));
    for (size_t i = 0; i < COUNT; i++) {
        struct signed_statement statement = sign_next(world);
        txs[i] = make(&statement);
        waiting[i] = waiting_add(&list, txs[i], true, 0);
        is_there[i] = true;
    }
    for (size_t i = 0; i < COUNT; i++) {
        size_t leaves = (i * 13 + 5) % COUNT;
        waiting_remove(&list, waiting[leaves]);
        is_there[leaves] = false;
        expect_order(&list, txs, is_there, COUNT);
    }
    ck_assert_uint_eq(list.map.count, 0);
    waiting_close(&list);
    for (size_t i = 0; i < COUNT; i++)
        tx_ref_drop(txs[i]);
    world_close(world);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_transaction_waits_once,
        &what_is_verified_takes_the_place_of_what_is_not_and_never_the_reverse,
        &the_bound_is_in_bytes_too,
        &the_order_of_arrival_is_kept_whoever_leaves,
    };
    return fixture_run("waiting", cases, sizeof cases / sizeof cases[0]);
}
