/*
 * links_roster.h: who may call and who is called: the peers, and the nodes that no longer are.
 *
 * A seat is one peer's place: it stays where it is in memory as long as the peer is one, so that
 * both directions point to it.
 *
 * Threads: the loop's thread alone changes the list, with the links' lock held; so it may look
 * without, and the thread that tends the links looks with the lock.
 */
#ifndef CONSENSUS_LINKS_ROSTER_H
#define CONSENSUS_LINKS_ROSTER_H

#include "consensus/links.h"

enum { LINKS_CHANNELS = 2 };

struct links_outgoing;

struct links_seat {
    struct links_peer peer; /* its texts are the seat's, its `ca` is empty */
    struct hash ca;
    char name[NAME_SIZE_MAX + 1];
    char address[ADDRESS_SIZE_MAX + 1];
    struct links_outgoing *outgoing[LINKS_CHANNELS]; /* control, bulk */
};

struct links_roster {
    struct links_seat *seats[LINKS_PEERS_MAX];
    size_t count;
    struct links_removed *removed;
    size_t removed_count;
};

/* NULL when there is none. */
struct links_seat *links_roster_find(const struct links_roster *roster, uint32_t id);
const struct links_removed *links_roster_find_removed(const struct links_roster *roster,
                                                      uint32_t id);

/* A seat without connections. The texts must fit. ERR_MEMORY. */
enum err links_seat_make(const struct links_peer *peer, struct links_seat **out) must_check;

/* True when it is that peer's in all that a connection depends on. */
bool links_seat_is_of(const struct links_seat *seat, const struct links_peer *peer);

#endif
