#include "proto/operation.h"

#include "tests/unit/proto/fixture.h"

/* The numbers stand in ledgers for ever; who may do what is a decision, so it is said twice. */
static const struct operation_row expected[] = {
    {1, "block", FORM_RAISE, CLAIM_BLOCK, 1 | 2, true},
    {2, "unblock", FORM_LIFT, CLAIM_BLOCK, 1 | 2, true},
    {3, "watch", FORM_RAISE, CLAIM_WATCH, 1 | 2 | 32, true},
    {4, "unwatch", FORM_LIFT, CLAIM_WATCH, 1 | 2 | 32, true},
    {5, "duplicate", FORM_RAISE, CLAIM_DUPLICATE, 1 | 2, false},
    {6, "unduplicate", FORM_LIFT, CLAIM_DUPLICATE, 1 | 2, false},
    {7, "register", FORM_RAISE, CLAIM_REGISTERED, 1 | 2 | 8, false},
    {8, "unregister", FORM_LIFT, CLAIM_REGISTERED, 1 | 2 | 8, false},
    {16, "tac-allocate", FORM_TACS, CLAIM_NONE, 4, false},
    {24, "key-add", FORM_KEY, CLAIM_NONE, 63, false},
    {25, "key-revoke", FORM_KEY, CLAIM_NONE, 63, false},
    {26, "organisation", FORM_ORGANISATION, CLAIM_NONE, 1, false},
    {27, "ballot", FORM_BALLOT, CLAIM_NONE, 1, false},
    {28, "node-add", FORM_NODE, CLAIM_NONE, 1, false},
    {29, "node-promote", FORM_NODE_ID, CLAIM_NONE, 1, false},
    {30, "node-remove", FORM_NODE_ID, CLAIM_NONE, 1, false},
};

enum { EXPECTED = sizeof expected / sizeof expected[0] };

START_TEST(finds_every_operation_by_its_number_and_no_other)
{
    size_t found = 0;
    for (unsigned long number = 0; number < 70000; number++) {
        const struct operation_row *row = operation_row(number);
        if (!row)
            continue;
        ck_assert_uint_lt(found, EXPECTED);
        ck_assert_uint_eq(number, expected[found].operation);
        ck_assert_int_eq(row->operation, expected[found].operation);
        ck_assert_str_eq(row->word, expected[found].word);
        ck_assert_int_eq(row->form, expected[found].form);
        ck_assert_int_eq(row->claim, expected[found].claim);
        ck_assert_uint_eq(row->roles, expected[found].roles);
        ck_assert(row->needs_reason == expected[found].needs_reason);
        found++;
    }
    ck_assert_uint_eq(found, EXPECTED);
    ck_assert_ptr_null(operation_row(UINT64_C(1) << 32 | OP_BLOCK));
}
END_TEST

START_TEST(gives_a_claim_to_what_raises_and_lifts_alone)
{
    for (size_t i = 0; i < EXPECTED; i++) {
        const struct operation_row *row = operation_row(expected[i].operation);
        bool has_claim = row->form == FORM_RAISE || row->form == FORM_LIFT;
        ck_assert((row->claim != CLAIM_NONE) == has_claim);
        ck_assert(row->roles != 0 && (row->roles & ~ROLES_ALL) == 0);
    }
}
END_TEST

START_TEST(names_every_role_and_nothing_else)
{
    static const char *const words[] = {"regulator",    "operator", "allocator",
                                        "manufacturer", "auditor",  "participant"};
    for (unsigned bit = 0; bit < 6; bit++) {
        ck_assert_str_eq(role_word(1u << bit), words[bit]);
        ck_assert_uint_eq(role_parse(words[bit], strlen(words[bit])), 1u << bit);
        for (size_t size = 0; size < strlen(words[bit]); size++)
            ck_assert_uint_eq(role_parse(words[bit], size), 0);
    }
    ck_assert_uint_eq(role_parse("regulators", 10), 0);
    ck_assert_uint_eq(role_parse("Regulator", 9), 0);
    for (unsigned role = 0; role < 256; role++) {
        bool is_one = role > 0 && role <= 32 && (role & (role - 1)) == 0;
        ck_assert((role_word(role) != NULL) == is_one);
    }
}
END_TEST

START_TEST(names_every_kind_of_claim_and_nothing_else)
{
    ck_assert_str_eq(claim_kind_word(1), "block");
    ck_assert_str_eq(claim_kind_word(2), "watch");
    ck_assert_str_eq(claim_kind_word(3), "duplicate");
    ck_assert_str_eq(claim_kind_word(4), "registered");
    ck_assert_ptr_null(claim_kind_word(0));
    for (unsigned long number = 5; number < 1000; number++)
        ck_assert_ptr_null(claim_kind_word(number));
    ck_assert_ptr_null(claim_kind_word(UINT64_C(1) << 32 | CLAIM_BLOCK));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &finds_every_operation_by_its_number_and_no_other,
        &gives_a_claim_to_what_raises_and_lifts_alone,
        &names_every_role_and_nothing_else,
        &names_every_kind_of_claim_and_nothing_else,
    };
    return suite_run("operation", cases, sizeof cases / sizeof cases[0]);
}
