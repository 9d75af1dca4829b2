#include "front/base64url.h"

#include "tests/unit/suite.h"

static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* RFC 4648 5, straight from its table. */
static size_t encode(const uint8_t *data, size_t size, char *out)
{
    size_t count = (size * 8 + 5) / 6;
    for (size_t i = 0; i < count; i++) {
        unsigned value = 0;
        for (size_t bit = i * 6; bit < i * 6 + 6; bit++)
            value = value * 2 + (bit < size * 8 ? data[bit / 8] >> (7 - bit % 8) & 1u : 0);
        out[i] = signs[value];
    }
    return count;
}

START_TEST(what_was_encoded_is_decoded)
{
    uint8_t data[64];
    uint8_t back[64];
    char text[96];
    uint64_t state = 7;
    for (int round = 0; round < 5000; round++) {
        size_t size = (size_t)round % sizeof data;
        size_t got;
        for (size_t i = 0; i < size; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            data[i] = (uint8_t)(state >> 56);
        }
        size_t count = encode(data, size, text);
        ck_assert_int_eq(base64url_decode(bytes_of(text, count), back, size, &got), ERR_OK);
        ck_assert_uint_eq(got, size);
        ck_assert_mem_eq(back, data, size);
        if (size > 0)
            ck_assert_int_eq(base64url_decode(bytes_of(text, count), back, size - 1, &got),
                             ERR_TOO_LARGE);
    }
}
END_TEST

/* Each text of two signs: it stands for one byte, and only one text does. */
START_TEST(each_byte_has_one_text)
{
    int texts[256] = {0};
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second++) {
            uint8_t text[2] = {(uint8_t)first, (uint8_t)second};
            uint8_t out[2];
            size_t size;
            if (base64url_decode(bytes_of(text, 2), out, sizeof out, &size) != ERR_OK)
                continue;
            ck_assert_uint_eq(size, 1);
            texts[out[0]]++;
        }
    }
    for (int i = 0; i < 256; i++)
        ck_assert_int_eq(texts[i], 1);
}
END_TEST

START_TEST(refuses_other_signs_and_lengths)
{
    static const char *const bad[] = {"A",    "AAAAA", "AA==", "AA+A", "AA/A",
                                      "AA A", "AA\nA", "AB",   "AAB"};
    uint8_t out[8];
    size_t size;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(base64url_decode(bytes_of(bad[i], strlen(bad[i])), out, sizeof out, &size),
                         ERR_BAD_TEXT);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_was_encoded_is_decoded,
        &each_byte_has_one_text,
        &refuses_other_signs_and_lengths,
    };
    return suite_run("base64url", cases, sizeof cases / sizeof cases[0]);
}
