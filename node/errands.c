#include "node/errands.h"

#include "node/answer.h"

#include <stdlib.h>

struct errand_call {
    struct call call;
    struct errand *errand;
};

static void forget(struct call *call)
{
    errand_forget(((struct errand_call *)call)->errand);
}

static void answer(struct call *call, struct bytes response)
{
    errand_answer(((struct errand_call *)call)->errand, response);
    free(call);
}

static const struct call_way way = {.face = FACE_API, .forget = forget, .answer = answer};

static void refuse(struct errand *errand, enum err err)
{
    uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    answer_write_error(&writer, err);
    errand_answer(errand, writer_view(&writer));
}

static void take(void *context, struct errand *errand)
{
    struct errand_call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        refuse(errand, ERR_BUSY);
        return;
    }
    call->call.way = &way;
    call->call.request = errand_request(errand);
    call->errand = errand;
    clerk_take(context, &call->call);
}

struct asker_port errands_port(struct clerk *clerk)
{
    return (struct asker_port){.take = take, .context = clerk};
}
