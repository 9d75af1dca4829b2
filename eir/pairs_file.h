/*
 * pairs_file.h: the pairs of a node as they lie in its data directory: `pairs`, and `pairs.key`
 * with the secret that they are hashed with, both for their owner's eyes only.
 */
#ifndef EIR_PAIRS_FILE_H
#define EIR_PAIRS_FILE_H

#include "eir/pairs.h"

#define PAIRS_FILE_NAME     "pairs"
#define PAIRS_KEY_FILE_NAME "pairs.key"

/* `*out` is NULL with ERR_OK when there are none. ERR_DAMAGED: not what pairs_save() wrote, or the
 * key is missing or another one; the errors of file_read(). */
enum err pairs_load(const char *directory, struct pairs **out) must_check;

/* The key in that directory; `fresh`, which is random, becomes it when there is none. The errors of
 * file_read() and file_replace(), ERR_DAMAGED. */
enum err pairs_key_get(const char *directory, const struct pairs_key *fresh,
                       struct pairs_key *out) must_check;

/* In place of all that were there; a crash leaves the old ones or these. */
enum err pairs_save(const char *directory, const struct pairs *pairs) must_check;

#endif
