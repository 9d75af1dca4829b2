#include "store/store.h"

#include "tests/unit/store/samples.h"
#include "tests/unit/suite.h"

#define PLAIN_KEYS 400

/* What a PLAIN table should hold: the value of a key is a stamp, repeated to a size of bytes. */
struct plain_model {
    struct {
        bool present;
        uint32_t stamp;
        uint32_t size;
    } rows[PLAIN_KEYS];
    uint8_t buffer[16384];
};

static struct bytes plain_value(struct plain_model *model, uint32_t key)
{
    struct number stamp = number_of(model->rows[key].stamp);
    for (uint32_t i = 0; i < model->rows[key].size; i++)
        model->buffer[i] = stamp.bytes[i % 4];
    return bytes_of(model->buffer, model->rows[key].size);
}

static void plain_equals(struct txn *txn, struct table table, struct plain_model *model)
{
    uint32_t count = 0;
    struct cursor cursor = cursor_open(txn, table);
    struct bytes key;
    struct bytes value;
    bool more = cursor_first(&cursor, &key, &value);
    for (uint32_t i = 0; i < PLAIN_KEYS; i++) {
        struct number name = number_of(i);
        bool found = txn_get(txn, table, number_bytes(&name), NULL);
        must(found == model->rows[i].present);
        if (!found)
            continue;
        must(more && value_of(key) == i && bytes_equal(value, plain_value(model, i)));
        more = cursor_next(&cursor, &key, &value);
        count++;
    }
    must(!more);
    for (uint32_t i = PLAIN_KEYS; i-- > 0;) {
        if (!model->rows[i].present)
            continue;
        bool there = count-- == txn_count(txn, table) ? cursor_last(&cursor, &key, NULL)
                                                      : cursor_previous(&cursor, &key, NULL);
        must(there && value_of(key) == i);
    }
    ck_assert_uint_eq(count, 0);
    cursor_close(&cursor);
    ck_assert_int_eq(txn->err, ERR_OK);
}

static void plain_step(struct txn *txn, struct table table, struct plain_model *model,
                       uint64_t *random)
{
    uint32_t key = next_random(random) % PLAIN_KEYS;
    struct number name = number_of(key);
    if (next_random(random) % 3 == 0) {
        ck_assert_int_eq(txn_delete(txn, table, number_bytes(&name)), model->rows[key].present);
        model->rows[key].present = false;
        return;
    }
    model->rows[key].present = true;
    model->rows[key].stamp = next_random(random);
    /* Some in the page, some in pages of their own. */
    model->rows[key].size = next_random(random) % (next_random(random) % 4 == 0 ? 16384 : 200);
    txn_put(txn, table, number_bytes(&name), plain_value(model, key));
}

START_TEST(a_plain_table_is_a_map)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table table = make_table(store, "plain", TABLE_PLAIN);
    struct plain_model *model = calloc(1, sizeof *model);
    struct plain_model *kept = calloc(1, sizeof *kept);
    uint64_t random = 1;
    for (int round = 0; round < 60; round++) {
        *kept = *model;
        struct txn txn = begin(store, true);
        for (int i = 0; i < 100; i++)
            plain_step(&txn, table, model, &random);
        plain_equals(&txn, table, model);
        if (round % 5 == 4) {
            txn_abort(&txn);
            *model = *kept;
        } else {
            ck_assert_int_eq(txn_commit(&txn), ERR_OK);
        }
        struct txn reader = begin(store, false);
        plain_equals(&reader, table, model);
        txn_abort(&reader);
    }
    free(kept);
    free(model);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

#define FIXED_KEYS   6
#define FIXED_VALUES 900 /* enough for a key's values to have a tree of their own */

struct fixed_model {
    bool present[FIXED_KEYS][FIXED_VALUES];
};

/* Eleven bytes, as a claim's row. */
struct fixed_value {
    uint8_t bytes[11];
};

static struct fixed_value fixed_value(uint32_t value)
{
    struct fixed_value fixed = {{0}};
    memcpy(fixed.bytes, number_of(value).bytes, 4);
    memset(fixed.bytes + 4, (int)(value % 251), 7);
    return fixed;
}

static struct bytes fixed_bytes(const struct fixed_value *value)
{
    return bytes_of(value->bytes, sizeof value->bytes);
}

static void fixed_row_is(struct bytes key, struct bytes value, uint32_t k, uint32_t v)
{
    struct fixed_value expected = fixed_value(v);
    must(value_of(key) == k && bytes_equal(value, fixed_bytes(&expected)));
}

/* The first value of `key` from `from` on, or FIXED_VALUES. */
static uint32_t fixed_from(const struct fixed_model *model, uint32_t key, uint32_t from)
{
    while (from < FIXED_VALUES && !model->present[key][from])
        from++;
    return from;
}

static void fixed_seeks(struct txn *txn, struct table table, const struct fixed_model *model,
                        uint64_t *random)
{
    struct cursor cursor = cursor_open(txn, table);
    for (int i = 0; i < 50; i++) {
        uint32_t k = next_random(random) % FIXED_KEYS;
        uint32_t v = next_random(random) % FIXED_VALUES;
        struct number key = number_of(k);
        struct fixed_value from = fixed_value(v);
        struct bytes value;
        bool found = cursor_seek_value(&cursor, number_bytes(&key), fixed_bytes(&from), &value);
        for (v = fixed_from(model, k, v); v < FIXED_VALUES; v = fixed_from(model, k, v + 1)) {
            must(found);
            fixed_row_is(number_bytes(&key), value, k, v);
            found = cursor_next_value(&cursor, &value);
        }
        must(!found);
    }
    cursor_close(&cursor);
}

static void fixed_equals(struct txn *txn, struct table table, const struct fixed_model *model)
{
    struct cursor cursor = cursor_open(txn, table);
    struct bytes key;
    struct bytes value;
    uint32_t count = 0;
    bool more = cursor_first(&cursor, &key, &value);
    for (uint32_t k = 0; k < FIXED_KEYS; k++) {
        for (uint32_t v = 0; v < FIXED_VALUES; v++) {
            if (!model->present[k][v])
                continue;
            must(more);
            fixed_row_is(key, value, k, v);
            more = cursor_next(&cursor, &key, &value);
            count++;
        }
    }
    must(!more);
    ck_assert_uint_eq(txn_count(txn, table), count);
    more = cursor_last(&cursor, &key, &value);
    for (uint32_t i = FIXED_KEYS * FIXED_VALUES; i-- > 0;) {
        if (!model->present[i / FIXED_VALUES][i % FIXED_VALUES])
            continue;
        fixed_row_is(key, value, i / FIXED_VALUES, i % FIXED_VALUES);
        more = cursor_previous(&cursor, &key, &value);
    }
    must(!more);
    cursor_close(&cursor);
    ck_assert_int_eq(txn->err, ERR_OK);
}

/* Deletes the row under the cursor, and goes to the next. */
static bool fixed_delete(struct cursor *cursor, const struct fixed_model *model, uint32_t at,
                         struct bytes *key, struct bytes *value)
{
    uint32_t k = at / FIXED_VALUES;
    struct number same = number_of(k);
    struct number next = number_of(k + 1);
    struct fixed_value from = fixed_value(at % FIXED_VALUES);
    cursor_delete(cursor);
    if (fixed_from(model, k, at % FIXED_VALUES) == FIXED_VALUES)
        return cursor_seek(cursor, number_bytes(&next), key, value);
    return cursor_seek(cursor, number_bytes(&same), key, NULL) &&
           cursor_seek_value(cursor, number_bytes(&same), fixed_bytes(&from), value);
}

/* Walks over the whole table and deletes what the dice say, as a sweep does. */
static void fixed_sweep(struct txn *txn, struct table table, struct fixed_model *model,
                        uint64_t *random)
{
    struct cursor cursor = cursor_open(txn, table);
    struct bytes key;
    struct bytes value;
    uint32_t share = 2 + next_random(random) % 8;
    bool more = cursor_first(&cursor, &key, &value);
    for (uint32_t i = 0; i < FIXED_KEYS * FIXED_VALUES; i++) {
        bool *present = &model->present[i / FIXED_VALUES][i % FIXED_VALUES];
        if (!*present)
            continue;
        must(more);
        fixed_row_is(key, value, i / FIXED_VALUES, i % FIXED_VALUES);
        if (next_random(random) % share != 0) {
            more = cursor_next(&cursor, &key, &value);
            continue;
        }
        *present = false;
        more = fixed_delete(&cursor, model, i, &key, &value);
    }
    must(!more);
    cursor_close(&cursor);
}

static void fixed_step(struct txn *txn, struct table table, struct fixed_model *model,
                       uint64_t *random)
{
    uint32_t k = next_random(random) % FIXED_KEYS;
    uint32_t v = next_random(random) % FIXED_VALUES;
    bool *present = &model->present[k][v];
    struct number key = number_of(k);
    struct fixed_value value = fixed_value(v);
    uint32_t die = next_random(random) % 1000;
    if (die == 0) {
        bool any = fixed_from(model, k, 0) < FIXED_VALUES;
        ck_assert_int_eq(txn_delete(txn, table, number_bytes(&key)), any);
        memset(model->present[k], 0, sizeof model->present[k]);
    } else if (die < 600 && die % 2 == 0 && fixed_from(model, k, v) == FIXED_VALUES) {
        txn_append_value(txn, table, number_bytes(&key), fixed_bytes(&value));
        *present = true;
    } else if (die < 600) {
        ck_assert_int_eq(txn_add(txn, table, number_bytes(&key), fixed_bytes(&value)), !*present);
        *present = true;
    } else {
        ck_assert_int_eq(txn_remove(txn, table, number_bytes(&key), fixed_bytes(&value)), *present);
        *present = false;
    }
}

/* Ascending values of a key or several, put in by one cursor that looks ahead now and then. */
static void fixed_add_many(struct txn *txn, struct table table, struct fixed_model *model,
                           uint64_t *random)
{
    struct cursor cursor = cursor_open(txn, table);
    uint32_t stride = 1 + next_random(random) % 40;
    for (uint32_t at = next_random(random) % (FIXED_KEYS * FIXED_VALUES);
         at < FIXED_KEYS * FIXED_VALUES && next_random(random) % 200 != 0;
         at += 1 + next_random(random) % stride) {
        uint32_t k = at / FIXED_VALUES;
        uint32_t v = at % FIXED_VALUES;
        struct number key = number_of(k);
        struct fixed_value value = fixed_value(v);
        bool has_next = fixed_from(model, k, v) < FIXED_VALUES;
        if (next_random(random) % 2 == 0)
            ck_assert_int_eq(
                cursor_seek_value(&cursor, number_bytes(&key), fixed_bytes(&value), NULL),
                has_next);
        if (!has_next && next_random(random) % 4 != 0)
            cursor_append_value(&cursor, number_bytes(&key), fixed_bytes(&value));
        else
            ck_assert_int_eq(cursor_add(&cursor, number_bytes(&key), fixed_bytes(&value)),
                             !model->present[k][v]);
        model->present[k][v] = true;
    }
    cursor_close(&cursor);
}

START_TEST(a_fixed_table_is_a_map_of_sets)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table table = make_table(store, "fixed", TABLE_FIXED);
    struct fixed_model *model = calloc(1, sizeof *model);
    uint64_t random = 2;
    for (int round = 0; round < 60; round++) {
        struct txn txn = begin(store, true);
        for (int i = 0; i < 500; i++) {
            fixed_step(&txn, table, model, &random);
            if (i % 100 == 50)
                fixed_add_many(&txn, table, model, &random);
        }
        if (round % 6 == 5)
            fixed_sweep(&txn, table, model, &random);
        fixed_equals(&txn, table, model);
        ck_assert_int_eq(txn_commit(&txn), ERR_OK);
        struct txn reader = begin(store, false);
        fixed_equals(&reader, table, model);
        fixed_seeks(&reader, table, model, &random);
        txn_abort(&reader);
    }
    free(model);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(values_that_are_appended_fill_their_pages)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct txn txn = begin(store, true);
    struct table table = txn_table(&txn, "t", TABLE_FIXED);
    const uint32_t count = 200000;
    for (uint32_t i = 0; i < count; i++) {
        struct number value = number_of(i);
        txn_append_value(&txn, table, text("key"), number_bytes(&value));
    }
    ck_assert_uint_eq(txn_count(&txn, table), count);
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    ck_assert_uint_lt(store_used(store), (uint64_t)count * 4 * 105 / 100);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(refuses_to_append_a_value_that_is_not_the_largest)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table table = make_table(store, "t", TABLE_FIXED);
    static const uint32_t wrong[] = {6, 7};
    for (size_t i = 0; i < 4; i++) {
        bool by_cursor = i >= 2;
        struct txn txn = begin(store, true);
        struct number value = number_of(7);
        struct number next = number_of(wrong[i % 2]);
        txn_append_value(&txn, table, text("key"), number_bytes(&value));
        txn_append_value(&txn, table, text("another"), number_bytes(&next));
        ck_assert_int_eq(txn.err, ERR_OK);
        struct cursor cursor = cursor_open(&txn, table);
        if (by_cursor)
            cursor_append_value(&cursor, text("key"), number_bytes(&next));
        else
            txn_append_value(&txn, table, text("key"), number_bytes(&next));
        ck_assert_int_eq(txn.err, ERR_INTERNAL);
        cursor_close(&cursor);
        ck_assert_int_eq(txn_commit(&txn), ERR_INTERNAL);
    }
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(seek_finds_the_first_key_not_less)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct txn txn = begin(store, true);
    struct table table = txn_table(&txn, "t", TABLE_PLAIN);
    for (uint32_t i = 10; i <= 5000; i += 10) {
        struct number key = number_of(i);
        txn_append(&txn, table, number_bytes(&key), text("value"));
    }
    struct cursor cursor = cursor_open(&txn, table);
    for (uint32_t i = 0; i <= 5000; i++) {
        struct number from = number_of(i);
        struct bytes key;
        ck_assert(cursor_seek(&cursor, number_bytes(&from), &key, NULL));
        ck_assert_uint_eq(value_of(key), i < 10 ? 10 : (i + 9) / 10 * 10);
    }
    struct number beyond = number_of(5001);
    ck_assert(!cursor_seek(&cursor, number_bytes(&beyond), NULL, NULL));
    cursor_close(&cursor);
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(an_empty_table_has_no_rows)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table tables[] = {make_table(store, "plain", TABLE_PLAIN),
                             make_table(store, "fixed", TABLE_FIXED)};
    struct txn txn = begin(store, false);
    for (size_t i = 0; i < 2; i++) {
        struct cursor cursor = cursor_open(&txn, tables[i]);
        ck_assert(!cursor_first(&cursor, NULL, NULL));
        ck_assert(!cursor_last(&cursor, NULL, NULL));
        ck_assert(!cursor_next(&cursor, NULL, NULL));
        ck_assert(!cursor_previous(&cursor, NULL, NULL));
        ck_assert(!cursor_seek(&cursor, text("a"), NULL, NULL));
        ck_assert_uint_eq(txn_count(&txn, tables[i]), 0);
        cursor_close(&cursor);
        cursor_close(&cursor);
    }
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_plain_table_is_a_map,
        &a_fixed_table_is_a_map_of_sets,
        &values_that_are_appended_fill_their_pages,
        &refuses_to_append_a_value_that_is_not_the_largest,
        &seek_finds_the_first_key_not_less,
        &an_empty_table_has_no_rows,
    };
    return suite_run("store/tables", cases, sizeof cases / sizeof *cases);
}
