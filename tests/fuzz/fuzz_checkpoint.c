/* Entries of checkpoint blocks: what parses is written again with the same bytes. */
#include "proto/checkpoint.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    struct checkpoint checkpoint;
    if (checkpoint_parse(input, &checkpoint) != ERR_OK) {
        static const struct checkpoint none;
        invariant(checkpoint_equal(&checkpoint, &none));
        return 0;
    }
    uint8_t room[CHECKPOINT_SIZE];
    struct writer again = writer_over(room, sizeof room);
    checkpoint_write(&again, &checkpoint);
    invariant(bytes_equal(writer_view(&again), input));
    return 0;
}
