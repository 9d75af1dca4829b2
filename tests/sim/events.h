/*
 * events.h: what is going to happen, by simulated time: a binary heap.
 *
 * Events of one microsecond come out in the order in which they were put in.
 */
#ifndef TESTS_SIM_EVENTS_H
#define TESTS_SIM_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#define EVENTS_MAX 32768

/* X(name, word) */
#define EVENT_TABLE(X)                                                                             \
    X(DELIVER, "deliver") /* argument: the packet */                                               \
    X(TICK, "tick")                                                                                \
    X(DISK, "disk")                                                                                \
    X(RESTART, "restart")                                                                          \
    X(CLIENT, "client") /* argument: the client */                                                 \
    X(BURST, "burst")                                                                              \
    X(ADMIN, "admin")                                                                              \
    X(FAULT, "fault")                                                                              \
    X(FLAP, "flap")                                                                                \
    X(STRIKE, "strike") /* argument: the strike that was announced */                              \
    X(PHASE, "phase")                                                                              \
    X(PROBE, "probe")                                                                              \
    X(APPLY, "apply")

enum event_kind {
#define X(name, word) EVENT_##name,
    EVENT_TABLE(X)
#undef X
};

struct event {
    uint64_t at_us;
    uint64_t order;
    uint32_t argument;
    uint32_t generation; /* whoever put it in takes no notice of one that is out of date */
    uint8_t slot;
    enum event_kind kind;
};

struct events {
    uint64_t order;
    uint32_t count;
    struct event heap[EVENTS_MAX];
};

void events_clear(struct events *events);
void events_put(struct events *events, struct event event);
/* False when there is none. */
bool events_take(struct events *events, struct event *out);

#endif
