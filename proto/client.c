#include "proto/client.h"

#include "proto/invariant.h"
#include "proto/record.h"

/* Keys of the maps. */
enum {
    REQUEST_VERSION = 0,
    REQUEST_KIND = 1,
    REQUEST_ARGUMENT = 2,
    REQUEST_OPTION = 3,
    REQUEST_FRESH = 4,
    REQUEST_IMSI = 5
};
enum { HEAD_VERSION = 0, HEAD_ERR = 1, HEAD_HEIGHT = 2, HEAD_AGE = 3, HEAD_BODY = 4 };

#define SET(key) (UINT32_C(1) << (key))

/* ---- words ---- */

const char *request_word(enum request_kind kind)
{
    switch (kind) {
#define X(name, number, word)                                                                      \
    case REQUEST_##name: return word;
        REQUEST_TABLE(X)
#undef X
    }
    return NULL;
}

const char *node_state_word(enum node_state state)
{
    switch (state) {
    case NODE_FOLLOWER: return "follower";
    case NODE_CANDIDATE: return "candidate";
    case NODE_LEADER: return "leader";
    case NODE_LEARNER: return "learner";
    }
    return NULL;
}

const char *tx_state_word(enum tx_state state)
{
    switch (state) {
#define X(name, number, word)                                                                      \
    case TX_##name: return word;
        TX_STATE_TABLE(X)
#undef X
    }
    return NULL;
}

const char *membership_word(enum membership membership)
{
    switch (membership) {
#define X(name, number, word)                                                                      \
    case MEMBERSHIP_##name: return word;
        MEMBERSHIP_TABLE(X)
#undef X
    }
    return NULL;
}

const char *wanted_word(enum wanted wanted)
{
    switch (wanted) {
#define X(name, number, word)                                                                      \
    case WANTED_##name: return word;
        WANTED_TABLE(X)
#undef X
    }
    return NULL;
}

static void read_version(struct reader *reader)
{
    if (cbor_uint(reader) != CLIENT_VERSION)
        reader_fail(reader, ERR_BAD_VERSION);
}

/* ---- requests ---- */

static void read_kind(struct reader *reader, struct request *out)
{
    uint64_t number = cbor_uint_max(reader, UINT8_MAX);
    out->kind = (enum request_kind)number;
    if (request_word(out->kind) == NULL)
        reader_fail(reader, ERR_OUT_OF_RANGE);
}

static uint64_t read_imei(struct reader *reader)
{
    return cbor_uint_max(reader, IMEI_VALUES - 1);
}

static void read_imeis(struct reader *reader, struct request *out)
{
    struct record record = record_read(reader);
    out->imei_count = record_list(&record, 0, CHECK_IMEIS_MAX);
    if (out->imei_count == 0)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    for (size_t i = 0; i < out->imei_count; i++)
        out->imeis[i].value = read_imei(reader);
}

static void read_encoded(struct reader *reader, struct request *out)
{
    out->encoded = cbor_bytes(reader);
    if (out->encoded.size == 0)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    if (out->encoded.size > TX_SIZE_MAX)
        reader_fail(reader, ERR_TOO_LARGE);
}

enum { STANDING_FIELDS = 4 };

static void read_standing(struct reader *reader, struct request *out)
{
    cbor_array_exact(reader, STANDING_FIELDS);
    cbor_bytes_exact(reader, out->kid.bytes, KEY_ID_SIZE);
    out->has_kid = true;
    out->claim_kind = (enum claim_kind)cbor_uint_max(reader, UINT8_MAX);
    out->reason = (enum reason)cbor_uint_max(reader, UINT8_MAX);
    out->from.value = read_imei(reader);
    if (claim_kind_word(out->claim_kind) == NULL ||
        (out->reason != REASON_NONE && reason_row((unsigned long)out->reason) == NULL))
        reader_fail(reader, ERR_OUT_OF_RANGE);
}

static void write_standing(struct writer *writer, const struct request *request)
{
    cbor_put_array(writer, STANDING_FIELDS);
    cbor_put_bytes(writer, request->kid.bytes, KEY_ID_SIZE);
    cbor_put_uint(writer, (uint64_t)request->claim_kind);
    cbor_put_uint(writer, (uint64_t)request->reason);
    cbor_put_uint(writer, request->from.value);
}

static void read_argument(struct reader *reader, struct request *out)
{
    switch (out->kind) {
    case REQUEST_STATUS: reader_fail(reader, ERR_UNKNOWN_FIELD); break;
    case REQUEST_CHECK: read_imeis(reader, out); break;
    case REQUEST_HISTORY:
        out->imeis[0].value = read_imei(reader);
        out->imei_count = 1;
        out->from_start = true;
        break;
    case REQUEST_TAC: out->tac = (uint32_t)cbor_uint_max(reader, IMEI_TACS - 1); break;
    case REQUEST_SUBMIT: read_encoded(reader, out); break;
    case REQUEST_TRANSACTION: cbor_bytes_exact(reader, out->id.bytes, HASH_SIZE); break;
    case REQUEST_ORGANISATIONS: out->first = (uint16_t)cbor_uint_max(reader, UINT16_MAX); break;
    case REQUEST_NODES: out->first_node = (uint32_t)cbor_uint_max(reader, UINT32_MAX); break;
    case REQUEST_STANDING: read_standing(reader, out); break;
    case REQUEST_SIGHTINGS: out->from.value = read_imei(reader); break;
    }
}

static void read_option(struct reader *reader, struct request *out)
{
    switch (out->kind) {
    case REQUEST_HISTORY:
        out->after = cbor_uint_max(reader, COUNTER_MAX);
        out->from_start = false;
        break;
    case REQUEST_SUBMIT:
        out->timeout_ms = (uint32_t)cbor_uint_max(reader, UINT32_MAX);
        out->wait_committed = true;
        break;
    case REQUEST_ORGANISATIONS:
        cbor_bytes_exact(reader, out->kid.bytes, KEY_ID_SIZE);
        out->has_kid = true;
        if (out->first != 0)
            reader_fail(reader, ERR_OUT_OF_RANGE);
        break;
    case REQUEST_CHECK:
        out->explain = cbor_bool(reader);
        if (!out->explain)
            reader_fail(reader, ERR_OUT_OF_RANGE);
        break;
    case REQUEST_STATUS:
    case REQUEST_TAC:
    case REQUEST_TRANSACTION:
    case REQUEST_NODES:
    case REQUEST_STANDING:
    case REQUEST_SIGHTINGS: reader_fail(reader, ERR_UNKNOWN_FIELD); break;
    }
}

static void read_imsi(struct reader *reader, struct request *out)
{
    char digits[IMSI_DIGITS_MAX + 1];
    if (out->kind != REQUEST_CHECK)
        reader_fail(reader, ERR_UNKNOWN_FIELD);
    cbor_text_copy(reader, digits, IMSI_DIGITS_MAX);
    enum err err = imsi_parse(digits, strlen(digits), &out->imsi);
    if (err != ERR_OK)
        reader_fail(reader, err);
}

static bool can_be_fresh(enum request_kind kind)
{
    return kind == REQUEST_CHECK || kind == REQUEST_HISTORY;
}

static void read_fresh(struct reader *reader, struct request *out)
{
    if (!can_be_fresh(out->kind))
        reader_fail(reader, ERR_UNKNOWN_FIELD);
    out->fresh_ms = (uint32_t)cbor_uint_max(reader, UINT32_MAX);
    if (out->fresh_ms == 0)
        reader_fail(reader, ERR_OUT_OF_RANGE);
}

enum err request_parse(struct bytes input, struct request *out)
{
    *out = (struct request){0};
    if (input.size > REQUEST_SIZE_MAX)
        return ERR_TOO_LARGE;
    struct reader reader = reader_over(input);
    struct cbor_map map = cbor_map(&reader);
    uint64_t key;
    /* Keys ascend: what an argument is of is known when it comes. Of no kind it is nothing, and the
     * request lacks its kind. */
    while (cbor_map_next(&map, &reader, &key)) {
        switch (key) {
        case REQUEST_VERSION: read_version(&reader); break;
        case REQUEST_KIND: read_kind(&reader, out); break;
        case REQUEST_ARGUMENT: read_argument(&reader, out); break;
        case REQUEST_OPTION: read_option(&reader, out); break;
        case REQUEST_FRESH: read_fresh(&reader, out); break;
        case REQUEST_IMSI: read_imsi(&reader, out); break;
        default: reader_fail(&reader, ERR_UNKNOWN_FIELD);
        }
    }
    uint32_t required = SET(REQUEST_VERSION) | SET(REQUEST_KIND);
    if (out->kind != REQUEST_STATUS)
        required |= SET(REQUEST_ARGUMENT);
    cbor_map_require(&map, &reader, required);
    return reader_done(&reader);
}

/* Each of them is a byte in the one encoding, after the map's own. */
bool request_is_submission(struct bytes input)
{
    static const uint8_t begin[] = {REQUEST_VERSION, CLIENT_VERSION, REQUEST_KIND, REQUEST_SUBMIT};
    return input.size > sizeof begin && memcmp(input.data + 1, begin, sizeof begin) == 0;
}

static void write_argument(struct writer *writer, const struct request *request)
{
    switch (request->kind) {
    case REQUEST_STATUS: break;
    case REQUEST_CHECK:
        invariant(request->imei_count <= CHECK_IMEIS_MAX);
        cbor_put_array(writer, request->imei_count);
        for (size_t i = 0; i < request->imei_count; i++)
            cbor_put_uint(writer, request->imeis[i].value);
        break;
    case REQUEST_HISTORY: cbor_put_uint(writer, request->imeis[0].value); break;
    case REQUEST_TAC: cbor_put_uint(writer, request->tac); break;
    case REQUEST_SUBMIT:
        cbor_put_bytes(writer, request->encoded.data, request->encoded.size);
        break;
    case REQUEST_TRANSACTION: cbor_put_bytes(writer, request->id.bytes, HASH_SIZE); break;
    case REQUEST_ORGANISATIONS: cbor_put_uint(writer, request->has_kid ? 0 : request->first); break;
    case REQUEST_NODES: cbor_put_uint(writer, request->first_node); break;
    case REQUEST_STANDING: write_standing(writer, request); break;
    case REQUEST_SIGHTINGS: cbor_put_uint(writer, request->from.value); break;
    }
}

static bool has_option(const struct request *request)
{
    return (request->kind == REQUEST_HISTORY && !request->from_start) ||
           (request->kind == REQUEST_CHECK && request->explain) ||
           (request->kind == REQUEST_SUBMIT && request->wait_committed) ||
           (request->kind == REQUEST_ORGANISATIONS && request->has_kid);
}

static void write_option(struct writer *writer, const struct request *request)
{
    if (request->kind == REQUEST_ORGANISATIONS)
        cbor_put_bytes(writer, request->kid.bytes, KEY_ID_SIZE);
    else if (request->kind == REQUEST_CHECK)
        cbor_put_bool(writer, true);
    else
        cbor_put_uint(writer,
                      request->kind == REQUEST_HISTORY ? request->after : request->timeout_ms);
}

void request_write(struct writer *writer, const struct request *request)
{
    bool has_argument = request->kind != REQUEST_STATUS;
    bool is_fresh = can_be_fresh(request->kind) && request->fresh_ms > 0;
    bool has_imsi = request->kind == REQUEST_CHECK && imsi_is_given(&request->imsi);
    cbor_put_map(writer, 2u + has_argument + has_option(request) + is_fresh + has_imsi);
    cbor_put_uint(writer, REQUEST_VERSION);
    cbor_put_uint(writer, CLIENT_VERSION);
    cbor_put_uint(writer, REQUEST_KIND);
    cbor_put_uint(writer, request->kind);
    if (has_argument) {
        cbor_put_uint(writer, REQUEST_ARGUMENT);
        write_argument(writer, request);
    }
    if (has_option(request)) {
        cbor_put_uint(writer, REQUEST_OPTION);
        write_option(writer, request);
    }
    if (is_fresh) {
        cbor_put_uint(writer, REQUEST_FRESH);
        cbor_put_uint(writer, request->fresh_ms);
    }
    if (has_imsi) {
        cbor_put_uint(writer, REQUEST_IMSI);
        cbor_put_text(writer, request->imsi.digits);
    }
}

/* ---- responses ---- */

static void read_err(struct reader *reader, enum err *out)
{
    uint64_t number = cbor_uint_max(reader, UINT16_MAX);
    *out = err_from_number(number);
    if ((uint64_t)*out != number)
        reader_fail(reader, ERR_OUT_OF_RANGE);
}

void response_head_read(struct reader *reader, struct response_head *out)
{
    *out = (struct response_head){.age_ms = AGE_UNKNOWN};
    struct cbor_map map = cbor_map(reader);
    uint64_t key = 0;
    while (key != HEAD_BODY && cbor_map_next(&map, reader, &key)) {
        switch (key) {
        case HEAD_VERSION: read_version(reader); break;
        case HEAD_ERR: read_err(reader, &out->err); break;
        case HEAD_HEIGHT: out->height = cbor_uint_max(reader, COUNTER_MAX); break;
        case HEAD_AGE: out->age_ms = cbor_uint_max(reader, COUNTER_MAX); break;
        case HEAD_BODY: break; /* the caller's */
        default: reader_fail(reader, ERR_UNKNOWN_FIELD);
        }
    }
    cbor_map_require(&map, reader, SET(HEAD_VERSION) | SET(HEAD_ERR) | SET(HEAD_HEIGHT));
    if (out->err == ERR_OK)
        cbor_map_require(&map, reader, SET(HEAD_BODY));
    else if (key == HEAD_BODY)
        reader_fail(reader, ERR_UNKNOWN_FIELD);
    if (map.left > 0)
        reader_fail(reader, ERR_UNKNOWN_FIELD);
}

void response_head_write(struct writer *writer, const struct response_head *head)
{
    bool has_age = head->age_ms != AGE_UNKNOWN;
    bool has_body = head->err == ERR_OK;
    cbor_put_map(writer, 3u + has_age + has_body);
    cbor_put_uint(writer, HEAD_VERSION);
    cbor_put_uint(writer, CLIENT_VERSION);
    cbor_put_uint(writer, HEAD_ERR);
    cbor_put_uint(writer, head->err);
    cbor_put_uint(writer, HEAD_HEIGHT);
    cbor_put_uint(writer, head->height);
    if (has_age) {
        cbor_put_uint(writer, HEAD_AGE);
        cbor_put_uint(writer, head->age_ms);
    }
    if (has_body)
        cbor_put_uint(writer, HEAD_BODY);
}
