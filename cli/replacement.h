/*
 * replacement.h: one node takes another one's place: which step is next.
 *
 * The steps follow from what the ledger says of the two nodes, and from nothing else: so a
 * replacement that was interrupted goes on where it was.
 */
#ifndef CLI_REPLACEMENT_H
#define CLI_REPLACEMENT_H

#include "proto/client.h"

enum replacement_step {
    REPLACEMENT_ADD,         /* state that the new node is to be a learner */
    REPLACEMENT_PROMOTE,     /* that it is to vote */
    REPLACEMENT_REMOVE,      /* that the old one is to go */
    REPLACEMENT_AWAIT_VOTER, /* the new one is not a voter yet */
    REPLACEMENT_AWAIT_GONE,  /* the old one is still a member */
    REPLACEMENT_DONE,
    REPLACEMENT_SPENT, /* the new one was removed since: its key never comes back */
};

/*
 * A voter comes before one goes, so that no failure less is borne meanwhile than before. The
 * exception is a node that `keeps_name`: its name is free only when the old one is to go. That is
 * for an old node that is dead: without it as many failures are borne as with it, or one more.
 *
 * `new`: NULL while the ledger does not know it.
 */
enum replacement_step replacement_next(const struct node_info *old, const struct node_info *new,
                                       bool keeps_name);

#endif
