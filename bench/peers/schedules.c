/* Four schedules and a control, each for every engine: peers-ENGINE runs them and prints a JSON
 * object a line. docs/internals/peers.md says what they are; tests/scenario has the first, second
 * and fourth with each step of ours. */

#include "bench/peers/group.h"
#include "bench/peers/record.h"

#include "proto/invariant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIT(id) (1u << (id))

static struct group *group;

/* Those of `side` on one side, all others on the other. */
static void split(unsigned side)
{
    for (uint32_t a = 1; a <= GROUP_SERVERS_MAX; a++) {
        for (uint32_t b = a + 1; b <= GROUP_SERVERS_MAX; b++)
            group_link(group, a, b, ((side & BIT(a)) != 0) == ((side & BIT(b)) != 0));
    }
}

static void must_elect(uint32_t id)
{
    if (group_elect(group, id))
        return;
    snprintf(record->note, sizeof record->note, "S%u is not elected", id);
    _exit(0);
}

static void lead(uint32_t id)
{
    must_elect(id);
    group_settle(group);
}

/* The last leader writes once more, everybody it can reach follows, and its state machine is the
 * one that clients see from now on. */
static void conclude(uint32_t id)
{
    group_settle(group);
    (void)group_propose(group, id, "Z");
    group_rest(group, 3000);
    record->judge = id;
}

/* The control: nothing that any engine gets wrong, so what the others show is not the harness. */
static void calm(void)
{
    enum { WRITES = 100 };
    group = group_new(3, 0);
    for (uint32_t id = 1; id <= 3; id++) {
        lead(id);
        for (int i = 0; i < WRITES; i++) {
            char name[GROUP_NAME_SIZE];
            snprintf(name, sizeof name, "c%u.%d", id, i);
            (void)group_propose(group, id, name);
            group_settle(group);
        }
        group_restart(group, id);
    }
    lead(1);
    conclude(1);
    snprintf(record->note, sizeof record->note, "%zu of %d answered", record->answered.count,
             3 * WRITES + 1);
}

/* A follower acknowledges what it has, not what it was sent. */
static void tail(void)
{
    group = group_new(3, 0);
    lead(1);
    split(BIT(1));
    (void)group_propose(group, 1, "A1");
    (void)group_propose(group, 1, "A2");
    group_settle(group);
    group_restart(group, 1);
    lead(2);
    split(BIT(3)); /* S1 is back, S3 is away */
    group_tick(group, 2);
    (void)group_propose(group, 2, "B1");
    (void)group_propose(group, 2, "B2");
    group_deliver(group, 2, 1);
    group_deliver(group, 1, 2);
    snprintf(record->note, sizeof record->note, "%s",
             record_is_answered("B2") ? "B2 is answered with one copy of it" : "");
    split(BIT(2)); /* and stays away */
    if (group_elect(group, 1)) {
        conclude(1);
    } else {
        must_elect(3);
        conclude(3);
    }
}

/* Figure 8 of the Raft paper: an entry of an old term is counted. */
static void fig8(void)
{
    group = group_new(5, 0);
    lead(1);
    split(BIT(1) | BIT(2));
    (void)group_propose(group, 1, "A");
    group_settle(group);
    must_elect(5);
    split(BIT(5));
    (void)group_propose(group, 5, "B");
    group_settle(group);
    group_restart(group, 1);
    must_elect(1);
    group_deliver(group, 1, 2);
    group_deliver(group, 2, 1);
    group_deliver(group, 1, 3); /* finds out where S3's log ends */
    group_deliver(group, 3, 1);
    group_tick(group, 1); /* some engines wait for their heartbeat before they go on */
    group_deliver(group, 1, 3);
    group_deliver(group, 3, 1);
    snprintf(record->note, sizeof record->note, "%s",
             record_is_answered("A") ? "A is answered, and S5 can still win" : "");
    split(BIT(1) | BIT(2));
    group_restart(group, 5);
    must_elect(5);
    conclude(5);
}

/* Writes arrive faster than a round trip takes. */
static void starve(void)
{
    enum { WRITES = 1000, EVERY_MS = 5, ONE_WAY_MS = 15 };
    group = group_new(3, 0);
    lead(1);
    group_delay(group, ONE_WAY_MS);
    for (int i = 0; i < WRITES; i++) {
        char name[GROUP_NAME_SIZE];
        snprintf(name, sizeof name, "w%d", i);
        (void)group_propose(group, 1, name);
        group_rest(group, EVERY_MS);
    }
    size_t during = record->answered.count;
    group_rest(group, 1000);
    snprintf(record->note, sizeof record->note, "%zu of %d answered in %d s, %zu a second later",
             during, WRITES, WRITES * EVERY_MS / 1000, record->answered.count);
    record->judge = 1;
}

/* Two changes of members, of two terms, whose quorums do not overlap (Ongaro, raft-dev 2015). */
static void member(void)
{
    group = group_new(4, 1);
    lead(1);
    split(BIT(1) | BIT(5));
    bool is_promoted = group_promote(group, 1, 5);
    group_settle(group);
    group_restart(group, 1);
    must_elect(2);
    split(BIT(2) | BIT(3));
    bool is_removed = group_remove(group, 2, 1);
    (void)group_propose(group, 2, "X");
    group_settle(group);
    snprintf(record->note, sizeof record->note, "the promotion is %s, the removal %s, X %s",
             is_promoted ? "taken" : "refused", is_removed ? "taken" : "refused",
             record_is_answered("X") ? "answered" : "not answered");
    must_elect(1);
    group_settle(group);
    split(0);
    conclude(1);
}

static const struct schedule {
    const char *name;
    void (*run)(void);
} schedules[] = {
    {"calm", calm}, {"tail", tail}, {"fig8", fig8}, {"starve", starve}, {"member", member},
};

/* In a process of its own: an engine may end it. */
static void run_schedule(const struct schedule *schedule)
{
    int status;
    memset(record, 0, sizeof *record);
    fflush(stdout);
    pid_t child = fork();
    invariant(child >= 0);
    if (child == 0) {
        schedule->run();
        record->is_finished = true;
        _exit(0);
    }
    invariant(waitpid(child, &status, 0) == child);
    record_print(schedule->name, WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

int main(void)
{
    record = mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    invariant(record != MAP_FAILED);
    for (size_t i = 0; i < sizeof schedules / sizeof schedules[0]; i++)
        run_schedule(&schedules[i]);
    return 0;
}
