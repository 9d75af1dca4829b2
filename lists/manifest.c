#include "lists/manifest.h"

#include "proto/record.h"

#define KIND_TEXT "imei-lists"

enum { VERSION = 1, FIELDS = 14, FILE_FIELDS = 4 };

const char *list_form_word(enum list_form form)
{
    switch (form) {
#define X(name, number, word)                                                                      \
    case LIST_FORM_##name: return (word);
        LIST_FORM_TABLE(X)
#undef X
    }
    return NULL;
}

/* ---- fields ---- */

/* A name of lower-case letters, digits, `_`, `-` and one dot or more, none of them at the start: no
 * path. */
static bool is_file_name(const char *name)
{
    if (name[0] == '\0' || name[0] == '.')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == strlen(name);
}

static void file_fields(struct record *record, struct manifest_file *file)
{
    record_fields(record, FILE_FIELDS);
    record_text(record, file->name, FOLDER_NAME_MAX);
    file->rows = record_uint(record, file->rows, COUNTER_MAX);
    file->size = record_uint(record, file->size, COUNTER_MAX);
    record_hash(record, &file->hash);
    record_require(record, is_file_name(file->name), ERR_OUT_OF_RANGE);
}

static void files(struct record *record, struct manifest *manifest)
{
    manifest->file_count = record_list(record, manifest->file_count, MANIFEST_FILES_MAX);
    for (size_t i = 0; i < manifest->file_count; i++) {
        struct manifest_file *file = &manifest->files[i];
        file_fields(record, file);
        record_require(record, i == 0 || strcmp(file[-1].name, file->name) < 0, ERR_NOT_CANONICAL);
    }
}

static bool is_zero(const struct hash *hash)
{
    static const struct hash zero;
    return hash_equal(hash, &zero);
}

static void fields(struct record *record, struct manifest *manifest)
{
    char kind[sizeof KIND_TEXT] = KIND_TEXT;
    record_fields(record, FIELDS);
    record_text(record, kind, sizeof KIND_TEXT - 1);
    record_require(record, strcmp(kind, KIND_TEXT) == 0, ERR_BAD_VERSION);
    record_require(record, record_uint(record, VERSION, COUNTER_MAX) == VERSION, ERR_BAD_VERSION);
    record_hash(record, &manifest->network);
    manifest->height = record_uint(record, manifest->height, COUNTER_MAX);
    record_hash(record, &manifest->head);
    manifest->time_ms = record_uint(record, manifest->time_ms, TIME_MAX_MS);
    record_hash(record, &manifest->policy);
    manifest->form = (enum list_form)record_uint(record, manifest->form, UINT8_MAX);
    manifest->digits = (unsigned)record_uint(record, manifest->digits, IMEI_TEXT_SIZE);
    manifest->expanded = record_bool(record, manifest->expanded);
    manifest->is_delta = record_bool(record, manifest->is_delta);
    manifest->since = record_uint(record, manifest->since, manifest->height);
    record_hash(record, &manifest->since_head);
    files(record, manifest);
    record_require(record, list_form_word(manifest->form) != NULL, ERR_OUT_OF_RANGE);
    record_require(record, manifest->digits >= IMEI_DIGITS, ERR_OUT_OF_RANGE);
    record_require(record,
                   manifest->is_delta || (manifest->since == 0 && is_zero(&manifest->since_head)),
                   ERR_NOT_CANONICAL);
}

void manifest_write(struct writer *writer, const struct manifest *manifest)
{
    struct manifest copy = *manifest;
    struct record record = record_write(writer);
    fields(&record, &copy);
}

enum err manifest_parse(struct bytes input, struct manifest *out)
{
    struct reader reader = reader_over(input);
    struct record record = record_read(&reader);
    *out = (struct manifest){0};
    if (input.size > MANIFEST_SIZE_MAX)
        return ERR_TOO_LARGE;
    fields(&record, out);
    return reader_done(&reader);
}

/* ---- signature ---- */

enum err manifest_sign(struct writer *writer, const struct manifest *manifest,
                       const struct secret_key *secret)
{
    uint8_t payload[MANIFEST_SIZE_MAX];
    struct writer inner = writer_over(payload, sizeof payload);
    struct public_key key;
    struct signature signature;
    manifest_write(&inner, manifest);
    enum err err = inner.err;
    if (err == ERR_OK)
        err = public_key_of(secret, &key);
    if (err != ERR_OK)
        return err;
    struct key_id kid = key_id_of(&key);
    struct hash digest = cose_digest(&kid, writer_view(&inner));
    err = signature_make(secret, &digest, &signature);
    if (err == ERR_OK)
        cose_write(writer, &kid, writer_view(&inner), &signature);
    return err == ERR_OK ? writer->err : err;
}

enum err manifest_open(struct bytes input, struct cose_sign1 *envelope, struct manifest *out)
{
    *out = (struct manifest){0};
    enum err err = cose_parse(input, envelope);
    return err == ERR_OK ? manifest_parse(envelope->payload, out) : err;
}

enum err manifest_check(const struct cose_sign1 *envelope, const struct public_key *key)
{
    struct key_id kid = key_id_of(key);
    if (!key_id_equal(&kid, &envelope->kid))
        return ERR_UNKNOWN_KEY;
    struct hash digest = cose_digest(&kid, envelope->payload);
    return signature_check(key, &digest, &envelope->signature);
}

const struct manifest_file *manifest_find(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->file_count; i++) {
        if (strcmp(manifest->files[i].name, name) == 0)
            return &manifest->files[i];
    }
    return NULL;
}
