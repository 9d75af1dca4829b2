/*
 * search.h: every state of a group that its bounds allow, depth first. A state that was seen is not
 * looked at again; states are told apart by 64 bits of a hash.
 */
#ifndef TESTS_EXPLORE_SEARCH_H
#define TESTS_EXPLORE_SEARCH_H

#include "tests/explore/group.h"

#include <stdio.h>

#define SEARCH_DEPTH_MAX 4096

/* What a search tells; in memory that outlives it. */
struct search_report {
    uint64_t states;
    uint64_t steps;  /* from a state to one that may have been seen */
    uint64_t beyond; /* steps that a bound forbids */
    uint64_t cut;    /* states at the end of a path that is too long to go on */
    uint32_t depth;  /* of the path under way */
    uint32_t deepest;
    bool complete; /* all that the bounds allow */
    const char *violated;
    uint32_t path[SEARCH_DEPTH_MAX]; /* actions from the beginning */
};

/* Looks at up to `states_max` states, or until a property does not hold. False when there is no
 * memory. An invariant of the core ends the process; `report->path` leads there. */
bool search_run(const struct bounds *bounds, uint64_t states_max, struct search_report *report);

/* Tells the path of the report, action by action; the last one is not taken. */
void search_print_path(const struct bounds *bounds, const struct search_report *report, FILE *out);

#endif
