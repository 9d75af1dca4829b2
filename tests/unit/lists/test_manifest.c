#include "lists/manifest.h"

#include "tests/unit/ledger/scene.h"

static struct hash hash_by_chance(uint64_t *seed)
{
    struct hash hash;
    for (size_t i = 0; i < HASH_SIZE; i++)
        hash.bytes[i] = (uint8_t)chance(seed);
    return hash;
}

static struct manifest manifest_by_chance(uint64_t *seed)
{
    struct manifest manifest = {
        .network = hash_by_chance(seed),
        .height = chance(seed) >> 1,
        .head = hash_by_chance(seed),
        .time_ms = chance_below(seed, TIME_MAX_MS),
        .policy = hash_by_chance(seed),
        .form = 1 + chance_below(seed, 2),
        .digits = 14 + (unsigned)chance_below(seed, 2),
        .expanded = chance_below(seed, 2) == 1,
        .is_delta = chance_below(seed, 2) == 1,
        .file_count = chance_below(seed, MANIFEST_FILES_MAX + 1),
    };
    if (manifest.is_delta) {
        manifest.since = chance_below(seed, manifest.height + 1);
        manifest.since_head = hash_by_chance(seed);
    }
    for (size_t i = 0; i < manifest.file_count; i++) {
        struct manifest_file *file = &manifest.files[i];
        snprintf(file->name, sizeof file->name, "%02u_%x.csv", (unsigned)i % 100,
                 (unsigned)chance(seed));
        file->rows = chance(seed) >> 1;
        file->size = chance(seed) >> 1;
        file->hash = hash_by_chance(seed);
    }
    return manifest;
}

static struct bytes written(const struct manifest *manifest, uint8_t data[MANIFEST_SIZE_MAX])
{
    struct writer writer = writer_over(data, MANIFEST_SIZE_MAX);
    manifest_write(&writer, manifest);
    assert_ok(writer.err);
    return writer_view(&writer);
}

static void assert_same(struct bytes a, struct bytes b)
{
    ck_assert_uint_eq(a.size, b.size);
    ck_assert_mem_eq(a.data, b.data, a.size);
}

START_TEST(reads_what_it_writes)
{
    uint64_t seed = 1;
    for (int round = 0; round < 500; round++) {
        uint8_t data[MANIFEST_SIZE_MAX];
        uint8_t again[MANIFEST_SIZE_MAX];
        struct manifest manifest = manifest_by_chance(&seed);
        struct manifest found;
        struct bytes bytes = written(&manifest, data);
        assert_ok(manifest_parse(bytes, &found));
        ck_assert_uint_eq(found.height, manifest.height);
        ck_assert_uint_eq(found.since, manifest.since);
        ck_assert_uint_eq(found.file_count, manifest.file_count);
        assert_same(written(&found, again), bytes);
    }
}
END_TEST

START_TEST(refuses_every_truncation_and_what_follows)
{
    uint64_t seed = 2;
    uint8_t data[MANIFEST_SIZE_MAX + 1] = {0};
    struct manifest manifest = manifest_by_chance(&seed);
    struct manifest found;
    size_t size = written(&manifest, data).size;
    for (size_t cut = 0; cut < size; cut++)
        ck_assert(manifest_parse(bytes_of(data, cut), &found) != ERR_OK);
    assert_err(manifest_parse(bytes_of(data, size + 1), &found), TRAILING);
}
END_TEST

START_TEST(each_bit_makes_another_one_or_is_refused)
{
    uint64_t seed = 3;
    uint8_t data[MANIFEST_SIZE_MAX];
    uint8_t again[MANIFEST_SIZE_MAX];
    struct manifest manifest = manifest_by_chance(&seed);
    struct bytes bytes = written(&manifest, data);
    size_t taken = 0;
    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        struct manifest found;
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (manifest_parse(bytes, &found) == ERR_OK) {
            assert_same(written(&found, again), bytes);
            taken++;
        }
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_uint_gt(taken, 0);
}
END_TEST

/* What parse says of a manifest with one thing wrong. */
static enum err parse_of(const struct manifest *manifest)
{
    uint8_t data[MANIFEST_SIZE_MAX];
    struct writer writer = writer_over(data, sizeof data);
    struct manifest found;
    manifest_write(&writer, manifest);
    return writer.err != ERR_OK ? writer.err : manifest_parse(writer_view(&writer), &found);
}

static struct manifest with_files(const char *first, const char *second)
{
    struct manifest manifest = {.form = LIST_FORM_CSV, .digits = 14, .file_count = 2};
    snprintf(manifest.files[0].name, sizeof manifest.files[0].name, "%s", first);
    snprintf(manifest.files[1].name, sizeof manifest.files[1].name, "%s", second);
    return manifest;
}

START_TEST(names_of_files_are_no_paths_and_in_order)
{
    static const char *const bad[] = {"", ".", "..", "../a", "a/b", ".hidden", "A", "a b"};
    struct manifest manifest = with_files("a.csv", "b.csv");
    assert_ok(parse_of(&manifest));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        manifest = with_files("a.csv", "b.csv");
        manifest.file_count = 1;
        snprintf(manifest.files[0].name, sizeof manifest.files[0].name, "%s", bad[i]);
        assert_err(parse_of(&manifest), OUT_OF_RANGE);
    }
    manifest = with_files("b.csv", "a.csv");
    assert_err(parse_of(&manifest), NOT_CANONICAL);
    manifest = with_files("a.csv", "a.csv");
    assert_err(parse_of(&manifest), NOT_CANONICAL);
}
END_TEST

START_TEST(refuses_what_no_export_makes)
{
    struct manifest manifest = with_files("a.csv", "b.csv");
    manifest.digits = 13;
    assert_err(parse_of(&manifest), OUT_OF_RANGE);
    manifest = with_files("a.csv", "b.csv");
    manifest.form = 3;
    assert_err(parse_of(&manifest), OUT_OF_RANGE);
    manifest = with_files("a.csv", "b.csv");
    manifest.height = 5;
    manifest.since = 4;
    assert_err(parse_of(&manifest), NOT_CANONICAL);
    manifest.is_delta = true;
    assert_ok(parse_of(&manifest));
    manifest.since = 6;
    assert_err(parse_of(&manifest), OUT_OF_RANGE);
}
END_TEST

START_TEST(signature_covers_every_bit)
{
    uint64_t seed = 4;
    uint8_t data[MANIFEST_SIZE_MAX + COSE_OVERHEAD_MAX];
    struct manifest manifest = manifest_by_chance(&seed);
    while (manifest.file_count == 0)
        manifest = manifest_by_chance(&seed);
    struct manifest found;
    struct cose_sign1 envelope;
    struct secret_key secret = secret_of(7);
    struct public_key key = public_of(7);
    struct public_key other = public_of(8);
    manifest.file_count = 1;
    struct writer writer = writer_over(data, sizeof data);
    assert_ok(manifest_sign(&writer, &manifest, &secret));
    struct bytes bytes = writer_view(&writer);
    assert_ok(manifest_open(bytes, &envelope, &found));
    assert_ok(manifest_check(&envelope, &key));
    assert_err(manifest_check(&envelope, &other), UNKNOWN_KEY);
    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert(manifest_open(bytes, &envelope, &found) != ERR_OK ||
                  manifest_check(&envelope, &key) != ERR_OK);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(statement_is_no_manifest_nor_the_reverse)
{
    struct chain chain;
    struct manifest found;
    struct cose_sign1 envelope;
    struct transaction transaction;
    uint8_t data[MANIFEST_SIZE_MAX + COSE_OVERHEAD_MAX];
    chain_open(&chain, 1);
    struct item item = device_item(35000000, 1);
    struct bytes encoded = chain_speak(&chain, ALFA_ONE, OP_BLOCK, &item, 1);
    assert_err(manifest_open(encoded, &envelope, &found), WRONG_TYPE);
    struct manifest manifest = with_files("a.csv", "b.csv");
    struct writer writer = writer_over(data, sizeof data);
    assert_ok(manifest_sign(&writer, &manifest, &chain.members[ALFA_ONE].secret));
    assert_err(transaction_parse(writer_view(&writer), &transaction), WRONG_TYPE);
    chain_close(&chain);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("manifest");
    TCase *tcase = tcase_create("manifest");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, reads_what_it_writes);
    tcase_add_test(tcase, refuses_every_truncation_and_what_follows);
    tcase_add_test(tcase, each_bit_makes_another_one_or_is_refused);
    tcase_add_test(tcase, names_of_files_are_no_paths_and_in_order);
    tcase_add_test(tcase, refuses_what_no_export_makes);
    tcase_add_test(tcase, signature_covers_every_bit);
    tcase_add_test(tcase, statement_is_no_manifest_nor_the_reverse);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
