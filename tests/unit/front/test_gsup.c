/*
 * GSUP: a question is read with its IMSI, each mistake has its cause, and the answer finds its way.
 */
#include "front/gsup.h"

#include "tests/unit/front/gsup_bytes.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>

#define IMSI "208930000000001"
#define IMEI "35100001000001"

static uint8_t buffer[1024];

static struct writer begin(void)
{
    return writer_over(buffer, sizeof buffer);
}

static enum gsup_cause cause_of(const struct writer *writer, struct gsup_message *out)
{
    enum gsup_cause cause;
    ck_assert(gsup_read(writer_view(writer), out, &cause));
    return cause;
}

START_TEST(a_question_as_an_msc_writes_it_is_read)
{
    /* Type, IMSI, IMEI, class: the order of osmo_gsup_encode(). */
    static const uint8_t bytes[] = {0x30, 0x01, 0x08, 0x02, 0x98, 0x03, 0x00, 0x00,
                                    0x00, 0x00, 0xf1, 0x50, 0x08, 0x07, 0x53, 0x01,
                                    0x00, 0x10, 0x00, 0x00, 0x10, 0x0a, 0x01, 0x01};
    struct gsup_message message;
    enum gsup_cause cause;
    ck_assert(gsup_read(bytes_of(bytes, sizeof bytes), &message, &cause));
    ck_assert_int_eq(cause, GSUP_CAUSE_NONE);
    ck_assert_uint_eq(message.imei.value, UINT64_C(35100001000001));
    ck_assert_str_eq(message.imsi.digits, IMSI);
    struct writer writer = begin();
    put_check(&writer, IMSI, IMEI);
    ck_assert(bytes_equal(writer_view(&writer), bytes_of(bytes, sizeof bytes)));
}
END_TEST

START_TEST(answers_are_what_osmocom_sends)
{
    static const uint8_t nack[] = {0x32, 0x01, 0x08, 0x02, 0x98, 0x03, 0x00, 0x00, 0x00,
                                   0x00, 0xf1, 0x51, 0x01, 0x01, 0x0a, 0x01, 0x01};
    static const uint8_t error[] = {0x31, 0x01, 0x08, 0x02, 0x98, 0x03, 0x00, 0x00, 0x00,
                                    0x00, 0xf1, 0x02, 0x01, 0x60, 0x0a, 0x01, 0x01};
    struct gsup_message message;
    uint8_t out[GSUP_MESSAGE_SIZE_MAX];
    struct writer question = begin();
    put_check(&question, IMSI, IMEI);
    ck_assert_int_eq(cause_of(&question, &message), GSUP_CAUSE_NONE);
    struct writer writer = writer_over(out, sizeof out);
    gsup_write_result(&writer, &message, true);
    ck_assert(bytes_equal(writer_view(&writer), bytes_of(nack, sizeof nack)));
    writer = writer_over(out, sizeof out);
    gsup_write_result(&writer, &message, false);
    ck_assert_uint_eq(out[13], 0);
    writer = writer_over(out, sizeof out);
    gsup_write_error(&writer, &message, GSUP_CAUSE_BAD_MANDATORY);
    ck_assert(bytes_equal(writer_view(&writer), bytes_of(error, sizeof error)));
}
END_TEST

START_TEST(what_a_proxy_needs_comes_back)
{
    static const uint8_t tail[] = {0x30, 4,    1, 2, 3,    4, 0x31, 1,   3,   0x40, 1,
                                   0x77, 0x0a, 1, 1, 0x61, 4, 'm',  's', 'c', 0};
    struct gsup_message message;
    uint8_t out[GSUP_MESSAGE_SIZE_MAX];
    struct writer question = begin();
    put_check(&question, IMSI, IMEI);
    put_element(&question, 0x60, "msc", 4);
    put_element(&question, 0x61, "eir", 4);
    put_element(&question, 0x40, "\x77", 1);
    put_element(&question, 0x31, "\1", 1);
    put_element(&question, 0x30, "\1\2\3\4", 4);
    ck_assert_int_eq(cause_of(&question, &message), GSUP_CAUSE_NONE);
    struct writer writer = writer_over(out, sizeof out);
    gsup_write_result(&writer, &message, false);
    ck_assert_uint_eq(writer.size, 14 + sizeof tail);
    ck_assert(bytes_equal(bytes_of(out + 14, sizeof tail), bytes_of(tail, sizeof tail)));
}
END_TEST

START_TEST(an_imei_has_fourteen_digits_exactly)
{
    static const char digits[] = "351000010000011234";
    struct gsup_message message;
    for (size_t count = 0; count < sizeof digits; count++) {
        char imei[sizeof digits];
        snprintf(imei, sizeof imei, "%.*s", (int)count, digits);
        struct writer writer = begin();
        put_check(&writer, IMSI, imei);
        ck_assert_int_eq(cause_of(&writer, &message),
                         count == 14 ? GSUP_CAUSE_NONE : GSUP_CAUSE_BAD_MANDATORY);
    }
}
END_TEST

START_TEST(an_imei_is_of_digits_and_its_lengths_agree)
{
    struct gsup_message message;
    for (size_t place = 0; place < 7; place++) {
        for (unsigned sign = 0xa; sign <= 0xf; sign++) {
            for (unsigned shift = 0; shift <= 4; shift += 4) {
                uint8_t element[8] = {7};
                element[1 + place] = (uint8_t)(sign << shift);
                struct writer writer = begin();
                writer_u8(&writer, 0x30);
                put_imsi(&writer, IMSI);
                put_element(&writer, 0x50, element, sizeof element);
                ck_assert_int_eq(cause_of(&writer, &message), GSUP_CAUSE_BAD_MANDATORY);
            }
        }
    }
    for (unsigned size = 0; size <= UINT8_MAX; size++) {
        uint8_t element[8] = {(uint8_t)size, 0x53};
        struct writer writer = begin();
        writer_u8(&writer, 0x30);
        put_imsi(&writer, IMSI);
        put_element(&writer, 0x50, element, sizeof element);
        ck_assert_int_eq(cause_of(&writer, &message),
                         size == 7 ? GSUP_CAUSE_NONE : GSUP_CAUSE_BAD_MANDATORY);
    }
}
END_TEST

START_TEST(a_question_without_an_imei_has_cause_96)
{
    struct gsup_message message;
    struct writer writer = begin();
    writer_u8(&writer, 0x30);
    put_imsi(&writer, IMSI);
    ck_assert_int_eq(cause_of(&writer, &message), GSUP_CAUSE_BAD_MANDATORY);
}
END_TEST

START_TEST(an_imsi_that_is_none_has_cause_96_and_comes_back_as_it_was)
{
    static const char *const wrong[] = {"1", "2089", "2089300000000012", "20893*000000001"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct gsup_message message;
        struct writer writer = begin();
        put_check(&writer, wrong[i], IMEI);
        ck_assert_int_eq(cause_of(&writer, &message), GSUP_CAUSE_BAD_MANDATORY);
        ck_assert(!imsi_is_given(&message.imsi));
        ck_assert_ptr_eq(message.imsi_bcd.data, buffer + 3);
        ck_assert_uint_eq(message.imsi_bcd.size, (strlen(wrong[i]) + 1) / 2);
    }
}
END_TEST

START_TEST(nobody_is_answered_who_would_not_know_the_answer_again)
{
    struct gsup_message message;
    enum gsup_cause cause;
    for (size_t size = 0; size <= UINT8_MAX; size++) {
        static const uint8_t zeroes[UINT8_MAX];
        struct writer writer = begin();
        writer_u8(&writer, 0x30);
        put_element(&writer, 0x01, zeroes, size);
        put_imei(&writer, IMEI);
        ck_assert(gsup_read(writer_view(&writer), &message, &cause) == (size >= 1 && size <= 8));
    }
    struct writer writer = begin();
    writer_u8(&writer, 0x30);
    put_imei(&writer, IMEI); /* the IMSI is the first element, or it is not there */
    put_imsi(&writer, IMSI);
    ck_assert(!gsup_read(writer_view(&writer), &message, &cause));
}
END_TEST

START_TEST(each_truncation_is_refused)
{
    struct gsup_message message;
    enum gsup_cause cause;
    struct writer writer = begin();
    put_check(&writer, IMSI, IMEI);
    size_t imsi_end = 11;
    for (size_t size = 0; size < writer.size; size++) {
        /* In a block of its own, so that a read beyond it is seen. */
        uint8_t *copy = malloc(size > 0 ? size : 1);
        memcpy(copy, buffer, size);
        bool wants_answer = gsup_read(bytes_of(copy, size), &message, &cause);
        ck_assert(wants_answer == (size >= imsi_end));
        if (size == imsi_end)
            ck_assert_int_eq(cause, GSUP_CAUSE_BAD_MANDATORY);
        else if (wants_answer && size != writer.size - 3) /* there an element ends */
            ck_assert_int_eq(cause, GSUP_CAUSE_PROTOCOL_ERROR);
        free(copy);
    }
}
END_TEST

START_TEST(an_element_twice_or_of_a_wrong_size_has_cause_100)
{
    static const struct {
        uint8_t tag;
        size_t size_max;
    } sized[] = {{0x0a, 1}, {0x30, 4}, {0x31, 1}, {0x40, 1}, {0x60, 255}};
    static const uint8_t zeroes[UINT8_MAX];
    struct gsup_message message;
    for (size_t i = 0; i < sizeof sized / sizeof sized[0]; i++) {
        for (size_t size = 0; size <= UINT8_MAX; size++) {
            struct writer writer = begin();
            writer_u8(&writer, 0x30);
            put_imsi(&writer, IMSI);
            put_imei(&writer, IMEI);
            put_element(&writer, sized[i].tag, zeroes, size);
            bool is_right = size >= 1 && size <= sized[i].size_max;
            ck_assert_int_eq(cause_of(&writer, &message),
                             is_right ? GSUP_CAUSE_NONE : GSUP_CAUSE_BAD_ELEMENT);
            put_element(&writer, sized[i].tag, zeroes, 1);
            ck_assert_int_eq(cause_of(&writer, &message), GSUP_CAUSE_BAD_ELEMENT);
        }
    }
    struct writer writer = begin();
    put_check(&writer, IMSI, IMEI);
    size_t once = writer.size;
    put_imei(&writer, IMEI);
    ck_assert_int_eq(cause_of(&writer, &message), GSUP_CAUSE_BAD_ELEMENT);
    writer.size = once;
    put_imsi(&writer, IMSI);
    ck_assert_int_eq(cause_of(&writer, &message), GSUP_CAUSE_BAD_ELEMENT);
}
END_TEST

START_TEST(elements_of_no_concern_are_passed_over)
{
    struct gsup_message message;
    for (unsigned tag = 0; tag <= UINT8_MAX; tag++) {
        static const uint8_t known[] = {0x01, 0x0a, 0x30, 0x31, 0x40, 0x50, 0x60};
        if (memchr(known, (int)tag, sizeof known) != NULL)
            continue;
        struct writer writer = begin();
        put_check(&writer, IMSI, IMEI);
        put_element(&writer, (uint8_t)tag, "xyz", 3);
        put_element(&writer, (uint8_t)tag, "", 0);
        ck_assert_int_eq(cause_of(&writer, &message), GSUP_CAUSE_NONE);
    }
}
END_TEST

START_TEST(other_requests_have_cause_97_and_what_is_no_request_has_no_answer)
{
    struct gsup_message message;
    enum gsup_cause cause;
    for (unsigned type = 0; type <= UINT8_MAX; type++) {
        uint8_t out[GSUP_MESSAGE_SIZE_MAX];
        struct writer writer = begin();
        put_check(&writer, IMSI, IMEI);
        buffer[0] = (uint8_t)type;
        ck_assert(gsup_read(writer_view(&writer), &message, &cause) == ((type & 3) == 0));
        if ((type & 3) != 0 || type == 0x30)
            continue;
        ck_assert_int_eq(cause, GSUP_CAUSE_UNKNOWN_TYPE);
        struct writer answer = writer_over(out, sizeof out);
        gsup_write_error(&answer, &message, cause);
        ck_assert_uint_eq(out[0], type + 1);
    }
}
END_TEST

START_TEST(the_largest_answer_fits)
{
    static const uint8_t zeroes[UINT8_MAX];
    struct gsup_message message;
    uint8_t out[GSUP_MESSAGE_SIZE_MAX];
    struct writer writer = begin();
    put_check(&writer, IMSI, IMEI);
    put_element(&writer, 0x60, zeroes, UINT8_MAX);
    put_element(&writer, 0x30, zeroes, 4);
    put_element(&writer, 0x31, zeroes, 1);
    put_element(&writer, 0x40, zeroes, 1);
    ck_assert_int_eq(cause_of(&writer, &message), GSUP_CAUSE_NONE);
    struct writer answer = writer_over(out, sizeof out);
    gsup_write_error(&answer, &message, GSUP_CAUSE_BAD_MANDATORY);
    ck_assert(writer_ok(&answer));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_question_as_an_msc_writes_it_is_read,
        &answers_are_what_osmocom_sends,
        &what_a_proxy_needs_comes_back,
        &an_imei_has_fourteen_digits_exactly,
        &an_imei_is_of_digits_and_its_lengths_agree,
        &a_question_without_an_imei_has_cause_96,
        &an_imsi_that_is_none_has_cause_96_and_comes_back_as_it_was,
        &nobody_is_answered_who_would_not_know_the_answer_again,
        &each_truncation_is_refused,
        &an_element_twice_or_of_a_wrong_size_has_cause_100,
        &elements_of_no_concern_are_passed_over,
        &other_requests_have_cause_97_and_what_is_no_request_has_no_answer,
        &the_largest_answer_fits,
    };
    return suite_run("front/gsup", cases, sizeof cases / sizeof cases[0]);
}
