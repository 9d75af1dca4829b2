/*
 * identity.h: who this node is: what its configuration's files say, checked against each other.
 */
#ifndef NODE_IDENTITY_H
#define NODE_IDENTITY_H

#include "node/config.h"
#include "proto/client.h"
#include "proto/genesis.h"

struct identity {
    struct genesis *genesis;
    struct bytes genesis_file;       /* views of the buffers below */
    const struct genesis_node *node; /* this node; NULL: not known yet, identity_become() */
    struct genesis_node self;        /* that node, where the genesis does not have it */
    size_t organisation;             /* whose CA its certificate is from; place in the genesis */
    struct secret_key key;
    struct public_key public_key;
    const char *certificate; /* PEM, terminated */
    const char *certificate_key;
    uint64_t certificate_until_ms; /* wall time at which the certificate, or its CA, expires */
    uint8_t *buffers[4];
};

/* Reads genesis, key and certificate, and checks that they are of one node of the genesis; or, with
 * `join`, that the certificate is of an organisation of the genesis. On an error `complaint` says
 * which file and what to do; ERR_CONFIG, ERR_MEMORY. */
enum err identity_load(const struct config *config, struct identity *out,
                       struct complaint *complaint) must_check;
/* The ledger knows the node by its key: it is this one. ERR_CONFIG when the configuration has
 * another name, or the certificate is another organisation's; ERR_MEMORY. */
enum err identity_become(const struct config *config, const struct node_info *info,
                         struct identity *identity, struct complaint *complaint) must_check;

void identity_free(struct identity *identity);

/* A line in the log when the certificate, or its CA's, expires within a month. */
void identity_warn_of_expiry(const struct identity *identity);

/* The address of the node of that name: the configuration's, else `address`. */
const char *identity_address(const struct config *config, const struct name *name,
                             const char *address);

#endif
