#include "tests/explore/actions.h"

#include "tests/explore/core.h"

/* What an action is about: a server and, for some kinds, one thing of several. */
struct choice {
    uint32_t server; /* position */
    uint32_t what;
};

static const struct server *chosen(const struct group *group, struct choice choice)
{
    return &group->servers[choice.server];
}

static bool leads(const struct group *group, struct choice choice)
{
    return chosen(group, choice)->core.role == RAFT_LEADER;
}

/* ---- time ---- */

static bool may_stand(const struct group *group, struct choice choice)
{
    return !leads(group, choice) && chosen(group, choice)->core.term < group->bounds->term_max;
}

static void stand(struct group *group, struct choice choice)
{
    group_tick(group, choice.server, CORE_NOW_MS + core_timing.election_max_ms);
}

static bool may_beat(const struct group *group, struct choice choice)
{
    return leads(group, choice) && group->common.budget.heartbeats > 0;
}

static void beat(struct group *group, struct choice choice)
{
    group->common.budget.heartbeats--;
    group_tick(group, choice.server, CORE_NOW_MS + core_timing.heartbeat_ms);
}

static void resign(struct group *group, struct choice choice)
{
    group_tick(group, choice.server, CORE_NOW_MS + core_timing.election_max_ms);
}

/* ---- disks ---- */

static bool may_sync(const struct group *group, struct choice choice)
{
    return chosen(group, choice)->write_count > 0;
}

static void sync_disk(struct group *group, struct choice choice)
{
    group_sync(group, choice.server);
}

static bool may_crash(const struct group *group, struct choice choice)
{
    (void)choice;
    return group->common.budget.crashes > 0;
}

static void crash(struct group *group, struct choice choice)
{
    group->common.budget.crashes--;
    group_crash(group, choice.server);
}

/* ---- clients and operators ---- */

static bool may_propose(const struct group *group, struct choice choice)
{
    return leads(group, choice) && group->common.budget.proposals > 0;
}

static void propose(struct group *group, struct choice choice)
{
    group->common.budget.proposals--;
    group_propose(group, choice.server, RAFT_ENTRY_NORMAL, 0);
}

/* The members in force with another role for one of the servers: (server, role). */
static uint8_t changed_roles(const struct group *group, struct choice choice)
{
    uint32_t shift = 2 * (choice.what / 3);
    uint8_t roles = roles_of(raft_members(&chosen(group, choice)->core));
    return (uint8_t)((roles & ~(3u << shift)) | choice.what % 3 << shift);
}

static bool may_change(const struct group *group, struct choice choice)
{
    return leads(group, choice) && group->common.budget.changes > 0 &&
           changed_roles(group, choice) != roles_of(raft_members(&chosen(group, choice)->core));
}

static void change(struct group *group, struct choice choice)
{
    group->common.budget.changes--;
    group_propose(group, choice.server, RAFT_ENTRY_MEMBERS, changed_roles(group, choice));
}

static bool may_transfer(const struct group *group, struct choice choice)
{
    return leads(group, choice) && group->common.budget.transfers > 0 &&
           choice.what != choice.server;
}

static void transfer(struct group *group, struct choice choice)
{
    group->common.budget.transfers--;
    group_transfer(group, choice.server, choice.what + 1);
}

/* ---- messages: `server` is not a choice; `what` is the packet ---- */

static bool may_deliver(const struct group *group, struct choice choice)
{
    return choice.what < group->common.packet_count;
}

static void deliver(struct group *group, struct choice choice)
{
    group_deliver(group, choice.what, false);
}

/* Whatever is on its way may stay there for ever, so a loss makes a difference only when there is
 * no room for more; then it goes before all else. */
static bool is_crowded(const struct group *group)
{
    return group->common.packet_count > group->bounds->packets_max;
}

static bool may_lose(const struct group *group, struct choice choice)
{
    return is_crowded(group) && may_deliver(group, choice);
}

static void lose(struct group *group, struct choice choice)
{
    group_lose(group, choice.what);
}

static bool may_repeat(const struct group *group, struct choice choice)
{
    return may_deliver(group, choice) && group->common.budget.duplicates > 0;
}

static void repeat(struct group *group, struct choice choice)
{
    group->common.budget.duplicates--;
    group_deliver(group, choice.what, true);
}

/* ---- all of them ---- */

static const struct action {
    const char *word;
    uint32_t choices; /* for each server; of packets */
    bool is_of_packet;
    bool (*is_possible)(const struct group *group, struct choice choice);
    void (*happen)(struct group *group, struct choice choice);
} actions[] = {
    {"delivers", PACKETS_MAX, true, may_deliver, deliver},
    {"loses", PACKETS_MAX, true, may_lose, lose},
    {"repeats", PACKETS_MAX, true, may_repeat, repeat},
    {"has a write done", 1, false, may_sync, sync_disk},
    {"proposes", 1, false, may_propose, propose},
    {"changes members", 3 * SERVERS, false, may_change, change},
    {"sends heartbeats", 1, false, may_beat, beat},
    {"hands over", SERVERS, false, may_transfer, transfer},
    {"times out", 1, false, may_stand, stand},
    {"hears no quorum", 1, false, leads, resign},
    {"crashes and restarts", 1, false, may_crash, crash},
};

static uint32_t numbers_of(const struct action *action)
{
    return action->is_of_packet ? action->choices : action->choices * SERVERS;
}

/* Finds the kind of an action and leaves in `choice` what it is about. */
static const struct action *action_find(uint32_t number, struct choice *choice)
{
    const struct action *action = actions;
    for (; number >= numbers_of(action); action++)
        number -= numbers_of(action);
    *choice = (struct choice){.server = number / action->choices, .what = number % action->choices};
    return action;
}

uint32_t actions_count(void)
{
    uint32_t count = 0;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        count += numbers_of(&actions[i]);
    return count;
}

bool action_is_possible(const struct group *group, uint32_t number)
{
    struct choice choice;
    const struct action *action = action_find(number, &choice);
    return (action->happen == lose || !is_crowded(group)) && action->is_possible(group, choice);
}

uint32_t action_server(const struct group *group, uint32_t number)
{
    struct choice choice;
    const struct action *action = action_find(number, &choice);
    return action->is_of_packet ? group->common.packets[choice.what].to - 1u : choice.server;
}

void action_happen(struct group *group, uint32_t number)
{
    struct choice choice;
    const struct action *action = action_find(number, &choice);
    action->happen(group, choice);
}

void action_print(const struct group *group, uint32_t number, FILE *out)
{
    struct choice choice;
    const struct action *action = action_find(number, &choice);
    if (!action->is_of_packet) {
        fprintf(out, "S%u %s", choice.server + 1, action->word);
        if (action->choices > 1)
            fprintf(out, " (%u)", choice.what);
        return;
    }
    const struct packet *packet = &group->common.packets[choice.what];
    fprintf(out, "the net %s S%u -> S%u %s term %u index %u/%u commit %u count %u%s", action->word,
            packet->from, packet->to, raft_message_word((enum raft_message_kind)packet->kind),
            packet->term, packet->index, packet->log_term, packet->commit, packet->count,
            packet->granted ? " granted" : "");
}
