/*
 * tray.h: where the desks put what they see, and one keeper fetches it.
 *
 * Each desk has a tray of its own, a ring of fixed size: putting takes no lock and never waits;
 * what does not fit is dropped and counted. The keeper fetches from all of them.
 */
#ifndef EIR_TRAY_H
#define EIR_TRAY_H

#include "eir/sighting.h"

/* Sightings that a tray holds, a power of two. Fetched ten times a second, it is full at 160 000
 * questions a second. */
#define TRAY_SLOTS 16384

struct trays;
struct tray;

/* The subscribers' hashes are made with the key. */
enum err trays_open(const struct siphash_key *key, struct trays **out) must_check;
/* All trays are closed before. NULL is allowed. */
void trays_close(struct trays *trays);

enum err tray_open(struct trays *trays, struct tray **out) must_check;
/* What lies in it is lost. NULL is allowed. */
void tray_close(struct tray *tray);

/* On the desk's thread: a subscriber uses a device. */
void tray_put(struct tray *tray, struct imei imei, const struct imsi *imsi);

/* On the keeper's thread: takes out what lies in all trays, in no order. Returns how many. */
typedef void tray_take(void *context, const struct sighting *sighting);
size_t trays_fetch(struct trays *trays, tray_take *take, void *context);

/* Sightings that did not fit, since the start; any thread. */
uint64_t trays_dropped(struct trays *trays);

#endif
