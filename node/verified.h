/*
 * verified.h: remembers which signatures this node has verified lately, so that a transaction it
 * admitted is not verified a second time when its block is applied.
 *
 * A memory, not a decision: what is forgotten is verified again. Keyed by the transaction's id and
 * signature, which together are all of its bytes; the key cannot change, its id is its hash.
 * Threads: any.
 */
#ifndef NODE_VERIFIED_H
#define NODE_VERIFIED_H

#include "proto/statement.h"

struct verified;

enum err verified_open(struct verified **out) must_check;
void verified_close(struct verified *verified); /* NULL is allowed */

/* As transaction_verify(), from memory when it can; what verifies is remembered. */
enum err verified_check(struct verified *verified, const struct transaction *transaction,
                        const struct public_key *key) must_check;

#endif
