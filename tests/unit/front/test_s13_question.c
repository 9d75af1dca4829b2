/*
 * What an ME-Identity-Check request asks, and what in it is wrong.
 */
#include "front/s13_question.h"

#include "tests/unit/suite.h"

static struct s13_value value_of(const char *text)
{
    return (struct s13_value){.is_given = text != NULL,
                              .bytes = bytes_of(text, text == NULL ? 0 : strlen(text))};
}

static struct s13_values values_of(const char *imei, const char *version, const char *user)
{
    return (struct s13_values){.has_terminal = true,
                               .imei = value_of(imei),
                               .software_version = value_of(version),
                               .user_name = value_of(user)};
}

static struct question sound(const char *imei, const char *version, const char *user)
{
    struct s13_values values = values_of(imei, version, user);
    struct question question;
    struct s13_fault fault;
    ck_assert(s13_question(&values, &question, &fault));
    ck_assert_int_eq(fault.part, S13_PART_NONE);
    return question;
}

static void refused(struct s13_values values, enum s13_part part, enum s13_code code)
{
    struct question question;
    struct s13_fault fault;
    ck_assert(!s13_question(&values, &question, &fault));
    ck_assert_int_eq(fault.part, part);
    ck_assert_int_eq(fault.code, code);
}

START_TEST(takes_14_15_and_16_digits_for_one_device)
{
    static const char *const texts[] = {"35209900176148", "352099001761480", "352099001761481",
                                        "3520990017614823"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_uint_eq(sound(texts[i], NULL, NULL).imei.value, UINT64_C(35209900176148));
}
END_TEST

START_TEST(keeps_the_software_version_of_16_digits_or_of_its_own_avp)
{
    ck_assert_int_eq(sound("35209900176148", NULL, NULL).svn, IMEI_SVN_NONE);
    ck_assert_int_eq(sound("3520990017614823", NULL, NULL).svn, 23);
    ck_assert_int_eq(sound("35209900176148", "07", NULL).svn, 7);
    ck_assert_int_eq(sound("3520990017614823", "07", NULL).svn, 7);
}
END_TEST

START_TEST(answers_for_a_device_with_the_reserved_software_version)
{
    ck_assert_int_eq(sound("3520990017614899", NULL, NULL).svn, IMEI_SVN_NONE);
    ck_assert_int_eq(sound("35209900176148", "99", NULL).svn, IMEI_SVN_NONE);
}
END_TEST

START_TEST(keeps_the_subscriber)
{
    ck_assert_str_eq(sound("35209900176148", NULL, "001010123456789").imsi.digits,
                     "001010123456789");
    ck_assert(!imsi_is_given(&(struct imsi){""}));
    struct question question = sound("35209900176148", NULL, NULL);
    ck_assert(!imsi_is_given(&question.imsi));
}
END_TEST

START_TEST(misses_the_terminal_and_its_imei)
{
    struct s13_values none = {.has_terminal = false, .user_name = value_of("001010123456789")};
    refused(none, S13_PART_TERMINAL, S13_MISSING_AVP);
    refused(values_of(NULL, "01", NULL), S13_PART_IMEI, S13_MISSING_AVP);
}
END_TEST

START_TEST(refuses_every_other_number_of_digits)
{
    static const char digits[] = "352099001761482301234";
    for (size_t size = 0; size < sizeof digits; size++) {
        struct s13_values values = values_of("", NULL, NULL);
        values.imei.bytes = bytes_of(digits, size);
        if (size < 14 || size > 16)
            refused(values, S13_PART_IMEI, S13_INVALID_AVP_VALUE);
    }
}
END_TEST

START_TEST(refuses_every_byte_that_is_no_digit_at_every_place)
{
    char text[16];
    for (size_t at = 0; at < sizeof text; at++) {
        for (int byte = 0; byte < 256; byte++) {
            if (byte >= '0' && byte <= '9')
                continue;
            memcpy(text, "3520990017614823", sizeof text);
            text[at] = (char)byte;
            struct s13_values values = values_of("", NULL, NULL);
            values.imei.bytes = bytes_of(text, sizeof text);
            refused(values, S13_PART_IMEI, S13_INVALID_AVP_VALUE);
        }
    }
}
END_TEST

START_TEST(refuses_a_software_version_that_is_not_two_digits)
{
    static const char *const texts[] = {"", "1", "123", "1a", "a1", " 1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refused(values_of("35209900176148", texts[i], NULL), S13_PART_SOFTWARE_VERSION,
                S13_INVALID_AVP_VALUE);
}
END_TEST

START_TEST(refuses_a_user_name_that_is_no_imsi)
{
    static const char *const texts[] = {"", "0010", "0010101234567890", "00101012345678x",
                                        "001010123456789@realm"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refused(values_of("35209900176148", NULL, texts[i]), S13_PART_USER_NAME,
                S13_INVALID_AVP_VALUE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &takes_14_15_and_16_digits_for_one_device,
        &keeps_the_software_version_of_16_digits_or_of_its_own_avp,
        &answers_for_a_device_with_the_reserved_software_version,
        &keeps_the_subscriber,
        &misses_the_terminal_and_its_imei,
        &refuses_every_other_number_of_digits,
        &refuses_every_byte_that_is_no_digit_at_every_place,
        &refuses_a_software_version_that_is_not_two_digits,
        &refuses_a_user_name_that_is_no_imsi,
    };
    return suite_run("s13_question", cases, sizeof cases / sizeof cases[0]);
}
