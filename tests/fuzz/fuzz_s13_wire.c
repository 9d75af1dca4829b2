/* Records between a node and its Diameter process: what is read is written to the same bytes. */
#include "front/s13_wire.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bytes[S13_SAID_SIZE] = {0};
    uint8_t again[S13_SAID_SIZE];
    struct s13_said said;
    struct s13_answer answer;
    memcpy(bytes, data, size < sizeof bytes ? size : sizeof bytes);
    if (s13_said_read(bytes, &said) == ERR_OK && said.kind != S13_STARTED) {
        s13_said_write(&said, again);
        invariant(memcmp(again, bytes, sizeof bytes) == 0);
    }
    if (s13_answer_read(bytes, &answer) == ERR_OK) {
        s13_answer_write(&answer, again);
        invariant(memcmp(again, bytes, S13_ANSWER_SIZE) == 0);
    }
    return 0;
}
