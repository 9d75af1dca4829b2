#include "node/held.h"

#include <stdlib.h>

struct held_entry {
    struct held_entry *next;
    uint64_t write;
    struct raft_outgoing outgoing;
};

void held_init(struct held *held)
{
    *held = (struct held){.last = &held->first};
}

static struct held_entry *take_first(struct held *held)
{
    struct held_entry *entry = held->first;
    held->first = entry->next;
    if (held->first == NULL)
        held->last = &held->first;
    held->count--;
    return entry;
}

void held_clear(struct held *held)
{
    while (held->first != NULL)
        free(take_first(held));
}

enum err held_put(struct held *held, uint64_t write, const struct raft_outgoing *outgoing,
                  uint32_t self)
{
    bool is_own = outgoing->message.to == self;
    if (held->count >= HELD_MAX && !is_own)
        return ERR_OK;
    struct held_entry *entry = malloc(sizeof *entry);
    if (entry == NULL)
        return is_own ? ERR_MEMORY : ERR_OK;
    *entry = (struct held_entry){.write = write, .outgoing = *outgoing};
    *held->last = entry;
    held->last = &entry->next;
    held->count++;
    return ERR_OK;
}

bool held_take(struct held *held, uint64_t write, struct raft_outgoing *out)
{
    if (held->first == NULL || held->first->write > write)
        return false;
    struct held_entry *entry = take_first(held);
    *out = entry->outgoing;
    free(entry);
    return true;
}
