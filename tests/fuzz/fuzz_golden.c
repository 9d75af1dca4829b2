/*
 * A golden list. What is taken has each device of its single lines; what is refused says why.
 */
#include "eir/golden.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct golden *golden;
    struct complaint complaint;
    enum err err = golden_parse(bytes_of(data, size), &golden, &complaint);
    if (err != ERR_OK) {
        invariant(err == ERR_CONFIG && complaint.text[0] != '\0' && golden == NULL);
        return 0;
    }
    struct imei_parsed parsed;
    if (imei_parse((const char *)data, size, IMEI_FROM_PERSON, &parsed) == ERR_OK)
        invariant(golden_has(golden, parsed.imei) && golden_count(golden) == 1);
    invariant(golden_count(golden) <= size);
    golden_free(golden);
    return 0;
}
