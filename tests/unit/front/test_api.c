#include "tests/unit/front/api_scene.h"

#define PHONE     "356938035643809"
#define PHONE_14  UINT64_C(35693803564380)
#define HASH_4    "0404040404040404040404040404040404040404040404040404040404040404"
#define HEAD_TAIL "\"height\":120,\"age_ms\":340"

static const struct name operator_name = {.text = "operator.example"};
static const struct country sweden = {.code = "SE"};

static struct hash hash_filled(uint8_t byte)
{
    struct hash hash;
    memset(hash.bytes, byte, sizeof hash.bytes);
    return hash;
}

/* A device that is white, or with as many blocks as the scene's number says. */
static void write_device(struct scene *scene, struct imei imei, struct writer *writer)
{
    static struct check_answer device;
    device = (struct check_answer){
        .imei = imei,
        .verdict = scene->number > 0 ? VERDICT_BLACK : VERDICT_WHITE,
        .tac = {.tac = imei_tac(imei)},
        .claim_count = scene->number,
    };
    for (size_t i = 0; i < device.claim_count; i++)
        device.claims[i] = (struct claim){
            .kind = CLAIM_BLOCK,
            .organisation = operator_name,
            .country = sweden,
            .reason = REASON_STOLEN,
            .issued_at_ms = 1000,
            .time_ms = 2000,
            .height = 17,
            .position = (uint32_t)i,
            .id = hash_filled(4),
            .item = {.from = imei, .to = imei},
        };
    check_answer_write(writer, &device);
}

static void answer_check(struct scene *scene, const struct request *request, struct writer *writer)
{
    ck_assert_int_eq(request->kind, REQUEST_CHECK);
    cbor_put_array(writer, request->imei_count);
    for (size_t i = 0; i < request->imei_count; i++)
        write_device(scene, request->imeis[i], writer);
}

/* ---- one device ---- */

#define WHITE(imei, tac)                                                                           \
    "{\"imei\":\"" imei "\",\"valid\":true,\"tac\":{\"code\":\"" tac "\",\"known\":false,"         \
    "\"brand\":null,\"model\":null,\"organisation\":null,\"time_ms\":null,\"height\":null},"       \
    "\"status\":\"white\",\"claims\":[],\"more_claims\":false," HEAD_TAIL

START_TEST(a_device_is_told_with_the_keys_of_the_tool)
{
    static struct scene scene;
    scene_open(&scene, answer_check);
    is_answer(scene_get(&scene, "/v1/devices/" PHONE), 200, WHITE(PHONE, "35693803") "}");
    ck_assert_uint_eq(scene.request.imeis[0].value, PHONE_14);
    ck_assert_uint_eq(scene.request.fresh_ms, 0);
    is_answer(scene_get(&scene, "/v1/devices/35693803564380"), 200, WHITE(PHONE, "35693803") "}");
    is_answer(scene_get(&scene, "/v1/devices/3569380%335643809?fresh_ms=1500"), 200,
              WHITE(PHONE, "35693803") ",\"fresh\":true}");
    ck_assert_uint_eq(scene.request.fresh_ms, 1500);
    scene.number = 1;
    struct reply reply = scene_get(&scene, "/v1/devices/" PHONE);
    ck_assert_str_eq(reply_text(&reply, "status"), "black");
    ck_assert(reply_has(&reply, "\r\ncache-control: no-store\r\n"));
    ck_assert(!reply_has(&reply, "access-control-"));
    json_t *claim = json_array_get(json_object_get(reply.body, "claims"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(claim, "reason")), "stolen");
    ck_assert_str_eq(json_string_value(json_object_get(claim, "transaction")), HASH_4);
    reply_free(&reply);
    scene_close(&scene);
}
END_TEST

static void is_invalid(struct reply reply, const char *error, int right)
{
    ck_assert_uint_eq(reply.status, 200);
    ck_assert(json_is_false(json_object_get(reply.body, "valid")));
    ck_assert_str_eq(reply_text(&reply, "status"), "invalid");
    ck_assert_str_eq(reply_text(&reply, "error"), error);
    const json_t *digit = json_object_get(reply.body, "check_digit");
    ck_assert_int_eq(json_is_null(digit) ? -1 : json_integer_value(digit), right);
    reply_free(&reply);
}

START_TEST(what_is_no_imei_is_an_answer_that_says_why)
{
    static struct scene scene;
    scene_open(&scene, answer_check);
    is_invalid(scene_get(&scene, "/v1/devices/356938035643808"), "IMEI_CHECK", 9);
    is_invalid(scene_get(&scene, "/v1/devices/123"), "IMEI_LENGTH", -1);
    is_invalid(scene_get(&scene, "/v1/devices/35693803564380x"), "IMEI_DIGIT", -1);
    is_invalid(scene_get(&scene, "/v1/devices/3569380356438099"), "IMEI_SVN", -1);
    is_invalid(scene_get(&scene, "/v1/devices/%22%c3%a9"), "IMEI_LENGTH", -1);
    is_invalid(scene_get(&scene, "/v1/devices/%ff%c3"), "IMEI_LENGTH", -1);
    ck_assert_uint_eq(scene.asked, 0);
    scene_close(&scene);
}
END_TEST

START_TEST(what_is_wrong_in_a_query_or_path_is_named)
{
    static struct scene scene;
    scene_open(&scene, answer_check);
#define GET(target) scene_get(&scene, "/v1/devices/" PHONE target)
    is_problem(GET("?fresh=1"), 400, "UNKNOWN_FIELD", "fresh");
    is_problem(GET("?explain=yes"), 400, "OUT_OF_RANGE", "explain");
    is_problem(GET("?imsi=1234"), 400, "OUT_OF_RANGE", "imsi");
    is_problem(GET("?imsi=2089300000000012"), 400, "OUT_OF_RANGE", "imsi");
    is_problem(GET("?%c3%a9=1"), 400, "UNKNOWN_FIELD", "\xc3\xa9");
    is_problem(GET("?%ff=1"), 400, "UNKNOWN_FIELD", "");
    is_problem(GET("?fresh_ms=1&fresh_ms=1"), 400, "OUT_OF_RANGE", "fresh_ms");
    is_problem(GET("?fresh_ms=30001"), 400, "OUT_OF_RANGE", "fresh_ms");
    is_problem(GET("?fresh_ms=-1"), 400, "OUT_OF_RANGE", "fresh_ms");
    is_problem(GET("?fresh_ms="), 400, "OUT_OF_RANGE", "fresh_ms");
    is_problem(GET("?fresh_ms=18446744073709551617"), 400, "OUT_OF_RANGE", "fresh_ms");
    is_problem(GET("?fresh_ms=%zz"), 400, "BAD_HEX", "");
    is_problem(GET("?&"), 400, "BAD_TEXT", "");
    is_problem(scene_get(&scene, "/v1/devices/%0a"), 400, "BAD_TEXT", "");
    is_problem(scene_get(&scene, "/v1/devices/%2"), 400, "BAD_HEX", "");
    is_problem(GET("/history?after=x"), 400, "OUT_OF_RANGE", "after");
    is_problem(GET("/history?before=1"), 400, "UNKNOWN_FIELD", "before");
    is_problem(scene_get(&scene, "/v1/devices/123/history"), 400, "IMEI_LENGTH", "imei");
    is_problem(scene_get(&scene, "/v1/tacs/3569380"), 400, "OUT_OF_RANGE", "tac");
    is_problem(scene_get(&scene, "/v1/tacs/356938030"), 400, "OUT_OF_RANGE", "tac");
    is_problem(scene_get(&scene, "/v1/tacs/3569380300"), 400, "OUT_OF_RANGE", "");
    is_problem(scene_get(&scene, "/v1/tacs/35693803?x"), 400, "UNKNOWN_FIELD", "x");
    is_problem(scene_get(&scene, "/v1/status?x=1"), 400, "UNKNOWN_FIELD", "x");
    is_problem(scene_get(&scene, "/v1/nodes?from=4294967296"), 400, "OUT_OF_RANGE", "from");
    is_problem(scene_get(&scene, "/v1/organisations?from=65536"), 400, "OUT_OF_RANGE", "from");
    is_problem(scene_get(&scene, "/v1/transactions/12"), 400, "BAD_HEX", "id");
    is_problem(scene_get(&scene, "/v1/transactions/" HASH_4 "0"), 400, "BAD_HEX", "id");
    is_problem(scene_get(&scene, "/v1/transactions/" HASH_4 "?x"), 400, "UNKNOWN_FIELD", "x");
    is_problem(scene_get(&scene, "/v1/openapi.yaml?x"), 400, "UNKNOWN_FIELD", "x");
    ck_assert_uint_eq(scene.asked, 0);
    scene_close(&scene);
}
END_TEST

START_TEST(a_wrong_check_digit_is_put_right_in_a_problem_too)
{
    static struct scene scene;
    scene_open(&scene, answer_check);
    struct reply reply = scene_get(&scene, "/v1/devices/356938035643808/history");
    ck_assert_int_eq(json_integer_value(json_object_get(reply.body, "check_digit")), 9);
    is_problem(reply, 400, "IMEI_CHECK", "imei");
    scene_close(&scene);
}
END_TEST

/* ---- what the node says ---- */

static void answer_status(struct scene *scene, const struct request *request, struct writer *writer)
{
    static struct status status;
    (void)scene;
    ck_assert_int_eq(request->kind, REQUEST_STATUS);
    status = (struct status){
        .version = "1.2.3",
        .network_name = {.text = "test"},
        .id = 3,
        .name = {.text = "n3"},
        .organisation = operator_name,
        .country = sweden,
        .roles = ROLE_OPERATOR,
        .state = NODE_FOLLOWER,
        .term = 9,
        .leader = 1,
        .height = 120,
        .peer_count = 1,
        .peers = {{.id = 1, .name = {.text = "n1"}, .connected = true}},
    };
    status_write(writer, &status);
}

START_TEST(every_error_of_the_node_has_its_status)
{
    static const struct {
        enum err err;
        unsigned status;
    } particular[] = {
        {ERR_TOO_LARGE, 413},  {ERR_NOT_FOUND, 404},    {ERR_NUMBER_TAKEN, 409},
        {ERR_DUPLICATE, 409},  {ERR_CLAIM_STANDS, 409}, {ERR_CLAIM_ABSENT, 409},
        {ERR_TAC_STANDS, 409}, {ERR_BALLOT_CAST, 409},  {ERR_KEY_STANDS, 409},
        {ERR_NODE_VOTES, 409}, {ERR_TIMEOUT, 504},      {ERR_MEMORY, 503},
    };
    static const unsigned of_kind[] = {
        [ERR_KIND_INPUT] = 400,
        [ERR_KIND_REFUSED] = 422,
        [ERR_KIND_LIMIT] = 503,
        [ERR_KIND_BROKEN] = 500,
    };
    static const enum err all[] = {
#define X(name, number, kind, sentence) ERR_##name,
        ERR_TABLE(X)
#undef X
    };
    static struct scene scene;
    scene_open(&scene, answer_status);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        unsigned status = of_kind[err_kind(all[i])];
        for (size_t k = 0; k < sizeof particular / sizeof particular[0]; k++)
            status = particular[k].err == all[i] ? particular[k].status : status;
        scene.err = all[i];
        struct reply reply = scene_get(&scene, "/v1/status");
        ck_assert_int_eq(reply_has(&reply, "\r\nretry-after: "), status == 503);
        if (all[i] == ERR_OK)
            reply_free(&reply);
        else
            is_problem(reply, status, err_name(all[i]), "");
    }
    scene_close(&scene);
}
END_TEST

START_TEST(an_answer_of_the_node_that_is_cut_is_no_answer)
{
    static struct scene scene;
    scene_open(&scene, answer_status);
    for (scene.cut = 1; scene.cut < 150; scene.cut++) {
        struct reply reply = scene_get(&scene, "/v1/status");
        ck_assert_uint_ge(reply.status, 500);
        reply_free(&reply);
    }
    scene.cut = 0;
    struct reply reply = scene_get(&scene, "/v1/status");
    ck_assert_uint_eq(reply.status, 200);
    ck_assert_int_eq(json_integer_value(json_object_get(reply.body, "term")), 9);
    ck_assert_int_eq(json_integer_value(json_object_get(reply.body, "height")), 120);
    reply_free(&reply);
    scene_close(&scene);
}
END_TEST

static void answer_tac(struct scene *scene, const struct request *request, struct writer *writer)
{
    struct tac_info tac = {.known = scene->number > 0, .tac = request->tac};
    if (tac.known)
        tac = (struct tac_info){
            .known = true,
            .tac = request->tac,
            .brand = "Nokia",
            .model = "3310",
            .organisation = operator_name,
            .time_ms = 5000,
            .height = 5,
        };
    tac_info_write(writer, &tac);
}

START_TEST(a_tac_is_told_known_or_not)
{
    static struct scene scene;
    scene_open(&scene, answer_tac);
    is_answer(scene_get(&scene, "/v1/tacs/01000000"), 200,
              "{\"code\":\"01000000\",\"known\":false,\"brand\":null,\"model\":null,"
              "\"organisation\":null,\"time_ms\":null,\"height\":null,"
              "\"as_of_height\":120,\"age_ms\":340}");
    scene.number = 1;
    is_answer(scene_get(&scene, "/v1/tacs/35693803"), 200,
              "{\"code\":\"35693803\",\"known\":true,\"brand\":\"Nokia\",\"model\":\"3310\","
              "\"organisation\":\"operator.example\",\"time_ms\":5000,\"height\":5,"
              "\"as_of_height\":120,\"age_ms\":340}");
    scene_close(&scene);
}
END_TEST

/* Rows of the number that the scene has, above those asked after. */
static void answer_history(struct scene *scene, const struct request *request,
                           struct writer *writer)
{
    static struct history_answer page;
    uint64_t from = request->from_start ? 0 : request->after + 1;
    page = (struct history_answer){.count = 0};
    while (page.count < HISTORY_ROWS_MAX && from + page.count < scene->number) {
        page.rows[page.count] = (struct history_row){
            .index = from + page.count,
            .height = 1,
            .operation = OP_BLOCK,
            .reason = REASON_STOLEN,
            .organisation = operator_name,
            .country = sweden,
            .item = {.from = request->imeis[0], .to = request->imeis[0]},
        };
        page.count++;
    }
    page.more = from + page.count < scene->number;
    history_answer_write(writer, &page);
}

START_TEST(a_history_comes_page_after_page)
{
    static struct scene scene;
    scene_open(&scene, answer_history);
    is_answer(scene_get(&scene, "/v1/devices/" PHONE "/history"), 200,
              "{\"imei\":\"" PHONE "\",\"events\":[],\"next\":null," HEAD_TAIL "}");
    scene.number = 2 * HISTORY_ROWS_MAX + 10;
    char target[128] = "/v1/devices/" PHONE "/history?fresh_ms=5";
    json_int_t index = 0;
    for (int pages = 0; target[0] != '\0'; pages++) {
        ck_assert_int_le(pages, 3);
        struct reply reply = scene_get(&scene, target);
        size_t i;
        json_t *event;
        json_array_foreach(json_object_get(reply.body, "events"), i, event)
            ck_assert_int_eq(json_integer_value(json_object_get(event, "index")), index++);
        ck_assert(pages > 0 || json_is_true(json_object_get(reply.body, "fresh")));
        const json_t *next = json_object_get(reply.body, "next");
        target[0] = '\0';
        if (json_is_integer(next))
            snprintf(target, sizeof target, "/v1/devices/" PHONE "/history?after=%lld",
                     (long long)json_integer_value(next));
        reply_free(&reply);
    }
    ck_assert_int_eq(index, (json_int_t)scene.number);
    scene_close(&scene);
}
END_TEST

/* Those from the number asked for up to the scene's number, some at a time. */
static void answer_list(struct scene *scene, const struct request *request, struct writer *writer)
{
    enum { PIECE = 400 };
    bool is_nodes = request->kind == REQUEST_NODES;
    uint64_t first = is_nodes ? request->first_node : request->first;
    first = first > 0 ? first : 1;
    size_t count = first > scene->number ? 0 : scene->number - first + 1;
    count = count > PIECE ? PIECE : count;
    cbor_put_array(writer, count);
    for (uint64_t i = first; i < first + count; i++) {
        struct organisation_info organisation = {
            .number = (uint16_t)i, .name = operator_name, .country = sweden};
        /* The private key 1: the curve's own point. */
        static const struct public_key key = {
            "\x02\x79\xbe\x66\x7e\xf9\xdc\xbb\xac\x55\xa0\x62\x95\xce\x87\x0b\x07"
            "\x02\x9b\xfc\xdb\x2d\xce\x28\xd9\x59\xf2\x81\x5b\x16\xf8\x17\x98"};
        struct node_info node = {
            .id = (uint32_t)i,
            .name = operator_name,
            .organisation = operator_name,
            .country = sweden,
            .address = "tls+tcp://n.example:7700",
            .key = key,
            .wanted = WANTED_VOTER,
            .member = MEMBERSHIP_VOTER,
        };
        if (is_nodes)
            node_info_write(writer, &node);
        else
            organisation_info_write(writer, &organisation);
    }
}

static size_t count_list(struct scene *scene, const char *what, const char *key, size_t *answers)
{
    size_t total = 0;
    char target[64];
    snprintf(target, sizeof target, "/v1/%s", what);
    for (*answers = 0; target[0] != '\0'; ++*answers) {
        struct reply reply = scene_get(scene, target);
        ck_assert_msg(reply.status == 200, "%s", reply.text);
        ck_assert_int_eq(json_integer_value(json_object_get(reply.body, "height")), 120);
        size_t i;
        json_t *element;
        json_array_foreach(json_object_get(reply.body, what), i, element)
            ck_assert_int_eq(json_integer_value(json_object_get(element, key)), ++total);
        const json_t *next = json_object_get(reply.body, "next");
        ck_assert(json_is_null(next) || json_integer_value(next) == (json_int_t)total + 1);
        target[0] = '\0';
        if (!json_is_null(next))
            snprintf(target, sizeof target, "/v1/%s?from=%zu", what, total + 1);
        reply_free(&reply);
    }
    return total;
}

START_TEST(lists_are_put_together_from_what_the_node_tells_in_pieces)
{
    static const uint64_t sizes[] = {0, 3, 401, 3000};
    static struct scene scene;
    size_t answers;
    scene_open(&scene, answer_list);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        scene.number = sizes[i];
        ck_assert_uint_eq(count_list(&scene, "organisations", "number", &answers), sizes[i]);
        ck_assert_int_eq(answers > 1, sizes[i] > 1000);
        ck_assert_uint_eq(count_list(&scene, "nodes", "id", &answers), sizes[i]);
    }
    /* The last that there can be: there is no number after it. */
    scene.number = ORGANISATIONS_MAX;
    struct reply reply = scene_get(&scene, "/v1/organisations?from=65535");
    ck_assert_uint_eq(json_array_size(json_object_get(reply.body, "organisations")), 1);
    ck_assert(json_is_null(json_object_get(reply.body, "next")));
    reply_free(&reply);
    scene_close(&scene);
}
END_TEST

/* ---- transactions ---- */

/* In the state that the scene's number says. */
static void answer_tx(struct scene *scene, const struct request *request, struct writer *writer)
{
    struct tx_answer answer = {
        .id = request->kind == REQUEST_TRANSACTION ? request->id : hash_filled(4),
        .state = (enum tx_state)scene->number,
    };
    if (answer.state == TX_COMMITTED || answer.state == TX_REFUSED)
        answer.height = 17;
    if (answer.state == TX_REFUSED)
        answer.err = ERR_CLAIM_STANDS;
    tx_answer_write(writer, &answer);
}

#define COSE_FIELD "content-type: application/cose\r\n"
#define TX_OF(state, height, zero)                                                                 \
    "{\"transaction\":\"" HASH_4 "\",\"state\":\"" state "\",\"height\":" height                   \
    ",\"position\":" zero ",\"index\":" zero ",\"time_ms\":" zero ",\"changed\":" zero             \
    ",\"as_of_height\":120,\"age_ms\":340}"

START_TEST(a_submission_is_passed_on_and_its_outcome_is_the_status)
{
    static struct scene scene;
    scene_open(&scene, answer_tx);
    scene.number = TX_PENDING;
    is_answer(scene_ask(&scene, "POST /v1/transactions", COSE_FIELD, "signed"), 202,
              TX_OF("pending", "null", "null"));
    ck_assert_int_eq(scene.request.kind, REQUEST_SUBMIT);
    ck_assert(bytes_equal(scene.request.encoded, bytes_of("signed", 6)));
    ck_assert(!scene.request.wait_committed);
    scene.number = TX_COMMITTED;
    is_answer(scene_ask(&scene, "POST /v1/transactions?wait=committed&timeout_ms=1234",
                        "content-type: application/octet-stream\r\n", "signed"),
              200, TX_OF("committed", "17", "0"));
    ck_assert(scene.request.wait_committed);
    ck_assert_uint_eq(scene.request.timeout_ms, 1234);
    is_answer(scene_ask(&scene, "POST /v1/transactions?wait=committed",
                        "content-type: application/cose; cose-type=\"cose-sign1\"\r\n", "signed"),
              200, TX_OF("committed", "17", "0"));
    ck_assert_uint_eq(scene.request.timeout_ms, 10000);
    scene.number = TX_REFUSED;
    struct reply reply = scene_ask(&scene, "POST /v1/transactions", COSE_FIELD, "signed");
    ck_assert_str_eq(reply_text(&reply, "transaction"), HASH_4);
    ck_assert_str_eq(reply_text(&reply, "state"), "refused");
    ck_assert_int_eq(json_integer_value(json_object_get(reply.body, "height")), 17);
    is_problem(reply, 409, "CLAIM_STANDS", "");
    scene_close(&scene);
}
END_TEST

START_TEST(a_submission_that_is_not_one_is_not_passed_on)
{
    static struct scene scene;
    scene_open(&scene, answer_tx);
#define POST(query, field, body) scene_ask(&scene, "POST /v1/transactions" query, field, body)
    is_problem(POST("", COSE_FIELD, ""), 400, "TRUNCATED", "");
    is_problem(POST("", JSON_FIELD, "{}"), 415, "WRONG_TYPE", "");
    is_problem(POST("", "", "signed"), 415, "WRONG_TYPE", "");
    is_problem(POST("?wait=forever", COSE_FIELD, "signed"), 400, "OUT_OF_RANGE", "wait");
    is_problem(POST("?timeout_ms=30001", COSE_FIELD, "signed"), 400, "OUT_OF_RANGE", "timeout_ms");
    is_problem(POST("?timeout=1", COSE_FIELD, "signed"), 400, "UNKNOWN_FIELD", "timeout");
    ck_assert_uint_eq(scene.asked, 0);
    scene_close(&scene);
}
END_TEST

START_TEST(what_became_of_a_transaction_is_told)
{
    static struct scene scene;
    scene_open(&scene, answer_tx);
    scene.number = TX_PENDING;
    is_answer(scene_get(&scene, "/v1/transactions/" HASH_4), 200, TX_OF("pending", "null", "null"));
    scene.number = TX_UNKNOWN;
    is_problem(scene_get(&scene, "/v1/transactions/" HASH_4), 404, "NOT_FOUND", "");
    scene.number = TX_REFUSED;
    struct reply reply = scene_get(&scene, "/v1/transactions/" HASH_4);
    ck_assert_uint_eq(reply.status, 200);
    ck_assert_str_eq(reply_text(&reply, "state"), "refused");
    ck_assert_str_eq(reply_text(&reply, "error"), "CLAIM_STANDS");
    reply_free(&reply);
    scene_close(&scene);
}
END_TEST

/* ---- what is the same everywhere ---- */

START_TEST(what_the_client_does_not_take_is_not_sent)
{
    static struct scene scene;
    scene_open(&scene, answer_check);
    is_problem(scene_ask(&scene, "GET /v1/devices/" PHONE, "accept: text/html\r\n", ""), 406,
               "WRONG_TYPE", "");
    is_problem(scene_ask(&scene, "GET /v1/openapi.yaml", "accept: application/json\r\n", ""), 406,
               "WRONG_TYPE", "");
    struct reply reply =
        scene_ask(&scene, "GET /v1/devices/" PHONE, "accept: text/html, */*;q=0.1\r\n", "");
    ck_assert_uint_eq(reply.status, 200);
    reply_free(&reply);
    scene_close(&scene);
}
END_TEST

START_TEST(the_document_is_served_and_known_again_by_its_tag)
{
    static struct scene scene;
    scene_open(&scene, answer_check);
    struct reply reply = scene_get(&scene, "/v1/openapi.yaml");
    ck_assert_uint_eq(reply.status, 200);
    ck_assert(reply_has(&reply, "\r\ncontent-type: application/yaml\r\n"));
    ck_assert(reply_has(&reply, "\r\ncache-control: public"));
    ck_assert_ptr_nonnull(strstr(reply.text, "openapi: 3.1"));
    const char *tag = strcasestr(reply.head, "\r\netag: ");
    ck_assert_ptr_nonnull(tag);
    char field[128];
    snprintf(field, sizeof field, "if-none-match: \"other\", W/%.*s\r\n", 18, tag + 8);
    reply_free(&reply);
    reply = scene_ask(&scene, "GET /v1/openapi.yaml", field, "");
    ck_assert_uint_eq(reply.status, 304);
    ck_assert_uint_eq(reply.size, 0);
    ck_assert(reply_has(&reply, "\r\netag: "));
    reply_free(&reply);
    reply = scene_ask(&scene, "GET /v1/openapi.yaml", "if-none-match: \"other\"\r\n", "");
    ck_assert_uint_eq(reply.status, 200);
    reply_free(&reply);
    scene_close(&scene);
}
END_TEST

START_TEST(what_is_under_way_at_the_end_is_told_so)
{
    enum { COUNT = 5 };
    static struct scene scene;
    int sockets[COUNT];
    scene_open(&scene, answer_status);
    scene.holds = true;
    for (size_t i = 0; i < COUNT; i++) {
        sockets[i] = scene_send(&scene, "GET /v1/status", "", "", 0);
        while (scene.held_count <= i)
            uv_run(&scene.loop, UV_RUN_NOWAIT);
    }
    api_close(scene.api);
    for (size_t i = 0; i < COUNT; i++)
        is_problem(scene_await(&scene, sockets[i]), 503, "SHUTTING_DOWN", "");
    scene.api = NULL;
    scene_close(&scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_device_is_told_with_the_keys_of_the_tool,
        &what_is_no_imei_is_an_answer_that_says_why,
        &what_is_wrong_in_a_query_or_path_is_named,
        &a_wrong_check_digit_is_put_right_in_a_problem_too,
        &every_error_of_the_node_has_its_status,
        &an_answer_of_the_node_that_is_cut_is_no_answer,
        &a_tac_is_told_known_or_not,
        &a_history_comes_page_after_page,
        &lists_are_put_together_from_what_the_node_tells_in_pieces,
        &a_submission_is_passed_on_and_its_outcome_is_the_status,
        &a_submission_that_is_not_one_is_not_passed_on,
        &what_became_of_a_transaction_is_told,
        &what_the_client_does_not_take_is_not_sent,
        &the_document_is_served_and_known_again_by_its_tag,
        &what_is_under_way_at_the_end_is_told_so,
    };
    return suite_run("api", cases, sizeof cases / sizeof cases[0]);
}
