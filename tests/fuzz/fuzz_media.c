/* Content-Type and Accept: nothing is read beyond the field, and what names a type lets it be sent.
 */
#include "front/media.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"application/json", "application/cose", "text/plain"};
    struct bytes field = bytes_of(data, size);
    size_t named = 0;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        bool lets = media_accepts(field, types[i]);
        named += media_is(field, types[i]);
        invariant(lets || size > 0);
    }
    invariant(named <= 1);
    return 0;
}
