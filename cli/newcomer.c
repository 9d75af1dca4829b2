#include "cli/newcomer.h"

#include "cli/key.h"
#include "proto/address.h"
#include "proto/hex.h"

#include <string.h>

enum exit_code newcomer_take_key(struct tool *tool, struct newcomer *out)
{
    const char *text = tool_value(tool, OPTION_PUBLIC_KEY);
    if (text == NULL)
        return tool_misused(tool, "Give --public-key: a file of imei key new, or 66 digits.",
                            "the node's key is missing");
    if (hex_decode(text, strlen(text), out->key.bytes, PUBLIC_KEY_SIZE) != ERR_OK)
        return key_open_public(tool, text, &out->key);
    if (public_key_check(&out->key) == ERR_OK)
        return EXIT_DONE;
    return tool_misused(tool, "Copy the digits again: imei key show prints them.",
                        "--public-key: %s", err_sentence(ERR_BAD_KEY));
}

enum exit_code newcomer_take(struct tool *tool, const char *name, const char *organisation,
                             const char *address, struct newcomer *out)
{
    if (name == NULL || name_parse(name, strlen(name), &out->name) != ERR_OK)
        return tool_misused(tool, "Use lower-case letters, digits, - and ., at most 32.",
                            "'%s' is no node's name", name != NULL ? name : "");
    if (organisation == NULL ||
        name_parse(organisation, strlen(organisation), &out->organisation) != ERR_OK)
        return tool_misused(tool, "Give --organisation: imei org list shows the names.",
                            "the node's organisation is missing or no name");
    if (address == NULL || address_check(address) != ERR_OK)
        return tool_misused(tool, "Give --address as tls+tcp://HOST:PORT.",
                            "the node's address is missing or no address");
    memcpy(out->address, address, strlen(address) + 1);
    return EXIT_DONE;
}

struct statement newcomer_statement(const struct newcomer *newcomer, const struct signer *signer,
                                    uint32_t id)
{
    struct statement statement = signer_statement(signer, OP_NODE_ADD);
    statement.node = id;
    statement.has_key = true;
    statement.key = newcomer->key;
    statement.node_name = newcomer->name;
    statement.organisation = newcomer->organisation;
    memcpy(statement.node_address, newcomer->address, sizeof statement.node_address);
    return statement;
}
