#include "tests/unit/consensus/raft_fixture.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A leader of four: the no-op committed, a read and two entries under way, S4 silent. */
static struct core core;

static void set_up(void)
{
    core_lead(&core, 4);
    core_take(&core,
              (struct raft_message){.kind = RAFT_HEARTBEAT_REPLY,
                                    .from = 2,
                                    .term = core.raft.term,
                                    .context = core.raft.lead.round},
              NULL);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 10, NULL), ERR_OK);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 10, NULL), ERR_OK);
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = RAFT_EVENT_READ}), ERR_OK);
}

static bool ends_the_process(void)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
        (void)dup2(quiet, STDERR_FILENO);
        raft_check_invariants(&core.raft);
        _exit(0);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#define BREAKS(change)                                                                             \
    do {                                                                                           \
        set_up();                                                                                  \
        struct raft *raft = &core.raft;                                                            \
        struct raft_leading *lead = &raft->lead;                                                   \
        struct raft_peer *peer = &lead->peer[1];                                                   \
        (void)raft, (void)lead, (void)peer;                                                        \
        ck_assert(!ends_the_process());                                                            \
        change;                                                                                    \
        ck_assert_msg(ends_the_process(), "holds although %s", #change);                           \
    } while (0)

START_TEST(find_a_log_that_cannot_be)
{
    BREAKS(raft->commit = 4);
    BREAKS(raft->tail.first = 0);
    BREAKS(raft->tail.first = 2);
    BREAKS(raft->tail.first = 5);
    BREAKS(raft->tail.last = 0);
    BREAKS(raft->tail.last += RAFT_TAIL_MAX);
    BREAKS(raft->tail.term[3] = 9);
    BREAKS(raft->tail.term[1] = 9);
}
END_TEST

START_TEST(find_members_that_cannot_be)
{
    BREAKS(raft->members.count = 0);
    BREAKS(raft->members.member[1].id = 1);
    BREAKS(raft->members_before.member[1].voter = false);
    BREAKS(raft->change = 1);
    BREAKS(raft->change = 4);
}
END_TEST

START_TEST(find_roles_that_cannot_be)
{
    BREAKS(raft->leader = 2);
    BREAKS(raft->vote = 2);
    BREAKS(raft->votes = 1u << 4);
    BREAKS((raft->role = RAFT_FOLLOWER, raft->leader = 2)); /* with a leader's memory */
    BREAKS((memset(lead, 0, sizeof *lead), raft->role = RAFT_FOLLOWER)); /* its own leader */
    BREAKS((memset(lead, 0, sizeof *lead), raft->role = RAFT_CANDIDATE));
    BREAKS((memset(lead, 0, sizeof *lead), raft->role = RAFT_PRE_CANDIDATE));
    BREAKS(raft->members.member[0].voter = raft->members_before.member[0].voter = false);
}
END_TEST

START_TEST(find_a_leader_that_cannot_be)
{
    BREAKS(lead->stable = 4);
    BREAKS(lead->noop = 4);
    BREAKS(lead->noop = 0);
    BREAKS((raft->tail.term[1] = 0, raft->tail.term[1] = 0));
    BREAKS(lead->awaited = 4);
    BREAKS(lead->announce_ms = 1);
    BREAKS(lead->confirmed = lead->round + 1);
    BREAKS(lead->reads[0].round = lead->confirmed);
    BREAKS(lead->reads[0].round = lead->round + 2);
    BREAKS(lead->transfer = 1);
    BREAKS(raft->commit = 0);
}
END_TEST

START_TEST(find_a_peer_that_cannot_be)
{
    BREAKS(peer->match = peer->next);
    BREAKS(peer->sent = 0);
    BREAKS(peer->sent = 4);
    BREAKS(peer->next = 5);
    BREAKS(peer->told = 2);
    BREAKS(peer->round = lead->round + 1);
    BREAKS((peer->flight.count = 0, peer->flight.bytes = 0));
    BREAKS(peer->flight.count = 0);
    BREAKS(peer->flight.count = core_timing.window_messages + 1);
    BREAKS(peer->flight.bytes++);
    BREAKS(peer->flight.bytes = core_timing.window_bytes + 1);
    BREAKS(peer->flight.end[(peer->flight.oldest + 1) % RAFT_WINDOW_MESSAGES_MAX]--);
    BREAKS(peer->on_disk = true);
}
END_TEST

START_TEST(find_a_step_that_takes_something_back)
{
    set_up();
    static struct raft_before before;
    const struct raft_before now = raft_before(&core.raft);
    const struct raft_before wrong[] = {
        {.term = now.term + 1, .commit = 1, .vote = 1, .leader = 1, .role = RAFT_LEADER},
        {.term = now.term, .commit = 2, .vote = 1, .leader = 1, .role = RAFT_LEADER},
        {.term = now.term, .commit = 1, .vote = 2, .leader = 1, .role = RAFT_LEADER},
        {.term = now.term, .commit = 1, .vote = 1, .leader = 2, .role = RAFT_LEADER},
        {.term = now.term, .commit = 1, .vote = 1, .leader = 1, .role = RAFT_FOLLOWER},
    };
    raft_check_step(&core.raft, &now);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        before = wrong[i];
        pid_t pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
            int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
            (void)dup2(quiet, STDERR_FILENO);
            raft_check_step(&core.raft, &before);
            _exit(0);
        }
        int status = 0;
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_msg(WIFSIGNALED(status), "holds: step %zu", i);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &find_a_log_that_cannot_be,  &find_members_that_cannot_be,
        &find_roles_that_cannot_be,  &find_a_leader_that_cannot_be,
        &find_a_peer_that_cannot_be, &find_a_step_that_takes_something_back,
    };
    return suite_run("consensus/raft_invariants", cases, sizeof cases / sizeof cases[0]);
}
