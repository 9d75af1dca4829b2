/* The gate before freeDiameter: what passes has a header that says its size, whole AVPs to its end,
 * and nothing that another reading of the same bytes takes for something else. */
#include "front/diameter_gate.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t number_at(const uint8_t *at, size_t count)
{
    size_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | at[i];
    return number;
}

/* As freeDiameter walks: by the lengths alone. */
static void walk(const uint8_t *at, const uint8_t *end)
{
    enum { SESSION_ID = 263, ORIGIN_HOST = 264, USER_NAME = 1 };
    while (at < end) {
        invariant(end - at >= 8);
        size_t code = number_at(at, 4);
        size_t size = number_at(at + 5, 3);
        size_t header = (at[4] & 0x80) != 0 ? 12 : 8;
        invariant(size >= header && size <= (size_t)(end - at));
        if (header == 8 && (code == SESSION_ID || code == ORIGIN_HOST || code == USER_NAME))
            invariant(size > header);
        at += (size + 3) / 4 * 4;
    }
    invariant(at == end);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!diameter_gate(bytes_of(data, size)))
        return 0;
    invariant(size >= 20 && size <= DIAMETER_MESSAGE_SIZE_MAX && data[0] == 1);
    invariant(number_at(data + 1, 3) == size);
    walk(data + 20, data + size);
    return 0;
}
