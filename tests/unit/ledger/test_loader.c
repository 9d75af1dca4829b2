#include "ledger/loader.h"

#include "ledger/chunk_rows.h"
#include "ledger/compare.h"
#include "tests/unit/ledger/loading.h"
#include "tests/unit/ledger/tables.h"

static struct scene scene;
static char directory[64];
static struct chunks *chunks;
static struct checkpoint checkpoint;

static void open_scene(void)
{
    scene_open(&scene, 2);
    say_everything(&scene);
    for (uint32_t i = 0; i < 30; i++) {
        struct item item = device_item(TAC + i * 50, i);
        accept(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, &item, 1));
    }
    refuse(&scene, speak(&scene, ALFA_ONE, OP_UNBLOCK, 777), ERR_CLAIM_ABSENT);
    struct statement taken = about(&scene, ALFA_ONE, OP_BLOCK, 778);
    taken.number = 2; /* has been used: by ALFA_ONE's second statement, in its lane */
    refuse(&scene, chain_sign(&scene.chain, ALFA_ONE, &taken), ERR_NUMBER_TAKEN);
    ignore(&scene, bytes_of("no transaction", 14), ERR_WRONG_TYPE);
    checkpoint = scene_checkpoint(&scene);
    assert_ok(chunks_open(scene.ledger, &chunks));
    directory_new(directory);
}

static void close_scene(void)
{
    chunks_close(chunks);
    directory_remove(directory);
    scene_close(&scene);
}

static void assert_same_as_replayed(void)
{
    struct ledger_difference difference;
    struct ledger *loaded = ledger_at(directory, scene.chain.genesis);
    enum err err = ledger_compare(scene.ledger, loaded, &difference);
    ck_assert_msg(err == ERR_OK, "they differ in %s", difference.table);
    struct checkpoint found = ledger_checkpoint(loaded);
    ck_assert(checkpoint_equal(&found, &checkpoint));
    ledger_close(loaded);
}

START_TEST(what_was_loaded_is_what_was_replayed_and_goes_on_alike)
{
    struct ledger_difference difference;
    struct ledger *loaded = load_ledger(scene.ledger, scene.chain.genesis, directory);
    assert_ok(ledger_compare(scene.ledger, loaded, &difference));
    for (uint32_t i = 0; i < 20; i++) {
        struct checkpoint last = ledger_checkpoint(loaded);
        struct block block;
        if (i % 4 == 3) {
            block = block_of_checkpoint(&scene.chain, &last);
        } else {
            struct item item = device_item(TAC + i * 50, i);
            struct bytes entry =
                chain_speak(&scene.chain, ALFA_ONE, i % 2 == 0 ? OP_UNBLOCK : OP_WATCH, &item, 1);
            block_begin(&scene.chain);
            block_add(&scene.chain, entry);
            block = block_end(&scene.chain, BLOCK_TRANSACTIONS);
        }
        apply_block(scene.ledger, &block, NULL, NULL);
        apply_block(loaded, &block, NULL, NULL);
    }
    assert_ok(ledger_compare(scene.ledger, loaded, &difference));
    ledger_close(loaded);
}
END_TEST

START_TEST(goes_on_where_it_was_broken_off)
{
    bool more = true;
    while (more) {
        struct loader *loader = loader_at(directory, scene.chain.genesis, &checkpoint);
        for (int i = 0; i < 7 && more; i++)
            more = load_next(chunks, loader);
        struct ledger_options options = {.directory = directory, .genesis = scene.chain.genesis};
        struct ledger *early;
        if (more) {
            assert_ok(loader_keep(loader));
            loader_close(loader);
            assert_err(ledger_open(&options, &early), OLD_FORMAT); /* it is no state yet */
            continue;
        }
        assert_ok(loader_end(loader));
        loader_close(loader);
    }
    assert_same_as_replayed();
}
END_TEST

START_TEST(what_was_not_kept_is_wanted_again)
{
    struct loader *loader = loader_at(directory, scene.chain.genesis, &checkpoint);
    ck_assert_uint_eq(loader_last(loader).value, 0);
    for (int i = 0; i < 7; i++)
        ck_assert(load_next(chunks, loader));
    ck_assert_uint_ne(loader_last(loader).value, 0);
    loader_close(loader);
    loader = loader_at(directory, scene.chain.genesis, &checkpoint);
    ck_assert_uint_eq(loader_last(loader).value, 0);
    while (load_next(chunks, loader))
        ;
    assert_ok(loader_end(loader));
    loader_close(loader);
    assert_same_as_replayed();
}
END_TEST

START_TEST(refuses_bytes_that_are_not_the_chunks_and_takes_the_right_ones)
{
    static uint8_t buffer[LOADING_BYTES_MAX];
    struct loader *loader = loader_at(directory, scene.chain.genesis, &checkpoint);
    struct chunk chunk;
    struct chunk_id before = {0};
    while (chunks_next(chunks, before, &chunk) == ERR_OK) {
        assert_ok(chunks_read(chunks, &chunk, buffer, sizeof(buffer)));
        buffer[chunk.size - 1] ^= 1;
        assert_err(loader_add(loader, &chunk, bytes_of(buffer, chunk.size)), DAMAGED);
        ck_assert_uint_eq(loader_last(loader).value, before.value);
        buffer[chunk.size - 1] ^= 1;
        assert_ok(loader_add(loader, &chunk, bytes_of(buffer, chunk.size)));
        assert_err(loader_add(loader, &chunk, bytes_of(buffer, chunk.size)), NOT_CANONICAL);
        before = chunk.id;
    }
    assert_ok(loader_end(loader));
    loader_close(loader);
    assert_same_as_replayed();
}
END_TEST

START_TEST(a_list_with_a_chunk_too_few_is_not_the_checkpoints)
{
    static uint8_t buffer[LOADING_BYTES_MAX];
    struct loader *loader = loader_at(directory, scene.chain.genesis, &checkpoint);
    struct chunk chunk = {.id = {0}};
    for (int at = 0; chunks_next(chunks, chunk.id, &chunk) == ERR_OK; at++) {
        if (at == _i)
            continue;
        assert_ok(chunks_read(chunks, &chunk, buffer, sizeof(buffer)));
        assert_ok(loader_add(loader, &chunk, bytes_of(buffer, chunk.size)));
    }
    assert_err(loader_end(loader), CHECKPOINT);
    loader_close(loader);
}
END_TEST

START_TEST(a_false_chunk_with_its_own_hash_is_not_the_checkpoints)
{
    static uint8_t buffer[LOADING_BYTES_MAX];
    struct loader *loader = loader_at(directory, scene.chain.genesis, &checkpoint);
    struct chunk chunk = {.id = {0}};
    for (int at = 0; chunks_next(chunks, chunk.id, &chunk) == ERR_OK; at++) {
        struct chunk said = chunk;
        assert_ok(chunks_read(chunks, &chunk, buffer, sizeof(buffer)));
        if (at == _i) {
            buffer[chunk.size - 1] ^= 1;
            assert_ok(chunk_rows_parse(bytes_of(buffer, chunk.size), &said));
        }
        assert_ok(loader_add(loader, &said, bytes_of(buffer, chunk.size)));
    }
    assert_err(loader_end(loader), CHECKPOINT);
    loader_close(loader);
}
END_TEST

START_TEST(a_checkpoint_that_says_another_height_or_tree_is_refused)
{
    for (int flaw = 0; flaw < 3; flaw++) {
        struct checkpoint other = checkpoint;
        switch (flaw) {
        case 0: other.height++; break;
        case 1: other.tree_size++; break;
        case 2: other.tree_root.bytes[3] ^= 1; break;
        }
        struct loader *loader = loader_at(directory, scene.chain.genesis, &other);
        while (load_next(chunks, loader))
            ;
        assert_err(loader_end(loader), CHECKPOINT);
        loader_close(loader);
        directory_remove(directory);
    }
}
END_TEST

START_TEST(refuses_a_directory_that_holds_something_else)
{
    struct loader *loader = loader_at(directory, scene.chain.genesis, &checkpoint);
    loader_close(loader);
    struct checkpoint other = checkpoint;
    other.height++;
    assert_err(loader_open(directory, scene.chain.genesis, &other, &loader), FOREIGN_DATA);
    ck_assert_ptr_null(loader);
    directory_remove(directory);
    ledger_close(load_ledger(scene.ledger, scene.chain.genesis, directory));
    assert_err(loader_open(directory, scene.chain.genesis, &checkpoint, &loader), FOREIGN_DATA);
    assert_same_as_replayed();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/loader");
    TCase *all = tcase_create("loader");
    tcase_add_checked_fixture(all, open_scene, close_scene);
    tcase_set_timeout(all, 100);
    tcase_add_test(all, what_was_loaded_is_what_was_replayed_and_goes_on_alike);
    tcase_add_test(all, goes_on_where_it_was_broken_off);
    tcase_add_test(all, what_was_not_kept_is_wanted_again);
    tcase_add_test(all, refuses_bytes_that_are_not_the_chunks_and_takes_the_right_ones);
    tcase_add_loop_test(all, a_list_with_a_chunk_too_few_is_not_the_checkpoints, 0, 16);
    tcase_add_loop_test(all, a_false_chunk_with_its_own_hash_is_not_the_checkpoints, 0, 16);
    tcase_add_test(all, a_checkpoint_that_says_another_height_or_tree_is_refused);
    tcase_add_test(all, refuses_a_directory_that_holds_something_else);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
