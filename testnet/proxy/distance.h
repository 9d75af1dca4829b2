/*
 * distance.h: how far two nodes are from each other, and tables of such distances by country.
 *
 * A table is a text, one row a line:
 *
 *     # FROM TO     delay_ms  jitter_ms  mbit_s  loss_%
 *     inside        1         0.2        1000    0       # two nodes of one country
 *     else          60        3          100     0.01    # any other two
 *     FR KE         75        4          100     0.01    # both ways
 *     FR > BR       95        4          -       0       # from FR to BR alone; - is no bound
 *     KE IN         60        4          100     0.1   flap 20000 80
 *
 * `inside` and `else` are there, each direction at most once. The delay is one way: the round trip
 * is both ways'. The jitter comes on top, evenly from 0 to its value. The loss is of packets.
 * `flap PERIOD_MS PERCENT`: the way is open for that part of each period, and then cut.
 *
 * Threads: any.
 */
#ifndef PROXY_DISTANCE_H
#define PROXY_DISTANCE_H

#include "conf/document.h"

/* Of a country, as ISO 3166-1 alpha-2 has it. */
#define COUNTRY_SIZE 2

#define DISTANCE_ROWS_MAX    512 /* 16 countries, all directions, and room */
#define DISTANCE_TEXT_MAX    (64 * 1024)
#define DISTANCE_DELAY_MAX   UINT64_C(10000000) /* us */
#define DISTANCE_MBIT_MAX    100000
#define DISTANCE_LOSS_WHOLE  100000 /* loss: parts of so many packets */
#define DISTANCE_FLAP_MIN_MS 10
#define DISTANCE_FLAP_MAX_MS 3600000

/* Open for `open_us` of each period, then cut; all 0: always open. */
struct flap {
    uint64_t period_us;
    uint64_t open_us;
};

/* In one direction. */
struct distance {
    uint64_t delay_us;
    uint64_t jitter_us;
    uint64_t rate; /* bytes a second; 0: no bound */
    uint32_t loss; /* packets of DISTANCE_LOSS_WHOLE */
    struct flap flap;
};

struct distance_row {
    char from[COUNTRY_SIZE + 1];
    char to[COUNTRY_SIZE + 1];
    struct distance distance;
};

struct distances {
    struct distance inside;
    struct distance other;
    size_t count;
    struct distance_row rows[DISTANCE_ROWS_MAX];
};

/* ERR_CONFIG with `complaint`, which names the line. */
enum err distances_parse(struct bytes text, struct distances *out,
                         struct complaint *complaint) must_check;

struct distance distances_between(const struct distances *distances, const char *from,
                                  const char *to);

bool is_country(const char *text);

/* PERIOD_MS and PERCENT, 0 to 100. ERR_OUT_OF_RANGE. */
enum err flap_parse(const char *period_ms, const char *percent, struct flap *out) must_check;

#endif
