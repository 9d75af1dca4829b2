/*
 * newcomer.h: a node that is to be added: who it is, from the command line.
 */
#ifndef CLI_NEWCOMER_H
#define CLI_NEWCOMER_H

#include "cli/signer.h"

struct newcomer {
    struct public_key key;
    struct name name;
    struct name organisation;
    char address[ADDRESS_SIZE_MAX + 1];
};

/* The key is --public-key: a key file, private or public, or 66 hexadecimal digits. */
enum exit_code newcomer_take_key(struct tool *tool, struct newcomer *out) must_check;

/* The rest, as given; NULL: it is missing. */
enum exit_code newcomer_take(struct tool *tool, const char *name, const char *organisation,
                             const char *address, struct newcomer *out) must_check;

struct statement newcomer_statement(const struct newcomer *newcomer, const struct signer *signer,
                                    uint32_t id);

#endif
