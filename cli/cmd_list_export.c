#include "cli/command.h"
#include "cli/file.h"
#include "cli/interrupt.h"
#include "cli/key.h"
#include "cli/list_exceptions.h"
#include "cli/list_folder.h"
#include "cli/memory.h"
#include "cli/node_files.h"
#include "cli/progress.h"
#include "lists/export.h"
#include "lists/sheets.h"
#include "proto/number.h"

#include <inttypes.h>
#include <stdlib.h>

struct list_export {
    struct tool *tool;
    struct node_files files;
    struct secret_key secret;
    struct source *source;
    struct list_folder *since; /* --since MANIFEST; else without data */
    struct manifest manifest;
    uint64_t expand_max;
    struct progress progress;
    const char *phase; /* that the progress is of */
};

/* ---- what is asked for ---- */

static enum exit_code take_style(struct list_export *export)
{
    struct tool *tool = export->tool;
    const char *form = tool_value(tool, OPTION_FORM);
    const char *digits = tool_value(tool, OPTION_DIGITS);
    const char *expand = tool_value(tool, OPTION_EXPAND);
    uint64_t number = IMEI_DIGITS;
    export->manifest.form = LIST_FORM_CSV;
    if (form != NULL && strcmp(form, list_form_word(LIST_FORM_PLAIN)) == 0)
        export->manifest.form = LIST_FORM_PLAIN;
    else if (form != NULL && strcmp(form, list_form_word(LIST_FORM_CSV)) != 0)
        return tool_misused(tool, "Give csv or plain.", "'%s' is no --form", form);
    if (digits != NULL && number_parse(digits, IMEI_DIGITS, IMEI_TEXT_SIZE, &number) != ERR_OK)
        return tool_misused(tool, "Give 14 or 15.", "'%s' is no --digits", digits);
    export->manifest.digits = (unsigned)number;
    export->manifest.expanded = expand != NULL;
    if (expand != NULL && number_parse(expand, 1, IMEI_VALUES, &export->expand_max) != ERR_OK)
        return tool_misused(tool, "Give the most devices that ranges may amount to.",
                            "'%s' is no --expand", expand);
    return EXIT_DONE;
}

/* --since: a height, or the manifest of the export that the delta follows. */
static enum exit_code take_since(struct list_export *export)
{
    struct tool *tool = export->tool;
    const char *since = tool_value(tool, OPTION_SINCE);
    if ((since != NULL) == tool_has(tool, OPTION_FULL))
        return tool_misused(tool, "Give --full, or --since with a height or the last export.",
                            "whole lists, or what has changed?");
    if (since == NULL)
        return EXIT_DONE;
    export->manifest.is_delta = true;
    if (number_parse(since, 0, INT64_MAX, &export->manifest.since) == ERR_OK)
        return EXIT_DONE;
    enum exit_code code = list_folder_read(tool, since, export->since);
    export->manifest.since = export->since->manifest.height;
    return code;
}

/* ---- what it follows ---- */

/* Why a delta cannot follow that export; NULL: it can. */
static const char *misfit(const struct list_export *export, const struct hash *head)
{
    const struct manifest *before = &export->since->manifest;
    const struct manifest *now = &export->manifest;
    if (!hash_equal(&before->network, &now->network))
        return "it is of another network";
    if (!hash_equal(&before->head, head))
        return "it is of another ledger: its block at that height is another one";
    if (!hash_equal(&before->policy, &now->policy))
        return "the policy has changed since";
    if (before->form != now->form || before->digits != now->digits ||
        before->expanded != now->expanded)
        return "its files are of another form";
    return NULL;
}

static enum exit_code check_since(struct list_export *export)
{
    struct tool *tool = export->tool;
    struct manifest *manifest = &export->manifest;
    struct public_key key;
    if (!manifest->is_delta)
        return EXIT_DONE;
    if (manifest->since > manifest->height)
        return tool_misused(tool, "Compare the height with imei status.",
                            "this node is at height %" PRIu64 ", below --since", manifest->height);
    enum err err = source_head(export->source, manifest->since, &manifest->since_head);
    if (err == ERR_OK)
        err = public_key_of(&export->secret, &key);
    if (err != ERR_OK)
        return tool_failed(tool, err, "reading the ledger");
    if (export->since->data == NULL)
        return EXIT_DONE;
    const char *problem = manifest_check(&export->since->envelope, &key) == ERR_OK
                              ? misfit(export, &manifest->since_head)
                              : "it was not signed with this --key";
    return problem == NULL
               ? EXIT_DONE
               : tool_misused(tool, "Write a full list with --full.", "no delta can follow %s: %s",
                              tool_value(tool, OPTION_SINCE), problem);
}

/* ---- the files ---- */

static enum err show_progress(void *context, const char *what, uint64_t done, uint64_t all)
{
    struct list_export *export = context;
    if (export->phase == NULL || strcmp(export->phase, what) != 0) {
        progress_end(&export->progress);
        export->progress = progress_begin(export->tool->err, "reading", what, all);
        export->phase = what;
    }
    progress_show(&export->progress, done);
    return interrupt_pending() == 0 ? ERR_OK : ERR_SHUTTING_DOWN;
}

static enum exit_code export_failed(struct list_export *export, enum err err,
                                    const struct complaint *complaint)
{
    struct tool *tool = export->tool;
    if (interrupt_pending() != 0)
        return EXIT_INTERNAL; /* who interrupts it knows why it ends */
    if (err == ERR_CONFIG)
        return tool_misused(tool, "Write a full list with --full.", "%s", complaint->text);
    if (err == ERR_TOO_MANY)
        return tool_misused(tool, "Give a larger --expand, or leave it out for a file of ranges.",
                            "the ranges hold more than %s devices",
                            tool_value(tool, OPTION_EXPAND));
    return tool_failed(tool, err, "writing %s", tool_value(tool, OPTION_OUT));
}

static enum exit_code write_lists(struct list_export *export, struct folder *folder)
{
    struct manifest *manifest = &export->manifest;
    const struct sheet_style style = {
        .form = manifest->form,
        .digits = manifest->digits,
        .is_delta = manifest->is_delta,
        .expanded = manifest->expanded,
    };
    struct sheets *sheets;
    struct complaint complaint = {0};
    enum err err = sheets_open(folder, &style, &sheets);
    if (err != ERR_OK)
        return export_failed(export, err, &complaint);
    const struct export_question question = {
        .source = export->source,
        .policy = export->files.policy,
        .is_delta = manifest->is_delta,
        .since = manifest->since,
        .expand = manifest->expanded,
        .expand_max = export->expand_max,
        .tell = sheets_tell,
        .context = sheets,
        .progress = show_progress,
        .progress_context = export,
    };
    export->progress = progress_begin(export->tool->err, "reading", "", 0);
    err = export_run(&question, &complaint);
    progress_end(&export->progress);
    enum err end = sheets_end(sheets, manifest);
    err = err == ERR_OK ? end : err;
    return err == ERR_OK ? EXIT_DONE : export_failed(export, err, &complaint);
}

static enum err write_whole(struct folder *folder, const char *name, struct bytes content)
{
    struct folder_file *file;
    uint64_t size;
    struct hash hash;
    enum err err = folder_file_open(folder, name, &file);
    if (err != ERR_OK)
        return err;
    folder_file_add(file, content.data, content.size);
    return folder_file_close(file, &size, &hash);
}

static enum exit_code write_manifest(struct list_export *export, struct folder *folder)
{
    static uint8_t data[MANIFEST_SIZE_MAX + COSE_OVERHEAD_MAX];
    struct writer writer = writer_over(data, sizeof data);
    char *text = manifest_text(&export->manifest);
    enum err err = manifest_sign(&writer, &export->manifest, &export->secret);
    if (err == ERR_OK)
        err = write_whole(folder, MANIFEST_NAME, writer_view(&writer));
    if (err == ERR_OK)
        err = write_whole(folder, MANIFEST_JSON_NAME, bytes_of(text, strlen(text)));
    free(text);
    return err == ERR_OK ? EXIT_DONE : export_failed(export, err, NULL);
}

static enum exit_code write_folder(struct list_export *export)
{
    struct tool *tool = export->tool;
    const char *path = tool_value(tool, OPTION_OUT);
    struct folder *folder;
    enum err err = folder_open(path, &folder);
    if (err == ERR_LOCKED)
        return tool_misused(tool, "Choose another name, or move it away first.",
                            "%s is there already and is not overwritten", path);
    if (err != ERR_OK)
        return tool_misused(tool, "Choose a place that you may write to.", "%s: %s", path,
                            err_sentence(err));
    const struct list_exceptions exceptions = {
        .tool = tool,
        .files = &export->files,
        .source = export->source,
        .since = export->since->data != NULL ? &export->since->manifest : NULL,
        .manifest = &export->manifest,
    };
    enum exit_code code = write_lists(export, folder);
    if (code == EXIT_DONE)
        code = list_exceptions_write(&exceptions, folder);
    if (code == EXIT_DONE)
        code = write_manifest(export, folder);
    if (code == EXIT_DONE && interrupt_pending() == 0) {
        err = folder_publish(folder);
        if (err != ERR_OK)
            code = export_failed(export, err, NULL);
    }
    folder_close(folder);
    return code;
}

/* ---- the run ---- */

static void describe_state(struct list_export *export)
{
    struct ledger_position position = view_position(source_view(export->source));
    struct manifest *manifest = &export->manifest;
    manifest->network = source_network(export->source);
    manifest->height = position.height;
    manifest->head = position.head;
    manifest->time_ms = position.time_ms;
    manifest->policy = export->files.policy_hash;
}

static enum exit_code run(struct list_export *export)
{
    struct tool *tool = export->tool;
    struct complaint complaint;
    enum err err = source_open(export->files.data, &export->source, &complaint);
    if (err == ERR_CONFIG)
        return tool_misused(tool, "Run it on the node's machine, as the node's user.", "%s: %s",
                            export->files.data, complaint.text);
    if (err != ERR_OK)
        return tool_failed(tool, err, "%s", export->files.data);
    describe_state(export);
    enum exit_code code = check_since(export);
    if (code == EXIT_DONE) {
        struct interrupt interrupt = interrupt_watch(false);
        code = write_folder(export);
        interrupt_end(&interrupt);
        if (interrupt_pending() != 0)
            raise(interrupt_pending());
    }
    if (code == EXIT_DONE) {
        json_t *value = manifest_value(&export->manifest);
        code = manifest_show(tool, value);
        json_decref(value);
    }
    return code;
}

enum exit_code cmd_list_export(struct tool *tool)
{
    const char *key = tool_value(tool, OPTION_KEY);
    struct list_export *export = memory_new(sizeof *export);
    export->tool = tool;
    export->since = memory_new(sizeof *export->since);
    enum exit_code code = take_style(export);
    if (code == EXIT_DONE && !tool_has(tool, OPTION_OUT))
        code = tool_misused(tool, "Give --out DIR.", "where shall the lists go?");
    if (code == EXIT_DONE && key == NULL)
        code =
            tool_misused(tool, "Give --key FILE or set IMEI_KEY.", "whose key signs the manifest?");
    if (code == EXIT_DONE)
        code = take_since(export);
    if (code == EXIT_DONE)
        code = node_files_read(tool, tool_value(tool, OPTION_CONFIG), &export->files);
    if (code == EXIT_DONE)
        code = key_open(tool, key, &export->secret);
    if (code == EXIT_DONE)
        code = run(export);
    source_close(export->source);
    node_files_close(&export->files);
    secret_key_wipe(&export->secret);
    free(export->since->data);
    free(export->since);
    free(export);
    return code;
}
