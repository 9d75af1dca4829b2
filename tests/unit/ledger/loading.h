/*
 * loading.h: a ledger's state taken over, chunk by chunk, into a directory of its own.
 */
#ifndef TESTS_LEDGER_LOADING_H
#define TESTS_LEDGER_LOADING_H

#include "ledger/chunks.h"
#include "ledger/loader.h"
#include "tests/unit/ledger/scene.h"

#define LOADING_BYTES_MAX (1 << 22)

static inline struct loader *loader_at(const char *directory, const struct genesis *genesis,
                                       const struct checkpoint *checkpoint)
{
    struct loader *loader;
    assert_ok(loader_open(directory, genesis, checkpoint, &loader));
    return loader;
}

/* Adds the next chunk; false when there are no more. */
static inline bool load_next(struct chunks *chunks, struct loader *loader)
{
    static uint8_t buffer[LOADING_BYTES_MAX];
    struct chunk chunk;
    enum err err = chunks_next(chunks, loader_last(loader), &chunk);
    if (err == ERR_NOT_FOUND)
        return false;
    assert_ok(err);
    assert_ok(chunks_read(chunks, &chunk, buffer, sizeof(buffer)));
    assert_ok(loader_add(loader, &chunk, bytes_of(buffer, chunk.size)));
    return true;
}

/* A ledger with the state of `from`, which stands at a checkpoint. */
static inline struct ledger *load_ledger(struct ledger *from, const struct genesis *genesis,
                                         const char *directory)
{
    struct chunks *chunks;
    assert_ok(chunks_open(from, &chunks));
    struct checkpoint checkpoint = chunks_checkpoint(chunks);
    struct loader *loader = loader_at(directory, genesis, &checkpoint);
    while (load_next(chunks, loader))
        ;
    assert_ok(loader_end(loader));
    loader_close(loader);
    chunks_close(chunks);
    return ledger_at(directory, genesis);
}

#endif
