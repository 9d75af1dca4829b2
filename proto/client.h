/*
 * client.h: questions to a node and its answers, as deterministic CBOR.
 *
 * A request is a map {0: version, 1: kind, 2…: arguments}, a response a map {0: version, 1: error
 * number, 2: height, 3: age in milliseconds, 4: body}; the body's form follows from the kind of the
 * request and is absent when the error is not ERR_OK. Bodies are records (record.h): arrays of
 * fields in the order of the structs below. docs/internals/messages.md has each field.
 *
 * Both sides read as strictly: what is read has one encoding, counts are within the arrays below,
 * enums are one of their values, texts are UTF-8 without control characters. Bodies are checked in
 * the same way when they are written. Errors stick in the reader or the writer.
 *
 * The structs are large: keep them on the heap or static.
 */
#ifndef PROTO_CLIENT_H
#define PROTO_CLIENT_H

#include "proto/genesis.h"
#include "proto/grounds.h"
#include "proto/imsi.h"
#include "proto/limits.h"
#include "proto/statement.h"

#define CLIENT_VERSION 1
#define AGE_UNKNOWN    UINT64_MAX

/* X(name, number, word) */
#define REQUEST_TABLE(X)                                                                           \
    X(STATUS, 1, "status")                                                                         \
    X(CHECK, 2, "check")                                                                           \
    X(HISTORY, 3, "history")                                                                       \
    X(TAC, 4, "tac")                                                                               \
    X(SUBMIT, 5, "submit")                                                                         \
    X(TRANSACTION, 6, "transaction")                                                               \
    X(ORGANISATIONS, 7, "organisations")                                                           \
    X(NODES, 8, "nodes")                                                                           \
    X(STANDING, 9, "standing")                                                                     \
    X(SIGHTINGS, 10, "sightings")

enum request_kind {
#define X(name, number, word) REQUEST_##name = (number),
    REQUEST_TABLE(X)
#undef X
};

/* NULL when it is none. */
const char *request_word(enum request_kind kind);

struct request {
    enum request_kind kind;
    struct imei imeis[CHECK_IMEIS_MAX]; /* CHECK: 1 or more; HISTORY: 1 */
    size_t imei_count;
    bool from_start; /* HISTORY: all rows; else those above the transaction index `after` */
    uint64_t after;
    uint32_t tac;         /* TAC */
    struct bytes encoded; /* SUBMIT: the signed transaction, a view */
    bool wait_committed;  /* SUBMIT: answer when committed and applied here, or refused */
    uint32_t timeout_ms;  /* SUBMIT with wait_committed: how long at most */
    struct hash id;       /* TRANSACTION */
    uint16_t first;       /* ORGANISATIONS: from this number on; not with has_kid */
    bool has_kid;         /* ORGANISATIONS: just the one that has this key, in force or revoked; */
    struct key_id kid;    /* ERR_UNKNOWN_KEY when nobody has */
    uint32_t first_node;  /* NODES: from this id on */
    enum claim_kind claim_kind; /* STANDING: of the organisation that has the key `kid` */
    enum reason reason;         /* STANDING: REASON_NONE: whatever it is */
    struct imei from;           /* STANDING, SIGHTINGS: devices from this one on */
    bool explain;               /* CHECK: with the grounds of each decision */
    struct imsi imsi;           /* CHECK: who uses them, when it is said; else empty */
    uint32_t fresh_ms; /* CHECK, HISTORY: not 0: the answer misses nothing that was committed
                          when it was asked for (linearizable); wait so long at most for that */
};

/* Also ERR_TOO_LARGE above REQUEST_SIZE_MAX. After an error `out` is of no use. */
enum err request_parse(struct bytes input, struct request *out) must_check;
/* Whether it begins as a SUBMIT does: request_parse() says whether it is one. */
bool request_is_submission(struct bytes input);
/* Writes what the kind takes; the other members are not read. */
void request_write(struct writer *writer, const struct request *request);

struct response_head {
    enum err err;
    uint64_t height; /* that the answer is taken from */
    uint64_t age_ms; /* how long ago this node last knew that height to be all there is;
                        AGE_UNKNOWN: never since it started */
};

/* Reads the head and leaves the reader at the body (or at the end, when err is not ERR_OK). Look at
 * `out` when the reader has no error, and at the body when reader_done() has none either. */
void response_head_read(struct reader *reader, struct response_head *out);
/* Writes the head; the caller writes the body when err is ERR_OK. */
void response_head_write(struct writer *writer, const struct response_head *head);

/* ---- STATUS ---- */

enum node_state { NODE_FOLLOWER = 1, NODE_CANDIDATE = 2, NODE_LEADER = 3, NODE_LEARNER = 4 };

/* NULL when it is none. */
const char *node_state_word(enum node_state state);

struct peer_status {
    uint32_t id;
    struct name name;
    bool connected;
    uint64_t matched; /* the last height this node knows it to hold; 0 unless this node leads */
    /* The lowest height at which it says that it has another block than this node; 0: none. */
    uint64_t differs_at;
};

#define STATUS_VERSION_SIZE_MAX 23

struct status {
    char version[STATUS_VERSION_SIZE_MAX + 1]; /* of the program */
    struct name network_name;
    struct hash network;
    uint32_t id;
    struct name name;
    struct name organisation;
    struct country country;
    unsigned roles;
    enum node_state state;
    uint64_t term;
    uint32_t leader; /* node id; 0 when none is known */
    uint64_t height; /* applied */
    uint64_t committed;
    uint64_t last;              /* in the log */
    struct hash head;           /* hash of the block at `height` */
    uint64_t transactions;      /* leaves of the tree */
    struct hash root;           /* of the tree */
    uint64_t checkpoint_height; /* of the last checkpoint applied; 0: the genesis */
    struct hash state_root;     /* of the state there */
    uint64_t uptime_ms;
    uint32_t pending; /* submissions that wait for their commit */
    size_t peer_count;
    struct peer_status peers[MEMBERS_MAX];
};

void status_read(struct reader *reader, struct status *out);
void status_write(struct writer *writer, const struct status *status);

/* ---- CHECK ---- */

/* One live claim on a device. */
struct claim {
    enum claim_kind kind;
    struct name organisation;
    struct country country;
    enum reason reason;
    uint64_t issued_at_ms; /* the signer's time */
    uint64_t time_ms;      /* the block's time */
    uint64_t height;
    uint32_t position; /* in the block */
    struct hash id;    /* the transaction */
    struct item item;  /* what it was raised on: the device itself, or a range around it */
};

struct tac_info {
    bool known;
    uint32_t tac;
    char brand[TAC_TEXT_SIZE_MAX + 1];
    char model[TAC_TEXT_SIZE_MAX + 1];
    struct name organisation; /* that allocated it */
    uint64_t time_ms;
    uint64_t height;
};

struct check_answer {
    struct imei imei;
    enum verdict verdict;
    struct tac_info tac;
    size_t claim_count;
    bool more; /* there are more than CHECK_CLAIMS_MAX */
    struct claim claims[CHECK_CLAIMS_MAX];
    bool has_grounds; /* the request said `explain`: only then is the record one field longer */
    struct grounds grounds;
};

/* The body of CHECK is an array of answers, one or more, in the order of the request; it may end
 * early when the response is full: the client asks for the rest. */
void check_answer_read(struct reader *reader, struct check_answer *out);
void check_answer_write(struct writer *writer, const struct check_answer *answer);

/* ---- HISTORY ---- */

struct history_row {
    uint64_t index; /* of the transaction in the ledger */
    uint64_t height;
    uint32_t position;
    uint64_t time_ms;
    uint64_t issued_at_ms;
    enum operation operation;
    enum reason reason;
    struct name organisation;
    struct country country;
    struct name claimant; /* whose claim was lifted; empty otherwise */
    struct item item;
    struct hash id;
};

struct history_answer {
    bool more; /* ask again, `after` the last row's index */
    size_t count;
    struct history_row rows[HISTORY_ROWS_MAX];
};

void history_answer_read(struct reader *reader, struct history_answer *out);
void history_answer_write(struct writer *writer, const struct history_answer *answer);

/* ---- TAC ---- */

void tac_info_read(struct reader *reader, struct tac_info *out);
void tac_info_write(struct writer *writer, const struct tac_info *info);

/* ---- SUBMIT and TRANSACTION ---- */

/* X(name, number, word) */
#define TX_STATE_TABLE(X)                                                                          \
    X(UNKNOWN, 1, "unknown")                                                                       \
    X(PENDING, 2, "pending")                                                                       \
    X(COMMITTED, 3, "committed")                                                                   \
    X(REFUSED, 4, "refused")

enum tx_state {
#define X(name, number, word) TX_##name = (number),
    TX_STATE_TABLE(X)
#undef X
};

/* NULL when it is none. */
const char *tx_state_word(enum tx_state state);

struct tx_answer {
    struct hash id;
    enum tx_state state;
    enum err err;    /* REFUSED: why */
    uint64_t height; /* COMMITTED, and REFUSED by the ledger: its place; else 0 */
    uint32_t position;
    uint64_t index;
    uint64_t time_ms;
    uint32_t changed;     /* COMMITTED: items that it changed */
    struct bytes encoded; /* TRANSACTION: the signed bytes, a view; may be empty */
};

void tx_answer_read(struct reader *reader, struct tx_answer *out);
void tx_answer_write(struct writer *writer, const struct tx_answer *answer);

/* ---- ORGANISATIONS ---- */

/* Those in force come before those revoked, then the newest first; older ones are not told. */
#define ORGANISATION_KEYS_MAX 16

struct organisation_info {
    uint16_t number;
    struct name name;
    struct country country;
    unsigned roles;
    size_t key_count;
    struct {
        struct public_key key;
        uint64_t from_height;
        uint64_t revoked_height; /* 0: in force */
    } keys[ORGANISATION_KEYS_MAX];
};

/* The body of ORGANISATIONS is an array, ascending by number; it may end early: the client asks
 * again, from the number after the last one, until it is empty. */
void organisation_info_read(struct reader *reader, struct organisation_info *out);
void organisation_info_write(struct writer *writer, const struct organisation_info *info);

/* ---- NODES ---- */

/* X(name, number, word): what the ledger wants a node to be. */
#define WANTED_TABLE(X)                                                                            \
    X(VOTER, 1, "voter")                                                                           \
    X(LEARNER, 2, "learner")                                                                       \
    X(REMOVED, 3, "removed")

enum wanted {
#define X(name, number, word) WANTED_##name = (number),
    WANTED_TABLE(X)
#undef X
};

/* NULL when it is none. */
const char *wanted_word(enum wanted wanted);

/* X(name, number, word): what a node is by the last configuration block. */
#define MEMBERSHIP_TABLE(X)                                                                        \
    X(VOTER, 1, "voter")                                                                           \
    X(LEARNER, 2, "learner")                                                                       \
    X(NONE, 3, "none")

enum membership {
#define X(name, number, word) MEMBERSHIP_##name = (number),
    MEMBERSHIP_TABLE(X)
#undef X
};

/* NULL when it is none. */
const char *membership_word(enum membership membership);

struct node_info {
    uint32_t id;
    struct name name; /* of a removed node: another may have it by now */
    struct name organisation;
    struct country country; /* the organisation's */
    char address[ADDRESS_SIZE_MAX + 1];
    struct public_key key;
    enum wanted wanted;
    uint64_t since_height;  /* from when on it is wanted so; 0: the genesis */
    enum membership member; /* it becomes what is wanted step by step */
};

/* The body of NODES is an array of all nodes that ever were, ascending by id; it may end early: the
 * client asks again, from the id after the last one, until it is empty. */
void node_info_read(struct reader *reader, struct node_info *out);
void node_info_write(struct writer *writer, const struct node_info *info);

/* ---- STANDING ---- */

/* A page of the single devices on which an organisation's claim of that kind, and of that reason,
 * stands. One without a device may have others behind it. */
struct standing_answer {
    bool more;        /* ask again, from `next` on */
    struct imei next; /* `more`: behind the last device; else 0 */
    size_t count;     /* ascending */
    struct imei imeis[STANDING_ROWS_MAX];
};

void standing_answer_read(struct reader *reader, struct standing_answer *out);
void standing_answer_write(struct writer *writer, const struct standing_answer *answer);

/* ---- SIGHTINGS ---- */

/* A device that is suspected to be several: so many subscribers were seen within 30 days. */
struct sightings_row {
    struct imei imei;
    uint32_t subscribers; /* as many, or more when it is `subscribers_max` */
    uint32_t day;         /* of Unix time, when it was seen last */
};

/* A page of them. Told to clients on the node's own machine alone: ERR_NOT_LOCAL; ERR_SWITCHED_OFF
 * where sightings are not kept. */
struct sightings_answer {
    bool more; /* ask again, from behind the last row */
    uint32_t threshold;
    uint32_t subscribers_max;
    uint64_t devices;   /* of which the node knows, suspected or not */
    uint64_t suspected; /* of these, as of the last question of the network or roll of a day */
    uint64_t forgotten; /* devices that made room for others, since the node's start */
    uint64_t dropped;   /* sightings that came too fast, since then */
    size_t count;       /* ascending */
    struct sightings_row rows[SIGHTINGS_ROWS_MAX];
};

void sightings_answer_read(struct reader *reader, struct sightings_answer *out);
void sightings_answer_write(struct writer *writer, const struct sightings_answer *answer);

#endif
