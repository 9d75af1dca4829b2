#include "proto/hex.h"

#include "tests/unit/proto/fixture.h"

#include <ctype.h>
#include <stdio.h>

START_TEST(encodes_every_byte_in_lower_case)
{
    for (unsigned value = 0; value < 256; value++) {
        uint8_t byte = (uint8_t)value;
        char text[3];
        char expected[3];
        hex_encode(&byte, 1, text);
        snprintf(expected, sizeof expected, "%02x", value);
        ck_assert_str_eq(text, expected);
    }
}
END_TEST

START_TEST(decodes_what_it_encoded_in_either_case)
{
    uint64_t state = 1;
    for (size_t size = 0; size <= 64; size++) {
        uint8_t data[64] = {0};
        uint8_t back[65];
        char text[129];
        dice_fill(&state, data, size);
        hex_encode(data, size, text);
        ck_assert_uint_eq(strlen(text), 2 * size);
        for (size_t i = 0; i < 2 * size; i += 3)
            text[i] = (char)toupper(text[i]);
        memset(back, 0xee, sizeof back);
        ck_assert_int_eq(hex_decode(text, 2 * size, back, size), ERR_OK);
        assert_bytes(bytes_of(back, size), bytes_of(data, size));
        ck_assert_uint_eq(back[size], 0xee);
    }
}
END_TEST

START_TEST(refuses_every_sign_that_is_no_digit_at_every_place)
{
    for (int sign = -128; sign < 128; sign++) {
        for (size_t place = 0; place < 6; place++) {
            char text[] = "0a1B2c";
            uint8_t data[3] = {9, 9, 9};
            text[place] = (char)sign;
            bool is_digit = sign > 0 && strchr("0123456789abcdefABCDEF", sign) != NULL;
            ck_assert_int_eq(hex_decode(text, 6, data, 3), is_digit ? ERR_OK : ERR_BAD_HEX);
            if (!is_digit)
                ck_assert_mem_eq(data, "\0\0\0", 3);
        }
    }
}
END_TEST

START_TEST(refuses_every_other_length)
{
    static const char text[] = "00112233445566778899";
    for (size_t size = 0; size <= 8; size++) {
        for (size_t text_size = 0; text_size <= 20; text_size++) {
            uint8_t data[8];
            memset(data, 9, sizeof data);
            enum err expected = text_size == 2 * size ? ERR_OK : ERR_BAD_HEX;
            ck_assert_int_eq(hex_decode(text, text_size, data, size), expected);
            for (size_t i = 0; i < sizeof data; i++)
                ck_assert_uint_eq(data[i], i >= size ? 9 : expected == ERR_OK ? i * 0x11 : 0);
        }
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &encodes_every_byte_in_lower_case,
        &decodes_what_it_encoded_in_either_case,
        &refuses_every_sign_that_is_no_digit_at_every_place,
        &refuses_every_other_length,
    };
    return suite_run("hex", cases, sizeof cases / sizeof cases[0]);
}
