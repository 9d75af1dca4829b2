/*
 * suppliers.h: the peers that are asked for something in pieces: who can be, who was asked when,
 * and who is to be left alone for a while.
 *
 * Part of the puller and of the taker, and no more than they a place of I/O or of a clock.
 */
#ifndef NODE_SUPPLIERS_H
#define NODE_SUPPLIERS_H

#include "proto/err.h"
#include "proto/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long an answer may take; a peer that has not answered yet may have no connection for its
 * answer: it is given less time at first. */
#define SUPPLIER_ANSWER_MS 10000
#define SUPPLIER_TRY_MS    500

/* How long a peer is not asked that sent something wrong. */
#define SUPPLIER_WRONG_MS 60000

struct supplier {
    uint32_t id;
    bool is_up;
    uint64_t barred_ms;   /* not asked until then */
    uint64_t asked;       /* the last request */
    uint64_t patience_ms; /* how long it may take to answer */
    enum err blame;       /* to be told */
    uint64_t offer;       /* height of the state that it offers; 0: none (taker.h) */
};

struct suppliers {
    size_t count;
    struct supplier rows[MEMBERS_MAX];
};

/* NULL: it was never up, or had to make place. */
struct supplier *suppliers_find(struct suppliers *suppliers, uint32_t id);

/* A peer came or went. False: there is no place for it. */
bool suppliers_link(struct suppliers *suppliers, uint32_t id, bool is_up);

/* Up, and not to be left alone. */
bool supplier_is_usable(const struct supplier *supplier, uint64_t now_ms);

/* It is not asked until then. */
void suppliers_bar(struct suppliers *suppliers, uint32_t id, uint64_t until_ms);

/* It sent something wrong: it is not asked for SUPPLIER_WRONG_MS, and told by the next
 * suppliers_next_blame(). */
void suppliers_blame(struct suppliers *suppliers, uint32_t id, enum err err, uint64_t now_ms);

/* Somebody to be told, once. False: there is nobody. */
bool suppliers_next_blame(struct suppliers *suppliers, uint32_t *id, enum err *err);

/* It has answered. */
void suppliers_heard(struct suppliers *suppliers, uint32_t id);

/* It has not, for as long as it had: it is left alone for as long again. */
void supplier_was_silent(struct supplier *supplier, uint64_t now_ms);

#endif
