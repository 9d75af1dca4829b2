/* Chunks of a state, and entries of a list of them: what parses has rows in order, all of that
 * chunk, and only that one hash. */
#include "ledger/chunk_rows.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_entry(struct bytes input)
{
    uint8_t room[CHUNK_ENTRY_SIZE];
    struct reader reader = reader_over(input);
    struct chunk chunk;
    chunk_entry_read(&reader, &chunk);
    if (reader_done(&reader) != ERR_OK)
        return;
    struct chunk_tree tree = {.last = {0}};
    invariant(chunk_tree_add(&tree, &chunk) == ERR_OK);
    invariant(chunk_tree_add(&tree, &chunk) == ERR_NOT_CANONICAL);
    struct writer again = writer_over(room, sizeof room);
    chunk_entry_write(&again, &chunk);
    invariant(bytes_equal(writer_view(&again), input));
}

/* The rows that the walk gives lie in the input one after the other, and fill it. */
static void fuzz_rows(struct bytes input, const struct chunk *chunk)
{
    struct chunk_walk walk = chunk_walk(input);
    struct bytes key;
    struct bytes value;
    size_t size = CHUNK_ID_SIZE;
    uint64_t rows = 0;
    const uint8_t *last_key = NULL;
    while (chunk_walk_next(&walk, &key, &value)) {
        invariant(chunk_of(chunk_cut(chunk->id), key).value == chunk->id.value);
        if (key.data != last_key)
            size += 8 + key.size;
        last_key = key.data;
        size += value.size;
        rows++;
    }
    invariant(size == input.size && rows == chunk->rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    struct chunk chunk;
    fuzz_entry(input);
    if (chunk_rows_parse(input, &chunk) != ERR_OK)
        return 0;
    invariant(chunk.size == size && chunk.rows > 0);
    invariant(chunk_rows_check(input, &chunk) == ERR_OK);
    fuzz_rows(input, &chunk);
    chunk.hash.bytes[0] ^= 1;
    invariant(chunk_rows_check(input, &chunk) == ERR_DAMAGED);
    return 0;
}
