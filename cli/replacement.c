#include "cli/replacement.h"

enum replacement_step replacement_next(const struct node_info *old, const struct node_info *new,
                                       bool keeps_name)
{
    bool is_old_wanted = old->wanted != WANTED_REMOVED;
    if (new == NULL)
        return keeps_name && is_old_wanted ? REPLACEMENT_REMOVE : REPLACEMENT_ADD;
    switch (new->wanted) {
    case WANTED_REMOVED: return REPLACEMENT_SPENT;
    case WANTED_LEARNER: return REPLACEMENT_PROMOTE;
    case WANTED_VOTER: break;
    }
    if (new->member != MEMBERSHIP_VOTER)
        return REPLACEMENT_AWAIT_VOTER;
    if (is_old_wanted)
        return REPLACEMENT_REMOVE;
    return old->member != MEMBERSHIP_NONE ? REPLACEMENT_AWAIT_GONE : REPLACEMENT_DONE;
}
