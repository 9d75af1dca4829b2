/*
 * layer.h: what contents (files.c) and names (names.c) of the data directory share: the control
 * file, the journal and the lock that both take for as long as a call is made.
 */
#ifndef TESTNET_LAYER_LAYER_H
#define TESTNET_LAYER_LAYER_H

#include "testnet/layer/control.h"
#include "testnet/layer/journal.h"

#include <limits.h>
#include <pthread.h>

struct layer {
    bool is_on;
    int directory; /* the layer's */
    struct control *control;
    bool has_journal; /* from the first call about the data directory: children make none */
    struct journal journal;
    pthread_mutex_t mutex;
    char data[PATH_MAX]; /* the data directory, without links */
    size_t data_size;
};

extern struct layer layer;

/* Taken for as long as a call about the data directory is made. */
void layer_lock(void);
void layer_unlock(void);

/* The path of an absolute path without links below the data directory: "" for that itself; NULL
 * when it is elsewhere. */
const char *layer_below(const char *path);

/* Cuts or lengthens an open file, by one that holds the lock. */
int layer_resize(int fd, off_t size);

/* Waits as long as a sync is to take, and says what it does then. Without the lock. */
enum layer_sync {
    SYNC_MADE,
    SYNC_SWALLOWED,
    SYNC_FAILED, /* errno is set */
};
enum layer_sync layer_sync_begin(void);

#endif
