#include "node/steward.h"

#include "node/clock.h"
#include "node/log.h"
#include "node/members.h"

#include <stdio.h>

void steward_init(struct steward *steward, const struct steward_options *options)
{
    *steward = (struct steward){.options = *options};
}

/* ---- looking ---- */

static enum err read_wanted(struct steward *steward)
{
    struct view *view;
    enum err err = view_open(steward->options.ledger, &view);
    if (err != ERR_OK)
        return err;
    err = view_wanted(view, &steward->wanted);
    view_close(view);
    return err;
}

static struct learner_sight sight_of(const struct steward *steward, const struct driver *driver,
                                     uint32_t id, uint64_t now_ms)
{
    return (struct learner_sight){
        .now_ms = now_ms,
        .heard_ms = driver_heard_ms(driver, id),
        .matched = driver_matched(driver, id),
        .committed = driver_status(driver).committed,
        .election_ms = steward->options.election_ms,
    };
}

static bool look_at_learner(struct steward *steward, uint32_t id, const struct learner_sight *sight)
{
    struct learner *place = NULL;
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        struct learner *learner = &steward->learners[i];
        if (learner->id == id)
            return learner_look(learner, sight);
        if (learner->id == 0)
            place = learner;
    }
    if (place != NULL)
        learner_begin(place, id, sight);
    return false;
}

/* Places of those that are learners no longer. */
static void forget_learners(struct steward *steward, const struct raft_members *members)
{
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        uint32_t position = raft_members_find(members, steward->learners[i].id);
        if (position == MEMBERS_MAX || members->member[position].voter)
            steward->learners[i] = (struct learner){.id = 0};
    }
}

static struct members_sight look(struct steward *steward, const struct driver *driver,
                                 uint64_t now_ms)
{
    const struct raft_members *members = driver_members(driver);
    struct members_sight out = {.self = steward->options.node};
    forget_learners(steward, members);
    for (uint32_t i = 0; i < members->count; i++) {
        const struct raft_member *member = &members->member[i];
        struct learner_sight sight = sight_of(steward, driver, member->id, now_ms);
        bool is_alive = member->id == out.self ||
                        (sight.heard_ms != 0 && now_ms - sight.heard_ms < sight.election_ms);
        bool is_ready = !member->voter && look_at_learner(steward, member->id, &sight);
        out.alive |= (uint32_t)is_alive << i;
        out.ready |= (uint32_t)is_ready << i;
    }
    return out;
}

/* ---- acting ---- */

static void tell(const char *event, const struct raft_members *members, enum err err)
{
    char text[MEMBERS_MAX * 12 + 1] = "";
    size_t size = 0;
    for (uint32_t i = 0; i < members->count; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "%s%u%s", i > 0 ? " " : "",
                                 members->member[i].id, members->member[i].voter ? "" : "-");
    log_event(err == ERR_OK ? LOG_INFO : LOG_WARNING, event, "next=\"%s\" why=%s", text,
              err_name(err));
}

static void act(struct steward *steward, struct driver *driver, uint64_t now_ms)
{
    struct raft_members next;
    struct members_sight sight = look(steward, driver, now_ms);
    const struct raft_members *now = driver_members(driver);
    if (!raft_members_equal(now, driver_members_before(driver)))
        return; /* one change at a time */
    switch (members_next(&steward->wanted, now, &sight, &next)) {
    case MEMBERS_STAY: return;
    case MEMBERS_CHANGE: {
        enum err err = driver_propose_members(driver, &next);
        if (err != ERR_BUSY)
            tell("members", &next, err);
        return;
    }
    case MEMBERS_HAND_OVER:
        if (driver_hand_over(driver))
            log_event(LOG_INFO, "hand_over", "text=\"%s\"",
                      "this node is to go: another one is "
                      "asked to lead");
        return;
    }
}

void steward_tend(struct steward *steward, struct driver *driver)
{
    if (!driver_leads(driver)) {
        steward->term = 0;
        return;
    }
    struct driver_status status = driver_status(driver);
    uint64_t now_ms = clock_monotonic_ms();
    bool is_new = steward->term != status.term;
    bool has_applied = is_new || steward->applied != status.applied;
    if (!has_applied && now_ms < steward->due_ms)
        return;
    if (is_new)
        *steward = (struct steward){.options = steward->options, .term = status.term};
    enum err err = has_applied ? read_wanted(steward) : ERR_OK;
    if (err != ERR_OK) {
        steward->options.fail(steward->options.context, err, "the state cannot be read");
        return;
    }
    steward->applied = status.applied;
    steward->due_ms = now_ms + steward->options.heartbeat_ms;
    act(steward, driver, now_ms);
}
