/*
 * National lists of stolen devices. The first byte says how many bytes come at a time: what is read
 * must not depend on that.
 */
#include "cli/stolen.h"
#include "proto/hash.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct source {
    struct bytes left;
    size_t chunk;
};

static enum err fill(void *context, void *buffer, size_t capacity, size_t *size)
{
    struct source *source = context;
    *size = source->left.size < source->chunk ? source->left.size : source->chunk;
    *size = *size < capacity ? *size : capacity;
    if (*size > 0)
        memcpy(buffer, source->left.data, *size);
    source->left = bytes_of(source->left.data + *size, source->left.size - *size);
    return ERR_OK;
}

static struct hash read_all(struct bytes input, size_t chunk)
{
    struct source source = {input, chunk};
    struct stolen *stolen;
    struct stolen_row row;
    struct complaint complaint;
    struct hasher hasher;
    uint64_t line = 0;
    hasher_begin(&hasher);
    if (stolen_open(fill, &source, &stolen, &complaint) != ERR_OK)
        return hasher_end(&hasher);
    while (stolen_next(stolen, &row)) {
        invariant(row.line > line);
        invariant((row.change == STOLEN_WHOLE) != stolen_is_delta(stolen) ||
                  row.problem[0] != '\0');
        line = row.line;
        hasher_add(&hasher, row.problem, strlen(row.problem));
        if (row.problem[0] == '\0') {
            invariant(row.imei.value < IMEI_VALUES);
            hasher_add(&hasher, &row.imei.value, sizeof row.imei.value);
            hasher_add(&hasher, &row.is_on, sizeof row.is_on);
        }
    }
    invariant(stolen_err(stolen) == ERR_OK);
    stolen_close(stolen);
    return hasher_end(&hasher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes input = bytes_of(data + 1, size - 1);
    struct hash whole = read_all(input, SIZE_MAX);
    struct hash pieces = read_all(input, 1 + data[0] % 64u);
    invariant(hash_equal(&whole, &pieces));
    return 0;
}
