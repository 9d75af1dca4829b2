#include "node/node_state.h"

#include "node/clock.h"
#include "node/mender.h"
#include "node/newcomer.h"

/* Before the loop and the core are there: nothing comes of the links but the blocks that are asked
 * for, until the log is whole. */
static enum err mend(struct node *node)
{
    struct mender_options options = {
        .disk = node->data.disk,
        .mail = &node->mail,
        .position = ledger_position(node->data.ledger),
        .first = node->data.damaged,
    };
    enum err err = node_open_peers(node);
    if (err == ERR_OK)
        err = peers_call_members(node->peers);
    if (err == ERR_OK && node->stopping_ms != 0)
        err = ERR_SHUTTING_DOWN; /* it is no member any more */
    if (err == ERR_OK) {
        options.links = peers_links(node->peers);
        err = mender_run(&options);
    }
    peers_hang_up(node->peers);
    peers_close(node->peers);
    node->peers = NULL;
    node_drop_mail(node);
    /* What could not be mended is refused with the words of any damage. */
    return err == ERR_OK || err == ERR_DAMAGED ? data_check(node->config->data, &node->data) : err;
}

/* Who this node is, where the genesis does not say so. Sets `stopping_ms` when it is told to end
 * while it waits for that. */
static enum node_exit become_member(struct node *node)
{
    struct identity *identity = &node->identity;
    struct join_answer answer;
    struct complaint complaint = {.text = "out of memory"};
    enum err err = data_find_node(&node->data, &identity->public_key, &answer.self);
    if (err == ERR_NOT_FOUND)
        err = newcomer_wait(node->config, identity, &answer);
    if (err == ERR_SHUTTING_DOWN) {
        node->stopping_ms = clock_monotonic_ms();
        return NODE_EXIT_STOPPED;
    }
    if (err == ERR_OK && answer.self.wanted == WANTED_REMOVED) {
        node_say_removed("the ledger says so");
        return NODE_EXIT_REMOVED;
    }
    if (err == ERR_OK)
        err = identity_become(node->config, &answer.self, identity, &complaint);
    if (err == ERR_OK)
        return NODE_EXIT_STOPPED;
    log_event(LOG_ERROR, "config", "text=\"%s\"", complaint.text);
    return err == ERR_CONFIG ? NODE_EXIT_CONFIG : NODE_EXIT_FAILED;
}

enum node_exit node_open_data(struct node *node, bool was_damaged)
{
    if (data_open(node->config->data, &node->identity, &node->data) != ERR_OK)
        return NODE_EXIT_DATA;
    if (node->identity.node == NULL) {
        enum node_exit result = become_member(node);
        if (result != NODE_EXIT_STOPPED || node->stopping_ms != 0)
            return result;
    }
    if (data_open_log(node->config->data, &node->identity, &node->data) != ERR_OK)
        return NODE_EXIT_DATA;
    if (was_damaged && node->data.damaged == 0)
        return NODE_EXIT_FAILED; /* which to begin again does not mend */
    return node->data.damaged == 0 || mend(node) == ERR_OK ? NODE_EXIT_STOPPED : NODE_EXIT_DATA;
}
