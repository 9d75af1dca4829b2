#include "ledger/chunks.h"

#include "ledger/checkpoints.h"
#include "ledger/chunk_rows.h"

#include <stdlib.h>

struct chunks {
    struct state state;
    struct checkpoint checkpoint;
};

static enum err locate(struct chunks *chunks)
{
    struct ledger_position position;
    struct merkle_frontier frontier;
    enum err err = state_position(&chunks->state, &position, &frontier);
    if (err == ERR_OK)
        err = checkpoint_last(&chunks->state, &chunks->checkpoint);
    if (err == ERR_OK && position.height != chunks->checkpoint.height)
        err = ERR_NOT_FOUND;
    return err;
}

enum err chunks_open(struct ledger *ledger, struct chunks **out)
{
    *out = NULL;
    struct chunks *chunks = calloc(1, sizeof(*chunks));
    if (chunks == NULL)
        return ERR_MEMORY;
    enum err err = state_begin(ledger, false, &chunks->state);
    if (err == ERR_OK)
        err = locate(chunks);
    if (err == ERR_OK)
        *out = chunks;
    else
        chunks_close(chunks);
    return err;
}

void chunks_close(struct chunks *chunks)
{
    if (chunks == NULL)
        return;
    txn_abort(&chunks->state.txn);
    free(chunks);
}

struct checkpoint chunks_checkpoint(const struct chunks *chunks)
{
    return chunks->checkpoint;
}

enum err chunks_next(struct chunks *chunks, struct chunk_id after, struct chunk *out)
{
    uint8_t from[CHUNK_ID_SIZE];
    struct writer writer = writer_over(from, sizeof(from));
    chunk_id_write(&writer, (struct chunk_id){after.value + 1});
    struct cursor cursor = cursor_open(&chunks->state.txn, chunks->state.tables->chunks);
    struct bytes key = {0};
    struct bytes value = {0};
    enum err err = ERR_NOT_FOUND;
    if (cursor_seek(&cursor, writer_view(&writer), &key, &value))
        err = chunk_row_read(key, value, out);
    cursor_close(&cursor);
    return chunks->state.txn.err != ERR_OK ? chunks->state.txn.err : err;
}

static void write_piece(void *context, struct bytes piece)
{
    writer_bytes(context, piece.data, piece.size);
}

enum err chunks_read(struct chunks *chunks, const struct chunk *chunk, uint8_t *buffer,
                     size_t capacity)
{
    if (chunk->size > capacity)
        return ERR_TOO_LARGE;
    struct writer writer = writer_over(buffer, (size_t)chunk->size);
    struct chunk found;
    chunk_rows_write(&chunks->state, chunk->id, write_piece, &writer, &found);
    if (chunks->state.txn.err != ERR_OK)
        return chunks->state.txn.err;
    return writer_ok(&writer) ? chunk_rows_check(writer_view(&writer), chunk) : ERR_DAMAGED;
}
