#include "cli/pem.h"

#include "proto/hash.h"
#include "proto/hex.h"
#include "tests/unit/cli/certificate.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static uint8_t der[2048];
static size_t der_size;

static enum err decode(const char *text)
{
    return pem_certificate(bytes_of(text, strlen(text)), der, sizeof der, &der_size);
}

#define BLOCK(text) "-----BEGIN CERTIFICATE-----\n" text "-----END CERTIFICATE-----\n"

START_TEST(decodes_what_openssl_wrote)
{
    ck_assert_int_eq(decode(certificate_pem), ERR_OK);
    ck_assert_uint_gt(der_size, 300);
    ck_assert_uint_eq(der[0], 0x30);
    /* The name is in it, as a UTF8String. */
    ck_assert_ptr_nonnull(memmem(der, der_size, "\x0c\x07test ca", 9));
}
END_TEST

START_TEST(takes_the_first_block_and_passes_over_other_text)
{
    char text[8192];
    snprintf(text, sizeof text, "Subject: x\n-----BEGIN EC PARAMETERS-----\nMAA=\n%s%s",
             certificate_pem, BLOCK("MAA=\n"));
    ck_assert_int_eq(decode(certificate_pem), ERR_OK);
    size_t size = der_size;
    ck_assert_int_eq(decode(text), ERR_OK);
    ck_assert_uint_eq(der_size, size);
}
END_TEST

START_TEST(decodes_each_padding_and_ignores_white_space)
{
    ck_assert_int_eq(decode(BLOCK("MAA=\n")), ERR_OK); /* 30 00 */
    ck_assert_uint_eq(der_size, 2);
    ck_assert_int_eq(decode(BLOCK("MAEA\n")), ERR_OK); /* 30 01 00 */
    ck_assert_uint_eq(der_size, 3);
    ck_assert_int_eq(decode(BLOCK(" M\tA I \r\n A\nA A==")), ERR_OK); /* 30 02 00 00 */
    ck_assert_uint_eq(der_size, 4);
    ck_assert_mem_eq(der, "\x30\x02\0\0", 4);
}
END_TEST

START_TEST(refuses_what_is_no_certificate)
{
    ck_assert_int_eq(decode(""), ERR_NOT_FOUND);
    ck_assert_int_eq(decode("-----BEGIN CERTIFICATE-----\nMAA=\n"), ERR_NOT_FOUND);
    ck_assert_int_eq(decode("-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n"),
                     ERR_NOT_FOUND);
    ck_assert_int_eq(decode(BLOCK("MA\n")), ERR_BAD_TEXT);
    ck_assert_int_eq(decode(BLOCK("MAA\n")), ERR_BAD_TEXT);
    ck_assert_int_eq(decode(BLOCK("M===\n")), ERR_BAD_TEXT);
    ck_assert_int_eq(decode(BLOCK("MA=A\n")), ERR_BAD_TEXT);
    ck_assert_int_eq(decode(BLOCK("MA!=\n")), ERR_BAD_TEXT);
    ck_assert_int_eq(decode(BLOCK("")), ERR_NOT_CANONICAL);
    ck_assert_int_eq(decode(BLOCK("AAAA\n")), ERR_NOT_CANONICAL);     /* no SEQUENCE */
    ck_assert_int_eq(decode(BLOCK("MAEAAAAA\n")), ERR_NOT_CANONICAL); /* bytes behind it */
    ck_assert_int_eq(decode(BLOCK("MAIA\n")), ERR_NOT_CANONICAL);     /* too few */
    ck_assert_int_eq(decode(BLOCK("MIAA\n")), ERR_NOT_CANONICAL);     /* no length */
    ck_assert_int_eq(decode(BLOCK("MIQA\n")), ERR_NOT_CANONICAL);
}
END_TEST

START_TEST(refuses_every_truncation)
{
    char text[2048];
    for (size_t size = 0; size + 2 < strlen(certificate_pem); size++) {
        snprintf(text, sizeof text, "%.*s", (int)size, certificate_pem);
        ck_assert_int_ne(decode(text), ERR_OK);
    }
}
END_TEST

START_TEST(never_writes_more_than_there_is_room_for)
{
    size_t size;
    struct bytes pem = bytes_of(certificate_pem, strlen(certificate_pem));
    ck_assert_int_eq(decode(certificate_pem), ERR_OK);
    size_t whole = der_size;
    for (size_t capacity = 0; capacity < whole; capacity++) {
        uint8_t *small = malloc(capacity + 1);
        ck_assert_ptr_nonnull(small);
        small[capacity] = 0xa5;
        ck_assert_int_eq(pem_certificate(pem, small, capacity, &size), ERR_TOO_LARGE);
        ck_assert_uint_eq(size, 0);
        ck_assert_uint_eq(small[capacity], 0xa5);
        free(small);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &decodes_what_openssl_wrote,
        &takes_the_first_block_and_passes_over_other_text,
        &decodes_each_padding_and_ignores_white_space,
        &refuses_what_is_no_certificate,
        &refuses_every_truncation,
        &never_writes_more_than_there_is_room_for,
    };
    return suite_run("cli/pem", cases, sizeof cases / sizeof *cases);
}
