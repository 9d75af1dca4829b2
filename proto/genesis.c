#include "proto/genesis.h"

#include "proto/record.h"

/* The keys of the map. */
enum field {
    FIELD_VERSION,
    FIELD_NAME,
    FIELD_TIME,
    FIELD_BALLOTS,
    FIELD_SKEW,
    FIELD_ORGANISATIONS,
    FIELD_NODES,
    FIELD_COUNT
};

enum { KEYS_MAX_HERE = GENESIS_ORGANISATIONS_MAX * GENESIS_KEYS_EACH + GENESIS_NODES_MAX };

/* ---- records ---- */

static void organisation_fields(struct record *record, struct genesis_organisation *organisation)
{
    record_fields(record, 5);
    record_name(record, &organisation->name);
    record_country(record, &organisation->country);
    organisation->roles = (unsigned)record_uint(record, organisation->roles, ROLES_ALL);
    record_require(record, organisation->roles != 0, ERR_OUT_OF_RANGE);
    organisation->key_count = record_list(record, organisation->key_count, GENESIS_KEYS_EACH);
    record_require(record, organisation->key_count > 0, ERR_OUT_OF_RANGE);
    for (size_t i = 0; i < organisation->key_count; i++)
        record_public_key(record, &organisation->keys[i]);
    organisation->ca = record_bytes(record, organisation->ca, CERTIFICATE_SIZE_MAX);
}

static void node_fields(struct record *record, struct genesis_node *node, struct name *organisation)
{
    record_fields(record, 5);
    node->id = (uint32_t)record_uint(record, node->id, UINT32_MAX);
    record_require(record, node->id != 0, ERR_OUT_OF_RANGE);
    record_name(record, &node->name);
    record_name(record, organisation);
    record_address(record, node->address);
    record_public_key(record, &node->key);
}

/* ---- reading ---- */

static void read_version(struct reader *reader)
{
    if (cbor_uint(reader) != GENESIS_VERSION)
        reader_fail(reader, ERR_BAD_VERSION);
}

static uint64_t read_skew(struct reader *reader)
{
    uint64_t skew_ms = cbor_uint_max(reader, TIME_MAX_MS);
    if (skew_ms == 0)
        reader_fail(reader, ERR_OUT_OF_RANGE); /* no two clocks are equal */
    return skew_ms;
}

static void read_organisations(struct reader *reader, struct genesis *out)
{
    struct record record = record_read(reader);
    size_t count = record_list(&record, 0, GENESIS_ORGANISATIONS_MAX);
    for (size_t i = 0; i < count && reader_ok(reader); i++)
        organisation_fields(&record, &out->organisations[i]);
    out->organisation_count = count;
}

/* The place of the organisation with that name; organisation_count when there is none. */
static size_t organisation_named(const struct genesis *genesis, const struct name *name)
{
    size_t place = 0;
    while (place < genesis->organisation_count &&
           strcmp(genesis->organisations[place].name.text, name->text) != 0)
        place++;
    return place;
}

static void read_nodes(struct reader *reader, struct genesis *out)
{
    struct record record = record_read(reader);
    size_t count = record_list(&record, 0, GENESIS_NODES_MAX);
    for (size_t i = 0; i < count && reader_ok(reader); i++) {
        struct name organisation;
        node_fields(&record, &out->nodes[i], &organisation);
        out->nodes[i].organisation = organisation_named(out, &organisation);
        if (out->nodes[i].organisation == out->organisation_count)
            reader_fail(reader, ERR_UNKNOWN_ORGANISATION);
    }
    out->node_count = count;
}

static void read_map(struct reader *reader, struct genesis *out)
{
    struct record record = record_read(reader);
    struct cbor_map map = cbor_map(reader);
    uint64_t field;
    while (cbor_map_next(&map, reader, &field)) {
        switch (field) {
        case FIELD_VERSION: read_version(reader); break;
        case FIELD_NAME: record_name(&record, &out->name); break;
        case FIELD_TIME: out->time_ms = cbor_uint_max(reader, TIME_MAX_MS); break;
        case FIELD_BALLOTS: out->ballots = (uint32_t)cbor_uint_max(reader, UINT32_MAX); break;
        case FIELD_SKEW: out->skew_max_ms = read_skew(reader); break;
        case FIELD_ORGANISATIONS: read_organisations(reader, out); break;
        case FIELD_NODES: read_nodes(reader, out); break;
        default: reader_fail(reader, ERR_UNKNOWN_FIELD);
        }
    }
    cbor_map_require(&map, reader, (1u << FIELD_COUNT) - 1);
}

/* ---- what the fields say of each other ---- */

static enum err check_organisations(const struct genesis *genesis)
{
    const struct genesis_organisation *organisations = genesis->organisations;
    uint32_t regulators = 0;
    for (size_t i = 0; i < genesis->organisation_count; i++) {
        if (i > 0 && strcmp(organisations[i - 1].name.text, organisations[i].name.text) >= 0)
            return ERR_NOT_CANONICAL;
        if ((organisations[i].roles & ROLE_REGULATOR) != 0)
            regulators++;
    }
    if (genesis->ballots == 0 || genesis->ballots > regulators)
        return ERR_OUT_OF_RANGE;
    return ERR_OK;
}

static enum err check_nodes(const struct genesis *genesis)
{
    const struct genesis_node *nodes = genesis->nodes;
    if (genesis->node_count == 0)
        return ERR_OUT_OF_RANGE;
    for (size_t i = 0; i < genesis->node_count; i++) {
        if (genesis->organisations[nodes[i].organisation].ca.size == 0)
            return ERR_MISSING_FIELD;
        if (i > 0 && nodes[i - 1].id >= nodes[i].id)
            return ERR_NOT_CANONICAL;
        if (genesis_node_named(genesis, nodes[i].name.text) != &nodes[i])
            return ERR_NOT_CANONICAL;
    }
    return ERR_OK;
}

/* No key speaks for two, nor for an organisation and a node. */
static enum err check_keys(const struct genesis *genesis)
{
    const struct public_key *keys[KEYS_MAX_HERE];
    size_t count = 0;
    for (size_t i = 0; i < genesis->organisation_count; i++) {
        for (size_t k = 0; k < genesis->organisations[i].key_count; k++)
            keys[count++] = &genesis->organisations[i].keys[k];
    }
    for (size_t i = 0; i < genesis->node_count; i++)
        keys[count++] = &genesis->nodes[i].key;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (memcmp(keys[i]->bytes, keys[k]->bytes, PUBLIC_KEY_SIZE) == 0)
                return ERR_KEY_STANDS;
        }
    }
    return ERR_OK;
}

enum err genesis_parse(struct bytes file, struct genesis *out)
{
    *out = (struct genesis){0};
    if (file.size > GENESIS_SIZE_MAX)
        return ERR_TOO_LARGE;
    out->network = hash_of(file);
    struct reader reader = reader_over(file);
    read_map(&reader, out);
    enum err err = reader_done(&reader);
    if (err == ERR_OK)
        err = check_organisations(out);
    if (err == ERR_OK)
        err = check_nodes(out);
    if (err == ERR_OK)
        err = check_keys(out);
    return err;
}

/* ---- writing ---- */

static void write_organisations(struct writer *writer, const struct genesis *genesis)
{
    struct record record = record_write(writer);
    size_t count = record_list(&record, genesis->organisation_count, GENESIS_ORGANISATIONS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct genesis_organisation organisation = genesis->organisations[i];
        organisation_fields(&record, &organisation);
    }
}

static void write_nodes(struct writer *writer, const struct genesis *genesis)
{
    struct record record = record_write(writer);
    size_t count = record_list(&record, genesis->node_count, GENESIS_NODES_MAX);
    for (size_t i = 0; i < count; i++) {
        struct genesis_node node = genesis->nodes[i];
        struct name organisation = genesis->organisations[node.organisation].name;
        node_fields(&record, &node, &organisation);
    }
}

void genesis_write(struct writer *writer, const struct genesis *genesis)
{
    cbor_put_map(writer, FIELD_COUNT);
    cbor_put_uint(writer, FIELD_VERSION);
    cbor_put_uint(writer, GENESIS_VERSION);
    cbor_put_uint(writer, FIELD_NAME);
    cbor_put_text(writer, genesis->name.text);
    cbor_put_uint(writer, FIELD_TIME);
    cbor_put_uint(writer, genesis->time_ms);
    cbor_put_uint(writer, FIELD_BALLOTS);
    cbor_put_uint(writer, genesis->ballots);
    cbor_put_uint(writer, FIELD_SKEW);
    cbor_put_uint(writer, genesis->skew_max_ms);
    cbor_put_uint(writer, FIELD_ORGANISATIONS);
    write_organisations(writer, genesis);
    cbor_put_uint(writer, FIELD_NODES);
    write_nodes(writer, genesis);
}

/* ---- looking up ---- */

const struct genesis_node *genesis_node_named(const struct genesis *genesis, const char *name)
{
    for (size_t i = 0; i < genesis->node_count; i++) {
        if (strcmp(genesis->nodes[i].name.text, name) == 0)
            return &genesis->nodes[i];
    }
    return NULL;
}

const struct genesis_node *genesis_node(const struct genesis *genesis, uint32_t id)
{
    for (size_t i = 0; i < genesis->node_count; i++) {
        if (genesis->nodes[i].id == id)
            return &genesis->nodes[i];
    }
    return NULL;
}
