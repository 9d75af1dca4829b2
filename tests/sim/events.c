#include "tests/sim/events.h"

#include "proto/invariant.h"

void events_clear(struct events *events)
{
    events->order = 0;
    events->count = 0;
}

static bool event_before(const struct event *a, const struct event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

void events_put(struct events *events, struct event event)
{
    invariant(events->count < EVENTS_MAX);
    event.order = events->order++;
    uint32_t at = events->count++;
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        if (!event_before(&event, &events->heap[parent]))
            break;
        events->heap[at] = events->heap[parent];
        at = parent;
    }
    events->heap[at] = event;
}

bool events_take(struct events *events, struct event *out)
{
    if (events->count == 0)
        return false;
    *out = events->heap[0];
    struct event last = events->heap[--events->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= events->count)
            break;
        if (child + 1 < events->count &&
            event_before(&events->heap[child + 1], &events->heap[child]))
            child++;
        if (!event_before(&events->heap[child], &last))
            break;
        events->heap[at] = events->heap[child];
        at = child;
    }
    events->heap[at] = last;
    return true;
}
