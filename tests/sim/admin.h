/*
 * admin.h: the operators: they add and remove members, hand leadership over, and now and then ask
 * for what a core has to refuse.
 */
#ifndef TESTS_SIM_ADMIN_H
#define TESTS_SIM_ADMIN_H

struct world;

void admin_begin(struct world *world);
void admin_act(struct world *world);

/* After a calm: machines that are no members any more are wiped, so that they can come back under
 * another id. */
void admin_retire(struct world *world);

#endif
