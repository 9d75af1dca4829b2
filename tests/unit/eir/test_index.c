/*
 * The index against the ledger that it follows, at every height of random ledgers.
 */
#include "eir/index.h"

#include "tests/unit/eir/index_audit.h"
#include "tests/unit/ledger/chatter.h"

#include "eir/classes.h"

#include <pthread.h>
#include <stdatomic.h>

enum { RUNS = 2, ROUNDS = 32 };

static struct index *index_of(struct ledger *ledger)
{
    struct index_options options = {.ledger = ledger};
    struct index *index;
    assert_ok(index_open(&options, &index));
    return index;
}

/* ---- the same as the ledger ---- */

/* A round applies some blocks in one batch, as the node does. */
static void apply_some(struct scene *scene, uint64_t *seed)
{
    assert_ok(ledger_begin(scene->ledger));
    for (size_t left = 1 + chance_below(seed, 3); left > 0; left--) {
        struct block block = chatter_block(scene, seed);
        assert_ok(ledger_apply(scene->ledger, &block, NULL, NULL));
    }
    assert_ok(ledger_commit(scene->ledger));
}

/* A batch that is given up, after which the chain goes on from where it was. */
static void apply_in_vain(struct scene *scene, uint64_t *seed)
{
    struct chain before = scene->chain;
    struct block block = chatter_block(scene, seed);
    assert_ok(ledger_begin(scene->ledger));
    assert_ok(ledger_apply(scene->ledger, &block, NULL, NULL));
    ledger_abort(scene->ledger);
    scene->chain = before;
}

static void follow(uint64_t seed)
{
    struct scene scene;
    scene_open(&scene, 1);
    struct index *index = index_of(scene.ledger);
    for (size_t i = 0; i < ROUNDS; i++) {
        if (chance_below(&seed, 4) == 0)
            apply_in_vain(&scene, &seed);
        apply_some(&scene, &seed);
        audit_index(index, scene.ledger);
        if (i % 8 == 7) { /* what is built at once is what has grown */
            index_close(index);
            index = index_of(scene.ledger);
            audit_index(index, scene.ledger);
        }
    }
    ck_assert_uint_gt(index_size(index).claims, 10);
    ck_assert_uint_gt(index_size(index).ranges, 5);
    index_close(index);
    scene_close(&scene);
}

START_TEST(says_what_the_ledger_says_at_every_height)
{
    grace_thread_begin();
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        follow(seed);
    grace_thread_end();
}
END_TEST

START_TEST(knows_nothing_of_an_empty_ledger)
{
    static struct found found;
    struct scene scene;
    grace_thread_begin();
    scene_open(&scene, 1);
    struct index *index = index_of(scene.ledger);
    grace_enter();
    ck_assert(index_find(index, imei_of(CHATTER_TAC, 0), &found));
    ck_assert_uint_eq(found.count, 0);
    ck_assert(!found.is_tac_known);
    ck_assert_uint_eq(found.height, 0);
    ck_assert_uint_eq(found.time_ms, SCENE_TIME_MS);
    grace_leave();
    index_close(index);
    scene_close(&scene);
    grace_thread_end();
}
END_TEST

START_TEST(follows_no_more_once_it_is_closed)
{
    struct scene scene;
    uint64_t seed = 3;
    scene_open(&scene, 1);
    index_close(index_of(scene.ledger));
    apply_some(&scene, &seed);
    scene_close(&scene);
}
END_TEST

/* ---- too little memory ---- */

static void count_it(void *context, enum err err)
{
    ck_assert_str_eq(err_name(err), "MEMORY");
    ++*(size_t *)context;
}

/* Some rounds with a bound: either the index is right, or it has given up, said so once, and tells
 * nothing any more. */
static bool fits(size_t bytes_max)
{
    static struct found found;
    struct scene scene;
    struct index *index;
    uint64_t seed = 5;
    size_t told = 0;
    scene_open(&scene, 1);
    apply_some(&scene, &seed);
    struct index_options options = {
        .ledger = scene.ledger, .bytes_max = bytes_max, .given_up = count_it, .context = &told};
    assert_ok(index_open(&options, &index));
    for (size_t i = 0; i < 12; i++) {
        if (!index_size(index).has_given_up)
            audit_index(index, scene.ledger);
        apply_some(&scene, &seed);
    }
    bool has_given_up = index_size(index).has_given_up;
    ck_assert_uint_eq(told, has_given_up);
    grace_enter();
    ck_assert_int_eq(index_find(index, imei_of(CHATTER_TAC, 0), &found), !has_given_up);
    grace_leave();
    index_close(index);
    scene_close(&scene);
    return !has_given_up;
}

START_TEST(gives_up_when_memory_ends_wherever_that_is)
{
    size_t given_up = 0;
    size_t bytes = 1;
    grace_thread_begin();
    for (; !fits(bytes); bytes += 2048 + bytes / 16)
        given_up++;
    ck_assert_uint_gt(given_up, 8);
    ck_assert(fits(bytes + 65536));
    grace_thread_end();
}
END_TEST

/* ---- more classes than there are numbers ---- */

enum { ORGANISATIONS = 1030, KEY = 1000 };

static void name_write(char text[16], uint32_t number)
{
    snprintf(text, 16, "operator-%u", (unsigned)number);
}

static void found_organisations(struct scene *scene)
{
    struct chain *chain = &scene->chain;
    block_begin(chain);
    for (uint32_t i = 0; i < ORGANISATIONS; i++) {
        struct statement statement = chain_statement(chain, ALFA_REGULATOR, OP_ORGANISATION);
        char name[16];
        name_write(name, i);
        statement.organisation = name_of(name);
        statement.organisation_country = country_of("AA");
        statement.roles = ROLE_OPERATOR | ROLE_PARTICIPANT;
        statement.has_key = true;
        statement.key = public_of(KEY + i);
        block_add(chain, chain_sign(chain, ALFA_REGULATOR, &statement));
    }
    struct block block = block_end(chain, BLOCK_TRANSACTIONS);
    apply_block(scene->ledger, &block, NULL, NULL);
}

/* Six thousand signatures are made here; that they are right is tried elsewhere. */
static enum err believe(void *context, const struct transaction *transaction,
                        const struct public_key *key)
{
    (void)context;
    (void)transaction;
    (void)key;
    return ERR_OK;
}

static void open_believing(struct scene *scene)
{
    scene_open(scene, 1);
    view_close(scene->view);
    ledger_close(scene->ledger);
    struct ledger_options options = {.directory = scene->directory,
                                     .genesis = scene->chain.genesis,
                                     .verify = believe,
                                     .scratch = true};
    assert_ok(ledger_open(&options, &scene->ledger));
    assert_ok(view_open(scene->ledger, &scene->view));
}

/* Each organisation says something of the device whose serial is its number. */
static void all_speak(struct scene *scene, enum operation operation, enum reason reason)
{
    struct chain *chain = &scene->chain;
    block_begin(chain);
    for (uint32_t i = 0; i < ORGANISATIONS; i++) {
        struct statement statement = chain_statement(chain, ALFA_ONE, operation);
        struct secret_key secret = secret_of(KEY + i);
        struct item item = device_item(CHATTER_TAC, i);
        statement.reason = reason;
        chain_items(chain, &statement, &item, 1);
        block_add(chain, chain_sign_with(chain, &secret, &statement));
    }
    struct block block = block_end(chain, BLOCK_TRANSACTIONS);
    apply_block(scene->ledger, &block, NULL, NULL);
}

/* How many of the devices the index tells of, each of them rightly. */
static size_t told_devices(const struct index *index, struct scene *scene)
{
    static struct found found;
    size_t told = 0;
    size_t wrong = 0;
    assert_ok(view_refresh(scene->view));
    for (uint32_t i = 0; i < ORGANISATIONS; i++) {
        grace_enter();
        bool is_told = index_find(index, imei_of(CHATTER_TAC, i), &found);
        grace_leave();
        told += is_told;
        wrong += is_told && !audit_device(index, scene->view, imei_of(CHATTER_TAC, i));
    }
    ck_assert_uint_eq(wrong, 0);
    return told;
}

START_TEST(says_when_a_class_is_beyond_its_numbers)
{
    struct scene scene;
    grace_thread_begin();
    open_believing(&scene);
    struct index *index = index_of(scene.ledger);
    found_organisations(&scene);
    all_speak(&scene, OP_BLOCK, REASON_STOLEN);
    all_speak(&scene, OP_WATCH, REASON_STOLEN);
    all_speak(&scene, OP_DUPLICATE, REASON_NONE);
    ck_assert_uint_eq(told_devices(index, &scene), ORGANISATIONS);
    ck_assert_uint_eq(index_size(index).classes, 3 * ORGANISATIONS);

    struct item both[] = {device_item(CHATTER_TAC, 1), device_item(CHATTER_TAC, 2)};
    scene_apply(&scene, chain_speak(&scene.chain, ALFA_TWO, OP_REGISTER, both, 2));
    all_speak(&scene, OP_UNBLOCK, REASON_FOUND); /* classes keep their numbers */
    all_speak(&scene, OP_BLOCK, REASON_FRAUD);
    size_t beyond = 4 * ORGANISATIONS + 1 - CLASSES_MAX;
    ck_assert_uint_eq(index_size(index).classes, CLASSES_MAX);
    ck_assert_uint_eq(told_devices(index, &scene), ORGANISATIONS - beyond);

    /* Lifted again they stay with the ledger, until the index is built anew. */
    struct item range = range_item(CHATTER_TAC, 10, 19);
    all_speak(&scene, OP_UNBLOCK, REASON_FOUND);
    ck_assert_uint_eq(told_devices(index, &scene), ORGANISATIONS - beyond);
    scene_apply(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, &range, 1));
    ck_assert_uint_eq(told_devices(index, &scene), ORGANISATIONS - beyond - 10);
    index_close(index);
    index = index_of(scene.ledger);
    audit_index(index, scene.ledger);
    ck_assert_uint_eq(told_devices(index, &scene), ORGANISATIONS);
    index_close(index);
    scene_close(&scene);
    grace_thread_end();
}
END_TEST

/* ---- readers beside the writer ---- */

enum { CHANGES = 120, READERS = 2 };

struct race {
    const struct index *index;
    atomic_bool is_over;
    atomic_size_t answers;
};

/* One of the two claims on the device always stands: no answer is without. */
static void *keep_asking(void *context)
{
    struct race *race = context;
    struct found *found = malloc(sizeof *found);
    uint64_t height = 0;
    uint32_t tac = CHATTER_TAC;
    ck_assert_ptr_nonnull(found);
    grace_thread_begin();
    while (!atomic_load(&race->is_over)) {
        grace_enter();
        ck_assert(index_find(race->index, imei_of(tac, 7), found));
        ck_assert_uint_eq(found->count, 1);
        ck_assert_str_eq(found->claims[0].class->name.text, "alfa-one");
        ck_assert_uint_ge(found->height, height);
        height = found->height;
        grace_leave();
        atomic_fetch_add(&race->answers, 1);
        tac = tac == CHATTER_TAC ? CHATTER_TAC + 1 : CHATTER_TAC;
    }
    grace_thread_end();
    free(found);
    return NULL;
}

/* On both TACs the claim goes from the device to the range, or back. */
static void swap(struct scene *scene, bool to_range)
{
    struct chain *chain = &scene->chain;
    struct item devices[] = {device_item(CHATTER_TAC, 7), device_item(CHATTER_TAC + 1, 7)};
    struct item ranges[] = {range_item(CHATTER_TAC, 0, 99), range_item(CHATTER_TAC + 1, 7, 8)};
    const struct item *to = to_range ? ranges : devices;
    const struct item *from = to_range ? devices : ranges;
    block_begin(chain);
    block_add(chain, chain_speak(chain, ALFA_ONE, OP_BLOCK, to, 2));
    if (chain->height > 0)
        block_add(chain, chain_speak(chain, ALFA_ONE, OP_UNBLOCK, from, 2));
    struct block block = block_end(chain, BLOCK_TRANSACTIONS);
    apply_block(scene->ledger, &block, NULL, NULL);
}

/* Other devices come and go, so that leaves and the map are replaced too. */
static void stir(struct scene *scene, uint64_t *seed)
{
    struct item items[40];
    uint32_t tac = CHATTER_TAC + (uint32_t)chance_below(seed, 2000);
    for (uint32_t i = 0; i < 40; i++)
        items[i] = device_item(tac, 1000 * i + (uint32_t)chance_below(seed, 1000));
    enum operation operation = chance_below(seed, 3) == 0 ? OP_UNBLOCK : OP_BLOCK;
    scene_apply(scene, chain_speak(&scene->chain, ALFA_TWO, operation, items, 40));
}

START_TEST(every_answer_is_of_one_moment)
{
    struct scene scene;
    pthread_t readers[READERS];
    uint64_t seed = 9;
    scene_open(&scene, 1);
    struct race race = {.index = NULL};
    struct index *index = index_of(scene.ledger);
    race.index = index;
    swap(&scene, false);
    for (size_t i = 0; i < READERS; i++)
        ck_assert_int_eq(pthread_create(&readers[i], NULL, keep_asking, &race), 0);
    for (size_t i = 0; i < CHANGES; i++) {
        swap(&scene, i % 2 == 0);
        stir(&scene, &seed);
    }
    while (atomic_load(&race.answers) < 1000)
        sched_yield();
    atomic_store(&race.is_over, true);
    for (size_t i = 0; i < READERS; i++)
        pthread_join(readers[i], NULL);
    grace_thread_begin();
    audit_index(index, scene.ledger);
    grace_thread_end();
    index_close(index);
    scene_close(&scene);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("index");
    TCase *cases = tcase_create("index");
    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, says_what_the_ledger_says_at_every_height);
    tcase_add_test(cases, knows_nothing_of_an_empty_ledger);
    tcase_add_test(cases, follows_no_more_once_it_is_closed);
    tcase_add_test(cases, gives_up_when_memory_ends_wherever_that_is);
    tcase_add_test(cases, says_when_a_class_is_beyond_its_numbers);
    tcase_add_test(cases, every_answer_is_of_one_moment);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
