/*
 * The ledger as a whole: opened, applied to in batches, given up, killed, filled to the disk's end.
 */
#include "ledger/ledger.h"

#include "ledger/compare.h"
#include "tests/unit/ledger/said.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define KEPT_BLOCKS 12

/* ---- blocks that outlive the next ---- */

struct kept {
    struct chain chain;
    char directory[64];
    size_t size[KEPT_BLOCKS + 1]; /* by height */
    uint8_t *data[KEPT_BLOCKS + 1];
};

static struct kept kept;

static void keep(enum block_kind kind)
{
    struct block block = block_end(&kept.chain, kind);
    uint64_t height = block.header.height;
    kept.size[height] = block.encoded.size;
    kept.data[height] = malloc(block.encoded.size);
    ck_assert_ptr_nonnull(kept.data[height]);
    memcpy(kept.data[height], block.encoded.data, block.encoded.size);
}

/* Blocks of the two kinds that matter, with claims on devices and ranges. */
static void keep_blocks(void)
{
    uint64_t seed = 5;
    chain_open(&kept.chain, 1);
    directory_new(kept.directory);
    for (uint32_t height = 1; height <= KEPT_BLOCKS; height++) {
        kept.chain.time_ms += 1000;
        block_begin(&kept.chain);
        if (height == 1) {
            keep(BLOCK_NOOP);
            continue;
        }
        for (uint32_t i = 0; i < 20; i++) {
            uint32_t serial = (uint32_t)chance_below(&seed, 100);
            struct item item =
                i % 4 == 0 ? range_item(TAC, serial, serial + 1 + i) : device_item(TAC, serial);
            enum operation operation = (enum operation)(1 + chance_below(&seed, 8));
            size_t member = chance_below(&seed, 5);
            block_add(&kept.chain, chain_speak(&kept.chain, member, operation, &item, 1));
        }
        keep(BLOCK_TRANSACTIONS);
    }
}

static void drop_blocks(void)
{
    for (size_t i = 0; i <= KEPT_BLOCKS; i++)
        free(kept.data[i]);
    directory_remove(kept.directory);
    chain_close(&kept.chain);
}

static struct block kept_block(uint64_t height)
{
    struct block block;
    assert_ok(block_parse(bytes_of(kept.data[height], kept.size[height]), &block));
    return block;
}

static struct ledger_options options_at(const char *directory)
{
    return (struct ledger_options){.directory = directory, .genesis = kept.chain.genesis};
}

static struct ledger *open_at(const char *directory)
{
    struct ledger_options options = options_at(directory);
    struct ledger *ledger;
    assert_ok(ledger_open(&options, &ledger));
    return ledger;
}

static void apply_to(struct ledger *ledger, uint64_t from, uint64_t to)
{
    assert_ok(ledger_begin(ledger));
    for (uint64_t height = from; height <= to; height++) {
        struct block block = kept_block(height);
        assert_ok(ledger_apply(ledger, &block, NULL, NULL));
    }
    assert_ok(ledger_commit(ledger));
}

/* The ledger is what the blocks up to its height make of it, whatever happened to it. */
static void assert_is_at(struct ledger *ledger, uint64_t height)
{
    char directory[64];
    struct ledger_difference difference;
    ck_assert_uint_eq(ledger_position(ledger).height, height);
    directory_new(directory);
    struct ledger *fresh = ledger_at(directory, kept.chain.genesis);
    if (height > 0)
        apply_to(fresh, 1, height);
    assert_ok(ledger_compare(ledger, fresh, &difference));
    ledger_close(fresh);
    directory_remove(directory);
}

/* ---- opening ---- */

START_TEST(a_new_ledger_stands_at_the_genesis)
{
    struct ledger *ledger = open_at(kept.directory);
    struct ledger_position position = ledger_position(ledger);
    ck_assert_uint_eq(position.height, 0);
    ck_assert_uint_eq(position.term, 0);
    ck_assert_uint_eq(position.time_ms, SCENE_TIME_MS);
    ck_assert_uint_eq(position.transactions, 0);
    ck_assert(hash_equal(&position.head, &kept.chain.genesis->network));
    struct hash nothing = hash_of(bytes_of("", 0));
    ck_assert(hash_equal(&position.root, &nothing));

    struct view *view;
    assert_ok(view_open(ledger, &view));
    for (size_t i = 0; i < MEMBERS; i++) {
        struct organisation_info info;
        assert_ok(view_organisation(view, (uint16_t)(i + 1), &info));
        ck_assert_str_eq(info.name.text, kept.chain.members[i].name.text);
        ck_assert_uint_eq(info.roles, kept.chain.members[i].roles);
        ck_assert_uint_eq(info.key_count, 1);
        ck_assert_uint_eq(info.keys[0].from_height, 0);
    }
    view_close(view);
    ledger_close(ledger);
}
END_TEST

START_TEST(a_ledger_is_found_again_where_it_stood)
{
    struct ledger *ledger = open_at(kept.directory);
    apply_to(ledger, 1, 5);
    struct ledger_position before = ledger_position(ledger);
    ledger_close(ledger);
    ledger = open_at(kept.directory);
    struct ledger_position after = ledger_position(ledger);
    ck_assert_uint_eq(after.height, 5);
    ck_assert_uint_eq(after.term, before.term);
    ck_assert_uint_eq(after.time_ms, before.time_ms);
    ck_assert_uint_eq(after.transactions, before.transactions);
    ck_assert(hash_equal(&after.head, &before.head));
    ck_assert(hash_equal(&after.root, &before.root));
    apply_to(ledger, 6, KEPT_BLOCKS);
    assert_is_at(ledger, KEPT_BLOCKS);
    ledger_close(ledger);
}
END_TEST

START_TEST(refuses_the_data_of_another_genesis)
{
    ledger_close(open_at(kept.directory));
    kept.chain.genesis->network.bytes[0] ^= 1;
    struct ledger_options options = options_at(kept.directory);
    struct ledger *ledger;
    assert_err(ledger_open(&options, &ledger), FOREIGN_DATA);
    ck_assert_ptr_null(ledger);
    options.read_only = true;
    assert_err(ledger_open(&options, &ledger), FOREIGN_DATA);
}
END_TEST

START_TEST(reads_only_what_is_there_and_changes_nothing)
{
    struct ledger_options options = options_at(kept.directory);
    struct ledger *ledger;
    options.read_only = true;
    assert_err(ledger_open(&options, &ledger), NOT_FOUND);
    struct ledger *writer = open_at(kept.directory);
    apply_to(writer, 1, 3);
    ledger_close(writer);
    assert_ok(ledger_open(&options, &ledger));
    assert_is_at(ledger, 3);
    ck_assert_int_eq(err_kind(ledger_begin(ledger)), ERR_KIND_BROKEN);
    ck_assert_uint_eq(ledger_position(ledger).height, 3);
    ledger_close(ledger);
}
END_TEST

/* Changes one row of `meta` or `standing` and opens again. */
static enum err open_with_row(bool is_standing, const char *key, struct bytes value)
{
    struct ledger *ledger = open_at(kept.directory);
    struct state state;
    assert_ok(state_begin(ledger, true, &state));
    struct table table = is_standing ? state.tables->standing : state.tables->meta;
    if (value.data == NULL)
        txn_delete(&state.txn, table, bytes_of(key, strlen(key)));
    else
        txn_put(&state.txn, table, bytes_of(key, strlen(key)), value);
    assert_ok(txn_commit(&state.txn));
    ledger_close(ledger);
    struct ledger_options options = options_at(kept.directory);
    return ledger_open(&options, &ledger);
}

START_TEST(refuses_a_state_that_it_cannot_read)
{
    static const struct {
        bool is_standing; /* a row of that table; else of `meta` */
        const char *key;
        struct bytes value;
        enum err err;
    } cases[] = {
        {false, "format", {(const uint8_t *)"\0\1", 2}, ERR_OLD_FORMAT},
        {false, "format", {(const uint8_t *)"\0\2", 2}, ERR_OLD_FORMAT},
        {false, "format", {(const uint8_t *)"\1", 1}, ERR_OLD_FORMAT},
        {false, "network", {NULL, 0}, ERR_DAMAGED},
        {false, "network", {(const uint8_t *)"short", 5}, ERR_FOREIGN_DATA},
        {false, "checkpoint", {NULL, 0}, ERR_DAMAGED},
        {false, "checkpoint", {(const uint8_t *)"short", 5}, ERR_DAMAGED},
        {true, "position", {NULL, 0}, ERR_DAMAGED},
        {true, "position", {(const uint8_t *)"short", 5}, ERR_DAMAGED},
        {true, "frontier", {NULL, 0}, ERR_DAMAGED},
        {true, "frontier", {(const uint8_t *)"a peak too many, of 32 bytes ..", 32}, ERR_DAMAGED},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum err err = open_with_row(cases[i].is_standing, cases[i].key, cases[i].value);
        ck_assert_str_eq(err_name(err), err_name(cases[i].err));
        directory_remove(kept.directory);
    }
}
END_TEST

/* A state of format 1: it has none of the tables of nodes. */
static void write_old_state(void)
{
    struct store_options options = {
        .directory = kept.directory, .tables_max = STATE_TABLE_COUNT, .no_sync = true};
    struct store *store;
    struct txn txn;
    assert_ok(store_open(&options, &store));
    assert_ok(txn_begin(store, true, &txn));
    struct table meta = txn_table(&txn, "meta", TABLE_PLAIN);
    txn_put(&txn, meta, bytes_of("format", 6), bytes_of("\0\1", 2));
    txn_put(&txn, meta, bytes_of("network", 7),
            bytes_of(kept.chain.genesis->network.bytes, HASH_SIZE));
    assert_ok(txn_commit(&txn));
    store_close(store);
}

START_TEST(a_state_of_another_format_is_told_from_one_that_is_not_there)
{
    write_old_state();
    struct ledger_options options = options_at(kept.directory);
    struct ledger *ledger;
    for (int i = 0; i < 4; i++) {
        options.read_only = i % 2 == 0;
        assert_err(ledger_open(&options, &ledger), OLD_FORMAT);
    }
}
END_TEST

/* ---- blocks ---- */

START_TEST(refuses_a_block_that_does_not_follow)
{
    struct ledger *ledger = open_at(kept.directory);
    apply_to(ledger, 1, 3);
    for (int flaw = 0; flaw < 5; flaw++) {
        struct block block = kept_block(4);
        switch (flaw) {
        case 0: block = kept_block(3); break;
        case 1: block = kept_block(5); break;
        case 2: block.header.previous.bytes[7] ^= 1; break;
        case 3: block.header.term = 0; break;
        default: block.header.time_ms = ledger_position(ledger).time_ms - 1; break;
        }
        assert_ok(ledger_begin(ledger));
        assert_err(ledger_apply(ledger, &block, NULL, NULL), BROKEN_CHAIN);
        struct block right = kept_block(4);
        assert_err(ledger_apply(ledger, &right, NULL, NULL), BROKEN_CHAIN); /* the batch is gone */
        assert_err(ledger_commit(ledger), BROKEN_CHAIN);
        ck_assert_uint_eq(ledger_position(ledger).height, 3);
    }
    assert_is_at(ledger, 3);
    apply_to(ledger, 4, 4);
    assert_is_at(ledger, 4);
    ledger_close(ledger);
}
END_TEST

START_TEST(the_first_block_has_no_time_to_follow)
{
    struct scene scene;
    scene_open(&scene, 1);
    scene.chain.time_ms = SCENE_TIME_MS - 1; /* a clock behind that of whoever made the genesis */
    block_begin(&scene.chain);
    struct block block = block_end(&scene.chain, BLOCK_NOOP);
    apply_block(scene.ledger, &block, NULL, NULL);
    ck_assert_uint_eq(ledger_position(scene.ledger).time_ms, SCENE_TIME_MS - 1);
    scene_close(&scene);
}
END_TEST

START_TEST(views_see_a_batch_when_it_is_committed)
{
    struct ledger *ledger = open_at(kept.directory);
    struct view *view;
    assert_ok(view_open(ledger, &view));
    assert_ok(ledger_begin(ledger));
    for (uint64_t height = 1; height <= 4; height++) {
        struct block block = kept_block(height);
        assert_ok(ledger_apply(ledger, &block, NULL, NULL));
    }
    assert_ok(view_refresh(view));
    ck_assert_uint_eq(view_position(view).height, 0);
    ck_assert_uint_eq(ledger_position(ledger).height, 0);
    assert_ok(ledger_commit(ledger));
    ck_assert_uint_eq(view_position(view).height, 0);
    assert_ok(view_refresh(view));
    struct ledger_position seen = view_position(view);
    struct ledger_position stands = ledger_position(ledger);
    ck_assert_uint_eq(seen.height, 4);
    ck_assert(hash_equal(&seen.head, &stands.head));
    ck_assert(hash_equal(&seen.root, &stands.root));
    view_close(view);
    ledger_close(ledger);
}
END_TEST

START_TEST(the_root_is_that_of_all_transactions_in_order)
{
    struct ledger *ledger = open_at(kept.directory);
    struct merkle_frontier frontier = {0};
    for (uint64_t height = 1; height <= KEPT_BLOCKS; height++) {
        struct block block = kept_block(height);
        struct block_walk walk = block_walk(&block);
        struct bytes entry;
        while (block_walk_next(&walk, &entry)) {
            struct hash leaf = merkle_leaf(entry);
            merkle_frontier_add(&frontier, &leaf);
        }
        apply_to(ledger, height, height);
        struct hash root = merkle_frontier_root(&frontier);
        struct ledger_position position = ledger_position(ledger);
        ck_assert_uint_eq(position.transactions, frontier.size);
        ck_assert(hash_equal(&position.root, &root));
        ck_assert(hash_equal(&position.head, &block.hash));
    }
    ledger_close(ledger);
}
END_TEST

START_TEST(blocks_of_other_kinds_move_the_place_and_nothing_else)
{
    struct scene scene;
    scene_open(&scene, 1);
    struct hash before = fingerprint(scene.ledger, true);
    for (size_t i = 0; i < 2; i++) {
        if (i == 0) {
            block_begin(&scene.chain);
            struct block block = block_end(&scene.chain, BLOCK_NOOP);
            apply_block(scene.ledger, &block, NULL, NULL);
        } else {
            scene_checkpoint(&scene);
        }
        ck_assert_uint_eq(ledger_position(scene.ledger).height, i + 1);
        ck_assert_uint_eq(ledger_position(scene.ledger).transactions, 0);
    }
    struct hash after = fingerprint(scene.ledger, true);
    ck_assert(hash_equal(&before, &after));
    scene_close(&scene);
}
END_TEST

/* ---- signatures ---- */

struct hook {
    size_t calls;
    size_t fail_at; /* the call that fails; 0: none */
    enum err err;
};

static enum err hooked(void *context, const struct transaction *transaction,
                       const struct public_key *key)
{
    struct hook *hook = context;
    struct key_id id = key_id_of(key);
    ck_assert(key_id_equal(&id, &transaction->envelope.kid));
    return ++hook->calls == hook->fail_at ? hook->err : ERR_OK;
}

START_TEST(an_error_of_the_verifier_is_the_nodes_and_not_the_transactions)
{
    struct hook hook = {.fail_at = 30, .err = ERR_MEMORY};
    struct ledger_options options = options_at(kept.directory);
    struct ledger *ledger;
    options.verify = hooked;
    options.verify_context = &hook;
    assert_ok(ledger_open(&options, &ledger));
    apply_to(ledger, 1, 2);
    ck_assert_uint_eq(hook.calls, 20);
    assert_ok(ledger_begin(ledger));
    struct block block = kept_block(3);
    assert_err(ledger_apply(ledger, &block, NULL, NULL), MEMORY);
    assert_err(ledger_commit(ledger), MEMORY);
    assert_is_at(ledger, 2);
    apply_to(ledger, 3, 3);
    assert_is_at(ledger, 3);
    ledger_close(ledger);
}
END_TEST

/* ---- crashes ---- */

static void step_done(int pipe_end)
{
    ck_assert_int_eq(write(pipe_end, "", 1), 1);
}

/* Applies blocks one by one and says so after each step, until it is killed. */
static void apply_until_killed(int pipe_end)
{
    struct ledger *ledger = open_at(kept.directory);
    for (uint64_t height = 1; height <= KEPT_BLOCKS; height++) {
        struct block block = kept_block(height);
        assert_ok(ledger_begin(ledger));
        step_done(pipe_end);
        assert_ok(ledger_apply(ledger, &block, NULL, NULL));
        step_done(pipe_end);
        assert_ok(ledger_commit(ledger));
        step_done(pipe_end);
    }
    for (;;)
        pause();
}

static void run_and_kill(size_t steps)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        close(ends[0]);
        apply_until_killed(ends[1]);
    }
    close(ends[1]);
    char byte;
    for (size_t i = 0; i < steps; i++)
        ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    close(ends[0]);
}

START_TEST(a_killed_node_stands_at_a_block_whole)
{
    size_t steps = 1 + (size_t)_i;
    run_and_kill(steps);
    struct ledger *ledger = open_at(kept.directory);
    uint64_t height = ledger_position(ledger).height;
    /* What was said to be committed is; the child may have been faster than the signal. */
    ck_assert_uint_ge(height, steps / 3);
    assert_is_at(ledger, height);
    if (height < KEPT_BLOCKS)
        apply_to(ledger, height + 1, KEPT_BLOCKS);
    assert_is_at(ledger, KEPT_BLOCKS);
    ledger_close(ledger);
}
END_TEST

START_TEST(a_node_killed_before_the_commit_stands_where_it_stood)
{
    struct ledger *ledger = open_at(kept.directory);
    apply_to(ledger, 1, 5);
    ledger_close(ledger);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        ledger = open_at(kept.directory);
        assert_ok(ledger_begin(ledger));
        for (uint64_t height = 6; height <= KEPT_BLOCKS; height++) {
            struct block block = kept_block(height);
            assert_ok(ledger_apply(ledger, &block, NULL, NULL));
        }
        raise(SIGKILL);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ledger = open_at(kept.directory);
    assert_is_at(ledger, 5);
    apply_to(ledger, 6, KEPT_BLOCKS);
    assert_is_at(ledger, KEPT_BLOCKS);
    ledger_close(ledger);
}
END_TEST

/* Every write of a file beyond its size fails from here on, as on a full disk. */
static void fill_disk(const char *directory)
{
    char path[96];
    struct stat status;
    snprintf(path, sizeof(path), "%s/data.mdb", directory);
    ck_assert_int_eq(stat(path, &status), 0);
    struct rlimit limit = {.rlim_cur = (rlim_t)status.st_size, .rlim_max = RLIM_INFINITY};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    ck_assert_int_eq(sigaction(SIGXFSZ, &ignore, NULL), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void free_disk(void)
{
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_commit_that_finds_no_room_leaves_the_old_height)
{
    struct ledger *ledger = open_at(kept.directory);
    apply_to(ledger, 1, 5);
    fill_disk(kept.directory);
    assert_ok(ledger_begin(ledger));
    for (uint64_t height = 6; height <= KEPT_BLOCKS; height++) {
        struct block block = kept_block(height);
        assert_ok(ledger_apply(ledger, &block, NULL, NULL));
    }
    ck_assert_int_eq(err_kind(ledger_commit(ledger)), ERR_KIND_BROKEN);
    ck_assert_uint_eq(ledger_position(ledger).height, 5);
    ledger_close(ledger);
    free_disk();
    ledger = open_at(kept.directory);
    assert_is_at(ledger, 5);
    apply_to(ledger, 6, KEPT_BLOCKS);
    assert_is_at(ledger, KEPT_BLOCKS);
    ledger_close(ledger);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/ledger");
    TCase *all = tcase_create("ledger");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, keep_blocks, drop_blocks);
    tcase_add_test(all, a_new_ledger_stands_at_the_genesis);
    tcase_add_test(all, a_ledger_is_found_again_where_it_stood);
    tcase_add_test(all, refuses_the_data_of_another_genesis);
    tcase_add_test(all, reads_only_what_is_there_and_changes_nothing);
    tcase_add_test(all, refuses_a_state_that_it_cannot_read);
    tcase_add_test(all, a_state_of_another_format_is_told_from_one_that_is_not_there);
    tcase_add_test(all, refuses_a_block_that_does_not_follow);
    tcase_add_test(all, the_first_block_has_no_time_to_follow);
    tcase_add_test(all, views_see_a_batch_when_it_is_committed);
    tcase_add_test(all, the_root_is_that_of_all_transactions_in_order);
    tcase_add_test(all, blocks_of_other_kinds_move_the_place_and_nothing_else);
    tcase_add_test(all, an_error_of_the_verifier_is_the_nodes_and_not_the_transactions);
    tcase_add_loop_test(all, a_killed_node_stands_at_a_block_whole, 0, 3 * KEPT_BLOCKS);
    tcase_add_test(all, a_node_killed_before_the_commit_stands_where_it_stood);
    tcase_add_test(all, a_commit_that_finds_no_room_leaves_the_old_height);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
