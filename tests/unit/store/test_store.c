#include "store/store.h"

#include "tests/unit/store/samples.h"
#include "tests/unit/suite.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

START_TEST(the_lock_file_has_its_room_before_it_is_mapped)
{
    struct scratch scratch = scratch_begin();
    struct store *store = open_in(&scratch);
    char path[PATH_MAX];
    struct stat status;
    snprintf(path, sizeof path, "%s/lock.mdb", scratch.path);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_int_eq(status.st_size, 8192); /* else LMDB would count other readers than 126 */
    ck_assert_int_ge(status.st_blocks * 512, status.st_size);
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
    txn_append_value(&txn, fixed, text("key"), text("value"));
    ck_assert(!txn_get(&txn, table, text("key"), NULL));
    ck_assert(!txn_add(&txn, fixed, text("key"), text("value")));
    ck_assert(!txn_remove(&txn, fixed, text("key"), text("value")));
    ck_assert(!txn_delete(&txn, table, text("key")));
    ck_assert_uint_eq(txn_count(&txn, table), 0);
    ck_assert(!cursor_first(&cursor, NULL, NULL));
    ck_assert(!cursor_add(&cursor, text("key"), text("value")));
    cursor_append_value(&cursor, text("key"), text("value"));
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
            ck_assert_uint_eq(txn_table(&txn, "plain", TABLE_FIXED).handle, 0);
            ck_assert_int_eq(txn_commit(&txn), ERR_DAMAGED);
            txn = begin(store, write == 1);
            ck_assert_uint_eq(txn_table(&txn, "fixed", TABLE_PLAIN).handle, 0);
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
        uint32_t now = value_of(a);
        if (now < before || txn_renew(&txn) != ERR_OK)
            return NULL;
        before = now;
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

static void readers_race_a_writer(bool no_sync)
{
    struct scratch scratch = scratch_begin();
    struct race race = {.store = open_synced(&scratch, no_sync)};
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

START_TEST(readers_in_other_threads_see_whole_transactions_in_order)
{
    readers_race_a_writer(true);
    /* A commit that waits for the disk is in the meta page before it counts. */
    readers_race_a_writer(false);
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
        &the_lock_file_has_its_room_before_it_is_mapped,
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
