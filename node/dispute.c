#include "node/dispute.h"

bool dispute_note(struct dispute *dispute, uint32_t leader, uint64_t term, uint64_t now_ms,
                  uint64_t election_max_ms)
{
    if (dispute->leader != leader || dispute->term != term)
        *dispute = (struct dispute){leader, term, now_ms};
    return now_ms - dispute->since_ms > DISPUTE_TIMEOUTS * election_max_ms;
}

void dispute_settle(struct dispute *dispute)
{
    dispute->leader = 0;
}
