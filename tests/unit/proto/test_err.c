#include "proto/err.h"

#include "tests/unit/proto/fixture.h"

#include <ctype.h>
#include <limits.h>

static const struct {
    enum err err;
    unsigned long number;
    enum err_kind kind;
    const char *name;
    const char *sentence;
} rows[] = {
#define X(name, number, kind, sentence) {ERR_##name, number, ERR_KIND_##kind, #name, sentence},
    ERR_TABLE(X)
#undef X
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

START_TEST(finds_every_row_by_its_code_and_its_number)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        ck_assert_str_eq(err_name(rows[i].err), rows[i].name);
        ck_assert_str_eq(err_sentence(rows[i].err), rows[i].sentence);
        ck_assert_int_eq(err_kind(rows[i].err), rows[i].kind);
        ck_assert_int_eq(err_from_number(rows[i].number), rows[i].err);
    }
}
END_TEST

/* The ledger stores numbers: these stand for ever. */
START_TEST(keeps_the_numbers_that_ledgers_hold)
{
    ck_assert_int_eq(ERR_OK, 0);
    ck_assert_int_eq(ERR_NOT_CANONICAL, 4);
    ck_assert_int_eq(ERR_IMEI_CHECK, 18);
    ck_assert_int_eq(ERR_BAD_SIGNATURE, 24);
    ck_assert_int_eq(ERR_HIGH_S, 25);
    ck_assert_int_eq(ERR_OTHER_NETWORK, 40);
    ck_assert_int_eq(ERR_REASON, 45);
    ck_assert_int_eq(ERR_CLAIM_STANDS, 51);
    ck_assert_int_eq(ERR_FULL, 62);
    ck_assert_int_eq(ERR_NODE_ID, 64);
    ck_assert_int_eq(ERR_LAST_VOTER, 69);
    ck_assert_int_eq(err_from_number(70), ERR_INTERNAL); /* was NODES_FIXED: not used again */
    ck_assert_int_eq(ERR_DAMAGED, 106);
    ck_assert_int_eq(ERR_MEMBERS, 113);
    ck_assert_int_eq(ERR_SET_BACK, 114);
    ck_assert_int_eq(ERR_CHECKPOINT, 115);
}
END_TEST

START_TEST(gives_each_error_a_number_and_a_name_of_its_own)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        ck_assert_uint_le(rows[i].number, UINT16_MAX); /* two bytes in the ledger's rows */
        for (size_t j = 0; j < i; j++) {
            ck_assert_uint_ne(rows[i].number, rows[j].number);
            ck_assert_str_ne(rows[i].name, rows[j].name);
            ck_assert_str_ne(rows[i].sentence, rows[j].sentence);
        }
    }
}
END_TEST

START_TEST(says_a_sentence_without_a_full_stop)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const char *sentence = rows[i].sentence;
        size_t size = strlen(sentence);
        ck_assert_uint_gt(size, 3);
        ck_assert_msg(isalnum((unsigned char)sentence[size - 1]) || sentence[size - 1] == ')', "%s",
                      sentence);
    }
}
END_TEST

START_TEST(takes_an_unknown_number_as_broken)
{
    bool is_known[1000] = {false};
    for (size_t i = 0; i < ROW_COUNT; i++)
        is_known[rows[i].number] = true;
    for (unsigned long number = 0; number < 1000; number++) {
        if (is_known[number])
            continue;
        ck_assert_int_eq(err_from_number(number), ERR_INTERNAL);
        ck_assert_str_eq(err_name((enum err)number), "UNKNOWN");
        ck_assert_ptr_nonnull(err_sentence((enum err)number));
        ck_assert_int_eq(err_kind((enum err)number), ERR_KIND_BROKEN);
    }
    ck_assert_int_eq(err_from_number(UINT64_C(1) << 32 | ERR_TRUNCATED), ERR_INTERNAL);
    ck_assert_int_eq(err_from_number(ULONG_MAX), ERR_INTERNAL);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &finds_every_row_by_its_code_and_its_number,
        &keeps_the_numbers_that_ledgers_hold,
        &gives_each_error_a_number_and_a_name_of_its_own,
        &says_a_sentence_without_a_full_stop,
        &takes_an_unknown_number_as_broken,
    };
    return suite_run("err", cases, sizeof cases / sizeof cases[0]);
}
