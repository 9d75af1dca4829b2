/* Whatever arrives, in whatever order, the core keeps its rules (it ends the process when it does
 * not) and asks of its driver only what the contract says. */
#include "tests/unit/consensus/raft_fixture.h"

#define STEPS 100000

static struct core core;

/* What a driver would have on its disk and in its queue. */
static uint64_t log_last;

static void check_ready(void)
{
    const struct raft_ready *ready = &core.ready;
    if (ready->cut) {
        ck_assert_uint_lt(ready->keep, log_last);
        ck_assert_uint_ge(ready->keep, core.raft.tail.first - 1);
        log_last = ready->keep;
    }
    if (ready->append_count > 0) {
        ck_assert_uint_eq(ready->append_first, log_last + 1);
        log_last += ready->append_count;
    }
    ck_assert_uint_eq(raft_last_index(&core.raft), log_last);
    ck_assert_uint_le(ready->commit, log_last);
    ck_assert_uint_le(ready->message_count, RAFT_OUTGOING_MAX);
    ck_assert_uint_le(ready->read_count, RAFT_READS_MAX);
    ck_assert_uint_eq(ready->term, raft_term(&core.raft));
    for (size_t i = 0; i < ready->message_count; i++) {
        const struct raft_message *message = &ready->messages[i].message;
        bool promises = message->kind == RAFT_VOTE ||
                        (message->granted && message->kind != RAFT_PRE_VOTE_REPLY);
        ck_assert_int_eq(ready->messages[i].after_durable, promises);
        ck_assert_uint_eq(message->from, core.raft.id);
        ck_assert(message->to != message->from || promises);
        if (ready->messages[i].from_disk) {
            ck_assert_int_eq(message->kind, RAFT_APPEND);
            ck_assert_uint_gt(message->count, 0);
            ck_assert_uint_le(message->index + message->count, ready->commit);
        }
        ck_assert_uint_le(message->count, RAFT_APPEND_MAX);
    }
}

static uint64_t near(uint64_t *random, uint64_t value)
{
    uint64_t off = dice(random, 6);
    return off > value + 2 ? 0 : value + 2 - off;
}

/* Any kind; mostly those that mean something to a node in this role. */
static enum raft_message_kind any_kind(uint64_t *random, enum raft_role role)
{
    static const enum raft_message_kind apt[] = {
        [RAFT_FOLLOWER] = RAFT_APPEND,
        [RAFT_PRE_CANDIDATE] = RAFT_PRE_VOTE_REPLY,
        [RAFT_CANDIDATE] = RAFT_VOTE_REPLY,
        [RAFT_LEADER] = RAFT_APPEND_REPLY,
    };
    return dice(random, 3) > 0 ? apt[role] : (enum raft_message_kind)dice(random, 11);
}

static struct raft_message any_message(uint64_t *random)
{
    const struct raft *raft = &core.raft;
    uint64_t index =
        dice(random, 3) > 0 ? near(random, raft->tail.last) : dice(random, raft->tail.last + 3);
    bool knows = raft_tail_knows(&raft->tail, index);
    struct raft_message message = {
        .kind = any_kind(random, raft->role),
        .from = (uint32_t)dice(random, 7),
        .term = dice(random, 400) > 0 ? raft->term : near(random, raft->term),
        .index = index,
        .log_term = knows && dice(random, 4) > 0 ? raft_tail_term(&raft->tail, index)
                                                 : dice(random, raft->term + 2),
        .commit = dice(random, 3) > 0 ? near(random, raft->commit) : dice(random, index + 1),
        .context = near(random, dice(random, 2) > 0 ? raft->lead.round : 1),
        .granted = dice(random, 4) > 0,
        .transfer = dice(random, 20) == 0,
    };
    if (message.kind == RAFT_PRE_VOTE_REPLY && message.granted)
        message.term = raft->term + dice(random, 2);
    if (message.kind == RAFT_APPEND)
        message.count = (uint32_t)dice(random, dice(random, 10) > 0 ? 5 : RAFT_APPEND_MAX + 2);
    /* What this node says to itself it says once it is true. */
    if (message.from == raft->id)
        message = (struct raft_message){.kind = RAFT_APPEND_REPLY,
                                        .from = raft->id,
                                        .term = raft->term,
                                        .index = index < raft->tail.last ? index : raft->tail.last,
                                        .granted = true};
    if (dice(random, 200) == 0)
        message.index = UINT64_MAX - dice(random, 3);
    return message;
}

static struct raft_members any_members(uint64_t *random)
{
    struct raft_members members = core.raft.members;
    uint32_t position = (uint32_t)dice(random, MEMBERS_MAX);
    uint64_t what = dice(random, 4);
    if (what == 0 && position < members.count)
        members.member[position].voter = !members.member[position].voter;
    else if (what == 1 && members.count > 0)
        members.count--;
    else if (what == 2 && members.count < 6)
        members.member[members.count++] = (struct raft_member){.id = position, .voter = true};
    else if (what == 3 && position == 0)
        members.count = MEMBERS_MAX + 1;
    return members;
}

static void take_any(uint64_t *random)
{
    struct raft_entry entries[RAFT_APPEND_MAX + 2];
    struct raft_members members = any_members(random);
    struct raft_message message = any_message(random);
    uint64_t term = message.log_term;
    for (uint32_t i = 0; i < message.count; i++) {
        uint64_t index = message.index + 1 + i;
        bool same = raft_tail_knows(&core.raft.tail, index) && dice(random, 8) > 0;
        term = same ? raft_tail_term(&core.raft.tail, index) : term + (dice(random, 20) == 0);
        entries[i] = (struct raft_entry){.term = term, .size = (uint32_t)dice(random, 200)};
        if (dice(random, 30) == 0)
            entries[i].kind = (enum raft_entry_kind)dice(random, 4);
        entries[i].members = dice(random, 20) > 0 ? &members : NULL;
    }
    message.to = core.raft.id;
    (void)core_step(&core, (struct raft_event){.kind = RAFT_EVENT_MESSAGE,
                                               .message = &message,
                                               .entries = dice(random, 50) > 0 ? entries : NULL});
}

static void do_any(uint64_t *random)
{
    struct raft_members members = any_members(random);
    core.now_ms += dice(random, 30);
    switch (dice(random, 12)) {
    case 0:
        if (core.raft.role != RAFT_FOLLOWER || dice(random, 4) == 0)
            core_tick(&core);
        else
            take_any(random);
        return;
    case 1: {
        enum raft_entry_kind kind =
            core.ready.want_noop ? RAFT_ENTRY_NOOP : (enum raft_entry_kind)dice(random, 3);
        (void)core_propose(&core, kind, (uint32_t)dice(random, 400), &members);
        return;
    }
    case 2: (void)core_step(&core, (struct raft_event){.kind = RAFT_EVENT_READ}); return;
    case 3:
        if (dice(random, 50) == 0)
            (void)core_step(&core, (struct raft_event){.kind = RAFT_EVENT_TRANSFER,
                                                       .target = (uint32_t)dice(random, 6)});
        else
            core_tick(&core);
        return;
    default: take_any(random); return;
    }
}

START_TEST(no_message_breaks_a_rule)
{
    uint64_t random = 11;
    size_t steps_in_role[4] = {0};
    for (uint32_t voters = 1; voters <= 5; voters++) {
        core_start(&core, voters, 0, NULL);
        log_last = 0;
        for (int step = 0; step < STEPS; step++) {
            do_any(&random);
            check_ready();
            steps_in_role[raft_role(&core.raft)]++;
        }
        ck_assert_uint_gt(raft_commit(&core.raft), 100);
    }
    for (int role = 0; role < 4; role++) /* it has been everywhere */
        ck_assert_msg(steps_in_role[role] > STEPS / 200, "%zu steps as %s", steps_in_role[role],
                      raft_role_word((enum raft_role)role));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &no_message_breaks_a_rule,
    };
    return suite_run("consensus/raft_fuzz", cases, sizeof cases / sizeof cases[0]);
}
