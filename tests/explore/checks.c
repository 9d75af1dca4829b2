#include "tests/explore/checks.h"

static void violate(struct group *group, const char *property)
{
    if (group->violated == NULL)
        group->violated = property;
}

static bool is_same(const struct entry *a, const struct entry *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

struct checks_before checks_before(const struct server *server)
{
    return (struct checks_before){
        .role = server->core.role, .term = server->core.term, .commit = server->core.commit};
}

/* D 3.4: one leader a term. */
static void check_election(struct group *group, const struct server *server)
{
    uint8_t *leader = &group->common.leader[server->core.term];
    if (*leader != 0 && *leader != server->core.id)
        violate(group, "election safety");
    *leader = (uint8_t)server->core.id;
}

/* D 3.6.3: what was committed in earlier terms is in a new leader's log. */
static void check_complete(struct group *group, const struct server *server)
{
    const struct common *common = &group->common;
    for (uint32_t i = 1; i <= common->committed.last; i++) {
        bool holds = i <= server->log.last && is_same(&server->log.at[i], &common->committed.at[i]);
        if (common->committed_in[i] < server->core.term && !holds)
            violate(group, "leader completeness");
    }
}

/* D 3.5: where two logs have an entry of one term at one index, they are equal up to there. */
static void check_matching(struct group *group, const struct server *server)
{
    for (uint32_t other = 0; other < SERVERS; other++) {
        const struct log *log = &group->servers[other].log;
        bool must_match = false;
        for (uint32_t i = log->last < server->log.last ? log->last : server->log.last; i > 0; i--) {
            must_match |= log->at[i].term == server->log.at[i].term;
            if (must_match && !is_same(&log->at[i], &server->log.at[i]))
                violate(group, "log matching");
        }
    }
}

static uint8_t roles_in_force(const struct group *group, const struct log *log)
{
    for (uint32_t i = log->last; i > 0; i--) {
        if (log->at[i].kind == RAFT_ENTRY_MEMBERS)
            return log->at[i].roles;
    }
    return group->bounds->roles;
}

/* Whether a majority of the voters in force has the entry on its disk. */
static bool is_durable(const struct group *group, const struct server *server, uint32_t index)
{
    struct raft_members members = roles_members(roles_in_force(group, &server->log));
    uint32_t voters = 0;
    uint32_t copies = 0;
    for (uint32_t i = 0; i < members.count; i++) {
        const struct log *disk = &group->servers[members.member[i].id - 1].disk.log;
        bool has = index <= disk->last && is_same(&disk->at[index], &server->log.at[index]);
        voters += members.member[i].voter;
        copies += members.member[i].voter && has;
    }
    return copies > voters / 2;
}

/* D 3.6.2: what nobody has committed yet a leader commits, up to an entry of its term. */
static void check_new_commit(struct group *group, const struct server *server, uint32_t index)
{
    struct common *common = &group->common;
    if (server->log.at[server->core.commit].term != server->core.term)
        violate(group, "commit");
    if (!is_durable(group, server, index))
        violate(group, "a commit is durable on a quorum");
    common->committed.at[index] = server->log.at[index];
    common->committed.last = (uint8_t)index;
    common->committed_in[index] = (uint8_t)server->core.term;
}

static void check_commits(struct group *group, const struct server *server, uint64_t commit_before)
{
    const struct log *committed = &group->common.committed;
    for (uint32_t i = 1; i <= server->core.commit; i++) {
        if (i > server->log.last)
            violate(group, "commit");
        else if (i > committed->last && i > commit_before)
            check_new_commit(group, server, i);
        else if (!is_same(&server->log.at[i], &committed->at[i]))
            violate(group, "state machine safety");
    }
}

void checks_step(struct group *group, const struct server *server,
                 const struct checks_before *before)
{
    const struct raft *core = &server->core;
    bool leads = core->role == RAFT_LEADER;
    if (leads)
        check_election(group, server);
    if (leads && (before->role != RAFT_LEADER || before->term != core->term))
        check_complete(group, server);
    check_matching(group, server);
    check_commits(group, server, before->commit);
    if (roles_of(raft_members(core)) != roles_in_force(group, &server->log))
        violate(group, "members");
    if (core->term < before->term || core->commit < before->commit)
        violate(group, "terms");
}
