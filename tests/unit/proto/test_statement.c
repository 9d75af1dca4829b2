#include "proto/statement.h"

#include "proto/hex.h"
#include "tests/unit/proto/samples.h"

#include <stdio.h>

enum { FIELDS = 17, FIELD_OPERATION = 6, FIELD_REASON = 8, PAYLOAD_SIZE = 512 };

/* ---- payloads as fields ---- */

/* Each field's value in CBOR; empty when absent. */
struct fields {
    struct bytes values[24];
};

/* Passes over one item: what is still to come of it is all there is to count. */
static void skip_item(struct reader *reader)
{
    for (uint64_t left = 1; left > 0 && reader_ok(reader); left--) {
        switch (cbor_peek(reader)) {
        case CBOR_UINT: cbor_uint(reader); break;
        case CBOR_BYTES: cbor_bytes(reader); break;
        case CBOR_TEXT: cbor_text(reader, SIZE_MAX); break;
        case CBOR_ARRAY: left += cbor_array(reader); break;
        case CBOR_NEGATIVE:
        case CBOR_MAP:
        case CBOR_TAG:
        case CBOR_SIMPLE:
        case CBOR_NOTHING: reader_fail(reader, ERR_WRONG_TYPE);
        }
    }
}

static struct fields fields_of(struct bytes payload)
{
    struct fields fields = {0};
    struct reader reader = reader_over(payload);
    struct cbor_map map = cbor_map(&reader);
    uint64_t key;
    while (cbor_map_next(&map, &reader, &key)) {
        const uint8_t *start = reader.at;
        skip_item(&reader);
        fields.values[key] = bytes_of(start, (size_t)(reader.at - start));
    }
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
    return fields;
}

static struct bytes payload_of(const struct fields *fields, uint8_t *buffer)
{
    struct writer writer = writer_over(buffer, PAYLOAD_SIZE);
    size_t count = 0;
    for (size_t key = 0; key < 24; key++)
        count += fields->values[key].size > 0;
    cbor_put_map(&writer, count);
    for (size_t key = 0; key < 24; key++) {
        if (fields->values[key].size == 0)
            continue;
        cbor_put_uint(&writer, key);
        writer_bytes(&writer, fields->values[key].data, fields->values[key].size);
    }
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

/* A sample's fields. They lie in a buffer that the next call of the same kind reuses. */
static struct fields sample_fields(enum operation operation, bool is_full)
{
    static uint8_t buffers[2][PAYLOAD_SIZE];
    struct statement sample = sample_statement(operation, is_full);
    return fields_of(sample_payload(&sample, buffers[is_full], PAYLOAD_SIZE));
}

static enum err parse_fields(const struct fields *fields)
{
    static const struct statement nothing;
    uint8_t buffer[PAYLOAD_SIZE];
    struct statement found;
    memset(&found, 9, sizeof found);
    enum err err = statement_parse(payload_of(fields, buffer), &found);
    if (err != ERR_OK) {
        ck_assert_uint_eq(found.item_count, nothing.item_count);
        ck_assert_ptr_null(found.items.data);
        ck_assert_int_eq(found.operation, OP_NONE);
        ck_assert_uint_eq(found.issued_at_ms, 0);
    }
    return err;
}

/* What becomes of a full sample of the operation with another value in that field. */
static void gives(enum operation operation, unsigned key, const char *hex, enum err expected)
{
    uint8_t buffer[PAYLOAD_SIZE];
    struct fields fields = sample_fields(operation, true);
    fields.values[key] = from_hex(hex, buffer, sizeof buffer);
    enum err err = parse_fields(&fields);
    ck_assert_msg(err == expected, "%s, not %s: field %u = %s", err_name(err), err_name(expected),
                  key, hex);
}

static enum err recode_statement(struct bytes input, struct writer *again)
{
    struct statement statement;
    enum err err = statement_parse(input, &statement);
    if (err == ERR_OK)
        statement_write(again, &statement);
    return err;
}

/* ---- what is written is read ---- */

static void assert_same(const struct statement *found, const struct statement *expected)
{
    ck_assert(hash_equal(&found->network, &expected->network));
    ck_assert_uint_eq(found->lane, expected->lane);
    ck_assert_uint_eq(found->number, expected->number);
    ck_assert_uint_eq(found->issued_at_ms, expected->issued_at_ms);
    ck_assert_uint_eq(found->valid_until_ms, expected->valid_until_ms);
    ck_assert_int_eq(found->operation, expected->operation);
    ck_assert_str_eq(found->country.code, expected->country.code);
    ck_assert_int_eq(found->reason, expected->reason);
    assert_bytes(found->items, expected->items);
    ck_assert_uint_eq(found->item_count, expected->item_count);
    ck_assert(found->has_case == expected->has_case);
    ck_assert(hash_equal(&found->case_reference, &expected->case_reference));
    ck_assert(found->has_claimant == expected->has_claimant);
    ck_assert_str_eq(found->claimant.text, expected->claimant.text);
    ck_assert(found->has_key == expected->has_key);
    ck_assert_mem_eq(found->key.bytes, expected->key.bytes, PUBLIC_KEY_SIZE);
    ck_assert_str_eq(found->organisation.text, expected->organisation.text);
    ck_assert_str_eq(found->organisation_country.code, expected->organisation_country.code);
    ck_assert_uint_eq(found->roles, expected->roles);
    ck_assert(hash_equal(&found->proposal, &expected->proposal));
    ck_assert_uint_eq(found->node, expected->node);
    ck_assert_str_eq(found->node_name.text, expected->node_name.text);
    ck_assert_str_eq(found->node_address, expected->node_address);
}

START_TEST(reads_what_it_writes_of_every_operation)
{
    for (size_t i = 0; i < 2 * (size_t)SAMPLES; i++) {
        uint8_t buffer[PAYLOAD_SIZE];
        struct statement sample = sample_statement(sample_operations[i / 2], i % 2 == 1);
        struct statement found;
        memset(&found, 9, sizeof found);
        struct bytes payload = sample_payload(&sample, buffer, sizeof buffer);
        ck_assert_int_eq(statement_parse(payload, &found), ERR_OK);
        assert_same(&found, &sample);
        ck_assert(found.items.size == 0 ||
                  (found.items.data > buffer && found.items.data < buffer + payload.size));
    }
}
END_TEST

START_TEST(has_one_encoding_of_every_operation)
{
    for (size_t i = 0; i < 2 * (size_t)SAMPLES; i++) {
        uint8_t buffer[PAYLOAD_SIZE];
        struct statement sample = sample_statement(sample_operations[i / 2], i % 2 == 1);
        recode_holds(recode_statement, sample_payload(&sample, buffer, sizeof buffer));
    }
}
END_TEST

START_TEST(writes_nothing_past_the_capacity)
{
    uint8_t buffer[PAYLOAD_SIZE];
    struct statement sample = sample_statement(OP_UNBLOCK, true);
    size_t size = sample_payload(&sample, buffer, sizeof buffer).size;
    for (size_t capacity = 0; capacity < size; capacity++) {
        struct writer writer = writer_over(buffer, capacity);
        statement_write(&writer, &sample);
        ck_assert_int_eq(writer.err, ERR_TOO_LARGE);
    }
}
END_TEST

START_TEST(writes_no_unknown_operation)
{
    uint8_t buffer[PAYLOAD_SIZE];
    struct statement sample = sample_statement(OP_BLOCK, true);
    sample.operation = OP_NONE;
    struct writer writer = writer_over(buffer, sizeof buffer);
    statement_write(&writer, &sample);
    ck_assert_int_eq(writer.err, ERR_OUT_OF_RANGE);
    ck_assert_uint_eq(writer.size, 0);
}
END_TEST

/* ---- which fields ---- */

/* As statement.h lists them; bit k is key k. */
static const struct {
    enum operation operation;
    unsigned required, optional;
} forms[] = {
    {OP_BLOCK, 0x3ff, 0x400},    {OP_UNBLOCK, 0x3ff, 0xc00},    {OP_WATCH, 0x3ff, 0x400},
    {OP_UNWATCH, 0x3ff, 0xc00},  {OP_DUPLICATE, 0x2ff, 0x400},  {OP_UNDUPLICATE, 0x2ff, 0xc00},
    {OP_REGISTER, 0x2ff, 0x400}, {OP_UNREGISTER, 0x2ff, 0xc00}, {OP_TAC_ALLOCATE, 0x2ff, 0},
    {OP_KEY_ADD, 0x10ff, 0},     {OP_KEY_REVOKE, 0x10ff, 0},    {OP_ORGANISATION, 0x20ff, 0x1000},
    {OP_BALLOT, 0x40ff, 0},      {OP_NODE_ADD, 0x190ff, 0},     {OP_NODE_PROMOTE, 0x80ff, 0},
    {OP_NODE_REMOVE, 0x80ff, 0},
};

_Static_assert(sizeof forms / sizeof forms[0] == SAMPLES, "every operation has its fields here");

/* A valid value of that field, from an operation that takes it. */
static struct bytes donated(unsigned key)
{
    enum operation donor = key >= 15   ? OP_NODE_ADD
                           : key == 14 ? OP_BALLOT
                           : key >= 12 ? OP_ORGANISATION
                                       : OP_UNBLOCK;
    return sample_fields(donor, true).values[key];
}

START_TEST(takes_the_fields_of_its_form_alone)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        for (unsigned key = 0; key < FIELDS; key++) {
            uint8_t buffer[128];
            struct bytes value = donated(key);
            ck_assert_uint_le(value.size, sizeof buffer);
            memcpy(buffer, value.data, value.size);
            struct fields fields = sample_fields(forms[i].operation, false);
            bool is_required = (forms[i].required >> key & 1) != 0;
            bool is_optional = (forms[i].optional >> key & 1) != 0;
            ck_assert((fields.values[key].size > 0) == is_required);
            ck_assert_int_eq(parse_fields(&fields), ERR_OK);
            fields.values[key] = is_required ? bytes_of(NULL, 0) : bytes_of(buffer, value.size);
            ck_assert_int_eq(parse_fields(&fields), is_required   ? ERR_MISSING_FIELD
                                                    : is_optional ? ERR_OK
                                                                  : ERR_UNKNOWN_FIELD);
        }
    }
}
END_TEST

START_TEST(refuses_every_unknown_key)
{
    for (unsigned key = FIELDS; key < 24; key++)
        gives(OP_BLOCK, key, "00", ERR_UNKNOWN_FIELD);
    uint8_t buffer[PAYLOAD_SIZE];
    struct statement sample = sample_statement(OP_BLOCK, false);
    struct statement found;
    size_t size = sample_payload(&sample, buffer, sizeof buffer).size;
    buffer[0]++; /* one entry more: key 24 */
    memcpy(buffer + size, "\x18\x18\x00", 3);
    ck_assert_int_eq(statement_parse(bytes_of(buffer, size + 3), &found), ERR_UNKNOWN_FIELD);
    buffer[size] = 0x20; /* key -1 */
    ck_assert_int_eq(statement_parse(bytes_of(buffer, size + 2), &found), ERR_WRONG_TYPE);
}
END_TEST

START_TEST(refuses_what_is_no_map)
{
    static const char *const hex[] = {"", "00", "80", "f6", "60", "40"};
    for (size_t i = 0; i < sizeof hex / sizeof hex[0]; i++) {
        uint8_t buffer[4];
        struct statement found;
        ck_assert_int_eq(statement_parse(from_hex(hex[i], buffer, sizeof buffer), &found),
                         i == 0 ? ERR_TRUNCATED : ERR_WRONG_TYPE);
    }
    uint8_t buffer[4];
    struct statement found;
    ck_assert_int_eq(statement_parse(from_hex("a0", buffer, 4), &found), ERR_MISSING_FIELD);
}
END_TEST

/* ---- which values ---- */

START_TEST(takes_one_version)
{
    gives(OP_BLOCK, 0, "01", ERR_OK);
    gives(OP_BLOCK, 0, "00", ERR_BAD_VERSION);
    gives(OP_BLOCK, 0, "02", ERR_BAD_VERSION);
    gives(OP_BLOCK, 0, "1bffffffffffffffff", ERR_BAD_VERSION);
    gives(OP_BLOCK, 0, "20", ERR_WRONG_TYPE);
    gives(OP_BLOCK, 0, "f5", ERR_WRONG_TYPE);
    gives(OP_BLOCK, 0, "1801", ERR_NOT_CANONICAL);
}
END_TEST

START_TEST(takes_any_lane_and_number)
{
    for (unsigned key = 2; key <= 3; key++) {
        gives(OP_BLOCK, key, "00", ERR_OK);
        gives(OP_BLOCK, key, "1bffffffffffffffff", ERR_OK);
        gives(OP_BLOCK, key, "20", ERR_WRONG_TYPE);
        gives(OP_BLOCK, key, "60", ERR_WRONG_TYPE);
    }
}
END_TEST

START_TEST(takes_times_before_the_year_10000)
{
    static const struct {
        uint64_t issued_at_ms, valid_until_ms;
        enum err err;
    } times[] = {
        {0, 1, ERR_OK},
        {0, 0, ERR_VALIDITY},
        {5, 4, ERR_VALIDITY},
        {0, TX_VALIDITY_MAX_MS, ERR_OK},
        {0, TX_VALIDITY_MAX_MS + 1, ERR_VALIDITY},
        {1, TX_VALIDITY_MAX_MS + 1, ERR_OK},
        {TIME_MAX_MS - TX_VALIDITY_MAX_MS, TIME_MAX_MS, ERR_OK},
        {TIME_MAX_MS - 1, TIME_MAX_MS, ERR_OK},
        {TIME_MAX_MS, TIME_MAX_MS, ERR_VALIDITY},
        {TIME_MAX_MS, TIME_MAX_MS + 1, ERR_OUT_OF_RANGE},
        {TIME_MAX_MS + 1, TIME_MAX_MS + 2, ERR_OUT_OF_RANGE},
        {UINT64_MAX, UINT64_MAX, ERR_OUT_OF_RANGE},
        {0, UINT64_MAX, ERR_OUT_OF_RANGE},
        {0, TIME_MAX_MS, ERR_VALIDITY},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        uint8_t buffer[PAYLOAD_SIZE];
        struct statement found;
        struct statement sample = sample_statement(OP_BLOCK, false);
        sample.issued_at_ms = times[i].issued_at_ms;
        sample.valid_until_ms = times[i].valid_until_ms;
        struct bytes payload = sample_payload(&sample, buffer, sizeof buffer);
        ck_assert_msg(statement_parse(payload, &found) == times[i].err, "times %zu", i);
    }
    gives(OP_BLOCK, 4, "20", ERR_WRONG_TYPE);
    gives(OP_BLOCK, 5, "fb40f86a0000000000", ERR_WRONG_TYPE);
}
END_TEST

START_TEST(takes_the_operations_of_the_table_alone)
{
    for (unsigned number = 0; number < 300; number++) {
        char hex[8];
        snprintf(hex, sizeof hex,
                 number < 24    ? "%02x"
                 : number < 256 ? "18%02x"
                                : "19%04x",
                 number);
        const struct operation_row *row = operation_row(number);
        uint8_t buffer[PAYLOAD_SIZE];
        struct fields fields = sample_fields(row ? row->operation : OP_BLOCK, false);
        fields.values[FIELD_OPERATION] = from_hex(hex, buffer, sizeof buffer);
        ck_assert_int_eq(parse_fields(&fields), row ? ERR_OK : ERR_OUT_OF_RANGE);
    }
    gives(OP_BLOCK, FIELD_OPERATION, "1b0000000100000001", ERR_OUT_OF_RANGE);
    gives(OP_BLOCK, FIELD_OPERATION, "20", ERR_WRONG_TYPE);
}
END_TEST

START_TEST(takes_a_reason_that_fits_the_operation)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct operation_row *operation = operation_row(sample_operations[i]);
        for (unsigned code = 0; code < 100 && operation->needs_reason; code++) {
            char hex[8];
            const struct reason_row *row = reason_row(code);
            snprintf(hex, sizeof hex, code < 24 ? "%02x" : "18%02x", code);
            bool fits =
                row && (operation->form == FORM_RAISE ? row->for_raising : row->for_lifting);
            gives(operation->operation, FIELD_REASON, hex,
                  fits  ? ERR_OK
                  : row ? ERR_REASON
                        : ERR_OUT_OF_RANGE);
        }
    }
    gives(OP_BLOCK, FIELD_REASON, "1b000000010000000b", ERR_OUT_OF_RANGE);
    gives(OP_BLOCK, FIELD_REASON, "6673746f6c656e", ERR_WRONG_TYPE);
}
END_TEST

START_TEST(takes_byte_strings_of_their_exact_size)
{
    static const struct {
        enum operation operation;
        unsigned key;
        size_t size;
    } strings[] = {
        {OP_BLOCK, 1, 32}, {OP_BLOCK, 10, 32}, {OP_KEY_ADD, 12, 33}, {OP_BALLOT, 14, 32}};
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        for (size_t size = 0; size < 40; size++) {
            char hex[100];
            struct public_key key = sample_key();
            uint8_t content[40] = {0};
            memcpy(content, key.bytes, PUBLIC_KEY_SIZE);
            snprintf(hex, sizeof hex, size < 24 ? "%02zx" : "58%02zx",
                     size < 24 ? 0x40 + size : size);
            hex_encode(content, size, hex + strlen(hex));
            gives(strings[i].operation, strings[i].key, hex,
                  size == strings[i].size ? ERR_OK : ERR_OUT_OF_RANGE);
        }
        gives(strings[i].operation, strings[i].key, "00", ERR_WRONG_TYPE);
    }
}
END_TEST

START_TEST(takes_keys_that_are_points_of_the_curve)
{
    static const enum operation operations[] = {OP_KEY_ADD, OP_KEY_REVOKE, OP_ORGANISATION};
    for (size_t i = 0; i < 3; i++) {
        gives(operations[i], 12,
              "58210279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", ERR_OK);
        gives(operations[i], 12,
              "5821020000000000000000000000000000000000000000000000000000000000000005",
              ERR_BAD_KEY);
        gives(operations[i], 12,
              "58210479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
              ERR_BAD_KEY);
    }
}
END_TEST

START_TEST(takes_items_in_their_one_encoding)
{
    gives(OP_BLOCK, 9, "8101", ERR_OK);
    gives(OP_BLOCK, 9, "80", ERR_OUT_OF_RANGE);
    gives(OP_BLOCK, 9, "820102", ERR_NOT_CANONICAL);
    gives(OP_BLOCK, 9, "01", ERR_WRONG_TYPE);
    gives(OP_BLOCK, 9, "8183016060", ERR_OUT_OF_RANGE); /* TACs */
    gives(OP_TAC_ALLOCATE, 9, "8183016060", ERR_OK);
    gives(OP_TAC_ALLOCATE, 9, "828301606083016060", ERR_NOT_CANONICAL);
    gives(OP_TAC_ALLOCATE, 9, "8101", ERR_WRONG_TYPE); /* devices */
    gives(OP_TAC_ALLOCATE, 9, "80", ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(takes_an_organisation_with_its_country_and_roles)
{
    gives(OP_ORGANISATION, 13, "83616162444500", ERR_OK);
    gives(OP_ORGANISATION, 13, "836161624445183f", ERR_OK);
    gives(OP_ORGANISATION, 13, "8361616244451840", ERR_OUT_OF_RANGE);
    gives(OP_ORGANISATION, 13, "83616162444520", ERR_WRONG_TYPE);
    gives(OP_ORGANISATION, 13, "83616162646500", ERR_BAD_TEXT);
    gives(OP_ORGANISATION, 13, "83614162444500", ERR_BAD_TEXT);
    gives(OP_ORGANISATION, 13, "826161624445", ERR_OUT_OF_RANGE);
    gives(OP_ORGANISATION, 13, "8461616244450000", ERR_OUT_OF_RANGE);
    gives(OP_ORGANISATION, 13, "6161", ERR_WRONG_TYPE);
}
END_TEST

START_TEST(takes_a_node_id_that_is_not_zero)
{
    static const enum operation operations[] = {OP_NODE_ADD, OP_NODE_PROMOTE, OP_NODE_REMOVE};
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        gives(operations[i], 15, "01", ERR_OK);
        gives(operations[i], 15, "1affffffff", ERR_OK);
        gives(operations[i], 15, "00", ERR_OUT_OF_RANGE);
        gives(operations[i], 15, "1b0000000100000000", ERR_OUT_OF_RANGE);
        gives(operations[i], 15, "20", ERR_WRONG_TYPE);
        gives(operations[i], 15, "6131", ERR_WRONG_TYPE);
    }
}
END_TEST

/* tls+tcp://c:1 */
#define CALLED "6d746c732b7463703a2f2f633a31"

START_TEST(takes_a_member_with_its_organisation_and_address)
{
    gives(OP_NODE_ADD, 16, "8361616162" CALLED, ERR_OK);
    gives(OP_NODE_ADD, 16, "8361416162" CALLED, ERR_BAD_TEXT);
    gives(OP_NODE_ADD, 16, "83606162" CALLED, ERR_BAD_TEXT);
    gives(OP_NODE_ADD, 16, "8361616142" CALLED, ERR_BAD_TEXT);
    gives(OP_NODE_ADD, 16, "83616160" CALLED, ERR_BAD_TEXT);
    gives(OP_NODE_ADD, 16, "836161616260", ERR_BAD_TEXT);
    gives(OP_NODE_ADD, 16, "83616161626163", ERR_BAD_TEXT); /* nobody could call it */
    gives(OP_NODE_ADD, 16, "83616161624163", ERR_WRONG_TYPE);
    gives(OP_NODE_ADD, 16, "8261616162", ERR_OUT_OF_RANGE);
    gives(OP_NODE_ADD, 16, "846161616261636164", ERR_OUT_OF_RANGE);
    gives(OP_NODE_ADD, 16, "6161", ERR_WRONG_TYPE);
    for (size_t size = ADDRESS_SIZE_MAX; size <= ADDRESS_SIZE_MAX + 1; size++) {
        char address[ADDRESS_SIZE_MAX + 2];
        char hex[32 + 2 * sizeof address];
        int head = snprintf(hex, sizeof hex, "8361616162%s%0*zx", size < 256 ? "78" : "79",
                            size < 256 ? 2 : 4, size);
        snprintf(address, size + 1, "tls+tcp://%0*d:7700", (int)(size - 15), 1);
        hex_encode(address, size, hex + head);
        gives(OP_NODE_ADD, 16, hex, size <= ADDRESS_SIZE_MAX ? ERR_OK : ERR_TOO_LARGE);
    }
}
END_TEST

START_TEST(takes_countries_and_names_in_their_form)
{
    gives(OP_BLOCK, 7, "625a5a", ERR_OK);
    gives(OP_BLOCK, 7, "60", ERR_BAD_TEXT);
    gives(OP_BLOCK, 7, "6144", ERR_BAD_TEXT);
    gives(OP_BLOCK, 7, "63444555", ERR_BAD_TEXT);
    gives(OP_BLOCK, 7, "624431", ERR_BAD_TEXT);
    gives(OP_BLOCK, 7, "62c39c", ERR_BAD_TEXT);
    gives(OP_BLOCK, 7, "62ffff", ERR_BAD_TEXT);
    gives(OP_BLOCK, 7, "424445", ERR_WRONG_TYPE);
    gives(OP_UNBLOCK, 11, "6161", ERR_OK);
    gives(OP_UNBLOCK, 11, "60", ERR_BAD_TEXT);
    gives(OP_UNBLOCK, 11, "6130", ERR_BAD_TEXT);
    gives(OP_UNBLOCK, 11, "4161", ERR_WRONG_TYPE);
    for (size_t size = NAME_SIZE_MAX; size <= NAME_SIZE_MAX + 1; size++) {
        char hex[4 + 2 * (NAME_SIZE_MAX + 1) + 1];
        snprintf(hex, sizeof hex, "78%02zx", size);
        memset(hex + 4, '6', 2 * size); /* as many times f */
        hex[4 + 2 * size] = '\0';
        gives(OP_UNBLOCK, 11, hex, size <= NAME_SIZE_MAX ? ERR_OK : ERR_TOO_LARGE);
    }
}
END_TEST

START_TEST(parses_two_upper_case_letters_as_a_country)
{
    for (unsigned two = 0; two <= 0xffff; two++) {
        char text[2] = {(char)(two >> 8), (char)two};
        struct country country = {"??"};
        bool fits = text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
        enum err err = country_parse(text, 2, &country);
        if (err != (fits ? ERR_OK : ERR_BAD_TEXT) ||
            memcmp(country.code, fits ? text : "\0\0", 2) != 0 || country.code[2] != '\0')
            ck_abort_msg("%02x %02x", (unsigned)text[0], (unsigned)text[1]);
    }
    struct country country;
    for (size_t size = 0; size < 6; size++)
        ck_assert_int_eq(country_parse("AAAAAA", size, &country),
                         size == 2 ? ERR_OK : ERR_BAD_TEXT);
}
END_TEST

START_TEST(parses_names_of_their_letters_and_length)
{
    for (int sign = -128; sign < 128; sign++) {
        for (size_t place = 0; place < 3; place++) {
            char text[] = "abc";
            struct name name;
            text[place] = (char)sign;
            bool is_letter = sign >= 'a' && sign <= 'z';
            bool fits = is_letter ||
                        (place > 0 && ((sign >= '0' && sign <= '9') || sign == '-' || sign == '.'));
            ck_assert_int_eq(name_parse(text, 3, &name), fits ? ERR_OK : ERR_BAD_TEXT);
            ck_assert_uint_eq(strlen(name.text), fits ? 3 : 0);
            if (fits)
                ck_assert_mem_eq(name.text, text, 3);
        }
    }
    static const char longest[NAME_SIZE_MAX + 4] = "abcdefghijklmnopqrstuvwxyz0123456-.";
    for (size_t size = 0; size < sizeof longest; size++) {
        struct name name;
        bool fits = size >= 1 && size <= NAME_SIZE_MAX;
        ck_assert_int_eq(name_parse(longest, size, &name), fits ? ERR_OK : ERR_BAD_TEXT);
        ck_assert_uint_eq(strlen(name.text), fits ? size : 0);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_what_it_writes_of_every_operation,
        &has_one_encoding_of_every_operation,
        &writes_nothing_past_the_capacity,
        &writes_no_unknown_operation,
        &takes_the_fields_of_its_form_alone,
        &refuses_every_unknown_key,
        &refuses_what_is_no_map,
        &takes_one_version,
        &takes_any_lane_and_number,
        &takes_times_before_the_year_10000,
        &takes_the_operations_of_the_table_alone,
        &takes_a_reason_that_fits_the_operation,
        &takes_byte_strings_of_their_exact_size,
        &takes_keys_that_are_points_of_the_curve,
        &takes_items_in_their_one_encoding,
        &takes_an_organisation_with_its_country_and_roles,
        &takes_a_node_id_that_is_not_zero,
        &takes_a_member_with_its_organisation_and_address,
        &takes_countries_and_names_in_their_form,
        &parses_two_upper_case_letters_as_a_country,
        &parses_names_of_their_letters_and_length,
    };
    return suite_run("statement", cases, sizeof cases / sizeof cases[0]);
}
