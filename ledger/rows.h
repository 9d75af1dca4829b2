/*
 * rows.h: the keys and rows of the state's tables, packed and unpacked.
 *
 * docs/internals/storage.md is the contract. Integers are big-endian, so that rows sort by number.
 * Unpacking returns ERR_DAMAGED for what packing never makes. Inside ledger/ only.
 */
#ifndef LEDGER_ROWS_H
#define LEDGER_ROWS_H

#include "ledger/view.h"
#include "proto/bytes.h"
#include "proto/statement.h"

/* The largest row: a node with the longest name and address. */
#define ROW_SIZE_MAX (2 + 1 + 8 + PUBLIC_KEY_SIZE + 1 + NAME_SIZE_MAX + ADDRESS_SIZE_MAX)

/* One more than the largest index of a transaction: it has five bytes in a row. */
#define INDEX_END (UINT64_C(1) << MERKLE_LEVELS_MAX)

struct row {
    size_t size;
    uint8_t data[ROW_SIZE_MAX];
};

static inline struct bytes row_view(const struct row *row)
{
    return bytes_of(row->data, row->size);
}

/* ---- numbers ---- */

/* An organisation's number: key of `organisations`, key of `authorities`, row of
 * `organisation_names` and `ballots`. */
struct row number_pack(uint16_t number);
enum err number_unpack(struct bytes bytes, uint16_t *out) must_check;

/* A transaction's index: key of `transactions`, row of `ids`. */
struct row index_pack(uint64_t index);
enum err index_unpack(struct bytes bytes, uint64_t *out) must_check;

/* Key and row of `numbers`: a lane, and a number of it with the transaction that has it. */
struct row lane_key(const struct key_id *key, uint64_t lane);
struct row lane_pack(uint64_t number, uint64_t index);
enum err lane_unpack(struct bytes bytes, uint64_t *number, uint64_t *index) must_check;

/* ---- organisations ---- */

struct organisation {
    uint16_t number; /* the key */
    struct name name;
    struct country country;
    unsigned roles;
};

struct row organisation_pack(const struct organisation *organisation);
enum err organisation_unpack(uint16_t number, struct bytes bytes,
                             struct organisation *out) must_check;

struct row key_pack(const struct key_info *key);
enum err key_unpack(struct bytes bytes, struct key_info *out) must_check;

/* What an open proposal would set. */
struct proposal {
    struct name name;
    struct country country;
    unsigned roles;
    bool has_key;
    struct public_key key;
};

struct row proposal_pack(const struct proposal *proposal);
enum err proposal_unpack(struct bytes bytes, struct proposal *out) must_check;

/* ---- nodes ---- */

struct node {
    uint32_t id; /* the key */
    uint16_t organisation;
    bool was_voter;        /* it is, or was, to be a voter */
    uint64_t since_height; /* of the last statement about it; 0: the genesis */
    struct public_key key;
    struct name name;
    char address[ADDRESS_SIZE_MAX + 1];
};

/* A node's id: key of `nodes`, row of `node_keys`. */
struct row node_id_pack(uint32_t id);
enum err node_id_unpack(struct bytes bytes, uint32_t *out) must_check;

struct row node_pack(const struct node *node);
enum err node_unpack(uint32_t id, struct bytes bytes, struct node *out) must_check;

/* ---- TACs ---- */

struct tac_row {
    uint16_t organisation;
    uint64_t index;
    char brand[TAC_TEXT_SIZE_MAX + 1];
    char model[TAC_TEXT_SIZE_MAX + 1];
};

struct row tac_key(uint32_t tac);
struct row tac_pack(const struct tac_row *tac);
enum err tac_unpack(struct bytes bytes, struct tac_row *out) must_check;

/* ---- claims and events ---- */

/* What a transaction left on a device or a range of devices. */
struct trace {
    struct item item;
    uint16_t organisation; /* whose claim it is */
    enum claim_kind kind;  /* CLAIM_NONE when it was unpacked from an event */
    uint64_t index;        /* of the transaction */
};

/* The key under which the traces of an item lie: its TAC; of a range also its width. */
struct row item_key(const struct item *item);

/* The width of a range: the bits of (to - from), 1 to SPAN_WIDTH_MAX. A range of width w is longer
 * than 2^(w-1) and at most 2^w long: which bounds where one that covers a serial can begin. */
#define SPAN_WIDTH_MAX 20
unsigned span_width(const struct item *item);
struct row span_key(uint32_t tac, unsigned width);

/* Rows of `claims` and `spans`: what is before the index names the claim. */
#define INDEX_SIZE 5
struct row claim_pack(const struct trace *claim);
enum err claim_unpack(uint32_t tac, bool is_range, struct bytes bytes,
                      struct trace *out) must_check;

/* Rows of `events` and `span_events`. */
struct row event_pack(const struct trace *event);
enum err event_unpack(uint32_t tac, bool is_range, struct bytes bytes,
                      struct trace *out) must_check;

/* The smallest possible row, in a table of ranges, of a range that begins at `from`: a place to
 * seek.
 */
struct row span_seek(uint32_t from, size_t row_size);
#define SPAN_SIZE       14 /* of a row of `spans` */
#define SPAN_EVENT_SIZE 13 /* of a row of `span_events` */

/* The serials at the head of a row of a table of ranges. */
enum err span_unpack(struct bytes bytes, uint32_t *from, uint32_t *to) must_check;

/* ---- transactions ---- */

/* What became of a transaction. Of one that is not authentic only place, time and error are set. */
struct record {
    uint64_t height;
    uint32_t position;
    uint64_t time_ms;
    uint64_t issued_at_ms;
    enum err err;
    uint16_t organisation;
    enum operation operation;
    enum reason reason;
    uint32_t changed;
    struct hash id;
    struct key_id key;
    uint64_t lane;
    uint64_t number;
};

/* Whether its signer was known: else only place, time and error are set. */
static inline bool record_is_authentic(const struct record *record)
{
    return record->organisation != 0;
}

struct row record_pack(const struct record *record);
enum err record_unpack(struct bytes bytes, struct record *out) must_check;

#endif
