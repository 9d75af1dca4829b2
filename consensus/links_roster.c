#include "consensus/links_roster.h"

#include "proto/invariant.h"

#include <stdlib.h>

struct links_seat *links_roster_find(const struct links_roster *roster, uint32_t id)
{
    for (size_t i = 0; i < roster->count; i++) {
        if (roster->seats[i]->peer.id == id)
            return roster->seats[i];
    }
    return NULL;
}

const struct links_removed *links_roster_find_removed(const struct links_roster *roster,
                                                      uint32_t id)
{
    for (size_t i = 0; i < roster->removed_count; i++) {
        if (roster->removed[i].id == id)
            return &roster->removed[i];
    }
    return NULL;
}

static void copy_text(char *to, size_t capacity, const char *text)
{
    size_t size = strlen(text) + 1;
    invariant(size <= capacity);
    memcpy(to, text, size);
}

enum err links_seat_make(const struct links_peer *peer, struct links_seat **out)
{
    struct links_seat *seat = calloc(1, sizeof *seat);
    *out = seat;
    if (seat == NULL)
        return ERR_MEMORY;
    seat->peer = *peer;
    copy_text(seat->name, sizeof seat->name, peer->name);
    copy_text(seat->address, sizeof seat->address, peer->address);
    seat->peer.name = seat->name;
    seat->peer.address = seat->address;
    seat->peer.ca = bytes_of(NULL, 0);
    seat->ca = hash_of(peer->ca);
    return ERR_OK;
}

bool links_seat_is_of(const struct links_seat *seat, const struct links_peer *peer)
{
    struct hash ca = hash_of(peer->ca);
    return seat->peer.id == peer->id && strcmp(seat->name, peer->name) == 0 &&
           strcmp(seat->address, peer->address) == 0 &&
           memcmp(&seat->peer.key, &peer->key, sizeof peer->key) == 0 && hash_equal(&seat->ca, &ca);
}
