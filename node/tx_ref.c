#include "node/tx_ref.h"

#include <stdlib.h>

/* Brings the signature into its low-S form; the bytes keep their length. */
static enum err normalise(struct tx_ref *ref)
{
    struct signature signature = ref->tx.envelope.signature;
    if (!signature_normalise(&signature))
        return ERR_OK;
    size_t size = ref->tx.encoded.size;
    uint8_t *copy = malloc(size);
    if (copy == NULL)
        return ERR_MEMORY;
    struct writer writer = writer_over(copy, size);
    transaction_normalise(&ref->tx, &writer);
    memcpy(ref->bytes, copy, size);
    free(copy);
    if (!writer_ok(&writer) || writer.size != size)
        return ERR_INTERNAL;
    return transaction_parse(bytes_of(ref->bytes, size), &ref->tx);
}

enum err tx_ref_make(struct bytes encoded, struct tx_ref **out)
{
    *out = NULL;
    if (encoded.size > TX_SIZE_MAX)
        return ERR_TOO_LARGE;
    struct tx_ref *ref = malloc(sizeof *ref + encoded.size);
    if (ref == NULL)
        return ERR_MEMORY;
    atomic_init(&ref->count, 1);
    if (encoded.size > 0)
        memcpy(ref->bytes, encoded.data, encoded.size);
    enum err err = transaction_parse(bytes_of(ref->bytes, encoded.size), &ref->tx);
    if (err == ERR_OK)
        err = normalise(ref);
    if (err != ERR_OK) {
        free(ref);
        return err;
    }
    *out = ref;
    return ERR_OK;
}

struct tx_ref *tx_ref_hold(struct tx_ref *ref)
{
    atomic_fetch_add(&ref->count, 1);
    return ref;
}

void tx_ref_drop(struct tx_ref *ref)
{
    if (ref != NULL && atomic_fetch_sub(&ref->count, 1) == 1)
        free(ref);
}
