/*
 * What a full list costs: all claims of a large ledger judged and written, beside the writing of
 * the same bytes alone; and what a small delta costs in the same ledger.
 *
 * Usage: bench-lists DIRECTORY [MILLIONS]     claims to fill the ledger with, by default 10
 */
#include "bench/network.h"
#include "lists/sheets.h"
#include "lists/touched.h"

#include <sys/stat.h>

static struct item items[BATCH];

static void fill(struct ledger *ledger, uint32_t millions)
{
    static uint8_t encoded[TX_SIZE_MAX];
    for (uint32_t i = 0; i < millions * (1000000 / BATCH); i++) {
        struct block_build build;
        for (uint32_t k = 0; k < BATCH; k++) {
            struct imei imei = imei_of(FIRST_TAC + i / 2, k * 8 + i % 2 * 4);
            items[k] = (struct item){imei, imei};
        }
        block_build(&build, buffer, BLOCK_SIZE_MAX);
        check(block_build_add(&build, sign(OP_BLOCK, 0, items, BATCH, encoded, sizeof(encoded))),
              "entry");
        struct block block = seal(&build);
        (void)apply(ledger, &block);
    }
}

static double wall(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

/* Without the pages of the map, which are the file's. */
static long memory_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "RssAnon:", 8) == 0)
            kib = strtol(line + 8, NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return kib;
}

static void report(const char *what, double seconds, uint64_t rows, uint64_t bytes)
{
    printf("  %-32s %8.2f s, %10.0f rows a second, %7.1f MB\n", what, seconds,
           (double)rows / seconds, (double)bytes / 1e6);
}

static void full(struct ledger *ledger, const char *directory)
{
    static const struct stretch whole = {0, IMEI_SERIALS - 1};
    char path[512];
    struct view *view;
    struct policy *policy;
    struct folder *folder;
    struct sheets *sheets;
    struct manifest manifest = {0};
    const struct sheet_style style = {LIST_FORM_CSV, 14, false, false};
    struct change_question question = {.after = PLACE_NOW, .has_ranges = true};
    snprintf(path, sizeof(path), "%s/lists", directory);
    double start = wall();
    check(view_open(ledger, &view), "view");
    check(policy_default(&policy), "policy");
    check(judge_open(view, policy, &question.judge), "judge");
    check(folder_open(path, &folder), path);
    check(sheets_open(folder, &style, &sheets), "files");
    question.view = view;
    question.tell = sheets_tell;
    question.context = sheets;
    for (uint32_t tac = 0; standing_tac(view, tac, &tac) == ERR_OK; tac++)
        check(changes_of_tac(&question, tac, &whole, 1), "list");
    check(sheets_end(sheets, &manifest), "files");
    check(folder_publish(folder), "folder");
    folder_close(folder);
    report("full list", wall() - start, manifest.files[0].rows, manifest.files[0].size);
    printf("  memory of the export and of this program: %ld MB\n", memory_kib() / 1024);
    judge_close(question.judge);
    policy_free(policy);
    view_close(view);
}

/* Bytes of that size into one file, in the same way. */
static void peer(const char *directory, uint64_t rows)
{
    static const char row[] = "35000000000001,20260101,stolen\n";
    char path[512];
    struct folder *folder;
    struct folder_file *file;
    struct hash hash;
    uint64_t size;
    snprintf(path, sizeof(path), "%s/peer", directory);
    double start = wall();
    check(folder_open(path, &folder), path);
    check(folder_file_open(folder, "rows", &file), "file");
    for (uint64_t i = 0; i < rows; i++)
        folder_file_add(file, row, sizeof(row) - 1);
    check(folder_file_close(file, &size, &hash), "file");
    check(folder_publish(folder), "folder");
    folder_close(folder);
    report("the same rows, written alone", wall() - start, rows, size);
}

static enum err count(void *context, const struct list_change *change)
{
    (void)change;
    ++*(uint64_t *)context;
    return ERR_OK;
}

/* What one more block of 1000 devices of 1000 TACs changes. */
static void delta(struct ledger *ledger)
{
    static uint8_t encoded[TX_SIZE_MAX];
    uint64_t told = 0;
    struct block_build build;
    struct view *view;
    struct policy *policy;
    struct touched touched = {0};
    struct touched_tac tac;
    struct change_question question = {
        .before = ledger_position(ledger).transactions, .after = PLACE_NOW, .tell = count};
    for (uint32_t k = 0; k < 1000; k++)
        items[k] = (struct item){imei_of(FIRST_TAC + k, 1), imei_of(FIRST_TAC + k, 1)};
    block_build(&build, buffer, BLOCK_SIZE_MAX);
    check(block_build_add(&build, sign(OP_BLOCK, 0, items, 1000, encoded, sizeof(encoded))),
          "entry");
    struct block block = seal(&build);
    (void)apply(ledger, &block);
    double start = wall();
    check(view_open(ledger, &view), "view");
    check(policy_default(&policy), "policy");
    check(judge_open(view, policy, &question.judge), "judge");
    question.view = view;
    question.context = &told;
    check(touched_add(&touched, &block, NULL, NULL), "touched");
    touched_order(&touched);
    struct touched_walk walk = touched_walk(&touched);
    while (touched_next(&walk, &tac))
        check(changes_of_tac(&question, tac.tac, tac.stretches, tac.count), "delta");
    report("delta of 1000 devices", wall() - start, told, 0);
    touched_walk_close(&walk);
    touched_close(&touched);
    judge_close(question.judge);
    policy_free(policy);
    view_close(view);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return EXIT_FAILURE;
    uint32_t millions = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10;
    char path[512];
    setvbuf(stdout, NULL, _IOLBF, 0);
    network();
    snprintf(path, sizeof(path), "%s/state", argv[1]);
    struct ledger *ledger = open_ledger(path, false);
    double start = wall();
    fill(ledger, millions);
    printf("%u M claims, filled in %.0f s\n", millions, wall() - start);
    full(ledger, argv[1]);
    peer(argv[1], (uint64_t)millions * 1000000);
    delta(ledger);
    ledger_close(ledger);
    free(genesis);
    free(buffer);
    return EXIT_SUCCESS;
}
