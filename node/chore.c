#include "node/chore.h"

#include "proto/invariant.h"

static void on_work(uv_work_t *request)
{
    struct chore *chore = request->data;
    chore->work(chore->context);
}

static void on_done(uv_work_t *request, int status)
{
    struct chore *chore = request->data;
    (void)status; /* nobody cancels it */
    chore->is_busy = false;
    if (chore->is_closed)
        return;
    chore->done(chore->context);
    if (chore->is_wanted)
        chore_want(chore);
}

void chore_want(struct chore *chore)
{
    chore->is_wanted = chore->is_busy;
    if (chore->is_busy || chore->is_closed)
        return;
    chore->is_busy = true;
    chore->request.data = chore;
    invariant(uv_queue_work(chore->loop, &chore->request, on_work, on_done) == 0);
}

void chore_close(struct chore *chore)
{
    chore->is_closed = true;
}
