/*
 * facts.h: what the loop knows of the node and other threads want to say: state, leader, freshness,
 * connections. The loop writes, others copy.
 */
#ifndef NODE_FACTS_H
#define NODE_FACTS_H

#include "proto/client.h"

#include <pthread.h>

/* X(name, word): what becomes of a statement that a client of this node submits. */
#define SUBMISSION_TABLE(X)                                                                        \
    X(COMMITTED, "committed")                                                                      \
    X(REFUSED, "refused")                                                                          \
    X(REPEATED, "repeated") /* it is in the ledger already */                                      \
    X(PUT_OFF, "put-off")   /* not now: the client may send it again */

enum submission {
#define X(name, word) SUBMISSION_##name,
    SUBMISSION_TABLE(X)
#undef X
        SUBMISSION_COUNT
};

const char *submission_word(enum submission submission);

struct facts_row {
    struct status status; /* height, head, transactions and root are the state's: not set here */
    uint64_t fresh_at_ms; /* monotonic; 0: never */
    bool takes_state;     /* there is nothing to be asked about but the node itself */
    uint64_t submissions[SUBMISSION_COUNT]; /* since the start */
};

struct facts {
    pthread_mutex_t mutex;
    struct facts_row row;
};

void facts_init(struct facts *facts);
void facts_destroy(struct facts *facts);
void facts_set(struct facts *facts, const struct facts_row *row);
struct facts_row facts_get(struct facts *facts);

/* How long ago the state was known to be all there is. Before the first contact with a leader the
 * last block's own time is the best there is; AGE_UNKNOWN when this node's clock is behind that. */
uint64_t facts_age_ms(const struct facts_row *row, uint64_t block_time_ms);

#endif
