/* Queries: what is taken is bounded, has no control characters, and is no longer than what it was
 * read from. */
#include "front/query.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct query query = query_over(bytes_of(data, size));
    struct query_param param;
    size_t total = 0;
    while (query_next(&query, &param)) {
        size_t name_size = strlen(param.name);
        invariant(name_size > 0 && name_size <= QUERY_NAME_MAX);
        invariant(param.value_size <= QUERY_VALUE_MAX);
        invariant(strlen(param.value) == param.value_size);
        for (const char *c = param.value; *c != '\0'; c++)
            invariant((unsigned char)*c >= 0x20 && *c != 0x7f);
        total += name_size + param.value_size;
    }
    invariant(total <= size);
    invariant(query.err != ERR_OK || query.rest.size == 0);
    return 0;
}
