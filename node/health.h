/*
 * health.h: whether a node is to be asked, and if not, why.
 *
 * It lives when it can say so at all. It is ready when it has a state, that state is not older than
 * the operator allows, and nothing is being built that answers need. Any thread.
 */
#ifndef NODE_HEALTH_H
#define NODE_HEALTH_H

#include "ledger/ledger.h"
#include "node/facts.h"
#include "proto/writer.h"

/* X(name, word, sentence): why a node is not to be asked. */
#define UNREADY_TABLE(X)                                                                           \
    X(NO_STATE, "no-state", "it takes its state from other nodes")                                 \
    X(STALE, "stale", "its state is older than the policy allows")

enum unready {
#define X(name, word, sentence) UNREADY_##name,
    UNREADY_TABLE(X)
#undef X
        UNREADY_COUNT
};

struct health {
    uint64_t height;
    uint64_t age_ms; /* or AGE_UNKNOWN */
    bool is[UNREADY_COUNT];
};

#define HEALTH_SIZE_MAX 1024

/* `is_stale`: what the operator's policy calls the age of the state. */
struct health health_of(const struct facts_row *facts, const struct ledger_position *position,
                        bool is_stale);
bool health_is_ready(const struct health *health);

/* {"status": "ready" | "not-ready", "height": …, "age_ms": … | null, "reasons": [{"reason":
 * "stale", "text": "…"}]}, at most HEALTH_SIZE_MAX bytes. */
void health_write(const struct health *health, struct writer *writer);

#endif
