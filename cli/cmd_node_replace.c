#include "cli/ask.h"
#include "cli/command.h"
#include "cli/deliver.h"
#include "cli/memory.h"
#include "cli/newcomer.h"
#include "cli/progress.h"
#include "cli/replacement.h"
#include "cli/roster.h"
#include "cli/show.h"
#include "proto/invariant.h"
#include "json/answer.h"

#include <stdlib.h>
#include <time.h>

enum { LOOK_EVERY_MS = 200 };

struct run {
    struct tool *tool;
    struct signer signer;
    struct newcomer newcomer;
    struct roster roster;
    const struct node_info *old; /* of `roster` */
    const struct node_info *new; /* of `roster`; NULL: not added yet */
    bool keeps_name;
    enum replacement_step told; /* what is awaited, and was said */
    struct progress progress;
};

/* The node that is to go: the newest one of that name, or the one with that id; not the new one,
 * which may have its name. */
static const struct node_info *find_old(const struct roster *roster, const char *text,
                                        const struct node_info *new)
{
    const struct node_info *found = NULL;
    for (size_t i = 0; i < roster->count; i++) {
        const struct node_info *node = &roster->rows[i];
        if (node != new &&roster_is_named(node, text))
            found = node;
    }
    return found;
}

static enum exit_code look(struct run *run)
{
    roster_close(&run->roster);
    enum exit_code code = roster_ask(run->tool, &run->roster);
    if (code != EXIT_DONE)
        return code;
    const char *text = run->tool->arguments.operands[0];
    run->new = roster_with_key(&run->roster, &run->newcomer.key);
    run->old = find_old(&run->roster, text, run->new);
    return run->old != NULL ? EXIT_DONE : tool_refused(run->tool, ERR_UNKNOWN_NODE, "%s", text);
}

static enum exit_code ask_status(struct tool *tool, struct status *out)
{
    struct request request = {.kind = REQUEST_STATUS};
    struct answer answer;
    enum exit_code code = ask(tool, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    status_read(&answer.body, out);
    return ask_done(tool, &answer);
}

static const struct peer_status *find_peer(const struct status *status, uint32_t id)
{
    for (size_t i = 0; i < status->peer_count; i++) {
        if (status->peers[i].id == id)
            return &status->peers[i];
    }
    return NULL;
}

static const char *value_or(const struct tool *tool, enum option_name option, const char *other)
{
    const char *value = tool_value(tool, option);
    return value != NULL ? value : other;
}

/* What is not given stays as the old node had it. */
static enum exit_code complete(struct run *run)
{
    const struct node_info *old = run->old;
    invariant(old != NULL);
    enum exit_code code =
        newcomer_take(run->tool, value_or(run->tool, OPTION_NAME, old->name.text),
                      value_or(run->tool, OPTION_ORGANISATION, old->organisation.text),
                      value_or(run->tool, OPTION_ADDRESS, old->address), &run->newcomer);
    run->keeps_name = strcmp(run->newcomer.name.text, old->name.text) == 0;
    return code;
}

/* The node that answers here cannot be the one that is to go; and a node that runs is not to go
 * before the new one votes. */
static enum exit_code check_old(struct run *run)
{
    struct status *status = memory_new(sizeof *status);
    enum exit_code code = ask_status(run->tool, status);
    const struct peer_status *peer = find_peer(status, run->old->id);
    if (code == EXIT_DONE && status->id == run->old->id)
        code = tool_misused(run->tool, "Ask another node with --node.",
                            "the node that was asked is the one that is to go");
    else if (code == EXIT_DONE && run->keeps_name && run->new == NULL &&peer != NULL &&
             peer->connected)
        code = tool_misused(run->tool,
                            "Give the new node another --name, so that it votes before the old "
                            "one goes; or stop the old one first.",
                            "%s still runs", run->old->name.text);
    free(status);
    return code;
}

/* ---- the steps ---- */

static enum exit_code add(struct run *run)
{
    uint32_t id = roster_next_id(&run->roster);
    if (id == 0)
        return tool_refused(run->tool, ERR_FULL, "%s", run->tool->command->words);
    tool_note(run->tool, "Adding %s as node %u.", run->newcomer.name.text, id);
    struct statement statement = newcomer_statement(&run->newcomer, &run->signer, id);
    return deliver_committed(run->tool, &run->signer, &statement);
}

static enum exit_code promote(struct run *run)
{
    tool_note(run->tool, "Promoting %s (node %u).", run->new->name.text, run->new->id);
    struct statement statement = signer_statement(&run->signer, OP_NODE_PROMOTE);
    statement.node = run->new->id;
    return deliver_committed(run->tool, &run->signer, &statement);
}

static enum exit_code remove_old(struct run *run)
{
    tool_note(run->tool, "Removing %s (node %u).", run->old->name.text, run->old->id);
    struct statement statement = signer_statement(&run->signer, OP_NODE_REMOVE);
    statement.node = run->old->id;
    return deliver_committed(run->tool, &run->signer, &statement);
}

/* How much of the log the new node has: known where the leader is asked. */
static enum exit_code show_progress(struct run *run)
{
    struct status *status = memory_new(sizeof *status);
    enum exit_code code = ask_status(run->tool, status);
    const struct peer_status *peer = find_peer(status, run->new->id);
    run->progress.total = status->committed;
    if (code == EXIT_DONE && peer != NULL && peer->matched > 0)
        progress_show(&run->progress, peer->matched);
    free(status);
    return code;
}

static enum exit_code wait(struct run *run, enum replacement_step step)
{
    enum exit_code code = EXIT_DONE;
    if (run->told != step && step == REPLACEMENT_AWAIT_VOTER)
        tool_note(run->tool,
                  "Waiting until %s (node %u) has all blocks and votes. It has to run; its\n"
                  "configuration names a node of the network under join.",
                  run->new->name.text, run->new->id);
    else if (run->told != step)
        tool_note(run->tool, "Waiting until %s (node %u) is no member any more.",
                  run->old->name.text, run->old->id);
    run->told = step;
    if (step == REPLACEMENT_AWAIT_VOTER)
        code = show_progress(run);
    nanosleep(&(struct timespec){.tv_nsec = LOOK_EVERY_MS * 1000000L}, NULL);
    return code;
}

static enum exit_code take_step(struct run *run, enum replacement_step step)
{
    if (step != REPLACEMENT_AWAIT_VOTER)
        progress_end(&run->progress);
    switch (step) {
    case REPLACEMENT_ADD: return add(run);
    case REPLACEMENT_PROMOTE: return promote(run);
    case REPLACEMENT_REMOVE: return remove_old(run);
    case REPLACEMENT_AWAIT_VOTER:
    case REPLACEMENT_AWAIT_GONE: return wait(run, step);
    case REPLACEMENT_SPENT:
        return tool_misused(run->tool, "Make another key with imei key new.",
                            "the node with this key was removed, and never comes back");
    case REPLACEMENT_DONE: break;
    }
    return EXIT_DONE;
}

/* ---- the whole ---- */

static enum exit_code show(struct run *run)
{
    json_t *old = answer_node(run->old);
    json_t *new = answer_node(run->new);
    json_t *value = json_pack("{s:O, s:O}", "old", old, "new", new);
    json_t *list = json_pack("[O, O]", old, new);
    answer_add_head(value, &run->roster.head);
    enum exit_code code = tool_has(run->tool, OPTION_JSON) ? show_json(run->tool, value)
                                                           : roster_show(run->tool, list);
    json_decref(list);
    json_decref(value);
    json_decref(new);
    json_decref(old);
    return code;
}

static enum exit_code replace(struct run *run)
{
    enum replacement_step step;
    run->progress = progress_begin(run->tool->err, run->newcomer.name.text, "blocks", 0);
    run->told = REPLACEMENT_DONE;
    for (;;) {
        step = replacement_next(run->old, run->new, run->keeps_name);
        if (step == REPLACEMENT_DONE)
            break;
        enum exit_code code = take_step(run, step);
        if (code == EXIT_DONE)
            code = look(run);
        if (code != EXIT_DONE) {
            progress_end(&run->progress);
            return code;
        }
    }
    progress_end(&run->progress);
    return show(run);
}

enum exit_code cmd_node_replace(struct tool *tool)
{
    struct run run = {.tool = tool};
    enum exit_code code = newcomer_take_key(tool, &run.newcomer);
    if (code != EXIT_DONE)
        return code;
    code = look(&run);
    if (code == EXIT_DONE)
        code = complete(&run);
    if (code == EXIT_DONE && run.old->wanted != WANTED_REMOVED)
        code = check_old(&run);
    if (code == EXIT_DONE)
        code = signer_open(tool, &run.signer);
    if (code == EXIT_DONE) {
        code = replace(&run);
        signer_close(&run.signer);
    }
    roster_close(&run.roster);
    return code;
}
