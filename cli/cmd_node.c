#include "cli/command.h"
#include "cli/deliver.h"
#include "cli/newcomer.h"
#include "cli/roster.h"
#include "cli/show.h"
#include "proto/number.h"
#include "json/answer.h"

enum exit_code cmd_node_list(struct tool *tool)
{
    struct roster roster;
    enum exit_code code = roster_ask(tool, &roster);
    if (code == EXIT_DONE) {
        json_t *list = json_array();
        for (size_t i = 0; i < roster.count; i++)
            json_array_append_new(list, answer_node(&roster.rows[i]));
        json_t *value = json_pack("{s:O}", "nodes", list);
        answer_add_head(value, &roster.head);
        code = tool_has(tool, OPTION_JSON) ? show_json(tool, value) : roster_show(tool, list);
        json_decref(value);
        json_decref(list);
    }
    roster_close(&roster);
    return code;
}

/* ---- node add ---- */

static enum exit_code take_id(struct tool *tool, uint32_t *id)
{
    const char *text = tool_value(tool, OPTION_ID);
    uint64_t number;
    if (text != NULL) {
        if (number_parse(text, 1, UINT32_MAX, &number) != ERR_OK)
            return tool_misused(tool, "Take a number above every node's in imei node list.",
                                "'%s' is no node id", text);
        *id = (uint32_t)number;
        return EXIT_DONE;
    }
    if (tool_has(tool, OPTION_OUT))
        return tool_misused(tool, "Give --id, a number above every node's in imei node list.",
                            "--out signs without a node and so cannot choose the node's id");
    struct roster roster;
    enum exit_code code = roster_ask(tool, &roster);
    *id = roster_next_id(&roster);
    roster_close(&roster);
    if (code == EXIT_DONE && *id == 0)
        return tool_refused(tool, ERR_FULL, "%s", tool->command->words);
    return code;
}

enum exit_code cmd_node_add(struct tool *tool)
{
    struct newcomer newcomer = {0};
    struct signer signer;
    uint32_t id = 0;
    enum exit_code code = newcomer_take_key(tool, &newcomer);
    if (code == EXIT_DONE)
        code =
            newcomer_take(tool, tool->arguments.operands[0], tool_value(tool, OPTION_ORGANISATION),
                          tool_value(tool, OPTION_ADDRESS), &newcomer);
    if (code == EXIT_DONE)
        code = take_id(tool, &id);
    if (code == EXIT_DONE)
        code = signer_open(tool, &signer);
    if (code != EXIT_DONE)
        return code;
    struct statement statement = newcomer_statement(&newcomer, &signer, id);
    code = deliver_statement(tool, &signer, &statement, json_pack("{s:I}", "node", (json_int_t)id));
    signer_close(&signer);
    if (code == EXIT_DONE && !tool_has(tool, OPTION_OUT))
        tool_note(tool,
                  "\nStart it now: its configuration names a node of the network under join.\n"
                  "Then let it vote: imei node promote %s",
                  newcomer.name.text);
    return code;
}

/* ---- node promote, node remove ---- */

/* A majority is what every commit needs. */
static void tell_voters(struct tool *tool, size_t voters)
{
    size_t majority = voters / 2 + 1;
    tool_note(tool, "\n%zu node%s to vote: a commit needs %zu of them, %zu may be away.", voters,
              voters == 1 ? " is" : "s are", majority, voters - majority);
}

/* The node that the operand names, and how many voters there will be; offline, an id is taken as it
 * is, and nobody knows of the others. */
static enum exit_code find_node(struct tool *tool, enum operation operation, uint32_t *id,
                                size_t *voters)
{
    const char *text = tool->arguments.operands[0];
    uint64_t number;
    *voters = 0;
    if (tool_has(tool, OPTION_OUT)) {
        if (number_parse(text, 1, UINT32_MAX, &number) != ERR_OK)
            return tool_misused(tool, "Name the node by its id, as imei node list shows it.",
                                "--out signs without a node and so does not know '%s'", text);
        *id = (uint32_t)number;
        return EXIT_DONE;
    }
    struct roster roster;
    enum exit_code code = roster_ask(tool, &roster);
    const struct node_info *node = roster_wanted(&roster, text);
    if (code == EXIT_DONE && node == NULL)
        code = tool_refused(tool, ERR_UNKNOWN_NODE, "%s", text);
    if (node != NULL) {
        *id = node->id;
        *voters = roster_voters(&roster) + (operation == OP_NODE_PROMOTE) -
                  (operation == OP_NODE_REMOVE && node->wanted == WANTED_VOTER);
    }
    roster_close(&roster);
    return code;
}

static enum exit_code change_node(struct tool *tool, enum operation operation)
{
    struct signer signer;
    uint32_t id = 0;
    size_t voters = 0;
    enum exit_code code = find_node(tool, operation, &id, &voters);
    if (code == EXIT_DONE)
        code = signer_open(tool, &signer);
    if (code != EXIT_DONE)
        return code;
    struct statement statement = signer_statement(&signer, operation);
    statement.node = id;
    code = deliver_statement(tool, &signer, &statement, json_pack("{s:I}", "node", (json_int_t)id));
    signer_close(&signer);
    if (code == EXIT_DONE && voters > 0)
        tell_voters(tool, voters);
    return code;
}

enum exit_code cmd_node_promote(struct tool *tool)
{
    return change_node(tool, OP_NODE_PROMOTE);
}

enum exit_code cmd_node_remove(struct tool *tool)
{
    return change_node(tool, OP_NODE_REMOVE);
}
