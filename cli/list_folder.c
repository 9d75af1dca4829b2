#include "cli/list_folder.h"

#include "cli/file.h"
#include "cli/memory.h"
#include "cli/show.h"
#include "json/answer.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

enum { ENVELOPE_SIZE_MAX = MANIFEST_SIZE_MAX + COSE_OVERHEAD_MAX };

static const struct field fields[] = {
    {"Network id", "network", SHOW_PLAIN},  {"Height", "height", SHOW_PLAIN},
    {"Head", "head", SHOW_PLAIN},           {"Of", "time_ms", SHOW_TIME},
    {"Since", "since", SHOW_PLAIN},         {"Policy", "policy", SHOW_PLAIN},
    {"Form", "form", SHOW_PLAIN},           {"Digits", "digits", SHOW_PLAIN},
    {"Signed by", "signed_by", SHOW_PLAIN},
};

static const struct field columns[] = {
    {"FILE", "name", SHOW_PLAIN},
    {"ROWS", "rows", SHOW_AMOUNT},
    {"SHA-256", "sha256", SHOW_PLAIN},
    {"", "problem", SHOW_PLAIN},
};

enum exit_code list_folder_read(struct tool *tool, const char *path, struct list_folder *out)
{
    char inside[PATH_MAX];
    size_t size;
    *out = (struct list_folder){0};
    if (file_is_directory(path)) {
        if (snprintf(inside, sizeof inside, "%s/" MANIFEST_NAME, path) >= (int)sizeof inside)
            return tool_misused(tool, "Name a shorter path.", "%s is too long", path);
        path = inside;
    }
    enum exit_code code =
        file_take(tool, "the manifest", path, ENVELOPE_SIZE_MAX, &out->data, &size);
    if (code != EXIT_DONE)
        return code;
    enum err err = manifest_open(bytes_of(out->data, size), &out->envelope, &out->manifest);
    if (err == ERR_OK)
        return EXIT_DONE;
    free(out->data);
    out->data = NULL;
    return tool_misused(tool, "Name a directory that imei list export wrote.", "%s: %s", path,
                        err_sentence(err));
}

/* ---- JSON ---- */

static json_t *files_value(const struct manifest *manifest)
{
    json_t *array = json_array();
    for (size_t i = 0; i < manifest->file_count; i++) {
        const struct manifest_file *file = &manifest->files[i];
        json_array_append_new(array,
                              json_pack("{s:s, s:I, s:I, s:o}", "name", file->name, "rows",
                                        (json_int_t)file->rows, "size", (json_int_t)file->size,
                                        "sha256", answer_hex(file->hash.bytes, HASH_SIZE)));
    }
    return array;
}

json_t *manifest_value(const struct manifest *manifest)
{
    static const struct hash none;
    json_t *value = json_pack(
        "{s:o, s:I, s:o, s:I, s:o, s:s, s:I, s:b, s:b}", "network",
        answer_hex(manifest->network.bytes, HASH_SIZE), "height", (json_int_t)manifest->height,
        "head", answer_hex(manifest->head.bytes, HASH_SIZE), "time_ms",
        (json_int_t)manifest->time_ms, "policy",
        hash_equal(&manifest->policy, &none) ? json_null()
                                             : answer_hex(manifest->policy.bytes, HASH_SIZE),
        "form", list_form_word(manifest->form), "digits", (json_int_t)manifest->digits, "expanded",
        manifest->expanded, "delta", manifest->is_delta);
    json_object_set_new(value, "since",
                        manifest->is_delta ? json_integer((json_int_t)manifest->since)
                                           : json_null());
    json_object_set_new(value, "since_head",
                        manifest->is_delta ? answer_hex(manifest->since_head.bytes, HASH_SIZE)
                                           : json_null());
    json_object_set_new(value, "files", files_value(manifest));
    return value;
}

char *manifest_text(const struct manifest *manifest)
{
    json_t *value = manifest_value(manifest);
    char *text = json_dumps(value, JSON_INDENT(2));
    size_t size = strlen(text);
    text = memory_grow(text, size + 2);
    text[size] = '\n';
    text[size + 1] = '\0';
    json_decref(value);
    return text;
}

enum exit_code manifest_show(struct tool *tool, const json_t *value)
{
    if (tool_has(tool, OPTION_JSON))
        return show_json(tool, value);
    show_record(tool, fields, sizeof fields / sizeof fields[0], value);
    return show_table(tool, columns, sizeof columns / sizeof columns[0],
                      json_object_get(value, "files"), true);
}
