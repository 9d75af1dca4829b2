/*
 * operation.h: what a statement can say, in one table.
 *
 * Most operations raise or lift a claim of one kind; the rules of the ledger read this table and
 * not the operation. A claim is one organisation's, and several can stand on one device.
 */
#ifndef PROTO_OPERATION_H
#define PROTO_OPERATION_H

#include "proto/bytes.h"
#include "proto/err.h"

/* Roles of an organisation: a bit set. X(name, bit, word) */
#define ROLE_TABLE(X)                                                                              \
    X(REGULATOR, 1, "regulator")                                                                   \
    X(OPERATOR, 2, "operator")                                                                     \
    X(ALLOCATOR, 4, "allocator")                                                                   \
    X(MANUFACTURER, 8, "manufacturer")                                                             \
    X(AUDITOR, 16, "auditor")                                                                      \
    X(PARTICIPANT, 32, "participant")

enum role {
#define X(name, bit, word) ROLE_##name = (bit),
    ROLE_TABLE(X)
#undef X
};

#define ROLES_ALL 63u

/* "regulator" → ROLE_REGULATOR; 0 when unknown. */
unsigned role_parse(const char *word, size_t size);

/* The word of one role bit; NULL when unknown. */
const char *role_word(unsigned role);

/* X(name, number, word): what one organisation says about one device. */
#define CLAIM_KIND_TABLE(X)                                                                        \
    X(BLOCK, 1, "block")                                                                           \
    X(WATCH, 2, "watch")                                                                           \
    X(DUPLICATE, 3, "duplicate")                                                                   \
    X(REGISTERED, 4, "registered")

enum claim_kind {
    CLAIM_NONE = 0,
#define X(name, number, word) CLAIM_##name = (number),
    CLAIM_KIND_TABLE(X)
#undef X
};

/* The word of a claim's number; NULL when unknown. */
const char *claim_kind_word(unsigned long number);

enum operation_form {
    FORM_RAISE,        /* raises a claim on devices */
    FORM_LIFT,         /* lifts a claim from devices */
    FORM_TACS,         /* items are TACs with brand and model */
    FORM_KEY,          /* a key of the signer's own organisation */
    FORM_ORGANISATION, /* a proposal: an organisation with its country and roles */
    FORM_BALLOT,       /* a regulator's vote for a proposal */
    FORM_NODE,         /* a node that is to be a member, described */
    FORM_NODE_ID,      /* a node that is one, by its id */
};

/* X(name, number, word, form, claim, roles that may, needs a reason) */
#define OPERATION_TABLE(X)                                                                         \
    X(BLOCK, 1, "block", RAISE, BLOCK, ROLE_REGULATOR | ROLE_OPERATOR, true)                       \
    X(UNBLOCK, 2, "unblock", LIFT, BLOCK, ROLE_REGULATOR | ROLE_OPERATOR, true)                    \
    X(WATCH, 3, "watch", RAISE, WATCH, ROLE_REGULATOR | ROLE_OPERATOR | ROLE_PARTICIPANT, true)    \
    X(UNWATCH, 4, "unwatch", LIFT, WATCH, ROLE_REGULATOR | ROLE_OPERATOR | ROLE_PARTICIPANT, true) \
    X(DUPLICATE, 5, "duplicate", RAISE, DUPLICATE, ROLE_REGULATOR | ROLE_OPERATOR, false)          \
    X(UNDUPLICATE, 6, "unduplicate", LIFT, DUPLICATE, ROLE_REGULATOR | ROLE_OPERATOR, false)       \
    X(REGISTER, 7, "register", RAISE, REGISTERED,                                                  \
      ROLE_REGULATOR | ROLE_OPERATOR | ROLE_MANUFACTURER, false)                                   \
    X(UNREGISTER, 8, "unregister", LIFT, REGISTERED,                                               \
      ROLE_REGULATOR | ROLE_OPERATOR | ROLE_MANUFACTURER, false)                                   \
    X(TAC_ALLOCATE, 16, "tac-allocate", TACS, NONE, ROLE_ALLOCATOR, false)                         \
    X(KEY_ADD, 24, "key-add", KEY, NONE, ROLES_ALL, false)                                         \
    X(KEY_REVOKE, 25, "key-revoke", KEY, NONE, ROLES_ALL, false)                                   \
    X(ORGANISATION, 26, "organisation", ORGANISATION, NONE, ROLE_REGULATOR, false)                 \
    X(BALLOT, 27, "ballot", BALLOT, NONE, ROLE_REGULATOR, false)                                   \
    X(NODE_ADD, 28, "node-add", NODE, NONE, ROLE_REGULATOR, false)                                 \
    X(NODE_PROMOTE, 29, "node-promote", NODE_ID, NONE, ROLE_REGULATOR, false)                      \
    X(NODE_REMOVE, 30, "node-remove", NODE_ID, NONE, ROLE_REGULATOR, false)

enum operation {
    OP_NONE = 0,
#define X(name, number, word, form, claim, roles, needs_reason) OP_##name = (number),
    OPERATION_TABLE(X)
#undef X
};

struct operation_row {
    enum operation operation;
    const char *word;
    enum operation_form form;
    enum claim_kind claim;
    unsigned roles; /* one of these roles is enough */
    bool needs_reason;
};

/* The row of a number; NULL when unknown. */
const struct operation_row *operation_row(unsigned long number);

#endif
