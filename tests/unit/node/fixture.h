/*
 * fixture.h: a small network for the tests of the node: organisations a, b and c, each with a node,
 * n1, n2 and n3; their genesis file, keys, certificates and data directories; signed statements and
 * blocks in a chain.
 */
#ifndef TESTS_UNIT_NODE_FIXTURE_H
#define TESTS_UNIT_NODE_FIXTURE_H

#include "node/clock.h"
#include "node/data.h"
#include "proto/keyfile.h"
#include "store/directory.h"
#include "tests/unit/consensus/links_fixture.h"
#include "tests/unit/store/scratch.h"

#include <fcntl.h>

#define TAC           35000000u
#define WORLD_SKEW    10000
#define STATEMENT_MAX 8192

#define assert_err(expression, expected) ck_assert_str_eq(err_name(expression), #expected)
#define assert_ok(expression)            assert_err(expression, OK)

/* A network of `count` nodes; organisation a is a regulator, b and c are operators. */
struct world {
    struct scratch scratch;
    size_t count;
    struct node nodes[NODES_MAX]; /* their addresses and keys; as peers, their links */
    struct secret_key signers[NODES_MAX];
    struct bytes genesis_file;
    struct genesis *genesis;
    uint64_t number; /* of the next statement */
};

static inline struct name world_name(const char *text)
{
    struct name name;
    assert_ok(name_parse(text, strlen(text), &name));
    return name;
}

static inline void world_genesis(struct world *world, struct genesis *genesis)
{
    static const char *const names[] = {"a", "b", "c"};
    static const char *const countries[] = {"FR", "KE", "BR"};
    genesis->name = world_name("test");
    genesis->time_ms = UINT64_C(1700000000000);
    genesis->ballots = 1;
    genesis->skew_max_ms = WORLD_SKEW;
    genesis->organisation_count = genesis->node_count = world->count;
    for (size_t i = 0; i < world->count; i++) {
        struct genesis_organisation *organisation = &genesis->organisations[i];
        struct genesis_node *node = &genesis->nodes[i];
        organisation->name = world_name(names[i]);
        assert_ok(country_parse(countries[i], 2, &organisation->country));
        organisation->roles = i == 0 ? ROLE_REGULATOR : ROLE_OPERATOR;
        organisation->key_count = 1;
        assert_ok(public_key_of(&world->signers[i], &organisation->keys[0]));
        organisation->ca = fixture_file(names[i], "der");
        *node = (struct genesis_node){.id = world->nodes[i].id, .organisation = i};
        node->name = world_name(world->nodes[i].name);
        node->key = node_key(&world->nodes[i]);
        memcpy(node->address, world->nodes[i].address, sizeof world->nodes[i].address);
    }
}

static inline struct world *world_open(size_t count)
{
    struct world *world = calloc(1, sizeof *world);
    struct genesis *draft = calloc(1, sizeof *draft);
    uint8_t *file = malloc(GENESIS_SIZE_MAX);
    world->scratch = scratch_begin();
    world->count = count;
    world->number = 1;
    for (size_t i = 0; i < count; i++) {
        node_init(&world->nodes[i], (uint32_t)i + 1);
        world->signers[i].bytes[SECRET_KEY_SIZE - 1] = (uint8_t)(100 + i);
    }
    world_genesis(world, draft);
    struct writer writer = writer_over(file, GENESIS_SIZE_MAX);
    genesis_write(&writer, draft);
    assert_ok(writer.err);
    world->genesis_file = writer_view(&writer);
    world->genesis = calloc(1, sizeof *world->genesis);
    assert_ok(genesis_parse(world->genesis_file, world->genesis));
    for (size_t i = 0; i < count; i++) {
        world->nodes[i].network = world->genesis->network;
        free((void *)(uintptr_t)draft->organisations[i].ca.data);
    }
    free(draft);
    return world;
}

static inline void world_close(struct world *world)
{
    scratch_end(&world->scratch);
    free((void *)(uintptr_t)world->genesis_file.data);
    free(world->genesis);
    for (size_t i = 0; i < world->count; i++)
        pthread_mutex_destroy(&world->nodes[i].lock);
    free(world);
}

/* The log of its node 1. */
static inline struct disk *world_log(struct world *world)
{
    struct disk_options options = {
        .directory = scratch_path(&world->scratch, "log"),
        .network = world->genesis->network,
        .node = 1,
    };
    struct disk *disk;
    assert_ok(disk_open(&options, &disk));
    return disk;
}

static inline void write_file(const char *path, struct bytes content, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    ck_assert_int_eq(write(fd, content.data, content.size), (ssize_t)content.size);
    ck_assert_int_eq(close(fd), 0);
}

/* ---- configuration ---- */

static inline void place(char field[CONFIG_TEXT_MAX], const struct world *world, const char *name)
{
    int size = snprintf(field, CONFIG_TEXT_MAX, "%s/%s", world->scratch.path, name);
    ck_assert_int_lt(size, CONFIG_TEXT_MAX);
}

/* The configuration of a node of the network, with the files that it names. Its clients connect
 * over ipc://. */
static inline void world_config(const struct world *world, size_t index, struct config *config)
{
    const struct node *node = &world->nodes[index];
    char pem[KEYFILE_SIZE_MAX];
    size_t size;
    *config = (struct config){
        .heartbeat_ms = 30,
        .election_min_ms = 150,
        .election_max_ms = 300,
        .age_ms = 60000, /* tests that play the leader would have to answer */
        .window_bytes = 8 * BLOCK_SIZE_MAX,
        .block_wait_ms = 5,
        .checkpoint_blocks = 10000,
        .checkpoint_seconds = 60,
        .pool_bytes = 4 * BLOCK_SIZE_MAX,
        .log_level = LOG_INFO,
    };
    snprintf(config->node, CONFIG_TEXT_MAX, "%s", node->name);
    snprintf(config->listen, CONFIG_TEXT_MAX, "%s", node->listen);
    int length = snprintf(config->clients, CONFIG_TEXT_MAX, "ipc://%s/clients-%s",
                          world->scratch.path, node->name);
    ck_assert_int_lt(length, CONFIG_TEXT_MAX);
    place(config->data, world, node->name);
    place(config->genesis, world, "genesis");
    place(config->key, world, "node.pem");
    place(config->certificate, world, "tls.pem");
    place(config->certificate_key, world, "tls.key");
    write_file(config->genesis, world->genesis_file, 0644);
    assert_ok(keyfile_format(&node->secret, NULL, pem, sizeof pem, &size));
    write_file(config->key, bytes_of(pem, size), 0600);
    struct bytes text = fixture_file(node->certificate, "pem");
    write_file(config->certificate, text, 0644);
    free((void *)(uintptr_t)text.data);
    text = fixture_file(node->certificate, "key");
    write_file(config->certificate_key, text, 0600);
    free((void *)(uintptr_t)text.data);
}

/* ---- what the node says ---- */

/* Sends the log (standard error) of this process and its children to a file of the scratch
 * directory. */
static inline void log_to_file(const struct world *world)
{
    int fd = open(scratch_path(&world->scratch, "events"),
                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    close(fd);
}

/* How many lines of it have these words, up to so many. */
static inline size_t log_count(const struct world *world, const char *words, size_t max)
{
    FILE *file = fopen(scratch_path(&world->scratch, "events"), "r");
    char line[2 * LOG_LINE_SIZE_MAX];
    size_t count = 0;
    if (file == NULL)
        return 0;
    while (count < max && fgets(line, sizeof line, file) != NULL)
        count += strstr(line, words) != NULL;
    fclose(file);
    return count;
}

static inline bool log_has(const struct world *world, const char *words)
{
    return log_count(world, words, 1) > 0;
}

/* ---- statements ---- */

struct signed_statement {
    struct hash id;
    size_t size;
    uint8_t bytes[STATEMENT_MAX];
};

static inline struct bytes signed_view(const struct signed_statement *statement)
{
    return bytes_of(statement->bytes, statement->size);
}

/* Signs, as organisation `signer`, with any key. */
static inline struct signed_statement sign_with(const struct world *world, size_t signer,
                                                const struct secret_key *secret,
                                                const struct statement *statement)
{
    static uint8_t payload[STATEMENT_MAX];
    struct signed_statement out;
    struct statement copy = *statement;
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer writer = writer_over(out.bytes, sizeof out.bytes);
    copy.country = world->genesis->organisations[signer].country;
    assert_ok(transaction_sign(&copy, secret, &scratch, &writer, &out.id));
    out.size = writer.size;
    return out;
}

/* What every statement has, under that number; the operation is still to be set. */
static inline struct statement statement_begin(const struct world *world, uint64_t number)
{
    uint64_t now_ms = clock_wall_ms();
    return (struct statement){
        .network = world->genesis->network,
        .lane = 1,
        .number = number,
        .issued_at_ms = now_ms,
        .valid_until_ms = now_ms + 3600000,
    };
}

/* A block of the device with that serial by organisation `signer`, under that number. */
static inline struct signed_statement sign_block(const struct world *world, size_t signer,
                                                 uint64_t serial, uint64_t number)
{
    static uint8_t bytes[64];
    struct item item = {.from = {(uint64_t)TAC * 1000000 + serial}};
    item.to = item.from;
    struct writer items = writer_over(bytes, sizeof bytes);
    items_write(&items, &item, 1);
    assert_ok(items.err);
    struct statement statement = statement_begin(world, number);
    statement.operation = OP_BLOCK;
    statement.reason = REASON_STOLEN;
    statement.items = writer_view(&items);
    statement.item_count = 1;
    return sign_with(world, signer, &world->signers[signer], &statement);
}

/* Another one each time. */
static inline struct signed_statement sign_next(struct world *world)
{
    uint64_t number = world->number++;
    return sign_block(world, 0, number % 1000000, number);
}

/* ---- blocks ---- */

/* What the next block follows. */
struct link {
    uint64_t height;
    uint64_t term;
    uint64_t time_ms;
    struct hash hash;
};

static inline struct link link_first(const struct world *world)
{
    return (struct link){
        .time_ms = world->genesis->time_ms,
        .hash = world->genesis->network,
    };
}

/* The bytes of the block after `link`, of which `link` becomes the next; the caller frees them. A
 * block without statements is a no-op. */
static inline struct bytes make_block(struct link *link, uint64_t term, uint64_t time_ms,
                                      const struct signed_statement *statements, size_t count)
{
    uint8_t *buffer = malloc(BLOCK_SIZE_MAX);
    struct block_build build;
    block_build(&build, buffer, BLOCK_SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        assert_ok(block_build_add(&build, signed_view(&statements[i])));
    struct block_header header = {
        .kind = count > 0 ? BLOCK_TRANSACTIONS : BLOCK_NOOP,
        .height = link->height + 1,
        .term = term,
        .time_ms = time_ms,
        .leader = 1,
        .previous = link->hash,
    };
    struct bytes encoded = block_build_end(&build, &header);
    *link = (struct link){header.height, term, time_ms, block_header_hash(&header)};
    return encoded;
}

/* A checkpoint block that says this. */
static inline struct bytes make_checkpoint(struct link *link, uint64_t term,
                                           const struct checkpoint *checkpoint)
{
    uint8_t entry[CHECKPOINT_SIZE];
    uint8_t *buffer = malloc(BLOCK_SIZE_MAX);
    struct writer writer = writer_over(entry, sizeof entry);
    struct block_build build;
    checkpoint_write(&writer, checkpoint);
    block_build(&build, buffer, BLOCK_SIZE_MAX);
    assert_ok(block_build_add(&build, writer_view(&writer)));
    struct block_header header = {
        .kind = BLOCK_CHECKPOINT,
        .height = link->height + 1,
        .term = term,
        .time_ms = link->time_ms,
        .leader = 1,
        .previous = link->hash,
    };
    struct bytes encoded = block_build_end(&build, &header);
    *link = (struct link){header.height, term, link->time_ms, block_header_hash(&header)};
    return encoded;
}

static inline void free_bytes(struct bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

/* Flips a bit, so many bytes from its beginning, of every copy of the block of that height in the
 * log's data.mdb; whoever has it open sees that. */
static inline void damage_block(const char *path, uint8_t height, size_t offset)
{
    size_t size;
    uint8_t *file;
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_ok(file_read(path, (size_t)64 << 20, &file, &size));
    for (size_t i = 0; i + BLOCK_HEADER_SIZE < size; i++) {
        uint8_t byte = file[i + offset] ^ 16;
        if (memcmp(file + i, "IMEB", 4) == 0 && file[i + 15] == height)
            ck_assert_int_eq(pwrite(fd, &byte, 1, (off_t)(i + offset)), 1);
    }
    free(file);
    ck_assert_int_eq(close(fd), 0);
}

#endif
