/*
 * chore.h: work off the loop's thread, one round at a time: what is asked for again meanwhile is
 * done once more afterwards.
 */
#ifndef NODE_CHORE_H
#define NODE_CHORE_H

#include <stdbool.h>
#include <uv.h>

struct chore {
    /* Set by the owner, who keeps the chore until its loop has ended. */
    uv_loop_t *loop;
    void (*work)(void *context); /* on a thread of libuv's pool */
    void (*done)(void *context); /* then on the loop's; not after chore_close() */
    void *context;
    /* The chore's. */
    uv_work_t request;
    bool is_busy;
    bool is_wanted;
    bool is_closed;
};

/* The loop's thread. */
void chore_want(struct chore *chore);
/* A round under way is finished while the loop runs out, and no other begins. */
void chore_close(struct chore *chore);

#endif
