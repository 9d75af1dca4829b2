#include "proto/client.h"

#include "proto/record.h"
#include "tests/unit/proto/bodies.h"

/* ---- one of each body, recoded ---- */

RECODE(recode_check, check_answer, check_answer_read, check_answer_write)
RECODE(recode_history, history_answer, history_answer_read, history_answer_write)
RECODE(recode_tac, tac_info, tac_info_read, tac_info_write)
RECODE(recode_tx, tx_answer, tx_answer_read, tx_answer_write)
RECODE(recode_organisation, organisation_info, organisation_info_read, organisation_info_write)
RECODE(recode_node, node_info, node_info_read, node_info_write)

static struct tac_info sample_tac(void)
{
    return (struct tac_info){
        .known = true,
        .tac = 35123456,
        .brand = "Brand",
        .model = "Modèle 5",
        .organisation = {"acme"},
        .time_ms = UINT64_C(1763683200000),
        .height = 12,
    };
}

static struct claim sample_claim(void)
{
    return (struct claim){
        .kind = CLAIM_BLOCK,
        .organisation = {"kenya-tel"},
        .country = {"KE"},
        .reason = REASON_STOLEN,
        .issued_at_ms = UINT64_C(1763683200000),
        .time_ms = UINT64_C(1763683201000),
        .height = 40,
        .position = 5,
        .id = filled(0xaa),
        .item = {{UINT64_C(35123456000017)}, {UINT64_C(35123456000017)}},
    };
}

static struct check_answer *sample_check(void)
{
    struct check_answer *answer = calloc(1, sizeof *answer);
    ck_assert(answer != NULL);
    answer->imei.value = UINT64_C(35123456000017);
    answer->verdict = VERDICT_BLACK;
    answer->tac = sample_tac();
    answer->claim_count = 2;
    answer->claims[0] = sample_claim();
    answer->claims[1] = sample_claim();
    answer->claims[1].kind = CLAIM_DUPLICATE;
    answer->claims[1].reason = REASON_NONE;
    answer->claims[1].item.to.value += 1;
    return answer;
}

static struct history_row sample_row(void)
{
    return (struct history_row){
        .index = 69999,
        .height = 41,
        .position = 4095,
        .time_ms = UINT64_C(1763683202000),
        .issued_at_ms = UINT64_C(1763683201500),
        .operation = OP_UNBLOCK,
        .reason = REASON_FOUND,
        .organisation = {"ca-kenya"},
        .country = {"KE"},
        .claimant = {"kenya-tel"},
        .item = {{UINT64_C(35123456000017)}, {UINT64_C(35123456000017)}},
        .id = filled(0xbb),
    };
}

static struct history_answer *sample_history(void)
{
    struct history_answer *answer = calloc(1, sizeof *answer);
    ck_assert(answer != NULL);
    answer->more = true;
    answer->count = 2;
    answer->rows[0] = sample_row();
    answer->rows[1] = sample_row();
    answer->rows[1].operation = OP_DUPLICATE;
    answer->rows[1].reason = REASON_NONE;
    answer->rows[1].claimant = (struct name){""};
    return answer;
}

static struct tx_answer sample_tx(enum tx_state state)
{
    struct tx_answer answer = {.id = filled(0xaa), .state = state};
    if (state == TX_REFUSED)
        answer.err = ERR_CLAIM_ABSENT;
    if (state == TX_COMMITTED || state == TX_REFUSED) {
        answer.height = 40;
        answer.position = 5;
        answer.index = 70000;
        answer.time_ms = UINT64_C(1763683202000);
        answer.encoded = bytes_of("signed", 6);
    }
    if (state == TX_COMMITTED)
        answer.changed = TX_ITEMS_MAX;
    return answer;
}

static struct organisation_info sample_organisation(void)
{
    struct organisation_info info = {
        .number = ORGANISATIONS_MAX,
        .name = {"ca-kenya"},
        .country = {"KE"},
        .roles = ROLES_ALL,
        .key_count = 2,
        .keys = {{.from_height = 0, .revoked_height = 9}, {.from_height = 8}},
    };
    struct secret_key secret = {.bytes = {[31] = 5}};
    ck_assert_int_eq(public_key_of(&secret, &info.keys[0].key), ERR_OK);
    secret.bytes[31] = 6;
    ck_assert_int_eq(public_key_of(&secret, &info.keys[1].key), ERR_OK);
    return info;
}

/* ---- TAC ---- */

START_TEST(tac_has_its_layout)
{
    uint8_t buffer[256];
    struct tac_info info = sample_tac();
    is_laid_out_as(recode_tac, WRITTEN(tac_info_write, &info, buffer),
                   "86 1a0217f100 65 4272616e64 69 4d6f64c3a86c652035 64 61636d65 "
                   "1b0000019aa3b5ec00 0c");
}
END_TEST

START_TEST(an_unknown_tac_is_its_number_alone)
{
    uint8_t buffer[256];
    struct tac_info info = sample_tac();
    info.known = false;
    is_laid_out_as(recode_tac, WRITTEN(tac_info_write, &info, buffer), "81 1a0217f100");
}
END_TEST

START_TEST(tac_refuses_what_is_neither)
{
    uint8_t buffer[256];
    recode_refuses(recode_tac, parts("80", buffer, sizeof buffer), ERR_OUT_OF_RANGE);
    recode_refuses(recode_tac, parts("82 01 60", buffer, sizeof buffer), ERR_OUT_OF_RANGE);
    recode_refuses(recode_tac, parts("85 01 60 60 6161 00", buffer, sizeof buffer),
                   ERR_OUT_OF_RANGE);
    recode_refuses(recode_tac, parts("87 01 60 60 6161 00 00 00", buffer, sizeof buffer),
                   ERR_TOO_LARGE);
    recode_refuses(recode_tac, parts("81 1a05f5e100", buffer, sizeof buffer), ERR_OUT_OF_RANGE);
    recode_refuses(recode_tac, parts("86 01 60 60 60 00 00", buffer, sizeof buffer), ERR_BAD_TEXT);
    recode_refuses(recode_tac, parts("86 01 610a 60 6161 00 00", buffer, sizeof buffer),
                   ERR_BAD_TEXT);
    recode_takes(recode_tac, parts("86 01 60 60 6161 00 00", buffer, sizeof buffer));
}
END_TEST

/* ---- CHECK ---- */

START_TEST(check_has_its_layout)
{
    static uint8_t buffer[512];
    struct check_answer *answer = sample_check();
    is_laid_out_as(recode_check, WRITTEN(check_answer_write, answer, buffer),
                   "85 " DEVICE "03 86 1a0217f100 65 4272616e64 69 4d6f64c3a86c652035 64 61636d65 "
                   "1b0000019aa3b5ec00 0c f4 82 "
                   "8a 01 " KENYA_TEL KE
                   "0b 1b0000019aa3b5ec00 1b0000019aa3b5efe8 1828 05 " AA32 DEVICE
                   "8a 03 " KENYA_TEL KE "00 1b0000019aa3b5ec00 1b0000019aa3b5efe8 1828 05 " AA32
                   "82 " DEVICE "1b 00001ff1d11e4012");
    free(answer);
}
END_TEST

START_TEST(check_refuses_values_out_of_range)
{
    struct check_answer *answer = sample_check();
    answer->verdict = (enum verdict)0;
    NOT_WRITTEN(check_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->verdict = (enum verdict)5;
    NOT_WRITTEN(check_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->verdict = VERDICT_WHITE;
    answer->imei.value = IMEI_VALUES;
    NOT_WRITTEN(check_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->imei.value = 0;
    answer->claim_count = CHECK_CLAIMS_MAX + 1;
    NOT_WRITTEN(check_answer_write, answer, ERR_TOO_LARGE);
    answer->claim_count = 1;
    answer->claims[0].kind = CLAIM_NONE;
    NOT_WRITTEN(check_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->claims[0] = sample_claim();
    answer->claims[0].kind = (enum claim_kind)5;
    NOT_WRITTEN(check_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->claims[0] = sample_claim();
    answer->claims[0].reason = (enum reason)12;
    NOT_WRITTEN(check_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->claims[0] = sample_claim();
    answer->claims[0].time_ms = TIME_MAX_MS + 1;
    NOT_WRITTEN(check_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->claims[0] = sample_claim();
    answer->claims[0].position = BLOCK_TX_MAX;
    NOT_WRITTEN(check_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->claims[0] = sample_claim();
    answer->claims[0].height = COUNTER_MAX + 1;
    NOT_WRITTEN(check_answer_write, answer, ERR_OUT_OF_RANGE);
    free(answer);
}
END_TEST

START_TEST(check_reads_no_more_claims_than_it_has_room_for)
{
    static uint8_t buffer[64 * 1024];
    struct check_answer *answer = sample_check();
    answer->more = true;
    answer->claim_count = CHECK_CLAIMS_MAX;
    for (size_t i = 0; i < CHECK_CLAIMS_MAX; i++)
        answer->claims[i] = sample_claim();
    struct bytes body = WRITTEN(check_answer_write, answer, buffer);
    recode_takes(recode_check, body);

    uint8_t *head = memmem(buffer, body.size, "\xf5\x98\x40\x8a", 4);
    ck_assert(head != NULL);
    size_t each = (size_t)(buffer + body.size - (head + 3)) / CHECK_CLAIMS_MAX;
    memcpy(buffer + body.size, head + 3, each);
    head[2]++;
    recode_refuses(recode_check, bytes_of(buffer, body.size + each), ERR_TOO_LARGE);
    free(answer);
}
END_TEST

/* ---- HISTORY ---- */

START_TEST(history_has_its_layout)
{
    static uint8_t buffer[512];
    struct history_answer *answer = sample_history();
    is_laid_out_as(
        recode_history, WRITTEN(history_answer_write, answer, buffer),
        "82 f5 82 "
        "8c 1a0001116f 1829 190fff 1b0000019aa3b5f3d0 1b0000019aa3b5f1dc 02 0e " CA_KENYA KE
            KENYA_TEL DEVICE BB32
        "8c 1a0001116f 1829 190fff 1b0000019aa3b5f3d0 1b0000019aa3b5f1dc 05 00 " CA_KENYA KE
        "60 " DEVICE BB32);
    free(answer);
}
END_TEST

START_TEST(history_refuses_values_out_of_range)
{
    struct history_answer *answer = sample_history();
    answer->count = HISTORY_ROWS_MAX + 1;
    NOT_WRITTEN(history_answer_write, answer, ERR_TOO_LARGE);
    answer->count = 2;
    answer->rows[1].operation = OP_NONE;
    NOT_WRITTEN(history_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->rows[1].operation = (enum operation)9;
    NOT_WRITTEN(history_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->rows[1] = sample_row();
    answer->rows[1].reason = (enum reason)1;
    NOT_WRITTEN(history_answer_write, answer, ERR_OUT_OF_RANGE);
    answer->rows[1] = sample_row();
    answer->rows[1].organisation = (struct name){""};
    NOT_WRITTEN(history_answer_write, answer, ERR_BAD_TEXT);
    answer->rows[1] = sample_row();
    answer->rows[1].index = COUNTER_MAX + 1;
    NOT_WRITTEN(history_answer_write, answer, ERR_OUT_OF_RANGE);
    free(answer);
}
END_TEST

START_TEST(history_reads_no_more_rows_than_it_has_room_for)
{
    static uint8_t buffer[64 * 1024];
    struct history_answer *answer = sample_history();
    answer->count = HISTORY_ROWS_MAX;
    for (size_t i = 0; i < HISTORY_ROWS_MAX; i++)
        answer->rows[i] = sample_row();
    struct bytes body = WRITTEN(history_answer_write, answer, buffer);
    recode_takes(recode_history, body);

    ck_assert_mem_eq(buffer, "\x82\xf5\x99\x01\x00\x8c", 6);
    size_t each = (body.size - 5) / HISTORY_ROWS_MAX;
    memcpy(buffer + body.size, buffer + 5, each);
    buffer[4]++;
    recode_refuses(recode_history, bytes_of(buffer, body.size + each), ERR_TOO_LARGE);
    free(answer);
}
END_TEST

/* ---- SUBMIT and TRANSACTION ---- */

START_TEST(tx_has_its_layout)
{
    uint8_t buffer[256];
    struct tx_answer answer = sample_tx(TX_UNKNOWN);
    is_laid_out_as(recode_tx, WRITTEN(tx_answer_write, &answer, buffer),
                   "89 " AA32 "01 00 00 00 00 00 00 40");
    answer = sample_tx(TX_PENDING);
    is_laid_out_as(recode_tx, WRITTEN(tx_answer_write, &answer, buffer),
                   "89 " AA32 "02 00 00 00 00 00 00 40");
    answer = sample_tx(TX_COMMITTED);
    is_laid_out_as(recode_tx, WRITTEN(tx_answer_write, &answer, buffer),
                   "89 " AA32
                   "03 00 1828 05 1a00011170 1b0000019aa3b5f3d0 1a000186a0 46 7369676e6564");
    answer = sample_tx(TX_REFUSED);
    is_laid_out_as(recode_tx, WRITTEN(tx_answer_write, &answer, buffer),
                   "89 " AA32 "04 1834 1828 05 1a00011170 1b0000019aa3b5f3d0 00 46 7369676e6564");
}
END_TEST

START_TEST(tx_refused_before_the_ledger_has_no_place)
{
    uint8_t buffer[256];
    struct tx_answer answer = {.id = filled(0xaa), .state = TX_REFUSED, .err = ERR_BAD_SIGNATURE};
    is_laid_out_as(recode_tx, WRITTEN(tx_answer_write, &answer, buffer),
                   "89 " AA32 "04 1818 00 00 00 00 00 40");
}
END_TEST

START_TEST(tx_refuses_states_that_contradict_the_rest)
{
    struct tx_answer answer = sample_tx(TX_UNKNOWN);
    answer.state = (enum tx_state)0;
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    answer.state = (enum tx_state)5;
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    for (enum tx_state state = TX_UNKNOWN; state <= TX_PENDING; state++) {
        answer = sample_tx(state);
        answer.err = ERR_BUSY;
        NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
        answer = sample_tx(state);
        answer.height = 1;
        NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
        answer = sample_tx(state);
        answer.changed = 1;
        NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    }
    answer = sample_tx(TX_COMMITTED);
    answer.err = ERR_BUSY;
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    answer = sample_tx(TX_COMMITTED);
    answer.height = 0;
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    answer = sample_tx(TX_REFUSED);
    answer.err = ERR_OK;
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    answer = sample_tx(TX_REFUSED);
    answer.changed = 1;
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    answer = (struct tx_answer){.state = TX_REFUSED, .err = ERR_ROLE, .position = 1};
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    answer = (struct tx_answer){.state = TX_REFUSED, .err = ERR_ROLE, .index = 1};
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    answer = (struct tx_answer){.state = TX_REFUSED, .err = ERR_ROLE, .time_ms = 1};
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(tx_refuses_values_out_of_range)
{
    static uint8_t large[TX_SIZE_MAX + 1];
    struct tx_answer answer = sample_tx(TX_REFUSED);
    answer.err = (enum err)12; /* no error has that number */
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    answer = sample_tx(TX_COMMITTED);
    answer.changed = TX_ITEMS_MAX + 1;
    NOT_WRITTEN(tx_answer_write, &answer, ERR_OUT_OF_RANGE);
    answer = sample_tx(TX_COMMITTED);
    answer.encoded = bytes_of(large, sizeof large);
    NOT_WRITTEN(tx_answer_write, &answer, ERR_TOO_LARGE);
}
END_TEST

/* ---- ORGANISATIONS ---- */

START_TEST(organisation_has_its_layout)
{
    uint8_t buffer[256];
    struct organisation_info info = sample_organisation();
    is_laid_out_as(recode_organisation, WRITTEN(organisation_info_write, &info, buffer),
                   "85 19ffff " CA_KENYA KE "183f 82 "
                   "83 5821 022f8bde4d1a07209355b4a7250a5c5128e88b84bddc619ab7cba8d569b240efe4 "
                   "00 09 "
                   "83 5821 03fff97bd5755eeea420453a14355235d382f6472f8568a18b2f057a1460297556 "
                   "08 00");
}
END_TEST

START_TEST(organisation_may_have_no_key)
{
    uint8_t buffer[64];
    struct organisation_info info = {.number = 1, .name = {"a"}, .country = {"KE"}};
    is_laid_out_as(recode_organisation, WRITTEN(organisation_info_write, &info, buffer),
                   "85 01 6161 " KE "00 80");
}
END_TEST

START_TEST(organisation_refuses_values_out_of_range)
{
    struct organisation_info info = sample_organisation();
    info.number = 0;
    NOT_WRITTEN(organisation_info_write, &info, ERR_OUT_OF_RANGE);
    info = sample_organisation();
    info.roles = ROLES_ALL + 1;
    NOT_WRITTEN(organisation_info_write, &info, ERR_OUT_OF_RANGE);
    info = sample_organisation();
    info.key_count = ORGANISATION_KEYS_MAX + 1;
    NOT_WRITTEN(organisation_info_write, &info, ERR_TOO_LARGE);
    info = sample_organisation();
    info.keys[1].key.bytes[0] = 0;
    NOT_WRITTEN(organisation_info_write, &info, ERR_BAD_KEY);
    info = sample_organisation();
    info.keys[0].from_height = COUNTER_MAX + 1;
    NOT_WRITTEN(organisation_info_write, &info, ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(organisation_reads_no_more_keys_than_it_has_room_for)
{
    static uint8_t buffer[2048];
    struct organisation_info info = sample_organisation();
    info.key_count = ORGANISATION_KEYS_MAX;
    for (size_t i = 0; i < ORGANISATION_KEYS_MAX; i++)
        info.keys[i] = info.keys[1];
    struct bytes body = WRITTEN(organisation_info_write, &info, buffer);
    recode_takes(recode_organisation, body);
    uint8_t *head = memmem(buffer, body.size, "\x18\x3f\x90\x83", 4);
    ck_assert(head != NULL);
    size_t each = (size_t)(buffer + body.size - (head + 3)) / ORGANISATION_KEYS_MAX;
    memcpy(buffer + body.size, head + 3, each);
    head[2]++;
    recode_refuses(recode_organisation, bytes_of(buffer, body.size + each), ERR_TOO_LARGE);
}
END_TEST

/* ---- NODES ---- */

START_TEST(node_has_its_layout)
{
    uint8_t buffer[256];
    struct node_info info = {UINT32_MAX,      {"kenya-tel"}, {"ca-kenya"},   {"KE"},
                             "tls+tcp://c:1", {{0}},         WANTED_LEARNER, 9,
                             MEMBERSHIP_NONE};
    info.key = sample_organisation().keys[0].key;
    is_laid_out_as(recode_node, WRITTEN(node_info_write, &info, buffer),
                   "89 1affffffff " KENYA_TEL CA_KENYA KE "6d 746c732b7463703a2f2f633a31 "
                   "5821 022f8bde4d1a07209355b4a7250a5c5128e88b84bddc619ab7cba8d569b240efe4 "
                   "02 09 03");
    struct node_info wrong = info;
    wrong.id = 0;
    NOT_WRITTEN(node_info_write, &wrong, ERR_OUT_OF_RANGE);
    wrong = info;
    wrong.address[3] = ' ';
    NOT_WRITTEN(node_info_write, &wrong, ERR_BAD_TEXT);
    wrong.address[0] = '\0';
    NOT_WRITTEN(node_info_write, &wrong, ERR_BAD_TEXT);
    wrong = info;
    wrong.key.bytes[0] = 0;
    NOT_WRITTEN(node_info_write, &wrong, ERR_BAD_KEY);
    wrong = info;
    wrong.wanted = (enum wanted)4;
    NOT_WRITTEN(node_info_write, &wrong, ERR_OUT_OF_RANGE);
    wrong = info;
    wrong.member = (enum membership)4;
    NOT_WRITTEN(node_info_write, &wrong, ERR_OUT_OF_RANGE);
}
END_TEST

/* ---- all ---- */

START_TEST(the_largest_values_are_taken)
{
    static uint8_t buffer[4096];
    struct tac_info info = sample_tac();
    info.tac = IMEI_TACS - 1;
    info.time_ms = TIME_MAX_MS;
    memset(info.brand, 'b', TAC_TEXT_SIZE_MAX);
    memset(info.model, 'm', TAC_TEXT_SIZE_MAX);
    recode_takes(recode_tac, WRITTEN(tac_info_write, &info, buffer));

    struct check_answer *answer = sample_check();
    answer->imei.value = IMEI_VALUES - 1;
    answer->verdict = VERDICT_UNKNOWN;
    recode_takes(recode_check, WRITTEN(check_answer_write, answer, buffer));
    free(answer);
}
END_TEST

START_TEST(the_largest_bodies_fit_a_response)
{
    static uint8_t buffer[RESPONSE_SIZE_MAX];
    struct response_head head = {ERR_OK, COUNTER_MAX, COUNTER_MAX};
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct history_answer *history = sample_history();
    history->count = HISTORY_ROWS_MAX;
    for (size_t i = 0; i < HISTORY_ROWS_MAX; i++) {
        struct history_row *row = &history->rows[i];
        *row = sample_row();
        row->index = row->height = COUNTER_MAX;
        row->time_ms = row->issued_at_ms = TIME_MAX_MS;
        memset(row->organisation.text, 'o', NAME_SIZE_MAX);
        memset(row->claimant.text, 'c', NAME_SIZE_MAX);
        row->item.to.value++;
    }
    response_head_write(&writer, &head);
    history_answer_write(&writer, history);
    ck_assert(writer_ok(&writer));
    free(history);

    static uint8_t transaction[TX_SIZE_MAX];
    struct tx_answer answer = sample_tx(TX_COMMITTED);
    answer.encoded = bytes_of(transaction, sizeof transaction);
    writer = writer_over(buffer, sizeof buffer);
    response_head_write(&writer, &head);
    tx_answer_write(&writer, &answer);
    ck_assert(writer_ok(&writer));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &tac_has_its_layout,
        &an_unknown_tac_is_its_number_alone,
        &tac_refuses_what_is_neither,
        &check_has_its_layout,
        &check_refuses_values_out_of_range,
        &check_reads_no_more_claims_than_it_has_room_for,
        &history_has_its_layout,
        &history_refuses_values_out_of_range,
        &history_reads_no_more_rows_than_it_has_room_for,
        &tx_has_its_layout,
        &tx_refused_before_the_ledger_has_no_place,
        &tx_refuses_states_that_contradict_the_rest,
        &tx_refuses_values_out_of_range,
        &organisation_has_its_layout,
        &organisation_may_have_no_key,
        &organisation_refuses_values_out_of_range,
        &organisation_reads_no_more_keys_than_it_has_room_for,
        &node_has_its_layout,
        &the_largest_values_are_taken,
        &the_largest_bodies_fit_a_response,
    };
    return suite_run("proto/client_answer", cases, sizeof cases / sizeof cases[0]);
}
