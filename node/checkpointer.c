#include "node/checkpointer.h"

#include "node/clock.h"
#include "node/log.h"

void checkpointer_want(struct checkpointer *checkpointer, uint64_t now_ms)
{
    bool rests =
        checkpointer->wish_ms != 0 && now_ms - checkpointer->wish_ms < CHECKPOINTER_REST_MS;
    if (checkpointer->term == 0 || rests)
        return;
    checkpointer->wished = 2;
    checkpointer->wish_ms = checkpointer->paced_ms = now_ms;
}

static void note_checkpoint(struct checkpointer *checkpointer, const struct trail *trail,
                            uint64_t now_ms)
{
    if (checkpointer->after == trail->checkpoint || checkpointer->wished == 0)
        return;
    checkpointer->wished--;
    checkpointer->paced_ms = now_ms;
}

bool checkpointer_due(struct checkpointer *checkpointer, const struct driver_status *status,
                      uint64_t now_ms)
{
    const struct trail *trail = &status->trail;
    if (checkpointer->after != trail->checkpoint || checkpointer->term != status->term)
        checkpointer->since_ms = 0;
    if (checkpointer->term != status->term)
        checkpointer->wished = 0;
    note_checkpoint(checkpointer, trail, now_ms);
    checkpointer->after = trail->checkpoint;
    checkpointer->term = status->term;
    if (checkpointer->wished > 0 && now_ms - checkpointer->paced_ms >= CHECKPOINTER_HEED_MS)
        return true;
    if (trail->change <= trail->before)
        return false; /* the last two say the same but for their place */
    if (checkpointer->since_ms == 0)
        checkpointer->since_ms = now_ms;
    return now_ms - checkpointer->since_ms >= checkpointer->wait_ms ||
           status->tip.height - trail->checkpoint >= checkpointer->blocks;
}

void checkpointer_tend(struct checkpointer *checkpointer, struct driver *driver)
{
    if (!driver_leads(driver)) {
        checkpointer->term = checkpointer->wish_ms = 0;
        return;
    }
    struct driver_status status = driver_status(driver);
    if (!checkpointer_due(checkpointer, &status, clock_monotonic_ms()))
        return;
    /* What this node computed at the last checkpoint of its log, if it has applied it. */
    struct checkpoint last = ledger_checkpoint(checkpointer->ledger);
    if (last.height != status.trail.checkpoint)
        return;
    enum err err = driver_propose_checkpoint(driver, &last);
    if (err == ERR_BUSY)
        return;
    log_event(err == ERR_OK ? LOG_INFO : LOG_WARNING, "checkpoint", "height=%llu of=%llu why=%s",
              (unsigned long long)status.tip.height + 1, (unsigned long long)last.height,
              err_name(err));
}
