/* Rounds of heartbeats: that a leader hears a quorum, and that reads wait for one. */
#include <inttypes.h>

#include "tests/sim/checks.h"
#include "tests/sim/driver.h"
#include "tests/sim/world.h"

/* A leader that a quorum has not answered for so many longest election time-outs should have
 * resigned: one to notice, one for the period that had begun, one to spare. */
#define UNHEARD_ELECTIONS 3

void checks_round(struct world *world, const struct node *node, const struct step *step,
                  const struct raft_message *message)
{
    struct rounds *rounds = &world->checks.rounds[node->slot];
    struct round *round = &rounds->round[message->context % ROUNDS_KEPT];
    if (rounds->term != message->term)
        *rounds = (struct rounds){.term = message->term};
    if (round->number != message->context)
        *round = (struct round){
            .number = message->context,
            .step = world->counters.value[COUNTER_STEPS],
            .at_ms = step->event->now_ms,
        };
}

void checks_round_answered(struct world *world, const struct node *node,
                           const struct packet *packet)
{
    struct rounds *rounds = &world->checks.rounds[node->slot];
    const struct round *round = &rounds->round[packet->message.context % ROUNDS_KEPT];
    struct round *answered = &rounds->answered[packet->message.from % IDS_KEPT];
    if (packet->message.kind == RAFT_HEARTBEAT_REPLY && packet->message.term == rounds->term &&
        packet->message.context == round->number && round->number > answered->number)
        *answered = *round;
}

/* How many of the voters in force have answered a round that began at that step or later, and at
 * that time of the leader's clock or later; it needs no answer of its own. */
static uint32_t count_answers(const struct world *world, const struct node *leader, uint64_t step,
                              uint64_t at_ms)
{
    const struct rounds *rounds = &world->checks.rounds[leader->slot];
    const struct raft_members *members = checks_members(world, leader);
    uint32_t count = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        const struct raft_member *member = &members->member[i];
        const struct round *answered = &rounds->answered[member->id % IDS_KEPT];
        bool has_answered = rounds->term == raft_term(leader->core) && answered->number != 0 &&
                            answered->step >= step &&
                            answered->at_ms + DRIVER_STEP_BACK_MS >= at_ms;
        count += (member->id == leader->id || has_answered) && member->voter;
    }
    return count;
}

/* D 6.4: a read waits for a round that began after it came. */
bool checks_read_is_confirmed(const struct world *world, const struct node *node, uint32_t op)
{
    uint64_t asked = world->clients.read[op].step;
    return count_answers(world, node, asked, 0) >= members_quorum(checks_members(world, node));
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* D 6.2: a leader that hears of no quorum steps down. Looked at where the core looks at its clock.
 */
static void check_leader_is_heard(struct world *world, const struct node *node)
{
    const struct checks *checks = &world->checks;
    const struct raft_members *members = checks_members(world, node);
    uint64_t patience_us = (uint64_t)UNHEARD_ELECTIONS * world->plan.timing.election_max_ms * 1000;
    patience_us = patience_us * RANDOM_ALWAYS / node->clock_rate;
    uint64_t begun = later(node->awake_since_us, checks->quorum_since_us[node->slot]);
    uint32_t heard = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        const struct raft_member *member = &members->member[i];
        uint64_t last = later(begun, checks->heard_us[node->slot][member->id % IDS_KEPT]);
        heard += member->voter && (member->id == node->id || world->now_us - last <= patience_us);
    }
    if (heard < members_quorum(members))
        world_violate(world, "a leader hears a quorum", "n%u leads on with %u voters in touch",
                      node->id, heard);
}

void checks_contact_step(struct world *world, const struct node *node, const struct step *step)
{
    if (raft_role(node->core) != RAFT_LEADER)
        return;
    uint64_t contact_ms = raft_contact_ms(node->core);
    if (step->event->kind == RAFT_EVENT_TICK)
        check_leader_is_heard(world, node);
    if (contact_ms == step->contact_ms || step->role != RAFT_LEADER)
        return;
    if (contact_ms > step->event->now_ms + DRIVER_STEP_BACK_MS ||
        count_answers(world, node, 0, contact_ms) < members_quorum(checks_members(world, node)))
        world_violate(world, "contact", "n%u says that a quorum followed it at %" PRIu64 " ms",
                      node->id, contact_ms);
}
