/* Terms, votes and elections. */
#include <inttypes.h>

#include "tests/sim/checks.h"
#include "tests/sim/driver.h"
#include "tests/sim/world.h"

/* Who says that it leads is the only one in its term. */
static void check_leads(struct world *world, const struct node *node, uint64_t term)
{
    uint32_t *leader = &world->checks.leader[term];
    if (*leader == 0)
        *leader = node->id;
    else if (*leader != node->id)
        world_violate(world, "election safety", "n%u and n%u lead term %" PRIu64, *leader, node->id,
                      term);
}

/* A quorum of the members in force has durable votes for the node, on all the disks there are. */
static void check_votes_are_durable(struct world *world, const struct node *node, uint64_t term)
{
    const struct raft_members *members = checks_members(world, node);
    uint32_t votes = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        const struct raft_member *member = &members->member[i];
        votes += member->voter && world->checks.vote[term][member->id % IDS_KEPT] == node->id;
    }
    if (votes < members_quorum(members))
        world_violate(world, "votes", "n%u leads term %" PRIu64 " with %u durable votes", node->id,
                      term, votes);
}

void checks_elected(struct world *world, const struct node *node)
{
    struct checks *checks = &world->checks;
    uint64_t term = raft_term(node->core);
    world_count(world, COUNTER_ELECTIONS);
    if (!members_vote(checks_members(world, node), node->id))
        world_count(world, COUNTER_ELECTIONS_NO_VOTER);
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        if (slot != node->slot && node_leads(&world->nodes[slot])) {
            world_count(world, COUNTER_RIVALS);
            break;
        }
    }
    check_leads(world, node, term);
    checks->head[term] = node->log[node->last];
    checks->quorum_since_us[node->slot] = world->now_us;
    check_votes_are_durable(world, node, term);
    checks_complete(world, node);
}

static void note_reign(struct world *world, const struct node *node, const struct step *step)
{
    const struct raft_message *message = step->event->message;
    if (step->event->kind != RAFT_EVENT_MESSAGE || message->term != raft_term(node->core) ||
        (message->kind != RAFT_APPEND && message->kind != RAFT_HEARTBEAT))
        return;
    world->checks.reign[node->slot] =
        (struct reign){.term = message->term, .heard_ms = step->event->now_ms};
}

/* D 4.2.3: who has just heard of a leader votes for nobody, unless the leader wants it. */
static void check_reign(struct world *world, const struct node *node, const struct step *step,
                        const struct raft_message *request)
{
    const struct reign *reign = &world->checks.reign[node->slot];
    uint64_t patience_ms = world->plan.timing.election_min_ms;
    if (request->transfer || reign->term != step->term || request->term <= reign->term ||
        step->event->now_ms + DRIVER_STEP_BACK_MS >= reign->heard_ms + patience_ms)
        return;
    world_violate(world, "a living leader is left alone", "n%u votes for n%u", node->id,
                  request->from);
}

void checks_terms_step(struct world *world, const struct node *node, const struct step *step)
{
    uint64_t term = raft_term(node->core);
    enum raft_role role = raft_role(node->core);
    if (term < step->term) {
        world_violate(world, "terms", "n%u goes back from term %" PRIu64 " to %" PRIu64, node->id,
                      step->term, term);
        return;
    }
    if (step->ready->save && step->ready->term != term)
        world_violate(world, "terms", "n%u saves another term than its own", node->id);
    if (!step->ready->save && term != step->term)
        world_violate(world, "terms", "n%u does not save term %" PRIu64, node->id, term);
    uint32_t leader = raft_leader(node->core);
    if (leader != 0 && role != RAFT_LEADER && world->checks.leader[term] != leader)
        world_violate(world, "election safety", "n%u follows n%u, which does not lead", node->id,
                      leader);
    note_reign(world, node, step);
    if (role == RAFT_LEADER && (step->role != RAFT_LEADER || step->term != term))
        checks_elected(world, node);
    if (role != RAFT_LEADER && step->role == RAFT_LEADER && term == step->term)
        world_count(world, COUNTER_RESIGNATIONS);
}

void checks_durable(struct world *world, const struct node *node, const struct disk_write *write)
{
    if (!write->save)
        return;
    uint32_t *vote = &world->checks.vote[write->term][node->id % IDS_KEPT];
    if (*vote != 0 && *vote != write->vote)
        world_violate(world, "votes", "n%u votes for n%u and n%u in term %" PRIu64, node->id, *vote,
                      write->vote, write->term);
    *vote = write->vote;
}

/* D 3.6.1: a voter refuses a log that is less up to date than its own. */
static bool log_is_good_enough(const struct world *world, const struct node *voter,
                               const struct raft_message *request)
{
    uint64_t term = world->blocks.block[voter->log[voter->last]].term;
    return request->log_term != term ? request->log_term > term : request->index >= voter->last;
}

/* D 9.6: the term goes up only when a quorum said before that it would vote. */
static bool pre_votes_suffice(const struct world *world, const struct node *node, uint64_t term)
{
    const struct pre_votes *votes = &world->checks.pre_votes[node->slot];
    const struct raft_members *members = checks_members(world, node);
    uint32_t count = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        uint32_t id = members->member[i].id;
        bool granted = id == node->id || (votes->term == term && votes->from[id % IDS_KEPT]);
        count += granted && members->member[i].voter;
    }
    return count >= members_quorum(members);
}

static void check_request(struct world *world, const struct node *node, const struct step *step,
                          const struct raft_message *message)
{
    if (message->index != node->last ||
        message->log_term != world->blocks.block[node->log[node->last]].term)
        world_violate(world, "votes", "n%u asks for votes with a log that is not its own",
                      node->id);
    bool asked =
        step->event->kind == RAFT_EVENT_MESSAGE && step->event->message->kind == RAFT_CAMPAIGN_NOW;
    struct pre_votes *votes = &world->checks.pre_votes[node->slot];
    if (message->kind == RAFT_PRE_VOTE && votes->term != message->term)
        *votes = (struct pre_votes){.term = message->term};
    if (message->kind != RAFT_VOTE || step->term == message->term)
        return;
    if (asked)
        world_count(world, COUNTER_TRANSFERS_DONE);
    else if (!pre_votes_suffice(world, node, message->term))
        world_violate(world, "pre-votes", "n%u goes to term %" PRIu64 " without a quorum", node->id,
                      message->term);
}

void checks_votes_message(struct world *world, const struct node *node, const struct step *step,
                          const struct raft_message *message)
{
    const struct raft_message *request = step->event->message;
    switch (message->kind) {
    case RAFT_PRE_VOTE:
    case RAFT_VOTE: check_request(world, node, step, message); break;
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_VOTE_REPLY:
        if (!message->granted)
            world_count(world, message->kind == RAFT_VOTE_REPLY ? COUNTER_VOTES_REFUSED
                                                                : COUNTER_PRE_VOTES_REFUSED);
        else if (message->to != node->id &&
                 (request == NULL || !log_is_good_enough(world, node, request)))
            world_violate(world, "votes", "n%u votes for n%u, whose log is behind", node->id,
                          message->to);
        else if (message->to != node->id)
            check_reign(world, node, step, request);
        break;
    case RAFT_HEARTBEAT:
    case RAFT_HEARTBEAT_REPLY:
    case RAFT_APPEND:
    case RAFT_APPEND_REPLY:
    case RAFT_CAMPAIGN_NOW: break;
    }
}
