/*
 * claims.h: a ledger full of claims, and the same in a plain LMDB environment, to look up in.
 *
 * Claim number c is on TAC c / EACH, at a serial that chance puts into its slot of SLOT serials.
 * The lower half of a slot has the claim, at an even serial, and the odd one after it is a miss;
 * the upper half is for claims that are made during the measurement.
 */
#ifndef BENCH_CLAIMS_H
#define BENCH_CLAIMS_H

#include "bench/network.h"

#define EACH 4000u
#define SLOT (IMEI_SERIALS / EACH)

static inline uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline struct imei claim_imei(uint64_t claim)
{
    uint32_t slot = (uint32_t)(claim % EACH) * SLOT;
    uint32_t place = (uint32_t)(mix(claim + 1) % (SLOT / 4)) * 2;
    return imei_of(FIRST_TAC + (uint32_t)(claim / EACH), slot + place);
}

/* A device without a claim, beside that one. */
static inline struct imei beside(struct imei imei)
{
    return (struct imei){imei.value + 1};
}

/* A device in the upper half of a slot. */
static inline struct imei fresh_imei(uint64_t claims)
{
    struct imei imei = claim_imei(chance() % claims);
    uint32_t slot = imei_serial(imei) / SLOT * SLOT;
    return imei_of(imei_tac(imei), slot + SLOT / 2 + (uint32_t)(chance() % (SLOT / 2)));
}

/* Hears of each block before it is applied; NULL: nobody does. */
static void (*sealed)(const struct block *block);

static inline void apply_one(struct ledger *ledger, struct bytes entry)
{
    struct block_build build;
    block_build(&build, buffer, BLOCK_SIZE_MAX);
    check(block_build_add(&build, entry), "entry");
    struct block block = seal(&build);
    if (sealed != NULL)
        sealed(&block);
    apply(ledger, &block);
}

static inline void allocate_tacs(struct ledger *ledger, uint32_t first, uint32_t count)
{
    static struct tac_item tacs[10000];
    static uint8_t packed[TX_SIZE_MAX];
    static uint8_t encoded[TX_SIZE_MAX];
    for (uint32_t i = 0; i < count; i++) {
        tacs[i] = (struct tac_item){.tac = first + i};
        snprintf(tacs[i].brand, sizeof tacs[i].brand, "brand");
        snprintf(tacs[i].model, sizeof tacs[i].model, "model %u", i);
    }
    struct statement statement = statement_of(OP_TAC_ALLOCATE, 0);
    struct writer writer = writer_over(packed, sizeof packed);
    tac_items_write(&writer, tacs, count);
    statement.items = writer_view(&writer);
    statement.item_count = count;
    statement.reason = REASON_NONE;
    apply_one(ledger, sign_statement(&statement, 0, encoded, sizeof encoded));
}

static inline struct ledger *claims_ledger(const char *directory, bool is_scratch)
{
    struct ledger_options options = {
        .directory = directory, .genesis = genesis, .verify = believe, .scratch = is_scratch};
    struct ledger *ledger;
    check(ledger_open(&options, &ledger), directory);
    head = ledger_position(ledger).head;
    height = ledger_position(ledger).height;
    number = 2 * ledger_position(ledger).transactions + 1; /* above all that were used */
    return ledger;
}

/* Fills it unless it is full from an earlier run. */
static inline struct ledger *fill_ledger(const char *directory, uint64_t claims)
{
    static struct item items[BATCH];
    static uint8_t encoded[TX_SIZE_MAX];
    struct ledger *ledger = claims_ledger(directory, true);
    uint32_t tacs = (uint32_t)(claims / EACH);
    for (uint32_t tac = (uint32_t)height * 10000; tac < tacs; tac += 10000)
        allocate_tacs(ledger, FIRST_TAC + tac, tacs - tac < 10000 ? tacs - tac : 10000);
    uint64_t first = (height - (tacs + 9999) / 10000) * BATCH;
    for (; first < claims; first += BATCH) {
        for (uint32_t i = 0; i < BATCH; i++)
            items[i] = (struct item){claim_imei(first + i), claim_imei(first + i)};
        size_t member = (first / BATCH) % MEMBERS;
        apply_one(ledger, sign(OP_BLOCK, member, items, BATCH, encoded, sizeof encoded));
    }
    ledger_close(ledger);
    return claims_ledger(directory, false);
}

/* ---- plain LMDB: an IMEI of 8 bytes, 16 bytes about it ---- */

static inline void imei_write(struct imei imei, uint8_t key[8])
{
    for (unsigned i = 0; i < 8; i++)
        key[i] = (uint8_t)(imei.value >> (56 - 8 * i));
}

static inline struct store *fill_plain(const char *directory, uint64_t claims, struct table *out)
{
    struct store_options options = {.directory = directory, .tables_max = 1, .no_sync = true};
    struct store *store;
    struct txn txn;
    uint8_t value[16] = {1};
    check(store_open(&options, &store), directory);
    check(txn_begin(store, true, &txn), "begin");
    *out = txn_table(&txn, "claims", TABLE_PLAIN);
    uint64_t first = txn_count(&txn, *out);
    for (uint64_t claim = first; claim < claims; claim++) {
        uint8_t key[8];
        imei_write(claim_imei(claim), key);
        txn_append(&txn, *out, bytes_of(key, 8), bytes_of(value, 16));
        if (claim % 1000000 == 999999) {
            check(txn_commit(&txn), "commit");
            check(txn_begin(store, true, &txn), "begin");
        }
    }
    check(txn_commit(&txn), "commit");
    return store;
}

#endif
