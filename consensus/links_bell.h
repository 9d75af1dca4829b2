/*
 * links_bell.h: wakes the thread that tends the links, before its time when something happened; and
 * the time that it goes by.
 */
#ifndef CONSENSUS_LINKS_BELL_H
#define CONSENSUS_LINKS_BELL_H

#include "proto/err.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct links_bell {
    pthread_mutex_t lock;
    pthread_cond_t rang;
    bool is_rung;
    bool is_last; /* wait no more */
};

/* Monotonic. nng_clock() is Debian's wall clock: set ahead it would end every connection, and set
 * back call nobody again until it is where it was. */
uint64_t links_now_ms(void);

enum err links_bell_init(struct links_bell *bell) must_check;
void links_bell_destroy(struct links_bell *bell);

/* Any thread. */
void links_bell_ring(struct links_bell *bell);
void links_bell_ring_last(struct links_bell *bell);

/* Returns when it was rung since the last call, or after `timeout_ms`; false after the last. */
bool links_bell_wait(struct links_bell *bell, uint32_t timeout_ms);

#endif
