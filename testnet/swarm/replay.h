/*
 * replay.h: what the ledgers of a stopped network say: the blocks of its nodes compared, one of
 * their logs applied anew, each state compared with what comes of that.
 *
 * Nothing is written to the data directories. A damaged file may end the process, as LMDB trusts
 * its pages: `imei audit` says where.
 */
#ifndef TESTNET_SWARM_REPLAY_H
#define TESTNET_SWARM_REPLAY_H

#include "conf/document.h"
#include "proto/block.h"
#include "proto/client.h"
#include "testnet/swarm/findings.h"
#include "testnet/swarm/ids.h"

enum { REPLAY_NODES_MAX = 64 };

struct replay_source {
    const char *name;
    const char *data; /* the node's data directory */
};

/* What became of a transaction. */
struct placed {
    uint64_t height;   /* of its first place; 0: it is in no ledger */
    uint32_t position; /* in that block */
    enum err err;      /* ERR_OK: it counts */
    bool is_authentic; /* else the ledgers do not know its id */
    uint32_t times;    /* that it was applied */
};

/* A claim of one organisation on one device was raised or lifted. */
struct event {
    struct imei imei;
    uint64_t height;
    size_t sequence; /* among all events */
    uint32_t number; /* the transaction's, in `ids` */
    bool is_raised;
    enum claim_kind kind;
    uint16_t claimant;        /* the number of the organisation whose claim it is, */
    struct name organisation; /* and its name */
};

struct replay_node {
    uint64_t blocks;  /* in its log, of which the last may never be committed */
    uint64_t applied; /* its state's height */
};

struct replay {
    uint64_t height; /* the highest that a state has */
    size_t node_count;
    struct replay_node nodes[REPLAY_NODES_MAX];
    struct ids ids;        /* transactions of the ledger, and of the history */
    struct placed *placed; /* by number; as many as the ledger's transactions, which come first */
    size_t placed_count;
    size_t placed_capacity;
    struct event *events; /* by device; of one device in their order */
    size_t event_count;
    size_t event_capacity;
};

/* Reads it all; adds to CHECK_LEDGERS. ERR_CONFIG with a complaint: a directory is none, a node
 * runs on it, or it cannot be read; ERR_MEMORY. replay_close() in any case. */
enum err replay_run(const struct replay_source *sources, size_t count, struct replay *out,
                    struct findings *findings, struct complaint *complaint) must_check;
void replay_close(struct replay *replay);

#endif
