#include "front/diameter_counts.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <stdatomic.h>

static _Atomic uint32_t refused[REFUSAL_COUNT];

void diameter_count(enum refusal refusal)
{
    atomic_fetch_add_explicit(&refused[refusal], 1, memory_order_relaxed);
}

static bool is_connected(struct peer_hdr *peer)
{
    int state = fd_peer_get_state(peer);
    return state == STATE_OPEN || state == STATE_OPEN_NEW || state == STATE_REOPEN;
}

/* Never waits for the list: who changes it may be waiting for an answer of the node. */
static bool count_connections(uint32_t *count)
{
    *count = 0;
    if (pthread_rwlock_tryrdlock(&fd_g_peers_rw) != 0)
        return false;
    for (struct fd_list *at = fd_g_peers.next; at != &fd_g_peers; at = at->next)
        *count += is_connected(at->o);
    pthread_rwlock_unlock(&fd_g_peers_rw);
    return true;
}

bool diameter_counts_take(struct s13_counts *out)
{
    static uint32_t connections; /* as told last */
    bool is_new = count_connections(&out->connections) && out->connections != connections;
    if (!is_new)
        out->connections = connections;
    connections = out->connections;
    for (size_t i = 0; i < REFUSAL_COUNT; i++) {
        out->refusals[i] = atomic_exchange_explicit(&refused[i], 0, memory_order_relaxed);
        is_new |= out->refusals[i] != 0;
    }
    return is_new;
}
