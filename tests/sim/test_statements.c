#include "tests/sim/statements.h"

#include "tests/sim/parties.h"
#include "tests/unit/suite.h"

static struct statements *statements;

static void setup(void)
{
    statements = statements_open();
    ck_assert_ptr_nonnull(statements);
    statements_reset(statements, 5);
}

static void teardown(void)
{
    statements_close(statements);
}

START_TEST(all_are_transactions_signed_by_their_key)
{
    setup();
    for (uint32_t i = 0; i < STATEMENTS_POOL; i++) {
        const struct said *said = statements_said(statements, i);
        struct transaction transaction;
        ck_assert_int_eq(transaction_parse(said->encoded, &transaction), ERR_OK);
        struct public_key key = party_public(said->key);
        ck_assert_int_eq(transaction_verify(&transaction, &key), ERR_OK);
        ck_assert(hash_equal(&transaction.id, &said->id));
        ck_assert_uint_eq(transaction.statement.issued_at_ms, said->issued_at_ms);
        ck_assert_uint_eq(transaction.statement.valid_until_ms, said->valid_until_ms);
    }
    teardown();
}
END_TEST

START_TEST(no_two_have_one_id_and_some_have_one_number)
{
    setup();
    uint32_t rivals = 0;
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < STATEMENTS_POOL; i++) {
        const struct said *a = statements_said(statements, i);
        rivals += a->first != i;
        for (uint32_t j = 0; j < i; j++) {
            const struct said *b = statements_said(statements, j);
            bool is_same = a->key == b->key && a->lane == b->lane && a->number == b->number;
            wrong += hash_equal(&a->id, &b->id) || is_same != (a->first == b->first);
        }
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_gt(rivals, 0);
    teardown();
}
END_TEST

START_TEST(every_operation_comes_but_those_that_need_an_id)
{
    setup();
    static const enum operation all[] = {
#define X(name, number, word, form, claim, roles, needs_reason) OP_##name,
        OPERATION_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        uint32_t count = 0;
        for (uint32_t j = 0; j < STATEMENTS_POOL; j++)
            count += statements_said(statements, j)->operation == all[i];
        ck_assert_msg((count != 0) == (all[i] != OP_NODE_ADD), "operation %d: %u", all[i], count);
    }
    teardown();
}
END_TEST

START_TEST(a_group_of_seeds_shares_a_pool_and_another_does_not)
{
    setup();
    struct statements *other = statements_open();
    ck_assert_ptr_nonnull(other);
    statements_reset(other, STATEMENTS_GROUP);
    uint32_t same = 0;
    for (uint32_t i = 0; i < STATEMENTS_POOL; i++)
        same += hash_equal(&statements_said(statements, i)->id, &statements_said(other, i)->id);
    ck_assert_uint_eq(same, 0);
    statements_reset(other, STATEMENTS_GROUP - 1);
    for (uint32_t i = 0; i < STATEMENTS_POOL; i++)
        ck_assert(bytes_equal(statements_said(statements, i)->encoded,
                              statements_said(other, i)->encoded));
    statements_close(other);
    teardown();
}
END_TEST

START_TEST(about_a_node_they_are_as_many_as_there_is_room_and_go_with_the_seed)
{
    setup();
    uint32_t number = 0;
    for (uint32_t i = STATEMENTS_POOL; i < STATEMENTS_MAX; i++) {
        ck_assert(
            statements_about_node(statements, i % 2 ? OP_NODE_ADD : OP_NODE_PROMOTE, i, &number));
        ck_assert_uint_eq(number, i);
        struct transaction transaction;
        ck_assert_int_eq(
            transaction_parse(statements_said(statements, number)->encoded, &transaction), ERR_OK);
        ck_assert_uint_eq(transaction.statement.node, i);
    }
    ck_assert(!statements_about_node(statements, OP_NODE_REMOVE, 1, &number));
    statements_reset(statements, 5);
    ck_assert(statements_about_node(statements, OP_NODE_REMOVE, 1, &number));
    ck_assert_uint_eq(number, STATEMENTS_POOL);
    teardown();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &all_are_transactions_signed_by_their_key,
        &no_two_have_one_id_and_some_have_one_number,
        &every_operation_comes_but_those_that_need_an_id,
        &a_group_of_seeds_shares_a_pool_and_another_does_not,
        &about_a_node_they_are_as_many_as_there_is_room_and_go_with_the_seed,
    };
    return suite_run("sim/statements", cases, sizeof cases / sizeof cases[0]);
}
