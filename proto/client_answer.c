#include "proto/client.h"

#include "proto/record.h"

/*
 * The bodies. Each record has one function that names its fields: see record.h. Writing works on a
 * copy, because the same function fills the struct in when it reads.
 */

static uint64_t counter(struct record *record, uint64_t value)
{
    return record_uint(record, value, COUNTER_MAX);
}

static uint64_t time_ms(struct record *record, uint64_t value)
{
    return record_uint(record, value, TIME_MAX_MS);
}

static uint32_t position(struct record *record, uint32_t value)
{
    return (uint32_t)record_uint(record, value, BLOCK_TX_MAX - 1);
}

static unsigned roles(struct record *record, unsigned value)
{
    return (unsigned)record_uint(record, value, ROLES_ALL);
}

static enum reason reason(struct record *record, enum reason value)
{
    value = (enum reason)record_uint(record, value, UINT8_MAX);
    record_require(record, value == REASON_NONE || reason_row(value) != NULL, ERR_OUT_OF_RANGE);
    return value;
}

/* ---- STATUS ---- */

/* A fifth field when the chains differ, which clients of before do not know. */
static void peer_fields(struct record *record, struct peer_status *peer)
{
    size_t fields = record_list(record, peer->differs_at > 0 ? 5 : 4, 5);
    record_require(record, fields >= 4, ERR_OUT_OF_RANGE);
    peer->id = (uint32_t)record_uint(record, peer->id, UINT32_MAX);
    record_name(record, &peer->name);
    peer->connected = record_bool(record, peer->connected);
    peer->matched = counter(record, peer->matched);
    if (fields < 5)
        return;
    peer->differs_at = counter(record, peer->differs_at);
    record_require(record, peer->differs_at > 0, ERR_OUT_OF_RANGE);
}

static void status_fields(struct record *record, struct status *status)
{
    record_fields(record, 20);
    record_text(record, status->version, STATUS_VERSION_SIZE_MAX);
    record_name(record, &status->network_name);
    record_hash(record, &status->network);
    status->id = (uint32_t)record_uint(record, status->id, UINT32_MAX);
    record_name(record, &status->name);
    record_name(record, &status->organisation);
    record_country(record, &status->country);
    status->roles = roles(record, status->roles);
    status->state = (enum node_state)record_uint(record, status->state, UINT8_MAX);
    record_require(record, node_state_word(status->state) != NULL, ERR_OUT_OF_RANGE);
    status->term = counter(record, status->term);
    status->leader = (uint32_t)record_uint(record, status->leader, UINT32_MAX);
    status->height = counter(record, status->height);
    status->committed = counter(record, status->committed);
    status->last = counter(record, status->last);
    record_hash(record, &status->head);
    status->transactions = counter(record, status->transactions);
    record_hash(record, &status->root);
    status->checkpoint_height = counter(record, status->checkpoint_height);
    record_hash(record, &status->state_root);
    status->uptime_ms = counter(record, status->uptime_ms);
    status->pending = (uint32_t)record_uint(record, status->pending, UINT32_MAX);
    status->peer_count = record_list(record, status->peer_count, MEMBERS_MAX);
    for (size_t i = 0; i < status->peer_count; i++)
        peer_fields(record, &status->peers[i]);
}

void status_read(struct reader *reader, struct status *out)
{
    *out = (struct status){0};
    struct record record = record_read(reader);
    status_fields(&record, out);
}

void status_write(struct writer *writer, const struct status *status)
{
    struct record record = record_write(writer);
    struct status copy = *status;
    status_fields(&record, &copy);
}

/* ---- TAC ---- */

/* [tac] when it is not known, for which there is nothing else to say. */
static void tac_fields(struct record *record, struct tac_info *info)
{
    size_t fields = record_list(record, info->known ? 6 : 1, 6);
    record_require(record, fields == 1 || fields == 6, ERR_OUT_OF_RANGE);
    info->known = fields == 6;
    info->tac = (uint32_t)record_uint(record, info->tac, IMEI_TACS - 1);
    if (!info->known)
        return;
    record_text(record, info->brand, TAC_TEXT_SIZE_MAX);
    record_text(record, info->model, TAC_TEXT_SIZE_MAX);
    record_name(record, &info->organisation);
    info->time_ms = time_ms(record, info->time_ms);
    info->height = counter(record, info->height);
}

void tac_info_read(struct reader *reader, struct tac_info *out)
{
    *out = (struct tac_info){0};
    struct record record = record_read(reader);
    tac_fields(&record, out);
}

void tac_info_write(struct writer *writer, const struct tac_info *info)
{
    struct record record = record_write(writer);
    struct tac_info copy = *info;
    tac_fields(&record, &copy);
}

/* ---- CHECK ---- */

static void claim_fields(struct record *record, struct claim *claim)
{
    record_fields(record, 10);
    claim->kind = (enum claim_kind)record_uint(record, claim->kind, UINT8_MAX);
    record_require(record, claim_kind_word(claim->kind) != NULL, ERR_OUT_OF_RANGE);
    record_name(record, &claim->organisation);
    record_country(record, &claim->country);
    claim->reason = reason(record, claim->reason);
    claim->issued_at_ms = time_ms(record, claim->issued_at_ms);
    claim->time_ms = time_ms(record, claim->time_ms);
    claim->height = counter(record, claim->height);
    claim->position = position(record, claim->position);
    record_hash(record, &claim->id);
    record_item(record, &claim->item);
}

static void check_fields(struct record *record, struct check_answer *answer)
{
    size_t fields = record_list(record, answer->has_grounds ? 6 : 5, 6);
    record_require(record, fields >= 5, ERR_OUT_OF_RANGE);
    answer->has_grounds = fields == 6;
    answer->imei.value = record_uint(record, answer->imei.value, IMEI_VALUES - 1);
    answer->verdict = (enum verdict)record_uint(record, answer->verdict, UINT8_MAX);
    record_require(record, verdict_word(answer->verdict) != NULL, ERR_OUT_OF_RANGE);
    tac_fields(record, &answer->tac);
    answer->more = record_bool(record, answer->more);
    answer->claim_count = record_list(record, answer->claim_count, CHECK_CLAIMS_MAX);
    for (size_t i = 0; i < answer->claim_count; i++)
        claim_fields(record, &answer->claims[i]);
    if (answer->has_grounds && record->reader != NULL)
        grounds_read(record->reader, &answer->grounds);
    else if (answer->has_grounds)
        grounds_write(record->writer, &answer->grounds);
}

void check_answer_read(struct reader *reader, struct check_answer *out)
{
    *out = (struct check_answer){0};
    struct record record = record_read(reader);
    check_fields(&record, out);
}

void check_answer_write(struct writer *writer, const struct check_answer *answer)
{
    struct record record = record_write(writer);
    struct check_answer copy = *answer;
    check_fields(&record, &copy);
}

/* ---- HISTORY ---- */

static void row_fields(struct record *record, struct history_row *row)
{
    record_fields(record, 12);
    row->index = counter(record, row->index);
    row->height = counter(record, row->height);
    row->position = position(record, row->position);
    row->time_ms = time_ms(record, row->time_ms);
    row->issued_at_ms = time_ms(record, row->issued_at_ms);
    row->operation = (enum operation)record_uint(record, row->operation, UINT8_MAX);
    record_require(record, operation_row(row->operation) != NULL, ERR_OUT_OF_RANGE);
    row->reason = reason(record, row->reason);
    record_name(record, &row->organisation);
    record_country(record, &row->country);
    record_name_or_none(record, &row->claimant);
    record_item(record, &row->item);
    record_hash(record, &row->id);
}

void history_answer_read(struct reader *reader, struct history_answer *out)
{
    *out = (struct history_answer){0};
    struct record record = record_read(reader);
    record_fields(&record, 2);
    out->more = record_bool(&record, false);
    out->count = record_list(&record, 0, HISTORY_ROWS_MAX);
    for (size_t i = 0; i < out->count; i++)
        row_fields(&record, &out->rows[i]);
}

void history_answer_write(struct writer *writer, const struct history_answer *answer)
{
    struct record record = record_write(writer);
    record_fields(&record, 2);
    (void)record_bool(&record, answer->more);
    size_t count = record_list(&record, answer->count, HISTORY_ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        struct history_row row = answer->rows[i]; /* not all at once: they are many */
        row_fields(&record, &row);
    }
}

/* ---- SUBMIT and TRANSACTION ---- */

static bool tx_answer_is_sound(const struct tx_answer *answer)
{
    bool has_place = answer->height > 0;
    bool has_rest = answer->position > 0 || answer->index > 0 || answer->time_ms > 0;
    if (has_rest && !has_place)
        return false;
    if (answer->changed > 0 && answer->state != TX_COMMITTED)
        return false;
    switch (answer->state) {
    case TX_UNKNOWN:
    case TX_PENDING: return answer->err == ERR_OK && !has_place;
    case TX_COMMITTED: return answer->err == ERR_OK && has_place;
    case TX_REFUSED: return answer->err != ERR_OK;
    }
    return false;
}

static void tx_fields(struct record *record, struct tx_answer *answer)
{
    record_fields(record, 9);
    record_hash(record, &answer->id);
    answer->state = (enum tx_state)record_uint(record, answer->state, UINT8_MAX);
    answer->err = (enum err)record_uint(record, answer->err, UINT16_MAX);
    record_require(record, err_from_number(answer->err) == answer->err, ERR_OUT_OF_RANGE);
    answer->height = counter(record, answer->height);
    answer->position = position(record, answer->position);
    answer->index = counter(record, answer->index);
    answer->time_ms = time_ms(record, answer->time_ms);
    answer->changed = (uint32_t)record_uint(record, answer->changed, TX_ITEMS_MAX);
    answer->encoded = record_bytes(record, answer->encoded, TX_SIZE_MAX);
    record_require(record, tx_answer_is_sound(answer), ERR_OUT_OF_RANGE);
}

void tx_answer_read(struct reader *reader, struct tx_answer *out)
{
    *out = (struct tx_answer){0};
    struct record record = record_read(reader);
    tx_fields(&record, out);
}

void tx_answer_write(struct writer *writer, const struct tx_answer *answer)
{
    struct record record = record_write(writer);
    struct tx_answer copy = *answer;
    tx_fields(&record, &copy);
}

/* ---- ORGANISATIONS ---- */

static void organisation_fields(struct record *record, struct organisation_info *info)
{
    record_fields(record, 5);
    info->number = (uint16_t)record_uint(record, info->number, ORGANISATIONS_MAX);
    record_require(record, info->number > 0, ERR_OUT_OF_RANGE);
    record_name(record, &info->name);
    record_country(record, &info->country);
    info->roles = roles(record, info->roles);
    info->key_count = record_list(record, info->key_count, ORGANISATION_KEYS_MAX);
    for (size_t i = 0; i < info->key_count; i++) {
        record_fields(record, 3);
        record_public_key(record, &info->keys[i].key);
        info->keys[i].from_height = counter(record, info->keys[i].from_height);
        info->keys[i].revoked_height = counter(record, info->keys[i].revoked_height);
    }
}

void organisation_info_read(struct reader *reader, struct organisation_info *out)
{
    *out = (struct organisation_info){0};
    struct record record = record_read(reader);
    organisation_fields(&record, out);
}

void organisation_info_write(struct writer *writer, const struct organisation_info *info)
{
    struct record record = record_write(writer);
    struct organisation_info copy = *info;
    organisation_fields(&record, &copy);
}

/* ---- NODES ---- */

static void node_fields(struct record *record, struct node_info *info)
{
    record_fields(record, 9);
    info->id = (uint32_t)record_uint(record, info->id, UINT32_MAX);
    record_require(record, info->id > 0, ERR_OUT_OF_RANGE);
    record_name(record, &info->name);
    record_name(record, &info->organisation);
    record_country(record, &info->country);
    record_address(record, info->address);
    record_public_key(record, &info->key);
    info->wanted = (enum wanted)record_uint(record, info->wanted, UINT8_MAX);
    record_require(record, wanted_word(info->wanted) != NULL, ERR_OUT_OF_RANGE);
    info->since_height = counter(record, info->since_height);
    info->member = (enum membership)record_uint(record, info->member, UINT8_MAX);
    record_require(record, membership_word(info->member) != NULL, ERR_OUT_OF_RANGE);
}

void node_info_read(struct reader *reader, struct node_info *out)
{
    *out = (struct node_info){0};
    struct record record = record_read(reader);
    node_fields(&record, out);
}

void node_info_write(struct writer *writer, const struct node_info *info)
{
    struct record record = record_write(writer);
    struct node_info copy = *info;
    node_fields(&record, &copy);
}

/* ---- STANDING ---- */

enum { STANDING_ANSWER_FIELDS = 3 };

/* Devices ascend, and the next page begins behind them. */
static bool standing_is_sound(const struct standing_answer *answer)
{
    uint64_t least = 0;
    for (size_t i = 0; i < answer->count; i++) {
        if (answer->imeis[i].value < least)
            return false;
        least = answer->imeis[i].value + 1;
    }
    return answer->more ? answer->next.value >= least : answer->next.value == 0;
}

void standing_answer_read(struct reader *reader, struct standing_answer *out)
{
    struct record record = record_read(reader);
    record_fields(&record, STANDING_ANSWER_FIELDS);
    out->more = record_bool(&record, false);
    out->next.value = record_uint(&record, 0, IMEI_VALUES - 1);
    out->count = record_list(&record, 0, STANDING_ROWS_MAX);
    for (size_t i = 0; i < out->count; i++)
        out->imeis[i].value = record_uint(&record, 0, IMEI_VALUES - 1);
    record_require(&record, standing_is_sound(out), ERR_OUT_OF_RANGE);
}

void standing_answer_write(struct writer *writer, const struct standing_answer *answer)
{
    struct record record = record_write(writer);
    record_fields(&record, STANDING_ANSWER_FIELDS);
    (void)record_bool(&record, answer->more);
    (void)record_uint(&record, answer->next.value, IMEI_VALUES - 1);
    (void)record_list(&record, answer->count, STANDING_ROWS_MAX);
    for (size_t i = 0; i < answer->count; i++)
        (void)record_uint(&record, answer->imeis[i].value, IMEI_VALUES - 1);
    record_require(&record, standing_is_sound(answer), ERR_OUT_OF_RANGE);
}
