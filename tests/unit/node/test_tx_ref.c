#include "node/tx_ref.h"
#include "tests/unit/node/fixture.h"

/* The order of secp256k1, SEC 2 section 2.4.1. */
static const uint8_t order[32] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                  0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xBA, 0xAE, 0xDC, 0xE6, 0xAF, 0x48,
                                  0xA0, 0x3B, 0xBF, 0xD2, 0x5E, 0x8C, 0xD0, 0x36, 0x41, 0x41};

/* The other signature of the same digest: S becomes the order less S. */
static struct signed_statement high_s(const struct signed_statement *statement)
{
    struct signed_statement copy = *statement;
    uint8_t *s = copy.bytes + copy.size - 32;
    unsigned borrow = 0;
    for (int i = 31; i >= 0; i--) {
        unsigned difference = 256u + order[i] - s[i] - borrow;
        s[i] = (uint8_t)difference;
        borrow = difference < 256;
    }
    return copy;
}

START_TEST(both_signatures_of_a_statement_become_the_same_bytes)
{
    struct world *world = world_open(1);
    for (int i = 0; i < 20; i++) {
        struct signed_statement low = sign_next(world);
        struct signed_statement high = high_s(&low);
        struct tx_ref *a;
        struct tx_ref *b;
        assert_ok(tx_ref_make(signed_view(&low), &a));
        assert_ok(tx_ref_make(signed_view(&high), &b));
        ck_assert(bytes_equal(a->tx.encoded, b->tx.encoded));
        ck_assert(bytes_equal(a->tx.encoded, signed_view(&low)));
        ck_assert(hash_equal(&b->tx.id, &low.id));
        struct public_key key;
        assert_ok(public_key_of(&world->signers[0], &key));
        assert_ok(transaction_verify(&b->tx, &key));
        tx_ref_drop(a);
        tx_ref_drop(b);
    }
    world_close(world);
}
END_TEST

START_TEST(refuses_every_truncation_and_nothing_at_all)
{
    struct world *world = world_open(1);
    struct signed_statement statement = sign_next(world);
    struct tx_ref *tx;
    for (size_t size = 0; size < statement.size; size++) {
        ck_assert_int_ne(tx_ref_make(bytes_of(statement.bytes, size), &tx), ERR_OK);
        ck_assert_ptr_null(tx);
    }
    ck_assert_int_ne(tx_ref_make(bytes_of(NULL, 0), &tx), ERR_OK);
    world_close(world);
}
END_TEST

START_TEST(refuses_what_is_larger_than_a_transaction)
{
    static uint8_t bytes[TX_SIZE_MAX + 1];
    struct tx_ref *tx;
    assert_err(tx_ref_make(bytes_of(bytes, sizeof bytes), &tx), TOO_LARGE);
    ck_assert_ptr_null(tx);
}
END_TEST

START_TEST(is_a_copy_that_lives_as_long_as_its_last_holder)
{
    struct world *world = world_open(1);
    struct signed_statement statement = sign_next(world);
    struct signed_statement copy = statement;
    struct tx_ref *tx;
    assert_ok(tx_ref_make(signed_view(&statement), &tx));
    memset(statement.bytes, 0, sizeof statement.bytes);
    ck_assert_ptr_eq(tx_ref_hold(tx), tx);
    tx_ref_drop(tx);
    ck_assert(bytes_equal(tx->tx.encoded, signed_view(&copy)));
    ck_assert_uint_eq(tx->tx.statement.item_count, 1);
    tx_ref_drop(tx);
    tx_ref_drop(NULL);
    world_close(world);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &both_signatures_of_a_statement_become_the_same_bytes,
        &refuses_every_truncation_and_nothing_at_all,
        &refuses_what_is_larger_than_a_transaction,
        &is_a_copy_that_lives_as_long_as_its_last_holder,
    };
    return fixture_run("tx_ref", cases, sizeof cases / sizeof cases[0]);
}
