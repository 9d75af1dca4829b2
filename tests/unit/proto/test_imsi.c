/*
 * An IMSI is 5 to 15 digits and nothing else.
 */
#include "proto/imsi.h"

#include "tests/unit/suite.h"

#include <string.h>

START_TEST(digits_of_every_length_allowed_are_kept)
{
    static const char digits[] = "001010123456789";
    for (size_t size = 0; size <= IMSI_DIGITS_MAX; size++) {
        struct imsi imsi;
        enum err err = imsi_parse(digits, size, &imsi);
        ck_assert_int_eq(err, size < IMSI_DIGITS_MIN ? ERR_OUT_OF_RANGE : ERR_OK);
        ck_assert_uint_eq(strlen(imsi.digits), err == ERR_OK ? size : 0);
        ck_assert_int_eq(imsi_is_given(&imsi), err == ERR_OK);
        ck_assert_int_eq(memcmp(imsi.digits, digits, strlen(imsi.digits)), 0);
    }
    struct imsi imsi;
    ck_assert_int_eq(imsi_parse("0010101234567890", 16, &imsi), ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(no_other_byte_is_taken_anywhere)
{
    for (size_t place = 0; place < IMSI_DIGITS_MAX; place++) {
        for (int byte = 0; byte < 256; byte++) {
            char digits[] = "001010123456789";
            struct imsi imsi;
            digits[place] = (char)byte;
            bool is_digit = byte >= '0' && byte <= '9';
            ck_assert_int_eq(imsi_parse(digits, IMSI_DIGITS_MAX, &imsi),
                             is_digit ? ERR_OK : ERR_BAD_TEXT);
        }
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &digits_of_every_length_allowed_are_kept,
        &no_other_byte_is_taken_anywhere,
    };
    return suite_run("proto/imsi", cases, sizeof cases / sizeof *cases);
}
