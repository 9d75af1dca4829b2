#include "store/store.h"

#include "tests/unit/store/scratch.h"
#include "tests/unit/suite.h"

#include <pthread.h>
#include <stdatomic.h>

/* --- Small things --- */

static struct bytes text(const char *words)
{
    return bytes_of(words, strlen(words));
}

struct number {
    uint8_t bytes[4];
};

static struct number number_of(uint32_t value)
{
    return (struct number){
        {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value}};
}

static struct bytes number_bytes(const struct number *number)
{
    return bytes_of(number->bytes, sizeof number->bytes);
}

static uint32_t value_of(struct bytes bytes)
{
    must(bytes.size >= 4);
    return (uint32_t)bytes.data[0] << 24 | (uint32_t)bytes.data[1] << 16 |
           (uint32_t)bytes.data[2] << 8 | bytes.data[3];
}

static uint32_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 32);
}

static struct store *open_in(const struct scratch *scratch)
{
    struct store_options options = {.directory = scratch->path, .tables_max = 4, .no_sync = true};
    struct store *store;
    ck_assert_int_eq(store_open(&options, &store), ERR_OK);
    return store;
}

static struct txn begin(struct store *store, bool write)
{
    struct txn txn;
    ck_assert_int_eq(txn_begin(store, write, &txn), ERR_OK);
    return txn;
}

static struct table make_table(struct store *store, const char *name, enum table_kind kind)
{
    struct txn txn = begin(store, true);
    struct table table = txn_table(&txn, name, kind);
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    return table;
}

/* --- Tables against a model --- */

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
        if (next_random(random) % share == 0) {
            cursor_delete(&cursor);
            *present = false;
        }
        more = cursor_next(&cursor, &key, &value);
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
    } else if (die < 600) {
        ck_assert_int_eq(txn_add(txn, table, number_bytes(&key), fixed_bytes(&value)), !*present);
        *present = true;
    } else {
        ck_assert_int_eq(txn_remove(txn, table, number_bytes(&key), fixed_bytes(&value)), *present);
        *present = false;
    }
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
        for (int i = 0; i < 500; i++)
            fixed_step(&txn, table, model, &random);
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

/* --- Transactions --- */

START_TEST(a_reader_keeps_its_snapshot_until_it_renews)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table table = make_table(store, "t", TABLE_PLAIN);
    struct txn reader = begin(store, false);
    struct txn writer = begin(store, true);
    txn_put(&writer, table, text("key"), text("value"));
    ck_assert(!txn_get(&reader, table, text("key"), NULL));
    ck_assert_int_eq(txn_commit(&writer), ERR_OK);
    ck_assert(!txn_get(&reader, table, text("key"), NULL));
    ck_assert_int_eq(txn_renew(&reader), ERR_OK);
    ck_assert(txn_get(&reader, table, text("key"), NULL));
    txn_reset(&reader);
    txn_reset(&reader);
    ck_assert_int_eq(txn_renew(&reader), ERR_OK);
    ck_assert(txn_get(&reader, table, text("key"), NULL));
    txn_abort(&reader);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(the_first_error_sticks_and_nothing_is_stored)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table table = make_table(store, "t", TABLE_PLAIN);
    struct table fixed = make_table(store, "f", TABLE_FIXED);
    struct txn txn = begin(store, true);
    txn_put(&txn, table, text("key"), text("value"));
    struct cursor cursor = cursor_open(&txn, table);
    txn_append(&txn, table, text("a"), text("smaller"));
    ck_assert_int_eq(txn.err, ERR_INTERNAL);
    txn_put(&txn, table, text("more"), text("value"));
    txn_append(&txn, table, text("z"), text("value"));
    ck_assert(!txn_get(&txn, table, text("key"), NULL));
    ck_assert(!txn_add(&txn, fixed, text("key"), text("value")));
    ck_assert(!txn_remove(&txn, fixed, text("key"), text("value")));
    ck_assert(!txn_delete(&txn, table, text("key")));
    ck_assert_uint_eq(txn_count(&txn, table), 0);
    ck_assert(!cursor_first(&cursor, NULL, NULL));
    cursor_delete(&cursor);
    ck_assert_uint_eq(txn_table(&txn, "new", TABLE_PLAIN).handle, 0);
    ck_assert_ptr_null(cursor_open(&txn, table).handle);
    cursor_close(&cursor);
    ck_assert_int_eq(txn.err, ERR_INTERNAL);
    ck_assert_int_eq(txn_commit(&txn), ERR_INTERNAL);
    struct txn reader = begin(store, false);
    ck_assert_uint_eq(txn_count(&reader, table), 0);
    txn_table(&reader, "new", TABLE_PLAIN);
    ck_assert_int_eq(txn_commit(&reader), ERR_NOT_FOUND);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_transaction_that_has_ended_does_nothing)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table table = make_table(store, "t", TABLE_PLAIN);
    for (int write = 0; write < 2; write++) {
        for (int commit = 0; commit < 2; commit++) {
            struct txn txn = begin(store, write == 1);
            struct cursor cursor = cursor_open(&txn, table);
            if (commit == 1)
                ck_assert_int_eq(txn_commit(&txn), ERR_OK);
            else
                txn_abort(&txn);
            txn_abort(&txn);
            ck_assert(!txn_get(&txn, table, text("key"), NULL));
            ck_assert(!cursor_first(&cursor, NULL, NULL));
            cursor_close(&cursor);
            ck_assert_int_eq(txn_commit(&txn), ERR_INTERNAL);
        }
    }
    struct txn reader = begin(store, false);
    txn_abort(&reader);
    ck_assert_int_eq(txn_renew(&reader), ERR_INTERNAL);
    struct txn never = {.store = store};
    txn_abort(&never);
    ck_assert_int_eq(txn_commit(&never), ERR_INTERNAL);
    store_close(store);
    store_close(NULL);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_reset_reader_reads_nothing_and_renewal_heals_it)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table table = make_table(store, "t", TABLE_PLAIN);
    struct txn reader = begin(store, false);
    txn_reset(&reader);
    ck_assert(!txn_get(&reader, table, text("key"), NULL));
    ck_assert_int_eq(reader.err, ERR_INTERNAL);
    ck_assert_int_eq(txn_renew(&reader), ERR_OK);
    ck_assert(!txn_get(&reader, table, text("key"), NULL));
    ck_assert_int_eq(reader.err, ERR_OK);
    txn_put(&reader, table, text("key"), text("value"));
    ck_assert_int_eq(txn_commit(&reader), ERR_READ_ONLY);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(keys_and_fixed_values_have_1_to_511_bytes)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table plain = make_table(store, "t", TABLE_PLAIN);
    struct table fixed = make_table(store, "f", TABLE_FIXED);
    static const uint8_t zeros[STORE_KEY_SIZE_MAX + 1];
    struct bytes most = bytes_of(zeros, STORE_KEY_SIZE_MAX);
    struct txn txn = begin(store, true);
    txn_put(&txn, plain, most, text("value"));
    txn_put(&txn, plain, text("empty"), bytes_of(zeros, 0));
    ck_assert(txn_add(&txn, fixed, most, most));
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    for (int i = 0; i < 6; i++) {
        struct bytes bad = bytes_of(zeros, i % 2 == 0 ? 0 : STORE_KEY_SIZE_MAX + 1);
        txn = begin(store, true);
        if (i / 2 == 0)
            txn_put(&txn, plain, bad, text("value"));
        else if (i / 2 == 1)
            (void)txn_add(&txn, fixed, text("key"), bytes_of(zeros, sizeof zeros));
        else
            (void)txn_get(&txn, plain, bytes_of(zeros, 0), NULL);
        ck_assert_int_eq(txn_commit(&txn), ERR_INTERNAL);
    }
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

/* --- Tables --- */

START_TEST(a_handle_lives_when_its_transaction_is_committed_and_dies_when_aborted)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct txn txn = begin(store, true);
    struct table table = txn_table(&txn, "t", TABLE_PLAIN);
    txn_abort(&txn);
    txn = begin(store, false);
    ck_assert(!txn_get(&txn, table, text("key"), NULL));
    ck_assert_int_eq(txn_commit(&txn), ERR_INTERNAL);
    table = make_table(store, "t", TABLE_PLAIN);
    store_close(store);

    /* A committed read transaction opens tables too. */
    store = open_in(&scratch);
    txn = begin(store, false);
    table = txn_table(&txn, "t", TABLE_PLAIN);
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    txn = begin(store, true);
    txn_put(&txn, table, text("key"), text("value"));
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_table_of_another_kind_is_damage)
{
    struct scratch scratch = scratch_begin();
    for (int round = 0; round < 2; round++) {
        struct store *store = open_in(&scratch);
        if (round == 0) {
            make_table(store, "plain", TABLE_PLAIN);
            make_table(store, "fixed", TABLE_FIXED);
        }
        for (int write = 0; write < 2; write++) {
            struct txn txn = begin(store, write == 1);
            txn_table(&txn, "plain", TABLE_FIXED);
            ck_assert_int_eq(txn_commit(&txn), ERR_DAMAGED);
            txn = begin(store, write == 1);
            txn_table(&txn, "fixed", TABLE_PLAIN);
            ck_assert_int_eq(txn_commit(&txn), ERR_DAMAGED);
        }
        store_close(store);
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(more_tables_than_announced_are_a_mistake)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    static const char *const names[] = {"1", "2", "3", "4", "5"};
    struct txn txn = begin(store, true);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(txn.err, ERR_OK);
        txn_table(&txn, names[i], TABLE_PLAIN);
    }
    ck_assert_int_eq(txn_commit(&txn), ERR_INTERNAL);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(the_handle_of_no_table_is_refused)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    for (int i = 0; i < 4; i++) {
        struct txn txn = begin(store, true);
        struct table none = {0};
        if (i == 0)
            txn_put(&txn, none, text("key"), text("value"));
        else if (i == 1)
            (void)txn_get(&txn, none, text("key"), NULL);
        else if (i == 2)
            (void)txn_delete(&txn, none, text("key"));
        else
            (void)cursor_open(&txn, (struct table){99});
        ck_assert_int_eq(txn_commit(&txn), ERR_INTERNAL);
    }
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

/* --- Threads --- */

static void *use_reader(void *context)
{
    struct txn *txn = context;
    struct table table = txn_table(txn, "t", TABLE_PLAIN);
    return txn_get(txn, table, text("key"), NULL) ? txn : NULL;
}

START_TEST(a_reader_belongs_to_its_object_and_not_to_a_thread)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table table = make_table(store, "t", TABLE_PLAIN);
    struct txn writer = begin(store, true);
    txn_put(&writer, table, text("key"), text("value"));
    ck_assert_int_eq(txn_commit(&writer), ERR_OK);
    struct txn readers[3];
    for (int i = 0; i < 3; i++)
        readers[i] = begin(store, false);
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        void *result;
        ck_assert_int_eq(pthread_create(&thread, NULL, use_reader, &readers[i]), 0);
        ck_assert_int_eq(pthread_join(thread, &result), 0);
        ck_assert_ptr_nonnull(result);
        ck_assert(txn_get(&readers[i], table, text("key"), NULL));
    }
    for (int i = 0; i < 3; i++)
        txn_abort(&readers[i]);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

struct race {
    struct store *store;
    struct table table;
    atomic_bool over;
};

/* Both rows are written in one transaction, so no snapshot may show different ones. */
static void *read_pairs(void *context)
{
    struct race *race = context;
    struct txn txn;
    uintptr_t rounds = 0;
    uint32_t before = 0;
    if (txn_begin(race->store, false, &txn) != ERR_OK)
        return NULL;
    for (; !atomic_load(&race->over) || rounds == 0; rounds++) {
        struct bytes a;
        struct bytes b;
        if (!txn_get(&txn, race->table, text("a"), &a) ||
            !txn_get(&txn, race->table, text("b"), &b) || !bytes_equal(a, b))
            return NULL;
        if (value_of(a) < before || txn_renew(&txn) != ERR_OK)
            return NULL;
        before = value_of(a);
    }
    txn_abort(&txn);
    return (void *)rounds;
}

static void write_pair(struct race *race, uint32_t value)
{
    struct number number = number_of(value);
    struct txn txn = begin(race->store, true);
    txn_put(&txn, race->table, text("a"), number_bytes(&number));
    txn_put(&txn, race->table, text("b"), number_bytes(&number));
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
}

START_TEST(readers_in_other_threads_see_whole_transactions_in_order)
{
    struct scratch scratch = scratch_begin();
    struct race race = {.store = open_in(&scratch)};
    race.table = make_table(race.store, "t", TABLE_PLAIN);
    write_pair(&race, 0);
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_pairs, &race), 0);
    for (uint32_t value = 1; value <= 2000; value++)
        write_pair(&race, value);
    atomic_store(&race.over, true);
    for (int i = 0; i < 3; i++) {
        void *rounds;
        ck_assert_int_eq(pthread_join(threads[i], &rounds), 0);
        ck_assert_ptr_nonnull(rounds);
    }
    store_close(race.store);
    scratch_end(&scratch);
}
END_TEST

START_TEST(used_bytes_grow_with_what_is_stored)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    struct table table = make_table(store, "t", TABLE_PLAIN);
    uint64_t before = store_used(store);
    static const uint8_t zeros[1 << 20];
    struct txn txn = begin(store, true);
    txn_put(&txn, table, text("key"), bytes_of(zeros, sizeof zeros));
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    ck_assert_uint_ge(store_used(store), before + sizeof zeros);
    ck_assert_uint_lt(store_used(store), before + 2 * sizeof zeros);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_plain_table_is_a_map,
        &a_fixed_table_is_a_map_of_sets,
        &seek_finds_the_first_key_not_less,
        &an_empty_table_has_no_rows,
        &a_reader_keeps_its_snapshot_until_it_renews,
        &the_first_error_sticks_and_nothing_is_stored,
        &a_transaction_that_has_ended_does_nothing,
        &a_reset_reader_reads_nothing_and_renewal_heals_it,
        &keys_and_fixed_values_have_1_to_511_bytes,
        &a_handle_lives_when_its_transaction_is_committed_and_dies_when_aborted,
        &a_table_of_another_kind_is_damage,
        &more_tables_than_announced_are_a_mistake,
        &the_handle_of_no_table_is_refused,
        &a_reader_belongs_to_its_object_and_not_to_a_thread,
        &readers_in_other_threads_see_whole_transactions_in_order,
        &used_bytes_grow_with_what_is_stored,
    };
    return suite_run("store/store", cases, sizeof cases / sizeof *cases);
}
