/*
 * Lists of IMEIs and of TACs. The first byte says which, and how many bytes come at a time: what is
 * read must not depend on that.
 */
#include "cli/list.h"
#include "cli/tac_list.h"
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

static void add(struct hasher *hasher, uint64_t line, const char *problem, struct bytes a,
                struct bytes b)
{
    hasher_add(hasher, &line, sizeof line);
    if (problem != NULL) {
        hasher_add(hasher, problem, strlen(problem));
        return;
    }
    hasher_add(hasher, a.data, a.size);
    hasher_add(hasher, ",", 1);
    hasher_add(hasher, b.data, b.size);
}

static void read_list(struct source *source, struct hasher *hasher)
{
    struct list *list;
    struct list_row row;
    struct complaint complaint;
    if (list_open(fill, source, &list, &complaint) != ERR_OK)
        return;
    uint64_t line = 0;
    while (list_next(list, &row)) {
        invariant(row.line > line);
        line = row.line;
        add(hasher, row.line, row.problem, row.imei, row.reason);
    }
    list_close(list);
}

static void read_tac_list(struct source *source, struct hasher *hasher)
{
    static struct tac_list_row row;
    struct tac_list *list;
    struct complaint complaint;
    if (tac_list_open(fill, source, &list, &complaint) != ERR_OK)
        return;
    while (tac_list_next(list, &row)) {
        invariant(row.problem != NULL || row.item.tac < IMEI_TACS);
        add(hasher, row.line, row.problem, bytes_of(row.item.brand, strlen(row.item.brand)),
            bytes_of(row.item.model, strlen(row.item.model)));
    }
    tac_list_close(list);
}

static struct hash read_with(struct bytes input, bool is_tac, size_t chunk)
{
    struct source source = {.left = input, .chunk = chunk};
    struct hasher hasher;
    hasher_begin(&hasher);
    if (is_tac)
        read_tac_list(&source, &hasher);
    else
        read_list(&source, &hasher);
    return hasher_end(&hasher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct bytes input = bytes_of(data + 1, size - 1);
    bool is_tac = (data[0] & 1) != 0;
    struct hash whole = read_with(input, is_tac, SIZE_MAX);
    struct hash parts = read_with(input, is_tac, 1 + (data[0] >> 1));
    invariant(hash_equal(&whole, &parts));
    return 0;
}
