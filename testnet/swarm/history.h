/*
 * history.h: a history in memory: all that its clients saw.
 */
#ifndef TESTNET_SWARM_HISTORY_H
#define TESTNET_SWARM_HISTORY_H

#include "conf/document.h"
#include "testnet/swarm/record.h"

/* Several days at a hundred operations a second; a record takes some 400 bytes. */
#define HISTORY_RECORDS_MAX (UINT32_C(1) << 25)

struct history {
    struct record_head head;
    size_t count;
    size_t capacity;
    struct record *records; /* in the order of the file; their claims belong to the history */
    bool is_cut;            /* the last line has no end: its writer was killed */
};

/* The line of the file, from 1, that a record stands in. */
static inline unsigned long history_line(const struct history *history, const struct record *record)
{
    return (unsigned long)(record - history->records) + 2;
}

/* ERR_CONFIG with a complaint that has the line; ERR_MEMORY. history_close() in any case. */
enum err history_open(const char *path, struct history *out,
                      struct complaint *complaint) must_check;
void history_close(struct history *history);

#endif
