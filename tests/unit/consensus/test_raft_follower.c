#include "tests/unit/consensus/raft_fixture.h"

static struct core core;

/* An APPEND of node 2 with entries of these terms, 0-terminated. */
static void append(uint64_t term, uint64_t index, uint64_t log_term, uint64_t commit,
                   const uint64_t *terms)
{
    struct raft_entry entries[RAFT_APPEND_MAX];
    uint32_t count = 0;
    for (; terms != NULL && terms[count] != 0; count++)
        entries[count] = (struct raft_entry){.term = terms[count], .size = 10};
    core_take(&core,
              (struct raft_message){.kind = RAFT_APPEND,
                                    .from = 2,
                                    .term = term,
                                    .index = index,
                                    .log_term = log_term,
                                    .commit = commit,
                                    .context = 77,
                                    .count = count},
              entries);
}

static const struct raft_message *answer(void)
{
    const struct raft_outgoing *sent = core_sent(&core, RAFT_APPEND_REPLY, 2);
    ck_assert_uint_eq(sent->message.context, 77);
    ck_assert_int_eq(sent->after_durable, sent->message.granted);
    return &sent->message;
}

static void refused(void)
{
    ck_assert(!answer()->granted);
    ck_assert_uint_eq(answer()->index, raft_last_index(&core.raft));
    ck_assert_uint_eq(answer()->commit, raft_commit(&core.raft));
    ck_assert_uint_eq(core.ready.append_count, 0);
    ck_assert(!core.ready.cut);
}

static void accepted(uint64_t index)
{
    ck_assert(answer()->granted);
    ck_assert_uint_eq(answer()->index, index);
}

static void dropped(void)
{
    ck_assert_uint_eq(core.ready.message_count, 0);
    ck_assert_uint_eq(core.ready.append_count, 0);
    ck_assert(!core.ready.cut);
}

static const uint64_t own[] = {1, 1, 2, 2, 2, 0};

START_TEST(appends_what_fits_and_acknowledges_what_was_proved)
{
    core_start(&core, 3, 3, own);
    append(3, 5, 2, 0, (const uint64_t[]){3, 3, 0});
    accepted(7);
    ck_assert_uint_eq(core.ready.append_first, 6);
    ck_assert_uint_eq(core.ready.append_skip, 0);
    ck_assert_uint_eq(core.ready.append_count, 2);
    /* What is stored beyond is not acknowledged. */
    append(3, 2, 1, 0, (const uint64_t[]){2, 0});
    accepted(3);
    ck_assert_uint_eq(core.ready.append_count, 0);
    append(3, 3, 2, 0, NULL);
    accepted(3);
    ck_assert_uint_eq(raft_last_index(&core.raft), 7);
    /* Some of it is there, the rest is new. */
    append(3, 6, 3, 0, (const uint64_t[]){3, 3, 3, 0});
    accepted(9);
    ck_assert_uint_eq(core.ready.append_skip, 1);
    ck_assert_uint_eq(core.ready.append_first, 8);
    ck_assert_uint_eq(core.ready.append_count, 2);
}
END_TEST

START_TEST(refuses_what_does_not_follow_from_its_log)
{
    core_start(&core, 3, 3, own);
    append(3, 6, 3, 0, (const uint64_t[]){3, 0});
    refused();
    ck_assert_uint_eq(answer()->log_term, 2);
    append(3, 5, 1, 0, (const uint64_t[]){3, 0});
    refused();
    append(3, 4, 3, 0, NULL);
    refused();
    core_start(&core, 3, 3, NULL);
    append(3, 1, 1, 0, NULL);
    refused();
    ck_assert_uint_eq(answer()->log_term, 0);
    append(3, 0, 0, 0, NULL);
    accepted(0);
}
END_TEST

START_TEST(cuts_where_the_terms_differ_and_nowhere_else)
{
    /* All logs of five entries whose terms ascend from 1 to 3, the leader's and its own. */
    uint64_t logs[64][6];
    size_t count = 0;
    for (uint32_t code = 0; code < 243; code++) {
        uint32_t rest = code;
        bool ascends = true;
        for (int i = 0; i < 5; i++, rest /= 3) {
            logs[count][i] = 1 + rest % 3;
            ascends = ascends && (i == 0 || logs[count][i] >= logs[count][i - 1]);
        }
        logs[count][5] = 0;
        count += ascends;
    }
    ck_assert_uint_eq(count, 21);
    for (size_t mine = 0; mine < count; mine++) {
        for (size_t leaders = 0; leaders < count; leaders++) {
            uint32_t same = 0;
            while (same < 5 && logs[mine][same] == logs[leaders][same])
                same++;
            core_start(&core, 3, 3, logs[mine]);
            append(4, 0, 0, 0, logs[leaders]);
            accepted(5);
            ck_assert_int_eq(core.ready.cut, same < 5);
            ck_assert_uint_eq(core.ready.append_skip, same);
            ck_assert_uint_eq(core.ready.append_count, 5 - same);
            if (same < 5)
                ck_assert_uint_eq(core.ready.keep, same);
            for (uint32_t i = 0; i < 5; i++)
                ck_assert_uint_eq(raft_tail_term(&core.raft.tail, i + 1), logs[leaders][i]);
        }
    }
}
END_TEST

START_TEST(commits_no_further_than_the_message_proves)
{
    core_start(&core, 3, 3, own);
    append(3, 1, 1, 99, (const uint64_t[]){1, 0});
    ck_assert_uint_eq(raft_commit(&core.raft), 2);
    append(3, 3, 2, 3, (const uint64_t[]){2, 2, 0});
    ck_assert_uint_eq(raft_commit(&core.raft), 3);
    append(3, 4, 2, 1, NULL); /* older news */
    ck_assert_uint_eq(raft_commit(&core.raft), 3);
    append(3, 6, 3, 6, NULL); /* refused: proves nothing */
    ck_assert_uint_eq(raft_commit(&core.raft), 3);
    append(3, 5, 2, 5, (const uint64_t[]){3, 3, 0});
    ck_assert_uint_eq(raft_commit(&core.raft), 5);
}
END_TEST

START_TEST(never_gives_up_what_is_committed)
{
    core_start(&core, 3, 3, own);
    append(3, 4, 2, 4, NULL);
    ck_assert_uint_eq(raft_commit(&core.raft), 4);
    append(4, 3, 2, 4, (const uint64_t[]){3, 4, 0}); /* another entry 4 */
    dropped();
    append(4, 4, 3, 4, (const uint64_t[]){4, 0});
    dropped();
    append(4, 2, 2, 4, (const uint64_t[]){2, 0});
    dropped();
    append(4, 0, 0, 4, (const uint64_t[]){1, 1, 2, 3, 0});
    dropped();
    ck_assert_uint_eq(raft_leader(&core.raft), 0);
    append(4, 4, 2, 4, (const uint64_t[]){4, 0});
    accepted(5);
    ck_assert_uint_eq(core.ready.keep, 4);
}
END_TEST

START_TEST(entries_below_the_commit_index_are_taken_as_they_are)
{
    /* After a restart the ring begins at the commit index: older terms are not known. */
    struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(3, 3, own, tail);
    start.tail = tail + 2;
    start.tail_count = 3;
    start.commit = 3;
    core_init(&core, &start);
    append(3, 1, 1, 3, (const uint64_t[]){1, 2, 2, 0});
    accepted(4);
    ck_assert_uint_eq(core.ready.append_count, 0);
    append(3, 0, 0, 0, NULL);
    accepted(0);
}
END_TEST

START_TEST(drops_an_append_that_makes_no_sense)
{
    struct raft_members none = {0};
    const struct raft_entry odd[] = {
        {.term = 0, .size = 1},
        {.term = 1, .size = 1},
        {.term = 4, .size = 1},
        {.term = 3, .size = 1, .kind = RAFT_ENTRY_MEMBERS},
        {.term = 3, .size = 1, .kind = RAFT_ENTRY_MEMBERS, .members = &none},
        {.term = 3, .size = 1, .kind = (enum raft_entry_kind)9},
    };
    const struct raft_message append_one = {
        .kind = RAFT_APPEND, .from = 2, .term = 3, .index = 5, .log_term = 2, .count = 1};
    core_start(&core, 3, 3, own);
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        core_take(&core, append_one, &odd[i]);
        dropped();
    }
    const struct raft_entry good = {.term = 3, .size = 1};
    struct raft_message message = append_one;
    core_take(&core, message, NULL);
    dropped();
    message.count = RAFT_APPEND_MAX + 1;
    core_take(&core, message, &good);
    dropped();
    message = append_one;
    message.index = UINT64_MAX;
    core_take(&core, message, &good);
    dropped();
    message = append_one;
    message.index = 0;
    core_take(&core, message, &good);
    dropped();
    message = append_one;
    message.log_term = 0;
    core_take(&core, message, &good);
    dropped();
    message.log_term = 4;
    core_take(&core, message, &good);
    dropped();
    core_take(&core, append_one, &good);
    ck_assert_uint_eq(core.ready.append_count, 1);
}
END_TEST

START_TEST(follows_one_leader_a_term)
{
    core_start(&core, 3, 3, own);
    append(3, 5, 2, 0, NULL);
    ck_assert_uint_eq(raft_leader(&core.raft), 2);
    ck_assert_uint_eq(raft_contact_ms(&core.raft), core.now_ms);
    core_take(&core, (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 3, .term = 3}, NULL);
    ck_assert_uint_eq(raft_leader(&core.raft), 2);
    dropped();
    core_take(
        &core,
        (struct raft_message){.kind = RAFT_APPEND, .from = 3, .term = 3, .index = 5, .log_term = 2},
        NULL);
    dropped();
    core_lead(&core, 3);
    core_take(&core,
              (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 3, .term = core.raft.term},
              NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_LEADER);
    dropped();
}
END_TEST

START_TEST(candidates_follow_whoever_won)
{
    core_start(&core, 3, 3, own);
    core_tick(&core);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_PRE_CANDIDATE);
    append(3, 5, 2, 0, NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    core_tick(&core);
    core_take(
        &core,
        (struct raft_message){.kind = RAFT_PRE_VOTE_REPLY, .from = 3, .term = 4, .granted = true},
        NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_CANDIDATE);
    append(4, 5, 2, 0, NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    ck_assert_uint_eq(raft_leader(&core.raft), 2);
}
END_TEST

START_TEST(hearing_its_leader_puts_the_election_off)
{
    core_start(&core, 3, 3, own);
    for (int i = 0; i < 20; i++) {
        core.now_ms = raft_deadline_ms(&core.raft) - 1;
        if (i % 2 > 0)
            append(3, 5, 2, 0, NULL);
        else
            core_take(&core, (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 2, .term = 3},
                      NULL);
        ck_assert_uint_ge(raft_deadline_ms(&core.raft), core.now_ms + core_timing.election_min_ms);
    }
}
END_TEST

START_TEST(a_heartbeat_commits_what_the_log_has)
{
    core_start(&core, 3, 3, own);
    core_take(&core,
              (struct raft_message){
                  .kind = RAFT_HEARTBEAT, .from = 2, .term = 3, .commit = 4, .context = 12},
              NULL);
    ck_assert_uint_eq(raft_commit(&core.raft), 4);
    const struct raft_outgoing *sent = core_sent(&core, RAFT_HEARTBEAT_REPLY, 2);
    ck_assert(!sent->after_durable);
    ck_assert_uint_eq(sent->message.context, 12);
    ck_assert_uint_eq(sent->message.index, 5);
    ck_assert_uint_eq(sent->message.log_term, 2);
    ck_assert_uint_eq(sent->message.commit, 4);
    core_take(&core,
              (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 2, .term = 3, .commit = 1},
              NULL);
    ck_assert_uint_eq(raft_commit(&core.raft), 4);
    core_take(&core,
              (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 2, .term = 3, .commit = 5},
              NULL);
    ck_assert_uint_eq(raft_commit(&core.raft), 5);
    ck_assert_uint_eq(core.ready.lost, 0);
}
END_TEST

START_TEST(a_heartbeat_of_what_it_held_and_lacks_stops_it)
{
    static const uint64_t terms[] = {3, 4}; /* its own, and one that it has not heard of */
    for (size_t i = 0; i < 2; i++) {
        core_start(&core, 3, 3, own);
        core_take(
            &core,
            (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 2, .term = terms[i], .commit = 6},
            NULL);
        ck_assert_uint_eq(core.ready.lost, 6);
        ck_assert_uint_eq(raft_commit(&core.raft), 0);
        dropped();
    }
    /* It is told of one step alone. */
    core_take(&core, (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 2, .term = 4}, NULL);
    ck_assert_uint_eq(core.ready.lost, 0);
}
END_TEST

START_TEST(a_heartbeat_of_an_older_term_or_of_another_leader_proves_no_loss)
{
    core_start(&core, 3, 3, own);
    core_take(&core,
              (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 2, .term = 2, .commit = 6},
              NULL);
    ck_assert_uint_eq(core.ready.lost, 0);
    append(3, 5, 2, 0, NULL);
    core_take(&core,
              (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 3, .term = 3, .commit = 6},
              NULL);
    ck_assert_uint_eq(core.ready.lost, 0);
    dropped();
}
END_TEST

/* ---- bounds ---- */

START_TEST(never_has_more_above_the_commit_index_than_the_ring_holds)
{
    uint64_t terms[RAFT_APPEND_MAX + 1];
    for (size_t i = 0; i < RAFT_APPEND_MAX; i++)
        terms[i] = 1;
    terms[RAFT_APPEND_MAX] = 0;
    core_start(&core, 3, 1, NULL);
    for (uint64_t last = 0; last < RAFT_TAIL_MAX - RAFT_APPEND_MAX; last += RAFT_APPEND_MAX) {
        append(1, last, last > 0, 0, terms);
        accepted(last + RAFT_APPEND_MAX);
    }
    uint64_t last = raft_last_index(&core.raft);
    append(1, last, 1, 0, terms);
    dropped();
    append(1, last, 1, 0, terms + 1); /* one less: with the one at the commit index it is full */
    accepted(RAFT_TAIL_MAX - 1);
    append(1, RAFT_TAIL_MAX - 1, 1, 0, terms + RAFT_APPEND_MAX - 1);
    dropped();
    append(1, RAFT_TAIL_MAX - 1, 1, 1, terms + RAFT_APPEND_MAX - 1);
    accepted(RAFT_TAIL_MAX);
    append(1, RAFT_TAIL_MAX, 1, RAFT_TAIL_MAX + 9, terms);
    accepted(RAFT_TAIL_MAX + RAFT_APPEND_MAX);
    ck_assert_uint_eq(raft_commit(&core.raft), RAFT_TAIL_MAX + 9);
}
END_TEST

/* ---- members ---- */

static struct raft_members changes[3];

/* Three entries of term 3 after the five; those whose bit is set are changes to 4, 5, 6 voters. */
static void append_changes(uint64_t index, uint32_t count, uint32_t bits, uint64_t commit)
{
    struct raft_entry entries[3];
    for (uint32_t i = 0; i < count; i++) {
        changes[i] = voters(4 + i);
        entries[i] = (struct raft_entry){.term = 3, .size = 1};
        if (bits >> i & 1) {
            entries[i].kind = RAFT_ENTRY_MEMBERS;
            entries[i].members = &changes[i];
        }
    }
    core_take(&core,
              (struct raft_message){.kind = RAFT_APPEND,
                                    .from = 2,
                                    .term = 3,
                                    .index = index,
                                    .log_term = index > 5 ? 3 : 2,
                                    .commit = commit,
                                    .context = 77,
                                    .count = count},
              entries);
}

START_TEST(members_are_in_force_as_soon_as_they_are_in_the_log)
{
    core_start(&core, 3, 3, own);
    append_changes(5, 1, 1, 0);
    accepted(6);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 4);
    /* And no longer when they are cut from it. */
    append(4, 5, 2, 0, (const uint64_t[]){4, 0});
    ck_assert(core.ready.cut);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 3);
}
END_TEST

START_TEST(a_change_is_not_taken_back_when_it_is_committed)
{
    core_start(&core, 3, 3, own);
    append_changes(5, 3, 1, 6); /* two normal entries after it */
    append(4, 6, 3, 6, (const uint64_t[]){4, 0});
    ck_assert(core.ready.cut);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 4);
}
END_TEST

START_TEST(takes_a_second_change_only_after_the_first_is_committed)
{
    core_start(&core, 3, 3, own);
    append_changes(5, 3, 5, 5); /* in one message, the first not committed */
    dropped();
    append_changes(5, 3, 5, 6);
    accepted(8);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 6);
    append(4, 7, 3, 6, (const uint64_t[]){4, 0});
    ck_assert(core.ready.cut);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 4); /* the first one's */

    core_start(&core, 3, 3, own);
    append_changes(5, 1, 1, 5); /* in two messages */
    accepted(6);
    append_changes(6, 1, 1, 5);
    dropped();
    append_changes(6, 1, 1, 6);
    accepted(7);
}
END_TEST

START_TEST(a_change_that_replaces_another_is_the_only_one)
{
    core_start(&core, 3, 3, own);
    append_changes(5, 1, 1, 5);
    struct raft_members five = voters(2);
    core_take(
        &core,
        (struct raft_message){
            .kind = RAFT_APPEND, .from = 3, .term = 4, .index = 5, .log_term = 2, .count = 1},
        &(struct raft_entry){.term = 4, .size = 1, .kind = RAFT_ENTRY_MEMBERS, .members = &five});
    ck_assert(core.ready.cut);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 2);
    append(5, 5, 2, 0, (const uint64_t[]){5, 0});
    ck_assert_uint_eq(raft_members(&core.raft)->count, 3);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &appends_what_fits_and_acknowledges_what_was_proved,
        &refuses_what_does_not_follow_from_its_log,
        &cuts_where_the_terms_differ_and_nowhere_else,
        &commits_no_further_than_the_message_proves,
        &never_gives_up_what_is_committed,
        &entries_below_the_commit_index_are_taken_as_they_are,
        &drops_an_append_that_makes_no_sense,
        &follows_one_leader_a_term,
        &candidates_follow_whoever_won,
        &hearing_its_leader_puts_the_election_off,
        &a_heartbeat_commits_what_the_log_has,
        &a_heartbeat_of_what_it_held_and_lacks_stops_it,
        &a_heartbeat_of_an_older_term_or_of_another_leader_proves_no_loss,
        &never_has_more_above_the_commit_index_than_the_ring_holds,
        &members_are_in_force_as_soon_as_they_are_in_the_log,
        &a_change_is_not_taken_back_when_it_is_committed,
        &takes_a_second_change_only_after_the_first_is_committed,
        &a_change_that_replaces_another_is_the_only_one,
    };
    return suite_run("consensus/raft_follower", cases, sizeof cases / sizeof cases[0]);
}
