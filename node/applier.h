/*
 * applier.h: the apply thread: the only writer of the state.
 *
 * Takes committed, durable blocks in order and applies what has queued up in one LMDB transaction.
 * Each round posts a MAIL_APPLIED with the hash of every block and the outcome of every
 * transaction, after the commit: what is told can be read. After an error nothing more is applied.
 */
#ifndef NODE_APPLIER_H
#define NODE_APPLIER_H

#include "ledger/ledger.h"
#include "node/block_cache.h"
#include "node/offer.h"
#include "node/queue.h"

struct applier;

/* Bytes of blocks that may wait to be applied. */
#define APPLIER_QUEUE_BYTES (32u * 1024 * 1024)

enum err applier_start(struct ledger *ledger, struct queue *mail, struct applier **out) must_check;
/* Finishes what is queued, then ends the thread. NULL is allowed. */
void applier_stop(struct applier *applier);

/* From now on it stops at every checkpoint block, so that the offer can have the state there.
 * Before the first block is queued. */
void applier_offer(struct applier *applier, struct offer *offer);

/* Queues the next block, taking a count of it. ERR_BUSY when too much waits; ERR_MEMORY. */
enum err applier_queue(struct applier *applier, struct block_ref *block) must_check;

#endif
