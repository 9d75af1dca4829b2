#include "ledger/checkpoints.h"

#include "ledger/chunk_rows.h"
#include "ledger/chunks.h"
#include "ledger/compare.h"
#include "tests/unit/ledger/tables.h"

static struct scene a;
static struct scene b;

static void open_both(void)
{
    scene_open(&a, 2);
    scene_open(&b, 2);
    say_everything(&a);
    say_everything(&b);
    scene_checkpoint(&a);
    scene_checkpoint(&b);
}

static void close_both(void)
{
    scene_close(&a);
    scene_close(&b);
}

static void reopen(struct scene *scene)
{
    view_close(scene->view);
    ledger_close(scene->ledger);
    scene->ledger = ledger_at(scene->directory, scene->chain.genesis);
    assert_ok(view_open(scene->ledger, &scene->view));
}

/* What apply makes of a block; taken when it is right. */
static enum err try_block(struct ledger *ledger, const struct block *block)
{
    assert_ok(ledger_begin(ledger));
    enum err err = ledger_apply(ledger, block, NULL, NULL);
    if (err == ERR_OK)
        assert_ok(ledger_commit(ledger));
    else
        ledger_abort(ledger);
    return err;
}

static bool same_root(const struct scene *one, const struct scene *other)
{
    struct checkpoint x = ledger_checkpoint(one->ledger);
    struct checkpoint y = ledger_checkpoint(other->ledger);
    return checkpoint_equal(&x, &y);
}

/* ---- what a checkpoint says ---- */

START_TEST(the_genesis_has_one)
{
    struct scene fresh;
    struct scene other;
    scene_open(&fresh, 2);
    scene_open(&other, 2);
    struct checkpoint checkpoint = ledger_checkpoint(fresh.ledger);
    struct hash empty = hash_of(bytes_of(NULL, 0));
    ck_assert_uint_eq(checkpoint.height, 0);
    ck_assert_uint_eq(checkpoint.tree_size, 0);
    ck_assert(hash_equal(&checkpoint.tree_root, &empty));
    ck_assert(!hash_equal(&checkpoint.state_root, &empty));
    ck_assert(same_root(&fresh, &other));
    scene_close(&other);

    chain_open(&other.chain, 2);
    other.chain.genesis->organisations[1].name.text[0] = 'z';
    directory_new(other.directory);
    other.ledger = ledger_at(other.directory, other.chain.genesis);
    assert_ok(view_open(other.ledger, &other.view));
    ck_assert(!same_root(&fresh, &other));
    scene_close(&other);
    scene_close(&fresh);
}
END_TEST

START_TEST(it_is_of_its_own_block)
{
    struct checkpoint checkpoint = ledger_checkpoint(a.ledger);
    struct ledger_position position = ledger_position(a.ledger);
    ck_assert_uint_eq(checkpoint.height, position.height);
    ck_assert_uint_eq(checkpoint.tree_size, position.transactions);
    ck_assert(hash_equal(&checkpoint.tree_root, &position.root));
    accept(&a, speak(&a, ALFA_TWO, OP_BLOCK, 7));
    struct checkpoint later = ledger_checkpoint(a.ledger);
    ck_assert(checkpoint_equal(&checkpoint, &later));
    reopen(&a);
    later = ledger_checkpoint(a.ledger);
    ck_assert(checkpoint_equal(&checkpoint, &later));
    later = scene_checkpoint(&a);
    ck_assert_uint_eq(later.height, ledger_position(a.ledger).height);
    ck_assert(!hash_equal(&checkpoint.state_root, &later.state_root));
}
END_TEST

/* Every row of every hashed table, read again and hashed by the tree: nothing is kept from before,
 * nothing left out. */
static void assert_root_is_of_all_rows(struct ledger *ledger)
{
    static uint8_t buffer[1 << 20];
    struct chunks *chunks;
    struct chunk_tree tree = {{0}, {0}, {0}};
    struct chunk chunk = {.id = {0}};
    uint64_t rows = 0;
    assert_ok(chunks_open(ledger, &chunks));
    enum err err = chunks_next(chunks, chunk.id, &chunk);
    for (; err == ERR_OK; err = chunks_next(chunks, chunk.id, &chunk)) {
        struct chunk found;
        assert_ok(chunks_read(chunks, &chunk, buffer, sizeof(buffer)));
        assert_ok(chunk_rows_parse(bytes_of(buffer, chunk.size), &found));
        ck_assert(hash_equal(&found.hash, &chunk.hash));
        assert_ok(chunk_tree_add(&tree, &chunk));
        rows += found.rows;
    }
    assert_err(err, NOT_FOUND);
    struct hash root = chunk_tree_root(&tree);
    struct checkpoint checkpoint = chunks_checkpoint(chunks);
    ck_assert(hash_equal(&root, &checkpoint.state_root));
    chunks_close(chunks);

    struct state state;
    assert_ok(state_begin(ledger, false, &state));
    for (size_t place = 0; place < STATE_TABLE_COUNT; place++) {
        if (table_cut(place)->number != 0)
            rows -= txn_count(&state.txn, state_table(&state, place));
    }
    ck_assert_uint_eq(txn_count(&state.txn, state.tables->dirty), 0);
    txn_abort(&state.txn);
    ck_assert_uint_eq(rows, 0);
}

START_TEST(its_root_is_over_every_row)
{
    assert_root_is_of_all_rows(a.ledger);
    for (uint32_t i = 0; i < 40; i++) {
        struct item item = device_item(TAC + i * 97, i);
        accept(&a, chain_speak(&a.chain, ALFA_ONE, OP_BLOCK, &item, 1));
        if (i % 3 == 0)
            accept(&a, chain_speak(&a.chain, ALFA_ONE, OP_UNBLOCK, &item, 1));
        if (i % 7 == 0)
            scene_checkpoint(&a);
    }
    scene_checkpoint(&a);
    assert_root_is_of_all_rows(a.ledger);
}
END_TEST

START_TEST(a_chunk_that_has_lost_its_rows_is_gone)
{
    struct state state;
    struct item item = device_item(TAC + 1000000, 5);
    uint64_t before[2];
    uint64_t with[2];
    for (int round = 0; round < 2; round++) {
        uint64_t *count = round == 0 ? before : with;
        assert_ok(state_begin(a.ledger, false, &state));
        count[0] = txn_count(&state.txn, state.tables->chunks);
        count[1] = txn_count(&state.txn, state.tables->sections);
        txn_abort(&state.txn);
        if (round == 0) {
            accept(&a, chain_speak(&a.chain, ALFA_ONE, OP_BLOCK, &item, 1));
            scene_checkpoint(&a);
        }
    }
    ck_assert_uint_eq(with[0], before[0] + 1);
    ck_assert_uint_eq(with[1], before[1] + 1);
    accept(&a, chain_speak(&a.chain, ALFA_ONE, OP_UNBLOCK, &item, 1));
    scene_checkpoint(&a);
    assert_ok(state_begin(a.ledger, false, &state));
    /* The claim's are gone, those of its events have come. */
    ck_assert_uint_eq(txn_count(&state.txn, state.tables->chunks), with[0]);
    ck_assert_uint_eq(txn_count(&state.txn, state.tables->sections), with[1]);
    txn_abort(&state.txn);
    assert_root_is_of_all_rows(a.ledger);
}
END_TEST

START_TEST(a_written_row_of_every_hashed_table_changes_the_root)
{
    struct state state;
    assert_ok(state_begin(b.ledger, true, &state));
    struct whole_table table = table_at(&state, (size_t)_i);
    if (table_cut((size_t)_i)->number != 0) {
        struct row_change change = last_row(&state, table.table);
        struct bytes key = bytes_of(change.key, change.key_size);
        if (table.is_fixed) {
            state_remove(&state, table.in, key, bytes_of(change.value, change.value_size));
            state_add(&state, table.in, key, bytes_of(change.other, change.value_size));
        } else {
            state_put(&state, table.in, key, bytes_of(change.other, change.value_size));
        }
        struct checkpoint before;
        struct checkpoint after;
        struct ledger_position position = ledger_position(b.ledger);
        assert_ok(checkpoint_last(&state, &before));
        assert_ok(checkpoint_make(&state, &position, &after));
        ck_assert(!hash_equal(&before.state_root, &after.state_root));
        /* And back. */
        if (table.is_fixed)
            state_remove(&state, table.in, key, bytes_of(change.other, change.value_size));
        state_put(&state, table.in, key, bytes_of(change.value, change.value_size));
        assert_ok(checkpoint_make(&state, &position, &after));
        ck_assert(hash_equal(&before.state_root, &after.state_root));
    }
    txn_abort(&state.txn);
}
END_TEST

/* ---- whom it stops ---- */

START_TEST(a_block_that_says_anything_else_is_refused_and_changes_nothing)
{
    struct chain before = a.chain;
    struct checkpoint right = ledger_checkpoint(a.ledger);
    struct ledger_position position = ledger_position(a.ledger);
    for (size_t at = 0; at <= CHECKPOINT_SIZE; at++) {
        uint8_t entry[CHECKPOINT_SIZE + 1] = {0};
        struct writer writer = writer_over(entry, CHECKPOINT_SIZE);
        checkpoint_write(&writer, &right);
        entry[at] ^= 1; /* the last one: a byte too many */
        a.chain.height = before.height;
        a.chain.head = before.head;
        block_begin(&a.chain);
        block_add(&a.chain, bytes_of(entry, at < CHECKPOINT_SIZE ? CHECKPOINT_SIZE : at + 1));
        struct block block = block_end(&a.chain, BLOCK_CHECKPOINT);
        assert_err(try_block(a.ledger, &block), CHECKPOINT);
    }
    struct ledger_position after = ledger_position(a.ledger);
    ck_assert(hash_equal(&after.head, &position.head));
    struct ledger_difference difference;
    assert_ok(ledger_compare(a.ledger, b.ledger, &difference));
    a.chain.height = before.height;
    a.chain.head = before.head;
    struct block block = block_of_checkpoint(&a.chain, &right);
    assert_ok(try_block(a.ledger, &block));
}
END_TEST

START_TEST(an_older_checkpoint_is_not_the_last)
{
    struct checkpoint old = ledger_checkpoint(a.ledger);
    accept(&a, speak(&a, ALFA_TWO, OP_BLOCK, 7));
    scene_checkpoint(&a);
    struct block block = block_of_checkpoint(&a.chain, &old);
    assert_err(try_block(a.ledger, &block), CHECKPOINT);
}
END_TEST

/* A bit that flips on disk in the last row of the claims on TAC: nobody has written that row. */
static void flip(struct scene *scene)
{
    struct state state;
    assert_ok(state_begin(scene->ledger, true, &state));
    struct row_change change = last_row(&state, state.tables->claims);
    struct bytes key = bytes_of(change.key, change.key_size);
    ck_assert(txn_remove(&state.txn, state.tables->claims, key,
                         bytes_of(change.value, change.value_size)));
    txn_put(&state.txn, state.tables->claims, key, bytes_of(change.other, change.value_size));
    assert_ok(txn_commit(&state.txn));
}

/* The same block for both. */
static void both_accept(uint32_t tac)
{
    struct item item = device_item(tac, 900);
    accept(&a, chain_speak(&a.chain, ALFA_TWO, OP_BLOCK, &item, 1));
    struct item again = device_item(tac, 900);
    accept(&b, chain_speak(&b.chain, ALFA_TWO, OP_BLOCK, &again, 1));
}

START_TEST(a_flipped_row_is_found_when_its_chunk_is_written)
{
    flip(&b);
    both_accept(TAC);
    scene_checkpoint(&a);
    scene_checkpoint(&b); /* says what was before; now its own root is another one */
    ck_assert(!same_root(&a, &b));
    struct checkpoint right = ledger_checkpoint(a.ledger);
    struct block block = block_of_checkpoint(&b.chain, &right);
    assert_err(try_block(b.ledger, &block), CHECKPOINT);
    block = block_of_checkpoint(&a.chain, &right);
    assert_ok(try_block(a.ledger, &block));
}
END_TEST

START_TEST(a_flipped_row_that_nobody_writes_near_is_found_by_comparing)
{
    struct ledger_difference difference;
    flip(&b);
    both_accept(TAC + 1);
    scene_checkpoint(&a);
    scene_checkpoint(&b);
    ck_assert(same_root(&a, &b)); /* read no more than what was written */
    assert_err(ledger_compare(a.ledger, b.ledger, &difference), DIVERGED);
    ck_assert_str_eq(difference.table, "claims");
    /* Nor is it given away. */
    static uint8_t buffer[1 << 20];
    struct chunks *chunks;
    struct chunk chunk;
    assert_ok(chunks_open(b.ledger, &chunks));
    assert_ok(chunks_next(chunks, (struct chunk_id){(UINT64_C(5) << 32) + TAC - 1}, &chunk));
    assert_err(chunks_read(chunks, &chunk, buffer, sizeof(buffer)), DAMAGED);
    chunks_close(chunks);
}
END_TEST

/* ---- batches and restarts ---- */

START_TEST(a_restart_between_a_write_and_the_checkpoint_loses_no_mark)
{
    for (uint32_t i = 0; i < 5; i++) {
        both_accept(TAC + i);
        reopen(&b);
    }
    scene_checkpoint(&a);
    scene_checkpoint(&b);
    ck_assert(same_root(&a, &b));
    assert_root_is_of_all_rows(b.ledger);
}
END_TEST

START_TEST(a_batch_that_is_given_up_leaves_its_marks_to_the_next)
{
    struct item item = device_item(TAC + 5, 900);
    struct bytes entry = chain_speak(&b.chain, ALFA_TWO, OP_BLOCK, &item, 1);
    block_begin(&b.chain);
    block_add(&b.chain, entry);
    struct block block = block_end(&b.chain, BLOCK_TRANSACTIONS);
    for (int round = 0; round < 2; round++) {
        assert_ok(ledger_begin(b.ledger));
        assert_ok(ledger_apply(b.ledger, &block, NULL, NULL));
        if (round == 0)
            ledger_abort(b.ledger);
    }
    assert_ok(ledger_commit(b.ledger));
    scene_checkpoint(&b);
    assert_root_is_of_all_rows(b.ledger);
}
END_TEST

START_TEST(rows_written_after_a_checkpoint_in_its_batch_are_marked)
{
    struct item item = device_item(TAC + 5, 900);
    struct checkpoint last = ledger_checkpoint(b.ledger);
    assert_ok(ledger_begin(b.ledger));
    for (uint32_t i = 0; i < 6; i++) {
        struct block block;
        if (i % 2 == 0) {
            item.from.value = item.to.value = item.from.value + 1;
            struct bytes entry = chain_speak(&b.chain, ALFA_TWO, OP_BLOCK, &item, 1);
            block_begin(&b.chain);
            block_add(&b.chain, entry);
            block = block_end(&b.chain, BLOCK_TRANSACTIONS);
        } else {
            block = block_of_checkpoint(&b.chain, &last);
        }
        assert_ok(ledger_apply(b.ledger, &block, NULL, NULL));
        /* Within its batch a ledger does not tell its checkpoints: one that commits each does. */
        apply_block(a.ledger, &block, NULL, NULL);
        last = ledger_checkpoint(a.ledger);
    }
    assert_ok(ledger_commit(b.ledger));
    ck_assert(same_root(&a, &b));
    assert_root_is_of_all_rows(b.ledger);
}
END_TEST

START_TEST(only_a_state_at_a_checkpoint_has_chunks_to_give)
{
    struct chunks *chunks;
    struct checkpoint right = ledger_checkpoint(a.ledger);
    assert_ok(chunks_open(a.ledger, &chunks));
    struct checkpoint found = chunks_checkpoint(chunks);
    ck_assert(checkpoint_equal(&found, &right));
    struct chunk chunk;
    uint8_t small[CHUNK_ID_SIZE];
    assert_ok(chunks_next(chunks, (struct chunk_id){0}, &chunk));
    assert_err(chunks_read(chunks, &chunk, small, sizeof(small)), TOO_LARGE);
    chunks_close(chunks);
    accept(&a, speak(&a, ALFA_TWO, OP_BLOCK, 7));
    assert_err(chunks_open(a.ledger, &chunks), NOT_FOUND);
    ck_assert_ptr_null(chunks);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/checkpoints");
    TCase *all = tcase_create("checkpoints");
    tcase_add_checked_fixture(all, open_both, close_both);
    tcase_add_test(all, the_genesis_has_one);
    tcase_add_test(all, it_is_of_its_own_block);
    tcase_add_test(all, its_root_is_over_every_row);
    tcase_add_test(all, a_chunk_that_has_lost_its_rows_is_gone);
    tcase_add_loop_test(all, a_written_row_of_every_hashed_table_changes_the_root, 0,
                        STATE_TABLE_COUNT);
    tcase_add_test(all, a_block_that_says_anything_else_is_refused_and_changes_nothing);
    tcase_add_test(all, an_older_checkpoint_is_not_the_last);
    tcase_add_test(all, a_flipped_row_is_found_when_its_chunk_is_written);
    tcase_add_test(all, a_flipped_row_that_nobody_writes_near_is_found_by_comparing);
    tcase_add_test(all, a_restart_between_a_write_and_the_checkpoint_loses_no_mark);
    tcase_add_test(all, a_batch_that_is_given_up_leaves_its_marks_to_the_next);
    tcase_add_test(all, rows_written_after_a_checkpoint_in_its_batch_are_marked);
    tcase_add_test(all, only_a_state_at_a_checkpoint_has_chunks_to_give);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
