#include "cli/list_exceptions.h"

#include "cli/file.h"
#include "eir/pairs_file.h"
#include "lists/exceptions.h"

#include <libgen.h>
#include <stdlib.h>

/* Reads a file of pairs; of one of an export, `signed_file` says what it must be. */
static enum exit_code read_pairs(struct tool *tool, const char *path,
                                 const struct manifest_file *signed_file, struct exceptions *out)
{
    uint8_t *text;
    size_t size;
    struct complaint complaint;
    enum exit_code code = file_take(tool, "the file of pairs", path, PAIRS_TEXT_MAX, &text, &size);
    if (code != EXIT_DONE)
        return code;
    struct hash hash = hash_of(bytes_of(text, size));
    enum err err = exceptions_read(bytes_of(text, size), out, &complaint);
    free(text);
    if (signed_file != NULL && !hash_equal(&hash, &signed_file->hash))
        return tool_misused(tool, "Write a full list with --full.",
                            "%s is not the file that was signed", path);
    if (err == ERR_CONFIG)
        return tool_misused(tool, "Correct the file.", "%s:%u: %s", path, complaint.line,
                            complaint.text);
    return err == ERR_OK ? EXIT_DONE : tool_failed(tool, err, "%s", path);
}

/* The exceptions of the export before; none when it had none. */
static enum exit_code read_before(const struct list_exceptions *exceptions, struct exceptions *out)
{
    struct tool *tool = exceptions->tool;
    const char *since = tool_value(tool, OPTION_SINCE);
    const struct manifest_file *file = manifest_find(exceptions->since, EXCEPTIONS_NAME);
    char directory[PATH_MAX];
    char path[PATH_MAX + sizeof "/" EXCEPTIONS_NAME];
    if (file == NULL)
        return EXIT_DONE;
    snprintf(directory, sizeof directory, "%s", since);
    snprintf(path, sizeof path, "%s/" EXCEPTIONS_NAME,
             file_is_directory(since) ? directory : dirname(directory));
    return read_pairs(tool, path, file, out);
}

static enum exit_code choose(const struct list_exceptions *exceptions, struct exceptions *rows)
{
    struct tool *tool = exceptions->tool;
    struct pairs *pairs = NULL;
    struct judge *judge = NULL;
    struct view *view = source_view(exceptions->source);
    enum err err = pairs_load(exceptions->files->data, &pairs);
    if (err == ERR_OK)
        err = judge_open(view, exceptions->files->policy, &judge);
    if (err == ERR_OK)
        err = exceptions_choose(rows, pairs, view, judge);
    judge_close(judge);
    pairs_free(pairs);
    return err == ERR_OK ? EXIT_DONE
                         : tool_failed(tool, err, "the pairs in %s", exceptions->files->data);
}

static enum exit_code write_both(const struct list_exceptions *exceptions, struct folder *folder,
                                 const struct exceptions *before, const struct exceptions *after)
{
    struct manifest *manifest = exceptions->manifest;
    enum err err = exceptions_write(after, folder, manifest->digits, manifest);
    if (err == ERR_OK && exceptions->since != NULL)
        err = exceptions_write_delta(before, after, folder, manifest->digits, manifest);
    return err == ERR_OK ? EXIT_DONE : tool_failed(exceptions->tool, err, "writing exceptions");
}

enum exit_code list_exceptions_write(const struct list_exceptions *exceptions,
                                     struct folder *folder)
{
    struct tool *tool = exceptions->tool;
    const char *path = tool_value(tool, OPTION_PAIRINGS);
    const struct manifest *since = exceptions->since;
    if (path == NULL && since != NULL && manifest_find(since, EXCEPTIONS_NAME) != NULL)
        return tool_misused(tool, "Give --pairings, or write a full list with --full.",
                            "%s has exceptions", tool_value(tool, OPTION_SINCE));
    if (path == NULL)
        return EXIT_DONE;
    if (exceptions->manifest->is_delta && since == NULL)
        return tool_misused(tool, "Give --since with the directory of the last export.",
                            "what has changed of the exceptions does not follow from a height");
    struct exceptions before = {0};
    struct exceptions after = {0};
    enum exit_code code = read_pairs(tool, path, NULL, &after);
    if (code == EXIT_DONE)
        code = choose(exceptions, &after);
    if (code == EXIT_DONE && since != NULL)
        code = read_before(exceptions, &before);
    if (code == EXIT_DONE)
        code = write_both(exceptions, folder, &before, &after);
    exceptions_close(&before);
    exceptions_close(&after);
    return code;
}
