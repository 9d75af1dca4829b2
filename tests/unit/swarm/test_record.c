#include "testnet/swarm/record.h"

#include <stdio.h>
#include <string.h>

#include "tests/sim/random.h"
#include "tests/unit/suite.h"

static struct record_claim room[CHECK_CLAIMS_MAX];
static struct record_claim claims[CHECK_CLAIMS_MAX];
static char text[RECORD_SIZE_MAX + 1];

static size_t print(const struct record *record)
{
    struct writer writer = writer_over(text, RECORD_SIZE_MAX);
    record_print(&writer, record);
    ck_assert(writer_ok(&writer));
    text[writer.size] = '\0';
    return writer.size;
}

static enum err parse(const char *line)
{
    struct record record;
    return record_parse(bytes_of(line, strlen(line)), room, &record);
}

static struct name draw_name(struct random *random)
{
    static const char *const names[] = {"a", "fr-op", "regulator-ke", "a.b-c.d",
                                        "abcdefghijklmnopqrstuvwxyz012345"};
    struct name name;
    const char *word = names[random_below(random, sizeof names / sizeof names[0])];
    ck_assert_int_eq(name_parse(word, strlen(word), &name), ERR_OK);
    return name;
}

static struct hash draw_hash(struct random *random)
{
    struct hash hash;
    for (size_t i = 0; i < HASH_SIZE; i++)
        hash.bytes[i] = (uint8_t)random_next(random);
    return hash;
}

static uint64_t draw_number(struct random *random)
{
    return random_next(random) >> (1 + random_below(random, 63));
}

static void draw_answer(struct random *random, struct record *out)
{
    out->height = draw_number(random);
    out->age_ms = random_chance(random, RANDOM_ALWAYS / 4) ? AGE_UNKNOWN : draw_number(random);
    if (out->op == RECORD_LOOKUP) {
        out->state = (enum tx_state)random_between(random, TX_UNKNOWN, TX_REFUSED);
        return;
    }
    out->status = (enum verdict)random_between(random, VERDICT_WHITE, VERDICT_UNKNOWN);
    out->claims = claims;
    out->claim_count = random_below(random, random_chance(random, 100) ? CHECK_CLAIMS_MAX + 1 : 4);
    for (size_t i = 0; i < out->claim_count; i++)
        claims[i] = (struct record_claim){
            .kind = (enum claim_kind)random_between(random, CLAIM_BLOCK, CLAIM_REGISTERED),
            .organisation = draw_name(random),
            .transaction = draw_hash(random),
            .height = draw_number(random),
        };
}

static struct record draw(struct random *random)
{
    struct record record = {
        .client = (uint32_t)random_next(random),
        .node = draw_name(random),
        .link = draw_number(random),
        .op = (enum record_op)random_below(random, RECORD_OP_COUNT),
        .start_us = draw_number(random) / 2,
    };
    bool writes = record_op_writes(record.op);
    record.end_us = record.start_us + draw_number(random) / 2;
    record.outcome =
        !writes ? OUTCOME_ANSWERED : (enum record_outcome)random_below(random, OUTCOME_ANSWERED);
    if (random_chance(random, RANDOM_ALWAYS / 4))
        record.outcome = OUTCOME_UNKNOWN;
    if (record.op != RECORD_LOOKUP)
        record.imei.value = random_next(random) % IMEI_VALUES;
    if (writes || record.op == RECORD_LOOKUP)
        record.transaction = draw_hash(random);
    if (writes) {
        record.organisation = draw_name(random);
        record.claimant = draw_name(random);
        record.attempts = random_below(random, 9);
    }
    if (record.outcome == OUTCOME_REFUSED || record.outcome == OUTCOME_UNKNOWN)
        record.code = random_chance(random, 5000) ? ERR_CLAIM_STANDS : ERR_TIMEOUT;
    if (record.outcome == OUTCOME_ANSWERED)
        draw_answer(random, &record);
    bool has_place = record.outcome == OUTCOME_COMMITTED || record.outcome == OUTCOME_REFUSED ||
                     (record.outcome == OUTCOME_ANSWERED && record.op == RECORD_LOOKUP);
    if (has_place) {
        record.place = 1 + draw_number(random) / 2;
        record.position = random_below(random, BLOCK_TX_MAX + 1);
    }
    return record;
}

static void expect_same_claims(const struct record *a, const struct record *b)
{
    ck_assert_uint_eq(a->claim_count, b->claim_count);
    for (size_t i = 0; i < a->claim_count; i++) {
        ck_assert_int_eq(a->claims[i].kind, b->claims[i].kind);
        ck_assert_str_eq(a->claims[i].organisation.text, b->claims[i].organisation.text);
        ck_assert(hash_equal(&a->claims[i].transaction, &b->claims[i].transaction));
        ck_assert_uint_eq(a->claims[i].height, b->claims[i].height);
    }
}

START_TEST(what_is_printed_is_read_again)
{
    struct random random = {.state = 1};
    for (int i = 0; i < 5000; i++) {
        struct record record = draw(&random);
        struct record again;
        size_t size = print(&record);
        ck_assert_msg(record_parse(bytes_of(text, size), room, &again) == ERR_OK, "%s", text);
        expect_same_claims(&record, &again);
        record.claims = again.claims = NULL;
        ck_assert_str_eq(record.node.text, again.node.text);
        ck_assert_uint_eq(record.client, again.client);
        ck_assert_uint_eq(record.link, again.link);
        ck_assert_int_eq(record.op, again.op);
        ck_assert_str_eq(record.organisation.text, again.organisation.text);
        ck_assert_str_eq(record.claimant.text, again.claimant.text);
        ck_assert_uint_eq(record.imei.value, again.imei.value);
        ck_assert(hash_equal(&record.transaction, &again.transaction));
        ck_assert_uint_eq(record.attempts, again.attempts);
        ck_assert_uint_eq(record.start_us, again.start_us);
        ck_assert_uint_eq(record.end_us, again.end_us);
        ck_assert_int_eq(record.outcome, again.outcome);
        ck_assert_int_eq(record.code, again.code);
        ck_assert_uint_eq(record.place, again.place);
        ck_assert_uint_eq(record.position, again.position);
        ck_assert_int_eq(record.state, again.state);
        ck_assert_int_eq(record.status, again.status);
        ck_assert_uint_eq(record.height, again.height);
        ck_assert_uint_eq(record.age_ms, again.age_ms);
    }
}
END_TEST

START_TEST(rejects_every_truncation)
{
    struct random random = {.state = 2};
    for (int i = 0; i < 50; i++) {
        struct record record = draw(&random);
        struct record again;
        size_t size = print(&record);
        for (size_t cut = 0; cut < size; cut++)
            ck_assert_int_ne(record_parse(bytes_of(text, cut), room, &again), ERR_OK);
    }
}
END_TEST

START_TEST(the_longest_line_fits)
{
    struct record record = {
        .op = RECORD_CHECK,
        .client = UINT32_MAX,
        .link = INT64_MAX,
        .end_us = INT64_MAX,
        .start_us = INT64_MAX,
        .outcome = OUTCOME_ANSWERED,
        .status = VERDICT_UNKNOWN,
        .height = INT64_MAX,
        .age_ms = INT64_MAX,
        .claim_count = CHECK_CLAIMS_MAX,
        .claims = claims,
    };
    memset(record.node.text, 'a', NAME_SIZE_MAX);
    for (size_t i = 0; i < CHECK_CLAIMS_MAX; i++) {
        claims[i] = (struct record_claim){.kind = CLAIM_REGISTERED, .height = INT64_MAX};
        memset(claims[i].organisation.text, 'a', NAME_SIZE_MAX);
    }
    ck_assert_uint_lt(print(&record), RECORD_SIZE_MAX - 1);
    ck_assert_int_eq(parse(text), ERR_OK);
}
END_TEST

#define TX    "abababababababababababababababababababababababababababababababab"
#define START "{\"client\":6,\"node\":\"a\",\"link\":1,\"op\":"
#define TIMES ",\"start_us\":1,\"end_us\":2,\"outcome\":"
#define CHECK START "\"check\",\"imei\":\"351000010000029\"" TIMES
#define WRITE                                                                                      \
    START "\"block\",\"organisation\":\"b\",\"claimant\":\"b\",\"imei\":\"351000010000029\","      \
          "\"transaction\":\"" TX "\",\"attempts\":1" TIMES
#define ANSWER(height, age, status, claims)                                                        \
    "\"answered\",\"height\":" height ",\"age_ms\":" age ",\"status\":\"" status                   \
    "\",\"claims\":[" claims "]}"
#define CLAIM(kind, height)                                                                        \
    "{\"kind\":\"" kind "\",\"organisation\":\"a\",\"transaction\":\"" TX "\",\"height\":" height  \
    "}"

START_TEST(takes_the_lines_that_the_others_are_changed_from)
{
    ck_assert_int_eq(parse(CHECK ANSWER("3", "4", "black", CLAIM("block", "2"))), ERR_OK);
    ck_assert_int_eq(parse(CHECK ANSWER("3", "null", "white", "")), ERR_OK);
    ck_assert_int_eq(parse(CHECK "\"unknown\",\"code\":\"TIMEOUT\"}"), ERR_OK);
    ck_assert_int_eq(parse(WRITE "\"committed\",\"place\":1,\"position\":0}"), ERR_OK);
    ck_assert_int_eq(parse(WRITE "\"refused\",\"code\":\"ROLE\",\"place\":0,\"position\":0}"),
                     ERR_OK);
}
END_TEST

START_TEST(refuses_what_no_answer_can_be)
{
    static const struct {
        enum err err;
        const char *line;
    } cases[] = {
        {ERR_BAD_JSON, ""},
        {ERR_BAD_JSON, "{"},
        {ERR_WRONG_TYPE, "[]"},
        {ERR_MISSING_FIELD, "{}"},
        {ERR_OUT_OF_RANGE, CHECK ANSWER("-1", "4", "black", "")},
        {ERR_OUT_OF_RANGE, CHECK ANSWER("1.5", "4", "black", "")},
        {ERR_OUT_OF_RANGE, CHECK ANSWER("\"1\"", "4", "black", "")},
        {ERR_BAD_JSON, CHECK ANSWER("99999999999999999999", "4", "black", "")},
        {ERR_OUT_OF_RANGE, CHECK ANSWER("1", "-4", "black", "")},
        {ERR_OUT_OF_RANGE, CHECK ANSWER("1", "4", "blue", "")},
        {ERR_OUT_OF_RANGE, CHECK ANSWER("1", "4", "black", CLAIM("lock", "2"))},
        {ERR_OUT_OF_RANGE, CHECK ANSWER("1", "4", "black", CLAIM("block", "-2"))},
        {ERR_MISSING_FIELD, CHECK ANSWER("1", "4", "black", "{}")},
        {ERR_MISSING_FIELD, CHECK ANSWER("1", "4", "black", "1")},
        {ERR_WRONG_TYPE, CHECK "\"answered\",\"height\":1,\"age_ms\":1,\"status\":\"black\","
                               "\"claims\":{}}"},
        {ERR_OUT_OF_RANGE, CHECK "\"committed\",\"place\":1,\"position\":0}"},
        {ERR_OUT_OF_RANGE, CHECK "\"refused\",\"code\":\"ROLE\",\"place\":0,\"position\":0}"},
        {ERR_OUT_OF_RANGE, CHECK "\"lost\"}"},
        {ERR_OUT_OF_RANGE, CHECK "\"unknown\",\"code\":\"NO_SUCH\"}"},
        {ERR_OUT_OF_RANGE, CHECK "\"unknown\",\"code\":\"OK\"}"},
        {ERR_OUT_OF_RANGE, WRITE ANSWER("1", "4", "black", "")},
        {ERR_OUT_OF_RANGE, WRITE "\"committed\",\"place\":0,\"position\":0}"},
        {ERR_OUT_OF_RANGE, WRITE "\"committed\",\"place\":1,\"position\":4097}"},
        {ERR_MISSING_FIELD, WRITE "\"committed\",\"place\":1}"},
        {ERR_OUT_OF_RANGE, START "\"steal\"}"},
        {ERR_IMEI_CHECK,
         START "\"check\",\"imei\":\"351000010000028\"" TIMES "\"unknown\",\"code\":\"TIMEOUT\"}"},
        {ERR_BAD_HEX,
         START "\"lookup\",\"transaction\":\"ab\"" TIMES "\"unknown\",\"code\":\"TIMEOUT\"}"},
        {ERR_OUT_OF_RANGE, START "\"check\",\"imei\":\"351000010000029\",\"start_us\":3,"
                                 "\"end_us\":2,\"outcome\":\"unknown\",\"code\":\"TIMEOUT\"}"},
        {ERR_BAD_TEXT, "{\"client\":6,\"node\":\"A\",\"link\":1,\"op\":\"check\","
                       "\"imei\":\"351000010000029\"" TIMES "\"unknown\",\"code\":\"TIMEOUT\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(parse(cases[i].line) == cases[i].err, "%zu: %s: %s", i,
                      err_name(parse(cases[i].line)), cases[i].line);
}
END_TEST

START_TEST(refuses_every_other_encoding)
{
    static const char *const lines[] = {
        " " CHECK ANSWER("3", "4", "black", ""),
        CHECK ANSWER("3", "4", "black", "") "\n",
        CHECK ANSWER(" 3", "4", "black", ""),
        CHECK "\"answered\",\"age_ms\":4,\"height\":3,\"status\":\"black\",\"claims\":[]}",
        CHECK "\"answered\",\"height\":3,\"age_ms\":4,\"status\":\"black\",\"claims\":[],\"x\":1}",
        CHECK ANSWER("3", "4", "bl\\u0061ck", ""),
        START "\"check\",\"imei\":\"35100001000002\"" TIMES "\"unknown\",\"code\":\"TIMEOUT\"}",
        START "\"lookup\",\"transaction\":"
              "\"ABababababababababababababababababababababababababababababababab\"" TIMES
              "\"unknown\",\"code\":\"TIMEOUT\"}",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ck_assert_msg(parse(lines[i]) == ERR_NOT_CANONICAL, "%zu: %s: %s", i,
                      err_name(parse(lines[i])), lines[i]);
}
END_TEST

START_TEST(refuses_more_claims_than_an_answer_has)
{
    static char line[2 * RECORD_SIZE_MAX];
    int size = snprintf(line, sizeof line, "%s",
                        CHECK "\"answered\",\"height\":3,\"age_ms\":4,\"status\":\"black\","
                              "\"claims\":[");
    for (size_t i = 0; i < CHECK_CLAIMS_MAX; i++)
        size += snprintf(line + size, sizeof line - (size_t)size, "%s,", CLAIM("block", "2"));
    snprintf(line + size, sizeof line - (size_t)size, "%s", CLAIM("block", "2") "]}");
    ck_assert_int_eq(parse(line), ERR_TOO_LARGE);
    memset(line, ' ', RECORD_SIZE_MAX);
    line[RECORD_SIZE_MAX] = '\0';
    ck_assert_int_eq(parse(line), ERR_TOO_LARGE);
}
END_TEST

START_TEST(the_first_line_is_read_again_and_no_other_is_one)
{
    struct record_head head = {.height = 7, .seed = INT64_MAX};
    struct record_head again;
    memset(head.network.bytes, 0xab, HASH_SIZE);
    struct writer writer = writer_over(text, RECORD_SIZE_MAX);
    record_head_print(&writer, &head);
    ck_assert_int_eq(record_head_parse(writer_view(&writer), &again), ERR_OK);
    ck_assert(hash_equal(&head.network, &again.network));
    ck_assert_uint_eq(again.height, 7);
    ck_assert_uint_eq(again.seed, INT64_MAX);
    for (size_t cut = 0; cut < writer.size; cut++)
        ck_assert_int_ne(record_head_parse(bytes_of(text, cut), &again), ERR_OK);
    text[strlen("{\"history\":")] = '2';
    ck_assert_int_eq(record_head_parse(writer_view(&writer), &again), ERR_BAD_VERSION);
    ck_assert_int_eq(parse(text), ERR_MISSING_FIELD);
}
END_TEST

static const TTest *const *const cases[] = {
    &what_is_printed_is_read_again,
    &rejects_every_truncation,
    &the_longest_line_fits,
    &takes_the_lines_that_the_others_are_changed_from,
    &refuses_what_no_answer_can_be,
    &refuses_every_other_encoding,
    &refuses_more_claims_than_an_answer_has,
    &the_first_line_is_read_again_and_no_other_is_one,
};

int main(void)
{
    return suite_run("swarm/record", cases, sizeof cases / sizeof cases[0]);
}
