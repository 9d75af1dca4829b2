/*
 * actions.h: what can happen next in a group: every action has a number.
 */
#ifndef TESTS_EXPLORE_ACTIONS_H
#define TESTS_EXPLORE_ACTIONS_H

#include "tests/explore/group.h"

#include <stdio.h>

uint32_t actions_count(void);

/* Whether it can happen in this state, within the bounds. */
bool action_is_possible(const struct group *group, uint32_t number);

/* The server whose state it changes, besides what is common. */
uint32_t action_server(const struct group *group, uint32_t number);

void action_happen(struct group *group, uint32_t number);

void action_print(const struct group *group, uint32_t number, FILE *out);

#endif
