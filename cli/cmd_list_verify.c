#include "cli/command.h"
#include "cli/file.h"
#include "cli/key.h"
#include "cli/list_folder.h"
#include "cli/signer.h"
#include "json/answer.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { PIECE_SIZE = 256 * 1024 };

/* ---- the signature ---- */

/* The key that is to have signed: that of --signer, else the one with the manifest's key id, of the
 * genesis file or of the node's ledger. */
static enum exit_code find_key(struct tool *tool, const struct cose_sign1 *envelope,
                               struct public_key *out)
{
    const char *path = tool_value(tool, OPTION_SIGNER);
    if (path != NULL)
        return key_open_public(tool, path, out);
    return signer_find_key(tool, &envelope->kid, out);
}

/* ---- files ---- */

struct reading {
    struct hasher hasher;
    uint64_t size;
    uint64_t lines;
};

static enum err read_file(const char *path, struct reading *out)
{
    uint8_t *piece = malloc(PIECE_SIZE);
    FILE *file = fopen(path, "re");
    enum err err = piece == NULL ? ERR_MEMORY : file == NULL ? ERR_NOT_FOUND : ERR_OK;
    *out = (struct reading){0};
    hasher_begin(&out->hasher);
    while (err == ERR_OK) {
        size_t size = fread(piece, 1, PIECE_SIZE, file);
        if (size == 0)
            break;
        hasher_add(&out->hasher, piece, size);
        out->size += size;
        for (const uint8_t *at = piece; (at = memchr(at, '\n', size - (size_t)(at - piece))); at++)
            out->lines++;
    }
    if (err == ERR_OK && ferror(file) != 0)
        err = ERR_IO;
    if (file != NULL)
        fclose(file);
    free(piece);
    return err;
}

/* What is wrong with a file of the manifest; NULL: nothing. */
static const char *file_problem(const char *directory, const struct manifest_file *file)
{
    char path[PATH_MAX];
    struct reading reading;
    struct stat status;
    if (snprintf(path, sizeof path, "%s/%s", directory, file->name) >= (int)sizeof path)
        return "the path is too long";
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return "is no plain file"; /* a FIFO would keep whoever opens it */
    enum err err = read_file(path, &reading);
    if (err == ERR_NOT_FOUND)
        return "is missing";
    if (err != ERR_OK)
        return "cannot be read";
    struct hash hash = hasher_end(&reading.hasher);
    size_t length = strlen(file->name);
    bool has_header = length > 4 && strcmp(file->name + length - 4, ".csv") == 0;
    if (reading.size != file->size || !hash_equal(&hash, &file->hash))
        return "is not the file that was signed";
    return reading.lines == file->rows + has_header ? NULL : "has another number of rows";
}

/* The JSON beside the manifest says the same, or is not there. */
static const char *json_problem(const char *directory, const struct manifest *manifest)
{
    char path[PATH_MAX];
    uint8_t *data;
    size_t size;
    char *text = manifest_text(manifest);
    if (snprintf(path, sizeof path, "%s/" MANIFEST_JSON_NAME, directory) >= (int)sizeof path ||
        file_load(path, strlen(text), &data, &size) != ERR_OK) {
        free(text);
        return "is missing, or says something else";
    }
    bool is_same = size == strlen(text) && memcmp(data, text, size) == 0;
    free(text);
    free(data);
    return is_same ? NULL : "says something else than " MANIFEST_NAME;
}

static bool is_named(const struct manifest *manifest, const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, MANIFEST_NAME) == 0 ||
           strcmp(name, MANIFEST_JSON_NAME) == 0 || manifest_find(manifest, name) != NULL;
}

struct verdicts {
    struct tool *tool;
    json_t *files; /* of the manifest's value: problems are noted in them */
    bool is_sound;
};

static void note(struct verdicts *verdicts, const char *name, const char *problem)
{
    fprintf(verdicts->tool->err, "imei: %s %s\n", name, problem);
    verdicts->is_sound = false;
}

static void check_files(struct verdicts *verdicts, const char *directory,
                        const struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->file_count; i++) {
        const struct manifest_file *file = &manifest->files[i];
        const char *problem = file_problem(directory, file);
        json_object_set_new(json_array_get(verdicts->files, i), "problem",
                            problem != NULL ? json_string(problem) : json_null());
        if (problem != NULL)
            note(verdicts, file->name, problem);
    }
    const char *problem = json_problem(directory, manifest);
    if (problem != NULL)
        note(verdicts, MANIFEST_JSON_NAME, problem);
}

/* Files that nobody signed. */
static void check_strangers(struct verdicts *verdicts, const char *path,
                            const struct manifest *manifest)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (!is_named(manifest, entry->d_name))
            note(verdicts, entry->d_name, "is not in the manifest");
    }
    closedir(directory);
}

static enum exit_code verify(struct tool *tool, const char *directory,
                             const struct list_folder *folder)
{
    struct public_key key;
    enum exit_code code = find_key(tool, &folder->envelope, &key);
    if (code != EXIT_DONE)
        return code;
    enum err err = manifest_check(&folder->envelope, &key);
    json_t *value = manifest_value(&folder->manifest);
    struct verdicts verdicts = {tool, json_object_get(value, "files"), true};
    json_object_set_new(value, "signed_by", answer_hex(folder->envelope.kid.bytes, KEY_ID_SIZE));
    if (err != ERR_OK)
        note(&verdicts, MANIFEST_NAME,
             err == ERR_UNKNOWN_KEY ? "was signed by another key" : err_sentence(err));
    check_files(&verdicts, directory, &folder->manifest);
    check_strangers(&verdicts, directory, &folder->manifest);
    json_object_set_new(value, "sound", json_boolean(verdicts.is_sound));
    code = manifest_show(tool, value);
    json_decref(value);
    return code == EXIT_DONE && !verdicts.is_sound ? EXIT_NO : code;
}

enum exit_code cmd_list_verify(struct tool *tool)
{
    const char *directory = tool->arguments.operands[0];
    struct list_folder folder;
    enum exit_code code = list_folder_read(tool, directory, &folder);
    if (code != EXIT_DONE)
        return code;
    code = verify(tool, directory, &folder);
    free(folder.data);
    return code;
}
