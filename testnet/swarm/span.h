/*
 * span.h: how long things took: counts in buckets of an eighth of a power of two, so that a
 * percentile is right within 13 %, in memory that does not grow.
 */
#ifndef TESTNET_SWARM_SPAN_H
#define TESTNET_SWARM_SPAN_H

#include <stdint.h>
#include <string.h>

enum { SPAN_BUCKETS = 62 * 8 };

struct span {
    uint64_t count;
    uint32_t buckets[SPAN_BUCKETS];
};

/* Values below 8 have a bucket each; above, the highest bit and the three after it say which. */
static inline unsigned span_bucket(uint64_t value)
{
    if (value < 8)
        return (unsigned)value;
    unsigned high = 63u - (unsigned)__builtin_clzll(value);
    return (high - 2) * 8 + (unsigned)(value >> (high - 3) & 7);
}

/* The least value of a bucket. */
static inline uint64_t span_floor(unsigned bucket)
{
    if (bucket < 8)
        return bucket;
    unsigned high = bucket / 8 + 2;
    return (UINT64_C(8) + bucket % 8) << (high - 3);
}

static inline void span_add(struct span *span, uint64_t value)
{
    span->count++;
    span->buckets[span_bucket(value)]++;
}

/* The value that so many of a thousand do not exceed, rounded down to its bucket; 0 of none. */
static inline uint64_t span_of_thousand(const struct span *span, unsigned thousandth)
{
    uint64_t wanted = (span->count * thousandth + 999) / 1000;
    uint64_t seen = 0;
    for (unsigned i = 0; i < SPAN_BUCKETS; i++) {
        seen += span->buckets[i];
        if (span->count > 0 && seen >= wanted)
            return span_floor(i);
    }
    return 0;
}

#endif
