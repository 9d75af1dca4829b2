/* The texts of proto/cbor.h. */
#include "proto/cbor.h"

#include "tests/unit/proto/fixture.h"

START_TEST(bounds_the_size_of_a_text)
{
    for (size_t size_max = 0; size_max < 6; size_max++) {
        char copy[8] = "zzzzzzz";
        struct reader reader = reader_over(bytes_of("\x63xyz", 4));
        ck_assert_uint_eq(cbor_text(&reader, size_max).size, size_max >= 3 ? 3 : 0);
        ck_assert_int_eq(reader.err, size_max >= 3 ? ERR_OK : ERR_TOO_LARGE);
        reader = reader_over(bytes_of("\x63xyz", 4));
        cbor_text_copy(&reader, copy, size_max);
        ck_assert_int_eq(reader.err, size_max >= 3 ? ERR_OK : ERR_TOO_LARGE);
        ck_assert_str_eq(copy, size_max >= 3 ? "xyz" : "");
        ck_assert_int_eq(copy[7], '\0');
        ck_assert_int_eq(copy[6], 'z');
    }
}
END_TEST

static enum err text_err(const uint8_t *text, size_t size)
{
    uint8_t bytes[8]; /* what follows the text would go on with a character */
    memset(bytes, 0x80, sizeof bytes);
    bytes[0] = (uint8_t)(0x60 | size);
    memcpy(bytes + 1, text, size);
    struct reader reader = reader_over(bytes_of(bytes, size + 1));
    cbor_text(&reader, size);
    return reader_done(&reader);
}

/* How many of the bytes from `at` on are one code point, 0 when none are: table 3-7 of the Unicode
 * standard, row by row. */
static size_t well_formed(const uint8_t *b, size_t at, size_t size)
{
    static const struct {
        size_t size;
        uint8_t range[4][2];
    } rows[] = {
        {1, {{0x00, 0x7f}}},
        {2, {{0xc2, 0xdf}, {0x80, 0xbf}}},
        {3, {{0xe0, 0xe0}, {0xa0, 0xbf}, {0x80, 0xbf}}},
        {3, {{0xe1, 0xec}, {0x80, 0xbf}, {0x80, 0xbf}}},
        {3, {{0xed, 0xed}, {0x80, 0x9f}, {0x80, 0xbf}}},
        {3, {{0xee, 0xef}, {0x80, 0xbf}, {0x80, 0xbf}}},
        {4, {{0xf0, 0xf0}, {0x90, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}}},
        {4, {{0xf1, 0xf3}, {0x80, 0xbf}, {0x80, 0xbf}, {0x80, 0xbf}}},
        {4, {{0xf4, 0xf4}, {0x80, 0x8f}, {0x80, 0xbf}, {0x80, 0xbf}}},
    };
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        bool fits = rows[r].size <= size - at;
        for (size_t i = 0; fits && i < rows[r].size; i++)
            fits = b[at + i] >= rows[r].range[i][0] && b[at + i] <= rows[r].range[i][1];
        if (fits)
            return rows[r].size;
    }
    return 0;
}

static enum err expected_err(const uint8_t *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t step = well_formed(text, at, size);
        if (step == 0)
            return ERR_BAD_TEXT;
        at += step;
    }
    return ERR_OK;
}

static void assert_text(const uint8_t *text, size_t size)
{
    if (text_err(text, size) != expected_err(text, size))
        ck_abort_msg("%zu bytes: %02x %02x %02x %02x", size, text[0], text[1], text[2], text[3]);
}

START_TEST(takes_well_formed_utf8_alone)
{
    static const uint8_t edges[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf,
                                    0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4,
                                    0xf5, 0xf7, 0xf8, 0xfb, 0xfc, 0xfe, 0xff};
    for (unsigned two = 0; two <= 0xffff; two++) {
        uint8_t text[4] = {(uint8_t)(two >> 8), (uint8_t)two, 0, 0};
        assert_text(text, 1);
        assert_text(text, 2);
        for (size_t i = 0; i < sizeof edges; i++) {
            text[2] = edges[i];
            assert_text(text, 3);
            for (size_t j = 0; j < sizeof edges && text[0] >= 0xe0; j++) {
                text[3] = edges[j];
                assert_text(text, 4);
            }
        }
    }
}
END_TEST

START_TEST(copies_no_control_characters)
{
    for (unsigned point = 0; point < 0x800; point++) {
        uint8_t bytes[3] = {0x61, (uint8_t)point};
        if (point >= 0x80) {
            bytes[0] = 0x62;
            bytes[1] = (uint8_t)(0xc0 | point >> 6);
            bytes[2] = (uint8_t)(0x80 | (point & 0x3f));
        }
        char copy[3] = "zz";
        struct reader reader = reader_over(bytes_of(bytes, point < 0x80 ? 2 : 3));
        cbor_text_copy(&reader, copy, 2);
        bool is_control = point < 0x20 || (point >= 0x7f && point <= 0x9f);
        ck_assert_int_eq(reader.err, is_control ? ERR_BAD_TEXT : ERR_OK);
        size_t size = is_control ? 0 : point < 0x80 ? 1 : 2;
        assert_bytes(bytes_of(copy, strlen(copy)), bytes_of(bytes + 1, size));
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &bounds_the_size_of_a_text,
        &takes_well_formed_utf8_alone,
        &copies_no_control_characters,
    };
    return suite_run("cbor_text", cases, sizeof cases / sizeof cases[0]);
}
