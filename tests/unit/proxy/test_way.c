#include "testnet/proxy/way.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

#define MS UINT64_C(1000)

/* Two nodes: `there` leads to the other one. */
struct pair {
    struct path there;
    struct path back;
    struct way way;
    uint64_t now_us; /* never less than before */
};

static struct pair pair_of(struct distance distance)
{
    struct pair pair = {.there = {.random = 7}, .back = {.random = 8}};
    path_set_distance(&pair.there, &distance, 0);
    path_set_distance(&pair.back, &distance, 0);
    return pair;
}

static void begin(struct pair *pair)
{
    way_init(&pair->way, &pair->there, &pair->back);
}

static uint64_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* `size` bytes of a stream in which each byte follows from its place. */
static void send(struct pair *pair, uint64_t *place, size_t size, uint64_t now_us)
{
    static uint8_t data[64 * 1024];
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)((*place + i) * 131 >> 3);
    *place += size;
    ck_assert_int_eq(way_send(&pair->way, bytes_of(data, size), now_us), ERR_OK);
}

static void check_bytes(const struct chunk *chunk, uint64_t place)
{
    size_t wrong = 0;
    for (size_t i = 0; i < chunk->size; i++)
        wrong += chunk->data[i] != (uint8_t)((place + i) * 131 >> 3);
    ck_assert_uint_eq(wrong, 0);
}

/* What arrives by then, tried whenever it says; returns when the last came. */
static uint64_t take_until(struct pair *pair, uint64_t *place, uint64_t until_us)
{
    uint64_t last_us = 0;
    uint64_t next_us;
    while ((next_us = way_next_us(&pair->way)) <= until_us) {
        pair->now_us = next_us > pair->now_us ? next_us : pair->now_us;
        struct chunk *chunk = way_take(&pair->way, pair->now_us);
        if (chunk == NULL)
            continue;
        last_us = pair->now_us;
        check_bytes(chunk, *place);
        *place += chunk->size;
        free(chunk);
    }
    return last_us;
}

/* When one chunk of so many bytes that is sent at `now_us` arrives. */
static uint64_t arrival_us(struct pair *pair, size_t size, uint64_t now_us)
{
    uint64_t sent = 0;
    uint64_t taken = 0;
    send(pair, &sent, size, now_us);
    uint64_t at_us = take_until(pair, &taken, WAY_NEVER - 1);
    ck_assert_uint_eq(taken, sent);
    return at_us;
}

START_TEST(bytes_come_after_the_delay_and_not_before)
{
    struct pair pair = pair_of((struct distance){.delay_us = 75 * MS});
    begin(&pair);
    uint64_t place = 0;
    send(&pair, &place, 10, 1000 * MS);
    ck_assert_uint_eq(way_next_us(&pair.way), 1075 * MS);
    ck_assert_ptr_null(way_take(&pair.way, 1075 * MS - 1));
    struct chunk *chunk = way_take(&pair.way, 1075 * MS);
    ck_assert_ptr_nonnull(chunk);
    ck_assert_uint_eq(chunk->size, 10);
    free(chunk);
    ck_assert_uint_eq(way_next_us(&pair.way), WAY_NEVER);
    ck_assert_uint_eq(pair.there.bytes, 10);
}
END_TEST

/* Whatever the line is like, what comes out is what went in, in order, once. */
static void carries_all(struct distance distance, uint64_t seed)
{
    struct pair pair = pair_of(distance);
    uint64_t now_us = 5 * MS;
    uint64_t sent = 0;
    uint64_t taken = 0;
    begin(&pair);
    for (unsigned i = 0; i < 400; i++) {
        now_us += draw(&seed) % (20 * MS);
        if (draw(&seed) % 16 == 0)
            pair.there.is_cut = !pair.there.is_cut;
        if (draw(&seed) % 16 == 0)
            pair.back.is_cut = !pair.back.is_cut;
        take_until(&pair, &taken, now_us);
        if (!way_is_full(&pair.way, now_us))
            send(&pair, &sent, 1 + draw(&seed) % 9000, now_us);
        ck_assert_uint_eq(pair.way.size, sent - taken);
        ck_assert_uint_eq(pair.there.waiting, sent - taken);
    }
    pair.there.is_cut = pair.back.is_cut = false;
    ck_assert_int_eq(way_send(&pair.way, bytes_of(NULL, 0), now_us), ERR_OK);
    take_until(&pair, &taken, WAY_NEVER - 1);
    ck_assert_uint_eq(taken, sent);
    ck_assert_uint_eq(pair.there.bytes, sent);
    ck_assert_uint_eq(pair.there.waiting, 0);
}

START_TEST(what_comes_out_is_what_went_in)
{
    for (uint64_t seed = 1; seed <= 50; seed++) {
        uint64_t state = seed;
        struct distance distance = {.delay_us = draw(&state) % (300 * MS),
                                    .jitter_us = draw(&state) % (100 * MS),
                                    .rate = draw(&state) % 2 ? draw(&state) % 1000000 + 50000 : 0,
                                    .loss = draw(&state) % 2 ? (uint32_t)(draw(&state) % 5000) : 0};
        if (draw(&state) % 4 == 0)
            distance.flap = (struct flap){.period_us = 900 * MS, .open_us = 500 * MS};
        carries_all(distance, seed);
    }
}
END_TEST

START_TEST(jitter_delays_by_no_more_than_it_says_and_reorders_nothing)
{
    struct pair pair = pair_of((struct distance){.delay_us = 10 * MS, .jitter_us = 5 * MS});
    uint64_t least_us = WAY_NEVER;
    uint64_t most_us = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        begin(&pair);
        uint64_t took_us = arrival_us(&pair, 1, i * 100 * MS) - i * 100 * MS;
        ck_assert(took_us >= 10 * MS && took_us <= 15 * MS);
        least_us = took_us < least_us ? took_us : least_us;
        most_us = took_us > most_us ? took_us : most_us;
    }
    ck_assert(least_us < 10 * MS + 100 && most_us > 15 * MS - 100);
}
END_TEST

START_TEST(a_rate_is_kept_to_the_microsecond_by_all_ways_of_a_path)
{
    struct pair pair = pair_of((struct distance){.delay_us = 20 * MS, .rate = 1000000});
    struct way other;
    uint64_t place = 0;
    begin(&pair);
    way_init(&other, &pair.there, &pair.back);
    send(&pair, &place, 10000, 0);
    ck_assert_int_eq(way_send(&other, bytes_of("0123456789", 10), 0), ERR_OK);
    ck_assert_uint_eq(way_next_us(&pair.way), 30 * MS);
    ck_assert_uint_eq(way_next_us(&other), 30 * MS + 10);
    way_destroy(&other);
    way_destroy(&pair.way);
    ck_assert_uint_eq(pair.there.waiting, 0);
}
END_TEST

START_TEST(a_slow_path_stops_the_sender_and_says_when_it_has_room)
{
    struct pair pair = pair_of((struct distance){.rate = 100000});
    uint64_t place = 0;
    uint64_t taken = 0;
    begin(&pair);
    send(&pair, &place, 20000, 0); /* 200 ms */
    ck_assert(!way_is_full(&pair.way, 0));
    send(&pair, &place, 10, 0);
    ck_assert(way_is_full(&pair.way, 0));
    ck_assert_uint_eq(way_room_us(&pair.way), 100);
    ck_assert(!way_is_full(&pair.way, 100));
    take_until(&pair, &taken, WAY_NEVER - 1);
}
END_TEST

START_TEST(a_long_path_holds_so_many_bytes_and_no_more)
{
    struct pair pair = pair_of((struct distance){.delay_us = 10000 * MS});
    uint64_t place = 0;
    uint64_t taken = 0;
    begin(&pair);
    while (!way_is_full(&pair.way, 0))
        send(&pair, &place, 16384, 0);
    ck_assert_uint_eq(place, WAY_FULL);
    take_until(&pair, &taken, 10000 * MS);
    ck_assert(!way_is_full(&pair.way, 10000 * MS));
}
END_TEST

START_TEST(a_cut_holds_bytes_and_the_next_try_after_healing_brings_them)
{
    struct pair pair = pair_of((struct distance){.delay_us = 50 * MS});
    uint64_t sent = 0;
    uint64_t taken = 0;
    begin(&pair);
    send(&pair, &sent, 100, 0);
    take_until(&pair, &taken, 49 * MS);
    pair.there.is_cut = true; /* while they are on their way */
    take_until(&pair, &taken, 900 * MS);
    ck_assert_uint_eq(taken, 0);
    /* Lost at 50; time-outs of 300 ms, 600, 1200. */
    ck_assert_uint_eq(way_next_us(&pair.way), (50 + 300 + 600) * MS);
    send(&pair, &sent, 100, 910 * MS);
    pair.there.is_cut = false;
    take_until(&pair, &taken, 950 * MS - 1);
    ck_assert_uint_eq(taken, 0);
    take_until(&pair, &taken, 950 * MS);
    ck_assert_uint_eq(taken, 100);
    ck_assert_uint_eq(way_next_us(&pair.way), 960 * MS);
    take_until(&pair, &taken, 960 * MS);
    ck_assert_uint_eq(taken, 200);
}
END_TEST

START_TEST(a_cut_that_is_over_before_bytes_arrive_does_nothing)
{
    struct pair pair = pair_of((struct distance){.delay_us = 50 * MS});
    uint64_t sent = 0;
    uint64_t taken = 0;
    begin(&pair);
    send(&pair, &sent, 100, 0);
    pair.there.is_cut = true;
    take_until(&pair, &taken, 40 * MS);
    pair.there.is_cut = false;
    ck_assert_uint_eq(take_until(&pair, &taken, 60 * MS), 50 * MS);
}
END_TEST

START_TEST(timeouts_double_and_end_at_two_minutes)
{
    struct pair pair = pair_of((struct distance){.delay_us = 0});
    uint64_t sent = 0;
    uint64_t before_us = 0;
    uint64_t expected_us = 200 * MS;
    begin(&pair);
    pair.there.is_cut = true;
    send(&pair, &sent, 1, 0);
    ck_assert_ptr_null(way_take(&pair.way, 0));
    for (unsigned i = 0; i < 15; i++) {
        uint64_t next_us = way_next_us(&pair.way);
        ck_assert_uint_eq(next_us - before_us, expected_us);
        before_us = next_us;
        ck_assert_ptr_null(way_take(&pair.way, next_us));
        expected_us = expected_us * 2 < PATH_TIMEOUT_MAX_US ? expected_us * 2 : PATH_TIMEOUT_MAX_US;
    }
    way_destroy(&pair.way);
}
END_TEST

START_TEST(without_acknowledgements_a_window_goes_through_and_no_more)
{
    struct pair pair = pair_of((struct distance){.delay_us = 10 * MS});
    uint64_t sent = 0;
    uint64_t taken = 0;
    begin(&pair);
    pair.back.is_cut = true;
    for (unsigned i = 0; i < 20; i++)
        send(&pair, &sent, 16384, 0);
    take_until(&pair, &taken, 10 * MS);
    ck_assert_uint_eq(taken, WAY_WINDOW);
    pair.back.is_cut = false;
    take_until(&pair, &taken, 10000 * MS);
    ck_assert_uint_eq(taken, sent);
}
END_TEST

START_TEST(the_cut_of_one_direction_leaves_the_other_open)
{
    struct pair pair = pair_of((struct distance){.delay_us = 10 * MS});
    struct way back;
    begin(&pair);
    way_init(&back, &pair.back, &pair.there);
    pair.there.is_cut = true;
    ck_assert_int_eq(way_send(&pair.way, bytes_of("a", 1), 0), ERR_OK);
    ck_assert_int_eq(way_send(&back, bytes_of("b", 1), 0), ERR_OK);
    ck_assert_ptr_null(way_take(&pair.way, 10 * MS));
    struct chunk *chunk = way_take(&back, 10 * MS);
    ck_assert_ptr_nonnull(chunk);
    free(chunk);
    way_destroy(&pair.way);
}
END_TEST

START_TEST(a_loss_costs_a_round_trip_or_a_timeout_and_holds_what_is_behind)
{
    struct pair pair = pair_of((struct distance){.delay_us = 40 * MS, .loss = 1000});
    unsigned single = 0; /* packets without others behind them that were lost */
    unsigned many = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        uint64_t from_us = i * 1000000 * MS;
        begin(&pair);
        uint64_t late_us = arrival_us(&pair, 100, from_us) - from_us - 40 * MS;
        single += late_us > 0;
        ck_assert(late_us == 0 || late_us >= 280 * MS);
        begin(&pair);
        late_us = arrival_us(&pair, 10 * PATH_PACKET_SIZE, from_us) - from_us - 40 * MS;
        ck_assert(late_us == 0 || late_us == 80 * MS || late_us >= 280 * MS);
        many += late_us == 80 * MS;
    }
    /* Of 2 000 packets at one percent 20 are lost; of chunks of ten, a first loss with three
     * behind it has about seven chances in a hundred, less one percent of those sent again. */
    ck_assert(single > 3 && single < 50);
    ck_assert(many > 80 && many < 200);
    uint64_t sent = 0;
    uint64_t taken = 0;
    begin(&pair);
    pair.there.distance.loss = DISTANCE_LOSS_WHOLE / 2;
    for (unsigned i = 0; i < 100; i++)
        send(&pair, &sent, 100, i);
    uint64_t last_us = take_until(&pair, &taken, WAY_NEVER - 1); /* it checks the order */
    ck_assert_uint_ge(last_us, 320 * MS);
    ck_assert_uint_eq(taken, sent);
}
END_TEST

START_TEST(the_same_seed_draws_the_same)
{
    struct distance distance = {.delay_us = 10 * MS, .jitter_us = 9 * MS, .loss = 20000};
    struct pair a = pair_of(distance);
    struct pair b = pair_of(distance);
    struct pair c = pair_of(distance);
    unsigned different = 0;
    c.there.random = 9;
    for (uint64_t i = 0; i < 500; i++) {
        uint64_t from_us = i * 1000000 * MS;
        begin(&a);
        begin(&b);
        begin(&c);
        uint64_t at_us = arrival_us(&a, 5000, from_us);
        ck_assert_uint_eq(at_us, arrival_us(&b, 5000, from_us));
        different += at_us != arrival_us(&c, 5000, from_us);
    }
    ck_assert_uint_gt(different, 400);
}
END_TEST

START_TEST(flapping_is_open_for_its_part_of_each_period)
{
    struct pair pair = pair_of((struct distance){.delay_us = 0});
    struct flap flap = {.period_us = 100 * MS, .open_us = 30 * MS};
    struct flap none = {.period_us = 0};
    path_set_flap(&pair.there, &flap, 500 * MS);
    for (uint64_t ms = 500; ms < 1500; ms++)
        ck_assert(path_is_open(&pair.there, ms * MS) == (ms % 100 < 30));
    pair.there.is_cut = true;
    ck_assert(!path_is_open(&pair.there, 500 * MS));
    pair.there.is_cut = false;
    path_set_flap(&pair.there, &none, 600 * MS);
    ck_assert(path_is_open(&pair.there, 699 * MS));
}
END_TEST

START_TEST(a_profile_that_flaps_does_so_from_when_it_is_set_unless_a_command_does)
{
    struct distance distance = {.flap = {.period_us = 100 * MS, .open_us = 50 * MS}};
    struct flap own = {.period_us = 10 * MS, .open_us = 10 * MS};
    struct flap none = {.period_us = 0};
    struct path path = {.random = 1};
    path_set_distance(&path, &distance, 30 * MS);
    ck_assert(path_is_open(&path, 79 * MS));
    ck_assert(!path_is_open(&path, 80 * MS));
    path_set_flap(&path, &own, 80 * MS);
    ck_assert(path_is_open(&path, 80 * MS));
    path_set_flap(&path, &none, 200 * MS);
    ck_assert(path_is_open(&path, 249 * MS));
    ck_assert(!path_is_open(&path, 250 * MS));
}
END_TEST

START_TEST(a_new_distance_counts_for_what_is_sent_after_it)
{
    struct distance near = {.delay_us = 1 * MS};
    struct pair pair = pair_of((struct distance){.delay_us = 100 * MS, .rate = 1000});
    uint64_t sent = 0;
    uint64_t taken = 0;
    begin(&pair);
    send(&pair, &sent, 100, 0); /* 100 ms of the rate */
    path_set_distance(&pair.there, &near, 10 * MS);
    send(&pair, &sent, 100, 20 * MS); /* not before those in front */
    ck_assert_uint_eq(take_until(&pair, &taken, WAY_NEVER - 1), 200 * MS);
    begin(&pair);
    ck_assert_uint_eq(arrival_us(&pair, 100, 300 * MS), 301 * MS);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &bytes_come_after_the_delay_and_not_before,
        &what_comes_out_is_what_went_in,
        &jitter_delays_by_no_more_than_it_says_and_reorders_nothing,
        &a_rate_is_kept_to_the_microsecond_by_all_ways_of_a_path,
        &a_slow_path_stops_the_sender_and_says_when_it_has_room,
        &a_long_path_holds_so_many_bytes_and_no_more,
        &a_cut_holds_bytes_and_the_next_try_after_healing_brings_them,
        &a_cut_that_is_over_before_bytes_arrive_does_nothing,
        &timeouts_double_and_end_at_two_minutes,
        &without_acknowledgements_a_window_goes_through_and_no_more,
        &the_cut_of_one_direction_leaves_the_other_open,
        &a_loss_costs_a_round_trip_or_a_timeout_and_holds_what_is_behind,
        &the_same_seed_draws_the_same,
        &flapping_is_open_for_its_part_of_each_period,
        &a_profile_that_flaps_does_so_from_when_it_is_set_unless_a_command_does,
        &a_new_distance_counts_for_what_is_sent_after_it,
    };
    return suite_run("way", cases, sizeof cases / sizeof cases[0]);
}
