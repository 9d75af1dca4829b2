#include "node/trail.h"

void trail_add(struct trail *trail, const struct chain_link *link)
{
    switch (link->kind) {
    case BLOCK_TRANSACTIONS:
    case BLOCK_CONFIGURATION: trail->change = link->height; break;
    case BLOCK_CHECKPOINT:
        trail->before = trail->checkpoint;
        trail->checkpoint = link->height;
        break;
    case BLOCK_NOOP: break;
    }
}

/* The blocks come from the last one on: what is found first stays. */
static void find_in(struct trail *trail, const struct chain_link *link)
{
    switch (link->kind) {
    case BLOCK_TRANSACTIONS:
    case BLOCK_CONFIGURATION:
        if (trail->change == 0)
            trail->change = link->height;
        break;
    case BLOCK_CHECKPOINT:
        if (trail->checkpoint == 0)
            trail->checkpoint = link->height;
        else if (trail->before == 0)
            trail->before = link->height;
        break;
    case BLOCK_NOOP: break;
    }
}

enum err trail_find(const struct chain *chain, uint64_t height, struct trail *out)
{
    *out = (struct trail){0};
    for (; height > 0 && (out->before == 0 || out->change == 0); height--) {
        struct chain_link link;
        enum err err = chain_link(chain, height, &link);
        if (err != ERR_OK)
            return err;
        find_in(out, &link);
    }
    return ERR_OK;
}
