/*
 * data.h: the data directory: opened, locked, checked whole.
 *
 * Every block is read and checked against the one before it at each start: about a second a
 * gigabyte, and a node never serves from a log that is not sound.
 */
#ifndef NODE_DATA_H
#define NODE_DATA_H

#include "consensus/disk.h"
#include "ledger/ledger.h"
#include "node/identity.h"
#include "node/verified.h"

struct data {
    int lock;
    struct disk *disk;
    struct ledger *ledger;
    struct verified *verified;
};

/* On an error the log says what to do about it. */
enum err data_open(const char *directory, const struct identity *identity,
                   struct data *out) must_check;
void data_close(struct data *data);

#endif
