#include "node/clerk.h"

#include "node/answer.h"
#include "node/mail.h"
#include "node/worker.h"
#include "proto/invariant.h"

#include <stdatomic.h>
#include <stdlib.h>

struct clerk {
    struct clerk_options options;
    struct worker worker;
    struct answerer *answerer;
    bool has_worker;
    atomic_bool is_working;
    atomic_int waiting;                  /* calls that the loop answers */
    struct request parsed;               /* of the call under way on the clerk's thread */
    uint8_t response[RESPONSE_SIZE_MAX]; /* likewise */
};

/* ---- answering ---- */

static void forget_request(struct call *call)
{
    if (call->request.data != NULL)
        call->way->forget(call);
    call->request = (struct bytes){0};
}

/* The loop has nothing to do with it any more. */
static void take_back(struct call *call)
{
    if (call->is_with_loop)
        atomic_fetch_sub(&call->clerk->waiting, 1);
    call->is_with_loop = false;
}

static void answer(struct call *call, struct bytes response)
{
    forget_request(call);
    take_back(call);
    call->way->answer(call, response);
}

static void answer_error(struct call *call, enum err err)
{
    uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    answer_write_error(&writer, err);
    answer(call, writer_view(&writer));
}

void clerk_answer_tx(struct call *call, enum err err, const struct tx_answer *tx)
{
    uint8_t buffer[512];
    struct writer writer = writer_over(buffer, sizeof buffer);
    if (err != ERR_OK) {
        answer_error(call, err);
        return;
    }
    struct ledger_position position = ledger_position(call->clerk->options.ledger);
    struct facts_row facts = facts_get(call->clerk->options.facts);
    answer_write_tx(&writer, &position, &facts, tx);
    invariant(writer_ok(&writer)); /* no encoded transaction in it */
    answer(call, writer_view(&writer));
}

static void put(struct call *call)
{
    if (queue_put_always(&call->clerk->worker.queue, &call->item) != ERR_OK)
        answer_error(call, ERR_SHUTTING_DOWN);
}

void clerk_answer_read(struct call *call, enum err err)
{
    if (err != ERR_OK) {
        answer_error(call, err);
        return;
    }
    take_back(call);
    call->is_fresh = true;
    put(call);
}

static void begin(struct clerk *clerk, struct call *call)
{
    call->clerk = clerk;
    call->is_with_loop = call->is_fresh = call->waits = false;
    call->timeout_ms = 0;
}

void clerk_take(struct clerk *clerk, struct call *call)
{
    begin(clerk, call);
    put(call);
}

void clerk_refuse(struct clerk *clerk, struct call *call, enum err err)
{
    begin(clerk, call);
    answer_error(call, err);
}

/* ---- to the loop ---- */

/* From here on the loop answers the call, unless posting fails. ERR_BUSY when too many wait. */
static enum err give_to_loop(struct call *call)
{
    call->is_with_loop = true;
    return atomic_fetch_add(&call->clerk->waiting, 1) < CLERK_WAITING_MAX ? ERR_OK : ERR_BUSY;
}

static enum err post(struct call *call, struct mail *mail)
{
    enum err err = queue_put_below(call->clerk->options.mail, &mail->item, MAIL_BULK_BYTES_MAX);
    if (err != ERR_OK)
        mail_free(mail);
    return err;
}

static enum err post_submit(struct call *call, const struct request *request)
{
    struct tx_ref *tx;
    enum err err = tx_ref_make(request->encoded, &tx);
    if (err != ERR_OK)
        return err == ERR_MEMORY ? ERR_BUSY : err;
    struct mail_submit *mail = malloc(sizeof *mail);
    if (mail == NULL) {
        tx_ref_drop(tx);
        return ERR_BUSY;
    }
    *mail = (struct mail_submit){
        .mail = {.item = {.weight = sizeof *mail + request->encoded.size}, .kind = MAIL_SUBMIT},
        .call = call,
        .tx = tx,
    };
    call->waits = request->wait_committed;
    call->timeout_ms = request->timeout_ms;
    forget_request(call); /* `tx` has a copy */
    return post(call, &mail->mail);
}

static enum err post_ask(struct call *call, const struct request *request)
{
    struct mail_ask *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return ERR_BUSY;
    *mail = (struct mail_ask){
        .mail = {.item = {.weight = sizeof *mail}, .kind = MAIL_ASK},
        .call = call,
        .id = request->id,
    };
    return post(call, &mail->mail);
}

static enum err post_read(struct call *call, const struct request *request)
{
    struct mail_read *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return ERR_BUSY;
    *mail = (struct mail_read){
        .mail = {.item = {.weight = sizeof *mail}, .kind = MAIL_READ},
        .call = call,
    };
    call->timeout_ms = request->fresh_ms;
    return post(call, &mail->mail);
}

static enum err hand_over(struct call *call, const struct request *request)
{
    enum err err = give_to_loop(call);
    if (err != ERR_OK)
        return err;
    if (request->fresh_ms > 0)
        return post_read(call, request);
    return request->kind == REQUEST_SUBMIT ? post_submit(call, request) : post_ask(call, request);
}

void clerk_submit(struct clerk *clerk, struct call *call, struct request *parsed)
{
    begin(clerk, call);
    enum err err = atomic_load(&clerk->is_working) ? ERR_OK : ERR_SHUTTING_DOWN;
    if (err == ERR_OK)
        err = request_parse(call->request, parsed);
    if (err == ERR_OK && facts_get(clerk->options.facts).takes_state)
        err = ERR_NO_STATE;
    if (err == ERR_OK)
        err = hand_over(call, parsed);
    if (err != ERR_OK)
        answer_error(call, err);
}

/* ---- on the clerk's thread ---- */

static bool is_local(const struct call *call)
{
    return call->way->is_local != NULL && call->way->is_local(call);
}

static void handle(struct clerk *clerk, struct call *call)
{
    struct request *request = &clerk->parsed;
    struct writer writer = writer_over(clerk->response, sizeof clerk->response);
    enum err err = request_parse(call->request, request);
    /* No answer is better than one from a ledger of which it has nothing yet. */
    if (err == ERR_OK && request->kind != REQUEST_STATUS &&
        facts_get(clerk->options.facts).takes_state) {
        answer_error(call, ERR_NO_STATE);
        return;
    }
    if (err == ERR_OK && request->kind == REQUEST_SIGHTINGS && !is_local(call)) {
        answer_error(call, ERR_NOT_LOCAL);
        return;
    }
    bool is_here = request->kind != REQUEST_SUBMIT && (request->fresh_ms == 0 || call->is_fresh);
    if (err == ERR_OK && is_here &&
        answer_write(clerk->answerer, request, call->way->face, &writer)) {
        answer(call, writer_view(&writer));
        return;
    }
    if (err == ERR_OK)
        err = hand_over(call, request);
    if (err != ERR_OK)
        answer_error(call, err);
}

static enum err work(void *context, struct queue_item **items)
{
    handle(context, (struct call *)worker_take(items));
    return ERR_OK;
}

static void leave(void *context)
{
    struct clerk *clerk = context;
    answerer_leave(clerk->answerer);
}

static void drop(struct queue_item *item)
{
    answer_error((struct call *)item, ERR_SHUTTING_DOWN);
}

/* ---- life ---- */

enum err clerk_open(const struct clerk_options *options, struct clerk **out)
{
    *out = NULL;
    struct clerk *clerk = calloc(1, sizeof *clerk);
    if (clerk == NULL)
        return ERR_MEMORY;
    clerk->options = *options;
    enum err err = answerer_open(options->ledger, options->disk, options->facts, options->eir,
                                 options->sighter, &clerk->answerer);
    if (err == ERR_OK) {
        clerk->worker = (struct worker){
            .name = "clerk", .round = work, .drop = drop, .leave = leave, .context = clerk};
        err = worker_start(&clerk->worker, SIZE_MAX);
    }
    if (err != ERR_OK) {
        clerk_free(clerk);
        return err;
    }
    clerk->has_worker = true;
    clerk->is_working = true;
    *out = clerk;
    return ERR_OK;
}

void clerk_close(struct clerk *clerk)
{
    if (clerk == NULL)
        return;
    if (clerk->is_working)
        worker_stop(&clerk->worker);
    clerk->is_working = false;
}

void clerk_free(struct clerk *clerk)
{
    if (clerk == NULL)
        return;
    if (clerk->has_worker)
        worker_destroy(&clerk->worker);
    answerer_close(clerk->answerer);
    free(clerk);
}
