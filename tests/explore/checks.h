/*
 * checks.h: what must hold in every state (D figure 3.2): election safety, log matching, leader
 * completeness, state machine safety; that a commit is on the disks of a quorum, and that the
 * members in force are those of the log.
 *
 * A state is reached by a step of one server, so what it did is held against all others.
 */
#ifndef TESTS_EXPLORE_CHECKS_H
#define TESTS_EXPLORE_CHECKS_H

#include "tests/explore/group.h"

struct checks_before {
    enum raft_role role;
    uint64_t term;
    uint64_t commit;
};

struct checks_before checks_before(const struct server *server);

/* After a step of the server, before anything that it sends. Notes the first that does not hold in
 * `group->violated`. */
void checks_step(struct group *group, const struct server *server,
                 const struct checks_before *before);

#endif
