/*
 * offer.h: the state of a checkpoint that this node gives to others, for as long as somebody asks.
 *
 * A snapshot of the ledger as it was at a checkpoint (ledger/chunks.h). It is taken when a peer has
 * asked and the state stands at a checkpoint: by the apply thread, which stops at each for that, or
 * when the next question comes, if nothing was applied since. It stays the same one while it is
 * asked for, so that several nodes offer the same and a list once fetched is good to the end; it
 * keeps pages of the state's file from being used again, so it is given up when nobody has asked
 * for OFFER_IDLE_MS, and after OFFER_AGE_MS in any case.
 *
 * Any thread.
 */
#ifndef NODE_OFFER_H
#define NODE_OFFER_H

#include "ledger/ledger.h"
#include "proto/peer_state.h"

#define OFFER_IDLE_MS 60000
#define OFFER_AGE_MS  (UINT64_C(3600) * 1000)

struct offer;

/* ERR_MEMORY. The ledger is closed after the offer. */
enum err offer_open(struct ledger *ledger, struct offer **out) must_check;
void offer_close(struct offer *offer); /* NULL is allowed */

/* Somebody asks at that time, on the monotonic clock. */
void offer_want(struct offer *offer, uint64_t now_ms);

/* The apply thread has committed a checkpoint block, and no later one: takes a snapshot when one is
 * wanted and there is none. What goes wrong here is found by offer_list(). */
void offer_seize(struct offer *offer, uint64_t now_ms);

/* Gives up what nobody asks for. Never waits. */
void offer_tend(struct offer *offer, uint64_t now_ms);

/* Writes the frame that answers: a list without entries when another state is offered than was
 * asked for. Takes a snapshot if there is none. The errors of ledger/chunks.h but NOT_FOUND. */
enum err offer_list(struct offer *offer, const struct peer_list_wanted *wanted, uint64_t now_ms,
                    struct writer *frame) must_check;

/* Writes the frame that answers: without bytes when another state is offered, or has none there.
 * ERR_DAMAGED when the rows are not those of the checkpoint any more; ERR_MEMORY, the errors of the
 * store. */
enum err offer_chunks(struct offer *offer, const struct peer_chunks_wanted *wanted,
                      struct writer *frame) must_check;

#endif
