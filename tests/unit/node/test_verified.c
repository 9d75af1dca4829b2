#include "node/tx_ref.h"
#include "node/verified.h"
#include "tests/unit/node/fixture.h"

enum { THREADS = 4, STATEMENTS = 32, ROUNDS = 20 };

struct shared {
    struct verified *verified;
    struct public_key key;
    struct tx_ref *good[STATEMENTS];
    struct tx_ref *bad[STATEMENTS];
};

static void make_shared(struct world *world, struct shared *shared)
{
    assert_ok(verified_open(&shared->verified));
    assert_ok(public_key_of(&world->signers[0], &shared->key));
    for (size_t i = 0; i < STATEMENTS; i++) {
        struct signed_statement statement = sign_next(world);
        assert_ok(tx_ref_make(signed_view(&statement), &shared->good[i]));
        statement.bytes[statement.size - 40] ^= 1;
        assert_ok(tx_ref_make(signed_view(&statement), &shared->bad[i]));
    }
}

static void free_shared(struct shared *shared)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        tx_ref_drop(shared->good[i]);
        tx_ref_drop(shared->bad[i]);
    }
    verified_close(shared->verified);
}

static enum err check(const struct shared *shared, const struct tx_ref *tx)
{
    return verified_check(shared->verified, &tx->tx, &shared->key);
}

START_TEST(says_what_the_signature_says_the_first_time_and_every_time)
{
    struct world *world = world_open(1);
    struct shared shared;
    make_shared(world, &shared);
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < STATEMENTS; i++) {
            assert_err(check(&shared, shared.bad[i]), BAD_SIGNATURE);
            assert_ok(check(&shared, shared.good[i]));
            /* The same id, of which a good signature is remembered. */
            assert_err(check(&shared, shared.bad[i]), BAD_SIGNATURE);
        }
    }
    free_shared(&shared);
    world_close(world);
}
END_TEST

START_TEST(refuses_every_flipped_bit_of_a_remembered_signature)
{
    struct world *world = world_open(1);
    struct shared shared;
    make_shared(world, &shared);
    assert_ok(check(&shared, shared.good[0]));
    for (size_t bit = 0; bit < 8 * SIGNATURE_SIZE; bit++) {
        struct transaction copy = shared.good[0]->tx;
        uint8_t *bytes = (uint8_t *)&copy.envelope.signature;
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_ne(verified_check(shared.verified, &copy, &shared.key), ERR_OK);
    }
    free_shared(&shared);
    world_close(world);
}
END_TEST

static void *check_all(void *context)
{
    const struct shared *shared = context;
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < STATEMENTS; i++) {
            must(check(shared, shared->good[i]) == ERR_OK);
            must(check(shared, shared->bad[i]) == ERR_BAD_SIGNATURE);
        }
    }
    return NULL;
}

START_TEST(any_thread_may_ask)
{
    struct world *world = world_open(1);
    struct shared shared;
    pthread_t threads[THREADS];
    make_shared(world, &shared);
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, check_all, &shared), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    free_shared(&shared);
    world_close(world);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &says_what_the_signature_says_the_first_time_and_every_time,
        &refuses_every_flipped_bit_of_a_remembered_signature,
        &any_thread_may_ask,
    };
    return fixture_run("verified", cases, sizeof cases / sizeof cases[0]);
}
