/*
 * order.h: what the proxy is told while it runs: one line a command.
 *
 *     profile FILE                 all distances are those of that table from now on
 *     cut A B [one-way]            nothing passes between them; one-way: nothing from A to B
 *     flap A B PERIOD_MS PERCENT   open for that part of each period, else cut; both ways
 *     isolate A                    cut from all others
 *     heal [A B]                   cuts and flapping of these commands end, both ways; without
 *                                  names: everywhere
 *     reload                       the table of nodes and links is read again
 *     state                        everything, as one line of JSON
 *
 * A and B are names of nodes, or countries: then all nodes of them.
 *
 * Threads: any.
 */
#ifndef PROXY_ORDER_H
#define PROXY_ORDER_H

#include "testnet/proxy/distance.h"
#include "testnet/proxy/words.h"

/* Of a line, with its end. */
#define ORDER_SIZE_MAX 1024

enum order_verb {
    ORDER_PROFILE,
    ORDER_CUT,
    ORDER_FLAP,
    ORDER_ISOLATE,
    ORDER_HEAL,
    ORDER_RELOAD,
    ORDER_STATE,
};

struct order {
    enum order_verb verb;
    bool has_names; /* HEAL */
    char a[WORD_SIZE];
    char b[WORD_SIZE];
    char file[WORD_SIZE];
    bool is_one_way;  /* CUT */
    struct flap flap; /* FLAP */
};

/* NULL, or what is wrong with the line, which is without its end. */
const char *order_parse(struct bytes line, struct order *out);

#endif
