/*
 * learner.h: whether a learner has kept up long enough to become a voter (D 4.2.1).
 *
 * It keeps up while it answers, and each time has, within an election time-out, what was committed
 * when it was looked at before. After two such time-outs without a break it is ready: a quorum that
 * counts on it does not wait for a node that is still far behind, or dead.
 */
#ifndef NODE_LEARNER_H
#define NODE_LEARNER_H

#include <stdbool.h>
#include <stdint.h>

struct learner {
    uint32_t id;       /* 0: nobody */
    uint64_t since_ms; /* it keeps up since then; 0: it does not */
    uint64_t goal;     /* the height that it is to reach next */
    uint64_t goal_ms;  /* and since when */
};

/* What a leader knows at `now_ms`. */
struct learner_sight {
    uint64_t now_ms;
    uint64_t heard_ms; /* driver_heard_ms() */
    uint64_t matched;
    uint64_t committed;
    uint64_t election_ms; /* the longest election time-out */
};

/* A learner that nothing is known of. */
void learner_begin(struct learner *learner, uint32_t id, const struct learner_sight *sight);

/* Looks at it again; true when it is ready. To be called several times an election time-out. */
bool learner_look(struct learner *learner, const struct learner_sight *sight);

#endif
