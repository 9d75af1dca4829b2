/*
 * The files of each form, against golden/; --rewrite writes those anew: read the difference before
 * it is committed.
 */
#include "lists/sheets.h"

#include "tests/unit/ledger/scene.h"

#include <libgen.h>
#include <limits.h>

static bool is_rewriting;

static const struct entry stolen = {LIST_BLACK, 20000, 1u << 1};
static const struct entry stolen_and_fraud = {LIST_BLACK, 19999, 1u << 1 | 1u << 7};
static const struct entry watched = {LIST_GREY, 20001, 1u << 6};
static const struct entry none = {LIST_NONE, 0, 0};

/* What a list can go through, on devices and on ranges. */
static const struct list_change changes[] = {
    {false, {{35100001000777}, {35100001000777}}, none, stolen},
    {false, {{35100001000778}, {35100001000778}}, stolen, none},
    {false, {{35100001000779}, {35100001000779}}, stolen, stolen_and_fraud},
    {false, {{35100001000780}, {35100001000780}}, watched, stolen},
    {false, {{35100001000781}, {35100001000781}}, stolen, watched},
    {false, {{1}, {1}}, none, watched},
    {true, {{35100002000000}, {35100002999999}}, none, stolen},
    {true, {{35100003000000}, {35100003000009}}, watched, none},
    {true, {{35100003000010}, {35100003000010}}, watched, stolen_and_fraud},
};

static void read_whole(const char *directory, const char *name, char text[4096])
{
    char path[2 * PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    text[fread(text, 1, 4095, file)] = '\0';
    fclose(file);
}

/* Compares all files of the directory with golden/STYLE-FILE. */
static void assert_golden(const char *style, const char *directory, const struct manifest *manifest)
{
    char here[] = __FILE__;
    char golden[PATH_MAX];
    snprintf(golden, sizeof golden, "%s/golden", dirname(here));
    for (size_t i = 0; i < manifest->file_count; i++) {
        const struct manifest_file *file = &manifest->files[i];
        char name[128];
        char text[4096];
        char expected[4096];
        read_whole(directory, file->name, text);
        struct hash hash = hash_of(bytes_of(text, strlen(text)));
        ck_assert(hash_equal(&hash, &file->hash));
        ck_assert_uint_eq(strlen(text), file->size);
        snprintf(name, sizeof name, "%s-%s", style, file->name);
        if (is_rewriting) {
            char path[2 * PATH_MAX];
            snprintf(path, sizeof path, "%s/%s", golden, name);
            FILE *out = fopen(path, "w");
            ck_assert_ptr_nonnull(out);
            fputs(text, out);
            fclose(out);
        }
        read_whole(golden, name, expected);
        ck_assert_str_eq(text, expected);
    }
}

static const struct {
    const char *name;
    struct sheet_style style;
    size_t files;
} styles[] = {
    {"csv", {LIST_FORM_CSV, 14, false, false}, 3},
    {"csv15", {LIST_FORM_CSV, 15, false, false}, 3},
    {"csv-delta", {LIST_FORM_CSV, 14, true, false}, 3},
    {"plain", {LIST_FORM_PLAIN, 14, false, false}, 3},
    {"plain15-delta", {LIST_FORM_PLAIN, 15, true, false}, 5},
    {"expanded", {LIST_FORM_CSV, 15, false, true}, 2},
    {"expanded-delta", {LIST_FORM_PLAIN, 14, true, true}, 4},
};

enum { STYLES = sizeof styles / sizeof styles[0] };

START_TEST(writes_each_form_as_ever)
{
    const struct sheet_style *style = &styles[_i].style;
    struct manifest manifest = {0};
    struct folder *folder;
    struct sheets *sheets;
    char parent[64];
    char path[128];
    directory_new(parent);
    snprintf(path, sizeof path, "%s/lists", parent);
    assert_ok(folder_open(path, &folder));
    assert_ok(sheets_open(folder, style, &sheets));
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct list_change change = changes[i];
        if (change.is_range && style->expanded)
            continue;
        if (!style->is_delta)
            change.before = none;
        if (change.after.list != change.before.list || style->is_delta)
            assert_ok(sheets_tell(sheets, &change));
    }
    assert_ok(sheets_end(sheets, &manifest));
    assert_ok(folder_publish(folder));
    folder_close(folder);
    ck_assert_uint_eq(manifest.file_count, styles[_i].files);
    assert_golden(styles[_i].name, path, &manifest);
    directory_remove(parent);
}
END_TEST

int main(int argc, char **argv)
{
    is_rewriting = argc == 2 && strcmp(argv[1], "--rewrite") == 0;
    Suite *suite = suite_create("sheets");
    TCase *tcase = tcase_create("sheets");
    tcase_add_loop_test(tcase, writes_each_form_as_ever, 0, STYLES);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
