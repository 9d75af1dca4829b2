#include "front/diameter_intake.h"

#include "front/diameter_gate.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <stdbool.h>
#include <time.h>

/* The queues are looked at once in so many messages of a connection. */
enum { LOOK_EVERY = 64, LOOK_AGAIN_NS = 1000000 };

static void (*say_refused)(const char *why);

/* Never waits for the list: who changes it may be waiting for this thread to end. */
static bool is_too_much(void)
{
    long count = 0;
    if (pthread_rwlock_tryrdlock(&fd_g_peers_rw) != 0)
        return false;
    for (struct fd_list *at = fd_g_peers.next; at != &fd_g_peers; at = at->next) {
        int queued = 0;
        if (fd_stat_getstats(STAT_P_PSM, at->o, &queued, NULL, NULL, NULL, NULL, NULL, NULL) == 0)
            count += queued;
    }
    pthread_rwlock_unlock(&fd_g_peers_rw);
    return count > DIAMETER_READ_AHEAD_MAX;
}

/* On the thread that reads the connection. It holds nothing while it sleeps, and can be cancelled.
 */
static void on_data(enum fd_hook_type type, struct msg *message, struct peer_hdr *peer, void *other,
                    struct fd_hook_permsgdata *data, void *registered)
{
    static _Thread_local unsigned seen;
    static const struct timespec pause = {.tv_nsec = LOOK_AGAIN_NS};
    struct fd_cnx_rcvdata *received = other;
    (void)type, (void)message, (void)peer, (void)data, (void)registered;
    if (!diameter_gate(bytes_of(received->buffer, received->length))) {
        /* No such version: freeDiameter takes it for noise, and closes the connection. */
        received->buffer[0] = 0;
        say_refused("not a message as RFC 6733 has it: its connection is closed");
    }
    if (++seen % LOOK_EVERY != 0)
        return;
    while (is_too_much())
        nanosleep(&pause, NULL);
}

enum err diameter_intake_register(void (*say)(const char *why))
{
    static struct fd_hook_hdl *handle;
    say_refused = say;
    return fd_hook_register(HOOK_MASK(HOOK_DATA_RECEIVED), on_data, NULL, NULL, &handle) == 0
               ? ERR_OK
               : ERR_INTERNAL;
}
