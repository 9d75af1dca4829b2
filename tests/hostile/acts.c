/* What a hostile node does of its own accord, after every batch of events. */
#include "node/clock.h"
#include "node/driver_state.h"
#include "node/steward.h"
#include "proto/frame.h"

#include "tests/hostile/forge.h"
#include "tests/hostile/lies.h"
#include "tests/hostile/wire.h"

/* How often it lies; and how often it takes the leadership: an election must fit between. */
#define ACT_MS  50
#define LEAD_MS 500

/* Frames of a flood, to each peer each time. */
#define FLOOD_FRAMES 200

void __real_steward_tend(struct steward *steward, struct driver *driver);
void __wrap_steward_tend(struct steward *steward, struct driver *driver);

/* ---- chance ---- */

static uint64_t chance(void)
{
    static uint64_t state = 1;
    return (state = state * 6364136223846793005u + 1442695040888963407u) >> 16;
}

/* ---- to each peer ---- */

struct act {
    struct driver *driver;
    struct driver_status status;
    uint32_t peer;
};

static struct raft_message message_of(const struct act *act, enum raft_message_kind kind)
{
    return (struct raft_message){
        .kind = kind,
        .from = act->driver->options.node,
        .to = act->peer,
        .term = act->status.term,
    };
}

/* The last block, changed, as an APPEND of the term that there is. */
static void diverge(const struct act *act)
{
    static uint8_t buffer[BLOCK_SIZE_MAX + 4];
    struct chain_link before;
    struct block_ref *block;
    uint64_t height = act->status.tip.height;
    if (height < 2 || chain_link(&act->driver->chain, height - 1, &before) != ERR_OK ||
        chain_block(&act->driver->chain, height, &block) != ERR_OK)
        return;
    struct block other = block->block;
    other.header.time_ms++;
    struct writer writer = writer_over(buffer, sizeof buffer);
    frame_write(&writer, forge_block(&other, &before.hash));
    block_ref_drop(block);
    struct raft_message message = message_of(act, RAFT_APPEND);
    message.index = before.height;
    message.log_term = before.term;
    message.count = 1;
    wire_say_raft(&message, writer_view(&writer));
}

static void speak_of_term(const struct act *act)
{
    struct raft_message message = message_of(act, RAFT_HEARTBEAT);
    message.term = UINT64_MAX;
    wire_say_raft(&message, bytes_of(NULL, 0));
}

static void usurp(const struct act *act)
{
    struct raft_message message = message_of(act, RAFT_HEARTBEAT);
    message.term++;
    message.index = UINT64_C(1) << 60;
    wire_say_raft(&message, bytes_of(NULL, 0));
}

static void flood_one(const struct act *act)
{
    static uint8_t bytes[PEER_MESSAGE_SIZE_MAX];
    size_t size = chance() % 64 == 0 ? PEER_MESSAGE_SIZE_MAX / 4 : 1 + chance() % 512;
    for (size_t i = 0; i < size; i++)
        bytes[i] = i < 64 ? (uint8_t)chance() : 0;
    bytes[0] = (uint8_t)(chance() % (PEER_HEAD + 2));
    (void)wire_say(act->peer, chance() % 2 == 0 ? PEER_CONTROL : PEER_BULK, bytes_of(bytes, size));
    struct raft_message message = message_of(act, 1 + chance() % RAFT_CAMPAIGN_NOW);
    message.index = chance() % (act->status.tip.height + 2);
    message.log_term = chance() % (message.term + 1);
    message.commit = chance() % (message.index + 1);
    message.context = chance() % 4;
    wire_say_raft(&message, bytes_of(NULL, 0));
}

static void flood(const struct act *act)
{
    for (int i = 0; i < FLOOD_FRAMES; i++)
        flood_one(act);
}

static void act_at(const struct act *act, enum lie lie)
{
    switch ((int)lie) {
    case LIE_DIVERGE: diverge(act); break;
    case LIE_TERM: speak_of_term(act); break;
    case LIE_USURP: usurp(act); break;
    case LIE_FLOOD: flood(act); break;
    default: return;
    }
    lies_told(lie);
}

/* ---- as a leader ---- */

/* A vote that the leader asked for is given while the leader lives: so whoever says that it was
 * asked can be elected at once. */
static void take_the_lead(const struct act *act)
{
    static uint64_t last_ms;
    uint8_t buffer[128];
    uint64_t now_ms = clock_monotonic_ms();
    if (act->status.leader == 0 || act->status.state == NODE_LEADER || now_ms - last_ms < LEAD_MS)
        return;
    last_ms = now_ms;
    struct raft_message message = {
        .kind = RAFT_CAMPAIGN_NOW,
        .from = act->status.leader,
        .to = act->driver->options.node,
        .term = act->status.term,
    };
    struct writer writer = writer_over(buffer, sizeof buffer);
    peer_raft_write(&writer, &message);
    driver_receive(act->driver, message.from, writer_view(&writer));
}

/* One step from those in force, as the core wants it; no statement speaks of it. */
static void propose_members(struct driver *driver)
{
    struct raft_members members = *driver_members(driver);
    uint32_t last = members.member[members.count - 1].id;
    if (members.count == MEMBERS_MAX)
        return;
    members.member[members.count++] = (struct raft_member){.id = last + 1000};
    if (driver_propose_members(driver, &members) == ERR_OK)
        lies_told(LIE_MEMBERS);
}

static void propose_checkpoint(const struct act *act)
{
    struct checkpoint checkpoint = {
        .height = act->status.trail.checkpoint,
        .tree_root = hash_of(bytes_of(NULL, 0)),
        .state_root = act->status.tip.hash,
    };
    if (driver_propose_checkpoint(act->driver, &checkpoint) == ERR_OK)
        lies_told(LIE_CHECKPOINT);
}

static void lead(const struct act *act, enum lie lie)
{
    if (lie == LIE_AHEAD && act->status.state == NODE_LEADER)
        lies_told(lie); /* with its first block, which is not taken */
    if (!driver_leads(act->driver)) {
        take_the_lead(act);
        return;
    }
    if (lie == LIE_BEHIND)
        lies_told(lie);
    if (lie == LIE_MEMBERS)
        propose_members(act->driver);
    if (lie == LIE_CHECKPOINT)
        propose_checkpoint(act);
}

/* ---- each time ---- */

static void act_now(struct driver *driver, enum lie lie)
{
    const struct raft_members *members = driver_members(driver);
    struct act act = {.driver = driver, .status = driver_status(driver)};
    uint32_t victim = 0;
    lies_set_leading(act.status.state == NODE_LEADER);
    if (lie_wants_to_lead(lie))
        lead(&act, lie);
    if (lie == LIE_REPLAY)
        wire_replay(FLOOD_FRAMES);
    for (uint32_t i = 0; i < members->count; i++) {
        act.peer = members->member[i].id;
        if (act.peer == driver->options.node)
            continue;
        victim = act.peer;
        act_at(&act, lie);
    }
    wire_set_victim(victim);
}

void __wrap_steward_tend(struct steward *steward, struct driver *driver)
{
    static uint64_t acted_ms;
    __real_steward_tend(steward, driver);
    lies_read();
    uint64_t now_ms = clock_monotonic_ms();
    if (lies_now() == LIE_NONE || now_ms - acted_ms < ACT_MS)
        return;
    acted_ms = now_ms;
    act_now(driver, lies_now());
}
