/*
 * calm.h: after the faults: links whole, clocks right, nodes up; often a minority stays down at
 * first, which must make no difference to the others. Within a bounded time the cluster
 * has to elect a leader, commit a new block on every member, answer a read and hand leadership
 * over; what does not is stuck.
 */
#ifndef TESTS_SIM_CALM_H
#define TESTS_SIM_CALM_H

#include <stdbool.h>
#include <stdint.h>

struct world;

enum calm_stage { CALM_COMMIT, CALM_READ, CALM_LOAD, CALM_TRANSFER, CALM_DONE };

struct calm {
    bool is_on;
    enum calm_stage stage;
    uint64_t until_us;
    uint32_t absent; /* a bit for each slot whose node stays down until the others have recovered */
    uint32_t block;  /* the new block, 0: not proposed yet */
    uint32_t op;     /* of the read */
    uint32_t leader; /* of the load; of the transfer: who is to give way */
    uint64_t load_until_us;
};

void calm_begin(struct world *world);
void calm_probe(struct world *world);

#endif
