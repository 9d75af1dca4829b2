#include "cli/ask.h"
#include "cli/command.h"
#include "cli/devices.h"
#include "cli/memory.h"
#include "cli/show.h"
#include "json/answer.h"

#include <stdlib.h>

static const struct field columns[] = {
    {"TIME", "time_ms", SHOW_TIME},
    {"OPERATION", "operation", SHOW_PLAIN},
    {"REASON", "reason", SHOW_PLAIN},
    {"BY", "organisation", SHOW_PLAIN},
    {"COUNTRY", "country", SHOW_PLAIN},
    {"OF", "claimant", SHOW_PLAIN},
    {"STATED", "issued_at_ms", SHOW_TIME},
    {"HEIGHT", "height", SHOW_AMOUNT},
    {"ON", "on", SHOW_PLAIN},
    {"TRANSACTION", "transaction", SHOW_PLAIN},
};

/* Page after page into `events`; `value` gets what the last one was taken from. */
static enum exit_code ask_all(struct tool *tool, struct imei imei, json_t *events, json_t *value)
{
    struct request *request = memory_new(sizeof *request);
    struct history_answer *page = memory_new(sizeof *page);
    *request = (struct request){.kind = REQUEST_HISTORY, .imei_count = 1, .from_start = true};
    request->imeis[0] = imei;
    enum exit_code code = ask_fresh(tool, request);
    bool is_over = false;
    while (code == EXIT_DONE && !is_over) {
        struct answer answer;
        code = ask(tool, request, &answer);
        if (code != EXIT_DONE)
            break;
        history_answer_read(&answer.body, page);
        code = ask_done(tool, &answer);
        if (code != EXIT_DONE)
            break;
        for (size_t i = 0; i < page->count; i++)
            json_array_append_new(events, answer_history_row(&page->rows[i]));
        answer_add_head(value, &answer.head);
        answer_add_fresh(value, request);
        request->from_start = false;
        request->after = page->count > 0 ? page->rows[page->count - 1].index : request->after;
        is_over = !page->more || page->count == 0;
    }
    free(page);
    free(request);
    return code;
}

enum exit_code cmd_history(struct tool *tool)
{
    const char *text = tool->arguments.operands[0];
    struct imei_parsed parsed;
    enum err err = imei_take(text, strlen(text), &parsed);
    if (err != ERR_OK) {
        struct complaint complaint;
        imei_complain(&complaint, text, err, &parsed);
        return tool_misused(tool, "Compare them with the device's.", "%s", complaint.text);
    }
    char digits[IMEI_TEXT_SIZE + 1];
    imei_format(parsed.imei, digits);
    json_t *events = json_array();
    json_t *value = json_pack("{s:s, s:o}", "imei", digits, "events", events);
    enum exit_code code = ask_all(tool, parsed.imei, events, value);
    if (code == EXIT_DONE && tool_has(tool, OPTION_JSON)) {
        code = show_json(tool, value);
    } else if (code == EXIT_DONE && json_array_size(events) == 0) {
        fprintf(tool->out, "Nothing was said of %s.\n", digits);
    } else if (code == EXIT_DONE) {
        code = show_table(tool, columns, sizeof columns / sizeof columns[0], events, true);
    }
    json_decref(value);
    return code;
}
