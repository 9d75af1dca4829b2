#include "node/index_log.h"

#include "node/clock.h"
#include "node/log.h"

/* Between two lines: a start that takes less has none. */
enum { EVERY_MS = 2000 };

static void on_progress(void *context, uint64_t done, uint64_t all)
{
    struct index_log *log = context;
    uint64_t now_ms = clock_monotonic_ms();
    if (now_ms - log->told_ms < EVERY_MS)
        return;
    log->told_ms = now_ms;
    log_event(LOG_INFO, "index_reading", "claims=%llu of=%llu", (unsigned long long)done,
              (unsigned long long)all);
}

static void on_given_up(void *context, enum err err)
{
    (void)context;
    log_event(LOG_ERROR, "index_given_up",
              "why=%s text=\"the index of claims is gone: answers come from the disk, and slower, "
              "until the node starts again\"",
              err_name(err));
}

struct index_options index_log_options(struct index_log *log)
{
    log->started_ms = clock_monotonic_ms();
    log->told_ms = log->started_ms;
    return (struct index_options){.progress = on_progress, .given_up = on_given_up, .context = log};
}

void index_log_ready(const struct index_log *log, const struct index *index)
{
    struct index_size size = index_size(index);
    if (size.has_given_up)
        return;
    log_event(LOG_INFO, "index_ready", "claims=%llu ranges=%llu tacs=%llu bytes=%llu took_ms=%llu",
              (unsigned long long)size.claims, (unsigned long long)size.ranges,
              (unsigned long long)size.tacs, (unsigned long long)size.bytes,
              (unsigned long long)(clock_monotonic_ms() - log->started_ms));
}
