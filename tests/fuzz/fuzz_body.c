/* JSON bodies: what is taken is printed as JSON that means the same, within the bounds. */
#include "proto/invariant.h"
#include "json/body.h"
#include "json/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"imeis", "fresh_ms", NULL};
    json_t *value;
    json_t *again;
    const char *unknown;
    if (body_parse(bytes_of(data, size), &value) != ERR_OK)
        return 0;
    invariant(json_is_object(value));
    invariant((body_knows(value, names, &unknown) == ERR_OK) == (unknown == NULL));
    struct print print = print_up_to(SIZE_MAX);
    print_value(&print, json_incref(value));
    invariant(print.err == ERR_OK);
    invariant(body_parse(print_view(&print), &again) == ERR_OK);
    invariant(json_equal(value, again));
    print_free(&print);
    json_decref(again);
    json_decref(value);
    return 0;
}
