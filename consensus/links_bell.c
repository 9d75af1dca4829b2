#include "consensus/links_bell.h"

#include <errno.h>
#include <time.h>

enum err links_bell_init(struct links_bell *bell)
{
    *bell = (struct links_bell){0};
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0)
        return ERR_MEMORY;
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    enum err err = ERR_MEMORY;
    if (pthread_mutex_init(&bell->lock, NULL) != 0)
        goto out;
    if (pthread_cond_init(&bell->rang, &monotonic) != 0) {
        pthread_mutex_destroy(&bell->lock);
        goto out;
    }
    err = ERR_OK;
out:
    pthread_condattr_destroy(&monotonic);
    return err;
}

void links_bell_destroy(struct links_bell *bell)
{
    pthread_cond_destroy(&bell->rang);
    pthread_mutex_destroy(&bell->lock);
}

static void ring(struct links_bell *bell, bool is_last)
{
    pthread_mutex_lock(&bell->lock);
    bell->is_rung = true;
    bell->is_last |= is_last;
    pthread_cond_signal(&bell->rang);
    pthread_mutex_unlock(&bell->lock);
}

void links_bell_ring(struct links_bell *bell)
{
    ring(bell, false);
}

void links_bell_ring_last(struct links_bell *bell)
{
    ring(bell, true);
}

uint64_t links_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct timespec after_ms(uint32_t timeout_ms)
{
    struct timespec when;
    clock_gettime(CLOCK_MONOTONIC, &when);
    when.tv_sec += timeout_ms / 1000;
    when.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    if (when.tv_nsec >= 1000000000) {
        when.tv_sec++;
        when.tv_nsec -= 1000000000;
    }
    return when;
}

bool links_bell_wait(struct links_bell *bell, uint32_t timeout_ms)
{
    struct timespec when = after_ms(timeout_ms);
    pthread_mutex_lock(&bell->lock);
    while (!bell->is_rung) {
        if (pthread_cond_timedwait(&bell->rang, &bell->lock, &when) == ETIMEDOUT)
            break;
    }
    bell->is_rung = false;
    bool goes_on = !bell->is_last;
    pthread_mutex_unlock(&bell->lock);
    return goes_on;
}
