#include "testnet/swarm/ids.h"

#include "tests/unit/suite.h"

START_TEST(transactions_are_numbered_in_the_order_in_which_they_come)
{
    enum { COUNT = 50000 };
    struct ids ids = {0};
    uint32_t number;
    struct hash other = hash_of(bytes_of("other", 5));
    ck_assert_uint_eq(ids_find(&ids, &other), IDS_NONE);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < COUNT; i++) {
            struct hash id = hash_of(bytes_of(&i, sizeof i));
            ck_assert_int_eq(ids_number(&ids, &id, &number), ERR_OK);
            ck_assert_uint_eq(number, i);
            ck_assert_uint_eq(ids_find(&ids, &id), i);
        }
    ck_assert_uint_eq(ids.count, COUNT);
    ck_assert_uint_eq(ids_find(&ids, &other), IDS_NONE);
    ids_free(&ids);
}
END_TEST

static const TTest *const *const cases[] = {
    &transactions_are_numbered_in_the_order_in_which_they_come,
};

int main(void)
{
    return suite_run("swarm/ids", cases, sizeof cases / sizeof cases[0]);
}
