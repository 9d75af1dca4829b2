/*
 * identity.h: who this node is: what its configuration's files say, checked against each other.
 */
#ifndef NODE_IDENTITY_H
#define NODE_IDENTITY_H

#include "node/config.h"
#include "proto/genesis.h"

struct identity {
    struct genesis *genesis;
    struct bytes genesis_file;       /* views of the buffers below */
    const struct genesis_node *node; /* this node in the genesis */
    struct secret_key key;
    const char *certificate; /* PEM, terminated */
    const char *certificate_key;
    uint64_t certificate_until_ms; /* wall time at which the certificate, or its CA, expires */
    uint8_t *buffers[4];
};

/* Reads genesis, key and certificate, and checks that they are of one node. On an error `complaint`
 * says which file and what to do; ERR_CONFIG, ERR_MEMORY. */
enum err identity_load(const struct config *config, struct identity *out,
                       struct complaint *complaint) must_check;
void identity_free(struct identity *identity);

/* The address of the node of that name: the configuration's, else `address`. */
const char *identity_address(const struct config *config, const struct name *name,
                             const char *address);

#endif
