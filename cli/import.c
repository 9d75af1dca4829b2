#include "cli/import.h"

#include "cli/show.h"
#include "proto/number.h"

#include <signal.h>

static const struct field fields[] = {
    {"Rows", "rows", SHOW_PLAIN},
    {"Bad", "bad", SHOW_PLAIN},
    {"Twice", "twice", SHOW_PLAIN},
    {"To be sent", "to_send", SHOW_PLAIN},
    {"Statements", "statements", SHOW_PLAIN},
    {"Changed", "changed", SHOW_PLAIN},
    {"So already", "standing", SHOW_PLAIN},
    {"Refused", "refused", SHOW_PLAIN},
};

enum exit_code import_batch(struct tool *tool, size_t usual, size_t *batch)
{
    const char *text = tool_value(tool, OPTION_BATCH);
    uint64_t number = usual;
    if (text != NULL && number_parse(text, 1, TX_ITEMS_MAX, &number) != ERR_OK)
        return tool_misused(tool, "Give a number, 1 to 100000.", "'%s' is no --batch", text);
    *batch = (size_t)number;
    return EXIT_DONE;
}

static json_t *count(size_t number)
{
    return json_integer((json_int_t)number);
}

static enum exit_code show(struct tool *tool, const struct cargo *cargo,
                           const struct import_summary *summary, bool is_complete)
{
    const struct shipment_result *sent = &summary->sent;
    bool is_dry = tool_has(tool, OPTION_DRY_RUN);
    json_t *value =
        json_pack("{s:o, s:o, s:o, s:b}", "rows", count(summary->rows), "bad", count(summary->bad),
                  "twice", count(summary->twice), "complete", is_complete);
    if (is_dry)
        json_object_set_new(value, "to_send", count(cargo->row_count));
    else
        json_object_update_new(
            value, json_pack("{s:o, s:o, s:o, s:o, s:b}", "statements", count(sent->statements),
                             "changed", count(sent->changed), "standing", count(sent->standing),
                             "refused", count(sent->refused), "resumed", sent->is_resumed));
    return show_answer(tool, fields, sizeof fields / sizeof fields[0], value);
}

static enum exit_code send_signed(struct tool *tool, const struct cargo *cargo,
                                  struct shipment_result *sent)
{
    struct signer signer;
    enum exit_code code = signer_open(tool, &signer);
    if (code != EXIT_DONE)
        return code;
    code = shipment_send(tool, &signer, cargo, sent);
    signer_close(&signer);
    return code;
}

void import_interrupted(struct tool *tool, const struct shipment_result *sent, size_t total)
{
    fprintf(tool->err,
            "imei: interrupted: %zu of %zu rows are done\n"
            "      Run the same command again, and it goes on there.\n",
            sent->done, total);
    fflush(tool->out);
    fflush(tool->err);
    raise(sent->signal);
}

enum exit_code import_send(struct tool *tool, const struct cargo *cargo,
                           struct import_summary *summary)
{
    struct shipment_result *sent = &summary->sent;
    bool is_dry = tool_has(tool, OPTION_DRY_RUN);
    enum exit_code code = EXIT_DONE;
    if (!is_dry && cargo->row_count > 0)
        code = send_signed(tool, cargo, sent);
    if (code != EXIT_DONE && code != EXIT_REFUSED)
        return code;
    if (code == EXIT_REFUSED && sent->refused == 0)
        return code;
    enum exit_code shown = show(tool, cargo, summary, !is_dry && !sent->is_interrupted);
    if (shown != EXIT_DONE)
        return shown;
    if (sent->is_interrupted)
        import_interrupted(tool, sent, cargo->row_count);
    if (code == EXIT_DONE && summary->bad > 0)
        return EXIT_NO;
    return code;
}
