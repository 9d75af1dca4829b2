/* Manifests of lists: what parses is written again with the same bytes; the same behind a
 * signature. */
#include "lists/manifest.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    struct manifest manifest;
    struct cose_sign1 envelope;
    uint8_t room[MANIFEST_SIZE_MAX];
    if (manifest_open(input, &envelope, &manifest) == ERR_OK)
        input = envelope.payload;
    else if (manifest_parse(input, &manifest) != ERR_OK)
        return 0;
    struct writer again = writer_over(room, sizeof room);
    manifest_write(&again, &manifest);
    invariant(bytes_equal(writer_view(&again), input));
    return 0;
}
