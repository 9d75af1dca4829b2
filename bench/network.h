/*
 * network.h: a network for measurements: organisations that sign, blocks, a ledger to apply them
 * to.
 */
#ifndef BENCH_NETWORK_H
#define BENCH_NETWORK_H

#include "ledger/ledger.h"
#include "ledger/rows.h"
#include "ledger/state.h"
#include "ledger/view.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH     50000u /* IMEIs of a large transaction */
#define ONES      65536u /* transactions of one IMEI */
#define LOOKUPS   1000000u
#define FIRST_TAC 35000000u
#define TIME_MS   UINT64_C(1700000000000)
#define MEMBERS   2

static uint64_t seed = 1;

static inline uint64_t chance(void)
{
    uint64_t z = (seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline double clock_of(clockid_t id)
{
    struct timespec time;
    clock_gettime(id, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* This thread's: what else runs on the machine does not count. */
static inline double now(void)
{
    return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

static inline void check(enum err err, const char *what)
{
    if (err == ERR_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, err_sentence(err));
    exit(EXIT_FAILURE);
}

/* ---- a network ---- */

static struct genesis *genesis;
static struct secret_key secrets[MEMBERS];
static struct country countries[MEMBERS];
static uint64_t time_ms = TIME_MS; /* of all statements and blocks */
static uint64_t number = 1;
static uint64_t height;
static struct hash head;
static uint8_t *buffer;

static inline void network(void)
{
    genesis = calloc(1, sizeof(*genesis));
    buffer = malloc(BLOCK_SIZE_MAX);
    if (genesis == NULL || buffer == NULL)
        check(ERR_MEMORY, "start");
    genesis->network = hash_of(bytes_of("bench", 5));
    genesis->ballots = 1;
    genesis->organisation_count = MEMBERS;
    for (size_t i = 0; i < MEMBERS; i++) {
        struct genesis_organisation *member = &genesis->organisations[i];
        secrets[i].bytes[31] = (uint8_t)(i + 1);
        snprintf(member->name.text, sizeof(member->name.text), "member-%zu", i);
        snprintf(member->country.code, sizeof(member->country.code), "AA");
        countries[i] = member->country;
        member->roles = ROLE_OPERATOR | ROLE_ALLOCATOR;
        member->key_count = 1;
        check(public_key_of(&secrets[i], &member->keys[0]), "key");
    }
    genesis->node_count = 1;
    genesis->nodes[0] = (struct genesis_node){.id = 1, .name = {"node"}, .address = "tcp://node"};
}

static inline struct statement statement_of(enum operation operation, size_t member)
{
    number++;
    struct statement statement = {.network = genesis->network,
                                  .lane = member,
                                  .number = number,
                                  .issued_at_ms = time_ms,
                                  .valid_until_ms = time_ms + 1,
                                  .operation = operation,
                                  .reason = operation == OP_BLOCK ? REASON_STOLEN : REASON_FOUND};
    statement.country = countries[member];
    return statement;
}

static inline struct bytes sign_statement(const struct statement *statement, size_t member,
                                          uint8_t *out, size_t capacity)
{
    static uint8_t payload[TX_SIZE_MAX];
    struct writer scratch = writer_over(payload, sizeof(payload));
    struct writer signed_ = writer_over(out, capacity);
    check(transaction_sign(statement, &secrets[member], &scratch, &signed_, NULL), "sign");
    return writer_view(&signed_);
}

/* A signed statement about items, into `out`. */
static inline struct bytes sign(enum operation operation, size_t member, const struct item *items,
                                size_t count, uint8_t *out, size_t capacity)
{
    static uint8_t packed[TX_SIZE_MAX];
    struct statement statement = statement_of(operation, member);
    struct writer writer = writer_over(packed, sizeof(packed));
    items_write(&writer, items, count);
    statement.items = writer_view(&writer);
    statement.item_count = count;
    return sign_statement(&statement, member, out, capacity);
}

static inline struct block seal(struct block_build *build)
{
    height++;
    struct block_header header = {.kind = BLOCK_TRANSACTIONS,
                                  .height = height,
                                  .term = 1,
                                  .time_ms = time_ms,
                                  .leader = 1,
                                  .previous = head};
    struct block block;
    check(block_parse(block_build_end(build, &header), &block), "block");
    head = block.hash;
    return block;
}

static inline void refused(void *context, const struct outcome *outcome)
{
    (void)context;
    if (outcome->err != ERR_CLAIM_STANDS) /* chance meets some devices twice */
        check(outcome->err, "transaction");
}

struct cost {
    double apply;
    double commit;
};

static inline struct cost apply(struct ledger *ledger, const struct block *block)
{
    struct cost cost;
    double start = now();
    check(ledger_begin(ledger), "begin");
    check(ledger_apply(ledger, block, refused, NULL), "apply");
    cost.apply = now() - start;
    start = clock_of(CLOCK_MONOTONIC); /* it waits for the disk */
    check(ledger_commit(ledger), "commit");
    cost.commit = clock_of(CLOCK_MONOTONIC) - start;
    return cost;
}

static inline enum err believe(void *context, const struct transaction *transaction,
                               const struct public_key *key)
{
    (void)context;
    (void)transaction;
    (void)key;
    return ERR_OK;
}

static inline struct ledger *open_ledger(const char *directory, bool verifies)
{
    struct ledger_options options = {
        .directory = directory, .genesis = genesis, .verify = verifies ? NULL : believe};
    struct ledger *ledger;
    check(ledger_open(&options, &ledger), directory);
    head = ledger_position(ledger).head;
    height = ledger_position(ledger).height;
    return ledger;
}

static inline uint64_t used(struct ledger *ledger)
{
    struct state state;
    check(state_begin(ledger, false, &state), "size");
    uint64_t size = store_used(state.txn.store);
    txn_abort(&state.txn);
    return size;
}

#endif
