#include "cli/node_files.h"

#include "cli/file.h"
#include "eir/policy_file.h"

#include <libgen.h>
#include <stdlib.h>

#define USUAL_PATH "/etc/imeid/imeid.yaml"

/* The text of a key at the top of the file; NULL when it is not there. */
static const char *text_of(struct value root, const char *key)
{
    for (size_t i = 0; i < value_count(root); i++) {
        if (value_kind(root) == VALUE_MAP && strcmp(value_key(root, i), key) == 0)
            return value_text(value_at(root, i));
    }
    return NULL;
}

/* A path of the file; those that are not absolute are relative to its directory. */
static bool take_path(const char *file, const char *text, char out[PATH_MAX])
{
    char copy[PATH_MAX];
    snprintf(copy, sizeof copy, "%s", file);
    int size = text[0] == '/' ? snprintf(out, PATH_MAX, "%s", text)
                              : snprintf(out, PATH_MAX, "%s/%s", dirname(copy), text);
    return size < PATH_MAX;
}

static enum exit_code take(struct tool *tool, const char *path, struct value root,
                           struct node_files *out)
{
    const char *data = text_of(root, "data");
    const char *policy = text_of(root, "policy");
    bool fits = true;
    if (data == NULL)
        return tool_misused(tool, "Name the node's own configuration with --config.",
                            "%s does not say where the data are", path);
    fits = take_path(path, data, out->data);
    if (policy != NULL && policy[0] != '\0')
        fits &= take_path(path, policy, out->policy_path);
    return fits ? EXIT_DONE : tool_misused(tool, "Shorten it.", "%s: a path is too long", path);
}

static enum exit_code read_configuration(struct tool *tool, const char *path,
                                         struct node_files *out)
{
    uint8_t *text;
    size_t size;
    struct document *document;
    struct complaint complaint;
    enum exit_code code =
        file_take(tool, "the node's configuration", path, DOCUMENT_SIZE_MAX, &text, &size);
    if (code != EXIT_DONE)
        return code;
    enum err err = document_parse(bytes_of(text, size), &document, &complaint);
    free(text);
    if (err != ERR_OK)
        return tool_misused(tool, "imeid --check-config says more.", "%s:%u: %s", path,
                            complaint.line, complaint.text);
    code = take(tool, path, document_root(document), out);
    document_close(document);
    return code;
}

/* ---- the policy ---- */

/* Adds the hash of a file's bytes. */
static enum exit_code add_file(struct tool *tool, struct hasher *hasher, const char *path)
{
    uint8_t *data;
    size_t size;
    enum exit_code code = file_take(tool, "the policy", path, GOLDEN_SIZE_MAX, &data, &size);
    if (code != EXIT_DONE)
        return code;
    struct hash hash = hash_of(bytes_of(data, size));
    hasher_add(hasher, hash.bytes, HASH_SIZE);
    free(data);
    return EXIT_DONE;
}

static enum exit_code read_policy(struct tool *tool, struct node_files *out)
{
    struct policy_complaint complaint;
    enum err err = policy_read(out->policy_path, &out->policy, &complaint);
    if (err != ERR_OK)
        return tool_misused(tool, "imeid --check-config says more.", "%s:%u: %s", complaint.path,
                            complaint.complaint.line, complaint.complaint.text);
    if (out->policy_path[0] == '\0')
        return EXIT_DONE;
    struct hasher hasher;
    hasher_begin(&hasher);
    enum exit_code code = add_file(tool, &hasher, out->policy_path);
    if (code == EXIT_DONE && out->policy->golden_path[0] != '\0')
        code = add_file(tool, &hasher, out->policy->golden_path);
    out->policy_hash = hasher_end(&hasher);
    return code;
}

enum exit_code node_files_read(struct tool *tool, const char *path, struct node_files *out)
{
    *out = (struct node_files){0};
    enum exit_code code = read_configuration(tool, path != NULL ? path : USUAL_PATH, out);
    return code == EXIT_DONE ? read_policy(tool, out) : code;
}

void node_files_close(struct node_files *files)
{
    policy_free(files->policy);
    files->policy = NULL;
}
