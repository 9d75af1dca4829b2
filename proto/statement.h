/*
 * statement.h: what is signed: the payload of a transaction.
 *
 * A CBOR map with these keys (proto/statement.cddl is the schema, docs/internals/formats.md
 * explains each field):
 *
 *   0 version        1
 *   1 network        SHA-256 of the genesis file
 *   2 lane           a stream of statements, chosen by the signer
 *   3 number         place in the lane; (key, lane, number) names a statement once and for ever
 *   4 issued at      Unix time in milliseconds, at most TIME_MAX_MS
 *   5 valid until    the same, after 4 by at most TX_VALIDITY_MAX_MS
 *   6 operation      operation.h
 *   7 country        ISO 3166-1 alpha-2, upper case: the signer's
 *   8 reason         reason.h; present when the operation needs one, and only then
 *   9 items          items.h; RAISE, LIFT and TACS
 *  10 case           32 bytes: a salted hash of the case's reference; optional, RAISE and LIFT
 *  11 claimant       name of the organisation whose claim is lifted; optional, LIFT
 *  12 key            33 bytes: a public key; KEY; NODE: the node's; optional, ORGANISATION: its
 *                    first, or one more
 *  13 organisation   [name, country, roles]; ORGANISATION
 *  14 proposal       32 bytes: the transaction id of the proposal; BALLOT
 *  15 node           id of a node, 1 or more; NODE and NODE_ID
 *  16 member         [name, organisation's name, address]; NODE
 *
 * A key that the operation's form does not take is ERR_UNKNOWN_FIELD. Who signs stands in the
 * COSE envelope, not here. Nothing here names a person, a subscriber or a free text.
 */
#ifndef PROTO_STATEMENT_H
#define PROTO_STATEMENT_H

#include "proto/cose.h"
#include "proto/items.h"
#include "proto/limits.h"
#include "proto/operation.h"
#include "proto/reason.h"

#define STATEMENT_VERSION 1

struct country {
    char code[3]; /* two upper-case letters and a terminator */
};

/* Two upper-case letters; ERR_BAD_TEXT. */
enum err country_parse(const char *text, size_t size, struct country *out) must_check;

/* Lower-case letters, digits, '-' and '.', starting with a letter, at most NAME_SIZE_MAX. */
struct name {
    char text[NAME_SIZE_MAX + 1];
};

enum err name_parse(const char *text, size_t size, struct name *out) must_check;

struct statement {
    struct hash network;
    uint64_t lane;
    uint64_t number;
    uint64_t issued_at_ms;
    uint64_t valid_until_ms;
    enum operation operation;
    struct country country;
    enum reason reason; /* REASON_NONE when the operation takes none */
    struct bytes items; /* the checked array, a view; empty when the form takes none */
    size_t item_count;
    bool has_case;
    struct hash case_reference;
    bool has_claimant;
    struct name claimant;
    bool has_key;             /* true for FORM_KEY and FORM_NODE; FORM_ORGANISATION may have one */
    struct public_key key;    /* when has_key: a point of the curve */
    struct name organisation; /* FORM_ORGANISATION, with the two below; FORM_NODE: whose node */
    struct country organisation_country;
    unsigned roles;
    struct hash proposal;  /* FORM_BALLOT */
    uint32_t node;         /* FORM_NODE and FORM_NODE_ID: its id */
    struct name node_name; /* FORM_NODE, with the one below */
    char node_address[ADDRESS_SIZE_MAX + 1];
};

/* Parses and checks all that can be said of the bytes alone: form, ranges, order of items, a reason
 * that fits the operation (ERR_REASON), valid_until after issued_at and not too long after
 * (ERR_VALIDITY), keys that are points of the curve (ERR_BAD_KEY). Views in `out` live as long as
 * `payload`; after an error `out` is all zeroes. */
enum err statement_parse(struct bytes payload, struct statement *out) must_check;

/* Writes the payload: the fields that the operation needs, and the optional ones that are set; the
 * items as they are in `items`. Errors stick in the writer: ERR_OUT_OF_RANGE for an unknown
 * operation. What else statement_parse() would refuse is not checked here. */
void statement_write(struct writer *writer, const struct statement *statement);

/* A transaction: the signed bytes, taken apart. Views live as long as the input. */
struct transaction {
    struct hash id; /* SHA-256 of what is signed: not of the signature */
    struct cose_sign1 envelope;
    struct statement statement;
    struct bytes encoded;
};

/* Parses envelope and statement; the signature is not verified. ERR_TOO_LARGE above TX_SIZE_MAX.
 * What parses has one encoding: the same envelope and statement written again are the same bytes.
 * After an error `out` is all zeroes. */
enum err transaction_parse(struct bytes encoded, struct transaction *out) must_check;

/* Verifies the signature with the key whose id stands in the envelope: ERR_UNKNOWN_KEY when `key`
 * has another id; ERR_HIGH_S; ERR_BAD_SIGNATURE. */
enum err transaction_verify(const struct transaction *transaction,
                            const struct public_key *key) must_check;

/* Writes and signs a transaction into `writer`; `scratch`, empty at first, holds the payload
 * meanwhile. `id` may be NULL. ERR_BAD_KEY, and the errors of statement_write() and writer.h. */
enum err transaction_sign(const struct statement *statement, const struct secret_key *secret,
                          struct writer *scratch, struct writer *writer,
                          struct hash *id) must_check;

/* Writes a parsed transaction with its signature in low-S form: admission does so before anything
 * else sees it. The same bytes when S was low already, and the same size in either case. */
void transaction_normalise(const struct transaction *transaction, struct writer *writer);

#endif
