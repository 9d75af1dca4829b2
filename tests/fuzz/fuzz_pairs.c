/*
 * Pairs: the first byte chooses the text that is imported, or the file. Whatever is taken is
 * written and read again as the same; what is refused says why.
 */
#include "eir/pairs.h"
#include "proto/invariant.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct pairs_key key = {{1}};

static void check(const struct pairs *pairs)
{
    struct pairs *again;
    size_t size = pairs_size(pairs);
    uint8_t *file = malloc(size);
    invariant(file != NULL);
    struct writer writer = writer_over(file, size);
    pairs_write(pairs, &writer);
    invariant(writer_ok(&writer) && writer.size == size);
    invariant(pairs_read(writer_view(&writer), &key, &again) == ERR_OK);
    invariant(pairs_count(again) == pairs_count(pairs));
    pairs_free(again);
    free(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pairs *pairs = NULL;
    struct complaint complaint = {.line = 0};
    if (size == 0)
        return 0;
    struct bytes input = bytes_of(data + 1, size - 1);
    bool is_file = data[0] == 'f';
    enum err err =
        is_file ? pairs_read(input, &key, &pairs) : pairs_import(input, &key, &pairs, &complaint);
    if (err == ERR_OK)
        check(pairs);
    else
        invariant(err == (is_file ? ERR_DAMAGED : ERR_CONFIG) && pairs == NULL &&
                  (is_file || complaint.text[0] != '\0'));
    pairs_free(pairs);
    return 0;
}
