/* Clients' requests: what parses is written again with the same bytes. */
#include "proto/client.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct request request;
static uint8_t room[REQUEST_SIZE_MAX];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    if (request_parse(input, &request) != ERR_OK)
        return 0;
    invariant(request_word(request.kind) != NULL);
    invariant(request.imei_count <= CHECK_IMEIS_MAX);
    struct writer again = writer_over(room, sizeof room);
    request_write(&again, &request);
    invariant(bytes_equal(writer_view(&again), input));
    return 0;
}
