/*
 * sightings_file.h: the bytes in which sightings outlive a restart; docs/internals/storage.md has
 * them field by field.
 *
 * There is one encoding: devices ascending, each with its slots ascending by hash. A check sum
 * stands at the end. The file is of use with its own key only, and says whether a key is that.
 */
#ifndef EIR_SIGHTINGS_FILE_H
#define EIR_SIGHTINGS_FILE_H

#include "eir/sightings.h"
#include "proto/writer.h"

#define SIGHTINGS_FILE_HEAD  24
#define SIGHTINGS_FILE_TAIL  32
#define SIGHTINGS_DEVICE_MAX (8 + 4 * SIGHTINGS_SUBSCRIBERS)

/* What the file of so many devices takes at most. */
#define SIGHTINGS_FILE_SIZE(devices)                                                               \
    (SIGHTINGS_FILE_HEAD + SIGHTINGS_FILE_TAIL + (devices)*SIGHTINGS_DEVICE_MAX)

/* Writes all of it. ERR_TOO_LARGE and ERR_MEMORY stick in the writer. */
void sightings_write(const struct sightings *sightings, const struct siphash_key *key,
                     struct writer *writer);

/* Takes over what the file holds, into sightings that are empty; what does not fit is forgotten.
 * ERR_DAMAGED for a check sum, ERR_BAD_KEY when it was written under another key, ERR_BAD_VERSION,
 * and for what no writer writes the errors of reader.h: the sightings are of no use then. */
enum err sightings_read(struct sightings *sightings, const struct siphash_key *key,
                        struct bytes file) must_check;

#endif
