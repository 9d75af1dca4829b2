/* Lines of a history: what parses is printed again as the same bytes. */
#include "proto/invariant.h"
#include "testnet/swarm/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct record_claim room[CHECK_CLAIMS_MAX];
    static uint8_t text[RECORD_SIZE_MAX];
    struct bytes line = bytes_of(data, size);
    struct writer again = writer_over(text, sizeof text);
    struct record record;
    struct record_head head;
    bool is_record = record_parse(line, room, &record) == ERR_OK;
    bool is_head = record_head_parse(line, &head) == ERR_OK;
    invariant(!is_record || !is_head);
    if (is_record)
        record_print(&again, &record);
    if (is_head)
        record_head_print(&again, &head);
    invariant((!is_record && !is_head) || bytes_equal(writer_view(&again), line));
    return 0;
}
