/*
 * sighter.h: keeps what the desks see of subscribers, on a thread of its own.
 *
 * It fetches from the desks ten times a second, says when a device has too many subscribers (event
 * `duplicate_suspected`, without any of them), and writes what it knows to `sightings` in the data
 * directory every ten minutes and at the end: a crash loses the last minutes. The key of the hashes
 * is made at the first start, in `sightings.key`, mode 0600, and leaves the node never.
 */
#ifndef NODE_SIGHTER_H
#define NODE_SIGHTER_H

#include "eir/sightings.h"
#include "eir/tray.h"
#include "node/flagger.h"
#include "node/sighter_settings.h"
#include "proto/client.h"

#define SIGHTER_FETCH_MS 100
#define SIGHTER_WRITE_MS (UINT64_C(10) * 60 * 1000)

struct sighter;

struct sighter_options {
    const struct sighter_settings *settings;
    const char *directory; /* of the data */
    /* Unix time; NULL: clock_wall_ms(). For tests. */
    uint64_t (*wall_ms)(void);
};

/* Reads what was kept, or begins anew when it cannot be used: it says so. The errors of files for
 * the key, ERR_MEMORY. */
enum err sighter_open(const struct sighter_options *options, struct sighter **out) must_check;
/* Begins to fetch; `flagger`, which may be NULL, hears of the suspected and belongs to the thread
 * from now on. ERR_MEMORY. */
enum err sighter_start(struct sighter *sighter, struct flagger *flagger) must_check;
/* Ends the thread and writes. NULL and one that was not started are allowed. */
void sighter_stop(struct sighter *sighter);
/* No desk is open any more. NULL is allowed. */
void sighter_close(struct sighter *sighter);

/* For the eir. */
struct trays *sighter_trays(struct sighter *sighter);

/* ---- any thread ---- */

/* The page from that device on, as of today. */
void sighter_answer(struct sighter *sighter, struct imei from, struct sightings_answer *out);

struct sighter_counts {
    struct sightings_size size;
    uint64_t seen;      /* sightings since the start */
    uint64_t dropped;   /* that the desks had no room for */
    uint64_t reported;  /* devices that became suspected */
    uint64_t flagged;   /* of which the ledger has accepted this node's word */
    uint64_t unwritten; /* times that writing has failed */
};

struct sighter_counts sighter_count(struct sighter *sighter);

#endif
