/*
 * canned.h: a node whose answers are fixed, so that what the tool makes of them is too.
 */
#ifndef TESTS_UNIT_CLI_CANNED_H
#define TESTS_UNIT_CLI_CANNED_H

#include "proto/cbor.h"
#include "tests/unit/cli/server.h"

#define T0 UINT64_C(1735689600000) /* 2025-01-01T00:00:00Z */

static inline struct hash hash(uint8_t byte)
{
    struct hash out;
    memset(out.bytes, byte, HASH_SIZE);
    return out;
}

static inline struct name name(const char *text)
{
    struct name out;
    ck_assert_int_eq(name_parse(text, strlen(text), &out), ERR_OK);
    return out;
}

static inline struct secret_key secret(uint8_t byte)
{
    struct secret_key out;
    memset(out.bytes, byte, SECRET_KEY_SIZE);
    return out;
}

static inline struct public_key public(uint8_t byte)
{
    struct secret_key from = secret(byte);
    struct public_key out;
    ck_assert_int_eq(public_key_of(&from, &out), ERR_OK);
    return out;
}

/* Whether the nodes know a leader, are fresh, and so on: for the cases of status. */
struct node {
    bool is_alone;
    uint64_t differs_at; /* of node3; 0: nowhere */
    enum err refusal;    /* of what is submitted */
    bool is_pending;
    int checks;            /* questions about devices that are answered before a refusal; 0: all */
    bool is_of_other;      /* answers with another transaction's id */
    uint32_t nodes;        /* each page of nodes has so many, from the id that is asked for */
    bool is_disordered;    /* the nodes are 2, 1 */
    struct hash submitted; /* the id of what was submitted last */
};

static inline void put_head(struct writer *writer, uint64_t age_ms)
{
    struct response_head head = {.height = 120, .age_ms = age_ms};
    response_head_write(writer, &head);
}

/* A node that waits for what is committed is given all of --timeout for it. */
static inline void put_fresh_head(struct writer *writer, const struct request *request)
{
    ck_assert(request->fresh_ms == 0 || request->fresh_ms == 7000);
    put_head(writer, request->fresh_ms > 0 ? 20 : 340);
}

static inline void put_status(const struct node *node, struct writer *writer)
{
    static struct status status;
    status = (struct status){
        .version = "0.1.0",
        .network_name = name("example"),
        .network = hash(0x11),
        .id = 1,
        .name = name("node1"),
        .organisation = name("authority.example"),
        .country = {"NO"},
        .roles = ROLE_REGULATOR | ROLE_ALLOCATOR,
        .state = node->is_alone ? NODE_CANDIDATE : NODE_FOLLOWER,
        .term = 3,
        .leader = node->is_alone ? 0 : 2,
        .height = 120,
        .committed = 121,
        .last = 123,
        .head = hash(0x22),
        .transactions = 4567,
        .root = hash(0x33),
        .checkpoint_height = 38,
        .state_root = hash(0x44),
        .uptime_ms = 7300000,
        .pending = 2,
        .peer_count = node->is_alone ? 0 : 2,
        .peers = {{2, name("node2"), true, 121, 0}, {3, name("node3"), false, 0, node->differs_at}},
    };
    put_head(writer, node->is_alone ? AGE_UNKNOWN : 340);
    status_write(writer, &status);
}

static inline struct claim claim_of(enum claim_kind kind, enum reason reason, struct imei imei)
{
    return (struct claim){
        .kind = kind,
        .organisation = name("operator.example"),
        .country = {"SE"},
        .reason = reason,
        .issued_at_ms = T0,
        .time_ms = T0 + 2500,
        .height = 17,
        .position = 3,
        .id = hash(0x44),
        .item = {imei, imei},
    };
}

/* The last digit of the TAC decides what is known of the device. */
static inline void put_device(struct writer *writer, struct imei imei)
{
    static struct check_answer device;
    uint32_t tac = imei_tac(imei);
    device = (struct check_answer){.imei = imei, .verdict = VERDICT_WHITE};
    device.tac = (struct tac_info){.known = tac % 10 != 9, .tac = tac};
    if (device.tac.known) {
        device.tac =
            (struct tac_info){true, tac, "Nokia", "3310", name("authority.example"), T0 - 1, 5};
    }
    if (tac % 10 == 9)
        device.verdict = VERDICT_UNKNOWN;
    if (tac % 10 == 3) {
        device.verdict = VERDICT_BLACK;
        device.claims[device.claim_count++] = claim_of(CLAIM_BLOCK, REASON_STOLEN, imei);
    }
    if (tac % 10 == 3 || tac % 10 == 4) {
        struct claim watch = claim_of(CLAIM_WATCH, REASON_THIRD_PARTY, imei);
        watch.item = (struct item){imei_of(tac, 0), imei_of(tac, IMEI_SERIALS - 1)};
        device.claims[device.claim_count++] = watch;
    }
    if (tac % 10 == 4)
        device.verdict = VERDICT_GREY;
    if (tac % 10 == 5) {
        device.verdict = VERDICT_GREY;
        device.claims[device.claim_count++] = claim_of(CLAIM_DUPLICATE, REASON_NONE, imei);
        device.more = true;
    }
    check_answer_write(writer, &device);
}

/* Two devices a response: the tool asks for the rest. */
static inline void put_devices(const struct request *request, struct writer *writer)
{
    put_fresh_head(writer, request);
    size_t count = request->imei_count > 2 ? 2 : request->imei_count;
    cbor_put_array(writer, count);
    for (size_t i = 0; i < count; i++)
        put_device(writer, request->imeis[i]);
}

/* Two pages: a block, and its end by a regulator. Nothing of other TACs than …3. */
static inline void put_history(const struct request *request, struct writer *writer)
{
    static struct history_answer page;
    struct imei imei = request->imeis[0];
    struct history_row block = {
        .index = 40,
        .height = 17,
        .position = 3,
        .time_ms = T0 + 2500,
        .issued_at_ms = T0,
        .operation = OP_BLOCK,
        .reason = REASON_STOLEN,
        .organisation = name("operator.example"),
        .country = {"SE"},
        .item = {imei, imei},
        .id = hash(0x44),
    };
    struct history_row unblock = {
        .index = 90,
        .height = 19,
        .position = 0,
        .time_ms = T0 + 86400000,
        .issued_at_ms = T0 + 86390000,
        .operation = OP_UNBLOCK,
        .reason = REASON_FOUND,
        .organisation = name("authority.example"),
        .country = {"NO"},
        .claimant = name("operator.example"),
        .item = {imei, imei},
        .id = hash(0x55),
    };
    page = (struct history_answer){0};
    if (imei_tac(imei) % 10 == 3 && request->from_start) {
        page.rows[page.count++] = block;
        page.more = true;
    } else if (imei_tac(imei) % 10 == 3) {
        ck_assert_uint_eq(request->after, 40);
        page.rows[page.count++] = unblock;
    }
    put_fresh_head(writer, request);
    history_answer_write(writer, &page);
}

/* Two pages: numbers 1 and 2, number 7, and nothing. */
static inline void put_organisations(const struct request *request, struct writer *writer)
{
    static struct organisation_info rows[3];
    rows[0] = (struct organisation_info){.number = 1,
                                         .name = name("authority.example"),
                                         .country = {"NO"},
                                         .roles = ROLE_REGULATOR | ROLE_ALLOCATOR,
                                         .key_count = 1};
    rows[0].keys[0].key = public(1);
    rows[1] = (struct organisation_info){.number = 2,
                                         .name = name("operator.example"),
                                         .country = {"SE"},
                                         .roles = ROLE_OPERATOR,
                                         .key_count = 2};
    rows[1].keys[0].key = public(2);
    rows[1].keys[0].revoked_height = 44;
    rows[1].keys[1].key = public(3);
    rows[1].keys[1].from_height = 40;
    rows[2] = (struct organisation_info){
        .number = 7, .name = name("suspended.example"), .country = {"DK"}, .key_count = 1};
    rows[2].keys[0].key = public(4);
    put_head(writer, 340);
    size_t from = request->first <= 1 ? 0 : request->first <= 7 ? 2 : 3;
    size_t to = from == 0 ? 2 : 3;
    if (request->has_kid) {
        from = 0;
        to = 1;
    }
    cbor_put_array(writer, to - from);
    for (size_t i = from; i < to; i++)
        organisation_info_write(writer, &rows[i]);
}

/* Pages as no honest node makes them. */
static inline void put_odd_nodes(const struct node *node, const struct request *request,
                                 struct writer *writer)
{
    struct node_info row = {.name = name("node"),
                            .organisation = name("authority.example"),
                            .country = {"NO"},
                            .address = "tls+tcp://node.example:7700",
                            .key = public(1),
                            .wanted = WANTED_REMOVED,
                            .member = MEMBERSHIP_NONE};
    put_head(writer, 340);
    uint32_t count = node->is_disordered ? request->first_node % 2 : node->nodes;
    cbor_put_array(writer, count);
    for (uint32_t i = 0; i < count; i++) {
        row.id = node->is_disordered ? 2 - request->first_node / 2 : request->first_node + i;
        node_info_write(writer, &row);
    }
}

/* Two pages: ids 1 and 2, id 7, and nothing. */
static inline void put_nodes(const struct node *node, const struct request *request,
                             struct writer *writer)
{
    if (node->nodes > 0 || node->is_disordered) {
        put_odd_nodes(node, request, writer);
        return;
    }
    static struct node_info rows[3];
    static const enum wanted wanted[] = {WANTED_VOTER, WANTED_REMOVED, WANTED_LEARNER};
    static const enum membership members[] = {MEMBERSHIP_VOTER, MEMBERSHIP_NONE, MEMBERSHIP_NONE};
    for (size_t i = 0; i < 3; i++) {
        rows[i] = (struct node_info){.id = i < 2 ? (uint32_t)i + 1 : 7,
                                     .organisation = name("authority.example"),
                                     .country = {"NO"},
                                     .key = public((uint8_t)(i + 1)),
                                     .wanted = wanted[i],
                                     .since_height = i * 60,
                                     .member = members[i]};
        rows[i].name = name(i == 0 ? "node1" : "node2");
        snprintf(rows[i].address, sizeof rows[i].address, "tls+tcp://%s.example:7700",
                 rows[i].name.text);
    }
    put_head(writer, 340);
    size_t from = request->first_node <= 1 ? 0 : request->first_node <= 7 ? 2 : 3;
    size_t to = from == 0 ? 2 : 3;
    cbor_put_array(writer, to - from);
    for (size_t i = from; i < to; i++)
        node_info_write(writer, &rows[i]);
}

/* Signed statements of each form, by the first byte of the id that is asked for. */
static inline struct statement statement_of(uint8_t byte, struct writer *items)
{
    struct statement out = {
        .network = hash(0x11),
        .lane = UINT64_C(0xfedcba9876543210),
        .number = 4,
        .issued_at_ms = T0,
        .valid_until_ms = T0 + 86400000,
        .country = {"SE"},
    };
    struct item devices[12] = {{{1}, {1}}, {{20}, {29}}};
    struct tac_item tacs[] = {{35693803, "Nokia", "3310"}, {35693804, "Nokia", "3330"}};
    for (uint64_t i = 2; i < 12; i++)
        devices[i] = (struct item){{35693803564380 + i}, {35693803564380 + i}};
    switch (byte) {
    case 0xa1: out.operation = OP_UNBLOCK; break;
    case 0xa2: out.operation = OP_TAC_ALLOCATE; break;
    case 0xa3: out.operation = OP_ORGANISATION; break;
    case 0xa4: out.operation = OP_BALLOT; break;
    case 0xa6: out.operation = OP_NODE_ADD; break;
    default: out.operation = OP_KEY_REVOKE; break;
    }
    if (out.operation == OP_UNBLOCK)
        items_write(items, devices, 12);
    if (out.operation == OP_TAC_ALLOCATE)
        tac_items_write(items, tacs, 2);
    out.items = writer_view(items);
    out.reason = out.operation == OP_UNBLOCK ? REASON_COURT : REASON_NONE;
    out.has_case = out.has_claimant = out.operation == OP_UNBLOCK;
    out.case_reference = hash(0x66);
    out.claimant = name("operator.example");
    out.organisation = name("police.example");
    out.organisation_country = (struct country){"DK"};
    out.roles = ROLE_PARTICIPANT | ROLE_AUDITOR;
    out.has_key = out.operation != OP_UNBLOCK && out.operation != OP_TAC_ALLOCATE &&
                  out.operation != OP_BALLOT;
    out.node = 7;
    out.node_name = name("node7");
    snprintf(out.node_address, sizeof out.node_address, "tls+tcp://node7.example:7700");
    out.key = public(5);
    out.proposal = hash(0x77);
    return out;
}

/* The signed statement of that form in `writer`, and its id. */
static inline struct hash signed_of(uint8_t byte, struct writer *writer)
{
    uint8_t items_buffer[4096];
    uint8_t scratch_buffer[4096];
    struct writer items = writer_over(items_buffer, sizeof items_buffer);
    struct writer payload = writer_over(scratch_buffer, sizeof scratch_buffer);
    struct statement statement = statement_of(byte, &items);
    struct secret_key key = secret(3);
    struct hash id;
    ck_assert_int_eq(transaction_sign(&statement, &key, &payload, writer, &id), ERR_OK);
    return id;
}

static inline void put_transaction(const struct request *request, struct writer *writer)
{
    uint8_t buffer[4096];
    struct writer encoded;
    struct tx_answer out = {.id = request->id, .state = TX_UNKNOWN};
    for (uint8_t byte = 0xa1; byte <= 0xa6; byte++) {
        encoded = writer_over(buffer, sizeof buffer);
        struct hash id = signed_of(byte, &encoded);
        if (!hash_equal(&id, &request->id))
            continue;
        out = (struct tx_answer){.id = id,
                                 .state = TX_COMMITTED,
                                 .height = 17,
                                 .position = 3,
                                 .index = 40,
                                 .time_ms = T0 + 2500,
                                 .changed = 1,
                                 .encoded = writer_view(&encoded)};
        if (byte == 0xa4) {
            out.state = TX_REFUSED;
            out.err = ERR_BALLOT_CAST;
            out.changed = 0;
        }
        break;
    }
    put_head(writer, 340);
    tx_answer_write(writer, &out);
}

static inline void put_submitted(struct node *node, const struct request *request,
                                 struct writer *writer)
{
    struct transaction transaction;
    ck_assert_int_eq(transaction_parse(request->encoded, &transaction), ERR_OK);
    node->submitted = node->is_of_other ? hash(0x99) : transaction.id;
    struct tx_answer out = {.id = node->submitted,
                            .state = TX_COMMITTED,
                            .height = 121,
                            .position = 1,
                            .index = 4567,
                            .time_ms = T0 + 5000,
                            .changed = 2};
    if (node->is_pending)
        out = (struct tx_answer){.id = node->submitted, .state = TX_PENDING};
    if (node->refusal != ERR_OK)
        out = (struct tx_answer){.id = node->submitted, .state = TX_REFUSED, .err = node->refusal};
    put_head(writer, 340);
    tx_answer_write(writer, &out);
}

static inline void put_tac(const struct request *request, struct writer *writer)
{
    struct tac_info tac = {.tac = request->tac};
    if (request->tac % 10 != 9)
        tac = (struct tac_info){true, request->tac, "Nokia", "3310", name("authority.example"), T0,
                                5};
    put_head(writer, 340);
    tac_info_write(writer, &tac);
}

static inline void put_refusal(struct writer *writer)
{
    struct response_head head = {.err = ERR_BUSY, .height = 120};
    response_head_write(writer, &head);
}

static inline void answer(void *context, const struct request *request, struct writer *writer)
{
    struct node *node = context;
    switch (request->kind) {
    case REQUEST_STATUS: put_status(node, writer); return;
    case REQUEST_CHECK:
        if (node->checks == 1)
            put_refusal(writer);
        else
            put_devices(request, writer);
        node->checks -= node->checks > 1;
        return;
    case REQUEST_HISTORY: put_history(request, writer); return;
    case REQUEST_TAC: put_tac(request, writer); return;
    case REQUEST_SUBMIT: put_submitted(node, request, writer); return;
    case REQUEST_TRANSACTION: put_transaction(request, writer); return;
    case REQUEST_ORGANISATIONS: put_organisations(request, writer); return;
    case REQUEST_NODES: put_nodes(node, request, writer); return;
    case REQUEST_STANDING:
    case REQUEST_SIGHTINGS: put_refusal(writer); return;
    }
}

#endif
