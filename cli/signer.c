#include "cli/signer.h"

#include "cli/ask.h"
#include "cli/file.h"
#include "cli/key.h"
#include "cli/memory.h"
#include "proto/cbor.h"
#include "proto/hex.h"
#include "proto/invariant.h"

#include <stdlib.h>
#include <sys/random.h>

/* --genesis, read and checked; the caller frees both. NULL with how the run ends. */
static struct genesis *load_genesis(struct tool *tool, uint8_t **data, enum exit_code *code)
{
    const char *path = tool_value(tool, OPTION_GENESIS);
    size_t size;
    *code = file_take(tool, "the genesis file", path, GENESIS_SIZE_MAX, data, &size);
    if (*code != EXIT_DONE)
        return NULL;
    struct genesis *genesis = memory_new(sizeof *genesis);
    enum err err = genesis_parse(bytes_of(*data, size), genesis);
    if (err == ERR_OK)
        return genesis;
    free(genesis);
    free(*data);
    *code = tool_misused(tool, "Name the file that imei genesis new wrote.", "%s: %s", path,
                         err_sentence(err));
    return NULL;
}

/* The organisation with that key, and the key; NULL when there is none. */
static const struct genesis_organisation *
genesis_owner(const struct genesis *genesis, const struct key_id *id, struct public_key *key)
{
    for (size_t i = 0; i < genesis->organisation_count; i++) {
        const struct genesis_organisation *organisation = &genesis->organisations[i];
        for (size_t k = 0; k < organisation->key_count; k++) {
            struct key_id other = key_id_of(&organisation->keys[k]);
            if (!key_id_equal(&other, id))
                continue;
            *key = organisation->keys[k];
            return organisation;
        }
    }
    return NULL;
}

static enum exit_code learn_from_genesis(struct tool *tool, const struct key_id *id,
                                         struct hash *network, struct country *country,
                                         struct public_key *key)
{
    uint8_t *data;
    enum exit_code code;
    struct genesis *genesis = load_genesis(tool, &data, &code);
    if (genesis == NULL)
        return code;
    const struct genesis_organisation *owner = genesis_owner(genesis, id, key);
    *network = genesis->network;
    if (owner != NULL)
        *country = owner->country;
    free(genesis);
    free(data);
    if (owner != NULL)
        return EXIT_DONE;
    return tool_misused(tool, "Give --network and --country for a key that came later.",
                        "the genesis file has no such key");
}

/* The organisation that has this key, from the node. */
static enum exit_code ask_owner(struct tool *tool, const struct key_id *id,
                                struct organisation_info *out)
{
    struct request request = {.kind = REQUEST_ORGANISATIONS, .has_kid = true, .kid = *id};
    struct answer answer;
    enum exit_code code = ask_patiently(tool, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    cbor_array_exact(&answer.body, 1);
    organisation_info_read(&answer.body, out);
    return ask_done(tool, &answer);
}

static enum exit_code learn_from_node(struct tool *tool, struct signer *signer)
{
    struct request request = {.kind = REQUEST_STATUS};
    struct answer answer;
    enum exit_code code = ask_patiently(tool, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    struct status status;
    status_read(&answer.body, &status);
    code = ask_done(tool, &answer);
    if (code != EXIT_DONE)
        return code;
    signer->network = status.network;
    struct organisation_info organisation;
    code = ask_owner(tool, &signer->kid, &organisation);
    signer->country = organisation.country;
    return code;
}

static enum exit_code take_network(struct tool *tool, struct signer *signer)
{
    const char *network = tool_value(tool, OPTION_NETWORK);
    const char *country = tool_value(tool, OPTION_COUNTRY);
    if (hex_decode(network, strlen(network), signer->network.bytes, HASH_SIZE) != ERR_OK)
        return tool_misused(tool, "imei status and imei genesis show print it: 64 digits.",
                            "'%s' is no --network", network);
    if (country == NULL || country_parse(country, strlen(country), &signer->country) != ERR_OK)
        return tool_misused(tool, "Give --country with your organisation's two letters, as NO.",
                            "--network is given without a country of two capital letters");
    return EXIT_DONE;
}

/* What the signer needs besides its key. */
static enum exit_code learn(struct tool *tool, struct signer *signer)
{
    struct public_key key;
    if (tool_has(tool, OPTION_GENESIS))
        return learn_from_genesis(tool, &signer->kid, &signer->network, &signer->country, &key);
    if (tool_has(tool, OPTION_NETWORK))
        return take_network(tool, signer);
    if (tool_has(tool, OPTION_OUT))
        return tool_misused(tool, "Give --genesis, or --network with --country.",
                            "--out signs without a node and so needs to know the network");
    return learn_from_node(tool, signer);
}

enum exit_code signer_open(struct tool *tool, struct signer *out)
{
    *out = (struct signer){0};
    const char *path = tool_value(tool, OPTION_KEY);
    if (path == NULL)
        return tool_misused(tool, "Name its file with --key or in $IMEI_KEY.",
                            "%s needs a key to sign with", "this command");
    enum exit_code code = key_open(tool, path, &out->secret);
    if (code != EXIT_DONE)
        return code;
    struct public_key public_key;
    if (public_key_of(&out->secret, &public_key) != ERR_OK)
        code = tool_misused(tool, "Make a key with imei key new.", "%s: %s", path,
                            err_sentence(ERR_BAD_KEY));
    out->kid = key_id_of(&public_key);
    if (code == EXIT_DONE)
        code = learn(tool, out);
    if (code != EXIT_DONE)
        signer_close(out);
    return code;
}

void signer_close(struct signer *signer)
{
    secret_key_wipe(&signer->secret);
}

static enum exit_code find_key_at_node(struct tool *tool, const struct key_id *id,
                                       struct public_key *out)
{
    struct organisation_info organisation;
    enum exit_code code = ask_owner(tool, id, &organisation);
    if (code != EXIT_DONE)
        return code;
    for (size_t i = 0; i < organisation.key_count; i++) {
        struct key_id other = key_id_of(&organisation.keys[i].key);
        if (!key_id_equal(&other, id))
            continue;
        *out = organisation.keys[i].key;
        return EXIT_DONE;
    }
    return tool_refused(tool, ERR_UNKNOWN_KEY, "%s", organisation.name.text);
}

enum exit_code signer_find_key(struct tool *tool, const struct key_id *id, struct public_key *out)
{
    struct hash network;
    struct country country;
    if (tool_has(tool, OPTION_GENESIS))
        return learn_from_genesis(tool, id, &network, &country, out);
    if (tool_has(tool, OPTION_OUT))
        return tool_misused(tool, "Give --genesis.",
                            "--out signs without a node and so needs to "
                            "find the key in the genesis file");
    return find_key_at_node(tool, id, out);
}

struct statement signer_statement(const struct signer *signer, enum operation operation)
{
    struct statement statement = {
        .network = signer->network,
        .issued_at_ms = tool_now_ms(),
        .operation = operation,
        .country = signer->country,
    };
    statement.valid_until_ms = statement.issued_at_ms + SIGNER_VALIDITY_MS;
    /* A lane at random and used once, so that two machines with one key never share a number. */
    ssize_t got = getrandom(&statement.lane, sizeof statement.lane, 0);
    invariant(got == (ssize_t)sizeof statement.lane);
    return statement;
}

enum err signer_sign(const struct signer *signer, const struct statement *statement,
                     struct draft *out)
{
    uint8_t *payload = memory_new(TX_SIZE_MAX);
    out->data = memory_new(TX_SIZE_MAX);
    struct writer scratch = writer_over(payload, TX_SIZE_MAX);
    struct writer writer = writer_over(out->data, TX_SIZE_MAX);
    enum err err = transaction_sign(statement, &signer->secret, &scratch, &writer, &out->id);
    out->encoded = writer_view(&writer);
    free(payload);
    return err;
}

void draft_close(struct draft *draft)
{
    free(draft->data);
    *draft = (struct draft){0};
}
