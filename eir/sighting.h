/*
 * sighting.h: that a subscriber uses a device, as little of it as will do: the device and 16 bits
 * of a hash of both under this node's own key.
 *
 * The hash tells subscribers of one device apart. Two of them look like one in one of 65 536 cases,
 * so what is counted with it may be too low and is never too high. One subscriber has unrelated
 * hashes on two devices. docs/decisions/0023-sightings.md says what this gives away and what not.
 */
#ifndef EIR_SIGHTING_H
#define EIR_SIGHTING_H

#include "proto/imei.h"
#include "proto/imsi.h"
#include "proto/siphash.h"

struct sighting {
    struct imei imei;
    uint16_t subscriber;
};

/* `imsi` is given. */
struct sighting sighting_of(const struct siphash_key *key, struct imei imei,
                            const struct imsi *imsi);

/* In one word: the IMEI is below 2^47. Never 0. */
uint64_t sighting_pack(const struct sighting *sighting);
struct sighting sighting_unpack(uint64_t word);

#endif
