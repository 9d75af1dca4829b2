#include "cli/network.h"

#include "cli/arguments.h"
#include "cli/file.h"
#include "cli/key.h"
#include "cli/memory.h"
#include "cli/pem.h"
#include "proto/address.h"
#include "json/times.h"

#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>

enum { CA_FILE_SIZE_MAX = 64 * 1024, SKEW_DEFAULT_MS = 60000, SKEW_MAX_MS = 3600 * 1000 };

struct network {
    struct genesis genesis;
    /* In the order of the genesis: the organisations' lines. */
    unsigned lines[GENESIS_ORGANISATIONS_MAX];
    uint8_t *certificates[GENESIS_ORGANISATIONS_MAX]; /* malloc'ed */
    size_t certificate_count;
    const char *owners[GENESIS_NODES_MAX]; /* the organisations' names that the nodes give */
    unsigned node_lines[GENESIS_NODES_MAX];
};

/* What reading needs everywhere. */
struct reading {
    struct network *network;
    const struct network_source *source;
    struct complaint *complaint;
};

/* One key of a map: who reads it, and whether it must be there. */
struct key_row {
    const char *key;
    bool is_required;
    enum err (*read)(struct reading *reading, struct value value, void *target);
};

/* All keys of a map by its table: an unknown or a missing one is an error. */
static enum err read_map(struct reading *reading, struct value map, const struct key_row *rows,
                         size_t row_count, void *target)
{
    if (value_kind(map) != VALUE_MAP)
        return complain(reading->complaint, value_line(map),
                        "keys and values are expected here, "
                        "as in '%s: …'",
                        rows[0].key);
    uint64_t seen = 0;
    for (size_t i = 0; i < value_count(map); i++) {
        size_t row = 0;
        while (row < row_count && strcmp(rows[row].key, value_key(map, i)) != 0)
            row++;
        if (row == row_count) {
            char known[160] = "";
            for (size_t k = 0; k < row_count; k++)
                snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s",
                         k > 0 ? ", " : "", rows[k].key);
            return complain(reading->complaint, value_key_line(map, i),
                            "unknown key '%.40s'; the keys here are %s", value_key(map, i), known);
        }
        enum err err = rows[row].read(reading, value_at(map, i), target);
        if (err != ERR_OK)
            return err;
        seen |= UINT64_C(1) << row;
    }
    for (size_t row = 0; row < row_count; row++) {
        if (rows[row].is_required && (seen >> row & 1) == 0)
            return complain(reading->complaint, value_line(map), "the key '%s' is missing; add it",
                            rows[row].key);
    }
    return ERR_OK;
}

static enum err complain_at(struct reading *reading, struct value value, const char *what)
{
    const char *text = value_text(value);
    if (text == NULL)
        return complain(reading->complaint, value_line(value), "%s", what);
    return complain(reading->complaint, value_line(value), "'%.60s': %s", text, what);
}

static enum err read_name(struct reading *reading, struct value value, struct name *out)
{
    const char *text = value_text(value);
    if (text != NULL && name_parse(text, strlen(text), out) == ERR_OK)
        return ERR_OK;
    return complain_at(reading, value,
                       "a name has lower-case letters, digits, - and ., begins with "
                       "a letter and is at most 32 long");
}

/* A file that the document names, malloc'ed; NULL with a complaint. */
static uint8_t *load(struct reading *reading, struct value value, size_t size_max, size_t *size)
{
    const char *path = value_text(value);
    if (path == NULL || *path == '\0') {
        (void)complain_at(reading, value, "the path of a PEM file is expected here");
        return NULL;
    }
    uint8_t *data = NULL;
    enum err err = reading->source->load(reading->source->context, path, size_max, &data, size);
    if (err == ERR_OK)
        return data;
    (void)complain(reading->complaint, value_line(value),
                   "%.120s: %s; paths are relative to this file", path, err_sentence(err));
    return NULL;
}

static enum err read_key(struct reading *reading, struct value value, struct public_key *out)
{
    size_t size;
    uint8_t *data = load(reading, value, KEYFILE_SIZE_MAX, &size);
    if (data == NULL)
        return ERR_CONFIG;
    enum err err = key_public_of(bytes_of(data, size), out);
    explicit_bzero(data, size);
    free(data);
    if (err == ERR_NO_PASSPHRASE)
        return complain_at(reading, value,
                           "the key is encrypted; name its public half, which imei "
                           "key show prints");
    if (err != ERR_OK)
        return complain(reading->complaint, value_line(value),
                        "%.120s: %s; imei key new makes such a key", value_text(value),
                        err_sentence(err));
    return ERR_OK;
}

/* ---- organisations ---- */

static enum err organisation_name(struct reading *reading, struct value value, void *target)
{
    struct genesis_organisation *organisation = target;
    return read_name(reading, value, &organisation->name);
}

static enum err organisation_country(struct reading *reading, struct value value, void *target)
{
    struct genesis_organisation *organisation = target;
    const char *text = value_text(value);
    if (text != NULL && country_parse(text, strlen(text), &organisation->country) == ERR_OK)
        return ERR_OK;
    return complain_at(reading, value, "a country is two upper-case letters (ISO 3166-1), as SE");
}

static enum err organisation_roles(struct reading *reading, struct value value, void *target)
{
    struct genesis_organisation *organisation = target;
    if (value_kind(value) != VALUE_LIST || value_count(value) == 0)
        return complain_at(reading, value, "a list of roles is expected here, as [operator]");
    for (size_t i = 0; i < value_count(value); i++) {
        const char *text = value_text(value_at(value, i));
        unsigned role = text != NULL ? role_parse(text, strlen(text)) : 0;
        if (role == 0)
            return complain_at(reading, value_at(value, i),
                               "a role is regulator, operator, allocator, manufacturer, auditor or "
                               "participant");
        if ((organisation->roles & role) != 0)
            return complain_at(reading, value_at(value, i), "the role stands here twice");
        organisation->roles |= role;
    }
    return ERR_OK;
}

static enum err organisation_keys(struct reading *reading, struct value value, void *target)
{
    struct genesis_organisation *organisation = target;
    size_t count = value_count(value);
    if (value_kind(value) != VALUE_LIST || count == 0)
        return complain_at(reading, value, "a list of key files is expected here, as [key.pem]");
    if (count > GENESIS_KEYS_EACH)
        return complain(reading->complaint, value_line(value),
                        "%zu keys, and an organisation begins with %d at most; imei key add adds "
                        "more later",
                        count, GENESIS_KEYS_EACH);
    for (size_t i = 0; i < count; i++) {
        enum err err = read_key(reading, value_at(value, i), &organisation->keys[i]);
        if (err != ERR_OK)
            return err;
    }
    organisation->key_count = count;
    return ERR_OK;
}

static enum err organisation_ca(struct reading *reading, struct value value, void *target)
{
    struct genesis_organisation *organisation = target;
    size_t size;
    uint8_t *data = load(reading, value, CA_FILE_SIZE_MAX, &size);
    if (data == NULL)
        return ERR_CONFIG;
    uint8_t *der = memory_new(CERTIFICATE_SIZE_MAX);
    reading->network->certificates[reading->network->certificate_count++] = der;
    enum err err = pem_certificate(bytes_of(data, size), der, CERTIFICATE_SIZE_MAX, &size);
    free(data);
    organisation->ca = bytes_of(der, size);
    if (err == ERR_OK)
        return ERR_OK;
    return complain_at(reading, value,
                       "there is no certificate in this file; a PEM file with "
                       "BEGIN CERTIFICATE is expected");
}

static enum err read_organisation(struct reading *reading, struct value value)
{
    static const struct key_row rows[] = {
        {"name", true, organisation_name},   {"country", true, organisation_country},
        {"roles", true, organisation_roles}, {"keys", true, organisation_keys},
        {"ca", false, organisation_ca},
    };
    struct genesis *genesis = &reading->network->genesis;
    struct genesis_organisation *organisation =
        &genesis->organisations[genesis->organisation_count];
    reading->network->lines[genesis->organisation_count] = value_line(value);
    genesis->organisation_count++;
    return read_map(reading, value, rows, sizeof rows / sizeof rows[0], organisation);
}

/* ---- nodes ---- */

static enum err node_name(struct reading *reading, struct value value, void *target)
{
    struct genesis_node *node = target;
    return read_name(reading, value, &node->name);
}

/* Which organisation this is is known when all have been read and ordered. */
static enum err node_organisation(struct reading *reading, struct value value, void *target)
{
    const struct genesis_node *node = target;
    const char *text = value_text(value);
    if (text == NULL)
        return complain_at(reading, value, "an organisation's name is expected here");
    reading->network->owners[node->id - 1] = text;
    return ERR_OK;
}

static enum err node_address(struct reading *reading, struct value value, void *target)
{
    struct genesis_node *node = target;
    const char *text = value_text(value);
    if (text == NULL || address_check(text) != ERR_OK)
        return complain_at(reading, value, "an address is tls+tcp://HOST:PORT");
    memcpy(node->address, text, strlen(text) + 1);
    return ERR_OK;
}

static enum err node_key(struct reading *reading, struct value value, void *target)
{
    struct genesis_node *node = target;
    return read_key(reading, value, &node->key);
}

static enum err read_node(struct reading *reading, struct value value)
{
    static const struct key_row rows[] = {
        {"name", true, node_name},
        {"organisation", true, node_organisation},
        {"address", true, node_address},
        {"key", true, node_key},
    };
    struct genesis *genesis = &reading->network->genesis;
    struct genesis_node *node = &genesis->nodes[genesis->node_count];
    reading->network->node_lines[genesis->node_count] = value_line(value);
    node->id = (uint32_t)++genesis->node_count;
    return read_map(reading, value, rows, sizeof rows / sizeof rows[0], node);
}

/* ---- the whole ---- */

static enum err network_name(struct reading *reading, struct value value, void *target)
{
    (void)target;
    return read_name(reading, value, &reading->network->genesis.name);
}

static enum err network_ballots(struct reading *reading, struct value value, void *target)
{
    (void)target;
    uint64_t number;
    if (value_number(value, GENESIS_ORGANISATIONS_MAX, &number) != ERR_OK || number == 0)
        return complain_at(reading, value,
                           "ballots is the number of regulators' votes that a "
                           "proposal needs, 1 or more");
    reading->network->genesis.ballots = (uint32_t)number;
    return ERR_OK;
}

static enum err network_skew(struct reading *reading, struct value value, void *target)
{
    (void)target;
    uint64_t number;
    if (value_number(value, SKEW_MAX_MS, &number) != ERR_OK || number == 0)
        return complain_at(reading, value, "skew_max_ms is in milliseconds, 1 to 3600000");
    reading->network->genesis.skew_max_ms = number;
    return ERR_OK;
}

static enum err network_time(struct reading *reading, struct value value, void *target)
{
    (void)target;
    const char *text = value_text(value);
    if (text != NULL && time_parse(text, &reading->network->genesis.time_ms) == ERR_OK)
        return ERR_OK;
    return complain_at(reading, value,
                       "a time is as 2025-01-01T00:00:00Z, or milliseconds since "
                       "1970");
}

static enum err network_organisations(struct reading *reading, struct value value, void *target)
{
    (void)target;
    size_t count = value_count(value);
    if (value_kind(value) != VALUE_LIST || count == 0 || count > GENESIS_ORGANISATIONS_MAX)
        return complain(reading->complaint, value_line(value),
                        "a list of 1 to %d organisations is expected here",
                        GENESIS_ORGANISATIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        enum err err = read_organisation(reading, value_at(value, i));
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

static enum err network_nodes(struct reading *reading, struct value value, void *target)
{
    (void)target;
    size_t count = value_count(value);
    if (value_kind(value) != VALUE_LIST || count == 0 || count > GENESIS_NODES_MAX)
        return complain(reading->complaint, value_line(value),
                        "a list of 1 to %d nodes is expected here", GENESIS_NODES_MAX);
    for (size_t i = 0; i < count; i++) {
        enum err err = read_node(reading, value_at(value, i));
        if (err != ERR_OK)
            return err;
    }
    return ERR_OK;
}

/* By name, as the genesis wants them; the lines go along. */
static enum err order_organisations(struct reading *reading)
{
    struct genesis *genesis = &reading->network->genesis;
    unsigned *lines = reading->network->lines;
    for (size_t i = 1; i < genesis->organisation_count; i++) {
        struct genesis_organisation organisation = genesis->organisations[i];
        unsigned line = lines[i];
        size_t k = i;
        for (; k > 0; k--) {
            if (strcmp(genesis->organisations[k - 1].name.text, organisation.name.text) < 0)
                break;
            genesis->organisations[k] = genesis->organisations[k - 1];
            lines[k] = lines[k - 1];
        }
        genesis->organisations[k] = organisation;
        lines[k] = line;
    }
    for (size_t i = 1; i < genesis->organisation_count; i++) {
        if (strcmp(genesis->organisations[i - 1].name.text, genesis->organisations[i].name.text) ==
            0)
            return complain(reading->complaint, lines[i] > lines[i - 1] ? lines[i] : lines[i - 1],
                            "a second organisation '%s'; names stand once",
                            genesis->organisations[i].name.text);
    }
    return ERR_OK;
}

static enum err join_node(struct reading *reading, size_t index)
{
    struct genesis *genesis = &reading->network->genesis;
    struct genesis_node *node = &genesis->nodes[index];
    const char *owner = reading->network->owners[index];
    unsigned line = reading->network->node_lines[index];
    size_t i = 0;
    while (i < genesis->organisation_count &&
           strcmp(genesis->organisations[i].name.text, owner) != 0)
        i++;
    if (i == genesis->organisation_count)
        return complain(reading->complaint, line,
                        "the organisation '%.40s' is not listed; list it under organisations",
                        owner);
    if (genesis->organisations[i].ca.size == 0)
        return complain(reading->complaint, line,
                        "'%.40s' runs this node and has no CA certificate; give it a ca", owner);
    node->organisation = i;
    for (size_t k = 0; k < index; k++) {
        if (strcmp(genesis->nodes[k].name.text, node->name.text) == 0)
            return complain(reading->complaint, line, "a second node '%s'; names stand once",
                            node->name.text);
        if (strcmp(genesis->nodes[k].address, node->address) == 0)
            return complain(reading->complaint, line,
                            "the address of node '%s' stands here again; give each node its own",
                            genesis->nodes[k].name.text);
    }
    return ERR_OK;
}

static enum err check_ballots(struct reading *reading)
{
    const struct genesis *genesis = &reading->network->genesis;
    uint32_t regulators = 0;
    for (size_t i = 0; i < genesis->organisation_count; i++)
        regulators += (genesis->organisations[i].roles & ROLE_REGULATOR) != 0;
    if (regulators == 0)
        return complain(reading->complaint, 0, "no organisation is a regulator; give one the role");
    if (genesis->ballots > regulators)
        return complain(reading->complaint, 0,
                        "ballots is %" PRIu32 ", and there are %" PRIu32
                        " regulators to vote; make it smaller",
                        genesis->ballots, regulators);
    return ERR_OK;
}

/* A key is one party's. */
static enum err check_keys(struct reading *reading)
{
    const struct genesis *genesis = &reading->network->genesis;
    enum { KEYS_MAX_HERE = GENESIS_ORGANISATIONS_MAX * GENESIS_KEYS_EACH + GENESIS_NODES_MAX };
    struct public_key *keys = memory_new(KEYS_MAX_HERE * sizeof *keys);
    unsigned *lines = memory_new(KEYS_MAX_HERE * sizeof *lines);
    size_t count = 0;
    for (size_t i = 0; i < genesis->organisation_count; i++) {
        for (size_t k = 0; k < genesis->organisations[i].key_count; k++) {
            lines[count] = reading->network->lines[i];
            keys[count++] = genesis->organisations[i].keys[k];
        }
    }
    for (size_t i = 0; i < genesis->node_count; i++) {
        lines[count] = reading->network->node_lines[i];
        keys[count++] = genesis->nodes[i].key;
    }
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        for (size_t k = 0; err == ERR_OK && k < i; k++) {
            if (memcmp(keys[i].bytes, keys[k].bytes, PUBLIC_KEY_SIZE) == 0)
                err = complain(reading->complaint, lines[i],
                               "a key of line %u stands here again; every organisation and node "
                               "has keys of its own",
                               lines[k]);
        }
    }
    free(lines);
    free(keys);
    return err;
}

static enum err read_document(struct reading *reading, struct value root)
{
    static const struct key_row rows[] = {
        {"name", true, network_name},
        {"ballots", true, network_ballots},
        {"skew_max_ms", false, network_skew},
        {"time", false, network_time},
        {"organisations", true, network_organisations},
        {"nodes", true, network_nodes},
    };
    enum err err = read_map(reading, root, rows, sizeof rows / sizeof rows[0], NULL);
    if (err == ERR_OK)
        err = order_organisations(reading);
    for (size_t i = 0; err == ERR_OK && i < reading->network->genesis.node_count; i++)
        err = join_node(reading, i);
    if (err == ERR_OK)
        err = check_ballots(reading);
    if (err == ERR_OK)
        err = check_keys(reading);
    return err;
}

enum err network_read(struct bytes yaml, const struct network_source *source, uint64_t now_ms,
                      struct network **out, struct complaint *complaint)
{
    *out = NULL;
    struct document *document;
    enum err err = document_parse(yaml, &document, complaint);
    if (err != ERR_OK)
        return err;
    struct network *network = memory_new(sizeof *network);
    network->genesis.time_ms = now_ms;
    network->genesis.skew_max_ms = SKEW_DEFAULT_MS;
    struct reading reading = {.network = network, .source = source, .complaint = complaint};
    err = read_document(&reading, document_root(document));
    document_close(document);
    if (err != ERR_OK) {
        network_close(network);
        return err;
    }
    *out = network;
    return ERR_OK;
}

void network_close(struct network *network)
{
    if (network == NULL)
        return;
    for (size_t i = 0; i < network->certificate_count; i++)
        free(network->certificates[i]);
    free(network);
}

struct genesis *network_genesis(struct network *network)
{
    return &network->genesis;
}

static enum err load_beside(void *context, const char *path, size_t size_max, uint8_t **data,
                            size_t *size)
{
    const char *directory = context;
    char *joined = NULL;
    if (*path != '/' && asprintf(&joined, "%s/%s", directory, path) < 0)
        return ERR_MEMORY;
    enum err err = file_load(joined != NULL ? joined : path, size_max, data, size);
    free(joined);
    return err;
}

struct network_source network_source_beside(const char *path)
{
    char *copy = strdup(path);
    char *directory = copy != NULL ? strdup(dirname(copy)) : NULL;
    free(copy);
    if (directory == NULL)
        directory = memory_new(1);
    return (struct network_source){.load = load_beside, .context = directory};
}

void network_source_close(struct network_source *source)
{
    free(source->context);
    *source = (struct network_source){0};
}
