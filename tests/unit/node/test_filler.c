#include "node/filler.h"

#include "ledger/chunks.h"
#include "ledger/compare.h"
#include "node/mail.h"
#include "node/new_state.h"
#include "tests/unit/ledger/loading.h"
#include "tests/unit/ledger/tables.h"

static struct scene scene;
static struct chunks *chunks;
static struct checkpoint checkpoint;
static char directory[64];
static struct ledger *old; /* the state that the node has: that of the genesis */
static struct queue mail;
static struct filler *filler;

static void state_path(char path[128], const char *name)
{
    snprintf(path, 128, "%s/%s", directory, name);
}

static void open_scene(void)
{
    char path[128];
    scene_open(&scene, 2);
    say_everything(&scene);
    checkpoint = scene_checkpoint(&scene);
    assert_ok(chunks_open(scene.ledger, &chunks));
    directory_new(directory);
    state_path(path, "state");
    old = ledger_at(path, scene.chain.genesis);
    queue_init(&mail, MAIL_BYTES_MAX);
    struct filler_options options = {
        .directory = directory, .genesis = scene.chain.genesis, .mail = &mail};
    assert_ok(filler_start(&options, &filler));
}

static void close_scene(void)
{
    filler_stop(filler);
    queue_destroy(&mail);
    ledger_close(old);
    directory_remove(directory);
    chunks_close(chunks);
    scene_close(&scene);
}

/* The next answer. */
static struct mail_filled answer(void)
{
    static struct queue_item *items;
    if (items == NULL)
        items = queue_wait(&mail);
    struct mail_filled *filled = (struct mail_filled *)items;
    items = items->next;
    ck_assert_int_eq(filled->mail.kind, MAIL_FILLED);
    struct mail_filled out = *filled;
    mail_free(&filled->mail);
    return out;
}

/* Adds a chunk whose byte at `flip` is another one than it should be; SIZE_MAX: none is. */
static void add(const struct chunk *chunk, size_t flip)
{
    uint8_t *bytes = malloc(chunk->size);
    ck_assert_ptr_nonnull(bytes);
    assert_ok(chunks_read(chunks, chunk, bytes, chunk->size));
    if (flip != SIZE_MAX)
        bytes[flip] ^= 1;
    assert_ok(filler_add(filler, 1, chunk, 1, bytes));
}

static void begin(void)
{
    assert_ok(filler_begin(filler, 1, &checkpoint));
    struct mail_filled filled = answer();
    assert_ok(filled.err);
    ck_assert(!filled.was_added && !filled.is_whole);
}

static void add_all(size_t without)
{
    struct chunk chunk = {.id = {0}};
    for (size_t i = 0; chunks_next(chunks, chunk.id, &chunk) == ERR_OK; i++) {
        if (i == without)
            continue;
        add(&chunk, SIZE_MAX);
        struct mail_filled filled = answer();
        assert_ok(filled.err);
        ck_assert(filled.was_added);
        ck_assert_uint_eq(filled.load, 1);
    }
}

static bool exists(const char *name)
{
    char path[128];
    state_path(path, name);
    return access(path, F_OK) == 0;
}

static uint64_t height_now(void)
{
    char path[128];
    ledger_close(old);
    state_path(path, "state");
    old = ledger_at(path, scene.chain.genesis);
    return ledger_position(old).height;
}

START_TEST(what_was_loaded_takes_the_place_of_the_state_that_is_open)
{
    struct ledger_difference difference;
    begin();
    add_all(SIZE_MAX);
    ck_assert_uint_eq(ledger_position(old).height, 0);
    assert_ok(filler_end(filler, 1));
    struct mail_filled filled = answer();
    assert_ok(filled.err);
    ck_assert(filled.is_whole);
    ck_assert(!exists("state.new"));
    ck_assert_uint_eq(height_now(), checkpoint.height);
    assert_ok(ledger_compare(scene.ledger, old, &difference));
}
END_TEST

START_TEST(a_wrong_chunk_ends_the_load_and_leaves_the_state)
{
    struct chunk chunk;
    assert_ok(chunks_next(chunks, (struct chunk_id){0}, &chunk));
    begin();
    add(&chunk, chunk.size - 1);
    struct mail_filled filled = answer();
    assert_err(filled.err, DAMAGED);
    assert_ok(filler_end(filler, 1)); /* nothing comes of it, nor is there an answer */
    begin();
    add_all(SIZE_MAX); /* but of a load that begins anew */
    ck_assert(exists("state.new"));
    ck_assert_uint_eq(height_now(), 0);
}
END_TEST

START_TEST(a_load_without_one_chunk_is_none)
{
    begin();
    add_all(3);
    assert_ok(filler_end(filler, 1));
    struct mail_filled filled = answer();
    assert_err(filled.err, CHECKPOINT);
    ck_assert(filled.is_whole); /* would have been */
    ck_assert_uint_eq(height_now(), 0);
}
END_TEST

START_TEST(what_is_forgotten_or_left_is_removed)
{
    begin();
    add_all(SIZE_MAX);
    ck_assert(exists("state.new/data.mdb"));
    assert_ok(filler_begin(filler, 2, NULL));
    struct mail_filled filled = answer();
    assert_ok(filled.err);
    ck_assert_uint_eq(filled.load, 2);
    ck_assert(!exists("state.new"));
    begin();
    filler_stop(filler); /* in the middle of a load */
    filler = NULL;
    ck_assert(!exists("state.new"));
    ck_assert_uint_eq(height_now(), 0);
    assert_ok(new_state_remove(directory)); /* there is nothing */
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_was_loaded_takes_the_place_of_the_state_that_is_open,
        &a_wrong_chunk_ends_the_load_and_leaves_the_state,
        &a_load_without_one_chunk_is_none,
        &what_is_forgotten_or_left_is_removed,
    };
    Suite *suite = suite_create("node/filler");
    TCase *tcase = tcase_create("filler");
    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, open_scene, close_scene);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        tcase_add_test(tcase, *cases[i]);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
