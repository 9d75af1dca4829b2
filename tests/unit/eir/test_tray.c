/*
 * What desks put into their trays comes out once, or is counted as dropped.
 */
#include "eir/tray.h"

#include "tests/unit/ledger/scene.h"

#include <pthread.h>

static const struct siphash_key key = {{5}};
static const struct imsi imsi = {"242010000000001"};

struct basket {
    size_t count;
    uint64_t sum; /* of the IMEIs */
};

static void take(void *context, const struct sighting *sighting)
{
    struct basket *basket = context;
    struct sighting expected = sighting_of(&key, sighting->imei, &imsi);
    ck_assert_uint_eq(sighting->subscriber, expected.subscriber);
    basket->count++;
    basket->sum += sighting->imei.value;
}

START_TEST(what_is_put_comes_out_once_from_all_trays)
{
    struct trays *trays;
    struct tray *tray[3];
    struct basket basket = {0};
    assert_ok(trays_open(&key, &trays));
    for (size_t i = 0; i < 3; i++)
        assert_ok(tray_open(trays, &tray[i]));
    for (uint64_t i = 1; i <= 100; i++)
        tray_put(tray[i % 3], (struct imei){i}, &imsi);
    ck_assert_uint_eq(trays_fetch(trays, take, &basket), 100);
    ck_assert_uint_eq(basket.sum, 5050);
    ck_assert_uint_eq(trays_fetch(trays, take, &basket), 0);
    for (size_t i = 0; i < 3; i++)
        tray_close(tray[i]);
    trays_close(trays);
}
END_TEST

START_TEST(what_does_not_fit_is_dropped_and_counted_also_when_its_tray_is_gone)
{
    struct trays *trays;
    struct tray *tray;
    struct basket basket = {0};
    assert_ok(trays_open(&key, &trays));
    assert_ok(tray_open(trays, &tray));
    for (uint64_t round = 0; round < 3; round++) {
        basket = (struct basket){0};
        for (uint64_t i = 1; i <= TRAY_SLOTS + 7; i++)
            tray_put(tray, (struct imei){i}, &imsi);
        ck_assert_uint_eq(trays_dropped(trays), 7 * (round + 1));
        ck_assert_uint_eq(trays_fetch(trays, take, &basket), TRAY_SLOTS);
        ck_assert_uint_eq(basket.sum, (uint64_t)TRAY_SLOTS * (TRAY_SLOTS + 1) / 2);
    }
    tray_close(tray);
    ck_assert_uint_eq(trays_dropped(trays), 21);
    trays_close(trays);
}
END_TEST

/* ---- threads ---- */

#define DESKS 3
#define PUTS  200000

struct desk {
    struct tray *tray;
    pthread_t thread;
};

static void *put_many(void *context)
{
    struct desk *desk = context;
    for (uint64_t i = 1; i <= PUTS; i++)
        tray_put(desk->tray, (struct imei){i}, &imsi);
    return NULL;
}

START_TEST(while_desks_put_nothing_is_lost_but_what_is_counted)
{
    struct trays *trays;
    struct desk desks[DESKS];
    struct basket basket = {0};
    assert_ok(trays_open(&key, &trays));
    for (size_t i = 0; i < DESKS; i++) {
        assert_ok(tray_open(trays, &desks[i].tray));
        ck_assert_int_eq(pthread_create(&desks[i].thread, NULL, put_many, &desks[i]), 0);
    }
    while (basket.count + trays_dropped(trays) < (uint64_t)DESKS * PUTS)
        (void)trays_fetch(trays, take, &basket);
    for (size_t i = 0; i < DESKS; i++)
        pthread_join(desks[i].thread, NULL);
    ck_assert_uint_eq(trays_fetch(trays, take, &basket), 0);
    ck_assert_uint_eq(basket.count + trays_dropped(trays), (uint64_t)DESKS * PUTS);
    for (size_t i = 0; i < DESKS; i++)
        tray_close(desks[i].tray);
    trays_close(trays);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tray");
    TCase *tcase = tcase_create("tray");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, what_is_put_comes_out_once_from_all_trays);
    tcase_add_test(tcase, what_does_not_fit_is_dropped_and_counted_also_when_its_tray_is_gone);
    tcase_add_test(tcase, while_desks_put_nothing_is_lost_but_what_is_counted);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
