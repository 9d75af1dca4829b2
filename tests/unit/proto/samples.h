/*
 * samples.h: a valid statement of each operation, for tests of statements and transactions.
 */
#ifndef TESTS_UNIT_PROTO_SAMPLES_H
#define TESTS_UNIT_PROTO_SAMPLES_H

#include "proto/statement.h"
#include "tests/unit/proto/fixture.h"

#include <stdio.h>

#define SAMPLE_SECRET "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"

static const enum operation sample_operations[] = {
#define X(name, number, word, form, claim, roles, needs_reason) OP_##name,
    OPERATION_TABLE(X)
#undef X
};

enum { SAMPLES = sizeof sample_operations / sizeof sample_operations[0] };

static inline struct secret_key sample_secret(void)
{
    struct secret_key secret;
    from_hex(SAMPLE_SECRET, secret.bytes, SECRET_KEY_SIZE);
    return secret;
}

static inline struct public_key sample_key(void)
{
    struct secret_key secret = sample_secret();
    struct public_key key;
    ck_assert_int_eq(public_key_of(&secret, &key), ERR_OK);
    return key;
}

/* An array of a single, a run and a range. */
static inline struct bytes sample_items(size_t *count)
{
    static const struct item items[] = {
        {{UINT64_C(35209900176148)}, {UINT64_C(35209900176148)}},
        {{UINT64_C(35209901000001)}, {UINT64_C(35209901000001)}},
        {{UINT64_C(35209901000009)}, {UINT64_C(35209901000009)}},
        {{UINT64_C(35209902000000)}, {UINT64_C(35209902999999)}},
    };
    static uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    *count = sizeof items / sizeof items[0];
    items_write(&writer, items, *count);
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

static inline struct bytes sample_tacs(size_t *count)
{
    static const struct tac_item items[] = {{35209900, "Brand", "Model 1"},
                                            {86012345, "M\u00e4rke", ""}};
    static uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    *count = sizeof items / sizeof items[0];
    tac_items_write(&writer, items, *count);
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

static inline void sample_name(struct name *out, const char *text)
{
    ck_assert_int_eq(name_parse(text, strlen(text), out), ERR_OK);
}

static inline void sample_content(enum operation_form form, struct statement *out)
{
    switch (form) {
    case FORM_RAISE:
    case FORM_LIFT: out->items = sample_items(&out->item_count); break;
    case FORM_TACS: out->items = sample_tacs(&out->item_count); break;
    case FORM_KEY:
        out->has_key = true;
        out->key = sample_key();
        break;
    case FORM_ORGANISATION:
        sample_name(&out->organisation, "operator-2.example");
        out->organisation_country = (struct country){"FR"};
        out->roles = ROLE_OPERATOR | ROLE_AUDITOR;
        break;
    case FORM_BALLOT: memset(out->proposal.bytes, 0xba, HASH_SIZE); break;
    case FORM_NODE:
        out->has_key = true;
        out->key = sample_key();
        out->node = 4;
        sample_name(&out->node_name, "fr-op");
        sample_name(&out->organisation, "operator-2.example");
        snprintf(out->node_address, sizeof out->node_address, "tls+tcp://fr-op.example.org:7700");
        break;
    case FORM_NODE_ID: out->node = UINT32_MAX; break;
    }
}

/* With all optional fields, or with none. */
static inline struct statement sample_statement(enum operation operation, bool is_full)
{
    const struct operation_row *row = operation_row(operation);
    struct statement made = {
        .lane = 7,
        .number = 1000,
        .issued_at_ms = UINT64_C(1790000000000),
        .valid_until_ms = UINT64_C(1790000000000) + TX_VALIDITY_MAX_MS,
        .operation = operation,
        .country = {"DE"},
        .reason = !row->needs_reason        ? REASON_NONE
                  : row->form == FORM_RAISE ? REASON_STOLEN
                                            : REASON_FOUND,
    };
    memset(made.network.bytes, 0x4e, HASH_SIZE);
    sample_content(row->form, &made);
    if (is_full && (row->form == FORM_RAISE || row->form == FORM_LIFT)) {
        made.has_case = true;
        memset(made.case_reference.bytes, 0xca, HASH_SIZE);
    }
    if (is_full && row->form == FORM_LIFT) {
        made.has_claimant = true;
        sample_name(&made.claimant, "regulator.example");
    }
    if (is_full && row->form == FORM_ORGANISATION) {
        made.has_key = true;
        made.key = sample_key();
    }
    return made;
}

/* The statement's payload, or its signed transaction, in a buffer of the test's. */
static inline struct bytes sample_payload(const struct statement *statement, void *buffer,
                                          size_t capacity)
{
    struct writer writer = writer_over(buffer, capacity);
    statement_write(&writer, statement);
    ck_assert_msg(writer_ok(&writer), "%s", err_name(writer.err));
    return writer_view(&writer);
}

static inline struct bytes sample_transaction(const struct statement *statement, void *buffer,
                                              size_t capacity)
{
    static uint8_t payload[TX_SIZE_MAX];
    struct secret_key secret = sample_secret();
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer writer = writer_over(buffer, capacity);
    ck_assert_int_eq(transaction_sign(statement, &secret, &scratch, &writer, NULL), ERR_OK);
    return writer_view(&writer);
}

#endif
