#include "front/api_transaction.h"

#include "proto/hex.h"
#include "json/answer.h"

/* How long a submission waits for its commit when the client does not say. */
enum { WAIT_STANDARD_MS = 10000 };

/* ---- submit ---- */

enum { WAIT_ACCEPTED, WAIT_COMMITTED };

static enum err read_submit(struct turn *turn)
{
    static const char *const words[] = {
        [WAIT_ACCEPTED] = "accepted", [WAIT_COMMITTED] = "committed", NULL};
    uint64_t wait = WAIT_ACCEPTED;
    uint64_t timeout_ms = WAIT_STANDARD_MS;
    const struct param params[] = {
        {.name = "wait", .form = PARAM_WORD, .out = &wait, .words = words},
        {.name = "timeout_ms", .form = PARAM_NUMBER, .out = &timeout_ms, .max = API_WAIT_MAX_MS},
    };
    turn->request = (struct request){
        .kind = REQUEST_SUBMIT,
        .encoded = turn->http->body,
    };
    enum err err = turn_params(turn, params, sizeof params / sizeof params[0]);
    turn->request.wait_committed = wait == WAIT_COMMITTED;
    turn->request.timeout_ms = wait == WAIT_COMMITTED ? (uint32_t)timeout_ms : 0;
    turn->asks = true;
    if (err == ERR_OK && turn->http->body.size == 0)
        err = ERR_TRUNCATED;
    return err;
}

/* Refused is a problem, with what the ledger says of the statement beside. */
static enum err refuse_submit(struct turn *turn, const struct tx_answer *tx)
{
    turn->refusal.particulars = answer_tx(tx);
    answer_add_as_of(turn->refusal.particulars, &turn->head);
    return tx->err;
}

static enum err write_submit(struct turn *turn, struct reader *body)
{
    struct tx_answer tx;
    tx_answer_read(body, &tx);
    if (!reader_ok(body))
        return ERR_INTERNAL;
    if (tx.state == TX_REFUSED)
        return refuse_submit(turn, &tx);
    turn->status = tx.state == TX_COMMITTED ? 200 : 202;
    json_t *value = answer_tx(&tx);
    answer_add_as_of(value, &turn->head);
    print_value(&turn->text, value);
    return ERR_OK;
}

/* RFC 9052 names the first. */
static const char *const takes[] = {"application/cose", "application/octet-stream", NULL};

const struct turn_plan api_submit_plan = {
    .scope = API_SCOPE,
    .gives = "application/json",
    .takes = takes,
    .read = read_submit,
    .write = write_submit,
};

/* ---- what became of it ---- */

static enum err read_transaction(struct turn *turn)
{
    char text[2 * HASH_SIZE + 2];
    size_t size;
    enum err err = turn_params(turn, NULL, 0);
    turn->request = (struct request){.kind = REQUEST_TRANSACTION};
    turn->asks = true;
    if (err == ERR_OK)
        err = turn_segment(turn, 0, text, 2 * HASH_SIZE + 1, &size);
    if (err != ERR_OK || hex_decode(text, size, turn->request.id.bytes, HASH_SIZE) == ERR_OK)
        return err;
    turn->refusal.detail = "the id of a transaction has 64 hexadecimal digits";
    return turn_wrong(turn, ERR_BAD_HEX, "id");
}

static enum err write_transaction(struct turn *turn, struct reader *body)
{
    struct tx_answer tx;
    tx_answer_read(body, &tx);
    if (!reader_ok(body))
        return ERR_INTERNAL;
    if (tx.state == TX_UNKNOWN)
        return ERR_NOT_FOUND;
    json_t *value = answer_tx(&tx);
    answer_add_as_of(value, &turn->head);
    enum err err = answer_add_statement(value, &tx);
    print_value(&turn->text, value);
    return err;
}

const struct turn_plan api_transaction_plan = {
    .scope = API_SCOPE,
    .gives = "application/json",
    .read = read_transaction,
    .write = write_transaction,
};
