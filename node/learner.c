#include "node/learner.h"

static void set_goal(struct learner *learner, const struct learner_sight *sight)
{
    learner->goal = sight->committed;
    learner->goal_ms = sight->now_ms;
}

void learner_begin(struct learner *learner, uint32_t id, const struct learner_sight *sight)
{
    *learner = (struct learner){.id = id};
    set_goal(learner, sight);
}

bool learner_look(struct learner *learner, const struct learner_sight *sight)
{
    bool answers = sight->heard_ms != 0 && sight->now_ms - sight->heard_ms < sight->election_ms;
    bool is_late = sight->now_ms - learner->goal_ms >= sight->election_ms;
    if (!answers || is_late)
        learner->since_ms = 0;
    if (answers && sight->matched >= learner->goal) {
        if (learner->since_ms == 0)
            learner->since_ms = sight->now_ms;
        set_goal(learner, sight);
    }
    return learner->since_ms != 0 && sight->now_ms - learner->since_ms >= 2 * sight->election_ms;
}
