#include "proto/cbor.h"

#include "tests/unit/proto/fixture.h"

/* Initial bytes of the major types, RFC 8949 section 3.1. */
enum {
    MAJOR_UINT = 0x00,
    MAJOR_NEGATIVE = 0x20,
    MAJOR_BYTES = 0x40,
    MAJOR_TEXT = 0x60,
    MAJOR_ARRAY = 0x80,
    MAJOR_MAP = 0xa0,
    MAJOR_TAG = 0xc0,
    MAJOR_SIMPLE = 0xe0,
};

/* Values on both sides of each head size, and what their heads are as unsigned integers. */
static const struct {
    uint64_t value;
    const char *head;
} sizes[] = {
    {0, "00"},
    {1, "01"},
    {10, "0a"},
    {23, "17"},
    {24, "1818"},
    {25, "1819"},
    {100, "1864"},
    {255, "18ff"},
    {256, "190100"},
    {1000, "1903e8"},
    {65535, "19ffff"},
    {65536, "1a00010000"},
    {1000000, "1a000f4240"},
    {4294967295, "1affffffff"},
    {4294967296, "1b0000000100000000"},
    {1000000000000, "1b000000e8d4a51000"},
    {INT64_MAX, "1b7fffffffffffffff"},
    {UINT64_MAX, "1bffffffffffffffff"},
};

enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* A head of that many argument bytes (0, 1, 2, 4, 8), shortest or not. */
static size_t make_head(uint8_t *out, uint8_t major, uint64_t value, size_t argument_size)
{
    static const uint8_t info[9] = {0, 24, 25, 0, 26, 0, 0, 0, 27};
    out[0] = major | (argument_size == 0 ? (uint8_t)value : info[argument_size]);
    for (size_t i = 0; i < argument_size; i++)
        out[1 + i] = (uint8_t)(value >> 8 * (argument_size - 1 - i));
    return 1 + argument_size;
}

/* Reads an item of that major type, by the function that is made for it: its value, size or count.
 * Whatever is refused reads as zero. */
static uint64_t read_any(struct reader *reader, uint8_t major)
{
    switch (major) {
    case MAJOR_UINT: return cbor_uint(reader);
    case MAJOR_NEGATIVE: return (uint64_t)cbor_int(reader);
    case MAJOR_BYTES: return cbor_bytes(reader).size;
    case MAJOR_TEXT: return cbor_text(reader, SIZE_MAX).size;
    case MAJOR_ARRAY: return cbor_array(reader);
    case MAJOR_MAP: return cbor_map(reader).left;
    case MAJOR_TAG: return cbor_tag(reader);
    default: return cbor_bool(reader);
    }
}

static enum err read_major(struct reader *reader, uint8_t major)
{
    uint64_t value = read_any(reader, major);
    if (!reader_ok(reader))
        ck_assert_uint_eq(value, 0);
    return reader->err;
}

START_TEST(writes_and_reads_every_size_of_head)
{
    for (size_t i = 0; i < SIZES; i++) {
        uint8_t expected[9];
        uint8_t found[9];
        struct bytes head = from_hex(sizes[i].head, expected, sizeof expected);
        struct writer writer = writer_over(found, sizeof found);
        cbor_put_uint(&writer, sizes[i].value);
        assert_bytes(writer_view(&writer), head);
        struct reader reader = reader_over(head);
        ck_assert_int_eq(cbor_peek(&reader), CBOR_UINT);
        ck_assert_uint_eq(cbor_uint(&reader), sizes[i].value);
        ck_assert_int_eq(reader_done(&reader), ERR_OK);

        expected[0] |= MAJOR_TAG;
        writer = writer_over(found, sizeof found);
        cbor_put_tag(&writer, sizes[i].value);
        assert_bytes(writer_view(&writer), head);
        reader = reader_over(head);
        ck_assert_int_eq(cbor_peek(&reader), CBOR_TAG);
        ck_assert_uint_eq(cbor_tag(&reader), sizes[i].value);
        ck_assert_int_eq(reader_done(&reader), ERR_OK);
    }
}
END_TEST

START_TEST(writes_and_reads_integers_of_either_sign)
{
    uint64_t state = 2;
    for (unsigned round = 0; round < 20000; round++) {
        int64_t value = (int64_t)(dice(&state) >> dice_below(&state, 64));
        value = round % 2 == 0 ? value : -1 - (value & INT64_MAX);
        uint8_t buffer[9];
        struct writer writer = writer_over(buffer, sizeof buffer);
        cbor_put_int(&writer, value);
        struct reader reader = reader_over(writer_view(&writer));
        ck_assert_int_eq(cbor_peek(&reader), value < 0 ? CBOR_NEGATIVE : CBOR_UINT);
        ck_assert_int_eq(cbor_int(&reader), value);
        ck_assert_int_eq(reader_done(&reader), ERR_OK);
    }
}
END_TEST

START_TEST(refuses_integers_that_do_not_fit)
{
    static const char *const hex[] = {"1b8000000000000000", "3b8000000000000000",
                                      "1bffffffffffffffff", "3bffffffffffffffff"};
    for (size_t i = 0; i < 4; i++) {
        uint8_t buffer[9];
        struct reader reader = reader_over(from_hex(hex[i], buffer, sizeof buffer));
        ck_assert_int_eq(cbor_int(&reader), 0);
        ck_assert_int_eq(reader.err, ERR_OUT_OF_RANGE);
    }
    uint8_t buffer[9];
    struct reader reader = reader_over(from_hex("3b7fffffffffffffff", buffer, sizeof buffer));
    ck_assert_int_eq(cbor_int(&reader), INT64_MIN);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
}
END_TEST

START_TEST(bounds_an_unsigned_integer)
{
    for (size_t i = 0; i < SIZES; i++) {
        for (size_t j = 0; j < SIZES; j++) {
            uint8_t buffer[9];
            struct bytes head = from_hex(sizes[i].head, buffer, sizeof buffer);
            struct reader reader = reader_over(head);
            bool fits = sizes[i].value <= sizes[j].value;
            ck_assert_uint_eq(cbor_uint_max(&reader, sizes[j].value), fits ? sizes[i].value : 0);
            ck_assert_int_eq(reader_done(&reader), fits ? ERR_OK : ERR_OUT_OF_RANGE);
        }
    }
}
END_TEST

/* Longer heads than a value needs, of every type: RFC 8949 section 4.2.1. */
START_TEST(refuses_every_longer_head_of_every_type)
{
    static const size_t argument_sizes[] = {1, 2, 4, 8};
    static const uint64_t least[] = {24, 0x100, 0x10000, UINT64_C(0x100000000)};
    static const uint8_t majors[] = {MAJOR_UINT,  MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT,
                                     MAJOR_ARRAY, MAJOR_MAP,      MAJOR_TAG};
    for (size_t m = 0; m < sizeof majors; m++) {
        for (size_t s = 0; s < 4; s++) {
            for (size_t i = 0; i < SIZES && sizes[i].value < least[s]; i++) {
                uint8_t bytes[32] = {0};
                make_head(bytes, majors[m], sizes[i].value, argument_sizes[s]);
                struct reader reader = reader_over(bytes_of(bytes, sizeof bytes));
                ck_assert_int_eq(read_major(&reader, majors[m]), ERR_NOT_CANONICAL);
            }
        }
    }
}
END_TEST

START_TEST(refuses_reserved_and_indefinite_lengths_of_every_type)
{
    for (unsigned major = 0; major < 8; major++) {
        for (unsigned info = 28; info < 32; info++) {
            uint8_t bytes[32] = {(uint8_t)(major << 5 | info)};
            struct reader reader = reader_over(bytes_of(bytes, sizeof bytes));
            ck_assert_int_eq(read_major(&reader, (uint8_t)(major << 5)), ERR_NOT_CANONICAL);
        }
    }
}
END_TEST

START_TEST(takes_no_simple_value_but_false_and_true)
{
    for (unsigned info = 0; info < 32; info++) {
        uint8_t bytes[16] = {(uint8_t)(MAJOR_SIMPLE | info)};
        struct reader reader = reader_over(bytes_of(bytes, sizeof bytes));
        ck_assert_int_eq(cbor_peek(&reader), CBOR_SIMPLE);
        bool value = cbor_bool(&reader);
        bool is_bool = info == 20 || info == 21;
        ck_assert_int_eq(reader.err, is_bool ? ERR_OK : ERR_NOT_CANONICAL);
        ck_assert(value == (info == 21));
    }
    uint8_t buffer[2];
    struct writer writer = writer_over(buffer, sizeof buffer);
    cbor_put_bool(&writer, false);
    cbor_put_bool(&writer, true);
    assert_bytes(writer_view(&writer), bytes_of("\xf4\xf5", 2));
}
END_TEST

START_TEST(refuses_a_value_of_another_type)
{
    for (unsigned wanted = 0; wanted < 8; wanted++) {
        for (unsigned found = 0; found < 8; found++) {
            /* 21 is in each type a head that can be read: a number, a length, a count, or true. */
            uint8_t bytes[64] = {(uint8_t)(found << 5 | 21)};
            struct reader reader = reader_over(bytes_of(bytes, sizeof bytes));
            read_major(&reader, (uint8_t)(wanted << 5));
            bool fits = wanted == found || (wanted == 1 && found == 0); /* cbor_int takes both */
            ck_assert_int_eq(reader.err, fits ? ERR_OK : ERR_WRONG_TYPE);
        }
    }
}
END_TEST

START_TEST(refuses_every_truncation_of_every_head)
{
    for (unsigned major = 0; major < 7; major++) {
        for (size_t i = 0; i < SIZES; i++) {
            uint8_t bytes[9];
            struct bytes head = from_hex(sizes[i].head, bytes, sizeof bytes);
            bytes[0] |= (uint8_t)(major << 5);
            for (size_t size = 0; size < head.size; size++) {
                struct reader reader = reader_over(bytes_of(bytes, size));
                ck_assert_int_eq(read_major(&reader, (uint8_t)(major << 5)), ERR_TRUNCATED);
            }
        }
    }
    struct reader reader = reader_over(bytes_of(NULL, 0));
    ck_assert_int_eq(cbor_peek(&reader), CBOR_NOTHING);
    ck_assert(!cbor_bool(&reader));
    ck_assert_int_eq(reader.err, ERR_TRUNCATED);
}
END_TEST

/* Every type, with all sizes that a count or a length may claim, over an input without content. */
START_TEST(refuses_more_content_than_there_are_bytes)
{
    static const uint8_t majors[] = {MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP};
    for (size_t m = 0; m < sizeof majors; m++) {
        size_t each = majors[m] == MAJOR_MAP ? 2 : 1;
        for (size_t i = 0; i < SIZES; i++) {
            for (size_t left = 0; left < 32; left++) {
                uint8_t bytes[64] = {0};
                struct bytes head = from_hex(sizes[i].head, bytes, sizeof bytes);
                bytes[0] |= majors[m];
                struct reader reader = reader_over(bytes_of(bytes, head.size + left));
                bool fits = sizes[i].value <= left / each;
                ck_assert_int_eq(read_major(&reader, majors[m]), fits ? ERR_OK : ERR_TRUNCATED);
            }
        }
    }
}
END_TEST

/* RFC 8949 appendix A: what applies is read as it says. */
START_TEST(reads_the_integers_of_rfc_8949)
{
    static const struct {
        const char *hex;
        int64_t value;
    } vectors[] = {
        {"00", 0},
        {"01", 1},
        {"0a", 10},
        {"17", 23},
        {"1818", 24},
        {"1819", 25},
        {"1864", 100},
        {"1903e8", 1000},
        {"1a000f4240", 1000000},
        {"1b000000e8d4a51000", 1000000000000},
        {"20", -1},
        {"29", -10},
        {"3863", -100},
        {"3903e7", -1000},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t buffer[16];
        uint8_t again[16];
        struct bytes input = from_hex(vectors[i].hex, buffer, sizeof buffer);
        struct reader reader = reader_over(input);
        ck_assert_int_eq(cbor_int(&reader), vectors[i].value);
        ck_assert_int_eq(reader_done(&reader), ERR_OK);
        struct writer writer = writer_over(again, sizeof again);
        cbor_put_int(&writer, vectors[i].value);
        assert_bytes(writer_view(&writer), input);
    }
}
END_TEST

START_TEST(reads_the_strings_of_rfc_8949)
{
    static const struct {
        const char *hex;
        const char *value;
    } vectors[] = {
        {"40", ""},
        {"4401020304", "\x01\x02\x03\x04"},
        {"60", ""},
        {"6161", "a"},
        {"6449455446", "IETF"},
        {"62225c", "\"\\"},
        {"62c3bc", "\u00fc"},
        {"63e6b0b4", "\u6c34"},
        {"64f0908591", "\xf0\x90\x85\x91"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t buffer[16];
        uint8_t again[16];
        struct bytes input = from_hex(vectors[i].hex, buffer, sizeof buffer);
        struct bytes expected = bytes_of(vectors[i].value, strlen(vectors[i].value));
        struct reader reader = reader_over(input);
        struct writer writer = writer_over(again, sizeof again);
        if (cbor_peek(&reader) == CBOR_BYTES) {
            assert_bytes(cbor_bytes(&reader), expected);
            cbor_put_bytes(&writer, expected.data, expected.size);
        } else {
            assert_bytes(cbor_text(&reader, 4), expected);
            cbor_put_text(&writer, vectors[i].value);
        }
        ck_assert_int_eq(reader_done(&reader), ERR_OK);
        assert_bytes(writer_view(&writer), input);
    }
}
END_TEST

/* A byte string, or with `text` set in its initial byte a text. */
static void write_string(struct writer *writer, uint8_t text, struct bytes string)
{
    uint8_t head[9];
    struct writer bytes = writer_over(head, sizeof head);
    cbor_put_bytes_head(&bytes, string.size);
    head[0] |= text;
    writer_bytes(writer, head, bytes.size);
    writer_bytes(writer, string.data, string.size);
}

/* Reads any one item and writes it again. Its parts follow it in the order of writing, so that a
 * count of what is still to come is all there is to keep. */
static enum err recode_item(struct bytes input, struct writer *again)
{
    struct reader reader = reader_over(input);
    for (uint64_t left = 1; left > 0 && reader_ok(&reader); left--) {
        switch (cbor_peek(&reader)) {
        case CBOR_UINT: cbor_put_uint(again, cbor_uint(&reader)); break;
        case CBOR_NEGATIVE: cbor_put_int(again, cbor_int(&reader)); break;
        case CBOR_SIMPLE: cbor_put_bool(again, cbor_bool(&reader)); break;
        case CBOR_BYTES: write_string(again, 0, cbor_bytes(&reader)); break;
        case CBOR_TEXT: write_string(again, 0x20, cbor_text(&reader, SIZE_MAX)); break;
        case CBOR_ARRAY: {
            size_t count = cbor_array(&reader);
            cbor_put_array(again, count);
            left += count;
            break;
        }
        case CBOR_MAP: {
            size_t count = cbor_map(&reader).left;
            cbor_put_map(again, count);
            left += 2 * count;
            break;
        }
        case CBOR_TAG:
            cbor_put_tag(again, cbor_tag(&reader));
            left++;
            break;
        case CBOR_NOTHING: reader_fail(&reader, ERR_TRUNCATED);
        }
    }
    return reader_done(&reader);
}

/* RFC 8949 appendix A, all that is left: what applies, and what must not be taken. */
START_TEST(reads_the_structures_of_rfc_8949)
{
    static const char *const vectors[] = {
        "f4",
        "f5",
        "80",
        "83010203",
        "8301820203820405",
        "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
        "a0",
        "a201020304",
        "a26161016162820203",
        "826161a161626163",
        "a56161614161626142616361436164614461656145",
        "c074323031332d30332d32315432303a30343a30305a",
        "c11a514b67b0",
        "c249010000000000000000",
        "c349010000000000000000",
        "d74401020304",
        "d818456449455446",
        "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t buffer[64];
        struct bytes input = from_hex(vectors[i], buffer, sizeof buffer);
        recode_takes(recode_item, input);
        recode_refuses_truncations(recode_item, input);
        recode_refuses_trailing(recode_item, input);
        (void)recode_flips(recode_item, input);
    }
}
END_TEST

START_TEST(refuses_the_rest_of_rfc_8949)
{
    static const char *const vectors[] = {
        "f90000",
        "f98000",
        "f93c00",
        "fb3ff199999999999a",
        "f93e00",
        "f97bff",
        "fa47c35000",
        "fa7f7fffff",
        "fb7e37e43c8800759c",
        "f90001",
        "f90400",
        "f9c400",
        "fbc010666666666666",
        "f97c00",
        "f97e00",
        "f9fc00",
        "fa7f800000",
        "fa7fc00000",
        "faff800000",
        "fb7ff0000000000000",
        "fb7ff8000000000000",
        "fbfff0000000000000",
        "f6",
        "f7",
        "f0",
        "f8ff",
        "c1fb41d452d9e9200000",
        "5f42010243030405ff",
        "7f657374726561646d696e67ff",
        "9fff",
        "9f018202039f0405ffff",
        "9f01820203820405ff",
        "83018202039f0405ff",
        "83019f0203ff820405",
        "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
        "bf61610161629f0203ffff",
        "826161bf61626163ff",
        "bf6346756ef563416d7421ff",
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t buffer[64];
        recode_refuses(recode_item, from_hex(vectors[i], buffer, sizeof buffer), ERR_NOT_CANONICAL);
    }
}
END_TEST

START_TEST(writes_again_what_it_reads_of_random_bytes)
{
    uint64_t state = 3;
    size_t taken = 0;
    for (unsigned round = 0; round < 100000; round++) {
        uint8_t bytes[24];
        size_t size = dice_below(&state, sizeof bytes);
        dice_fill(&state, bytes, sizeof bytes);
        bytes[0] &= 0xe7; /* small heads, so that more than a few are taken */
        taken += recode_checked(recode_item, bytes_of(bytes, size)) == ERR_OK;
    }
    ck_assert_uint_gt(taken, 1000);
}
END_TEST

START_TEST(takes_a_byte_string_of_the_exact_size_alone)
{
    for (size_t size = 0; size < 6; size++) {
        uint8_t copy[8] = {9, 9, 9, 9, 9, 9, 9, 9};
        struct reader reader = reader_over(bytes_of("\x43zzz", 4));
        cbor_bytes_exact(&reader, copy, size);
        ck_assert_int_eq(reader.err, size == 3 ? ERR_OK : ERR_OUT_OF_RANGE);
        for (size_t i = 0; i < sizeof copy; i++)
            ck_assert_uint_eq(copy[i], i >= size ? 9 : size == 3 ? 'z' : 0);
    }
    uint8_t copy[2] = {9, 9};
    struct reader reader = reader_over(bytes_of("\x42z", 2));
    cbor_bytes_exact(&reader, copy, 2);
    ck_assert_int_eq(reader.err, ERR_TRUNCATED);
    ck_assert_mem_eq(copy, "\0\0", 2);
}
END_TEST

START_TEST(takes_an_array_of_the_exact_count_alone)
{
    for (size_t count = 0; count < 6; count++) {
        struct reader reader = reader_over(bytes_of("\x83\x01\x02\x03", 4));
        cbor_array_exact(&reader, count);
        ck_assert_int_eq(reader.err, count == 3 ? ERR_OK : ERR_OUT_OF_RANGE);
    }
}
END_TEST

/* Walks a map of unsigned integers; the values are added up. */
static enum err walk_map(const char *hex, uint32_t required, uint64_t *sum)
{
    uint8_t buffer[64];
    struct reader reader = reader_over(from_hex(hex, buffer, sizeof buffer));
    struct cbor_map map = cbor_map(&reader);
    uint64_t key;
    *sum = 0;
    while (cbor_map_next(&map, &reader, &key)) {
        ck_assert_uint_le(key, 23);
        *sum += cbor_uint(&reader);
    }
    ck_assert_uint_eq(key, UINT64_MAX);
    cbor_map_require(&map, &reader, required);
    return reader_done(&reader);
}

START_TEST(walks_a_map_with_ascending_keys)
{
    uint64_t sum;
    ck_assert_int_eq(walk_map("a0", 0, &sum), ERR_OK);
    ck_assert_int_eq(walk_map("a200011702", 1u << 0 | 1u << 23, &sum), ERR_OK);
    ck_assert_uint_eq(sum, 3);
    ck_assert_int_eq(walk_map("a3010103020504", 0, &sum), ERR_OK);
    ck_assert_uint_eq(sum, 7);
}
END_TEST

START_TEST(refuses_a_map_with_other_keys)
{
    uint64_t sum;
    ck_assert_int_eq(walk_map("a201000000", 0, &sum), ERR_NOT_CANONICAL); /* descending */
    ck_assert_int_eq(walk_map("a201000100", 0, &sum), ERR_NOT_CANONICAL); /* twice */
    ck_assert_int_eq(walk_map("a217001700", 0, &sum), ERR_NOT_CANONICAL); /* the last one twice */
    ck_assert_int_eq(walk_map("a1180100", 0, &sum), ERR_NOT_CANONICAL);   /* a longer head */
    ck_assert_int_eq(walk_map("a1181800", 0, &sum), ERR_UNKNOWN_FIELD);   /* 24 */
    ck_assert_int_eq(walk_map("a11bffffffffffffffff00", 0, &sum), ERR_UNKNOWN_FIELD);
    ck_assert_int_eq(walk_map("a12000", 0, &sum), ERR_WRONG_TYPE);   /* -1 */
    ck_assert_int_eq(walk_map("a1613000", 0, &sum), ERR_WRONG_TYPE); /* "0" */
    ck_assert_int_eq(walk_map("a1f400", 0, &sum), ERR_WRONG_TYPE);
    ck_assert_int_eq(walk_map("80", 0, &sum), ERR_WRONG_TYPE);
}
END_TEST

START_TEST(finds_every_missing_field)
{
    uint64_t sum;
    for (unsigned key = 0; key < 24; key++) {
        bool is_there = key == 1 || key == 3 || key == 5;
        ck_assert_int_eq(walk_map("a3010103020504", 1u << key, &sum),
                         is_there ? ERR_OK : ERR_MISSING_FIELD);
    }
}
END_TEST

START_TEST(refuses_a_map_that_ends_early_or_late)
{
    static const char whole[] = "a3010103020504";
    uint64_t sum;
    for (size_t size = 0; size < sizeof whole - 1; size += 2) {
        char cut[sizeof whole];
        memcpy(cut, whole, size);
        cut[size] = '\0';
        ck_assert_int_eq(walk_map(cut, 0, &sum), ERR_TRUNCATED);
    }
    ck_assert_int_eq(walk_map("a301010302050400", 0, &sum), ERR_TRAILING);
}
END_TEST

START_TEST(reads_nothing_after_an_error)
{
    for (unsigned major = 0; major < 8; major++) {
        uint8_t bytes[32] = {(uint8_t)(major << 5 | 20)};
        struct reader reader = reader_over(bytes_of(bytes, sizeof bytes));
        const uint8_t *at = reader.at;
        reader_fail(&reader, ERR_BAD_VERSION);
        ck_assert_int_eq(cbor_peek(&reader), CBOR_NOTHING);
        ck_assert_int_eq(read_major(&reader, (uint8_t)(major << 5)), ERR_BAD_VERSION);
        ck_assert_ptr_eq(reader.at, at);
        ck_assert_int_eq(reader_done(&reader), ERR_BAD_VERSION);
    }
}
END_TEST

START_TEST(writes_the_head_of_bytes_that_follow)
{
    for (size_t size = 0; size < 300; size += 23) {
        uint8_t content[300] = {1, 2, 3};
        uint8_t whole[304];
        uint8_t parts[304];
        struct writer expected = writer_over(whole, sizeof whole);
        struct writer found = writer_over(parts, sizeof parts);
        cbor_put_bytes(&expected, content, size);
        cbor_put_bytes_head(&found, size);
        writer_bytes(&found, content, size);
        assert_bytes(writer_view(&found), writer_view(&expected));
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &writes_and_reads_every_size_of_head,
        &writes_and_reads_integers_of_either_sign,
        &refuses_integers_that_do_not_fit,
        &bounds_an_unsigned_integer,
        &refuses_every_longer_head_of_every_type,
        &refuses_reserved_and_indefinite_lengths_of_every_type,
        &takes_no_simple_value_but_false_and_true,
        &refuses_a_value_of_another_type,
        &refuses_every_truncation_of_every_head,
        &refuses_more_content_than_there_are_bytes,
        &reads_the_integers_of_rfc_8949,
        &reads_the_strings_of_rfc_8949,
        &reads_the_structures_of_rfc_8949,
        &refuses_the_rest_of_rfc_8949,
        &writes_again_what_it_reads_of_random_bytes,
        &takes_a_byte_string_of_the_exact_size_alone,
        &takes_an_array_of_the_exact_count_alone,
        &walks_a_map_with_ascending_keys,
        &refuses_a_map_with_other_keys,
        &finds_every_missing_field,
        &refuses_a_map_that_ends_early_or_late,
        &reads_nothing_after_an_error,
        &writes_the_head_of_bytes_that_follow,
    };
    return suite_run("cbor", cases, sizeof cases / sizeof cases[0]);
}
