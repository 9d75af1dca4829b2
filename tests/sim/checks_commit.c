/* What is committed, and that it stays so. */
#include <inttypes.h>

#include "tests/sim/checks.h"
#include "tests/sim/world.h"

/* Copies on the disks of the voters in force, counted at the moment of the commit. */
static void check_quorum_is_durable(struct world *world, const struct node *leader)
{
    const struct raft_members *members = checks_members(world, leader);
    uint32_t block = leader->log[leader->commit];
    uint32_t copies = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        const struct node *voter = world_node(world, members->member[i].id);
        copies += members->member[i].voter && voter != NULL &&
                  disk_holds(&voter->disk, &world->blocks, block);
    }
    if (copies < members_quorum(members))
        world_violate(world, "a commit is durable on a quorum",
                      "n%u commits index %" PRIu64 " with %u copies on disk, %u are needed",
                      leader->id, leader->commit, copies, members_quorum(members));
}

/* A leader has moved the commit index of the whole world. */
static void check_new_commit(struct world *world, const struct node *node, const struct step *step)
{
    struct checks *checks = &world->checks;
    uint64_t term = raft_term(node->core);
    uint64_t last = checks->committed_last;
    if (!step_leads(node, step) || checks->leader[term] != node->id)
        world_violate(world, "commit", "n%u commits index %" PRIu64 " and does not lead", node->id,
                      node->commit);
    else if (world->blocks.block[node->log[node->commit]].term != term)
        world_violate(world, "commit", "n%u commits index %" PRIu64 " of an older term by itself",
                      node->id, node->commit);
    else if (node->log[last] != checks->committed[last])
        world_violate(world, "leader completeness", "n%u commits behind another block", node->id);
    else
        check_quorum_is_durable(world, node);
    for (uint64_t index = last + 1; index <= node->commit; index++) {
        checks->committed[index] = node->log[index];
        checks->committed_in[index] = term;
        world_count(world, COUNTER_COMMITTED);
    }
    checks->committed_last = node->commit;
}

void checks_commit_step(struct world *world, const struct node *node, const struct step *step)
{
    const struct checks *checks = &world->checks;
    if (node->commit < step->commit)
        world_violate(world, "commit", "n%u goes back from commit index %" PRIu64, node->id,
                      step->commit);
    else if (node->commit > node->last)
        world_violate(world, "commit", "n%u commits more than it has", node->id);
    if (node->commit <= step->commit || world->violated)
        return;
    if (node->commit > checks->committed_last)
        check_new_commit(world, node, step);
    else if (node->log[node->commit] != checks->committed[node->commit])
        world_violate(world, "state machine safety", "n%u commits another block at index %" PRIu64,
                      node->id, node->commit);
}

/* D 3.6.3: whatever was committed in an earlier term is in the log of this one's leader. */
void checks_complete(struct world *world, const struct node *node)
{
    const struct checks *checks = &world->checks;
    uint64_t term = raft_term(node->core);
    uint64_t index = checks->committed_last;
    while (index > 0 && checks->committed_in[index] >= term)
        index--;
    if (index > node->last || node->log[index] != checks->committed[index])
        world_violate(world, "leader completeness",
                      "n%u leads term %" PRIu64 " and lacks index %" PRIu64, node->id, term, index);
}

void checks_apply(struct world *world, const struct node *node)
{
    const struct checks *checks = &world->checks;
    uint64_t index = node->applied;
    if (index > checks->committed_last || node->disk.log[index] != checks->committed[index])
        world_violate(world, "state machine safety", "n%u applies another block at %" PRIu64,
                      node->id, index);
}
