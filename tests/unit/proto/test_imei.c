#include "proto/imei.h"

#include "tests/unit/proto/fixture.h"

#include <stdio.h>

static enum err parse(const char *text, enum imei_source source, struct imei_parsed *out)
{
    memset(out, 0x55, sizeof *out);
    return imei_parse(text, strlen(text), source, out);
}

/* TS 23.003 annex B.2 on the written digits D14…D1, step by step. */
static int reference_check_digit(const char *digits)
{
    int sum = 0;
    for (int label = 14; label >= 1; label--) {
        int digit = digits[14 - label] - '0';
        if (label % 2 == 1) {
            digit *= 2;
            sum += digit / 10;
        }
        sum += digit % 10;
    }
    int next = sum;
    while (next % 10 != 0)
        next++;
    return next - sum;
}

START_TEST(has_the_check_digits_of_published_imeis)
{
    static const char *const imeis[] = {
        "260531793113837", /* TS 23.003 annex B.3 */
        "490154203237518", "352099001761481", "000000000000000", "999999999999994",
    };
    for (size_t i = 0; i < sizeof imeis / sizeof imeis[0]; i++) {
        struct imei_parsed parsed;
        char text[IMEI_TEXT_SIZE + 1];
        ck_assert_int_eq(imeis[i][14] - '0', reference_check_digit(imeis[i]));
        ck_assert_int_eq(parse(imeis[i], IMEI_FROM_PERSON, &parsed), ERR_OK);
        imei_format(parsed.imei, text);
        ck_assert_str_eq(text, imeis[i]);
    }
}
END_TEST

/* Exhaustive over the low and the high end of serials and TACs, and strided between. */
START_TEST(agrees_with_the_definition_of_the_check_digit)
{
    static const struct {
        uint64_t from, count, step;
    } ranges[] = {
        {0, 200000, 1},
        {UINT64_C(35209900000000), 200000, 1},
        {IMEI_VALUES - 100000, 100000, 1},
        {0, 100000, UINT64_C(999999937)},
    };
    for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
        for (uint64_t i = 0; i < ranges[r].count; i++) {
            struct imei imei = {ranges[r].from + i * ranges[r].step};
            char digits[IMEI_DIGITS + 1];
            snprintf(digits, sizeof digits, "%014llu", (unsigned long long)imei.value);
            if (imei_check_digit(imei) != reference_check_digit(digits))
                ck_abort_msg("%s", digits);
        }
    }
}
END_TEST

START_TEST(takes_one_check_digit_of_ten_from_a_person_and_any_from_a_network)
{
    uint64_t state = 6;
    for (unsigned round = 0; round < 2000; round++) {
        struct imei imei = {dice_below(&state, IMEI_VALUES)};
        char text[IMEI_TEXT_SIZE + 1];
        imei_format(imei, text);
        int right = text[14] - '0';
        for (int digit = 0; digit < 10; digit++) {
            struct imei_parsed parsed;
            text[14] = (char)('0' + digit);
            ck_assert_int_eq(parse(text, IMEI_FROM_PERSON, &parsed),
                             digit == right ? ERR_OK : ERR_IMEI_CHECK);
            ck_assert_uint_eq(parsed.imei.value, imei.value);
            ck_assert_int_eq(parsed.check_given, digit);
            ck_assert_int_eq(parsed.check_right, right);
            ck_assert_int_eq(parsed.svn, IMEI_SVN_NONE);
            ck_assert_int_eq(parse(text, IMEI_FROM_NETWORK, &parsed), ERR_OK);
            ck_assert_uint_eq(parsed.imei.value, imei.value);
            ck_assert_int_eq(parsed.check_given, digit);
        }
    }
}
END_TEST

/* What the check digit is for: one wrong digit, and most pairs that were swapped. */
START_TEST(finds_every_single_wrong_digit)
{
    static const char right[] = "352099001761481";
    for (size_t place = 0; place < 15; place++) {
        for (char digit = '0'; digit <= '9'; digit++) {
            char text[sizeof right];
            struct imei_parsed parsed;
            memcpy(text, right, sizeof right);
            text[place] = digit;
            ck_assert_int_eq(parse(text, IMEI_FROM_PERSON, &parsed),
                             digit == right[place] ? ERR_OK : ERR_IMEI_CHECK);
        }
    }
}
END_TEST

START_TEST(takes_fourteen_digits_without_a_check)
{
    static const enum imei_source sources[] = {IMEI_FROM_PERSON, IMEI_FROM_NETWORK};
    for (size_t i = 0; i < 2; i++) {
        struct imei_parsed parsed;
        ck_assert_int_eq(parse("35209900176148", sources[i], &parsed), ERR_OK);
        ck_assert_uint_eq(parsed.imei.value, UINT64_C(35209900176148));
        ck_assert_int_eq(parsed.check_given, -1);
        ck_assert_int_eq(parsed.check_right, 1);
        ck_assert_int_eq(parsed.svn, IMEI_SVN_NONE);
    }
}
END_TEST

START_TEST(keeps_the_software_version_of_sixteen_digits)
{
    for (int svn = 0; svn < 100; svn++) {
        struct imei_parsed parsed;
        char text[17];
        snprintf(text, sizeof text, "35209900176148%02d", svn);
        ck_assert_int_eq(parse(text, svn % 2 == 0 ? IMEI_FROM_PERSON : IMEI_FROM_NETWORK, &parsed),
                         svn == IMEI_SVN_RESERVED ? ERR_IMEI_SVN : ERR_OK);
        ck_assert_uint_eq(parsed.imei.value, UINT64_C(35209900176148));
        ck_assert_int_eq(parsed.svn, svn);
        ck_assert_int_eq(parsed.check_given, -1);
        ck_assert_int_eq(parsed.check_right, 1);
    }
}
END_TEST

START_TEST(refuses_every_other_length)
{
    static const char digits[] = "35209900176148135209900176148135";
    for (size_t size = 0; size < sizeof digits; size++) {
        struct imei_parsed parsed;
        bool fits = size >= 14 && size <= 16;
        enum err err = imei_parse(digits, size, IMEI_FROM_NETWORK, &parsed);
        ck_assert_int_eq(err, fits ? ERR_OK : ERR_IMEI_LENGTH);
        if (!fits)
            ck_assert_int_eq(parsed.check_right, -1);
    }
    struct imei_parsed parsed;
    ck_assert_int_eq(imei_parse(NULL, 0, IMEI_FROM_PERSON, &parsed), ERR_IMEI_LENGTH);
    ck_assert_int_eq(parse("35-209900-176148-1", IMEI_FROM_PERSON, &parsed), ERR_IMEI_LENGTH);
}
END_TEST

START_TEST(refuses_every_sign_that_is_no_digit_at_every_place)
{
    for (size_t size = 14; size <= 16; size++) {
        for (size_t place = 0; place < size; place++) {
            for (int sign = -128; sign < 128; sign++) {
                char text[] = "3520990017614800";
                struct imei_parsed parsed;
                text[place] = (char)sign;
                bool is_digit = sign >= '0' && sign <= '9';
                enum err err = imei_parse(text, size, IMEI_FROM_NETWORK, &parsed);
                ck_assert_int_eq(err, is_digit ? ERR_OK : ERR_IMEI_DIGIT);
            }
        }
    }
}
END_TEST

START_TEST(formats_what_it_parses)
{
    uint64_t state = 7;
    for (unsigned round = 0; round < 20000; round++) {
        struct imei imei = {dice(&state) % IMEI_VALUES >> dice_below(&state, 47)};
        char digits14[IMEI_DIGITS + 1];
        char digits15[IMEI_TEXT_SIZE + 1];
        char expected[IMEI_DIGITS + 1];
        char tac[TAC_DIGITS + 1];
        struct imei_parsed parsed;
        uint32_t tac_again;
        imei_format14(imei, digits14);
        imei_format(imei, digits15);
        tac_format(imei_tac(imei), tac);
        snprintf(expected, sizeof expected, "%014llu", (unsigned long long)imei.value);
        ck_assert_str_eq(digits14, expected);
        ck_assert_uint_eq(strlen(digits15), 15);
        ck_assert_mem_eq(digits15, expected, 14);
        ck_assert_uint_eq(strlen(tac), 8);
        ck_assert_mem_eq(tac, expected, 8);
        ck_assert_int_eq(parse(digits14, IMEI_FROM_PERSON, &parsed), ERR_OK);
        ck_assert_uint_eq(parsed.imei.value, imei.value);
        ck_assert_int_eq(parse(digits15, IMEI_FROM_PERSON, &parsed), ERR_OK);
        ck_assert_uint_eq(parsed.imei.value, imei.value);
        ck_assert_int_eq(tac_parse(tac, TAC_DIGITS, &tac_again), ERR_OK);
        ck_assert_uint_eq(tac_again, imei_tac(imei));
        ck_assert_uint_eq(imei_of(imei_tac(imei), imei_serial(imei)).value, imei.value);
        ck_assert_uint_lt(imei_serial(imei), IMEI_SERIALS);
        ck_assert_uint_eq(tac_reporting_body(imei_tac(imei)),
                          (unsigned)(tac[0] - '0') * 10 + (unsigned)(tac[1] - '0'));
    }
}
END_TEST

START_TEST(refuses_a_tac_that_is_not_eight_digits)
{
    static const char digits[] = "3520990017";
    uint32_t tac;
    for (size_t size = 0; size < sizeof digits; size++) {
        tac = 9;
        ck_assert_int_eq(tac_parse(digits, size, &tac), size == 8 ? ERR_OK : ERR_IMEI_LENGTH);
        ck_assert_uint_eq(tac, size == 8 ? 35209900 : 0);
    }
    for (size_t place = 0; place < 8; place++) {
        char text[] = "35209900";
        text[place] = '#';
        ck_assert_int_eq(tac_parse(text, 8, &tac), ERR_IMEI_DIGIT);
        ck_assert_uint_eq(tac, 0);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &has_the_check_digits_of_published_imeis,
        &agrees_with_the_definition_of_the_check_digit,
        &takes_one_check_digit_of_ten_from_a_person_and_any_from_a_network,
        &finds_every_single_wrong_digit,
        &takes_fourteen_digits_without_a_check,
        &keeps_the_software_version_of_sixteen_digits,
        &refuses_every_other_length,
        &refuses_every_sign_that_is_no_digit_at_every_place,
        &formats_what_it_parses,
        &refuses_a_tac_that_is_not_eight_digits,
    };
    return suite_run("imei", cases, sizeof cases / sizeof cases[0]);
}
