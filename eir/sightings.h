/*
 * sightings.h: how many subscribers use a device: of each device the last few, for thirty days.
 *
 * A device has an entry of fixed size: short hashes (sighting.h) of the subscribers that were seen
 * last, at most SIGHTINGS_SUBSCRIBERS, each with the day when it was. So the count of a device is
 * the true one up to that number, but for two hashes that meet: at most n(n-1)/2 / 65 536 for n
 * subscribers, 0.005 % for three, and then it is too low. A device that reaches the threshold is
 * suspected to be several, until its count is below again.
 *
 * The whole has a fixed size too: a table of sets, each of SIGHTINGS_WAYS entries. When the set of
 * a new device is full, the entry that was not seen for longest makes room, one that is not
 * suspected first: what is forgotten so is counted, and makes counts too low and never too high.
 *
 * A day is one of Unix time, 1 or more; it comes in as an argument. Not for two threads at once.
 */
#ifndef EIR_SIGHTINGS_H
#define EIR_SIGHTINGS_H

#include "eir/sighting.h"

/* A subscriber counts on the day it is seen and the 29 after. */
#define SIGHTINGS_DAYS        30
#define SIGHTINGS_SUBSCRIBERS 8
#define SIGHTINGS_WAYS        8

/* Bytes that a device takes in memory. */
#define SIGHTINGS_ENTRY_SIZE 40

struct sightings;

struct sightings_options {
    struct siphash_key key; /* places devices, so that nobody can fill the set of his choice */
    uint64_t bytes_max;     /* at least one set's */
    unsigned threshold;     /* 2 to SIGHTINGS_SUBSCRIBERS */
};

/* One device. */
struct seen {
    struct imei imei;
    unsigned subscribers; /* SIGHTINGS_SUBSCRIBERS: so many or more */
    uint16_t day;         /* when it was seen last */
};

struct sightings_size {
    uint64_t devices;
    uint64_t suspected;
    uint64_t capacity;  /* devices that fit at most */
    uint64_t forgotten; /* devices that made room for others, since it was opened */
};

enum err sightings_open(const struct sightings_options *options, struct sightings **out) must_check;
void sightings_close(struct sightings *sightings); /* NULL is allowed */

uint16_t sightings_day(uint64_t wall_ms);

/* A subscriber uses a device. True when it is suspected from now on: `out` says what is known. */
bool sightings_see(struct sightings *sightings, const struct sighting *sighting, uint16_t today,
                   struct seen *out) must_check;

/* Forgets what is older than SIGHTINGS_DAYS, for good. What has a day that is yet to come, because
 * a clock was wrong, is seen today. Once a day, and before it is written. */
void sightings_roll(struct sightings *sightings, uint16_t today);

/* The suspected devices from that one on in ascending order, at most `capacity`. Looks at every
 * entry: some ms for a million. */
size_t sightings_suspected(const struct sightings *sightings, struct imei from, uint16_t today,
                           struct seen *out, size_t capacity);

struct sightings_size sightings_size(const struct sightings *sightings);

/* ---- for sightings_file.c ---- */

struct sightings_slot {
    uint16_t subscriber;
    uint16_t day; /* 0: none */
};

struct sightings_entry {
    uint64_t imei : 47;
    uint64_t is_used : 1;
    uint64_t is_suspected : 1;
    struct sightings_slot slots[SIGHTINGS_SUBSCRIBERS];
};

/* Every device in ascending order; `context` as given. ERR_MEMORY. */
typedef void sightings_visit(void *context, const struct sightings_entry *entry);
enum err sightings_walk(const struct sightings *sightings, sightings_visit *visit,
                        void *context) must_check;
/* Takes over a device that is not there, as it was walked over. */
void sightings_restore(struct sightings *sightings, const struct sightings_entry *entry);

#endif
