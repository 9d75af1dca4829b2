/*
 * data.h: the data directory: opened, locked, checked whole.
 *
 * Every block is read and checked against the one before it at each start: about a second a
 * gigabyte, and a node never serves from a log that is not sound.
 */
#ifndef NODE_DATA_H
#define NODE_DATA_H

#include "consensus/disk.h"
#include "ledger/view.h"
#include "node/identity.h"
#include "node/verified.h"

struct data {
    int lock;
    struct disk *disk;
    struct ledger *ledger;
    struct verified *verified;
    uint64_t damaged; /* height of the first damaged block; 0: none */
};

/* Locks the directory and opens the state: enough to find out who this node is. On an error the log
 * says what to do about it. */
enum err data_open(const char *directory, const struct identity *identity,
                   struct data *out) must_check;

/* Opens the log of the node that identity->node is, and checks it. After an error, of which the log
 * says the same, the data is closed. A damaged block is none yet: with `damaged` set, nothing but
 * mender_run() may be done with the data until data_check() is content. */
enum err data_open_log(const char *directory, const struct identity *identity,
                       struct data *data) must_check;

/* Reads all again after damage was mended. */
enum err data_check(const char *directory, struct data *data) must_check;

/* The node with that key, by the state. ERR_NOT_FOUND. */
enum err data_find_node(const struct data *data, const struct public_key *key,
                        struct node_info *out) must_check;

void data_close(struct data *data);

#endif
