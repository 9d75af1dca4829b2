/* GSUP messages: whoever wants an answer gets one that fits, that carries the IMSI as it came, and
 * that wants no answer itself. */
#include "front/gsup.h"
#include "front/ipa.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_answer(const struct writer *answer, const struct gsup_message *request)
{
    struct gsup_message again;
    enum gsup_cause cause;
    struct bytes view = writer_view(answer);
    invariant(writer_ok(answer) && view.size > 3 + request->imsi_bcd.size);
    invariant((view.data[0] & 3) != 0 && (view.data[0] & ~3) == request->type);
    invariant(bytes_equal(bytes_of(view.data + 3, request->imsi_bcd.size), request->imsi_bcd));
    invariant(!gsup_read(view, &again, &cause));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gsup_message request;
    enum gsup_cause cause;
    uint8_t buffer[GSUP_MESSAGE_SIZE_MAX];
    if (!gsup_read(bytes_of(data, size), &request, &cause))
        return 0;
    struct writer error = writer_over(buffer, sizeof buffer);
    gsup_write_error(&error, &request, GSUP_CAUSE_NETWORK_FAILURE);
    check_answer(&error, &request);
    if (cause != GSUP_CAUSE_NONE)
        return 0;
    invariant(request.type == GSUP_CHECK_IMEI_REQUEST && imsi_is_given(&request.imsi));
    invariant(request.imei.value < IMEI_VALUES);
    struct writer result = writer_over(buffer, sizeof buffer);
    gsup_write_result(&result, &request, true);
    check_answer(&result, &request);
    return 0;
}
