/*
 * policy_names.h: warns of organisations that a policy names and the ledger does not have: it may
 * be that they come, and it may be a slip of the pen that makes a rule fit nothing.
 */
#ifndef NODE_POLICY_NAMES_H
#define NODE_POLICY_NAMES_H

#include "eir/policy.h"
#include "ledger/ledger.h"

/* Event policy, once for each name of a rule, with the line of the rule; `file` is the policy's.
 * Nothing is said when the ledger cannot be read: others notice. */
void policy_names_warn(struct ledger *ledger, const struct policy *policy, const char *file);

#endif
