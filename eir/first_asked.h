/*
 * first_asked.h: when this node was first asked for a TAC that nobody had allocated.
 *
 * The delay of a reporting body (policy.h) begins there. A table of fixed size: whoever asks for
 * made-up TACs can fill it, and no more. A TAC that finds no room counts as asked for today, so
 * that a full table makes the policy more lenient and never refuses a new model.
 *
 * Threads: any may ask; no lock, no wait, no allocation. Days are of Unix time, 1 or more.
 */
#ifndef EIR_FIRST_ASKED_H
#define EIR_FIRST_ASKED_H

#include "proto/imei.h"
#include "proto/writer.h"

/* TACs: three quarters of the places. A world has some 200 000. */
#define FIRST_ASKED_MAX 786432
/* Bytes of the file: head, a TAC and a day each, check sum. */
#define FIRST_ASKED_SIZE_MAX (16 + 8 * FIRST_ASKED_MAX + 32)

struct first_asked;

enum err first_asked_open(struct first_asked **out) must_check; /* ERR_MEMORY */
void first_asked_close(struct first_asked *asked);              /* NULL is allowed */

/* How many days ago the TAC was first asked for; 0, and from now on known, when never before. A
 * clock that was set back counts as the first day. */
uint32_t first_asked_days(struct first_asked *asked, uint32_t tac, uint32_t today);

size_t first_asked_count(const struct first_asked *asked);

/* The table as a file, so that it outlasts a restart: docs/internals/storage.md. Entries that come
 * meanwhile may be missing. ERR_TOO_LARGE sticks in the writer. */
void first_asked_write(const struct first_asked *asked, struct writer *writer);

/* Adds what such a file says. ERR_DAMAGED: nothing is added. One thread, before anybody asks. */
enum err first_asked_read(struct first_asked *asked, struct bytes file) must_check;

#endif
