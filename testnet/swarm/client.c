#include "testnet/swarm/client.h"

#include "cli/connection.h"
#include "proto/cbor.h"
#include "proto/invariant.h"
#include "tests/sim/random.h"

#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* One statement on one device, and a question, are far smaller. */
enum { BUFFER_SIZE = 4096 };

/* A node that has just gone is not asked again at once. */
#define PAUSE_US 50000

/* Statements of its own that a client still asks about, and devices it still lifts blocks from. */
enum { RECENT_MAX = 64 };

/* The TACs of the devices, a thousand serials of each. */
enum { TAC_HOT = 35100001, TAC_COLD = 86200001, SERIALS_OF_TAC = 1000 };

#define VALIDITY_MS (UINT64_C(3600) * 1000)

struct recent {
    struct hash transaction;
    struct imei imei;
    size_t signer;
};

struct client {
    const struct swarm *swarm;
    uint32_t number;
    struct random random;
    size_t at; /* the node it asks: mostly the same one */
    struct connection *connections[PLACES_NODES_MAX];
    uint64_t lane;
    uint64_t statement_count;
    uint64_t recent_count;
    struct recent recent[RECENT_MAX]; /* the last of these, in a ring */
    struct check_answer check;
    struct record_claim claims[CHECK_CLAIMS_MAX];
    uint8_t scratch[BUFFER_SIZE];
    uint8_t signed_bytes[BUFFER_SIZE];
    uint8_t request[BUFFER_SIZE];
};

/* ---- time ---- */

uint64_t swarm_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void sleep_until(uint64_t until_us)
{
    struct timespec until = {.tv_sec = (time_t)(until_us / 1000000),
                             .tv_nsec = (long)(until_us % 1000000) * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0)
        continue;
}

/* In short pieces, so that the end is not waited for. */
static void wait_until_due(const struct swarm *swarm, uint64_t due_us)
{
    uint64_t now_us;
    while (!atomic_load(&swarm->is_over) && (now_us = swarm_now_us()) < due_us)
        sleep_until(due_us - now_us > PAUSE_US ? now_us + PAUSE_US : due_us);
}

static uint64_t wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- asking ---- */

/* An answer, and by which link it came. */
struct reply {
    struct response_head head;
    struct reader body;
    uint64_t link; /* 0: not known */
    bool was_sent; /* the node may have got the request */
    bool was_sent_once;
};

/* Sends the request to the client's node. What is no answer is an error, and so is the node's. */
static enum err ask(struct client *client, const struct request *request, struct reply *out)
{
    struct connection *connection = client->connections[client->at];
    struct bytes response;
    struct writer writer = writer_over(client->request, sizeof client->request);
    *out = (struct reply){0};
    request_write(&writer, request);
    invariant(writer_ok(&writer));
    uint64_t links = connection_links(connection);
    enum err err = connection_send(connection, 0, writer_view(&writer));
    out->was_sent = err != ERR_UNREACHABLE;
    if (err == ERR_OK)
        err = connection_receive(connection, 0, &response);
    if (err != ERR_OK)
        return err;
    out->was_sent_once = links != 0 && links == connection_links(connection);
    out->link = out->was_sent_once ? links : 0;
    out->body = reader_over(response);
    response_head_read(&out->body, &out->head);
    return reader_ok(&out->body) ? out->head.err : out->body.err;
}

static void go_elsewhere(struct client *client)
{
    client->at = (client->at + 1 + random_below(&client->random, PLACES_NODES_MAX)) %
                 client->swarm->places->node_count;
}

static void tell(struct client *client, struct record *record)
{
    record->client = client->number;
    record->node = client->swarm->places->nodes[client->at].node;
    record->end_us = swarm_now_us();
    scribe_tell(client->swarm->scribe, record);
    if (record->outcome == OUTCOME_UNKNOWN) {
        sleep_until(swarm_now_us() + PAUSE_US);
        go_elsewhere(client);
    }
}

/* ---- questions ---- */

static void take_answer(const struct reply *reply, struct record *record)
{
    record->outcome = OUTCOME_ANSWERED;
    record->link = reply->link;
    record->height = reply->head.height;
    record->age_ms = reply->head.age_ms;
}

static enum err read_check(struct client *client, struct reply *reply, struct record *record)
{
    struct check_answer *check = &client->check;
    cbor_array_exact(&reply->body, 1);
    check_answer_read(&reply->body, check);
    enum err err = reader_done(&reply->body);
    if (err == ERR_OK && check->more)
        err = ERR_TOO_LARGE;
    if (err != ERR_OK)
        return err;
    take_answer(reply, record);
    record->status = check->verdict;
    record->claim_count = check->claim_count;
    record->claims = client->claims;
    for (size_t i = 0; i < check->claim_count; i++)
        client->claims[i] = (struct record_claim){
            .kind = check->claims[i].kind,
            .organisation = check->claims[i].organisation,
            .transaction = check->claims[i].id,
            .height = check->claims[i].height,
        };
    return ERR_OK;
}

static void check(struct client *client, enum record_op op, struct imei imei)
{
    struct record record = {.op = op, .imei = imei, .start_us = swarm_now_us()};
    struct request request = {.kind = REQUEST_CHECK, .imei_count = 1};
    struct reply reply;
    request.imeis[0] = imei;
    request.fresh_ms = op == RECORD_FRESH ? client->swarm->timeout_ms : 0;
    enum err err = ask(client, &request, &reply);
    if (err == ERR_OK)
        err = read_check(client, &reply, &record);
    if (err != ERR_OK) {
        record.outcome = OUTCOME_UNKNOWN;
        record.code = err;
    }
    tell(client, &record);
}

static enum err read_tx(struct reply *reply, const struct hash *id, struct tx_answer *out)
{
    tx_answer_read(&reply->body, out);
    if (reader_ok(&reply->body) && !hash_equal(&out->id, id))
        reader_fail(&reply->body, ERR_OUT_OF_RANGE);
    return reader_done(&reply->body);
}

static void look_up(struct client *client, const struct hash *id)
{
    struct record record = {.op = RECORD_LOOKUP, .transaction = *id, .start_us = swarm_now_us()};
    struct request request = {.kind = REQUEST_TRANSACTION, .id = *id};
    struct reply reply;
    struct tx_answer tx;
    enum err err = ask(client, &request, &reply);
    if (err == ERR_OK)
        err = read_tx(&reply, id, &tx);
    record.outcome = OUTCOME_UNKNOWN;
    record.code = err;
    if (err == ERR_OK) {
        take_answer(&reply, &record);
        record.state = tx.state;
        record.place = tx.height;
        record.position = tx.position;
    }
    tell(client, &record);
}

uint64_t client_height(struct client *client)
{
    enum { TRIES = 20 };
    struct request request = {.kind = REQUEST_STATUS};
    uint64_t height = 0;
    struct reply reply;
    for (client->at = 0; client->at < client->swarm->places->node_count; client->at++) {
        enum err err = ask(client, &request, &reply);
        for (int i = 0; err == ERR_UNREACHABLE && i < TRIES; i++) {
            sleep_until(swarm_now_us() + PAUSE_US);
            err = ask(client, &request, &reply);
        }
        if (err == ERR_OK && reply.head.height > height)
            height = reply.head.height;
    }
    client->at = 0;
    return height;
}

/* ---- statements ---- */

/* What was learned of a statement so far. */
struct delivery {
    bool is_over;
    bool may_be_under_way; /* an earlier sending may still make it count */
};

/* A refusal that has no place in the ledger is this node's word about this sending alone: after one
 * that nobody answered, the statement may count all the same. */
static void take_tx(const struct tx_answer *tx, const struct reply *reply, struct record *record,
                    struct delivery *delivery)
{
    record->link = reply->link;
    record->place = tx->height;
    record->position = tx->position;
    record->code = tx->err;
    delivery->is_over = tx->state == TX_COMMITTED || tx->state == TX_REFUSED;
    if (tx->state == TX_COMMITTED)
        record->outcome = OUTCOME_COMMITTED;
    else if (tx->state == TX_REFUSED && (tx->height != 0 || !delivery->may_be_under_way))
        record->outcome = OUTCOME_REFUSED;
    else
        record->code = tx->state == TX_REFUSED ? tx->err : ERR_TIMEOUT;
}

static void send_once(struct client *client, const struct request *request, struct record *record,
                      struct delivery *delivery)
{
    struct reply reply;
    struct tx_answer tx;
    record->attempts++;
    record->link = 0;
    enum err err = ask(client, request, &reply);
    if (err == ERR_OK && !reply.was_sent_once)
        delivery->may_be_under_way = true;
    if (err == ERR_OK)
        err = read_tx(&reply, &record->transaction, &tx);
    record->code = err;
    if (err == ERR_OK)
        take_tx(&tx, &reply, record, delivery);
    if (!delivery->is_over && reply.was_sent)
        delivery->may_be_under_way = true;
}

static void deliver(struct client *client, struct bytes encoded, struct record *record)
{
    const struct swarm *swarm = client->swarm;
    struct request request = {
        .kind = REQUEST_SUBMIT,
        .encoded = encoded,
        .wait_committed = true,
        .timeout_ms = swarm->timeout_ms,
    };
    struct delivery delivery = {0};
    record->outcome = OUTCOME_UNKNOWN;
    send_once(client, &request, record, &delivery);
    while (!delivery.is_over && record->attempts < swarm->attempts_max &&
           !atomic_load(&swarm->is_over)) {
        sleep_until(swarm_now_us() + PAUSE_US);
        go_elsewhere(client);
        send_once(client, &request, record, &delivery);
    }
    tell(client, record);
}

static struct bytes sign(struct client *client, const struct signer_key *signer,
                         struct record *record)
{
    struct writer items = writer_over(client->request, sizeof client->request);
    struct item item = {record->imei, record->imei};
    items_write(&items, &item, 1);
    bool raises = record->op == RECORD_BLOCK;
    struct statement statement = {
        .network = client->swarm->places->genesis->network,
        .lane = client->lane,
        .number = ++client->statement_count,
        .issued_at_ms = wall_ms(),
        .operation = raises ? OP_BLOCK : OP_UNBLOCK,
        .country = signer->country,
        .reason = raises ? REASON_STOLEN : REASON_FOUND,
        .items = writer_view(&items),
        .item_count = 1,
        .has_claimant = !raises,
        .claimant = record->claimant,
    };
    statement.valid_until_ms = statement.issued_at_ms + VALIDITY_MS;
    struct writer scratch = writer_over(client->scratch, sizeof client->scratch);
    struct writer writer = writer_over(client->signed_bytes, sizeof client->signed_bytes);
    enum err err =
        transaction_sign(&statement, &signer->secret, &scratch, &writer, &record->transaction);
    invariant(err == ERR_OK);
    return writer_view(&writer);
}

/* A regulator may also lift what an operator of its country claims. */
static struct name choose_claimant(struct client *client, const struct signer_key *signer)
{
    const struct places *places = client->swarm->places;
    const struct signer_key *other =
        &places->signers[random_below(&client->random, (uint32_t)places->signer_count)];
    bool is_own_country = memcmp(&other->country, &signer->country, sizeof other->country) == 0;
    if ((signer->roles & ROLE_REGULATOR) != 0 && is_own_country)
        return other->organisation;
    return signer->organisation;
}

static void write_statement(struct client *client, enum record_op op, struct imei imei,
                            size_t signer_place)
{
    const struct signer_key *signer = &client->swarm->places->signers[signer_place];
    struct record record = {
        .op = op,
        .organisation = signer->organisation,
        .claimant = signer->organisation,
        .imei = imei,
    };
    if (op == RECORD_UNBLOCK)
        record.claimant = choose_claimant(client, signer);
    struct bytes encoded = sign(client, signer, &record);
    record.start_us = swarm_now_us();
    deliver(client, encoded, &record);
    client->recent[client->recent_count++ % RECENT_MAX] =
        (struct recent){record.transaction, imei, signer_place};
}

/* ---- choosing ---- */

static struct imei choose_device(struct client *client)
{
    const struct swarm *swarm = client->swarm;
    uint32_t place = random_below(&client->random, swarm->hot_count);
    if (random_chance(&client->random, RANDOM_ALWAYS * 4 / 5))
        return imei_of(TAC_HOT, place);
    place = random_below(&client->random, swarm->cold_count);
    return imei_of(TAC_COLD + place / SERIALS_OF_TAC, place % SERIALS_OF_TAC);
}

static const struct recent *choose_recent(struct client *client)
{
    uint64_t count = client->recent_count < RECENT_MAX ? client->recent_count : RECENT_MAX;
    return count == 0 ? NULL : &client->recent[random_below(&client->random, (uint32_t)count)];
}

static void do_write(struct client *client)
{
    size_t signer_count = client->swarm->places->signer_count;
    size_t signer = random_below(&client->random, (uint32_t)signer_count);
    const struct recent *recent = choose_recent(client);
    struct imei imei = choose_device(client);
    if (random_chance(&client->random, RANDOM_ALWAYS / 2))
        write_statement(client, RECORD_BLOCK, imei, signer);
    else if (recent != NULL && random_chance(&client->random, RANDOM_ALWAYS / 2))
        write_statement(client, RECORD_UNBLOCK, recent->imei, recent->signer);
    else
        write_statement(client, RECORD_UNBLOCK, imei, signer);
}

static void do_question(struct client *client)
{
    const struct recent *recent = choose_recent(client);
    uint32_t kind = random_below(&client->random, 5);
    if (kind == 0 && recent != NULL)
        look_up(client, &recent->transaction);
    else
        check(client, kind <= 2 ? RECORD_FRESH : RECORD_CHECK, choose_device(client));
}

void client_run(struct client *client)
{
    const struct swarm *swarm = client->swarm;
    uint64_t period_us = UINT64_C(1000000) * swarm->client_count / swarm->rate;
    uint64_t due_us = swarm->started_us + period_us * client->number / swarm->client_count;
    while (!atomic_load(&swarm->is_over)) {
        wait_until_due(swarm, due_us);
        /* Who was held up does not make up for it. */
        uint64_t now_us = swarm_now_us();
        due_us = (due_us + period_us > now_us ? due_us : now_us) + period_us;
        if (random_chance(&client->random, RANDOM_ALWAYS / 20))
            go_elsewhere(client);
        if (random_below(&client->random, 100) < swarm->writes)
            do_write(client);
        else
            do_question(client);
    }
}

/* ---- life ---- */

enum err client_open(const struct swarm *swarm, uint32_t number, struct client **out,
                     struct complaint *complaint)
{
    struct client *client = calloc(1, sizeof *client);
    *out = client;
    if (client == NULL)
        return ERR_MEMORY;
    client->swarm = swarm;
    client->number = number;
    client->random.state = swarm->seed ^ random_mix(number + 1);
    client->at = number % swarm->places->node_count;
    /* Not of the seed: a second run must not say other things under the numbers of the first. */
    if (getrandom(&client->lane, sizeof client->lane, 0) != (ssize_t)sizeof client->lane)
        return ERR_INTERNAL;
    enum err err = ERR_OK;
    for (size_t i = 0; i < swarm->places->node_count && err == ERR_OK; i++) {
        struct connection_options options = {
            .address = swarm->places->nodes[i].address,
            .timeout_ms = swarm->timeout_ms,
            .in_background = true,
        };
        err = connection_open(&options, &client->connections[i], complaint);
    }
    return err;
}

void client_close(struct client *client)
{
    if (client == NULL)
        return;
    for (size_t i = 0; i < PLACES_NODES_MAX; i++)
        connection_close(client->connections[i]);
    free(client);
}
