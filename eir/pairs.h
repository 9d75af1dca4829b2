/*
 * pairs.h: which subscribers may use which devices, although these are blocked: this operator's
 * pairs of IMEI and IMSI, on this node only.
 *
 * What is kept of a pair is a hash keyed by a secret of the node, so that the file alone tells no
 * subscriber, and does not even let guesses be tried: SHA-256 over the key and the pair, all of
 * fixed sizes, cut to 16 bytes. The text to import is CSV, as national systems hand it out
 * (DIRBS: exceptions): a head line imei,imsi or imei,imsi,msisdn, then a pair a line; the MSISDN is
 * looked at and forgotten.
 *
 * A set is immutable: any thread may look.
 */
#ifndef EIR_PAIRS_H
#define EIR_PAIRS_H

#include "conf/document.h"
#include "proto/imei.h"
#include "proto/imsi.h"
#include "proto/writer.h"

#define PAIRS_KEY_SIZE 32
#define PAIR_SIZE      16
#define PAIRS_MAX      4000000
/* Bytes of a text to import, and of the file: head, pairs, check sum. */
#define PAIRS_TEXT_MAX (256 * 1024 * 1024)
#define PAIRS_SIZE_MAX (16 + PAIR_SIZE * PAIRS_MAX + 32)

struct pairs_key {
    uint8_t bytes[PAIRS_KEY_SIZE];
};

struct pairs;

/* ERR_CONFIG with `complaint` and its line; ERR_MEMORY. Doubles are one pair. */
enum err pairs_import(struct bytes text, const struct pairs_key *key, struct pairs **out,
                      struct complaint *complaint) must_check;
void pairs_free(struct pairs *pairs); /* NULL is allowed */

size_t pairs_count(const struct pairs *pairs); /* NULL: 0 */

/* Whether the subscriber may use the device. NULL: no pairs. An IMSI that is not given has none. */
bool pairs_have(const struct pairs *pairs, struct imei imei, const struct imsi *imsi);

/* The file: docs/internals/storage.md. Of PAIRS_SIZE_MAX bytes at most. */
size_t pairs_size(const struct pairs *pairs);
void pairs_write(const struct pairs *pairs, struct writer *writer);
/* ERR_DAMAGED, also for pairs hashed with another key; ERR_MEMORY. */
enum err pairs_read(struct bytes file, const struct pairs_key *key, struct pairs **out) must_check;

#endif
