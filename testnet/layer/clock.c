/* The wall clock, before libc's: wrong by what the control file says. The monotonic clocks stay. */
#include "testnet/layer/control.h"
#include "testnet/layer/files.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* No machine has been up for so long: a time after it is one of the wall clock. */
#define UPTIME_MAX_S 1000000000

static int64_t shift_ms(void)
{
    const struct control *control = files_control();
    return control == NULL ? 0 : atomic_load(&control->clock_ms);
}

static void shift(struct timespec *time, int64_t by_ms)
{
    int64_t seconds = by_ms / 1000;
    int64_t rest_ns = by_ms % 1000 * 1000000 + time->tv_nsec;
    if (rest_ns < 0 || rest_ns >= 1000000000) {
        seconds += rest_ns < 0 ? -1 : 1;
        rest_ns += rest_ns < 0 ? 1000000000 : -1000000000;
    }
    time->tv_sec += seconds;
    time->tv_nsec = rest_ns;
}

/* By way of the vDSO, which a call of the kernel's own would pass by. */
static int read_clock(clockid_t clock, struct timespec *out)
{
    static int (*_Atomic real)(clockid_t, struct timespec *);
    int (*found)(clockid_t, struct timespec *) = atomic_load(&real);
    if (found == NULL) {
        void *address = dlsym(RTLD_NEXT, "clock_gettime");
        memcpy(&found, &address, sizeof found);
        atomic_store(&real, found);
    }
    return found(clock, out);
}

/* libc's headers have reserved names for the arguments.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

int clock_gettime(clockid_t clock, struct timespec *out)
{
    int result = read_clock(clock, out);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        shift(out, shift_ms());
    return result;
}

int gettimeofday(struct timeval *out, void *zone)
{
    struct timespec now;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return result;
}

time_t time(time_t *out)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *out, int base)
{
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, out) == 0 ? base : 0;
}

/* A time that was told by the wrong clock is waited for by the right one: NNG waits so. */
int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                           const struct timespec *until)
{
    struct timespec end = *until;
    if (until->tv_sec < UPTIME_MAX_S)
        return pthread_cond_clockwait(condition, mutex, CLOCK_MONOTONIC, &end);
    shift(&end, -shift_ms());
    return pthread_cond_clockwait(condition, mutex, CLOCK_REALTIME, &end);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
