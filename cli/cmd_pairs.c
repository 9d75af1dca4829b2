#include "cli/command.h"
#include "cli/file.h"
#include "cli/node_files.h"
#include "cli/show.h"
#include "eir/pairs_file.h"

#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Root writes them for the user whose directory it is. */
static enum err give_to_owner(const char *directory)
{
    static const char *const names[] = {PAIRS_FILE_NAME, PAIRS_KEY_FILE_NAME};
    struct stat status;
    char path[PATH_MAX + 16];
    if (stat(directory, &status) != 0)
        return ERR_IO;
    for (size_t i = 0; geteuid() == 0 && i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        if (lchown(path, status.st_uid, status.st_gid) != 0)
            return ERR_IO;
    }
    return ERR_OK;
}

static enum err save(const char *directory, const struct pairs *pairs)
{
    enum err err = pairs_save(directory, pairs);
    return err == ERR_OK ? give_to_owner(directory) : err;
}

static enum exit_code show(struct tool *tool, const char *directory, size_t count)
{
    static const struct field record[] = {
        {"Pairs", "pairs", SHOW_PLAIN},
        {"File", "file", SHOW_PLAIN},
    };
    char path[PATH_MAX + 16];
    snprintf(path, sizeof path, "%s/" PAIRS_FILE_NAME, directory);
    json_t *value = json_pack("{s:I, s:s}", "pairs", (json_int_t)count, "file", path);
    enum exit_code code = show_answer(tool, record, sizeof record / sizeof record[0], value);
    if (code == EXIT_DONE)
        fputs("The node takes them at its next reload: systemctl reload imeid\n", tool->err);
    return code;
}

static enum exit_code import(struct tool *tool, const char *directory, struct bytes text)
{
    const char *path = tool->arguments.operands[0];
    struct pairs_key fresh;
    struct pairs_key key;
    struct pairs *pairs = NULL;
    struct complaint complaint;
    if (getrandom(&fresh, sizeof fresh, 0) != (ssize_t)sizeof fresh)
        return tool_failed(tool, ERR_IO, "making a key");
    enum err err = pairs_key_get(directory, &fresh, &key);
    if (err != ERR_OK)
        return tool_failed(tool, err, "the key of the pairs in %s", directory);
    err = pairs_import(text, &key, &pairs, &complaint);
    if (err == ERR_CONFIG)
        return tool_misused(tool, "Mend the line; the pairs before stay.", "%s:%u: %s", path,
                            complaint.line, complaint.text);
    if (err == ERR_OK)
        err = save(directory, pairs);
    size_t count = pairs_count(pairs);
    pairs_free(pairs);
    return err == ERR_OK ? show(tool, directory, count)
                         : tool_failed(tool, err, "writing the pairs in %s", directory);
}

enum exit_code cmd_pairs_import(struct tool *tool)
{
    struct node_files files = {.policy = NULL};
    uint8_t *text = NULL;
    size_t size = 0;
    enum exit_code code = node_files_read(tool, tool_value(tool, OPTION_CONFIG), &files);
    if (code == EXIT_DONE)
        code =
            file_take(tool, "the pairs", tool->arguments.operands[0], PAIRS_TEXT_MAX, &text, &size);
    if (code == EXIT_DONE)
        code = import(tool, files.data, bytes_of(text, size));
    free(text);
    node_files_close(&files);
    return code;
}
