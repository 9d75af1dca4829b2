/*
 * Exceptions: which pairs are written, and deltas in turn against whole files.
 */
#include "lists/exceptions.h"

#include "tests/unit/lists/lists.h"

#define HEAD "imei,imsi,msisdn\n"

static const struct pairs_key key = {{1, 2, 3}};

static struct exceptions read_text(const char *text)
{
    struct exceptions out;
    struct complaint complaint;
    assert_ok(exceptions_read(bytes_of(text, strlen(text)), &out, &complaint));
    return out;
}

/* Blocks serials 1 to 3 of a TAC and the range 10 to 19, and watches serial 4; chooses. */
static struct exceptions chosen(const char *pairings, const char *in_force)
{
    struct scene scene;
    struct judge *judge;
    struct policy *policy;
    struct pairs *pairs;
    struct complaint complaint;
    struct item items[4];
    for (uint32_t i = 0; i < 3; i++)
        items[i] = device_item(FIRST_TAC, 1 + i);
    items[3] = range_item(FIRST_TAC, 10, 19);
    struct item watched = device_item(FIRST_TAC, 4);
    scene_open(&scene, 2);
    assert_ok(scene_apply(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, items, 4)).err);
    assert_ok(scene_apply(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_WATCH, &watched, 1)).err);
    assert_ok(policy_default(&policy));
    assert_ok(golden_parse(bytes_of("35000000000003", 14), &policy->golden, &complaint));
    assert_ok(judge_open(scene.view, policy, &judge));
    assert_ok(pairs_import(bytes_of(in_force, strlen(in_force)), &key, &pairs, &complaint));
    struct exceptions out = read_text(pairings);
    assert_ok(exceptions_choose(&out, pairs, scene.view, judge));
    judge_close(judge);
    pairs_free(pairs);
    policy_free(policy);
    scene_close(&scene);
    return out;
}

START_TEST(those_in_force_whose_device_is_black_are_written)
{
    struct exceptions out =
        chosen(HEAD "35000000000015,00101000000001,4912\n" /* in a range */
                    "35000000000001,00101000000001,4911\n"
                    "35000000000001,00101000000002,\n"
                    "35000000000002,00101000000003,\n"  /* not in force */
                    "35000000000003,00101000000001,\n"  /* golden */
                    "35000000000004,00101000000001,\n"  /* grey */
                    "35000000000005,00101000000001,\n", /* nothing known */
               "imei,imsi\n"
               "35000000000001,00101000000001\n35000000000001,00101000000002\n"
               "35000000000003,00101000000001\n35000000000004,00101000000001\n"
               "35000000000005,00101000000001\n35000000000015,00101000000001\n");
    ck_assert_uint_eq(out.count, 3);
    ck_assert_uint_eq(out.rows[0].imei.value, UINT64_C(35000000000001));
    ck_assert_str_eq(out.rows[0].msisdn, "4911");
    ck_assert_str_eq(out.rows[1].imsi.digits, "00101000000002");
    ck_assert_uint_eq(out.rows[2].imei.value, UINT64_C(35000000000015));
    exceptions_close(&out);
}
END_TEST

START_TEST(other_files_are_refused_with_their_line)
{
    static const struct {
        const char *text;
        unsigned line;
    } bad[] = {
        {"", 1},
        {"imei,msisdn\n", 1},
        {HEAD "35000000000001,001\n", 2},
        {HEAD "\n350000000000011,00101000000001,\n", 3},
        {"imei,imsi\n35000000000001,00101000000001,49\n", 2},
        {HEAD "35000000000001,00101000000001,49,1\n", 2},
        {HEAD "35000000000001,00101000000001,+49\n", 2},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct exceptions out;
        struct complaint complaint;
        assert_err(exceptions_read(bytes_of(bad[i].text, strlen(bad[i].text)), &out, &complaint),
                   CONFIG);
        ck_assert_uint_eq(complaint.line, bad[i].line);
        exceptions_close(&out);
    }
}
END_TEST

/* ---- files ---- */

static void read_whole(const char *directory, const char *name, char text[8192])
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, 8191, file)] = '\0';
    fclose(file);
}

/* Writes `after`, and how it differs from `before`. */
static void write_files(const struct exceptions *before, const struct exceptions *after,
                        char whole[8192], char delta[8192])
{
    char parent[64];
    char path[128];
    struct folder *folder;
    struct manifest manifest = {0};
    directory_new(parent);
    snprintf(path, sizeof path, "%s/lists", parent);
    assert_ok(folder_open(path, &folder));
    assert_ok(exceptions_write(after, folder, 15, &manifest));
    assert_ok(exceptions_write_delta(before, after, folder, 15, &manifest));
    assert_ok(folder_publish(folder));
    folder_close(folder);
    ck_assert_uint_eq(manifest.file_count, 2);
    ck_assert_uint_eq(manifest_find(&manifest, EXCEPTIONS_NAME)->rows, after->count);
    read_whole(path, EXCEPTIONS_NAME, whole);
    read_whole(path, EXCEPTIONS_DELTA_NAME, delta);
    directory_remove(parent);
}

START_TEST(files_are_laid_out_as_ever)
{
    char whole[8192];
    char delta[8192];
    struct exceptions before = read_text(HEAD "35000000000001,00101000000001,4911\n"
                                              "35000000000002,00101000000001,\n");
    struct exceptions after = read_text(HEAD "35000000000003,00101000000001,\n"
                                             "35000000000001,00101000000001,4912\n"
                                             "35000000000002,00101000000001,\n");
    write_files(&before, &after, whole, delta);
    ck_assert_str_eq(whole, HEAD "350000000000014,00101000000001,4912\n"
                                 "350000000000022,00101000000001,\n"
                                 "350000000000030,00101000000001,\n");
    ck_assert_str_eq(delta, "imei,imsi,msisdn,change_type\n"
                            "350000000000014,00101000000001,4911,removed\n"
                            "350000000000014,00101000000001,4912,added\n"
                            "350000000000030,00101000000001,,added\n");
    exceptions_close(&before);
    exceptions_close(&after);
}
END_TEST

static struct exceptions by_chance(uint64_t *seed)
{
    char text[4096];
    size_t used = (size_t)snprintf(text, sizeof text, HEAD);
    size_t count = chance_below(seed, 12);
    for (size_t i = 0; i < count; i++)
        used +=
            (size_t)snprintf(text + used, sizeof text - used, "3500000000000%u,0010100000%u,%u\n",
                             (unsigned)chance_below(seed, 4), (unsigned)chance_below(seed, 3),
                             (unsigned)chance_below(seed, 3));
    return read_text(text);
}

/* Applies a delta line by line to the rows of a whole file, each once. */
static size_t applied(const char *delta, char rows[64][64], size_t count)
{
    const char *line = strchr(delta, '\n') + 1;
    for (; *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n');
        const char *word = memrchr(line, ',', (size_t)(end - line));
        char row[64];
        size_t at = 0;
        snprintf(row, sizeof row, "%.*s", (int)(word - line), line);
        while (at < count && strcmp(rows[at], row) != 0)
            at++;
        if (word[1] == 'a') {
            ck_assert_uint_eq(at, count);
            snprintf(rows[count++], 64, "%s", row);
        } else {
            ck_assert_uint_lt(at, count);
            memmove(rows[at], rows[--count], 64);
        }
    }
    return count;
}

START_TEST(deltas_in_turn_are_the_whole_file)
{
    uint64_t seed = 5;
    char rows[64][64];
    size_t count = 0;
    struct exceptions before = {0};
    for (int round = 0; round < 200; round++) {
        char whole[8192];
        char delta[8192];
        struct exceptions after = by_chance(&seed);
        write_files(&before, &after, whole, delta);
        count = applied(delta, rows, count);
        ck_assert_uint_eq(count, after.count);
        for (size_t i = 0; i < count; i++) {
            char line[80];
            snprintf(line, sizeof line, "\n%s\n", rows[i]);
            ck_assert_ptr_nonnull(strstr(whole, line));
        }
        exceptions_close(&before);
        before = after;
    }
    exceptions_close(&before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exceptions");
    TCase *tcase = tcase_create("exceptions");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, those_in_force_whose_device_is_black_are_written);
    tcase_add_test(tcase, other_files_are_refused_with_their_line);
    tcase_add_test(tcase, files_are_laid_out_as_ever);
    tcase_add_test(tcase, deltas_in_turn_are_the_whole_file);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
