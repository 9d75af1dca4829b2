/*
 * waiting.h: the transactions that this node has taken and that have no outcome yet, with the
 * clients that wait for them. A transaction is in the list once, whoever sent it.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_WAITING_H
#define NODE_WAITING_H

#include "node/clerk.h"
#include "node/id_map.h"
#include "node/tx_ref.h"

/* Transactions that may wait for their outcome on one node. */
#define WAITING_MAX 4096

struct waiter;

struct waiting {
    struct id_entry entry;
    struct waiting *next; /* in order of arrival */
    struct waiting **previous;
    struct tx_ref *tx;
    bool is_verified;
    struct waiter *waiters;
    uint64_t until_ms; /* carried to leaders until then */
    uint64_t sent_ms;  /* to a leader; 0: not yet */
    uint32_t sent_to;
    uint32_t sendings; /* to leaders, the same one or others */
    uint32_t refusals; /* by leaders, of one sending each */
};

struct waiting_list {
    struct id_map map;
    struct waiting *first;
    struct waiting **last;
    size_t bytes; /* of the transactions */
    size_t bytes_max;
};

enum err waiting_open(struct waiting_list *list, size_t bytes_max) must_check;
/* Nobody waits any more. */
void waiting_close(struct waiting_list *list);

struct waiting *waiting_find(const struct waiting_list *list, const struct hash *id);

/* Takes a count of the transaction. An id says nothing of the signature: what is there unverified
 * gives way to what is verified. NULL when there is no room. */
struct waiting *waiting_add(struct waiting_list *list, struct tx_ref *tx, bool is_verified,
                            uint64_t until_ms);
/* Nobody may wait for it any more. */
void waiting_remove(struct waiting_list *list, struct waiting *waiting);

/* Adds a client to those that wait, until then. ERR_BUSY: the call stays the caller's. */
enum err waiting_attach(struct waiting *waiting, struct call *call,
                        uint64_t deadline_ms) must_check;
/* Answers all that wait, as clerk_answer_tx(). */
void waiting_answer(struct waiting *waiting, enum err err, const struct tx_answer *answer);
/* Answers those whose time is over: the transaction goes on without them. */
void waiting_expire(struct waiting *waiting, uint64_t now_ms);

#endif
