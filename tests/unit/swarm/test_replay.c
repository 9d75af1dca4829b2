/*
 * Data directories that real logs and ledgers made, beside each other.
 */
#include "testnet/swarm/replay.h"

#include "store/directory.h"
#include "tests/unit/cli/audit.h"

static struct replay replay;
static struct findings findings;
static struct complaint complaint;

/* A copy of the data directory, under another name. */
static void copy_data(const char *to)
{
    static const char *const files[] = {"genesis", "lock", "log/data.mdb", "state/data.mdb"};
    static const char *const folders[] = {"", "/log", "/state"};
    char path[64];
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s%s", to, folders[i]);
        ck_assert_int_eq(mkdir(at(&scratch, path), 0700), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        size_t size;
        snprintf(path, sizeof path, "data/%s", files[i]);
        char *data = get_file(at(&scratch, path), &size);
        snprintf(path, sizeof path, "%s/%s", to, files[i]);
        put_bytes(at(&scratch, path), data, size);
        free(data);
    }
}

static enum err run(const char *first, const char *second)
{
    static char paths[2][PATH_MAX];
    snprintf(paths[0], PATH_MAX, "%s", at(&scratch, first));
    snprintf(paths[1], PATH_MAX, "%s", at(&scratch, second));
    const struct replay_source sources[] = {{"one", paths[0]}, {"two", paths[1]}};
    findings = (struct findings){0};
    complaint = (struct complaint){0};
    replay_close(&replay);
    return replay_run(sources, 2, &replay, &findings, &complaint);
}

static void finds(const char *words)
{
    ck_assert_uint_gt(findings.wrong[CHECK_LEDGERS], 0);
    for (size_t i = 0; i < findings.kept; i++)
        if (strstr(findings.list[i].text, words) != NULL)
            return;
    ck_abort_msg("'%s' lacks '%s'", findings.list[0].text, words);
}

static void leaves_nothing_behind(void)
{
    ck_assert_int_eq(rmdir(at(&scratch, "tmp")), 0);
}

static void finish(void)
{
    replay_close(&replay);
    end();
}

static struct placed placed_of(const char *file)
{
    size_t size;
    struct transaction transaction;
    char *data = get_file(at(&scratch, file), &size);
    ck_assert_int_eq(transaction_parse(bytes_of(data, size), &transaction), ERR_OK);
    uint32_t number = ids_find(&replay.ids, &transaction.id);
    free(data);
    ck_assert_uint_lt(number, replay.placed_count);
    return replay.placed[number];
}

START_TEST(equal_ledgers_are_found_equal_and_say_what_they_hold)
{
    begin();
    copy_data("two");
    ck_assert_int_eq(run("data", "two"), ERR_OK);
    ck_assert_uint_eq(findings.wrong[CHECK_LEDGERS], 0);
    ck_assert_uint_eq(findings.checked[CHECK_LEDGERS], APPLIED + 2);
    ck_assert_uint_eq(replay.height, APPLIED);
    ck_assert_uint_eq(replay.nodes[1].blocks, BLOCKS);
    ck_assert_uint_eq(replay.nodes[1].applied, APPLIED);
    /* Two blocked and one of them lifted; ranges are not told. The third was signed by another. */
    ck_assert_uint_eq(replay.event_count, 4);
    ck_assert_uint_eq(replay.events[0].imei.value, UINT64_C(35693803564380));
    ck_assert_uint_eq(replay.events[1].imei.value, UINT64_C(35693803564381));
    ck_assert(replay.events[1].is_raised);
    ck_assert(!replay.events[2].is_raised);
    ck_assert_uint_lt(replay.events[1].height, replay.events[2].height);
    ck_assert_uint_eq(replay.events[0].number, replay.events[1].number);
    ck_assert_str_eq(replay.events[0].organisation.text, "operator.example");
    ck_assert_str_eq(replay.events[3].organisation.text, "authority.example");
    struct placed late = placed_of("late.tx");
    ck_assert_uint_eq(late.height, APPLIED - 1);
    ck_assert_uint_eq(late.position, 1);
    ck_assert_uint_eq(late.times, 1);
    ck_assert_int_eq(late.err, ERR_OK);
    ck_assert(late.is_authentic);
    leaves_nothing_behind();
    finish();
}
END_TEST

START_TEST(a_state_that_differs_is_found)
{
    static const char *const names[] = {"two/state", "data/state"};
    begin();
    copy_data("two");
    for (size_t i = 0; i < 2; i++) {
        struct store *store;
        struct txn txn;
        struct bytes key;
        struct bytes value;
        open_part(names[i], &store, &txn);
        struct cursor cursor = cursor_open(&txn, txn_table(&txn, "claims", TABLE_FIXED));
        ck_assert(cursor_last(&cursor, &key, &value));
        cursor_delete(&cursor);
        cursor_close(&cursor);
        close_part(store, &txn);
        ck_assert_int_eq(run("data", "two"), ERR_OK);
        finds(i == 0 ? "state of two at height 11 is not what the blocks amount to: a row in table "
                       "claims"
                     : "state of one at height 11");
    }
    leaves_nothing_behind();
    finish();
}
END_TEST

/* Changes a bit of that block, wherever its bytes lie in the file of the log. */
static void flip_in_block(const char *name, uint64_t height)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    char path[64];
    size_t size;
    char *genesis = get_file(at(&scratch, "data/genesis"), &size);
    snprintf(path, sizeof path, "%s/log", name);
    struct disk_options options = {.directory = at(&scratch, path),
                                   .network = hash_of(bytes_of(genesis, size)),
                                   .read_only = true};
    struct disk *disk;
    struct block block;
    ck_assert_int_eq(disk_open(&options, &disk), ERR_OK);
    ck_assert_int_eq(disk_read(disk, height, buffer, sizeof buffer, &block), ERR_OK);
    disk_close(disk);
    free(genesis);
    snprintf(path, sizeof path, "%s/log/data.mdb", name);
    char *data = get_file(at(&scratch, path), &size);
    int flipped = 0;
    for (char *from = data; from != NULL; flipped += from != NULL) {
        from = memmem(from, size - (size_t)(from - data), block.encoded.data, block.encoded.size);
        if (from != NULL)
            from[block.encoded.size - 1] ^= 1;
    }
    ck_assert_int_gt(flipped, 0);
    put_bytes(at(&scratch, path), data, size);
    free(data);
}

START_TEST(a_block_that_cannot_be_read_is_found)
{
    begin();
    copy_data("two");
    flip_in_block("two", 2);
    ck_assert_msg(run("data", "two") == ERR_OK, "%s", complaint.text);
    finds("two: block 2: ");
    ck_assert_uint_eq(findings.wrong[CHECK_LEDGERS], 1);
    /* Without the log that is applied nothing after it is known. */
    ck_assert_int_eq(run("two", "data"), ERR_OK);
    finds("block 2 of one: ");
    leaves_nothing_behind();
    finish();
}
END_TEST

/* A data directory of that many empty blocks, made at that time. */
static void make_empty(const char *name, int blocks, uint64_t time_ms)
{
    node_make(&node, &scratch);
    for (int i = 0; i < blocks; i++)
        (void)node_block(&node, NULL, 0, time_ms);
    node_close(&node);
    char from[PATH_MAX];
    snprintf(from, sizeof from, "%s", at(&scratch, "data"));
    ck_assert_int_eq(rename(from, at(&scratch, name)), 0);
}

static void begin_empty(void)
{
    scratch = scratch_begin();
    ck_assert_int_eq(mkdir(at(&scratch, "tmp"), 0700), 0);
    setenv("TMPDIR", at(&scratch, "tmp"), 1);
    network_make(&scratch);
}

START_TEST(a_ledger_that_is_behind_is_compared_where_it_stands)
{
    uint64_t now_ms = tool_now_ms();
    begin_empty();
    make_empty("one", 3, now_ms);
    make_empty("two", 130, now_ms);
    ck_assert_int_eq(run("one", "two"), ERR_OK);
    ck_assert_uint_eq(findings.wrong[CHECK_LEDGERS], 0);
    ck_assert_uint_eq(findings.checked[CHECK_LEDGERS], 3 + 2);
    ck_assert_uint_eq(replay.height, 130);
    finish();
}
END_TEST

START_TEST(another_block_at_one_height_is_found)
{
    uint64_t now_ms = tool_now_ms();
    begin_empty();
    make_empty("one", 3, now_ms);
    make_empty("two", 4, now_ms + 1);
    ck_assert_int_eq(run("one", "two"), ERR_OK);
    finds("block 1 of one is not the one of two");
    finds("the state of one at height 3 follows another block");
    leaves_nothing_behind();
    finish();
}
END_TEST

START_TEST(a_directory_that_cannot_be_read_is_named)
{
    int lock;
    begin();
    copy_data("two");
    ck_assert_int_eq(directory_lock(at(&scratch, "two"), &lock), ERR_OK);
    ck_assert_int_eq(run("data", "two"), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(complaint.text, "two): the data directory: a node runs on it"));
    directory_unlock(lock);
    ck_assert_int_eq(run("data", "none"), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(complaint.text, "none): the log"));
    ck_assert_int_eq(run("none", "data"), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(complaint.text, "none): the genesis file"));
    leaves_nothing_behind();
    finish();
}
END_TEST

static const TTest *const *const cases[] = {
    &equal_ledgers_are_found_equal_and_say_what_they_hold,
    &a_state_that_differs_is_found,
    &a_block_that_cannot_be_read_is_found,
    &a_ledger_that_is_behind_is_compared_where_it_stands,
    &another_block_at_one_height_is_found,
    &a_directory_that_cannot_be_read_is_named,
};

int main(void)
{
    return suite_run("swarm/replay", cases, sizeof cases / sizeof cases[0]);
}
