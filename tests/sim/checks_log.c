/* Logs: what leaders append and followers accept, and the members in them. */
#include <inttypes.h>
#include <string.h>

#include "tests/sim/checks.h"
#include "tests/sim/world.h"

static uint64_t term_at(const struct world *world, const struct node *node, uint64_t index)
{
    return world->blocks.block[node->log[index]].term;
}

/* D 4.1, and the rule of 2015: one change at a time, the last one committed, and an entry of this
 * term committed before. */
static void check_change(struct world *world, const struct node *node, const struct step *step,
                         const struct block *block)
{
    const struct blocks *blocks = &world->blocks;
    const struct block *parent = &blocks->block[block->parent];
    const struct raft_members *before = blocks_members(blocks, block->parent);
    const struct raft_members *after = &blocks->members[block->members];
    uint32_t differences = 0;
    for (uint32_t i = 0; i < before->count; i++)
        differences += before->member[i].voter && !members_vote(after, before->member[i].id);
    for (uint32_t i = 0; i < after->count; i++)
        differences += after->member[i].voter && !members_vote(before, after->member[i].id);
    checks_forget_streams(world, node, after);
    world->checks.quorum_since_us[node->slot] = world->now_us;
    if (differences > 1)
        world_violate(world, "one change at a time", "n%u changes %u voters", node->id,
                      differences);
    else if (blocks->block[parent->config].index > step->commit)
        world_violate(world, "one change at a time", "n%u: the last change is not committed",
                      node->id);
    else if (term_at(world, node, step->commit) != block->term)
        world_violate(world, "one change at a time",
                      "n%u changes members before it committed a block of its term", node->id);
}

/* What a leader proposes goes behind all that it proposed before in its term, the no-op first. */
static void check_proposal(struct world *world, const struct node *node, const struct step *step)
{
    const struct block *block = &world->blocks.block[step->head];
    uint32_t *head = &world->checks.head[block->term];
    if (step->role != RAFT_LEADER || world->checks.leader[block->term] != node->id)
        world_violate(world, "leader append-only", "n%u proposes and does not lead", node->id);
    else if (*head != block->parent)
        world_violate(world, "leader append-only", "n%u has lost blocks of its term", node->id);
    else if (world->blocks.block[*head].term != block->term && block->kind != RAFT_ENTRY_NOOP)
        world_violate(world, "the no-op first", "n%u proposes something else", node->id);
    *head = step->head;
    if (block->kind == RAFT_ENTRY_MEMBERS)
        check_change(world, node, step, block);
}

/* The blocks that an APPEND shares with the log are the same, the first new one follows. */
static void check_taken(struct world *world, const struct node *node, const struct step *step)
{
    const struct raft_ready *ready = step->ready;
    const struct raft_message *message = step->event->message;
    uint32_t first = blocks_at(&world->blocks, step->head, (uint32_t)ready->append_first);
    uint64_t before = ready->append_first - 1;
    if (world->blocks.block[first].parent != node->log[before])
        world_violate(world, "log matching",
                      "n%u takes index %" PRIu64 " from n%u behind another block", node->id,
                      ready->append_first, message->from);
    else if (step->role == RAFT_LEADER && step->term == message->term)
        world_violate(world, "leader append-only", "n%u takes blocks from n%u", node->id,
                      message->from);
}

/* Called while the log is as it was. */
void checks_cut(struct world *world, const struct node *node, const struct step *step)
{
    const struct checks *checks = &world->checks;
    const struct blocks *blocks = &world->blocks;
    uint64_t keep = step->ready->keep;
    uint64_t term = raft_term(node->core);
    if (step->role == RAFT_LEADER && step->term == term)
        world_violate(world, "leader append-only", "n%u cuts its log", node->id);
    else if (keep < step->commit || keep < node->applied)
        world_violate(world, "state machine safety",
                      "n%u cuts at %" PRIu64 ", committed is %" PRIu64, node->id, keep,
                      step->commit);
    /* A node that took no part in the commit may lose a copy to a leader of a term before it. */
    for (uint64_t i = keep + 1; i <= checks->committed_last && i <= node->last; i++)
        if (node->log[i] == checks->committed[i] && term >= checks->committed_in[i])
            world_violate(world, "nothing committed is lost",
                          "n%u cuts committed index %" PRIu64 " in term %" PRIu64, node->id, i,
                          term);
    uint32_t config = blocks->block[node->log[node->last]].config;
    if (blocks->block[config].index > keep)
        world_count(world, COUNTER_MEMBERS_UNDONE);
}

static void check_members(struct world *world, const struct node *node)
{
    const struct raft_members *members = checks_members(world, node);
    const struct raft_members *told = raft_members(node->core);
    bool equal = members->count == told->count;
    for (uint32_t i = 0; equal && i < members->count; i++)
        equal = members->member[i].id == told->member[i].id &&
                members->member[i].voter == told->member[i].voter;
    if (!equal)
        world_violate(world, "members", "n%u goes by other members than its log's", node->id);
}

/* What a leader believes a follower to hold is on that follower's disk, unless a later term has
 * taken it away. */
static void check_match(struct world *world, const struct node *node,
                        const struct raft_message *message)
{
    const struct node *peer = world_node(world, message->from);
    uint64_t matched = raft_matched(node->core, message->from);
    if (peer == NULL || peer->disk.term > raft_term(node->core) ||
        raft_role(node->core) != RAFT_LEADER)
        return;
    if (matched > node->last || !disk_holds(&peer->disk, &world->blocks, node->log[matched]))
        world_violate(world, "log matching", "n%u believes n%u to hold index %" PRIu64, node->id,
                      peer->id, matched);
}

void checks_log_step(struct world *world, const struct node *node, const struct step *step)
{
    if (raft_last_index(node->core) != node->last)
        world_violate(world, "contract", "n%u says its log ends at %" PRIu64, node->id,
                      raft_last_index(node->core));
    if (step->event->kind == RAFT_EVENT_MESSAGE &&
        (step->event->message->kind == RAFT_APPEND_REPLY ||
         step->event->message->kind == RAFT_HEARTBEAT_REPLY))
        check_match(world, node, step->event->message);
    if (step->last == node->last && !step->ready->cut)
        return;
    if (step->ready->append_count != 0 && step->event->kind == RAFT_EVENT_PROPOSE)
        check_proposal(world, node, step);
    else if (step->ready->append_count != 0)
        check_taken(world, node, step);
    if (!world->violated)
        check_members(world, node);
}

/* What a follower says it shares with the leader of its term is in that leader's log. */
static void check_accepted(struct world *world, const struct node *node,
                           const struct raft_message *message)
{
    const struct checks *checks = &world->checks;
    const struct blocks *blocks = &world->blocks;
    uint32_t head = checks->head[message->term];
    if (checks->leader[message->term] != message->to)
        world_violate(world, "log matching", "n%u accepts from n%u, which does not lead", node->id,
                      message->to);
    else if (blocks->block[head].index < message->index ||
             blocks_at(blocks, head, (uint32_t)message->index) != node->log[message->index])
        world_violate(world, "log matching",
                      "n%u accepts up to %" PRIu64 ", where the leader of term %" PRIu64
                      " has another block or none",
                      node->id, message->index, message->term);
}

static void check_append(struct world *world, const struct node *node, const struct step *step,
                         const struct raft_outgoing *outgoing)
{
    const struct raft_message *message = &outgoing->message;
    if (!step_leads(node, step))
        world_violate(world, "election safety", "n%u sends appends and does not lead", node->id);
    else if (message->index > node->last || message->count > RAFT_APPEND_MAX ||
             (!outgoing->from_disk && message->count > node->last - message->index) ||
             (outgoing->from_disk && (message->count == 0 || message->index == node->last)))
        world_violate(world, "contract", "n%u sends what it does not have", node->id);
    else if (!outgoing->from_disk && message->log_term != term_at(world, node, message->index))
        world_violate(world, "contract", "n%u sends a wrong term of index %" PRIu64, node->id,
                      message->index);
    else if (message->commit > node->commit)
        world_violate(world, "commit", "n%u tells of a commit index it has not", node->id);
}

/* The receiver takes the commit index without looking at its log, so it must have it. */
static void check_heartbeat(struct world *world, const struct node *node, const struct step *step,
                            const struct raft_message *message)
{
    const struct node *to = world_node(world, message->to);
    if (!step_leads(node, step))
        world_violate(world, "election safety", "n%u sends heartbeats and does not lead", node->id);
    else if (message->commit > node->commit ||
             (to != NULL && !disk_holds(&to->disk, &world->blocks, node->log[message->commit])))
        world_violate(world, "commit", "n%u tells n%u of commit index %" PRIu64 " too early",
                      node->id, message->to, message->commit);
}

/* D 3.10: who is asked to lead next has the whole log, on its disk. */
static void check_hand_over(struct world *world, const struct node *node, const struct step *step,
                            const struct raft_message *message)
{
    const struct node *target = world_node(world, message->to);
    if (!step_leads(node, step))
        world_violate(world, "transfer", "n%u hands over what it has not", node->id);
    else if (target != NULL && target->disk.term <= step->term &&
             !disk_holds(&target->disk, &world->blocks, node->log[node->last]))
        world_violate(world, "transfer", "n%u hands over to n%u, which lacks blocks", node->id,
                      target->id);
}

void checks_append_message(struct world *world, const struct node *node, const struct step *step,
                           const struct raft_outgoing *outgoing)
{
    const struct raft_message *message = &outgoing->message;
    switch (message->kind) {
    case RAFT_APPEND: check_append(world, node, step, outgoing); break;
    case RAFT_HEARTBEAT:
        check_heartbeat(world, node, step, message);
        checks_round(world, node, step, message);
        break;
    case RAFT_APPEND_REPLY:
        if (message->index > node->last)
            world_violate(world, "contract", "n%u tells of index %" PRIu64, node->id,
                          message->index);
        else if (message->granted)
            check_accepted(world, node, message);
        else
            world_count(world, COUNTER_APPENDS_REFUSED);
        break;
    case RAFT_CAMPAIGN_NOW: check_hand_over(world, node, step, message); break;
    case RAFT_HEARTBEAT_REPLY:
    case RAFT_PRE_VOTE:
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_VOTE:
    case RAFT_VOTE_REPLY: break;
    }
}
