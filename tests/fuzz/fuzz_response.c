/* A node's responses, as a client reads them: what parses is written again with the same bytes. The
 * first byte is the kind of the request. */
#include "proto/cbor.h"
#include "proto/client.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads a body into static memory and writes it again when it was sound. */
#define AGAIN(type, read, write)                                                                   \
    static void again_##type(struct reader *reader, struct writer *again)                          \
    {                                                                                              \
        static struct type found;                                                                  \
        read(reader, &found);                                                                      \
        if (reader_ok(reader))                                                                     \
            write(again, &found);                                                                  \
    }

AGAIN(status, status_read, status_write)
AGAIN(check_answer, check_answer_read, check_answer_write)
AGAIN(history_answer, history_answer_read, history_answer_write)
AGAIN(tac_info, tac_info_read, tac_info_write)
AGAIN(tx_answer, tx_answer_read, tx_answer_write)
AGAIN(organisation_info, organisation_info_read, organisation_info_write)
AGAIN(node_info, node_info_read, node_info_write)
AGAIN(standing_answer, standing_answer_read, standing_answer_write)
AGAIN(sightings_answer, sightings_answer_read, sightings_answer_write)

static void again_list(struct reader *reader, struct writer *again,
                       void (*element)(struct reader *, struct writer *))
{
    size_t count = cbor_array(reader);
    cbor_put_array(again, count);
    for (size_t i = 0; i < count && reader_ok(reader); i++)
        element(reader, again);
}

static void again_body(enum request_kind kind, struct reader *reader, struct writer *again)
{
    switch (kind) {
    case REQUEST_STATUS: again_status(reader, again); break;
    case REQUEST_CHECK: again_list(reader, again, again_check_answer); break;
    case REQUEST_HISTORY: again_history_answer(reader, again); break;
    case REQUEST_TAC: again_tac_info(reader, again); break;
    case REQUEST_SUBMIT:
    case REQUEST_TRANSACTION: again_tx_answer(reader, again); break;
    case REQUEST_ORGANISATIONS: again_list(reader, again, again_organisation_info); break;
    case REQUEST_NODES: again_list(reader, again, again_node_info); break;
    case REQUEST_STANDING: again_standing_answer(reader, again); break;
    case REQUEST_SIGHTINGS: again_sightings_answer(reader, again); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[RESPONSE_SIZE_MAX];
    if (size == 0 || size > sizeof room)
        return 0;
    struct bytes input = bytes_of(data + 1, size - 1);
    struct reader reader = reader_over(input);
    struct response_head head;
    response_head_read(&reader, &head);
    if (!reader_ok(&reader) || request_word((enum request_kind)data[0]) == NULL)
        return 0;
    struct writer again = writer_over(room, sizeof room);
    response_head_write(&again, &head);
    if (head.err == ERR_OK)
        again_body((enum request_kind)data[0], &reader, &again);
    if (reader_done(&reader) == ERR_OK)
        invariant(bytes_equal(writer_view(&again), input));
    return 0;
}
