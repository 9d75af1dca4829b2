#include "node/members.h"

enum err members_of_block(const struct block *block, struct raft_members *out)
{
    struct block_walk walk = block_walk(block);
    struct bytes entry;
    bool is_list = block->header.kind == BLOCK_CONFIGURATION && block_walk_next(&walk, &entry) &&
                   raft_members_parse(entry, out) == ERR_OK;
    return is_list ? ERR_OK : ERR_MEMBERS;
}

/* ---- the steps, each the whole list after it ---- */

static void without(const struct raft_members *now, uint32_t position, struct raft_members *next)
{
    *next = *now;
    next->count--;
    memmove(&next->member[position], &next->member[position + 1],
            (next->count - position) * sizeof next->member[0]);
}

static void with_learner(const struct raft_members *now, uint32_t id, struct raft_members *next)
{
    uint32_t position = 0;
    while (position < now->count && now->member[position].id < id)
        position++;
    *next = *now;
    memmove(&next->member[position + 1], &next->member[position],
            (now->count - position) * sizeof next->member[0]);
    next->member[position] = (struct raft_member){.id = id, .voter = false};
    next->count++;
}

/* ---- which one ---- */

static bool has(uint32_t set, uint32_t position)
{
    return (set >> position & 1) != 0;
}

static bool drop_learner(const struct raft_members *wanted, const struct raft_members *now,
                         struct raft_members *next)
{
    for (uint32_t i = 0; i < now->count; i++) {
        const struct raft_member *member = &now->member[i];
        if (!member->voter && raft_members_find(wanted, member->id) == MEMBERS_MAX) {
            without(now, i, next);
            return true;
        }
    }
    return false;
}

static bool add_learner(const struct raft_members *wanted, const struct raft_members *now,
                        struct raft_members *next)
{
    for (uint32_t i = 0; i < wanted->count && now->count < MEMBERS_MAX; i++) {
        uint32_t id = wanted->member[i].id;
        if (raft_members_find(now, id) == MEMBERS_MAX) {
            with_learner(now, id, next);
            return true;
        }
    }
    return false;
}

static bool promote(const struct raft_members *wanted, const struct raft_members *now,
                    uint32_t ready, struct raft_members *next)
{
    for (uint32_t i = 0; i < now->count; i++) {
        const struct raft_member *member = &now->member[i];
        if (!member->voter && has(ready, i) && raft_members_votes(wanted, member->id)) {
            *next = *now;
            next->member[i].voter = true;
            return true;
        }
    }
    return false;
}

/* True when the voters besides that one can decide. */
static bool can_spare(const struct raft_members *now, uint32_t position, uint32_t alive)
{
    uint32_t voters = 0;
    uint32_t answering = 0;
    for (uint32_t i = 0; i < now->count; i++) {
        bool stays = now->member[i].voter && i != position;
        voters += stays;
        answering += stays && has(alive, i);
    }
    return 2 * answering > voters;
}

/* The voter that can go next; the leader only when there is no other to go. MEMBERS_MAX: none. */
static uint32_t find_leaving(const struct raft_members *wanted, const struct raft_members *now,
                             const struct members_sight *sight)
{
    uint32_t leader = MEMBERS_MAX;
    bool is_last = true;
    for (uint32_t i = 0; i < now->count; i++) {
        const struct raft_member *member = &now->member[i];
        if (!member->voter || raft_members_find(wanted, member->id) < MEMBERS_MAX)
            continue;
        if (member->id == sight->self) {
            leader = i;
            continue;
        }
        if (can_spare(now, i, sight->alive))
            return i;
        is_last = false;
    }
    bool may_go = leader < MEMBERS_MAX && is_last && can_spare(now, leader, sight->alive);
    return may_go ? leader : MEMBERS_MAX;
}

enum members_step members_next(const struct raft_members *wanted, const struct raft_members *now,
                               const struct members_sight *sight, struct raft_members *next)
{
    if (drop_learner(wanted, now, next) || add_learner(wanted, now, next) ||
        promote(wanted, now, sight->ready, next))
        return MEMBERS_CHANGE;
    uint32_t leaving = find_leaving(wanted, now, sight);
    if (leaving == MEMBERS_MAX)
        return MEMBERS_STAY;
    if (now->member[leaving].id == sight->self)
        return MEMBERS_HAND_OVER;
    without(now, leaving, next);
    return MEMBERS_CHANGE;
}
