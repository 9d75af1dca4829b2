/*
 * What an honest peer sends passes the gate; what freeDiameter cannot be trusted with does not.
 */
#include "front/diameter_gate.h"

#include "tests/unit/front/diameter_message.h"
#include "tests/unit/suite.h"

enum { REQUEST = 0x80, PROXIABLE = 0x40, ERROR = 0x20 };
enum { CER = 257, DWR = 280, DPR = 282, ECR = 324, S13 = 16777252, VENDOR_3GPP = 10415 };

static struct message message;

static bool passes(void)
{
    message_end(&message);
    return diameter_gate(bytes_of(message.bytes, message.size));
}

static void put_origin(void)
{
    put_text(&message, 264, "mme.example.net");
    put_text(&message, 296, "example.net");
}

static void make_request(void)
{
    message_begin(&message, REQUEST | PROXIABLE, ECR, S13);
    put_text(&message, 263, "mme.example.net;1;2");
    put_number(&message, 277, 1);
    put_origin();
    put_text(&message, 283, "example.net");
    size_t terminal = avp_begin(&message, 1401, VENDOR_3GPP);
    put_avp(&message, 1402, VENDOR_3GPP, "35209900176148", 14);
    put_avp(&message, 1403, VENDOR_3GPP, "01", 2);
    avp_end(&message, terminal);
    put_text(&message, 1, "001010123456789");
    message_end(&message);
}

static void put_application(void)
{
    size_t group = avp_begin(&message, 260, 0);
    put_number(&message, 266, VENDOR_3GPP);
    put_number(&message, 258, S13);
    avp_end(&message, group);
}

static void make_capabilities(void)
{
    static const uint8_t ipv4[] = {0, 1, 10, 1, 2, 3};
    static const uint8_t ipv6[18] = {0, 2, 0x20, 1};
    message_begin(&message, REQUEST, CER, 0);
    put_origin();
    put_avp(&message, 257, 0, ipv4, sizeof ipv4);
    put_avp(&message, 257, 0, ipv6, sizeof ipv6);
    put_number(&message, 266, VENDOR_3GPP);
    put_text(&message, 269, "an MME");
    put_application();
    put_number(&message, 267, 1);
    message_end(&message);
}

static void make_answer(void)
{
    message_begin(&message, 0, DWR, 0);
    put_number(&message, 268, 2001);
    put_origin();
    put_number(&message, 278, 5);
    message_end(&message);
}

static void (*const makers[])(void) = {make_request, make_capabilities, make_answer};
enum { MAKERS = sizeof makers / sizeof makers[0] };

START_TEST(lets_honest_messages_pass)
{
    for (size_t i = 0; i < MAKERS; i++) {
        makers[i]();
        ck_assert(passes());
    }
    message_begin(&message, REQUEST, DPR, 0);
    put_origin();
    put_number(&message, 273, 0);
    ck_assert(passes());
}
END_TEST

START_TEST(refuses_every_truncation)
{
    for (size_t i = 0; i < MAKERS; i++) {
        makers[i]();
        for (size_t size = 0; size < message.size; size++) {
            ck_assert(!diameter_gate(bytes_of(message.bytes, size)));
            struct message shorter = message;
            if (size < 20)
                continue;
            set_size(&shorter, 1, size); /* the header agrees; no AVP but a whole number of them */
            bool is_sound = diameter_gate(bytes_of(shorter.bytes, size));
            ck_assert(!is_sound || size % 4 == 0);
        }
    }
}
END_TEST

START_TEST(refuses_a_size_that_is_not_that_of_the_bytes)
{
    make_request();
    size_t right = message.size;
    for (size_t size = 0; size < right + 64; size++) {
        set_size(&message, 1, size);
        ck_assert(diameter_gate(bytes_of(message.bytes, right)) == (size == right));
    }
}
END_TEST

START_TEST(refuses_versions_and_flags_that_there_are_not)
{
    for (unsigned value = 0; value < 256; value++) {
        make_request();
        message.bytes[0] = (uint8_t)value;
        ck_assert(diameter_gate(bytes_of(message.bytes, message.size)) == (value == 1));
        make_request();
        message.bytes[4] = (uint8_t)value;
        bool is_known = (value & 0x0f) == 0 && (value & REQUEST) != 0 && (value & ERROR) == 0;
        ck_assert(diameter_gate(bytes_of(message.bytes, message.size)) == is_known);
    }
}
END_TEST

START_TEST(refuses_an_avp_that_is_larger_than_what_is_left_or_smaller_than_its_header)
{
    static const uint32_t sizes[] = {0, 1, 7, 12, 13, 16, 100, 0xffffff};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        message_begin(&message, REQUEST, ECR, S13);
        put_u32(&message, 999);
        put_u8(&message, 0);
        put_u24(&message, sizes[i]);
        ck_assert(!passes());
    }
    message_begin(&message, REQUEST, ECR, S13);
    put_u32(&message, 999);
    put_u8(&message, 0x80); /* a vendor, for which there is no room */
    put_u24(&message, 8);
    ck_assert(!passes());
}
END_TEST

START_TEST(knows_the_size_of_numbers)
{
    static const uint32_t codes[] = {258, 259, 265, 266, 267, 268, 273, 277, 278, 299};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        for (size_t size = 0; size < 9; size++) {
            message_begin(&message, REQUEST, ECR, S13);
            put_avp(&message, codes[i], 0, "12345678", size);
            ck_assert(passes() == (size == 4));
        }
    }
}
END_TEST

START_TEST(refuses_names_and_sessions_without_a_byte)
{
    static const uint32_t codes[] = {1, 33, 263, 264, 269, 280, 281, 282, 283, 293, 296};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        message_begin(&message, REQUEST, ECR, S13);
        put_text(&message, codes[i], "");
        ck_assert(!passes());
        message_begin(&message, REQUEST, ECR, S13);
        put_text(&message, codes[i], "a");
        ck_assert(passes());
    }
}
END_TEST

START_TEST(refuses_names_that_are_long_or_not_printable)
{
    char name[257];
    memset(name, 'a', sizeof name);
    for (size_t size = 254; size < 258; size++) {
        message_begin(&message, REQUEST, CER, 0);
        put_avp(&message, 264, 0, name, size);
        ck_assert(passes() == (size <= 255));
    }
    for (int byte = 0; byte < 256; byte++) {
        name[1] = (char)byte;
        message_begin(&message, REQUEST, CER, 0);
        put_avp(&message, 264, 0, name, 3);
        ck_assert(passes() == (byte > ' ' && byte < 127));
    }
}
END_TEST

START_TEST(refuses_addresses_whose_size_is_not_their_familys)
{
    uint8_t address[32] = {0};
    for (unsigned family = 0; family < 4; family++) {
        for (size_t size = 0; size < sizeof address; size++) {
            address[1] = (uint8_t)family;
            message_begin(&message, REQUEST, CER, 0);
            put_avp(&message, 257, 0, address, size);
            bool is_right = (family == 1 && size == 6) || (family == 2 && size == 18);
            ck_assert(passes() == is_right);
        }
    }
}
END_TEST

/* Each of them ends a process that runs freeDiameter 1.2.1. */
START_TEST(refuses_an_application_with_something_else_in_it)
{
    message_begin(&message, REQUEST, CER, 0);
    size_t group = avp_begin(&message, 260, 0);
    put_number(&message, 9999, 1);
    avp_end(&message, group);
    ck_assert(!passes());
    message_begin(&message, REQUEST, CER, 0);
    group = avp_begin(&message, 260, 0);
    put_avp(&message, 266, VENDOR_3GPP, "1234", 4);
    avp_end(&message, group);
    ck_assert(!passes());
    message_begin(&message, REQUEST, CER, 0);
    group = avp_begin(&message, 260, 0);
    put_application();
    avp_end(&message, group);
    ck_assert(!passes());
}
END_TEST

START_TEST(refuses_what_is_wrong_within_a_group)
{
    message_begin(&message, REQUEST, ECR, S13);
    size_t group = avp_begin(&message, 284, 0);
    put_text(&message, 280, "");
    avp_end(&message, group);
    ck_assert(!passes());
    message_begin(&message, REQUEST, ECR, S13);
    group = avp_begin(&message, 284, 0);
    put_u32(&message, 280); /* and no more of it */
    avp_end(&message, group);
    ck_assert(!passes());
}
END_TEST

START_TEST(goes_down_to_a_depth_and_no_further)
{
    for (size_t depth = 1; depth < 8; depth++) {
        size_t groups[8];
        message_begin(&message, REQUEST, ECR, S13);
        for (size_t i = 0; i < depth; i++)
            groups[i] = avp_begin(&message, 279, 0);
        for (size_t i = depth; i > 0; i--)
            avp_end(&message, groups[i - 1]);
        ck_assert(passes() == (depth < 4));
    }
}
END_TEST

START_TEST(refuses_more_avps_and_bytes_than_the_limit)
{
    for (size_t count = DIAMETER_AVPS_MAX - 1; count < DIAMETER_AVPS_MAX + 2; count++) {
        message_begin(&message, REQUEST, ECR, S13);
        for (size_t i = 0; i < count; i++)
            put_number(&message, 999, 1);
        ck_assert(passes() == (count <= DIAMETER_AVPS_MAX));
    }
    for (size_t size = DIAMETER_MESSAGE_SIZE_MAX - 28; size <= DIAMETER_MESSAGE_SIZE_MAX;
         size += 28) {
        message_begin(&message, REQUEST, ECR, S13);
        size_t avp = avp_begin(&message, 999, 0);
        while (message.size < size)
            put_u8(&message, 0);
        avp_end(&message, avp);
        ck_assert(passes());
    }
    message_begin(&message, REQUEST, ECR, S13);
    size_t avp = avp_begin(&message, 999, 0);
    while (message.size <= DIAMETER_MESSAGE_SIZE_MAX)
        put_u8(&message, 0);
    avp_end(&message, avp);
    ck_assert(!passes());
}
END_TEST

START_TEST(refuses_a_user_who_is_to_be_sent_on)
{
    message_begin(&message, REQUEST, ECR, S13);
    put_text(&message, 1, "example.net!mme@example.org");
    ck_assert(!passes());
    message_begin(&message, REQUEST, ECR, S13);
    put_text(&message, 1, "mme@example.org");
    ck_assert(passes());
}
END_TEST

START_TEST(takes_answers_to_its_own_requests_only)
{
    for (uint32_t command = 256; command < 330; command++) {
        message_begin(&message, 0, command, 0);
        put_number(&message, 268, 2001);
        ck_assert(passes() == (command == DWR || command == DPR));
    }
    message_begin(&message, 0, DWR, S13);
    put_number(&message, 268, 2001);
    ck_assert(!passes());
}
END_TEST

START_TEST(takes_an_answer_with_one_result_and_nothing_strange)
{
    message_begin(&message, 0, DWR, 0);
    put_origin();
    ck_assert(!passes());
    put_number(&message, 268, 2001);
    ck_assert(passes());
    put_number(&message, 268, 2001);
    ck_assert(!passes());
    message_begin(&message, 0, DWR, 0);
    put_number(&message, 9999, 1); /* which must be understood */
    put_number(&message, 268, 2001);
    ck_assert(!passes());
    message_begin(&message, 0, DWR, 0);
    put_number(&message, 9999, 1);
    message.bytes[20 + 4] = 0; /* which need not */
    put_number(&message, 268, 2001);
    ck_assert(passes());
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &lets_honest_messages_pass,
        &refuses_every_truncation,
        &refuses_a_size_that_is_not_that_of_the_bytes,
        &refuses_versions_and_flags_that_there_are_not,
        &refuses_an_avp_that_is_larger_than_what_is_left_or_smaller_than_its_header,
        &knows_the_size_of_numbers,
        &refuses_names_and_sessions_without_a_byte,
        &refuses_names_that_are_long_or_not_printable,
        &refuses_addresses_whose_size_is_not_their_familys,
        &refuses_an_application_with_something_else_in_it,
        &refuses_what_is_wrong_within_a_group,
        &goes_down_to_a_depth_and_no_further,
        &refuses_more_avps_and_bytes_than_the_limit,
        &refuses_a_user_who_is_to_be_sent_on,
        &takes_answers_to_its_own_requests_only,
        &takes_an_answer_with_one_result_and_nothing_strange,
    };
    return suite_run("diameter_gate", cases, sizeof cases / sizeof cases[0]);
}
