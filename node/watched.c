#include "node/watched.h"

#include "node/health.h"

static void write_metrics(void *context, struct writer *writer)
{
    const struct watched *watched = context;
    exposition_write(&watched->exposition, writer);
}

static bool write_ready(void *context, struct writer *writer)
{
    const struct watched *watched = context;
    struct facts_row facts = facts_get(watched->exposition.facts);
    struct ledger_position position = ledger_position(watched->exposition.ledger);
    struct health health = health_of(&facts, &position, eir_is_stale(watched->exposition.eir));
    health_write(&health, writer);
    return health_is_ready(&health);
}

struct watch_port watched_port(struct watched *watched)
{
    return (struct watch_port){.context = watched,
                               .metrics_size_max = EXPOSITION_SIZE_MAX,
                               .metrics = write_metrics,
                               .ready_size_max = HEALTH_SIZE_MAX,
                               .ready = write_ready};
}
