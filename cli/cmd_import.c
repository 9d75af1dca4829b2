#include "cli/command.h"
#include "cli/device_cargo.h"
#include "cli/devices.h"
#include "cli/import.h"
#include "cli/list_file.h"
#include "cli/reason.h"

enum { REASON_BITS = 8 };

struct import {
    struct tool *tool;
    const struct operation_row *operation;
    enum reason usual; /* for rows that name none */
    struct rows rows;  /* see reading and grouping */
    struct import_summary summary;
    struct rejects rejects;
};

/* While they are read rows are IMEI and reason, so that sorting brings one device's together; to be
 * sent they are rows of a cargo. */
static uint64_t as_read(struct imei imei, enum reason reason)
{
    return imei.value << REASON_BITS | (uint64_t)reason;
}

static uint64_t as_sent(uint64_t row)
{
    return device_row((struct imei){row >> REASON_BITS},
                      (enum reason)(row & ((1u << REASON_BITS) - 1)));
}

/* ---- reading ---- */

static const char *take_reason(struct import *import, struct bytes text, enum reason *reason)
{
    char word[32];
    *reason = import->usual;
    if (text.size == 0 || !import->operation->needs_reason)
        return NULL;
    if (text.size >= sizeof word)
        return "the reason is not known";
    memcpy(word, text.data, text.size);
    word[text.size] = '\0';
    return reason_for(import->operation, word, reason) == ERR_OK
               ? NULL
               : "the reason is not known, or does not fit the operation";
}

static void take_row(struct import *import, const struct list_row *row)
{
    struct imei_parsed parsed;
    enum reason reason;
    char problem[96];
    import->summary.rows++;
    if (row->problem != NULL) {
        rejects_add(&import->rejects, row->line, row->problem, row->imei);
        return;
    }
    enum err err = imei_take((const char *)row->imei.data, row->imei.size, &parsed);
    const char *bad = take_reason(import, row->reason, &reason);
    if (err == ERR_IMEI_CHECK)
        snprintf(problem, sizeof problem, "%s, it would be %d", err_sentence(err),
                 parsed.check_right);
    else if (err != ERR_OK)
        snprintf(problem, sizeof problem, "%s", err_sentence(err));
    if (err != ERR_OK)
        rejects_add(&import->rejects, row->line, problem, row->imei);
    else if (bad != NULL)
        rejects_add(&import->rejects, row->line, bad, row->reason);
    else
        rows_add(&import->rows, as_read(parsed.imei, reason));
}

static enum exit_code read_list(void *context, struct list *list)
{
    struct import *import = context;
    struct tool *tool = import->tool;
    const char *path = tool->arguments.operands[0];
    if (*list_ignored(list) != '\0')
        tool_note(tool, "%s: these columns are not read: %s", path, list_ignored(list));
    if (list_has_reasons(list) && !import->operation->needs_reason)
        tool_note(tool, "%s: the column reason is not read: %s takes none", path,
                  import->operation->word);
    enum exit_code code = rejects_open(tool, path, &import->rejects);
    if (code != EXIT_DONE)
        return code;
    struct list_row row;
    while (list_next(list, &row))
        take_row(import, &row);
    import->summary.bad = import->rejects.count;
    return rejects_close(&import->rejects);
}

/* ---- grouping ---- */

/* One row a device: of several reasons the one with the lowest code. */
static void order(struct import *import)
{
    struct rows *rows = &import->rows;
    size_t kept = 0;
    bool is_mixed = false;
    rows_sort(rows);
    for (size_t i = 0; i < rows->count; i++) {
        if (i > 0 && rows->data[i] >> REASON_BITS == rows->data[i - 1] >> REASON_BITS)
            continue;
        rows->data[kept++] = rows->data[i];
    }
    import->summary.twice = rows->count - kept;
    rows->count = kept;
    for (size_t i = 0; i < kept; i++) {
        rows->data[i] = as_sent(rows->data[i]);
        is_mixed |= device_row_reason(rows->data[i]) != device_row_reason(rows->data[0]);
    }
    if (is_mixed)
        rows_sort(rows);
}

static enum exit_code send_rows(struct import *import, size_t batch)
{
    struct device_cargo devices;
    struct cargo cargo =
        device_cargo_open(&devices, &import->rows, import->operation->operation, batch);
    enum exit_code code = import_send(import->tool, &cargo, &import->summary);
    device_cargo_close(&devices);
    return code;
}

enum exit_code cmd_import(struct tool *tool)
{
    const char *word = tool_value(tool, OPTION_OPERATION);
    struct import import = {.tool = tool};
    size_t batch;
    import.operation = operation_named(word != NULL ? word : "block");
    if (import.operation == NULL)
        return tool_misused(tool, "imei help import names them.", "'%s' is no --operation", word);
    enum exit_code code =
        reason_choose(tool, import.operation, tool_value(tool, OPTION_REASON), &import.usual);
    if (code == EXIT_DONE)
        code = import_batch(tool, DEVICE_BATCH_USUAL, &batch);
    if (code == EXIT_DONE)
        code = list_file_read(tool, tool->arguments.operands[0], read_list, &import);
    if (code == EXIT_DONE) {
        order(&import);
        code = send_rows(&import, batch);
    }
    rows_close(&import.rows);
    return code;
}
