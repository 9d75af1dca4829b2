/*
 * What desks see is kept over restarts and days, and lost rather than wrong.
 */
#include "node/sighter.h"

#include "node/clock.h"
#include "store/directory.h"
#include "tests/unit/node/fixture.h"

#include <stdatomic.h>

#define DAY_MS UINT64_C(86400000)

static atomic_ullong wall_ms = 20000 * 86400000ULL;

static uint64_t test_wall_ms(void)
{
    return atomic_load(&wall_ms);
}

static struct sighter_settings settings = {.is_on = true, .threshold = 2, .memory_bytes = 1 << 20};
static struct sightings_answer answer;

static struct sighter *start(const struct scratch *scratch)
{
    struct sighter *sighter;
    struct sighter_options options = {
        .settings = &settings, .directory = scratch->path, .wall_ms = test_wall_ms};
    assert_ok(sighter_open(&options, &sighter));
    assert_ok(sighter_start(sighter, NULL));
    return sighter;
}

/* So many subscribers use each of the devices 0 to `devices` - 1. */
static void use(struct sighter *sighter, uint64_t devices, unsigned subscribers)
{
    struct tray *tray;
    uint64_t before = sighter_count(sighter).seen;
    assert_ok(tray_open(sighter_trays(sighter), &tray));
    for (uint64_t i = 0; i < devices * subscribers; i++) {
        struct imsi imsi = {"242010000000000"};
        imsi.digits[14] = (char)('0' + i % subscribers);
        tray_put(tray, (struct imei){i / subscribers}, &imsi);
    }
    wait_until(sighter_count(sighter).seen == before + devices * subscribers);
    tray_close(tray);
}

static size_t suspected(struct sighter *sighter)
{
    sighter_answer(sighter, (struct imei){0}, &answer);
    return answer.count;
}

START_TEST(what_was_seen_counts_after_a_restart)
{
    struct scratch scratch = scratch_begin();
    struct sighter *sighter = start(&scratch);
    use(sighter, 1, 1);
    ck_assert_uint_eq(suspected(sighter), 0);
    sighter_close(sighter);
    sighter = start(&scratch);
    use(sighter, 1, 2); /* one of them is new */
    ck_assert_uint_eq(suspected(sighter), 1);
    ck_assert_uint_eq(answer.rows[0].subscribers, 2);
    ck_assert_uint_eq(answer.rows[0].day, 20000);
    ck_assert_uint_eq(sighter_count(sighter).reported, 1);
    sighter_close(sighter);
    sighter = start(&scratch);
    ck_assert_uint_eq(suspected(sighter), 1);
    use(sighter, 1, 2);
    ck_assert_uint_eq(sighter_count(sighter).reported, 0); /* it was, before the restart */
    sighter_close(sighter);
    scratch_end(&scratch);
}
END_TEST

START_TEST(thirty_days_later_nothing_is_left_in_memory_or_on_the_disk)
{
    uint8_t *data;
    size_t size;
    struct scratch scratch = scratch_begin();
    struct sighter *sighter = start(&scratch);
    use(sighter, 100, 3);
    atomic_fetch_add(&wall_ms, 30 * DAY_MS);
    wait_until(sighter_count(sighter).size.devices == 0);
    ck_assert_uint_eq(suspected(sighter), 0);
    sighter_close(sighter);
    assert_ok(file_read(scratch_path(&scratch, "sightings"), 1 << 20, &data, &size));
    ck_assert_uint_eq(size, 24 + 32);
    free(data);
    scratch_end(&scratch);
}
END_TEST

START_TEST(key_and_file_are_the_nodes_own)
{
    struct stat status;
    struct scratch scratch = scratch_begin();
    struct sighter *sighter = start(&scratch);
    use(sighter, 1, 1);
    sighter_close(sighter);
    ck_assert_int_eq(stat(scratch_path(&scratch, "sightings.key"), &status), 0);
    ck_assert_int_eq(status.st_size, SIPHASH_KEY_SIZE);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(stat(scratch_path(&scratch, "sightings"), &status), 0);
    ck_assert_int_eq(status.st_mode & 0777, 0600);
    scratch_end(&scratch);
}
END_TEST

/* Replaces a file of the sighter's, after which nothing of before counts, and new things do. */
static void expect_begins_anew(const char *name, struct bytes content)
{
    struct scratch scratch = scratch_begin();
    struct sighter *sighter = start(&scratch);
    use(sighter, 10, 2);
    ck_assert_uint_eq(suspected(sighter), 10);
    sighter_close(sighter);
    assert_ok(file_replace(scratch_path(&scratch, name), content, 0600));
    sighter = start(&scratch);
    ck_assert_uint_eq(sighter_count(sighter).size.devices, 0);
    use(sighter, 3, 2);
    sighter_close(sighter);
    sighter = start(&scratch);
    ck_assert_uint_eq(suspected(sighter), 3);
    sighter_close(sighter);
    scratch_end(&scratch);
}

START_TEST(a_key_or_a_file_that_is_of_no_use_is_replaced)
{
    expect_begins_anew("sightings.key", bytes_of("0123456789abcdef", 16));
    expect_begins_anew("sightings.key", bytes_of("0123456789abcde", 15));
    expect_begins_anew("sightings.key", bytes_of("0123456789abcdefg", 17));
    expect_begins_anew("sightings", bytes_of("", 0));
    expect_begins_anew("sightings", bytes_of("0123456789", 10));
}
END_TEST

START_TEST(a_directory_that_cannot_be_read_is_an_error)
{
    struct sighter *sighter;
    struct sighter_options options = {.settings = &settings, .directory = "/dev/null"};
    ck_assert_int_ne(sighter_open(&options, &sighter), ERR_OK);
    ck_assert_ptr_null(sighter);
}
END_TEST

START_TEST(a_list_of_many_comes_in_pages)
{
    struct scratch scratch = scratch_begin();
    struct sighter *sighter = start(&scratch);
    use(sighter, SIGHTINGS_ROWS_MAX, 2);
    ck_assert_uint_eq(suspected(sighter), SIGHTINGS_ROWS_MAX);
    ck_assert(!answer.more);
    use(sighter, SIGHTINGS_ROWS_MAX + 5, 2);
    ck_assert_uint_eq(suspected(sighter), SIGHTINGS_ROWS_MAX);
    ck_assert(answer.more);
    ck_assert_uint_eq(answer.suspected, SIGHTINGS_ROWS_MAX + 5);
    sighter_answer(sighter, (struct imei){SIGHTINGS_ROWS_MAX}, &answer);
    ck_assert_uint_eq(answer.count, 5);
    ck_assert_uint_eq(answer.rows[4].imei.value, SIGHTINGS_ROWS_MAX + 4);
    ck_assert(!answer.more);
    sighter_close(sighter);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_was_seen_counts_after_a_restart,
        &thirty_days_later_nothing_is_left_in_memory_or_on_the_disk,
        &key_and_file_are_the_nodes_own,
        &a_key_or_a_file_that_is_of_no_use_is_replaced,
        &a_directory_that_cannot_be_read_is_an_error,
        &a_list_of_many_comes_in_pages,
    };
    return suite_run("sighter", cases, sizeof cases / sizeof cases[0]);
}
