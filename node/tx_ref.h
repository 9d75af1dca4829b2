/*
 * tx_ref.h: one submitted transaction in memory, parsed, with its signature in low-S form; shared
 * by count between whoever waits for it, the pool and the verifying threads. Immutable once made.
 */
#ifndef NODE_TX_REF_H
#define NODE_TX_REF_H

#include "proto/statement.h"

#include <stdatomic.h>

struct tx_ref {
    atomic_uint count;
    struct transaction tx; /* its views lie in `bytes` */
    uint8_t bytes[];
};

/* Copies, parses and normalises. ERR_MEMORY and transaction_parse()'s errors. */
enum err tx_ref_make(struct bytes encoded, struct tx_ref **out) must_check;
struct tx_ref *tx_ref_hold(struct tx_ref *ref);
void tx_ref_drop(struct tx_ref *ref); /* NULL is allowed */

#endif
