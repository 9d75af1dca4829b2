#include "eir/pairs_file.h"

#include "store/directory.h"
#include "tests/unit/store/scratch.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>

static const struct pairs_key key = {{1, 2, 3}};
static struct pairs *pairs;
static struct complaint complaint;

static enum err import(const char *text)
{
    pairs_free(pairs);
    return pairs_import(bytes_of(text, strlen(text)), &key, &pairs, &complaint);
}

static void refused(const char *text, unsigned line, const char *words)
{
    ck_assert_int_eq(import(text), ERR_CONFIG);
    ck_assert_ptr_null(pairs);
    ck_assert_msg(complaint.line == line && strstr(complaint.text, words) != NULL, "line %u: %s",
                  complaint.line, complaint.text);
}

static bool have(uint32_t serial, const char *imsi)
{
    struct imsi who = {.digits = ""};
    snprintf(who.digits, sizeof who.digits, "%s", imsi);
    return pairs_have(pairs, imei_of(35123456, serial), &who);
}

START_TEST(what_is_imported_is_there_and_nothing_else)
{
    ck_assert_int_eq(import("imei,imsi,msisdn\r\n35123456000001,26201,4917112345\r\n\r\n"
                            "35123456000002,262011234567890,\n"
                            "3512345600000101,26201,\n"),
                     ERR_OK);
    ck_assert_uint_eq(pairs_count(pairs), 2);
    ck_assert(have(1, "26201"));
    ck_assert(have(2, "262011234567890"));
    ck_assert(!have(2, "26201"));
    ck_assert(!have(1, "262010"));
    ck_assert(!have(1, "2620"));
    ck_assert(!have(1, ""));
    ck_assert(!have(3, "26201"));
    pairs_free(pairs);
    pairs = NULL;
    ck_assert(!have(1, "26201"));
    ck_assert_uint_eq(pairs_count(pairs), 0);
}
END_TEST

START_TEST(what_is_no_pair_is_refused_with_its_line)
{
    refused("", 1, "the head line is");
    refused("imsi,imei\n", 1, "the head line is");
    refused("imei,imsi\n4901542032375X8,26201\n", 2, "digits only");
    refused("imei,imsi\n4901542032375199,26201\n", 2, "software version 99");
    refused("imei,imsi\n490154203237519,26201\n", 2, "check digit of this IMEI would be 8");
    refused("imei,imsi\n35,26201\n", 2, "an IMEI has");
    refused("imei,imsi\n\n35123456000001\n", 3, "an IMSI has");
    refused("imei,imsi\n35123456000001,2620\n", 2, "an IMSI has");
    refused("imei,imsi\n35123456000001,2620112345678901\n", 2, "an IMSI has");
    refused("imei,imsi\n35123456000001,26201x\n", 2, "an IMSI has");
    refused("imei,imsi\n35123456000001,26201,49\n", 2, "a line is IMEI,IMSI");
    refused("imei,imsi,msisdn\n35123456000001,26201,+49\n", 2, "an MSISDN has");
    refused("imei,imsi,msisdn\n35123456000001,26201,1234567890123456\n", 2, "an MSISDN has");
    refused("imei,imsi,msisdn\n35123456000001,26201,49,1\n", 2, "an MSISDN has");
}
END_TEST

static struct bytes file_of(const struct pairs *from, uint8_t *data, size_t capacity)
{
    struct writer writer = writer_over(data, capacity);
    pairs_write(from, &writer);
    ck_assert(writer_ok(&writer));
    ck_assert_uint_eq(writer.size, pairs_size(from));
    return writer_view(&writer);
}

START_TEST(the_file_is_read_as_it_was_written)
{
    uint8_t data[4096];
    uint8_t again[4096];
    struct pairs *read;
    ck_assert_int_eq(import("imei,imsi\n35123456000002,26202\n35123456000001,26201\n"), ERR_OK);
    struct bytes file = file_of(pairs, data, sizeof data);
    ck_assert_int_eq(pairs_read(file, &key, &read), ERR_OK);
    ck_assert_uint_eq(pairs_count(read), 2);
    struct bytes second = file_of(read, again, sizeof again);
    ck_assert_uint_eq(second.size, file.size);
    ck_assert_mem_eq(second.data, file.data, file.size);
    pairs_free(read);
    pairs_free(pairs);
}
END_TEST

START_TEST(every_truncation_and_every_flipped_bit_is_refused)
{
    uint8_t data[4096];
    struct pairs *read;
    ck_assert_int_eq(import("imei,imsi\n35123456000002,26202\n35123456000001,26201\n"), ERR_OK);
    struct bytes file = file_of(pairs, data, sizeof data);
    for (size_t size = 0; size < file.size; size++)
        ck_assert_int_eq(pairs_read(bytes_of(data, size), &key, &read), ERR_DAMAGED);
    for (size_t bit = 0; bit < 8 * file.size; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(pairs_read(file, &key, &read), ERR_DAMAGED);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    static const struct pairs_key other = {{1, 2, 4}};
    ck_assert_int_eq(pairs_read(file, &other, &read), ERR_DAMAGED);
    pairs_free(pairs);
}
END_TEST

/* Neither the digits nor a hash without the key can be found in it. */
START_TEST(the_file_names_nobody)
{
    uint8_t one[4096];
    uint8_t two[4096];
    static const struct pairs_key other = {{9}};
    static const char text[] = "imei,imsi\n35123456000001,262011234567890\n";
    struct pairs *with_other;
    ck_assert_int_eq(import(text), ERR_OK);
    ck_assert_int_eq(pairs_import(bytes_of(text, sizeof text - 1), &other, &with_other, &complaint),
                     ERR_OK);
    struct bytes first = file_of(pairs, one, sizeof one);
    struct bytes second = file_of(with_other, two, sizeof two);
    ck_assert_ptr_null(memmem(first.data, first.size, "262011234567890", 15));
    ck_assert_ptr_null(memmem(first.data, first.size, "35123456000001", 14));
    ck_assert_mem_ne(first.data + 16, second.data + 16, PAIR_SIZE);
    pairs_free(with_other);
    pairs_free(pairs);
}
END_TEST

START_TEST(a_directory_keeps_pairs_and_key_for_its_owner)
{
    struct scratch scratch = scratch_begin();
    struct pairs_key got;
    struct pairs *read;
    struct stat status;
    static const struct pairs_key fresh = {{5}};
    static const struct pairs_key later = {{6}};
    ck_assert_int_eq(pairs_load(scratch.path, &read), ERR_OK);
    ck_assert_ptr_null(read);
    ck_assert_int_eq(pairs_key_get(scratch.path, &fresh, &got), ERR_OK);
    ck_assert_int_eq(pairs_key_get(scratch.path, &later, &got), ERR_OK);
    ck_assert_mem_eq(&got, &fresh, sizeof got);
    static const char text[] = "imei,imsi\n35123456000001,26201\n";
    ck_assert_int_eq(pairs_import(bytes_of(text, sizeof text - 1), &got, &pairs, &complaint),
                     ERR_OK);
    ck_assert_int_eq(pairs_save(scratch.path, pairs), ERR_OK);
    pairs_free(pairs);
    ck_assert_int_eq(pairs_load(scratch.path, &pairs), ERR_OK);
    ck_assert(have(1, "26201"));
    pairs_free(pairs);
    for (size_t i = 0; i < 2; i++) {
        const char *name = i == 0 ? PAIRS_FILE_NAME : PAIRS_KEY_FILE_NAME;
        ck_assert_int_eq(stat(scratch_path(&scratch, name), &status), 0);
        ck_assert_uint_eq(status.st_mode & 07777, 0600);
    }
    const char *key_path = scratch_path(&scratch, PAIRS_KEY_FILE_NAME);
    ck_assert_int_eq(file_replace(key_path, bytes_of("short", 5), 0600), ERR_OK);
    ck_assert_int_eq(pairs_load(scratch.path, &read), ERR_DAMAGED);
    ck_assert_int_eq(pairs_key_get(scratch.path, &later, &got), ERR_DAMAGED);
    ck_assert_int_eq(file_replace(key_path, bytes_of(later.bytes, PAIRS_KEY_SIZE), 0600), ERR_OK);
    ck_assert_int_eq(pairs_load(scratch.path, &read), ERR_DAMAGED);
    ck_assert_int_eq(unlink(key_path), 0);
    ck_assert_int_eq(pairs_load(scratch.path, &read), ERR_DAMAGED);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_is_imported_is_there_and_nothing_else,
        &what_is_no_pair_is_refused_with_its_line,
        &the_file_is_read_as_it_was_written,
        &every_truncation_and_every_flipped_bit_is_refused,
        &the_file_names_nobody,
        &a_directory_keeps_pairs_and_key_for_its_owner,
    };
    return suite_run("eir/pairs", cases, sizeof cases / sizeof cases[0]);
}
