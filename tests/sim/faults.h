/*
 * faults.h: what goes wrong: faults that come by themselves, and strikes at the moments that hurt.
 */
#ifndef TESTS_SIM_FAULTS_H
#define TESTS_SIM_FAULTS_H

#include <stddef.h>
#include <stdint.h>

#include "tests/sim/events.h"

struct world;
struct node;
struct step;

/* What a strike does to the node whose moment it is. */
enum strike_kind {
    STRIKE_NONE,
    STRIKE_CRASH,
    STRIKE_CRASH_SOON,
    STRIKE_ISOLATE,
    STRIKE_ISOLATE_SOON,
    STRIKE_PAUSE,
};

struct strike {
    enum strike_kind kind;
    size_t after; /* so many messages of the step have left */
};

/* The split that is in force: a bit for each slot of one side. */
struct faults {
    uint32_t side;
};

void faults_begin(struct world *world);
void faults_act(struct world *world);
void faults_flap(struct world *world, const struct event *event);
void faults_strike_late(struct world *world, const struct event *event);

/* Whether this step is a moment to strike at, and how. */
struct strike faults_tear(struct world *world, const struct node *node, const struct step *step);
void faults_strike(struct world *world, struct node *node, enum strike_kind kind);

/* Ends all of it: links healed, clocks right, nodes up; but down those in the slots of `absent`. */
void faults_end(struct world *world, uint32_t absent);

#endif
