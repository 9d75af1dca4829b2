/*
 * What a checkpoint costs, by how much of the state was written since the last one; and a state
 * that is taken over in chunks. Times are this thread's own.
 *
 * Usage: bench-checkpoint DIRECTORY [TACS]     by default 24391, with 410 claims each
 */
#include "bench/network.h"
#include "ledger/chunks.h"
#include "ledger/loader.h"

#define CLAIMS    410u
#define CHUNK_MAX ((size_t)64 << 20)

static struct item items[TX_ITEMS_MAX];

static void block_items(struct ledger *ledger, size_t count)
{
    static uint8_t encoded[TX_SIZE_MAX];
    struct block_build build;
    block_build(&build, buffer, BLOCK_SIZE_MAX);
    check(block_build_add(&build, sign(OP_BLOCK, 0, items, count, encoded, sizeof(encoded))),
          "entry");
    struct block block = seal(&build);
    apply(ledger, &block);
}

/* `each` claims on each of the TACs, from that serial on. */
static double fill(struct ledger *ledger, uint32_t tacs, uint32_t each, uint32_t from)
{
    double start = now();
    size_t count = 0;
    for (uint32_t tac = 0; tac < tacs; tac++) {
        for (uint32_t i = 0; i < each; i++) {
            struct imei imei = imei_of(FIRST_TAC + tac * 37, from + i * 2000);
            items[count++] = (struct item){imei, imei};
        }
        if (count + each > 50000 || tac + 1 == tacs) {
            block_items(ledger, count);
            count = 0;
        }
    }
    return now() - start;
}

static void checkpoint(struct ledger *ledger, const char *what)
{
    struct checkpoint last = ledger_checkpoint(ledger);
    uint8_t entry[CHECKPOINT_SIZE];
    struct writer writer = writer_over(entry, sizeof(entry));
    struct block_build build;
    struct block block;
    checkpoint_write(&writer, &last);
    block_build(&build, buffer, BLOCK_SIZE_MAX);
    check(block_build_add(&build, writer_view(&writer)), "entry");
    height++;
    struct block_header header = {.kind = BLOCK_CHECKPOINT,
                                  .height = height,
                                  .term = 1,
                                  .time_ms = TIME_MS,
                                  .leader = 1,
                                  .previous = head};
    check(block_parse(block_build_end(&build, &header), &block), "block");
    head = block.hash;
    struct cost cost = apply(ledger, &block);
    printf("  %-44s apply %8.2f ms, commit %6.1f ms\n", what, cost.apply * 1e3, cost.commit * 1e3);
}

static void take_over(struct ledger *ledger, const char *directory)
{
    struct chunks *chunks = NULL;
    struct loader *loader;
    struct chunk chunk;
    uint64_t count = 0;
    uint64_t bytes = 0;
    uint64_t largest = 0;
    uint8_t *room = malloc(CHUNK_MAX);
    double start = now();
    check(room == NULL ? ERR_MEMORY : chunks_open(ledger, &chunks), "chunks");
    struct checkpoint last = chunks_checkpoint(chunks);
    check(loader_open(directory, genesis, &last, &loader), directory);
    while (chunks_next(chunks, loader_last(loader), &chunk) == ERR_OK) {
        check(chunks_read(chunks, &chunk, room, CHUNK_MAX), "read");
        check(loader_add(loader, &chunk, bytes_of(room, (size_t)chunk.size)), "add");
        count++;
        bytes += chunk.size;
        largest = chunk.size > largest ? chunk.size : largest;
    }
    check(loader_end(loader), "end");
    loader_close(loader);
    chunks_close(chunks);
    free(room);
    printf("taken over in %.1f s: %llu chunks, %.1f MB, the largest %.1f kB\n", now() - start,
           (unsigned long long)count, (double)bytes * 1e-6, (double)largest * 1e-3);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return EXIT_FAILURE;
    uint32_t tacs = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 24391;
    char path[512];
    setvbuf(stdout, NULL, _IOLBF, 0);
    network();
    snprintf(path, sizeof(path), "%s/state", argv[1]);
    struct ledger *ledger = open_ledger(path, false);
    printf("%u claims on each of %u TACs in %.1f s; then a checkpoint\n", CLAIMS, tacs,
           fill(ledger, tacs, CLAIMS, 0));
    checkpoint(ledger, "all of them written");
    checkpoint(ledger, "nothing written");
    fill(ledger, 1, 1, 1);
    checkpoint(ledger, "a claim written");
    fill(ledger, tacs < 1000 ? tacs : 1000, 1, 3);
    checkpoint(ledger, "a claim written on each of 1000 TACs");
    fill(ledger, tacs, 1, 5);
    checkpoint(ledger, "a claim written on every TAC");
    snprintf(path, sizeof(path), "%s/taken", argv[1]);
    take_over(ledger, path);
    ledger_close(ledger);
    free(genesis);
    free(buffer);
    return EXIT_SUCCESS;
}
