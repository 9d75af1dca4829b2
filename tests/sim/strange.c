#include "tests/sim/strange.h"

#include <string.h>

#include "tests/sim/world.h"

#define STRANGER 60000 /* an id that no node has */

struct strange {
    struct raft_message message;
    struct raft_entry entries[2];
    struct raft_members members;
};

static bool is_reply(const struct raft_message *message)
{
    return message->kind == RAFT_PRE_VOTE_REPLY || message->kind == RAFT_VOTE_REPLY ||
           message->kind == RAFT_APPEND_REPLY || message->kind == RAFT_HEARTBEAT_REPLY;
}

/* Any message; false when the twist does not fit this one. */
static bool twist_head(struct world *world, const struct node *node, struct raft_message *message)
{
    switch (random_below(&world->random, 5)) {
    case 0: message->to = STRANGER; return true;
    case 1: message->from = 0; return true;
    case 2: message->term = 0; return true;
    case 3:
        message->from = node->id;
        return message->kind != RAFT_VOTE_REPLY && message->kind != RAFT_APPEND_REPLY;
    default: message->from = STRANGER; return is_reply(message);
    }
}

/* An answer to a leader of more than it has sent or asked. */
static bool twist_reply(struct world *world, const struct node *node, struct raft_message *message)
{
    bool far = random_chance(&world->random, RANDOM_ALWAYS / 2);
    if (raft_role(node->core) != RAFT_LEADER)
        return false;
    if (message->kind == RAFT_HEARTBEAT_REPLY) {
        message->context = UINT64_MAX;
        return true;
    }
    message->index = far ? UINT64_MAX : checks_offered(world, node, message->from) + 1;
    return message->kind == RAFT_APPEND_REPLY && message->granted;
}

/* An APPEND of the node's own term with entries that cannot be. */
static bool twist_append(struct world *world, struct strange *strange)
{
    struct raft_message *message = &strange->message;
    if (message->kind != RAFT_APPEND)
        return false;
    strange->entries[0] = (struct raft_entry){.term = message->term, .size = 1};
    strange->entries[1] = (struct raft_entry){.term = message->term, .size = 1};
    message->count = 2;
    switch (random_below(&world->random, 7)) {
    case 0: message->index = UINT64_MAX - random_below(&world->random, 2); return true;
    case 1: message->log_term = message->term + 1; return true;
    case 2:
        message->index = 0;
        message->log_term = 1;
        return true;
    case 3: strange->entries[1].term = message->term + 1; return true;
    case 4: strange->entries[0].term = 0; return true;
    case 5: message->count = RAFT_APPEND_MAX + 1; return true;
    default:
        strange->entries[1].kind = RAFT_ENTRY_MEMBERS;
        strange->members.count = random_below(&world->random, 3) * (MEMBERS_MAX + 1) / 2;
        strange->entries[1].members = &strange->members;
        return true;
    }
}

static bool twist(struct world *world, const struct node *node, struct strange *strange)
{
    if (strange->message.term != raft_term(node->core))
        return twist_head(world, node, &strange->message);
    switch (random_below(&world->random, 3)) {
    case 0: return twist_head(world, node, &strange->message);
    case 1: return twist_reply(world, node, &strange->message);
    default: return twist_append(world, strange);
    }
}

void strange_try(struct world *world, const struct node *node, const struct raft_message *message)
{
    struct strange strange = {.message = *message};
    if (!twist(world, node, &strange))
        return;
    world_count(world, COUNTER_STRANGE);
    memcpy(world->twin, node->core, raft_size());
    struct raft_event event = {
        .kind = RAFT_EVENT_MESSAGE,
        .now_ms = 0, /* the past: no time has gone by */
        .message = &strange.message,
        .entries = strange.entries,
    };
    const struct raft_ready *ready = &world->twin_ready;
    enum err err = raft_step(world->twin, &event, &world->twin_ready);
    if (err != ERR_OK || ready->save || ready->cut || ready->append_count != 0 ||
        ready->message_count != 0 || ready->read_count != 0 ||
        memcmp(world->twin, node->core, raft_size()) != 0)
        world_violate(world, "what makes no sense changes nothing", "n%u takes a strange %s",
                      node->id, raft_message_word(message->kind));
}
