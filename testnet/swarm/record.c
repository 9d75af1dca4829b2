#include "testnet/swarm/record.h"

#include "proto/hex.h"
#include "proto/invariant.h"
#include "json/body.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define HISTORY_VERSION 1

static const char *const op_words[] = {
#define X(name, word) word,
    RECORD_OP_TABLE(X)
#undef X
};

static const char *const outcome_words[] = {
#define X(name, word) word,
    RECORD_OUTCOME_TABLE(X)
#undef X
};

const char *record_op_word(enum record_op op)
{
    return op_words[op];
}

/* ---- printing ---- */

/* The caller has given room for a whole line. */
static void __attribute__((format(printf, 2, 3)))
text_add(struct writer *text, const char *format, ...)
{
    size_t room = text->capacity - text->size;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf((char *)text->data + text->size, room, format, arguments);
    va_end(arguments);
    invariant(size >= 0 && (size_t)size < room);
    text->size += (size_t)size;
}

static void text_add_hash(struct writer *text, const char *key, const struct hash *hash)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash->bytes, HASH_SIZE, hex);
    text_add(text, ",\"%s\":\"%s\"", key, hex);
}

static void text_add_imei(struct writer *text, struct imei imei)
{
    char digits[IMEI_TEXT_SIZE + 1];
    imei_format(imei, digits);
    text_add(text, ",\"imei\":\"%s\"", digits);
}

static void add_subject(struct writer *text, const struct record *record)
{
    if (record_op_writes(record->op))
        text_add(text, ",\"organisation\":\"%s\",\"claimant\":\"%s\"", record->organisation.text,
                 record->claimant.text);
    if (record->op != RECORD_LOOKUP)
        text_add_imei(text, record->imei);
    if (record_op_writes(record->op) || record->op == RECORD_LOOKUP)
        text_add_hash(text, "transaction", &record->transaction);
    if (record_op_writes(record->op))
        text_add(text, ",\"attempts\":%" PRIu32, record->attempts);
}

static void add_place(struct writer *text, const struct record *record)
{
    text_add(text, ",\"place\":%" PRIu64 ",\"position\":%" PRIu32, record->place, record->position);
}

static void add_claims(struct writer *text, const struct record *record)
{
    text_add(text, ",\"status\":\"%s\",\"claims\":[", verdict_word(record->status));
    for (size_t i = 0; i < record->claim_count; i++) {
        const struct record_claim *claim = &record->claims[i];
        text_add(text, "%s{\"kind\":\"%s\",\"organisation\":\"%s\"", i > 0 ? "," : "",
                 claim_kind_word((unsigned long)claim->kind), claim->organisation.text);
        text_add_hash(text, "transaction", &claim->transaction);
        text_add(text, ",\"height\":%" PRIu64 "}", claim->height);
    }
    text_add(text, "]");
}

static void add_answer(struct writer *text, const struct record *record)
{
    text_add(text, ",\"height\":%" PRIu64, record->height);
    if (record->age_ms == AGE_UNKNOWN)
        text_add(text, ",\"age_ms\":null");
    else
        text_add(text, ",\"age_ms\":%" PRIu64, record->age_ms);
    if (record->op != RECORD_LOOKUP) {
        add_claims(text, record);
        return;
    }
    text_add(text, ",\"state\":\"%s\"", tx_state_word(record->state));
    add_place(text, record);
}

void record_print(struct writer *text, const struct record *record)
{
    text_add(text, "{\"client\":%" PRIu32 ",\"node\":\"%s\",\"link\":%" PRIu64 ",\"op\":\"%s\"",
             record->client, record->node.text, record->link, op_words[record->op]);
    add_subject(text, record);
    text_add(text, ",\"start_us\":%" PRIu64 ",\"end_us\":%" PRIu64 ",\"outcome\":\"%s\"",
             record->start_us, record->end_us, outcome_words[record->outcome]);
    switch (record->outcome) {
    case OUTCOME_COMMITTED: add_place(text, record); break;
    case OUTCOME_REFUSED:
        text_add(text, ",\"code\":\"%s\"", err_name(record->code));
        add_place(text, record);
        break;
    case OUTCOME_ANSWERED: add_answer(text, record); break;
    case OUTCOME_UNKNOWN: text_add(text, ",\"code\":\"%s\"", err_name(record->code)); break;
    case OUTCOME_COUNT: invariant(false);
    }
    text_add(text, "}");
}

void record_head_print(struct writer *text, const struct record_head *head)
{
    text_add(text, "{\"history\":%d", HISTORY_VERSION);
    text_add_hash(text, "network", &head->network);
    text_add(text, ",\"height\":%" PRIu64 ",\"seed\":%" PRIu64 "}", head->height, head->seed);
}

/* ---- reading ---- */

/* An object whose members are taken one by one. The first error sticks; the later members are then
 * zeroes. Members that nobody takes are found when the line is printed again. */
struct members {
    json_t *object;
    enum err err;
};

static void members_fail(struct members *members, enum err err)
{
    if (members->err == ERR_OK)
        members->err = err;
}

static json_t *member(struct members *members, const char *key)
{
    json_t *value = json_object_get(members->object, key);
    if (value == NULL)
        members_fail(members, ERR_MISSING_FIELD);
    return members->err == ERR_OK ? value : NULL;
}

static uint64_t number_of(struct members *members, const json_t *value, uint64_t max)
{
    json_int_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= 0 && (uint64_t)number <= max)
        return (uint64_t)number;
    members_fail(members, ERR_OUT_OF_RANGE);
    return 0;
}

static uint64_t member_number(struct members *members, const char *key, uint64_t max)
{
    return number_of(members, member(members, key), max);
}

static const char *member_text(struct members *members, const char *key)
{
    const char *text = json_string_value(member(members, key));
    if (text == NULL)
        members_fail(members, ERR_WRONG_TYPE);
    return text != NULL ? text : "";
}

static struct name member_name(struct members *members, const char *key)
{
    struct name name = {0};
    const char *text = member_text(members, key);
    enum err err = name_parse(text, strlen(text), &name);
    if (err != ERR_OK)
        members_fail(members, err);
    return name;
}

static struct hash member_hash(struct members *members, const char *key)
{
    struct hash hash = {0};
    const char *text = member_text(members, key);
    enum err err = hex_decode(text, strlen(text), hash.bytes, HASH_SIZE);
    if (err != ERR_OK)
        members_fail(members, err);
    return hash;
}

static struct imei member_imei(struct members *members)
{
    struct imei_parsed parsed = {0};
    const char *text = member_text(members, "imei");
    enum err err = imei_parse(text, strlen(text), IMEI_FROM_PERSON, &parsed);
    if (err != ERR_OK)
        members_fail(members, err);
    return parsed.imei;
}

/* The place of the member's text among these words; those of a table may be NULL. */
static unsigned member_word(struct members *members, const char *key,
                            const char *(*word)(unsigned place), unsigned count)
{
    const char *text = member_text(members, key);
    for (unsigned i = 0; i < count; i++) {
        const char *other = word(i);
        if (other != NULL && strcmp(other, text) == 0)
            return i;
    }
    members_fail(members, ERR_OUT_OF_RANGE);
    return 0;
}

static const char *op_word(unsigned place)
{
    return op_words[place];
}

static const char *outcome_word(unsigned place)
{
    return outcome_words[place];
}

static const char *kind_word(unsigned place)
{
    return claim_kind_word(place);
}

static const char *status_word(unsigned place)
{
    return verdict_word((enum verdict)place);
}

static const char *state_word(unsigned place)
{
    return tx_state_word((enum tx_state)place);
}

/* Numbers of the tables of kinds, verdicts, states and errors are below these. */
enum { WORDS_MAX = 16, CODES_MAX = 256 };

static enum err member_code(struct members *members)
{
    const char *text = member_text(members, "code");
    for (unsigned i = 1; i < CODES_MAX; i++)
        if (strcmp(err_name(err_from_number(i)), text) == 0)
            return err_from_number(i);
    members_fail(members, ERR_OUT_OF_RANGE);
    return ERR_OK;
}

static void take_place(struct members *members, struct record *out)
{
    out->place = member_number(members, "place", INT64_MAX);
    out->position = (uint32_t)member_number(members, "position", BLOCK_TX_MAX);
}

static void take_claims(struct members *members, struct record_claim *room, struct record *out)
{
    json_t *claims = member(members, "claims");
    out->status = (enum verdict)member_word(members, "status", status_word, WORDS_MAX);
    if (!json_is_array(claims))
        members_fail(members, ERR_WRONG_TYPE);
    else if (json_array_size(claims) > CHECK_CLAIMS_MAX)
        members_fail(members, ERR_TOO_LARGE);
    out->claim_count = members->err == ERR_OK ? json_array_size(claims) : 0;
    out->claims = room;
    for (size_t i = 0; i < out->claim_count; i++) {
        struct members claim = {.object = json_array_get(claims, i)};
        room[i] = (struct record_claim){
            .kind = (enum claim_kind)member_word(&claim, "kind", kind_word, WORDS_MAX),
            .organisation = member_name(&claim, "organisation"),
            .transaction = member_hash(&claim, "transaction"),
            .height = member_number(&claim, "height", INT64_MAX),
        };
        if (claim.err != ERR_OK)
            members_fail(members, claim.err);
    }
}

static void take_answer(struct members *members, struct record_claim *room, struct record *out)
{
    json_t *age = member(members, "age_ms");
    out->age_ms = json_is_null(age) ? AGE_UNKNOWN : number_of(members, age, INT64_MAX);
    out->height = member_number(members, "height", INT64_MAX);
    if (out->op != RECORD_LOOKUP) {
        take_claims(members, room, out);
        return;
    }
    out->state = (enum tx_state)member_word(members, "state", state_word, WORDS_MAX);
    take_place(members, out);
}

/* What this outcome tells; ERR_OUT_OF_RANGE when such an operation cannot have it. */
static void take_outcome(struct members *members, struct record_claim *room, struct record *out)
{
    out->outcome =
        (enum record_outcome)member_word(members, "outcome", outcome_word, OUTCOME_COUNT);
    bool is_of_write = out->outcome == OUTCOME_COMMITTED || out->outcome == OUTCOME_REFUSED;
    if (out->outcome != OUTCOME_UNKNOWN && is_of_write != record_op_writes(out->op))
        members_fail(members, ERR_OUT_OF_RANGE);
    if (out->outcome == OUTCOME_REFUSED || out->outcome == OUTCOME_UNKNOWN)
        out->code = member_code(members);
    if (is_of_write)
        take_place(members, out);
    if (out->outcome == OUTCOME_ANSWERED)
        take_answer(members, room, out);
    if (out->outcome == OUTCOME_COMMITTED && out->place == 0)
        members_fail(members, ERR_OUT_OF_RANGE);
}

static void take_subject(struct members *members, struct record *out)
{
    if (record_op_writes(out->op)) {
        out->organisation = member_name(members, "organisation");
        out->claimant = member_name(members, "claimant");
        out->attempts = (uint32_t)member_number(members, "attempts", UINT32_MAX);
    }
    if (out->op != RECORD_LOOKUP)
        out->imei = member_imei(members);
    if (record_op_writes(out->op) || out->op == RECORD_LOOKUP)
        out->transaction = member_hash(members, "transaction");
}

static void take_all(struct members *members, struct record_claim *room, struct record *out)
{
    *out = (struct record){
        .client = (uint32_t)member_number(members, "client", UINT32_MAX),
        .node = member_name(members, "node"),
        .link = member_number(members, "link", INT64_MAX),
        .op = (enum record_op)member_word(members, "op", op_word, RECORD_OP_COUNT),
        .start_us = member_number(members, "start_us", INT64_MAX),
        .end_us = member_number(members, "end_us", INT64_MAX),
    };
    if (out->end_us < out->start_us)
        members_fail(members, ERR_OUT_OF_RANGE);
    take_subject(members, out);
    take_outcome(members, room, out);
}

static enum err begin_line(struct bytes line, struct members *members)
{
    *members = (struct members){0};
    return line.size >= RECORD_SIZE_MAX ? ERR_TOO_LARGE : body_parse(line, &members->object);
}

static enum err end_line(struct members *members)
{
    json_decref(members->object);
    return members->err;
}

/* Whether the bytes are what the value is written as. */
static enum err same_text(struct bytes line, const struct writer *again)
{
    return bytes_equal(line, writer_view(again)) ? ERR_OK : ERR_NOT_CANONICAL;
}

enum err record_parse(struct bytes line, struct record_claim *room, struct record *out)
{
    uint8_t buffer[RECORD_SIZE_MAX];
    struct writer again = writer_over(buffer, sizeof buffer);
    struct members members;
    *out = (struct record){0};
    enum err err = begin_line(line, &members);
    if (err != ERR_OK)
        return err;
    take_all(&members, room, out);
    err = end_line(&members);
    if (err != ERR_OK)
        return err;
    record_print(&again, out);
    return same_text(line, &again);
}

enum err record_head_parse(struct bytes line, struct record_head *out)
{
    uint8_t buffer[RECORD_SIZE_MAX];
    struct writer again = writer_over(buffer, sizeof buffer);
    struct members members;
    *out = (struct record_head){0};
    enum err err = begin_line(line, &members);
    if (err != ERR_OK)
        return err;
    if (member_number(&members, "history", INT64_MAX) != HISTORY_VERSION)
        members_fail(&members, ERR_BAD_VERSION);
    out->network = member_hash(&members, "network");
    out->height = member_number(&members, "height", INT64_MAX);
    out->seed = member_number(&members, "seed", INT64_MAX);
    err = end_line(&members);
    if (err != ERR_OK)
        return err;
    record_head_print(&again, out);
    return same_text(line, &again);
}
