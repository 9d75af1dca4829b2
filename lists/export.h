/*
 * export.h: all that has changed on the lists, of all TACs, told in order: since nothing, or since
 * a height.
 */
#ifndef LISTS_EXPORT_H
#define LISTS_EXPORT_H

#include "lists/changes.h"
#include "lists/source.h"

struct export_question {
    struct source *source;
    const struct policy *policy;
    bool is_delta;
    uint64_t since; /* is_delta: a height, at most that of the source */
    bool expand;
    uint64_t expand_max; /* expand: devices in ranges, at most; ERR_TOO_MANY beyond */
    change_tell *tell;
    void *context;
    /* Now and then; may be NULL. Of blocks that are read, then of claims or devices that are looked
     * at: `all` of which there are about. An error ends the run. */
    enum err (*progress)(void *context, const char *what, uint64_t done, uint64_t all);
    void *progress_context;
};

/* ERR_CONFIG with `complaint` when there is no such delta: an organisation has changed since, which
 * may change what each of its claims counts for. Else the
 * errors of the store, of `tell` and `progress`, ERR_MEMORY, ERR_TOO_MANY. */
enum err export_run(const struct export_question *question, struct complaint *complaint) must_check;

#endif
