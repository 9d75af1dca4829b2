/*
 * places.h: what a directory of a test network says: its nodes, and who can sign.
 *
 * testnet/make.sh writes it: `genesis`, `nodes/names`, and of each node `clients` (its address) and
 * `data-path`; of each organisation `organisations/NAME/key.pem`.
 */
#ifndef TESTNET_SWARM_PLACES_H
#define TESTNET_SWARM_PLACES_H

#include "conf/document.h"
#include "proto/genesis.h"

#include <limits.h>

enum { PLACES_NODES_MAX = 64, PLACES_SIGNERS_MAX = 64 };

struct place {
    struct name node;
    char address[ADDRESS_SIZE_MAX + 1]; /* as imei's --node */
    char data[PATH_MAX];                /* its data directory */
};

struct signer_key {
    struct name organisation;
    struct country country;
    unsigned roles;
    struct secret_key secret;
};

struct places {
    char directory[PATH_MAX];
    uint8_t *genesis_data;
    struct genesis *genesis;
    size_t node_count; /* 1 or more */
    struct place nodes[PLACES_NODES_MAX];
    size_t signer_count;
    struct signer_key signers[PLACES_SIGNERS_MAX];
};

/* ERR_CONFIG with a complaint that names the file; ERR_MEMORY. places_close() in any case. */
enum err places_open(const char *directory, struct places *out,
                     struct complaint *complaint) must_check;

/* Also the keys of all organisations that may block devices: 1 or more. */
enum err places_take_keys(struct places *places, struct complaint *complaint) must_check;

void places_close(struct places *places); /* overwrites the keys */

#endif
