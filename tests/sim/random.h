/*
 * random.h: the one source of chance of a simulated world (splitmix64, public domain by Vigna).
 *
 * Every decision of a run is drawn from it in the order of simulated events, so the seed is the
 * run.
 */
#ifndef TESTS_SIM_RANDOM_H
#define TESTS_SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* Chances are given out of this many. */
#define RANDOM_ALWAYS 10000

struct random {
    uint64_t state;
};

static inline uint64_t random_mix(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static inline uint64_t random_next(struct random *random)
{
    return random_mix(random->state += UINT64_C(0x9e3779b97f4a7c15));
}

/* 0 … count - 1; count is not 0. */
static inline uint32_t random_below(struct random *random, uint32_t count)
{
    return (uint32_t)(((random_next(random) >> 32) * count) >> 32);
}

/* Both ends are possible. */
static inline uint32_t random_between(struct random *random, uint32_t low, uint32_t high)
{
    return low + random_below(random, high - low + 1);
}

static inline bool random_chance(struct random *random, uint32_t of_ten_thousand)
{
    return of_ten_thousand != 0 && random_below(random, RANDOM_ALWAYS) < of_ten_thousand;
}

#endif
