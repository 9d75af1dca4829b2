/*
 * scene.h: a small network for the tests of the ledger: organisations with keys, signed statements,
 * blocks in a chain, a ledger in a directory of its own.
 */
#ifndef TESTS_LEDGER_SCENE_H
#define TESTS_LEDGER_SCENE_H

#include "ledger/ledger.h"
#include "ledger/view.h"
#include "tests/unit/check.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCENE_TIME_MS    UINT64_C(1700000000000)
#define SCENE_ARENA_SIZE ((size_t)8 * 1024 * 1024)
#define HOUR_MS          UINT64_C(3600000)

#define assert_err(expression, expected) ck_assert_str_eq(err_name(expression), #expected)
#define assert_ok(expression)            assert_err(expression, OK)

static inline int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- chance ---- */

/* splitmix64: the same numbers for the same seed, everywhere. */
static inline uint64_t chance(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline uint64_t chance_below(uint64_t *seed, uint64_t end)
{
    return chance(seed) % end;
}

/* ---- organisations ---- */

struct member {
    struct name name;
    struct country country;
    unsigned roles;
    struct secret_key secret;
};

static inline struct name name_of(const char *text)
{
    struct name name;
    assert_ok(name_parse(text, strlen(text), &name));
    return name;
}

static inline struct country country_of(const char *code)
{
    struct country country;
    assert_ok(country_parse(code, strlen(code), &country));
    return country;
}

/* The key of a number: any number but 0. */
static inline struct secret_key secret_of(uint32_t number)
{
    struct secret_key secret = {{0}};
    for (unsigned i = 0; i < 4; i++)
        secret.bytes[SECRET_KEY_SIZE - 1 - i] = (uint8_t)(number >> (8 * i));
    return secret;
}

static inline struct public_key public_of(uint32_t number)
{
    struct secret_key secret = secret_of(number);
    struct public_key key;
    assert_ok(public_key_of(&secret, &key));
    return key;
}

static inline struct member member_of(const char *name, const char *country, unsigned roles,
                                      uint32_t key)
{
    return (struct member){name_of(name), country_of(country), roles, secret_of(key)};
}

/* Who is who in most tests; their numbers are 1 to MEMBERS, their keys too. */
enum { ALFA_REGULATOR = 0, ALFA_ONE, ALFA_TWO, BRAVO_REGULATOR, BRAVO_ONE, ALLOCATOR, MEMBERS };

static inline void members_of_two_countries(struct member members[MEMBERS])
{
    members[ALFA_REGULATOR] = member_of("alfa-regulator", "AA", ROLE_REGULATOR, 1);
    members[ALFA_ONE] = member_of("alfa-one", "AA", ROLE_OPERATOR, 2);
    members[ALFA_TWO] = member_of("alfa-two", "AA", ROLE_OPERATOR | ROLE_MANUFACTURER, 3);
    members[BRAVO_REGULATOR] = member_of("bravo-regulator", "BB", ROLE_REGULATOR, 4);
    members[BRAVO_ONE] = member_of("bravo-one", "BB", ROLE_OPERATOR | ROLE_PARTICIPANT, 5);
    members[ALLOCATOR] = member_of("allocator", "CC", ROLE_ALLOCATOR, 6);
}

/* Node keys are far from those of organisations. */
#define NODE_KEY(id) (1000000 + (id))

static inline struct genesis_node genesis_node_of(uint32_t id, const char *name)
{
    struct genesis_node node = {.id = id, .name = name_of(name), .key = public_of(NODE_KEY(id))};
    snprintf(node.address, sizeof(node.address), "tls+tcp://%s.example.org:7700", name);
    return node;
}

static inline struct genesis *genesis_of(const struct member *members, size_t count,
                                         uint32_t ballots)
{
    struct genesis *genesis = calloc(1, sizeof(*genesis));
    ck_assert_ptr_nonnull(genesis);
    genesis->network = hash_of(bytes_of("test", 4));
    genesis->time_ms = SCENE_TIME_MS;
    genesis->ballots = ballots;
    genesis->organisation_count = count;
    for (size_t i = 0; i < count; i++) {
        struct genesis_organisation *out = &genesis->organisations[i];
        *out = (struct genesis_organisation){.name = members[i].name,
                                             .country = members[i].country,
                                             .roles = members[i].roles,
                                             .key_count = 1};
        assert_ok(public_key_of(&members[i].secret, &out->keys[0]));
    }
    /* Two nodes, of the first organisation: 1, and 5, so that ids have gaps. The next to the last
     * could have nodes too. */
    genesis->organisations[0].ca = bytes_of("certificate", 11);
    genesis->organisations[count - 2].ca = bytes_of("another", 7);
    genesis->node_count = 2;
    genesis->nodes[0] = genesis_node_of(1, "node-one");
    genesis->nodes[1] = genesis_node_of(5, "node-five");
    return genesis;
}

/* ---- directories ---- */

static inline void directory_new(char path[64])
{
    snprintf(path, 64, "/tmp/imei-ledger-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(path));
}

static inline int directory_remove_one(const char *path, const struct stat *status, int kind,
                                       struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void directory_remove(const char *path)
{
    nftw(path, directory_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- blocks ---- */

/* A chain of blocks, and the bytes that lie behind its transactions. */
struct chain {
    struct member members[MEMBERS];
    struct genesis *genesis;
    uint64_t number; /* of the next statement */
    uint64_t height;
    uint64_t time_ms;
    struct hash head;
    uint8_t *arena;
    size_t arena_used;
    struct block_build build;
    uint8_t *buffer;
};

static inline void chain_open(struct chain *chain, uint32_t ballots)
{
    *chain = (struct chain){.number = 1, .time_ms = SCENE_TIME_MS};
    members_of_two_countries(chain->members);
    chain->genesis = genesis_of(chain->members, MEMBERS, ballots);
    chain->head = chain->genesis->network;
    chain->arena = malloc(SCENE_ARENA_SIZE);
    chain->buffer = malloc(BLOCK_SIZE_MAX);
    ck_assert_ptr_nonnull(chain->arena);
    ck_assert_ptr_nonnull(chain->buffer);
}

static inline void chain_close(struct chain *chain)
{
    free(chain->genesis);
    free(chain->arena);
    free(chain->buffer);
}

static inline enum reason reason_for(enum operation operation)
{
    const struct operation_row *row = operation_row(operation);
    if (!row->needs_reason)
        return REASON_NONE;
    return row->form == FORM_RAISE ? REASON_STOLEN : REASON_FOUND;
}

/* A statement without its items or other content. */
static inline struct statement chain_statement(struct chain *chain, size_t member,
                                               enum operation operation)
{
    return (struct statement){.network = chain->genesis->network,
                              .lane = 1,
                              .number = chain->number++,
                              .issued_at_ms = chain->time_ms,
                              .valid_until_ms = chain->time_ms + HOUR_MS,
                              .operation = operation,
                              .country = chain->members[member].country,
                              .reason = reason_for(operation)};
}

static inline void *chain_room(struct chain *chain, size_t size)
{
    ck_assert_uint_le(size, SCENE_ARENA_SIZE - chain->arena_used);
    void *room = chain->arena + chain->arena_used;
    chain->arena_used += size;
    return room;
}

/* Sets the items of a statement. The bytes live until the next block. */
static inline void chain_items(struct chain *chain, struct statement *statement,
                               const struct item *items, size_t count)
{
    size_t size = items_size_max(items, count);
    struct writer writer = writer_over(chain_room(chain, size), size);
    items_write(&writer, items, count);
    assert_ok(writer.err);
    statement->items = writer_view(&writer);
    statement->item_count = count;
}

static inline void chain_tacs(struct chain *chain, struct statement *statement,
                              const struct tac_item *items, size_t count)
{
    size_t size = 16 + count * (16 + 2 * TAC_TEXT_SIZE_MAX);
    struct writer writer = writer_over(chain_room(chain, size), size);
    tac_items_write(&writer, items, count);
    assert_ok(writer.err);
    statement->items = writer_view(&writer);
    statement->item_count = count;
}

static inline struct bytes chain_sign_with(struct chain *chain, const struct secret_key *secret,
                                           const struct statement *statement)
{
    static uint8_t payload[TX_SIZE_MAX];
    size_t size = statement->items.size + 1024;
    struct writer scratch = writer_over(payload, sizeof(payload));
    struct writer writer = writer_over(chain_room(chain, size), size);
    assert_ok(transaction_sign(statement, secret, &scratch, &writer, NULL));
    return writer_view(&writer);
}

static inline struct bytes chain_sign(struct chain *chain, size_t member,
                                      const struct statement *statement)
{
    return chain_sign_with(chain, &chain->members[member].secret, statement);
}

/* Signs a statement about devices. */
static inline struct bytes chain_speak(struct chain *chain, size_t member, enum operation operation,
                                       const struct item *items, size_t count)
{
    struct statement statement = chain_statement(chain, member, operation);
    chain_items(chain, &statement, items, count);
    return chain_sign(chain, member, &statement);
}

/* Organisations beside those of the genesis, with keys of their own. */
#define NEWCOMER_KEY(number) (1000 + (number))

/* Lets one in, as an operator of the first country; where one ballot is enough. */
static inline struct bytes chain_newcomer(struct chain *chain, uint32_t number)
{
    struct statement statement = chain_statement(chain, ALFA_REGULATOR, OP_ORGANISATION);
    snprintf(statement.organisation.text, sizeof statement.organisation.text, "newcomer-%u",
             (unsigned)number);
    statement.organisation_country = chain->members[ALFA_REGULATOR].country;
    statement.roles = ROLE_OPERATOR;
    statement.has_key = true;
    statement.key = public_of(NEWCOMER_KEY(number));
    return chain_sign(chain, ALFA_REGULATOR, &statement);
}

/* What it says of devices. */
static inline struct bytes chain_newcomer_speaks(struct chain *chain, uint32_t number,
                                                 enum operation operation, const struct item *items,
                                                 size_t count)
{
    struct statement statement = chain_statement(chain, ALFA_ONE, operation);
    struct secret_key secret = secret_of(NEWCOMER_KEY(number));
    chain_items(chain, &statement, items, count);
    return chain_sign_with(chain, &secret, &statement);
}

static inline void block_begin(struct chain *chain)
{
    block_build(&chain->build, chain->buffer, BLOCK_SIZE_MAX);
}

static inline void block_add(struct chain *chain, struct bytes entry)
{
    assert_ok(block_build_add(&chain->build, entry));
}

/* The block lives until the next one is begun; the arena is free again. */
static inline struct block block_end(struct chain *chain, enum block_kind kind)
{
    struct block_header header = {.kind = kind,
                                  .height = ++chain->height,
                                  .term = 1,
                                  .time_ms = chain->time_ms,
                                  .leader = 1,
                                  .previous = chain->head};
    struct bytes encoded = block_build_end(&chain->build, &header);
    struct block block;
    assert_ok(block_parse(encoded, &block));
    chain->head = block.hash;
    chain->arena_used = 0;
    return block;
}

/* A checkpoint block that says this. */
static inline struct block block_of_checkpoint(struct chain *chain,
                                               const struct checkpoint *checkpoint)
{
    uint8_t entry[CHECKPOINT_SIZE];
    struct writer writer = writer_over(entry, sizeof(entry));
    checkpoint_write(&writer, checkpoint);
    block_begin(chain);
    block_add(chain, writer_view(&writer));
    return block_end(chain, BLOCK_CHECKPOINT);
}

/* ---- a ledger ---- */

static inline struct ledger *ledger_at(const char *directory, const struct genesis *genesis)
{
    struct ledger_options options = {.directory = directory, .genesis = genesis, .scratch = true};
    struct ledger *ledger;
    assert_ok(ledger_open(&options, &ledger));
    return ledger;
}

static inline void apply_block(struct ledger *ledger, const struct block *block,
                               ledger_outcome *outcome, void *context)
{
    assert_ok(ledger_begin(ledger));
    assert_ok(ledger_apply(ledger, block, outcome, context));
    assert_ok(ledger_commit(ledger));
}

/* A chain with the one ledger that it is applied to. */
struct scene {
    struct chain chain;
    char directory[64];
    struct ledger *ledger;
    struct view *view;
};

static inline void scene_open(struct scene *scene, uint32_t ballots)
{
    chain_open(&scene->chain, ballots);
    directory_new(scene->directory);
    scene->ledger = ledger_at(scene->directory, scene->chain.genesis);
    assert_ok(view_open(scene->ledger, &scene->view));
}

static inline void scene_close(struct scene *scene)
{
    view_close(scene->view);
    ledger_close(scene->ledger);
    directory_remove(scene->directory);
    chain_close(&scene->chain);
}

static inline void keep_outcome(void *context, const struct outcome *outcome)
{
    *(struct outcome *)context = *outcome;
}

static inline struct hash id_of(struct bytes encoded)
{
    struct transaction transaction;
    assert_ok(transaction_parse(encoded, &transaction));
    return transaction.id;
}

/* What admission says of it at the time of the next block. */
static inline enum err scene_ask(struct scene *scene, struct bytes encoded)
{
    struct transaction transaction;
    enum err err = transaction_parse(encoded, &transaction);
    assert_ok(view_refresh(scene->view));
    return err == ERR_OK ? view_would_accept(scene->view, &transaction, scene->chain.time_ms) : err;
}

/* Applies it in a block of its own. */
static inline struct outcome scene_apply(struct scene *scene, struct bytes encoded)
{
    struct outcome outcome = {.err = ERR_INTERNAL};
    block_begin(&scene->chain);
    block_add(&scene->chain, encoded);
    struct block block = block_end(&scene->chain, BLOCK_TRANSACTIONS);
    apply_block(scene->ledger, &block, keep_outcome, &outcome);
    assert_ok(view_refresh(scene->view));
    return outcome;
}

/* Applies the checkpoint block that is right. */
static inline struct checkpoint scene_checkpoint(struct scene *scene)
{
    struct checkpoint before = ledger_checkpoint(scene->ledger);
    struct block block = block_of_checkpoint(&scene->chain, &before);
    apply_block(scene->ledger, &block, NULL, NULL);
    assert_ok(view_refresh(scene->view));
    return ledger_checkpoint(scene->ledger);
}

/* Asks, applies, and holds the two answers against each other. */
static inline struct outcome scene_submit(struct scene *scene, struct bytes encoded)
{
    enum err asked = scene_ask(scene, encoded);
    struct outcome outcome = scene_apply(scene, encoded);
    ck_assert_str_eq(err_name(asked), err_name(outcome.err));
    return outcome;
}

static inline struct item device_item(uint32_t tac, uint32_t serial)
{
    return (struct item){imei_of(tac, serial), imei_of(tac, serial)};
}

static inline struct item range_item(uint32_t tac, uint32_t from, uint32_t to)
{
    return (struct item){imei_of(tac, from), imei_of(tac, to)};
}

#endif
