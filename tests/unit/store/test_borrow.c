#include "store/borrow.h"
#include "store/directory.h"

#include "store/store.h"
#include "tests/unit/store/scratch.h"
#include "tests/unit/suite.h"

static struct scratch scratch;
static const char *source;
static const char *target;

/* An environment with one row. */
static void begin(void)
{
    struct store *store;
    struct txn txn;
    scratch = scratch_begin();
    source = scratch_path(&scratch, "source");
    target = scratch_path(&scratch, "target");
    struct store_options options = {.directory = source, .tables_max = 4};
    ck_assert_int_eq(store_open(&options, &store), ERR_OK);
    ck_assert_int_eq(txn_begin(store, true, &txn), ERR_OK);
    txn_put(&txn, txn_table(&txn, "table", TABLE_PLAIN), bytes_of("key", 3), bytes_of("value", 5));
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    store_close(store);
}

static const char *in(const char *directory, const char *name)
{
    static char path[600];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

START_TEST(what_is_borrowed_is_read_and_nothing_is_written_beside_it)
{
    struct store *store;
    struct txn txn;
    struct bytes value;
    begin();
    ck_assert_int_eq(unlink(in(source, "lock.mdb")), 0);
    ck_assert_int_eq(borrow_data(source, target), ERR_OK);
    struct store_options options = {.directory = target, .tables_max = 4, .read_only = true};
    ck_assert_int_eq(store_open(&options, &store), ERR_OK);
    ck_assert_int_eq(txn_begin(store, false, &txn), ERR_OK);
    ck_assert(txn_get(&txn, txn_table(&txn, "table", TABLE_PLAIN), bytes_of("key", 3), &value));
    ck_assert(bytes_equal(value, bytes_of("value", 5)));
    txn_abort(&txn);
    store_close(store);
    ck_assert_int_ne(access(in(source, "lock.mdb"), F_OK), 0);
    directory_discard(target);
    ck_assert_int_ne(access(target, F_OK), 0);
    ck_assert_int_eq(access(in(source, "data.mdb"), F_OK), 0);
    scratch_end(&scratch);
}
END_TEST

START_TEST(what_is_not_there_cannot_be_borrowed)
{
    begin();
    ck_assert_int_eq(unlink(in(source, "data.mdb")), 0);
    ck_assert_int_eq(borrow_data(source, target), ERR_NOT_FOUND);
    ck_assert_int_eq(borrow_data("/nowhere/at/all", target), ERR_NOT_FOUND);
    directory_discard(target); /* which is not there either */
    scratch_end(&scratch);
}
END_TEST

START_TEST(the_place_to_borrow_to_is_a_new_one)
{
    begin();
    ck_assert_int_eq(mkdir(target, 0700), 0);
    ck_assert_int_eq(borrow_data(source, target), ERR_READ_ONLY);
    ck_assert_int_eq(borrow_data(source, "/nowhere/at/all"), ERR_READ_ONLY);
    scratch_end(&scratch);
}
END_TEST

static const TTest *const *const cases[] = {
    &what_is_borrowed_is_read_and_nothing_is_written_beside_it,
    &what_is_not_there_cannot_be_borrowed,
    &the_place_to_borrow_to_is_a_new_one,
};

int main(void)
{
    return suite_run("store/borrow", cases, sizeof cases / sizeof cases[0]);
}
