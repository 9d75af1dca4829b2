/*
 * nodes.h: which nodes are to be members of the consensus group, which were, and which are.
 *
 * The statements of regulators say what is wanted; configuration blocks say what is. A node stands
 * in the ledger for ever, under an id that no other ever gets. Inside ledger/ only.
 */
#ifndef LEDGER_NODES_H
#define LEDGER_NODES_H

#include "ledger/act.h"

/* Writes the nodes of the genesis, voters all, and the certificates of its organisations. */
void nodes_found(struct state *state, const struct genesis *genesis);

/* Writes down whose each node's key is, as a new node's is. */
void nodes_index(struct state *state);

/* The node with the smallest id from `from` on. False also after an error: ask state->txn.err. */
bool node_from(struct state *state, uint32_t from, struct node *out);

/* True when the key is a node's, be it removed. False also after an error. */
bool node_has_key(struct state *state, const struct key_id *id);

/* Who is to be a member, and who is. ERR_DAMAGED, the errors of the store. */
enum err nodes_wanted(struct state *state, struct raft_members *out) must_check;
enum err nodes_members(struct state *state, struct raft_members *out) must_check;

/* The certificate of an organisation's nodes; false when it has none, and after an error. */
bool node_authority(struct state *state, uint16_t organisation, struct bytes *out);

/* NODE_ADD. */
act_check nodes_check_add;
act_change nodes_add;

/* NODE_PROMOTE and NODE_REMOVE. */
act_check nodes_check_change;
act_change nodes_change;

/* ERR_MEMBERS when no honest leader proposes these members after this state (ledger_apply()), the
 * errors of the store. */
enum err nodes_check_members(struct state *state, const struct raft_members *members) must_check;

/* Takes the entry of a configuration block into the state: ERR_MEMBERS when no honest leader makes
 * it (ledger_apply()), the errors of the store. */
enum err nodes_take_members(struct state *state, struct bytes entry) must_check;

#endif
