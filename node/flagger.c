#include "node/flagger.h"

#include "ledger/view.h"
#include "node/clock.h"
#include "node/log.h"
#include "proto/client.h"
#include "proto/invariant.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

/* How long the node may take to commit one, and for how long a statement is good. */
#define WAIT_MS     30000
#define VALIDITY_MS (UINT64_C(10) * 60 * 1000)

/* Devices that are looked up in one round. */
#define LOOKS_MAX 100

#define DAY_MS (UINT64_C(24) * 3600 * 1000)

/* A statement about one device, its request, and its answer. */
enum { STATEMENT_SIZE = 512, REQUEST_SIZE = 1024, RESPONSE_SIZE = 1024 };

enum stage { STAGE_IDLE, STAGE_ASKED, STAGE_ANSWERED };

struct flagger {
    struct call call; /* under way from ASKED to ANSWERED */
    struct flagger_options options;
    struct key_id kid;
    struct view *view;
    struct imei waiting[FLAGGER_WAITING_MAX]; /* a ring */
    size_t first;
    size_t count;
    bool wants; /* to be told all from `from` on */
    struct imei from;
    uint64_t again_ms; /* monotonic: when it wants to */
    uint64_t retry_ms; /* nothing is tried before */
    uint64_t day;
    uint64_t signed_today;
    uint64_t flagged;
    _Atomic enum stage stage;
    size_t response_size;
    struct request request;
    uint8_t bytes[REQUEST_SIZE]; /* of the request */
    uint8_t response[RESPONSE_SIZE];
    struct organisation_info organisation;
    struct history_answer history;
};

/* ---- as a way of calls: on the threads of the clerk and the loop ---- */

static void forget(struct call *call)
{
    (void)call; /* the bytes are the flagger's */
}

static void take_answer(struct call *call, struct bytes response)
{
    struct flagger *flagger = (struct flagger *)call;
    flagger->response_size = response.size <= RESPONSE_SIZE ? response.size : 0;
    memcpy(flagger->response, response.data, flagger->response_size);
    atomic_store(&flagger->stage, STAGE_ANSWERED);
}

static const struct call_way way = {.forget = forget, .answer = take_answer};

/* ---- who waits ---- */

void flagger_add(struct flagger *flagger, struct imei imei)
{
    if (flagger->count == FLAGGER_WAITING_MAX)
        return;
    flagger->waiting[(flagger->first + flagger->count) % FLAGGER_WAITING_MAX] = imei;
    flagger->count++;
}

static void drop_first(struct flagger *flagger)
{
    flagger->first = (flagger->first + 1) % FLAGGER_WAITING_MAX;
    flagger->count--;
}

bool flagger_wants(const struct flagger *flagger, struct imei *from)
{
    *from = flagger->from;
    bool is_due = flagger->wants || clock_monotonic_ms() >= flagger->again_ms;
    return is_due && flagger->count == 0;
}

void flagger_told(struct flagger *flagger, const struct imei *last)
{
    flagger->wants = last != NULL;
    flagger->from = (struct imei){last != NULL ? last->value + 1 : 0};
    if (last == NULL)
        flagger->again_ms = clock_monotonic_ms() + FLAGGER_AGAIN_MS;
}

uint64_t flagger_flagged(const struct flagger *flagger)
{
    return flagger->flagged;
}

/* ---- what the ledger says ---- */

/* Who signs, as of now: a key may be revoked, an organisation may move. */
static enum err find_organisation(struct flagger *flagger)
{
    struct key_info key;
    enum err err = view_key(flagger->view, &flagger->kid, &key);
    if (err == ERR_OK && key.revoked_height != 0)
        err = ERR_REVOKED_KEY;
    return err == ERR_OK
               ? view_organisation(flagger->view, key.organisation, &flagger->organisation)
               : err;
}

/* Whether the organisation has ever said so of this very device. */
static enum err was_said(struct flagger *flagger, struct imei imei, bool *out)
{
    struct history_answer *history = &flagger->history;
    const char *own = flagger->organisation.name.text;
    uint64_t after = 0;
    bool is_first = true;
    *out = false;
    do {
        enum err err = view_history(flagger->view, imei, is_first, after, history);
        if (err != ERR_OK)
            return err;
        for (size_t i = 0; i < history->count && !*out; i++)
            *out = history->rows[i].operation == OP_DUPLICATE &&
                   strcmp(history->rows[i].organisation.text, own) == 0;
        is_first = false;
        after = history->count > 0 ? history->rows[history->count - 1].index : after;
    } while (history->more && history->count > 0 && !*out);
    return ERR_OK;
}

/* ---- one statement ---- */

static enum err sign(struct flagger *flagger, struct imei imei, struct writer *out)
{
    uint8_t items[64];
    uint8_t payload[STATEMENT_SIZE];
    const struct item item = {.from = imei, .to = imei};
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer list = writer_over(items, sizeof items);
    items_write(&list, &item, 1);
    struct statement statement = {
        .network = flagger->options.network,
        .issued_at_ms = clock_wall_ms(),
        .operation = OP_DUPLICATE,
        .country = flagger->organisation.country,
        .items = writer_view(&list),
        .item_count = 1,
    };
    statement.valid_until_ms = statement.issued_at_ms + VALIDITY_MS;
    /* A lane at random and used once, as the tool does. */
    if (getrandom(&statement.lane, sizeof statement.lane, 0) != (ssize_t)sizeof statement.lane)
        return ERR_INTERNAL;
    return transaction_sign(&statement, &flagger->options.secret, &scratch, out, NULL);
}

static enum err submit(struct flagger *flagger, struct imei imei)
{
    uint8_t encoded[STATEMENT_SIZE];
    struct writer transaction = writer_over(encoded, sizeof encoded);
    enum err err = sign(flagger, imei, &transaction);
    if (err != ERR_OK)
        return err;
    struct writer writer = writer_over(flagger->bytes, sizeof flagger->bytes);
    flagger->request = (struct request){
        .kind = REQUEST_SUBMIT,
        .encoded = writer_view(&transaction),
        .wait_committed = true,
        .timeout_ms = WAIT_MS,
    };
    request_write(&writer, &flagger->request);
    invariant(writer_ok(&writer));
    flagger->signed_today++;
    flagger->call = (struct call){.way = &way, .request = writer_view(&writer)};
    atomic_store(&flagger->stage, STAGE_ASKED);
    clerk_take(flagger->options.clerk, &flagger->call);
    return ERR_OK;
}

static void try_later(struct flagger *flagger)
{
    flagger->retry_ms = clock_monotonic_ms() + FLAGGER_RETRY_MS;
}

/* What became of it. Nothing, so far: the ledger is looked at again before it is signed again. */
static void settle(struct flagger *flagger)
{
    struct response_head head;
    struct tx_answer answer = {.state = TX_UNKNOWN};
    char text[IMEI_TEXT_SIZE + 1];
    struct reader reader = reader_over(bytes_of(flagger->response, flagger->response_size));
    response_head_read(&reader, &head);
    if (reader_ok(&reader) && head.err == ERR_OK)
        tx_answer_read(&reader, &answer);
    if (!reader_ok(&reader))
        answer.state = TX_UNKNOWN;
    atomic_store(&flagger->stage, STAGE_IDLE);
    imei_format(flagger->waiting[flagger->first], text);
    if (answer.state == TX_COMMITTED) {
        flagger->flagged++;
        log_event(LOG_INFO, "duplicate_flagged", "imei=%s height=%llu", text,
                  (unsigned long long)answer.height);
        drop_first(flagger);
    } else if (answer.state == TX_REFUSED) {
        log_event(LOG_WARNING, "flag_refused", "imei=%s why=%s", text, err_name(answer.err));
        drop_first(flagger);
    } else {
        try_later(flagger);
    }
}

/* ---- rounds ---- */

static bool is_spent(struct flagger *flagger)
{
    uint64_t day = clock_wall_ms() / DAY_MS;
    if (day != flagger->day) {
        flagger->day = day;
        flagger->signed_today = 0;
    }
    return flagger->signed_today >= flagger->options.a_day;
}

/* Looks at the devices that wait until one is to be signed. */
static enum err look(struct flagger *flagger)
{
    enum err err = find_organisation(flagger);
    for (int i = 0; i < LOOKS_MAX && flagger->count > 0 && err == ERR_OK; i++) {
        bool is_said;
        struct imei imei = flagger->waiting[flagger->first];
        err = was_said(flagger, imei, &is_said);
        if (err == ERR_OK && !is_said)
            return submit(flagger, imei);
        if (err == ERR_OK)
            drop_first(flagger);
    }
    return err;
}

void flagger_tend(struct flagger *flagger)
{
    enum stage stage = atomic_load(&flagger->stage);
    if (stage == STAGE_ANSWERED)
        settle(flagger);
    if (stage == STAGE_ASKED || flagger->count == 0 || is_spent(flagger) ||
        clock_monotonic_ms() < flagger->retry_ms)
        return;
    enum err err = view_refresh(flagger->view);
    if (err == ERR_OK)
        err = look(flagger);
    view_rest(flagger->view);
    if (err == ERR_OK)
        return;
    log_event(LOG_WARNING, "flag_key", "why=%s", err_name(err));
    try_later(flagger);
}

/* ---- life ---- */

enum err flagger_open(const struct flagger_options *options, struct flagger **out)
{
    struct public_key key;
    *out = NULL;
    enum err err = public_key_of(&options->secret, &key);
    if (err != ERR_OK)
        return err;
    struct flagger *flagger = calloc(1, sizeof *flagger);
    if (flagger == NULL)
        return ERR_MEMORY;
    flagger->options = *options;
    flagger->kid = key_id_of(&key);
    err = view_open(options->ledger, &flagger->view);
    if (err != ERR_OK) {
        flagger_close(flagger);
        return err;
    }
    view_rest(flagger->view);
    *out = flagger;
    return ERR_OK;
}

void flagger_close(struct flagger *flagger)
{
    if (flagger == NULL)
        return;
    invariant(atomic_load(&flagger->stage) != STAGE_ASKED);
    view_close(flagger->view);
    secret_key_wipe(&flagger->options.secret);
    free(flagger);
}
