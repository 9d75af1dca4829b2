#include "proto/client.h"

#include "proto/record.h"
#include "tests/unit/proto/fixture.h"

#include <stdio.h>

static struct request *request_of(enum request_kind kind)
{
    struct request *request = calloc(1, sizeof *request);
    ck_assert(request != NULL);
    request->kind = kind;
    return request;
}

/* Frees the request. */
static struct bytes written(struct request *request, uint8_t *buffer, size_t capacity)
{
    struct writer writer = writer_over(buffer, capacity);
    request_write(&writer, request);
    ck_assert_msg(writer_ok(&writer), "%s", err_name(writer.err));
    free(request);
    return writer_view(&writer);
}

static enum err recode_request(struct bytes input, struct writer *again)
{
    struct request *request = request_of(REQUEST_STATUS);
    enum err err = request_parse(input, request);
    if (err == ERR_OK)
        request_write(again, request);
    free(request);
    return err;
}

static enum err recode_head(struct bytes input, struct writer *again)
{
    struct reader reader = reader_over(input);
    struct response_head head;
    response_head_read(&reader, &head);
    if (reader_ok(&reader) && head.err == ERR_OK) {
        response_head_write(again, &head);
        cbor_put_uint(again, cbor_uint(&reader)); /* stands for the body */
    } else if (reader_ok(&reader)) {
        response_head_write(again, &head);
    }
    return reader_done(&reader);
}

/* The request is written as that, is read again, and each bit of it counts. */
static void is_written_as(struct request *request, const char *hex)
{
    uint8_t buffer[256];
    uint8_t expected[256];
    struct bytes input = written(request, buffer, sizeof buffer);
    assert_bytes(input, parts(hex, expected, sizeof expected));
    recode_holds(recode_request, input);
}

static void request_refused(const char *hex, enum err expected)
{
    uint8_t buffer[256];
    recode_refuses(recode_request, parts(hex, buffer, sizeof buffer), expected);
}

START_TEST(writes_each_request_in_its_one_encoding)
{
    is_written_as(request_of(REQUEST_STATUS), "a2 0001 0101");

    struct request *request = request_of(REQUEST_CHECK);
    request->imei_count = 2;
    request->imeis[0].value = UINT64_C(35123456000017);
    request->imeis[1].value = 7;
    is_written_as(request, "a3 0001 0102 02821b00001ff1d11e401107");

    request = request_of(REQUEST_HISTORY);
    request->imeis[0].value = IMEI_VALUES - 1;
    request->from_start = true;
    is_written_as(request, "a3 0001 0103 021b00005af3107a3fff");

    request = request_of(REQUEST_HISTORY);
    request->imeis[0].value = 1;
    request->after = 300;
    is_written_as(request, "a4 0001 0103 0201 0319012c");

    request = request_of(REQUEST_HISTORY);
    request->imeis[0].value = 1;
    request->after = COUNTER_MAX;
    is_written_as(request, "a4 0001 0103 0201 031b7fffffffffffffff");

    request = request_of(REQUEST_TAC);
    request->tac = 35123456;
    is_written_as(request, "a3 0001 0104 021a0217f100");

    request = request_of(REQUEST_SUBMIT);
    request->encoded = bytes_of("tx", 2);
    is_written_as(request, "a3 0001 0105 02427478");

    request = request_of(REQUEST_SUBMIT);
    request->encoded = bytes_of("tx", 2);
    request->wait_committed = true;
    request->timeout_ms = UINT32_MAX;
    is_written_as(request, "a4 0001 0105 02427478 031affffffff");

    request = request_of(REQUEST_TRANSACTION);
    memset(request->id.bytes, 0xee, HASH_SIZE);
    is_written_as(
        request,
        "a3 0001 0106 025820 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");

    request = request_of(REQUEST_ORGANISATIONS);
    request->first = UINT16_MAX;
    is_written_as(request, "a3 0001 0107 0219ffff");

    request = request_of(REQUEST_ORGANISATIONS);
    request->first = 7; /* not with a key */
    request->has_kid = true;
    memset(request->kid.bytes, 0xdd, KEY_ID_SIZE);
    is_written_as(request, "a4 0001 0107 0200 0350 dddddddddddddddddddddddddddddddd");

    request = request_of(REQUEST_NODES);
    is_written_as(request, "a3 0001 0108 0200");

    request = request_of(REQUEST_NODES);
    request->first_node = UINT32_MAX;
    is_written_as(request, "a3 0001 0108 021affffffff");
}
END_TEST

START_TEST(writes_a_question_for_grounds_and_a_subscriber_in_its_one_encoding)
{
    struct request *request = request_of(REQUEST_CHECK);
    request->imei_count = 1;
    request->explain = true;
    is_written_as(request, "a4 0001 0102 028100 03f5");

    request = request_of(REQUEST_CHECK);
    request->imei_count = 1;
    request->explain = true;
    request->fresh_ms = 9000;
    snprintf(request->imsi.digits, sizeof request->imsi.digits, "26201");
    is_written_as(request, "a6 0001 0102 028100 03f5 04192328 05653236323031");

    request = request_of(REQUEST_CHECK);
    request->imei_count = 1;
    snprintf(request->imsi.digits, sizeof request->imsi.digits, "262011234567890");
    is_written_as(request, "a4 0001 0102 028100 056f323632303131323334353637383930");

    request_refused("a4 0001 0102 028100 03f4", ERR_OUT_OF_RANGE);
    request_refused("a4 0001 0102 028100 056432363230", ERR_OUT_OF_RANGE);
    request_refused("a4 0001 0102 028100 0560", ERR_OUT_OF_RANGE);
    request_refused("a4 0001 0102 028100 05653236323078", ERR_BAD_TEXT);
    request_refused("a4 0001 0102 028100 057032363230313132333435363738393031", ERR_TOO_LARGE);
    request_refused("a4 0001 0103 0201 05653236323031", ERR_UNKNOWN_FIELD);
    request_refused("a3 0001 0101 05653236323031", ERR_UNKNOWN_FIELD);
}
END_TEST

START_TEST(writes_a_question_for_all_that_is_committed_in_its_one_encoding)
{
    struct request *request = request_of(REQUEST_CHECK);
    request->imei_count = 1;
    request->fresh_ms = 9000;
    is_written_as(request, "a4 0001 0102 028100 04192328");

    request = request_of(REQUEST_HISTORY);
    request->imeis[0].value = 1;
    request->after = 300;
    request->fresh_ms = UINT32_MAX;
    is_written_as(request, "a5 0001 0103 0201 0319012c 041affffffff");
}
END_TEST

START_TEST(a_submission_is_known_by_its_first_bytes)
{
    uint8_t buffer[256];
    for (int kind = 1; request_word(kind) != NULL; kind++) {
        struct request *request = request_of(kind);
        request->imei_count = 1;
        request->encoded = bytes_of("tx", 2);
        struct bytes whole = written(request, buffer, sizeof buffer);
        ck_assert_int_eq(request_is_submission(whole), kind == REQUEST_SUBMIT);
        for (size_t cut = 0; cut <= 4; cut++)
            ck_assert(!request_is_submission(bytes_of(whole.data, cut)));
    }
}
END_TEST

START_TEST(reads_every_argument)
{
    uint8_t buffer[256];
    struct request *request = request_of(REQUEST_SUBMIT);
    struct request *found = request_of(REQUEST_STATUS);
    request->encoded = bytes_of("tx", 2);
    request->wait_committed = true;
    ck_assert_int_eq(request_parse(written(request, buffer, sizeof buffer), found), ERR_OK);
    ck_assert_int_eq(found->kind, REQUEST_SUBMIT);
    assert_bytes(found->encoded, bytes_of("tx", 2));
    ck_assert(found->wait_committed);
    ck_assert_uint_eq(found->timeout_ms, 0);

    request = request_of(REQUEST_SUBMIT);
    request->encoded = bytes_of("tx", 2);
    request->timeout_ms = 5;
    ck_assert_int_eq(request_parse(written(request, buffer, sizeof buffer), found), ERR_OK);
    ck_assert(!found->wait_committed);
    ck_assert_uint_eq(found->timeout_ms, 0);

    request = request_of(REQUEST_HISTORY);
    request->imeis[0].value = 9;
    ck_assert_int_eq(request_parse(written(request, buffer, sizeof buffer), found), ERR_OK);
    ck_assert(!found->from_start);
    ck_assert_uint_eq(found->after, 0);
    ck_assert_uint_eq(found->imei_count, 1);
    ck_assert_uint_eq(found->imeis[0].value, 9);

    request = request_of(REQUEST_HISTORY);
    request->from_start = true;
    ck_assert_int_eq(request_parse(written(request, buffer, sizeof buffer), found), ERR_OK);
    ck_assert(found->from_start);

    request = request_of(REQUEST_TAC);
    request->tac = IMEI_TACS - 1;
    ck_assert_int_eq(request_parse(written(request, buffer, sizeof buffer), found), ERR_OK);
    ck_assert_uint_eq(found->tac, IMEI_TACS - 1);

    request = request_of(REQUEST_TRANSACTION);
    request->id.bytes[31] = 1;
    ck_assert_int_eq(request_parse(written(request, buffer, sizeof buffer), found), ERR_OK);
    ck_assert_uint_eq(found->id.bytes[31], 1);

    request = request_of(REQUEST_ORGANISATIONS);
    request->first = 300;
    ck_assert_int_eq(request_parse(written(request, buffer, sizeof buffer), found), ERR_OK);
    ck_assert_uint_eq(found->first, 300);
    ck_assert(!found->has_kid);

    request = request_of(REQUEST_ORGANISATIONS);
    request->has_kid = true;
    request->kid.bytes[15] = 1;
    ck_assert_int_eq(request_parse(written(request, buffer, sizeof buffer), found), ERR_OK);
    ck_assert(found->has_kid);
    ck_assert_uint_eq(found->kid.bytes[15], 1);

    request = request_of(REQUEST_NODES);
    request->first_node = 70000;
    ck_assert_int_eq(request_parse(written(request, buffer, sizeof buffer), found), ERR_OK);
    ck_assert_int_eq(found->kind, REQUEST_NODES);
    ck_assert_uint_eq(found->first_node, 70000);
    free(found);
}
END_TEST

START_TEST(takes_as_many_imeis_as_it_has_room_for)
{
    static uint8_t buffer[9 * CHECK_IMEIS_MAX + 64];
    struct request *request = request_of(REQUEST_CHECK);
    request->imei_count = CHECK_IMEIS_MAX;
    for (size_t i = 0; i < CHECK_IMEIS_MAX; i++)
        request->imeis[i].value = IMEI_VALUES - 1 - i;
    struct bytes input = written(request, buffer, sizeof buffer - 9);
    recode_takes(recode_request, input);

    struct request *found = request_of(REQUEST_STATUS);
    ck_assert_int_eq(request_parse(input, found), ERR_OK);
    ck_assert_uint_eq(found->imei_count, CHECK_IMEIS_MAX);
    ck_assert_uint_eq(found->imeis[CHECK_IMEIS_MAX - 1].value, IMEI_VALUES - CHECK_IMEIS_MAX);
    free(found);

    ck_assert_mem_eq(buffer + 6, "\x99\x03\xe8", 3);
    buffer[8]++; /* one more than there is room for, and its bytes */
    memcpy(buffer + input.size, buffer + 9, 9);
    recode_refuses(recode_request, bytes_of(buffer, input.size + 9), ERR_TOO_LARGE);
}
END_TEST

START_TEST(takes_a_transaction_up_to_its_limit)
{
    uint8_t *transaction = calloc(1, TX_SIZE_MAX + 1);
    uint8_t *buffer = malloc(REQUEST_SIZE_MAX + 1);
    ck_assert(transaction != NULL && buffer != NULL);
    struct request *request = request_of(REQUEST_SUBMIT);
    request->encoded = bytes_of(transaction, TX_SIZE_MAX);
    recode_takes(recode_request, written(request, buffer, REQUEST_SIZE_MAX));
    request = request_of(REQUEST_SUBMIT);
    request->encoded = bytes_of(transaction, TX_SIZE_MAX + 1);
    recode_refuses(recode_request, written(request, buffer, REQUEST_SIZE_MAX), ERR_TOO_LARGE);

    request = request_of(REQUEST_STATUS);
    memset(buffer, 0, REQUEST_SIZE_MAX + 1);
    ck_assert_int_eq(request_parse(bytes_of(buffer, REQUEST_SIZE_MAX + 1), request), ERR_TOO_LARGE);
    ck_assert_int_eq(request_parse(bytes_of(buffer, REQUEST_SIZE_MAX), request), ERR_WRONG_TYPE);
    free(request);
    free(buffer);
    free(transaction);
}
END_TEST

START_TEST(refuses_requests_of_another_version_or_kind)
{
    request_refused("a2 0000 0101", ERR_BAD_VERSION);
    request_refused("a2 0002 0101", ERR_BAD_VERSION);
    request_refused("a2 0001 0100", ERR_OUT_OF_RANGE);
    request_refused("a2 0001 010b", ERR_OUT_OF_RANGE);
    request_refused("a2 0001 01190101", ERR_OUT_OF_RANGE);
    request_refused("a2 0001 0121", ERR_WRONG_TYPE);
    request_refused("8101", ERR_WRONG_TYPE);
    request_refused("", ERR_TRUNCATED);
}
END_TEST

START_TEST(refuses_requests_that_lack_a_field_or_have_one_too_many)
{
    request_refused("a0", ERR_MISSING_FIELD);
    request_refused("a1 0001", ERR_MISSING_FIELD);
    request_refused("a1 0101", ERR_MISSING_FIELD);
    request_refused("a2 0001 0201", ERR_MISSING_FIELD); /* an argument of no kind */
    request_refused("a1 0301", ERR_MISSING_FIELD);
    static const char *const lacking[] = {"a2 0001 0102", "a2 0001 0103", "a2 0001 0104",
                                          "a2 0001 0105", "a2 0001 0106", "a2 0001 0107",
                                          "a2 0001 0108"};
    for (size_t i = 0; i < sizeof lacking / sizeof lacking[0]; i++)
        request_refused(lacking[i], ERR_MISSING_FIELD);
    request_refused("a3 0001 0103 0301", ERR_MISSING_FIELD);

    request_refused("a3 0001 0101 0200", ERR_UNKNOWN_FIELD);
    request_refused("a3 0001 0101 0300", ERR_UNKNOWN_FIELD);
    request_refused("a4 0001 0102 028101 0300", ERR_WRONG_TYPE);
    request_refused("a4 0001 0104 0201 0300", ERR_UNKNOWN_FIELD);
    request_refused("a4 0001 0108 0201 0300", ERR_UNKNOWN_FIELD);
    request_refused("a5 0001 0103 0201 0300 0600", ERR_UNKNOWN_FIELD);
    request_refused("a3 0001 0101 0401", ERR_UNKNOWN_FIELD);
    request_refused("a4 0001 0104 0201 0401", ERR_UNKNOWN_FIELD);
    request_refused("a4 0001 0105 02427478 0401", ERR_UNKNOWN_FIELD);
    request_refused("a4 0001 0107 0200 0401", ERR_UNKNOWN_FIELD);
    request_refused("a4 0001 0108 0200 0401", ERR_UNKNOWN_FIELD);
    request_refused("a3 0001 0102 0401", ERR_MISSING_FIELD);
    request_refused("a3 0001 0101 1700", ERR_UNKNOWN_FIELD);
    request_refused("a3 0001 0101 181800", ERR_UNKNOWN_FIELD);
    request_refused("a3 0001 0101 0101", ERR_NOT_CANONICAL);
    request_refused("a2 0101 0001", ERR_NOT_CANONICAL);
}
END_TEST

START_TEST(refuses_a_transaction_request_with_an_option)
{
    uint8_t buffer[64];
    struct request *request = request_of(REQUEST_TRANSACTION);
    struct bytes input = written(request, buffer, sizeof buffer - 2);
    buffer[0] = 0xa4;
    buffer[input.size] = 3;
    buffer[input.size + 1] = 0;
    recode_refuses(recode_request, bytes_of(buffer, input.size + 2), ERR_UNKNOWN_FIELD);
}
END_TEST

START_TEST(refuses_arguments_out_of_range)
{
    request_refused("a4 0001 0107 0200 0300", ERR_WRONG_TYPE); /* no key id */
    request_refused("a4 0001 0102 028100 0400", ERR_OUT_OF_RANGE);
    request_refused("a4 0001 0102 028100 041b0000000100000000", ERR_OUT_OF_RANGE);
    request_refused("a4 0001 0102 028100 04f5", ERR_WRONG_TYPE);
    request_refused("a4 0001 0107 0200 034101", ERR_OUT_OF_RANGE);
    request_refused("a4 0001 0107 0201 0350 dddddddddddddddddddddddddddddddd", ERR_OUT_OF_RANGE);
    request_refused("a3 0001 0108 021b0000000100000000", ERR_OUT_OF_RANGE);
    request_refused("a3 0001 0102 0280", ERR_OUT_OF_RANGE); /* nothing to check */
    request_refused("a3 0001 0102 02811b00005af3107a4000", ERR_OUT_OF_RANGE);
    request_refused("a3 0001 0103 021b00005af3107a4000", ERR_OUT_OF_RANGE);
    request_refused("a4 0001 0103 0201 031b8000000000000000", ERR_OUT_OF_RANGE);
    request_refused("a3 0001 0104 021a05f5e100", ERR_OUT_OF_RANGE);
    request_refused("a3 0001 0105 0240", ERR_OUT_OF_RANGE); /* nothing to submit */
    request_refused("a4 0001 0105 024101 031b0000000100000000", ERR_OUT_OF_RANGE);
    request_refused("a3 0001 0106 024101", ERR_OUT_OF_RANGE);
    request_refused("a3 0001 0107 021a00010000", ERR_OUT_OF_RANGE);
}
END_TEST

/* ---- responses ---- */

START_TEST(writes_a_head_in_its_one_encoding)
{
    static const struct {
        struct response_head head;
        const char *hex;
    } cases[] = {
        {{ERR_OK, 300, 5}, "a5 0001 0100 0219012c 0305 0417"},
        {{ERR_OK, 0, AGE_UNKNOWN}, "a4 0001 0100 0200 0417"},
        {{ERR_BUSY, 1, AGE_UNKNOWN}, "a3 0001 011850 0201"},
        {{ERR_NETWORK, 0, 0}, "a4 0001 011870 0200 0300"},
        {{ERR_OK, COUNTER_MAX, COUNTER_MAX},
         "a5 0001 0100 021b7fffffffffffffff 031b7fffffffffffffff 0417"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t buffer[64];
        uint8_t expected[64];
        struct writer writer = writer_over(buffer, sizeof buffer);
        response_head_write(&writer, &cases[i].head);
        if (cases[i].head.err == ERR_OK)
            cbor_put_uint(&writer, 23);
        assert_bytes(writer_view(&writer), parts(cases[i].hex, expected, sizeof expected));
        recode_holds(recode_head, writer_view(&writer));

        struct response_head head;
        struct reader reader = reader_over(writer_view(&writer));
        response_head_read(&reader, &head);
        ck_assert_int_eq(reader.err, ERR_OK);
        ck_assert_int_eq(head.err, cases[i].head.err);
        ck_assert_uint_eq(head.height, cases[i].head.height);
        ck_assert_uint_eq(head.age_ms, cases[i].head.age_ms);
        ck_assert_uint_eq(reader_left(&reader), head.err == ERR_OK ? 1 : 0);
    }
}
END_TEST

static void head_refused(const char *hex, enum err expected)
{
    uint8_t buffer[64];
    recode_refuses(recode_head, parts(hex, buffer, sizeof buffer), expected);
}

START_TEST(refuses_heads_that_contradict_themselves)
{
    head_refused("a3 0001 0100 0200", ERR_MISSING_FIELD);        /* no body */
    head_refused("a4 0001 011850 0200 0417", ERR_UNKNOWN_FIELD); /* a body of an error */
    head_refused("a5 0001 0100 0200 0417 0500", ERR_UNKNOWN_FIELD);
    head_refused("a4 0001 011850 0200 0500", ERR_UNKNOWN_FIELD);
    head_refused("a2 0001 0200", ERR_MISSING_FIELD);
    head_refused("a2 0001 0100", ERR_MISSING_FIELD);
    head_refused("a2 0100 0200", ERR_MISSING_FIELD);
    head_refused("a0", ERR_MISSING_FIELD);
    head_refused("a4 0002 0100 0200 0417", ERR_BAD_VERSION);
    head_refused("80", ERR_WRONG_TYPE);
    head_refused("", ERR_TRUNCATED);
}
END_TEST

START_TEST(refuses_heads_with_numbers_out_of_range)
{
    head_refused("a3 0001 0118ff 0200", ERR_OUT_OF_RANGE); /* no error's number */
    head_refused("a3 0001 011a00010050 0200", ERR_OUT_OF_RANGE);
    head_refused("a4 0001 0100 021b8000000000000000 0417", ERR_OUT_OF_RANGE);
    head_refused("a5 0001 0100 0200 031bffffffffffffffff 0417", ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(names_its_values)
{
    ck_assert_str_eq(request_word(REQUEST_STATUS), "status");
    ck_assert_str_eq(request_word(REQUEST_ORGANISATIONS), "organisations");
    ck_assert_str_eq(request_word(REQUEST_NODES), "nodes");
    ck_assert_str_eq(request_word(REQUEST_STANDING), "standing");
    ck_assert_str_eq(request_word(REQUEST_SIGHTINGS), "sightings");
    ck_assert_ptr_null(request_word((enum request_kind)0));
    ck_assert_ptr_null(request_word((enum request_kind)11));
    ck_assert_str_eq(wanted_word(WANTED_VOTER), "voter");
    ck_assert_str_eq(wanted_word(WANTED_LEARNER), "learner");
    ck_assert_str_eq(wanted_word(WANTED_REMOVED), "removed");
    ck_assert_ptr_null(wanted_word((enum wanted)0));
    ck_assert_ptr_null(wanted_word((enum wanted)4));
    ck_assert_str_eq(membership_word(MEMBERSHIP_VOTER), "voter");
    ck_assert_str_eq(membership_word(MEMBERSHIP_LEARNER), "learner");
    ck_assert_str_eq(membership_word(MEMBERSHIP_NONE), "none");
    ck_assert_ptr_null(membership_word((enum membership)0));
    ck_assert_ptr_null(membership_word((enum membership)4));
    ck_assert_str_eq(node_state_word(NODE_FOLLOWER), "follower");
    ck_assert_str_eq(node_state_word(NODE_CANDIDATE), "candidate");
    ck_assert_str_eq(node_state_word(NODE_LEADER), "leader");
    ck_assert_str_eq(node_state_word(NODE_LEARNER), "learner");
    ck_assert_ptr_null(node_state_word((enum node_state)5));
    ck_assert_str_eq(verdict_word(VERDICT_WHITE), "white");
    ck_assert_ptr_null(verdict_word((enum verdict)0));
    ck_assert_str_eq(tx_state_word(TX_REFUSED), "refused");
    ck_assert_ptr_null(tx_state_word((enum tx_state)5));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &writes_each_request_in_its_one_encoding,
        &writes_a_question_for_all_that_is_committed_in_its_one_encoding,
        &a_submission_is_known_by_its_first_bytes,
        &reads_every_argument,
        &takes_as_many_imeis_as_it_has_room_for,
        &takes_a_transaction_up_to_its_limit,
        &refuses_requests_of_another_version_or_kind,
        &writes_a_question_for_grounds_and_a_subscriber_in_its_one_encoding,
        &refuses_requests_that_lack_a_field_or_have_one_too_many,
        &refuses_a_transaction_request_with_an_option,
        &refuses_arguments_out_of_range,
        &writes_a_head_in_its_one_encoding,
        &refuses_heads_that_contradict_themselves,
        &refuses_heads_with_numbers_out_of_range,
        &names_its_values,
    };
    return suite_run("proto/client", cases, sizeof cases / sizeof cases[0]);
}
