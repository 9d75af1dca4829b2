/*
 * Counts are those of an exact model as long as there is room, and never above it when there is
 * not.
 */
#include "eir/sightings.h"

#include "tests/unit/ledger/scene.h"

#define THRESHOLD 3
#define ROOMY     ((uint64_t)1 << 18)

static const struct siphash_key key = {{1, 2, 3, 4, 5, 6, 7, 8}};

static struct sightings *open_with(uint64_t bytes, unsigned threshold)
{
    struct sightings *sightings;
    struct sightings_options options = {.key = key, .bytes_max = bytes, .threshold = threshold};
    assert_ok(sightings_open(&options, &sightings));
    return sightings;
}

static struct sighting sighting(uint64_t imei, uint16_t subscriber)
{
    return (struct sighting){.imei = {imei}, .subscriber = subscriber};
}

static bool see(struct sightings *sightings, uint64_t imei, uint16_t subscriber, uint16_t day,
                struct seen *out)
{
    struct sighting one = sighting(imei, subscriber);
    return sightings_see(sightings, &one, day, out);
}

/* ---- the model: each device's subscribers, with the day when each was seen last ---- */

#define DEVICES     40
#define SUBSCRIBERS 24

struct model {
    uint16_t last[DEVICES][SUBSCRIBERS];
    bool is_suspected[DEVICES];
};

static unsigned model_count(const struct model *model, size_t device, uint16_t today)
{
    unsigned count = 0;
    for (size_t i = 0; i < SUBSCRIBERS; i++)
        count += model->last[device][i] != 0 && today - model->last[device][i] <= 29 ? 1 : 0;
    return count;
}

static unsigned capped(unsigned count)
{
    return count < SIGHTINGS_SUBSCRIBERS ? count : SIGHTINGS_SUBSCRIBERS;
}

static void roll_model(struct model *model, uint16_t today)
{
    for (size_t i = 0; i < DEVICES; i++)
        model->is_suspected[i] =
            model->is_suspected[i] && model_count(model, i, today) >= THRESHOLD;
}

/* The list of the suspected is the model's, page by page. */
static void expect_list(const struct sightings *sightings, const struct model *model,
                        uint16_t today, size_t page)
{
    struct seen rows[DEVICES];
    size_t count = sightings_suspected(sightings, (struct imei){0}, today, rows, page);
    size_t at = 0;
    for (size_t device = 0; device < DEVICES; device++) {
        if (!model->is_suspected[device] || model_count(model, device, today) < THRESHOLD)
            continue;
        if (at == count && count == page) {
            struct imei from = {rows[count - 1].imei.value + 1};
            count = sightings_suspected(sightings, from, today, rows, page);
            at = 0;
        }
        ck_assert_uint_lt(at, count);
        ck_assert_uint_eq(rows[at].imei.value, device);
        ck_assert_uint_eq(rows[at++].subscribers, capped(model_count(model, device, today)));
    }
    if (count == page && at == count)
        count = sightings_suspected(sightings, (struct imei){DEVICES}, today, rows, page);
    else
        count -= at;
    ck_assert_uint_eq(count, 0);
}

/* Subscribers of their own numbers, so that no two meet: some devices have few. */
static void step(struct sightings *sightings, struct model *model, uint16_t today, uint64_t *seed)
{
    struct seen seen;
    size_t device = chance_below(seed, DEVICES);
    size_t subscriber = chance_below(seed, 1 + device % SUBSCRIBERS);
    model->last[device][subscriber] = today;
    unsigned count = model_count(model, device, today);
    bool is_new = !model->is_suspected[device] && count >= THRESHOLD;
    model->is_suspected[device] = model->is_suspected[device] || is_new;
    ck_assert(see(sightings, device, (uint16_t)(subscriber * 2711), today, &seen) == is_new);
    ck_assert_uint_eq(seen.subscribers, capped(count));
    ck_assert_uint_eq(seen.day, today);
}

START_TEST(counts_and_suspicions_are_those_of_an_exact_model)
{
    uint64_t seed = 1;
    struct model model;
    struct sightings *sightings = open_with(ROOMY, THRESHOLD);
    memset(&model, 0, sizeof model);
    for (uint16_t today = 20000; today < 20400; today++) {
        sightings_roll(sightings, today);
        roll_model(&model, today);
        for (uint64_t i = chance_below(&seed, 30); i > 0; i--)
            step(sightings, &model, today, &seed);
        expect_list(sightings, &model, today, 1 + chance_below(&seed, DEVICES));
    }
    ck_assert_uint_eq(sightings_size(sightings).forgotten, 0);
    sightings_close(sightings);
}
END_TEST

/* ---- one by one ---- */

START_TEST(a_subscriber_counts_for_thirty_days_and_is_gone_then)
{
    struct seen seen;
    struct sightings *sightings = open_with(ROOMY, 2);
    ck_assert(!see(sightings, 7, 1, 20000, &seen));
    ck_assert(see(sightings, 7, 2, 20029, &seen));
    ck_assert_uint_eq(sightings_suspected(sightings, (struct imei){0}, 20029, &seen, 1), 1);
    ck_assert_uint_eq(sightings_suspected(sightings, (struct imei){0}, 20030, &seen, 1), 0);
    sightings_roll(sightings, 20030);
    ck_assert_uint_eq(sightings_size(sightings).suspected, 0);
    ck_assert_uint_eq(sightings_size(sightings).devices, 1);
    sightings_roll(sightings, 20059);
    ck_assert_uint_eq(sightings_size(sightings).devices, 0);
    sightings_close(sightings);
}
END_TEST

START_TEST(a_device_is_suspected_once_until_it_is_no_more)
{
    struct seen seen;
    struct sightings *sightings = open_with(ROOMY, 2);
    ck_assert(!see(sightings, 7, 1, 20000, &seen));
    ck_assert(see(sightings, 7, 2, 20000, &seen));
    ck_assert(!see(sightings, 7, 3, 20000, &seen));
    ck_assert(!see(sightings, 7, 1, 20001, &seen));
    sightings_roll(sightings, 20100);
    ck_assert(!see(sightings, 7, 1, 20100, &seen));
    ck_assert(see(sightings, 7, 2, 20100, &seen));
    sightings_close(sightings);
}
END_TEST

START_TEST(what_a_wrong_clock_put_into_the_future_is_gone_thirty_days_later)
{
    struct seen seen;
    struct sightings *sightings = open_with(ROOMY, 2);
    ck_assert(!see(sightings, 7, 1, 30000, &seen));
    sightings_roll(sightings, 20000);
    sightings_roll(sightings, 20029);
    ck_assert_uint_eq(sightings_size(sightings).devices, 1);
    sightings_roll(sightings, 20030);
    ck_assert_uint_eq(sightings_size(sightings).devices, 0);
    sightings_close(sightings);
}
END_TEST

START_TEST(days_are_those_of_unix_time_and_never_0)
{
    ck_assert_uint_eq(sightings_day(0), 1);
    ck_assert_uint_eq(sightings_day(UINT64_C(86400000) * 20000 - 1), 19999);
    ck_assert_uint_eq(sightings_day(UINT64_C(86400000) * 20000), 20000);
    ck_assert_uint_eq(sightings_day(UINT64_MAX), UINT16_MAX);
}
END_TEST

START_TEST(the_first_and_the_last_imei_are_devices_like_others)
{
    struct seen seen;
    struct sightings *sightings = open_with(ROOMY, 2);
    const uint64_t imeis[] = {0, IMEI_VALUES - 1};
    for (size_t i = 0; i < 2; i++) {
        ck_assert(!see(sightings, imeis[i], 0, 20000, &seen));
        ck_assert(see(sightings, imeis[i], UINT16_MAX, 20000, &seen));
        ck_assert_uint_eq(seen.imei.value, imeis[i]);
    }
    ck_assert_uint_eq(sightings_size(sightings).devices, 2);
    sightings_close(sightings);
}
END_TEST

/* ---- without room ---- */

START_TEST(without_room_counts_are_too_low_and_never_too_high)
{
    uint64_t seed = 5;
    uint8_t subscribers[4096] = {0}; /* bit s: subscriber s was seen */
    struct seen seen;
    struct sightings *sightings = open_with(64 * SIGHTINGS_ENTRY_SIZE, THRESHOLD);
    uint64_t suspected = 0;
    for (int i = 0; i < 100000; i++) {
        size_t device = chance_below(&seed, 4096);
        unsigned subscriber = (unsigned)chance_below(&seed, 4);
        subscribers[device] |= (uint8_t)(1u << subscriber);
        bool is_new = see(sightings, device, (uint16_t)subscriber, 20000, &seen);
        ck_assert_uint_le(seen.subscribers, (unsigned)__builtin_popcount(subscribers[device]));
        suspected += is_new ? 1 : 0;
        struct sightings_size size = sightings_size(sightings);
        ck_assert_uint_le(size.devices, size.capacity);
    }
    ck_assert_uint_eq(sightings_size(sightings).capacity, 64);
    ck_assert_uint_gt(sightings_size(sightings).forgotten, 1000);
    ck_assert_uint_gt(suspected, 0);
    sightings_close(sightings);
}
END_TEST

START_TEST(the_suspected_and_the_newest_stay_longest)
{
    struct seen seen;
    struct sightings *sightings = open_with(SIGHTINGS_WAYS * SIGHTINGS_ENTRY_SIZE, 2);
    ck_assert(!see(sightings, 1, 1, 20000, &seen));
    ck_assert(see(sightings, 1, 2, 20000, &seen)); /* suspected, and the oldest */
    for (uint64_t i = 2; i <= SIGHTINGS_WAYS; i++)
        ck_assert(!see(sightings, i, 1, (uint16_t)(20000 + i), &seen));
    ck_assert_uint_eq(sightings_size(sightings).forgotten, 0);
    ck_assert(!see(sightings, 100, 1, 20020, &seen)); /* in the place of device 2 */
    ck_assert_uint_eq(sightings_size(sightings).forgotten, 1);
    ck_assert_uint_eq(sightings_suspected(sightings, (struct imei){0}, 20020, &seen, 1), 1);
    ck_assert(see(sightings, 3, 2, 20020, &seen));  /* still there */
    ck_assert(!see(sightings, 2, 2, 20020, &seen)); /* begins anew */
    ck_assert_uint_eq(seen.subscribers, 1);
    sightings_close(sightings);
}
END_TEST

/* ---- hashes ---- */

static struct imsi imsi_of(uint64_t number)
{
    struct imsi imsi;
    snprintf(imsi.digits, sizeof imsi.digits, "24201%010u", (unsigned)(number % 1000000000));
    return imsi;
}

START_TEST(a_sighting_goes_through_one_word_and_back)
{
    uint64_t seed = 3;
    for (int i = 0; i < 1000; i++) {
        struct sighting one = sighting(chance_below(&seed, IMEI_VALUES), (uint16_t)chance(&seed));
        struct sighting back = sighting_unpack(sighting_pack(&one));
        ck_assert_uint_eq(back.imei.value, one.imei.value);
        ck_assert_uint_eq(back.subscriber, one.subscriber);
        ck_assert_uint_ne(sighting_pack(&one), 0);
    }
}
END_TEST

START_TEST(a_subscriber_has_unrelated_hashes_on_two_devices_and_under_two_keys)
{
    const struct siphash_key other = {{9}};
    int same_device = 0;
    int same_key = 0;
    for (unsigned i = 0; i < 20000; i++) {
        struct imsi imsi = imsi_of(i);
        uint16_t hash = sighting_of(&key, (struct imei){1}, &imsi).subscriber;
        same_device += sighting_of(&key, (struct imei){2}, &imsi).subscriber == hash ? 1 : 0;
        same_key += sighting_of(&other, (struct imei){1}, &imsi).subscriber == hash ? 1 : 0;
        ck_assert_uint_eq(sighting_of(&key, (struct imei){1}, &imsi).subscriber, hash);
    }
    ck_assert_int_le(same_device, 5); /* 0.3 are expected */
    ck_assert_int_le(same_key, 5);
}
END_TEST

/* Of 100 000 devices with three subscribers 4.6 are expected to be missed: 3 / 65 536 each. */
START_TEST(hashes_that_meet_are_as_rare_as_said_and_only_lower_a_count)
{
    struct seen seen;
    struct sightings *sightings = open_with(ROOMY * 128, THRESHOLD);
    int missed = 0;
    for (uint64_t device = 0; device < 100000; device++) {
        bool was_told = false;
        for (uint64_t i = 0; i < THRESHOLD; i++) {
            struct imsi imsi = imsi_of(device * THRESHOLD + i);
            struct sighting one = sighting_of(&key, (struct imei){device}, &imsi);
            ck_assert(!was_told);
            was_told = sightings_see(sightings, &one, 20000, &seen);
        }
        missed += was_told ? 0 : 1;
    }
    ck_assert_uint_eq(sightings_size(sightings).forgotten, 0);
    ck_assert_int_le(missed, 15);
    sightings_close(sightings);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sightings");
    TCase *tcase = tcase_create("sightings");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, counts_and_suspicions_are_those_of_an_exact_model);
    tcase_add_test(tcase, a_subscriber_counts_for_thirty_days_and_is_gone_then);
    tcase_add_test(tcase, a_device_is_suspected_once_until_it_is_no_more);
    tcase_add_test(tcase, what_a_wrong_clock_put_into_the_future_is_gone_thirty_days_later);
    tcase_add_test(tcase, days_are_those_of_unix_time_and_never_0);
    tcase_add_test(tcase, the_first_and_the_last_imei_are_devices_like_others);
    tcase_add_test(tcase, without_room_counts_are_too_low_and_never_too_high);
    tcase_add_test(tcase, the_suspected_and_the_newest_stay_longest);
    tcase_add_test(tcase, a_sighting_goes_through_one_word_and_back);
    tcase_add_test(tcase, a_subscriber_has_unrelated_hashes_on_two_devices_and_under_two_keys);
    tcase_add_test(tcase, hashes_that_meet_are_as_rare_as_said_and_only_lower_a_count);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
