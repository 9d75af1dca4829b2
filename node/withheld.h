/*
 * withheld.h: peers from which something is withheld until a moment. From followers that pull
 * blocks by themselves, as they last said, their leader's pushes: they are getting them anyway.
 * From those whose blocks were refused, this node's ear: it does not hear them as leaders
 * (driver_receive.c).
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_WITHHELD_H
#define NODE_WITHHELD_H

#include "proto/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Blocks from the end of what is committed at which a follower that pulls is pushed to again, so
 * that it goes over from the one to the other without a pause. */
#define PULL_END 256

struct withheld {
    struct {
        uint32_t peer;
        uint64_t until_ms;
    } rows[MEMBERS_MAX];
};

/* Until then, unless it says so again. */
void withheld_note(struct withheld *withheld, uint32_t peer, uint64_t until_ms);
bool withheld_has(const struct withheld *withheld, uint32_t peer, uint64_t now_ms);

#endif
