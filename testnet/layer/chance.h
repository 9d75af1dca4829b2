/*
 * chance.h: numbers that a seed chooses. splitmix64, by G. Steele, D. Lea and C. Flood: enough to
 * choose sectors and bits with.
 */
#ifndef TESTNET_LAYER_CHANCE_H
#define TESTNET_LAYER_CHANCE_H

#include <stdint.h>

static inline uint64_t chance_mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

/* A number of its own for each question, so that the answers do not depend on their order. */
static inline uint64_t chance_draw(uint64_t seed, uint64_t what, uint64_t which)
{
    return chance_mix(chance_mix(seed ^ chance_mix(what)) + which);
}

#endif
