#include "cli/ask.h"
#include "cli/command.h"
#include "cli/memory.h"
#include "cli/show.h"
#include "json/answer.h"

#include <stdlib.h>

static const struct field fields[] = {
    {"Network", "network.name", SHOW_PLAIN},
    {"Network id", "network.id", SHOW_PLAIN},
    {"Node", "node.name", SHOW_PLAIN},
    {"Node id", "node.id", SHOW_PLAIN},
    {"Organisation", "node.organisation", SHOW_PLAIN},
    {"Country", "node.country", SHOW_PLAIN},
    {"Roles", "node.roles", SHOW_PLAIN},
    {"Version", "node.version", SHOW_PLAIN},
    {"Up for", "node.uptime_ms", SHOW_AGE},
    {"State", "node.state", SHOW_PLAIN},
    {"Leader", "leader", SHOW_PLAIN},
    {"Term", "term", SHOW_PLAIN},
    {"Height", "height", SHOW_PLAIN},
    {"Committed", "committed", SHOW_PLAIN},
    {"In the log", "last", SHOW_PLAIN},
    {"Age", "age_ms", SHOW_AGE},
    {"Head", "head", SHOW_PLAIN},
    {"Statements", "transactions", SHOW_PLAIN},
    {"Tree root", "root", SHOW_PLAIN},
    {"Checkpoint", "checkpoint.height", SHOW_PLAIN},
    {"State root", "checkpoint.state_root", SHOW_PLAIN},
    {"Waiting", "pending", SHOW_PLAIN},
};
static const struct field peers[] = {
    {"NODE", "name", SHOW_PLAIN},
    {"ID", "id", SHOW_AMOUNT},
    {"CONNECTED", "connected", SHOW_PLAIN},
    {"HOLDS", "matched", SHOW_AMOUNT},
};

/* What no table can say to whoever has to do something. */
static void show_differing(struct tool *tool, const json_t *list)
{
    size_t i;
    const json_t *peer;
    json_array_foreach(list, i, peer)
    {
        json_int_t height = json_integer_value(json_object_get(peer, "differs_at"));
        if (height > 0)
            fprintf(tool->out,
                    "\n%s says that it has another block at height %" JSON_INTEGER_FORMAT
                    ": it lies, or one of the two\nwas led astray. Compare heads with the other "
                    "operators (docs/operate.md, Divergence).\n",
                    json_string_value(json_object_get(peer, "name")), height);
    }
}

static enum exit_code show(struct tool *tool, json_t *value)
{
    if (tool_has(tool, OPTION_JSON))
        return show_json(tool, value);
    show_record(tool, fields, sizeof fields / sizeof fields[0], value);
    const json_t *list = json_object_get(value, "peers");
    if (json_array_size(list) == 0)
        return EXIT_DONE;
    fputc('\n', tool->out);
    enum exit_code code = show_table(tool, peers, sizeof peers / sizeof peers[0], list, true);
    if (code == EXIT_DONE)
        show_differing(tool, list);
    return code;
}

enum exit_code cmd_status(struct tool *tool)
{
    struct request request = {.kind = REQUEST_STATUS};
    struct answer answer;
    enum exit_code code = ask(tool, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    struct status *status = memory_new(sizeof *status);
    status_read(&answer.body, status);
    code = ask_done(tool, &answer);
    if (code == EXIT_DONE) {
        json_t *value = answer_status(status);
        answer_add_head(value, &answer.head);
        code = show(tool, value);
        json_decref(value);
    }
    if (code == EXIT_DONE && status->leader == 0)
        code = EXIT_NO;
    free(status);
    return code;
}
