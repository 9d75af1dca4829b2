#include "proto/statement.h"

#include "proto/address.h"
#include "proto/limits.h"

/* The keys of the map. */
enum field {
    FIELD_VERSION,
    FIELD_NETWORK,
    FIELD_LANE,
    FIELD_NUMBER,
    FIELD_ISSUED_AT,
    FIELD_VALID_UNTIL,
    FIELD_OPERATION,
    FIELD_COUNTRY,
    FIELD_REASON,
    FIELD_ITEMS,
    FIELD_CASE,
    FIELD_CLAIMANT,
    FIELD_KEY,
    FIELD_ORGANISATION,
    FIELD_PROPOSAL,
    FIELD_NODE,
    FIELD_MEMBER,
    FIELD_COUNT
};

/* Sets of fields. */
#define SET(field) (UINT32_C(1) << (field))
#define SET_EVERY  (SET(FIELD_REASON) - 1) /* every statement has those before the reason */

static bool set_has(uint32_t fields, uint64_t field)
{
    return (fields >> field & 1) != 0;
}

static uint32_t fields_required(const struct operation_row *row)
{
    uint32_t fields = SET_EVERY | (row->needs_reason ? SET(FIELD_REASON) : 0);
    switch (row->form) {
    case FORM_RAISE:
    case FORM_LIFT:
    case FORM_TACS: return fields | SET(FIELD_ITEMS);
    case FORM_KEY: return fields | SET(FIELD_KEY);
    case FORM_ORGANISATION: return fields | SET(FIELD_ORGANISATION);
    case FORM_BALLOT: return fields | SET(FIELD_PROPOSAL);
    case FORM_NODE: return fields | SET(FIELD_KEY) | SET(FIELD_NODE) | SET(FIELD_MEMBER);
    case FORM_NODE_ID: return fields | SET(FIELD_NODE);
    }
    return fields;
}

static uint32_t fields_optional(const struct operation_row *row)
{
    switch (row->form) {
    case FORM_RAISE: return SET(FIELD_CASE);
    case FORM_LIFT: return SET(FIELD_CASE) | SET(FIELD_CLAIMANT);
    case FORM_ORGANISATION: return SET(FIELD_KEY);
    case FORM_TACS:
    case FORM_KEY:
    case FORM_BALLOT:
    case FORM_NODE:
    case FORM_NODE_ID: return 0;
    }
    return 0;
}

/* ---- values ---- */

enum err country_parse(const char *text, size_t size, struct country *out)
{
    *out = (struct country){0};
    if (size != 2)
        return ERR_BAD_TEXT;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < 'A' || text[i] > 'Z')
            return ERR_BAD_TEXT;
    }
    memcpy(out->code, text, size);
    return ERR_OK;
}

static bool is_letter(char sign)
{
    return sign >= 'a' && sign <= 'z';
}

static bool is_name_sign(char sign)
{
    return is_letter(sign) || (sign >= '0' && sign <= '9') || sign == '-' || sign == '.';
}

enum err name_parse(const char *text, size_t size, struct name *out)
{
    *out = (struct name){0};
    if (size == 0 || size > NAME_SIZE_MAX || !is_letter(text[0]))
        return ERR_BAD_TEXT;
    for (size_t i = 0; i < size; i++) {
        if (!is_name_sign(text[i]))
            return ERR_BAD_TEXT;
    }
    memcpy(out->text, text, size);
    return ERR_OK;
}

static void read_country(struct reader *reader, struct country *out)
{
    struct bytes text = cbor_text(reader, NAME_SIZE_MAX);
    reader_fail(reader, country_parse((const char *)text.data, text.size, out));
}

static void read_name(struct reader *reader, struct name *out)
{
    struct bytes text = cbor_text(reader, NAME_SIZE_MAX);
    reader_fail(reader, name_parse((const char *)text.data, text.size, out));
}

static void read_reason(struct reader *reader, enum operation_form form, enum reason *out)
{
    const struct reason_row *row = reason_row(cbor_uint(reader));
    if (!row) {
        reader_fail(reader, ERR_OUT_OF_RANGE);
        return;
    }
    if ((form == FORM_RAISE && !row->for_raising) || (form == FORM_LIFT && !row->for_lifting))
        reader_fail(reader, ERR_REASON);
    *out = row->reason;
}

static void read_key(struct reader *reader, struct statement *out)
{
    cbor_bytes_exact(reader, out->key.bytes, PUBLIC_KEY_SIZE);
    if (reader_ok(reader))
        reader_fail(reader, public_key_check(&out->key));
    out->has_key = true;
}

static void read_organisation(struct reader *reader, struct statement *out)
{
    cbor_array_exact(reader, 3);
    read_name(reader, &out->organisation);
    read_country(reader, &out->organisation_country);
    out->roles = (unsigned)cbor_uint_max(reader, ROLES_ALL);
}

static uint32_t read_node(struct reader *reader)
{
    uint64_t id = cbor_uint_max(reader, UINT32_MAX);
    if (id == 0)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    return (uint32_t)id;
}

static void read_member(struct reader *reader, struct statement *out)
{
    cbor_array_exact(reader, 3);
    read_name(reader, &out->node_name);
    read_name(reader, &out->organisation);
    cbor_text_copy(reader, out->node_address, ADDRESS_SIZE_MAX);
    reader_fail(reader, address_check(out->node_address));
}

/* ---- the map ---- */

static void read_operation(struct reader *reader, enum operation *out)
{
    const struct operation_row *row = operation_row(cbor_uint(reader));
    if (row)
        *out = row->operation;
    else
        reader_fail(reader, ERR_OUT_OF_RANGE);
}

static void read_version(struct reader *reader)
{
    if (cbor_uint(reader) != STATEMENT_VERSION)
        reader_fail(reader, ERR_BAD_VERSION);
}

/* Reads the value of a field. `row` is the operation's; NULL up to the operation itself. */
static void read_field(struct reader *reader, enum field field, const struct operation_row *row,
                       struct statement *out)
{
    switch (field) {
    case FIELD_VERSION: read_version(reader); break;
    case FIELD_NETWORK: cbor_bytes_exact(reader, out->network.bytes, HASH_SIZE); break;
    case FIELD_LANE: out->lane = cbor_uint(reader); break;
    case FIELD_NUMBER: out->number = cbor_uint(reader); break;
    case FIELD_ISSUED_AT: out->issued_at_ms = cbor_uint_max(reader, TIME_MAX_MS); break;
    case FIELD_VALID_UNTIL: out->valid_until_ms = cbor_uint_max(reader, TIME_MAX_MS); break;
    case FIELD_OPERATION: read_operation(reader, &out->operation); break;
    case FIELD_COUNTRY: read_country(reader, &out->country); break;
    case FIELD_REASON: read_reason(reader, row->form, &out->reason); break;
    case FIELD_ITEMS:
        out->items = row->form == FORM_TACS ? tac_items_read(reader, &out->item_count)
                                            : items_read(reader, &out->item_count);
        break;
    case FIELD_CASE:
        cbor_bytes_exact(reader, out->case_reference.bytes, HASH_SIZE);
        out->has_case = true;
        break;
    case FIELD_CLAIMANT:
        read_name(reader, &out->claimant);
        out->has_claimant = true;
        break;
    case FIELD_KEY: read_key(reader, out); break;
    case FIELD_ORGANISATION: read_organisation(reader, out); break;
    case FIELD_PROPOSAL: cbor_bytes_exact(reader, out->proposal.bytes, HASH_SIZE); break;
    case FIELD_NODE: out->node = read_node(reader); break;
    case FIELD_MEMBER: read_member(reader, out); break;
    case FIELD_COUNT: break;
    }
}

static void read_map(struct reader *reader, struct statement *out)
{
    const struct operation_row *row = NULL;
    struct cbor_map map = cbor_map(reader);
    uint64_t field;
    while (cbor_map_next(&map, reader, &field)) {
        /* What the later fields may be depends on the operation. */
        if (field > FIELD_OPERATION && !row)
            reader_fail(reader, ERR_MISSING_FIELD);
        else if (row && !set_has(fields_required(row) | fields_optional(row), field))
            reader_fail(reader, ERR_UNKNOWN_FIELD);
        else
            read_field(reader, (enum field)field, row, out);
        if (field == FIELD_OPERATION)
            row = operation_row(out->operation);
    }
    cbor_map_require(&map, reader, row ? fields_required(row) : SET_EVERY);
}

static enum err check_validity(const struct statement *statement)
{
    if (statement->valid_until_ms <= statement->issued_at_ms ||
        statement->valid_until_ms - statement->issued_at_ms > TX_VALIDITY_MAX_MS)
        return ERR_VALIDITY;
    return ERR_OK;
}

enum err statement_parse(struct bytes payload, struct statement *out)
{
    *out = (struct statement){0};
    struct statement found = {0};
    struct reader reader = reader_over(payload);
    read_map(&reader, &found);
    enum err err = reader_done(&reader);
    if (err == ERR_OK)
        err = check_validity(&found);
    if (err == ERR_OK)
        *out = found;
    return err;
}

/* The fields that a statement is written with: what the operation needs and what is set. */
static uint32_t fields_of(const struct statement *statement, const struct operation_row *row)
{
    return fields_required(row) | (statement->reason != REASON_NONE ? SET(FIELD_REASON) : 0) |
           (statement->has_case ? SET(FIELD_CASE) : 0) |
           (statement->has_claimant ? SET(FIELD_CLAIMANT) : 0) |
           (statement->has_key ? SET(FIELD_KEY) : 0);
}

static void write_field(struct writer *writer, enum field field, const struct statement *statement)
{
    cbor_put_uint(writer, field);
    switch (field) {
    case FIELD_VERSION: cbor_put_uint(writer, STATEMENT_VERSION); break;
    case FIELD_NETWORK: cbor_put_bytes(writer, statement->network.bytes, HASH_SIZE); break;
    case FIELD_LANE: cbor_put_uint(writer, statement->lane); break;
    case FIELD_NUMBER: cbor_put_uint(writer, statement->number); break;
    case FIELD_ISSUED_AT: cbor_put_uint(writer, statement->issued_at_ms); break;
    case FIELD_VALID_UNTIL: cbor_put_uint(writer, statement->valid_until_ms); break;
    case FIELD_OPERATION: cbor_put_uint(writer, statement->operation); break;
    case FIELD_COUNTRY: cbor_put_text(writer, statement->country.code); break;
    case FIELD_REASON: cbor_put_uint(writer, statement->reason); break;
    case FIELD_ITEMS: writer_bytes(writer, statement->items.data, statement->items.size); break;
    case FIELD_CASE: cbor_put_bytes(writer, statement->case_reference.bytes, HASH_SIZE); break;
    case FIELD_CLAIMANT: cbor_put_text(writer, statement->claimant.text); break;
    case FIELD_KEY: cbor_put_bytes(writer, statement->key.bytes, PUBLIC_KEY_SIZE); break;
    case FIELD_ORGANISATION:
        cbor_put_array(writer, 3);
        cbor_put_text(writer, statement->organisation.text);
        cbor_put_text(writer, statement->organisation_country.code);
        cbor_put_uint(writer, statement->roles);
        break;
    case FIELD_PROPOSAL: cbor_put_bytes(writer, statement->proposal.bytes, HASH_SIZE); break;
    case FIELD_NODE: cbor_put_uint(writer, statement->node); break;
    case FIELD_MEMBER:
        cbor_put_array(writer, 3);
        cbor_put_text(writer, statement->node_name.text);
        cbor_put_text(writer, statement->organisation.text);
        cbor_put_text(writer, statement->node_address);
        break;
    case FIELD_COUNT: break;
    }
}

void statement_write(struct writer *writer, const struct statement *statement)
{
    const struct operation_row *row = operation_row(statement->operation);
    if (!row) {
        writer_fail(writer, ERR_OUT_OF_RANGE);
        return;
    }
    uint32_t fields = fields_of(statement, row);
    cbor_put_map(writer, (size_t)__builtin_popcount(fields));
    for (enum field field = 0; field < FIELD_COUNT; field++) {
        if (set_has(fields, field))
            write_field(writer, field, statement);
    }
}

/* ---- transactions ---- */

enum err transaction_parse(struct bytes encoded, struct transaction *out)
{
    *out = (struct transaction){0};
    if (encoded.size > TX_SIZE_MAX)
        return ERR_TOO_LARGE;
    struct transaction found = {.encoded = encoded};
    enum err err = cose_parse(encoded, &found.envelope);
    if (err == ERR_OK)
        err = statement_parse(found.envelope.payload, &found.statement);
    if (err != ERR_OK)
        return err;
    found.id = cose_digest(&found.envelope.kid, found.envelope.payload);
    *out = found;
    return ERR_OK;
}

enum err transaction_verify(const struct transaction *transaction, const struct public_key *key)
{
    struct key_id id = key_id_of(key);
    if (!key_id_equal(&id, &transaction->envelope.kid))
        return ERR_UNKNOWN_KEY;
    return signature_check(key, &transaction->id, &transaction->envelope.signature);
}

enum err transaction_sign(const struct statement *statement, const struct secret_key *secret,
                          struct writer *scratch, struct writer *writer, struct hash *id)
{
    struct public_key key;
    enum err err = public_key_of(secret, &key);
    if (err != ERR_OK)
        return err;
    statement_write(scratch, statement);
    if (!writer_ok(scratch))
        return scratch->err;

    struct bytes payload = writer_view(scratch);
    struct key_id kid = key_id_of(&key);
    struct hash digest = cose_digest(&kid, payload);
    struct signature signature;
    err = signature_make(secret, &digest, &signature);
    if (err != ERR_OK)
        return err;
    cose_write(writer, &kid, payload, &signature);
    if (id)
        *id = digest;
    return writer->err;
}

void transaction_normalise(const struct transaction *transaction, struct writer *writer)
{
    struct signature signature = transaction->envelope.signature;
    signature_normalise(&signature);
    cose_write(writer, &transaction->envelope.kid, transaction->envelope.payload, &signature);
}
