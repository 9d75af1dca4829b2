/*
 * samples.h: keys, values, dice and stores for the cases about store/.
 */
#ifndef TESTS_UNIT_STORE_SAMPLES_H
#define TESTS_UNIT_STORE_SAMPLES_H

#include "store/store.h"
#include "tests/unit/store/scratch.h"

static inline struct bytes text(const char *words)
{
    return bytes_of(words, strlen(words));
}

struct number {
    uint8_t bytes[4];
};

static inline struct number number_of(uint32_t value)
{
    return (struct number){
        {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value}};
}

static inline struct bytes number_bytes(const struct number *number)
{
    return bytes_of(number->bytes, sizeof number->bytes);
}

static inline uint32_t value_of(struct bytes bytes)
{
    must(bytes.size >= 4);
    return (uint32_t)bytes.data[0] << 24 | (uint32_t)bytes.data[1] << 16 |
           (uint32_t)bytes.data[2] << 8 | bytes.data[3];
}

static inline uint32_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 32);
}

static inline struct store *open_synced(const struct scratch *scratch, bool no_sync)
{
    struct store_options options = {
        .directory = scratch->path, .tables_max = 4, .no_sync = no_sync};
    struct store *store;
    ck_assert_int_eq(store_open(&options, &store), ERR_OK);
    return store;
}

static inline struct store *open_in(const struct scratch *scratch)
{
    return open_synced(scratch, true);
}

static inline struct txn begin(struct store *store, bool write)
{
    struct txn txn;
    ck_assert_int_eq(txn_begin(store, write, &txn), ERR_OK);
    return txn;
}

static inline struct table make_table(struct store *store, const char *name, enum table_kind kind)
{
    struct txn txn = begin(store, true);
    struct table table = txn_table(&txn, name, kind);
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    return table;
}

#endif
