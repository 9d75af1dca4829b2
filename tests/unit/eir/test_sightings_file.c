/*
 * What is written is read back, and nothing else is.
 */
#include "eir/sightings_file.h"

#include "proto/hash.h"
#include "tests/unit/ledger/scene.h"

#define DEVICES 50
#define SIZE    SIGHTINGS_FILE_SIZE(DEVICES)

static const struct siphash_key key = {{1, 2, 3}};
static const struct siphash_key other_key = {{1, 2, 4}};

static struct sightings *open_empty(uint64_t bytes)
{
    struct sightings *sightings;
    struct sightings_options options = {.key = key, .bytes_max = bytes, .threshold = 3};
    assert_ok(sightings_open(&options, &sightings));
    return sightings;
}

static struct sightings *open_filled(uint64_t seed, size_t devices)
{
    struct sightings *sightings = open_empty(1 << 20);
    struct seen seen;
    for (size_t i = 0; i < devices * 5; i++) {
        struct sighting one = {.imei = {chance_below(&seed, devices) * 1999999999999},
                               .subscriber = (uint16_t)chance(&seed)};
        (void)!sightings_see(sightings, &one, (uint16_t)(20000 + chance_below(&seed, 29)), &seen);
    }
    return sightings;
}

static struct bytes write_file(const struct sightings *sightings, uint8_t *room, size_t capacity)
{
    struct writer writer = writer_over(room, capacity);
    sightings_write(sightings, &key, &writer);
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

/* With the check sum as it should be, so that what is behind it is looked at. */
static void sum_again(uint8_t *file, size_t size)
{
    struct hash sum = hash_of(bytes_of(file, size - HASH_SIZE));
    memcpy(file + size - HASH_SIZE, sum.bytes, HASH_SIZE);
}

static enum err read_file(struct bytes file)
{
    struct sightings *sightings = open_empty(1 << 20);
    enum err err = sightings_read(sightings, &key, file);
    sightings_close(sightings);
    return err;
}

START_TEST(what_is_written_is_read_and_written_again_with_the_same_bytes)
{
    static uint8_t room[SIZE];
    static uint8_t again[SIZE];
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct sightings *before = open_filled(seed, seed);
        struct sightings *after = open_empty(1 << 20);
        struct bytes file = write_file(before, room, sizeof room);
        assert_ok(sightings_read(after, &key, file));
        ck_assert(bytes_equal(write_file(after, again, sizeof again), file));
        struct sightings_size sizes[] = {sightings_size(before), sightings_size(after)};
        ck_assert_mem_eq(&sizes[0], &sizes[1], sizeof sizes[0]);
        struct seen rows[2][DEVICES] = {{{.day = 0}}};
        size_t count = sightings_suspected(before, (struct imei){0}, 20028, rows[0], DEVICES);
        ck_assert_uint_eq(sightings_suspected(after, (struct imei){0}, 20028, rows[1], DEVICES),
                          count);
        ck_assert_mem_eq(rows[0], rows[1], sizeof rows[0]);
        sightings_close(before);
        sightings_close(after);
    }
}
END_TEST

START_TEST(rejects_every_truncation_with_its_check_sum_right_or_wrong)
{
    static uint8_t room[SIZE];
    struct sightings *sightings = open_filled(1, DEVICES);
    struct bytes file = write_file(sightings, room, sizeof room);
    sightings_close(sightings);
    for (size_t size = 0; size < file.size; size++)
        ck_assert_int_ne(read_file(bytes_of(room, size)), ERR_OK);
    for (size_t size = file.size - 1; size >= SIGHTINGS_FILE_TAIL; size--) {
        sum_again(room, size);
        ck_assert_int_ne(read_file(bytes_of(room, size)), ERR_OK);
    }
}
END_TEST

START_TEST(rejects_every_flipped_bit)
{
    static uint8_t room[SIZE];
    struct sightings *sightings = open_filled(2, 5);
    struct bytes file = write_file(sightings, room, sizeof room);
    sightings_close(sightings);
    for (size_t bit = 0; bit < file.size * 8; bit++) {
        room[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_err(read_file(file), DAMAGED);
        room[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_ok(read_file(file));
}
END_TEST

START_TEST(what_is_read_under_a_right_check_sum_has_one_encoding)
{
    static uint8_t room[SIZE];
    static uint8_t again[SIZE];
    struct sightings *sightings = open_filled(3, 5);
    struct bytes file = write_file(sightings, room, sizeof room);
    sightings_close(sightings);
    for (size_t bit = 0; bit < (file.size - HASH_SIZE) * 8; bit++) {
        room[bit / 8] ^= (uint8_t)(1 << bit % 8);
        sum_again(room, file.size);
        sightings = open_empty(1 << 20);
        if (sightings_read(sightings, &key, file) == ERR_OK)
            ck_assert(bytes_equal(write_file(sightings, again, sizeof again), file));
        sightings_close(sightings);
        room[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}
END_TEST

START_TEST(rejects_another_version_another_key_and_what_follows)
{
    static uint8_t room[SIZE + 1];
    struct sightings *sightings = open_filled(4, 5);
    struct bytes file = write_file(sightings, room, SIZE);
    sightings_close(sightings);
    sightings = open_empty(1 << 20);
    assert_err(sightings_read(sightings, &other_key, file), BAD_KEY);
    sightings_close(sightings);
    memmove(room + file.size - HASH_SIZE + 1, room + file.size - HASH_SIZE, HASH_SIZE);
    room[file.size - HASH_SIZE] = 0;
    sum_again(room, file.size + 1);
    assert_err(read_file(bytes_of(room, file.size + 1)), TRAILING);
    write_file(sightings = open_filled(4, 5), room, SIZE);
    room[11]++; /* the version */
    sum_again(room, file.size);
    assert_err(read_file(file), BAD_VERSION);
    sightings_close(sightings);
}
END_TEST

START_TEST(rejects_devices_and_slots_that_no_writer_writes)
{
    /* Of the one device below: where, and what is wrong there. */
    static const struct {
        size_t at;
        uint8_t byte;
        enum err err;
    } rows[] = {
        {24, 0x80, ERR_OUT_OF_RANGE}, {25, 0, ERR_OUT_OF_RANGE},    {25, 9, ERR_OUT_OF_RANGE},
        {26, 0x80, ERR_OUT_OF_RANGE}, {26, 0x7f, ERR_OUT_OF_RANGE}, {33, 9, ERR_NOT_CANONICAL},
        {37, 1, ERR_NOT_CANONICAL},   {35, 0, ERR_OUT_OF_RANGE},    {23, 2, ERR_TRUNCATED},
        {23, 0, ERR_TRAILING},
    };
    static uint8_t room[SIZE];
    struct seen seen;
    struct sightings *sightings = open_empty(1 << 20);
    for (uint16_t i = 1; i <= 2; i++) {
        struct sighting one = {.imei = {5}, .subscriber = i};
        ck_assert(!sightings_see(sightings, &one, 200, &seen));
    }
    struct bytes file = write_file(sightings, room, sizeof room);
    sightings_close(sightings);
    assert_ok(read_file(file));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t before = room[rows[i].at];
        room[rows[i].at] = rows[i].byte;
        sum_again(room, file.size);
        ck_assert_str_eq(err_name(read_file(file)), err_name(rows[i].err));
        room[rows[i].at] = before;
    }
}
END_TEST

START_TEST(what_does_not_fit_any_more_is_forgotten)
{
    static uint8_t room[SIZE];
    struct sightings *before = open_filled(6, DEVICES);
    struct sightings *after = open_empty(16 * SIGHTINGS_ENTRY_SIZE);
    assert_ok(sightings_read(after, &key, write_file(before, room, sizeof room)));
    struct sightings_size size = sightings_size(after);
    ck_assert_uint_le(size.devices, 16);
    ck_assert_uint_eq(size.devices + size.forgotten, sightings_size(before).devices);
    sightings_close(before);
    sightings_close(after);
}
END_TEST

START_TEST(a_writer_without_room_says_so)
{
    static uint8_t room[SIZE];
    struct sightings *sightings = open_filled(7, 5);
    struct bytes file = write_file(sightings, room, sizeof room);
    for (size_t capacity = 0; capacity < file.size; capacity++) {
        struct writer writer = writer_over(room, capacity);
        sightings_write(sightings, &key, &writer);
        assert_err(writer.err, TOO_LARGE);
    }
    sightings_close(sightings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sightings_file");
    TCase *tcase = tcase_create("sightings_file");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_is_written_is_read_and_written_again_with_the_same_bytes);
    tcase_add_test(tcase, rejects_every_truncation_with_its_check_sum_right_or_wrong);
    tcase_add_test(tcase, rejects_every_flipped_bit);
    tcase_add_test(tcase, what_is_read_under_a_right_check_sum_has_one_encoding);
    tcase_add_test(tcase, rejects_another_version_another_key_and_what_follows);
    tcase_add_test(tcase, rejects_devices_and_slots_that_no_writer_writes);
    tcase_add_test(tcase, what_does_not_fit_any_more_is_forgotten);
    tcase_add_test(tcase, a_writer_without_room_says_so);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
