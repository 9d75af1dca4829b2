#include "tests/sim/checks.h"

#include <inttypes.h>
#include <string.h>

#include "tests/sim/world.h"

void checks_reset(struct checks *checks)
{
    size_t terms = checks->term_max + 1;
    memset(checks->leader, 0, terms * sizeof checks->leader[0]);
    memset(checks->head, 0, terms * sizeof checks->head[0]);
    memset(checks->vote, 0, terms * sizeof checks->vote[0]);
    memset(checks->pre_votes, 0, sizeof checks->pre_votes);
    memset(checks->stream, 0, sizeof checks->stream);
    memset(checks->rounds, 0, sizeof checks->rounds);
    memset(checks->reign, 0, sizeof checks->reign);
    memset(checks->heard_us, 0, sizeof checks->heard_us);
    memset(checks->quorum_since_us, 0, sizeof checks->quorum_since_us);
    checks->term_max = 0;
    checks->committed_last = 0;
    checks->committed[0] = 0;
}

void checks_forget(struct world *world, const struct node *node)
{
    struct checks *checks = &world->checks;
    memset(&checks->pre_votes[node->slot], 0, sizeof checks->pre_votes[0]);
    memset(&checks->rounds[node->slot], 0, sizeof checks->rounds[0]);
    memset(checks->heard_us[node->slot], 0, sizeof checks->heard_us[0]);
}

const struct raft_members *checks_members(const struct world *world, const struct node *node)
{
    return blocks_members(&world->blocks, node->log[node->last]);
}

bool members_have(const struct raft_members *members, uint32_t id)
{
    for (uint32_t i = 0; i < members->count; i++)
        if (members->member[i].id == id)
            return true;
    return false;
}

bool members_vote(const struct raft_members *members, uint32_t id)
{
    for (uint32_t i = 0; i < members->count; i++)
        if (members->member[i].id == id)
            return members->member[i].voter;
    return false;
}

uint32_t members_quorum(const struct raft_members *members)
{
    uint32_t voters = 0;
    for (uint32_t i = 0; i < members->count; i++)
        voters += members->member[i].voter;
    return voters / 2 + 1;
}

bool step_leads(const struct node *node, const struct step *step)
{
    return raft_role(node->core) == RAFT_LEADER ||
           (step->role == RAFT_LEADER && step->term == raft_term(node->core));
}

void checks_start(struct world *world, const struct node *node)
{
    world->checks.reign[node->slot] = (struct reign){.term = 0};
    if (raft_term(node->core) != node->disk.term)
        world_violate(world, "start", "n%u starts in another term than its disk's", node->id);
    if (raft_commit(node->core) != node->commit || raft_last_index(node->core) != node->last)
        world_violate(world, "start", "n%u starts with another log than its disk's", node->id);
    if (raft_role(node->core) != RAFT_FOLLOWER)
        world_violate(world, "start", "n%u does not start as a follower", node->id);
}

void checks_heard(struct world *world, const struct node *node, const struct packet *packet)
{
    struct checks *checks = &world->checks;
    const struct raft_message *message = &packet->message;
    checks->heard_us[node->slot][message->from % IDS_KEPT] = world->now_us;
    checks_round_answered(world, node, packet);
    struct stream *stream = &checks->stream[node->slot][packet->from];
    if (message->kind == RAFT_APPEND_REPLY && message->granted && message->term == stream->term &&
        message->index > stream->matched)
        stream->matched = message->index;
    struct pre_votes *votes = &checks->pre_votes[node->slot];
    if (message->kind == RAFT_PRE_VOTE_REPLY && message->granted && message->term == votes->term)
        votes->from[message->from % IDS_KEPT] = true;
}

/* What the event brought along, as (index of the first entry, count). */
static bool ready_entries_fit(const struct node *node, const struct step *step)
{
    const struct raft_ready *ready = step->ready;
    const struct raft_event *event = step->event;
    uint64_t last = ready->cut ? ready->keep : node->last;
    if (ready->append_count == 0)
        return event->kind != RAFT_EVENT_PROPOSE || step->err != ERR_OK;
    if (ready->append_first != last + 1 || last + ready->append_count > LOG_MAX)
        return false;
    if (event->kind == RAFT_EVENT_PROPOSE)
        return step->err == ERR_OK && ready->append_skip == 0 && ready->append_count == 1;
    return event->kind == RAFT_EVENT_MESSAGE && event->message->kind == RAFT_APPEND &&
           ready->append_first == event->message->index + 1 + ready->append_skip &&
           ready->append_skip + ready->append_count <= event->message->count;
}

bool checks_ready(struct world *world, const struct node *node, const struct step *step)
{
    const struct raft_ready *ready = step->ready;
    if (ready->cut && ready->keep >= node->last)
        world_violate(world, "contract", "n%u cuts its log of %" PRIu64 " at %" PRIu64, node->id,
                      node->last, ready->keep);
    else if (!ready_entries_fit(node, step))
        world_violate(world, "contract", "n%u: appends %u at %" PRIu64 ", skips %u, log %" PRIu64,
                      node->id, ready->append_count, ready->append_first, ready->append_skip,
                      node->last);
    else if (step->err != ERR_OK &&
             (ready->save || ready->cut || ready->append_count != 0 || ready->message_count != 0))
        world_violate(world, "contract", "n%u does something in spite of %s", node->id,
                      err_name(step->err));
    else if (ready->lost != 0)
        world_violate(world, "no log lacks what was acknowledged",
                      "n%u stops for want of index %" PRIu64, node->id, ready->lost);
    else if (ready->commit != raft_commit(node->core))
        world_violate(world, "contract", "n%u has two commit indexes", node->id);
    else if (raft_term(node->core) >= TERMS_MAX)
        world_violate(world, "bounds", "n%u is in term %" PRIu64, node->id, raft_term(node->core));
    return !world->violated;
}

void checks_step(struct world *world, const struct node *node, const struct step *step)
{
    struct checks *checks = &world->checks;
    if (raft_term(node->core) > checks->term_max)
        checks->term_max = raft_term(node->core);
    checks_log_step(world, node, step);
    if (!world->violated)
        checks_terms_step(world, node, step);
    if (!world->violated)
        checks_commit_step(world, node, step);
    if (!world->violated)
        checks_bounds_step(world, node, step);
    if (!world->violated)
        checks_contact_step(world, node, step);
}

bool checks_message(struct world *world, const struct node *node, const struct step *step,
                    const struct raft_outgoing *outgoing)
{
    const struct raft_message *message = &outgoing->message;
    bool for_next_term = message->kind == RAFT_PRE_VOTE || message->kind == RAFT_PRE_VOTE_REPLY;
    if (message->from != node->id || message->to == 0)
        world_violate(world, "contract", "n%u sends from n%u to n%u", node->id, message->from,
                      message->to);
    else if (!for_next_term && message->term != raft_term(node->core))
        world_violate(world, "terms", "n%u sends in term %" PRIu64 " and is in %" PRIu64, node->id,
                      message->term, raft_term(node->core));
    if (world->violated)
        return false;
    switch (message->kind) {
    case RAFT_PRE_VOTE:
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_VOTE:
    case RAFT_VOTE_REPLY: checks_votes_message(world, node, step, message); break;
    case RAFT_HEARTBEAT:
    case RAFT_HEARTBEAT_REPLY:
    case RAFT_APPEND:
    case RAFT_APPEND_REPLY:
    case RAFT_CAMPAIGN_NOW: checks_append_message(world, node, step, outgoing); break;
    }
    return !world->violated;
}

uint32_t checks_promise_of(const struct node *node, const struct raft_message *message)
{
    bool accepts = message->kind == RAFT_APPEND_REPLY && message->granted;
    return accepts || message->kind == RAFT_VOTE ? node->log[message->index] : 0;
}

void checks_promise(struct world *world, const struct node *node, const struct held *held)
{
    const struct raft_message *message = &held->message;
    const struct disk *disk = &node->disk;
    bool is_vote = message->kind == RAFT_VOTE;
    bool gives_vote = message->kind == RAFT_VOTE_REPLY && message->granted;
    bool accepts = message->kind == RAFT_APPEND_REPLY && message->granted;
    if (!is_vote && !gives_vote && !accepts)
        return;
    if (disk->term != message->term)
        world_violate(world, "durable first",
                      "n%u tells of term %" PRIu64 ", its disk has %" PRIu64, node->id,
                      message->term, disk->term);
    else if ((is_vote && disk->vote != node->id) || (gives_vote && disk->vote != message->to))
        world_violate(world, "durable first",
                      "n%u tells of a vote in term %" PRIu64 ", its disk has one for n%u", node->id,
                      message->term, disk->vote);
    else if (!disk_holds(disk, &world->blocks, held->promise))
        world_violate(world, "durable first",
                      "n%u tells n%u of index %" PRIu64 ", which is not on its disk", node->id,
                      message->to, message->index);
}

bool checks_read(struct world *world, const struct node *node, const struct raft_read *read)
{
    if (node->reads_asked == 0 || read->read >= world->history.count ||
        world->history.ops[read->read].state != OP_OPEN) {
        world_violate(world, "reads", "n%u answers what nobody asked", node->id);
        return false;
    }
    uint64_t least = world->clients.read[read->read].floor;
    if (read->index != 0 && read->index < least)
        world_violate(world, "reads are linearizable",
                      "n%u reads at %" PRIu64 ", committed was %" PRIu64 " when it was asked",
                      node->id, read->index, least);
    else if (read->index != 0 && !checks_read_is_confirmed(world, node, (uint32_t)read->read))
        world_violate(world, "reads are linearizable",
                      "n%u answers a read before a round that began after it", node->id);
    return !world->violated;
}

void checks_calm(struct world *world)
{
    const struct checks *checks = &world->checks;
    const struct node *leader = world_leader(world);
    const struct raft_members *members = checks_members(world, leader);
    for (uint32_t i = 0; i < members->count; i++) {
        const struct node *node = world_node(world, members->member[i].id);
        uint32_t head = checks->committed[checks->committed_last];
        if (node == NULL || !disk_holds(&node->disk, &world->blocks, head))
            world_violate(world, "nothing committed is lost",
                          "n%u lacks a committed block after the calm", members->member[i].id);
    }
}
