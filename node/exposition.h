/*
 * exposition.h: what a node tells whoever watches it: all its figures as OpenMetrics text, whether
 * it lives, and whether it is to be asked.
 *
 * docs/operate.md lists the figures. No IMEI, subscriber or client is named in them. Any thread.
 */
#ifndef NODE_EXPOSITION_H
#define NODE_EXPOSITION_H

#include "eir/eir.h"
#include "ledger/ledger.h"
#include "node/facts.h"
#include "node/sighter.h"
#include "proto/writer.h"

/* What the text of a node with MEMBERS_MAX peers and every interface takes at most. */
#define EXPOSITION_SIZE_MAX ((size_t)256 * 1024)

/* All of them open for as long as anybody asks. */
struct exposition {
    struct eir *eir;
    struct facts *facts;
    const struct ledger *ledger;
    struct sighter *sighter; /* NULL: sightings are not kept */
    uint64_t started_ms;     /* wall time */
};

/* Writes the whole text. ERR_TOO_LARGE sticks in a writer of less than EXPOSITION_SIZE_MAX. */
void exposition_write(const struct exposition *exposition, struct writer *writer);

#endif
