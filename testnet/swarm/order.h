/*
 * order.h: whether there is an order in which operations on one device, each at one moment between
 * its start and its end, explain everything that was told.
 *
 * The device is a set of registers, its parts: one for each organisation that may claim it. A part
 * holds the claim that stands, or nothing. A search through the moments in order keeps every state
 * that the device may be in, and puts an operation in its place only when it ends (Lowe, "Testing
 * for linearizability", 2017, section 3: just-in-time linearization); what was seen twice is not
 * looked at again (Wing and Gong's search with Lowe's memory).
 *
 * An operation whose answer nobody got may happen at any later time, or never. Those are what makes
 * a search explode, so they are not told apart: the claim that such a one raises, and that nobody
 * ever saw, is like any other such claim, and one such lift is like another. They are counted.
 *
 * Nothing here knows of ledgers, heights or nodes.
 */
#ifndef TESTNET_SWARM_ORDER_H
#define TESTNET_SWARM_ORDER_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ORDER_PARTS_MAX = 32,
    ORDER_PENDING_MAX = 256,    /* operations at once whose answer comes */
    ORDER_SEARCHED_MAX = 65536, /* states at one moment */
    ORDER_TOLD_MAX = 4,
};

#define ORDER_NEVER UINT64_MAX

enum order_kind {
    ORDER_RAISE,  /* the part held nothing, and holds the value then */
    ORDER_LIFT,   /* the part held something, and holds nothing then */
    ORDER_READ,   /* every part held what was seen */
    ORDER_STANDS, /* the part held something: a raise was refused for that */
    ORDER_ABSENT, /* the part held nothing: a lift was refused for that */
};

struct order_op {
    enum order_kind kind;
    uint64_t start;
    uint64_t end;   /* ORDER_NEVER, of RAISE and LIFT: it happens at some time after, or never */
    unsigned part;  /* all but READ */
    uint32_t value; /* RAISE: of no other one; neither 0 nor UINT32_MAX */
    const uint32_t *seen; /* READ: of each part the value, 0 for nothing */
};

struct order_device {
    unsigned part_count;
    uint32_t first[ORDER_PARTS_MAX]; /* what the parts held before everything */
    size_t count;
    const struct order_op *ops;
};

enum order_result {
    ORDER_EXISTS,
    ORDER_IMPOSSIBLE,
    ORDER_UNDECIDED, /* too much was under way at once */
};

struct order_answer {
    enum order_result result;
    size_t op;          /* IMPOSSIBLE: the first whose answer no order explains */
    size_t state_count; /* the device might have been in these states then, and in more when there
                           are as many as fit; UINT32_MAX: a claim that nobody ever saw */
    uint32_t states[ORDER_TOLD_MAX][ORDER_PARTS_MAX];
};

/* ERR_MEMORY. The cost is that of sorting, as long as little is under way at once. */
enum err order_find(const struct order_device *device, struct order_answer *out) must_check;

#endif
