/*
 * index_log.h: what is heard of the index goes to the log: a line now and then while it is read at
 * the start, one when it is there, one when it gives up.
 */
#ifndef NODE_INDEX_LOG_H
#define NODE_INDEX_LOG_H

#include "eir/index.h"

struct index_log {
    uint64_t started_ms;
    uint64_t told_ms; /* when the last line was written */
};

/* Options of an index that tells the log, which lives as long as it. */
struct index_options index_log_options(struct index_log *log);

/* It is open. */
void index_log_ready(const struct index_log *log, const struct index *index);

#endif
