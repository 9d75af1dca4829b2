/*
 * scribe.h: writes down what clients did, and counts it.
 *
 * Threads: any number of clients tell; one thread flushes and reports, once a second.
 */
#ifndef TESTNET_SWARM_SCRIBE_H
#define TESTNET_SWARM_SCRIBE_H

#include "testnet/swarm/places.h"
#include "testnet/swarm/record.h"

#include <stdio.h>

struct scribe;

/* Makes the history at `path` with its first line. ERR_NOT_FOUND, ERR_READ_ONLY, ERR_IO,
 * ERR_MEMORY. */
enum err scribe_open(const char *path, const struct record_head *head, const struct places *places,
                     struct scribe **out) must_check;

/* The operation is over. */
void scribe_tell(struct scribe *scribe, const struct record *record);

/* Hands what was told to the kernel, so that a kill of this process loses nothing of it, and prints
 * one line of JSON about the operations since the last call. The errors of the file, or of an
 * earlier scribe_tell(). */
enum err scribe_report(struct scribe *scribe, uint64_t now_us, FILE *out) must_check;

/* How many operations were told. */
uint64_t scribe_count(struct scribe *scribe);

enum err scribe_close(struct scribe *scribe) must_check; /* NULL is allowed */

#endif
