/*
 * What applying and looking up cost, beside LMDB alone with rows of the same size in the same run.
 * Times are this thread's own; only commits, which wait for the disk, are by the clock on the wall.
 *
 * Usage: bench-ledger DIRECTORY [MILLIONS]     claims to fill the ledger with, by default 10
 */
#include "bench/network.h"

/* ---- large transactions ---- */

static struct item items[BATCH];

/* `tacs` TACs from `first` on with ascending serials `step` apart, from `offset` on. */
static void fill_items(uint32_t first, uint32_t tacs, uint32_t step, uint32_t offset)
{
    uint32_t each = BATCH / tacs;
    for (uint32_t i = 0; i < BATCH; i++) {
        struct imei imei = imei_of(first + i / each, offset + i % each * step);
        items[i] = (struct item){imei, imei};
    }
}

static struct cost apply_large(struct ledger *ledger, enum operation operation, size_t member)
{
    static uint8_t encoded[TX_SIZE_MAX];
    struct block_build build;
    block_build(&build, buffer, BLOCK_SIZE_MAX);
    check(block_build_add(&build, sign(operation, member, items, BATCH, encoded, sizeof(encoded))),
          "entry");
    struct block block = seal(&build);
    return apply(ledger, &block);
}

static void report_large(const char *what, struct cost cost)
{
    printf("  %-44s apply %6.1f ms (%4.0f ns an IMEI), commit %6.1f ms\n", what, cost.apply * 1e3,
           cost.apply * 1e9 / BATCH, cost.commit * 1e3);
}

static void large(struct ledger *ledger, uint32_t tac)
{
    fill_items(tac, 1, 20, 0);
    report_large("raise, one TAC", apply_large(ledger, OP_BLOCK, 0));
    report_large("raise between them, another organisation", apply_large(ledger, OP_BLOCK, 1));
    report_large("lift what one raised", apply_large(ledger, OP_UNBLOCK, 1));
    fill_items(tac + 1, 1000, 20, 0);
    report_large("raise, 1000 TACs of 50", apply_large(ledger, OP_BLOCK, 0));
}

/* Ascending serials first, then the same TACs again in between: the best and a bad case. */
static void fill(struct ledger *ledger, uint32_t millions)
{
    uint32_t transactions = millions * (1000000 / BATCH);
    uint64_t before = used(ledger);
    struct cost all = {0};
    for (uint32_t i = 0; i < transactions; i++) {
        fill_items(FIRST_TAC + i / 2, 1, 8, i % 2 * 8 * BATCH);
        struct cost cost = apply_large(ledger, OP_BLOCK, 0);
        all.apply += cost.apply;
        all.commit += cost.commit;
    }
    printf("filled %u M claims: apply %.1f s, commit %.1f s, %.1f bytes a claim\n", millions,
           all.apply, all.commit, (double)(used(ledger) - before) / (millions * 1e6));
}

/* ---- transactions of one IMEI ---- */

static void ones(struct ledger *ledger, const char *what, uint32_t tacs)
{
    static struct {
        uint8_t data[512];
        size_t size;
    } entries[BLOCK_TX_MAX];
    struct cost all = {0};
    uint64_t before = used(ledger);
    for (uint32_t sent = 0; sent < ONES; sent += BLOCK_TX_MAX) {
        struct block_build build;
        block_build(&build, buffer, BLOCK_SIZE_MAX);
        for (uint32_t i = 0; i < BLOCK_TX_MAX; i++) {
            struct imei imei = imei_of(FIRST_TAC + (uint32_t)(chance() % tacs),
                                       (uint32_t)(chance() % IMEI_SERIALS) | 1);
            struct item item = {imei, imei};
            struct bytes entry = sign(OP_BLOCK, chance() % MEMBERS, &item, 1, entries[i].data,
                                      sizeof(entries[i].data));
            check(block_build_add(&build, entry), "entry");
        }
        struct block block = seal(&build);
        struct cost cost = apply(ledger, &block);
        all.apply += cost.apply;
        all.commit += cost.commit;
    }
    printf(
        "  %-36s %7.0f a second (apply %5.1f us, commit %5.1f us each), file + %.0f bytes each\n",
        what, ONES / (all.apply + all.commit), all.apply * 1e6 / ONES, all.commit * 1e6 / ONES,
        (double)(used(ledger) - before) / ONES);
}

/* ---- look-ups ---- */

static void look_up(struct view *view, const char *what, uint32_t tacs, uint32_t residue,
                    size_t claims)
{
    static struct check_answer answer;
    double start = now();
    size_t found = 0;
    for (uint32_t i = 0; i < LOOKUPS; i++) {
        struct imei imei = imei_of(FIRST_TAC + (uint32_t)(chance() % tacs),
                                   (uint32_t)(chance() % (2 * BATCH)) * 8 + residue);
        check(view_device(view, imei, &answer), "look-up");
        found += answer.claim_count;
    }
    double time = now() - start;
    printf("  %-36s %6.0f ns\n", what, time * 1e9 / LOOKUPS);
    if (found != claims * LOOKUPS)
        printf("  expected %zu claims each, found %.2f\n", claims, (double)found / LOOKUPS);
}

static void look_up_history(struct view *view, uint32_t tacs)
{
    static struct history_answer answer;
    double start = now();
    for (uint32_t i = 0; i < LOOKUPS; i++) {
        struct imei imei = imei_of(FIRST_TAC + (uint32_t)(chance() % tacs),
                                   (uint32_t)(chance() % (2 * BATCH)) * 8);
        check(view_history(view, imei, true, 0, &answer), "history");
    }
    printf("  %-36s %6.0f ns\n", "history of one row", (now() - start) * 1e9 / LOOKUPS);
}

static void refreshes(struct view *view)
{
    double start = now();
    for (uint32_t i = 0; i < LOOKUPS; i++)
        check(view_refresh(view), "refresh");
    printf("  %-36s %6.0f ns\n", "view_refresh", (now() - start) * 1e9 / LOOKUPS);
}

/* Narrow ranges side by side over a whole TAC, then look-ups in it. */
static void ranges(struct ledger *ledger, struct view *view, uint32_t tac)
{
    static struct check_answer answer;
    const uint32_t each = 12500;
    for (uint32_t i = 0; i < 8; i++) {
        for (uint32_t k = 0; k < each; k++) {
            uint32_t from = (i * each + k) * 10;
            items[k] = (struct item){imei_of(tac, from), imei_of(tac, from + 9)};
        }
        static uint8_t encoded[TX_SIZE_MAX];
        struct block_build build;
        block_build(&build, buffer, BLOCK_SIZE_MAX);
        check(block_build_add(&build, sign(OP_BLOCK, 0, items, each, encoded, sizeof(encoded))),
              "entry");
        struct block block = seal(&build);
        apply(ledger, &block);
    }
    check(view_refresh(view), "refresh");
    double start = now();
    for (uint32_t i = 0; i < LOOKUPS; i++)
        check(view_device(view, imei_of(tac, (uint32_t)(chance() % IMEI_SERIALS)), &answer),
              "look-up");
    printf("  %-36s %6.0f ns\n", "hit, in one of 100 000 ranges", (now() - start) * 1e9 / LOOKUPS);
}

/* ---- LMDB alone ---- */

static void raw_puts(struct store *store, struct table table, uint32_t count, bool is_random)
{
    struct txn txn;
    double start = now();
    check(txn_begin(store, true, &txn), "begin");
    for (uint32_t i = 0; i < count; i++) {
        struct trace claim = {.organisation = 1, .kind = CLAIM_BLOCK, .index = i};
        uint32_t tac = FIRST_TAC + (is_random ? (uint32_t)(chance() % 100) : i / (2 * BATCH));
        uint32_t serial = is_random ? (uint32_t)(chance() % IMEI_SERIALS) : i % (2 * BATCH) * 8;
        claim.item.from = claim.item.to = imei_of(tac, serial);
        struct row key = tac_key(tac);
        struct row row = claim_pack(&claim);
        if (is_random)
            txn_add(&txn, table, row_view(&key), row_view(&row));
        else
            txn_append_value(&txn, table, row_view(&key), row_view(&row));
    }
    double put = now() - start;
    check(txn_commit(&txn), "commit");
    printf("  %-36s %6.0f ns\n", is_random ? "put, 11 bytes, any order" : "put, 11 bytes, in order",
           put * 1e9 / count);
}

static void raw_gets(struct store *store, struct table table, uint32_t tacs)
{
    struct txn txn;
    check(txn_begin(store, false, &txn), "begin");
    double start = now();
    for (uint32_t i = 0; i < LOOKUPS; i++) {
        struct trace claim = {.item.from = imei_of(FIRST_TAC + (uint32_t)(chance() % tacs),
                                                   (uint32_t)(chance() % (2 * BATCH)) * 8)};
        claim.item.to = claim.item.from;
        struct row key = tac_key(imei_tac(claim.item.from));
        struct row row = claim_pack(&claim);
        struct bytes value;
        struct cursor cursor = cursor_open(&txn, table);
        if (!cursor_seek_value(&cursor, row_view(&key), row_view(&row), &value))
            check(ERR_NOT_FOUND, "raw get");
        cursor_close(&cursor);
    }
    printf("  %-36s %6.0f ns\n", "get, 11 bytes", (now() - start) * 1e9 / LOOKUPS);
    txn_abort(&txn);
}

static void raw(const char *directory, uint32_t millions)
{
    struct store_options options = {.directory = directory, .tables_max = 2, .lazy_meta = true};
    struct store *store;
    struct txn txn;
    check(store_open(&options, &store), directory);
    check(txn_begin(store, true, &txn), "begin");
    struct table ordered = txn_table(&txn, "ordered", TABLE_FIXED);
    struct table random = txn_table(&txn, "random", TABLE_FIXED);
    check(txn_commit(&txn), "tables");
    printf("LMDB alone, %u M rows\n", millions);
    raw_puts(store, ordered, millions * 1000000, false);
    printf("  %-36s %6.1f bytes a row\n", "", (double)store_used(store) / ((double)millions * 1e6));
    raw_gets(store, ordered, millions * 10);
    raw_puts(store, random, 1000000, true);
    store_close(store);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return EXIT_FAILURE;
    uint32_t millions = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10;
    char path[512];
    setvbuf(stdout, NULL, _IOLBF, 0);
    network();
    snprintf(path, sizeof(path), "%s/raw", argv[1]);
    raw(path, millions);

    snprintf(path, sizeof(path), "%s/state", argv[1]);
    struct ledger *ledger = open_ledger(path, false);
    printf("transactions of %u IMEIs, empty ledger\n", BATCH);
    large(ledger, FIRST_TAC + 1000000);
    fill(ledger, millions);
    printf("transactions of %u IMEIs, %u M claims\n", BATCH, millions);
    large(ledger, FIRST_TAC + 2000000);

    struct view *view;
    check(view_open(ledger, &view), "view");
    printf("look-ups, %u M claims\n", millions);
    look_up(view, "hit", millions * 10, 0, 1);
    look_up(view, "miss, a TAC with claims", millions * 10, 1, 0);
    look_up(view, "miss, most TACs without claims", 1000000, 1, 0);
    look_up_history(view, millions * 10);
    refreshes(view);
    ranges(ledger, view, FIRST_TAC + 3000000);
    view_close(view);

    printf("transactions of one IMEI, blocks of %d, %u M claims\n", BLOCK_TX_MAX, millions);
    ones(ledger, "any of 100 TACs, believed", 100);
    ones(ledger, "any of 100 000 TACs, believed", 100000);
    ledger_close(ledger);
    ledger = open_ledger(path, true);
    ones(ledger, "any of 100 TACs, verified", 100);
    ledger_close(ledger);
    snprintf(path, sizeof(path), "%s/ones", argv[1]);
    ledger = open_ledger(path, false);
    printf("the same, a ledger of nothing else\n");
    for (uint32_t i = 0; i < 6; i++)
        ones(ledger, "any of 1000 TACs, believed", 1000);
    ledger_close(ledger);
    free(genesis);
    free(buffer);
    return EXIT_SUCCESS;
}
