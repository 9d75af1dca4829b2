#include "proto/record.h"

#include "tests/unit/proto/fixture.h"

enum { TEXT_MAX = 8, BLOB_MAX = 4, LIST_MAX = 3 };

/* One of everything that a record can hold. */
struct sample {
    uint64_t number;
    bool is_set;
    char text[TEXT_MAX + 1];
    struct bytes blob;
    struct name name;
    struct name perhaps;
    struct country country;
    struct hash hash;
    struct public_key key;
    struct item device;
    struct item range;
    size_t count;
    uint64_t list[LIST_MAX];
};

static void sample_fields(struct record *record, struct sample *sample)
{
    record_fields(record, 12);
    sample->number = record_uint(record, sample->number, 1000);
    sample->is_set = record_bool(record, sample->is_set);
    record_text(record, sample->text, TEXT_MAX);
    sample->blob = record_bytes(record, sample->blob, BLOB_MAX);
    record_name(record, &sample->name);
    record_name_or_none(record, &sample->perhaps);
    record_country(record, &sample->country);
    record_hash(record, &sample->hash);
    record_public_key(record, &sample->key);
    record_item(record, &sample->device);
    record_item(record, &sample->range);
    sample->count = record_list(record, sample->count, LIST_MAX);
    for (size_t i = 0; i < sample->count; i++)
        sample->list[i] = record_uint(record, sample->list[i], UINT64_MAX);
}

static struct sample sample(void)
{
    struct sample sample = {
        .number = 1000,
        .is_set = true,
        .text = "Uniïtex",
        .blob = bytes_of("blob", 4),
        .name = {"a.name-1"},
        .country = {"KE"},
        .hash = {.bytes = {1, 2, 3}},
        .device = {{UINT64_C(35123456000017)}, {UINT64_C(35123456000017)}},
        .range = {{UINT64_C(35123456000000)}, {UINT64_C(35123456999999)}},
        .count = 2,
        .list = {7, UINT64_MAX},
    };
    struct secret_key secret = {.bytes = {[31] = 9}};
    ck_assert_int_eq(public_key_of(&secret, &sample.key), ERR_OK);
    return sample;
}

static enum err write_sample(struct writer *writer, struct sample value)
{
    struct record record = record_write(writer);
    sample_fields(&record, &value);
    return writer->err;
}

static enum err recode_sample(struct bytes input, struct writer *again)
{
    struct reader reader = reader_over(input);
    struct record record = record_read(&reader);
    struct sample found = {0};
    sample_fields(&record, &found);
    enum err err = reader_done(&reader);
    if (err == ERR_OK)
        ck_assert_int_eq(write_sample(again, found), ERR_OK);
    return err;
}

START_TEST(reads_what_it_wrote)
{
    uint8_t buffer[256];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct sample expected = sample();
    ck_assert_int_eq(write_sample(&writer, expected), ERR_OK);
    recode_holds(recode_sample, writer_view(&writer));

    struct reader reader = reader_over(writer_view(&writer));
    struct record record = record_read(&reader);
    struct sample found = {0};
    sample_fields(&record, &found);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
    ck_assert_uint_eq(found.number, 1000);
    ck_assert(found.is_set);
    ck_assert_str_eq(found.text, expected.text);
    assert_bytes(found.blob, expected.blob);
    ck_assert_str_eq(found.name.text, "a.name-1");
    ck_assert_str_eq(found.perhaps.text, "");
    ck_assert_str_eq(found.country.code, "KE");
    ck_assert(hash_equal(&found.hash, &expected.hash));
    ck_assert_mem_eq(found.key.bytes, expected.key.bytes, PUBLIC_KEY_SIZE);
    ck_assert_uint_eq(found.device.from.value, UINT64_C(35123456000017));
    ck_assert_uint_eq(found.device.to.value, UINT64_C(35123456000017));
    ck_assert_uint_eq(found.range.from.value, UINT64_C(35123456000000));
    ck_assert_uint_eq(found.range.to.value, UINT64_C(35123456999999));
    ck_assert_uint_eq(found.count, 2);
    ck_assert_uint_eq(found.list[0], 7);
    ck_assert_uint_eq(found.list[1], UINT64_MAX);
}
END_TEST

START_TEST(is_an_array_in_the_order_of_its_fields)
{
    uint8_t buffer[256];
    uint8_t expected[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    ck_assert_int_eq(write_sample(&writer, sample()), ERR_OK);
    struct bytes start = parts("8c"                 /* 12 fields */
                               "1903e8"             /* 1000 */
                               "f5"                 /* true */
                               "68556e69c3af746578" /* the text */
                               "44626c6f62"         /* the bytes */
                               "68612e6e616d652d31" /* the name */
                               "60"                 /* no name */
                               "624b45"             /* the country */
                               "5820010203",        /* the hash */
                               expected, sizeof expected);
    assert_bytes(bytes_of(buffer, start.size), start);
    start = parts("1b00001ff1d11e4011"                     /* the device */
                  "821b00001ff1d11e40001b00001ff1d12d823f" /* the range */
                  "82071bffffffffffffffff",                /* the list */
                  expected, sizeof expected);
    assert_bytes(bytes_of(buffer + writer.size - start.size, start.size), start);
}
END_TEST

/* What a single bad value is refused with, in writing and in reading. */
static void refused(struct sample value, enum err expected)
{
    uint8_t buffer[256];
    struct writer writer = writer_over(buffer, sizeof buffer);
    ck_assert_int_eq(write_sample(&writer, value), expected);
    ck_assert_uint_eq(writer_view(&writer).size, 0);
}

START_TEST(writes_nothing_that_reading_would_refuse)
{
    struct sample value = sample();
    value.number = 1001;
    refused(value, ERR_OUT_OF_RANGE);
    value = sample();
    value.blob = bytes_of("large", 5);
    refused(value, ERR_TOO_LARGE);
    value = sample();
    value.name = (struct name){"Upper"};
    refused(value, ERR_BAD_TEXT);
    value.name = (struct name){""};
    refused(value, ERR_BAD_TEXT);
    value = sample();
    value.perhaps = (struct name){"-"};
    refused(value, ERR_BAD_TEXT);
    value = sample();
    value.country = (struct country){"ke"};
    refused(value, ERR_BAD_TEXT);
    value.country = (struct country){"K"};
    refused(value, ERR_BAD_TEXT);
    value = sample();
    value.key.bytes[0] = 4;
    refused(value, ERR_BAD_KEY);
    value = sample();
    value.device.from.value = value.device.to.value = IMEI_VALUES;
    refused(value, ERR_OUT_OF_RANGE);
    value = sample();
    value.count = LIST_MAX + 1;
    refused(value, ERR_TOO_LARGE);
}
END_TEST

static void read_item_hex(const char *hex, enum err expected)
{
    uint8_t buffer[64];
    struct item item;
    struct reader reader = reader_over(parts(hex, buffer, sizeof buffer));
    struct record record = record_read(&reader);
    record_item(&record, &item);
    ck_assert_int_eq(reader_done(&reader), expected);
}

START_TEST(takes_a_range_only_upwards_and_within_one_tac)
{
    read_item_hex("00", ERR_OK);
    read_item_hex("820001", ERR_OK);
    read_item_hex("8200 1a000f423f", ERR_OK);           /* 0..999999 */
    read_item_hex("8200 1a000f4240", ERR_OUT_OF_RANGE); /* into the next TAC */
    read_item_hex("820101", ERR_OUT_OF_RANGE);          /* one device in a second encoding */
    read_item_hex("820100", ERR_OUT_OF_RANGE);
    read_item_hex("1b00005af3107a3fff", ERR_OK); /* the last IMEI */
    read_item_hex("1b00005af3107a4000", ERR_OUT_OF_RANGE);
    read_item_hex("82 1b00005af3107a3ffe 1b00005af3107a3fff", ERR_OK);
    read_item_hex("8101", ERR_OUT_OF_RANGE);
    read_item_hex("83010203", ERR_OUT_OF_RANGE);
    read_item_hex("20", ERR_WRONG_TYPE);
    read_item_hex("", ERR_TRUNCATED);
}
END_TEST

START_TEST(reads_no_text_longer_than_its_room)
{
    uint8_t buffer[64];
    struct country country;
    struct name name;
    struct reader reader = reader_over(parts("63 4b454e", buffer, sizeof buffer));
    struct record record = record_read(&reader);
    record_country(&record, &country);
    ck_assert_int_eq(reader.err, ERR_TOO_LARGE);
    ck_assert_str_eq(country.code, "");

    memset(buffer, 'n', sizeof buffer);
    buffer[0] = 0x78;
    buffer[1] = NAME_SIZE_MAX;
    reader = reader_over(bytes_of(buffer, 2 + NAME_SIZE_MAX));
    record_name(&record, &name);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
    ck_assert_uint_eq(strlen(name.text), NAME_SIZE_MAX);
    buffer[1]++;
    reader = reader_over(bytes_of(buffer, 3 + NAME_SIZE_MAX));
    record_name(&record, &name);
    ck_assert_int_eq(reader.err, ERR_TOO_LARGE);
    ck_assert_str_eq(name.text, "");
}
END_TEST

START_TEST(reads_no_list_longer_than_its_room)
{
    uint8_t buffer[8];
    struct reader reader = reader_over(parts("8401020304", buffer, sizeof buffer));
    struct record record = record_read(&reader);
    ck_assert_uint_eq(record_list(&record, 0, 3), 0);
    ck_assert_int_eq(reader.err, ERR_TOO_LARGE);

    reader = reader_over(parts("8401020304", buffer, sizeof buffer));
    ck_assert_uint_eq(record_list(&record, 0, 4), 4);
    ck_assert_int_eq(reader.err, ERR_OK);
}
END_TEST

START_TEST(keeps_the_first_error)
{
    uint8_t buffer[8];
    struct reader reader = reader_over(parts("8261416161", buffer, sizeof buffer));
    struct record record = record_read(&reader);
    struct name name;
    record_fields(&record, 2);
    record_name(&record, &name);
    ck_assert_int_eq(reader.err, ERR_BAD_TEXT);
    record_require(&record, false, ERR_REASON);
    ck_assert_int_eq(reader_done(&reader), ERR_BAD_TEXT);

    struct writer writer = writer_over(buffer, sizeof buffer);
    record = record_write(&writer);
    record_require(&record, true, ERR_REASON);
    ck_assert_int_eq(writer.err, ERR_OK);
    record_require(&record, false, ERR_REASON);
    (void)record_uint(&record, 1, 0);
    ck_assert_int_eq(writer.err, ERR_REASON);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_what_it_wrote,
        &is_an_array_in_the_order_of_its_fields,
        &writes_nothing_that_reading_would_refuse,
        &takes_a_range_only_upwards_and_within_one_tac,
        &reads_no_text_longer_than_its_room,
        &reads_no_list_longer_than_its_room,
        &keeps_the_first_error,
    };
    return suite_run("proto/record", cases, sizeof cases / sizeof cases[0]);
}
