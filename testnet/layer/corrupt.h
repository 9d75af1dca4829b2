/*
 * corrupt.h: damage to a file such as a bad disk does: bits that are not what was written.
 */
#ifndef TESTNET_LAYER_CORRUPT_H
#define TESTNET_LAYER_CORRUPT_H

#include <stdbool.h>
#include <stdint.h>

#define CORRUPT_SPAN 64 /* bytes within which bits flip */
#define CORRUPT_BITS 8

struct corrupt_place {
    uint64_t offset; /* of the span */
    int bits;        /* that are now others: 1 to CORRUPT_BITS */
};

/* Flips bits at a place that the seed chooses among those where the file is not all zeros. False
 * and errno on failure; ENODATA for a file in which everything is zero. */
bool corrupt_file(const char *path, uint64_t seed, struct corrupt_place *out);

#endif
