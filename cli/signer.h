/*
 * signer.h: who signs: a key, its network and its organisation's country.
 *
 * Network and country come from --genesis, from --network with --country, or from the node. With
 * --out no node is asked.
 */
#ifndef CLI_SIGNER_H
#define CLI_SIGNER_H

#include "cli/tool.h"
#include "proto/client.h"

/* How long a statement of this tool is valid. */
#define SIGNER_VALIDITY_MS (UINT64_C(24) * 3600 * 1000)

struct signer {
    struct secret_key secret;
    struct key_id kid;
    struct hash network;
    struct country country;
};

/* Opens --key and learns the rest. After EXIT_DONE close it; else there is nothing to close. */
enum exit_code signer_open(struct tool *tool, struct signer *out) must_check;
void signer_close(struct signer *signer); /* overwrites the key */

/* The public key with that id: of the node's ledger, or of --genesis. */
enum exit_code signer_find_key(struct tool *tool, const struct key_id *id,
                               struct public_key *out) must_check;

/* A statement in a lane of its own, issued now; the caller adds what it says. */
struct statement signer_statement(const struct signer *signer, enum operation operation);

/* A signed statement. */
struct draft {
    uint8_t *data; /* malloc'ed, TX_SIZE_MAX */
    struct bytes encoded;
    struct hash id;
};

/* ERR_TOO_LARGE, ERR_BAD_KEY. draft_close() in any case. */
enum err signer_sign(const struct signer *signer, const struct statement *statement,
                     struct draft *out) must_check;
void draft_close(struct draft *draft);

#endif
