/*
 * client.h: a client of a node for its tests: NNG's REQ protocol over the node's own address.
 */
#ifndef TESTS_UNIT_NODE_CLIENT_H
#define TESTS_UNIT_NODE_CLIENT_H

#include "proto/client.h"
#include "tests/unit/node/fixture.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>

struct client {
    nng_socket socket;
    nng_msg *answer;
    nng_aio *receipt; /* NULL: nobody waits yet */
};

static inline struct client client_open(const char *address)
{
    struct client client = {.answer = NULL};
    ck_assert_int_eq(nng_req0_open(&client.socket), 0);
    /* No request is sent twice behind the test's back. */
    nng_socket_set_ms(client.socket, NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
    nng_socket_set_ms(client.socket, NNG_OPT_RECVTIMEO, PATIENCE_S * 1000);
    nng_socket_set_size(client.socket, NNG_OPT_RECVMAXSZ, RESPONSE_SIZE_MAX);
    wait_until(nng_dial(client.socket, address, NULL, 0) == 0); /* bound is not yet listening */
    return client;
}

static inline void client_close(struct client *client)
{
    nng_msg_free(client->answer);
    nng_aio_free(client->receipt);
    nng_close(client->socket);
}

static inline void client_send(struct client *client, struct bytes request)
{
    nng_msg *message;
    ck_assert_int_eq(nng_msg_alloc(&message, 0), 0);
    ck_assert_int_eq(nng_msg_append(message, request.data, request.size), 0);
    ck_assert_int_eq(nng_sendmsg(client->socket, message, 0), 0);
}

/* The body of the answer that has been received, with its head in `head`; valid until the next one.
 */
static inline struct reader client_read(const struct client *client, struct response_head *head)
{
    struct reader reader =
        reader_over(bytes_of(nng_msg_body(client->answer), nng_msg_len(client->answer)));
    response_head_read(&reader, head);
    assert_ok(reader.err);
    return reader;
}

/* Waits from now on for what client_receive() will tell: when a connection ends NNG drops an answer
 * that nobody waits for. */
static inline void client_await(struct client *client)
{
    ck_assert_int_eq(nng_aio_alloc(&client->receipt, NULL, NULL), 0);
    nng_aio_set_timeout(client->receipt, PATIENCE_S * 1000);
    nng_recv_aio(client->socket, client->receipt);
}

/* The next answer, in the place of the one before; NNG's number if there is none in time. */
static inline int client_take(struct client *client)
{
    nng_msg_free(client->answer);
    client->answer = NULL;
    if (client->receipt == NULL)
        return nng_recvmsg(client->socket, &client->answer, 0);
    nng_aio_wait(client->receipt);
    int number = nng_aio_result(client->receipt);
    if (number == 0)
        client->answer = nng_aio_get_msg(client->receipt);
    nng_aio_free(client->receipt);
    client->receipt = NULL;
    return number;
}

/* The body of the next answer, waited for. */
static inline struct reader client_receive(struct client *client, struct response_head *head)
{
    ck_assert_int_eq(client_take(client), 0);
    return client_read(client, head);
}

static inline void client_ask(struct client *client, const struct request *request)
{
    static uint8_t buffer[REQUEST_SIZE_MAX];
    struct writer writer = writer_over(buffer, sizeof buffer);
    request_write(&writer, request);
    assert_ok(writer.err);
    client_send(client, writer_view(&writer));
}

/* Asks for one of the simple kinds, and expects that error. */
static inline struct reader client_ask_kind(struct client *client, enum request_kind kind,
                                            enum err expected)
{
    static struct request request;
    struct response_head head;
    request = (struct request){.kind = kind};
    client_ask(client, &request);
    struct reader reader = client_receive(client, &head);
    ck_assert_str_eq(err_name(head.err), err_name(expected));
    return reader;
}

static inline struct status client_status(struct client *client)
{
    struct status status;
    struct reader reader = client_ask_kind(client, REQUEST_STATUS, ERR_OK);
    status_read(&reader, &status);
    assert_ok(reader_done(&reader));
    return status;
}

/* Submits; `wait_ms` is 0: does not wait for the commit. */
static inline void client_submit(struct client *client, struct bytes encoded, uint32_t wait_ms)
{
    static struct request request;
    request = (struct request){
        .kind = REQUEST_SUBMIT,
        .encoded = encoded,
        .wait_committed = wait_ms > 0,
        .timeout_ms = wait_ms,
    };
    client_ask(client, &request);
}

static inline void client_ask_tx(struct client *client, const struct hash *id)
{
    static struct request request;
    request = (struct request){.kind = REQUEST_TRANSACTION, .id = *id};
    client_ask(client, &request);
}

/* Whether the next answer is here, which is then taken. To be looked at over and over, without a
 * time-out: NNG takes a request for given up whose receiver's time is over. */
static inline bool client_has_come(struct client *client)
{
    nng_msg *answer;
    if (nng_recvmsg(client->socket, &answer, NNG_FLAG_NONBLOCK) != 0)
        return false;
    nng_msg_free(client->answer);
    client->answer = answer;
    return true;
}

/* The answer to a submission or to a question for a transaction, which has come; `answer` is all
 * zeroes after an error. */
static inline enum err client_read_tx(const struct client *client, struct tx_answer *answer)
{
    struct response_head head;
    struct reader reader = client_read(client, &head);
    *answer = (struct tx_answer){.height = 0};
    if (head.err == ERR_OK)
        tx_answer_read(&reader, answer);
    assert_ok(reader_done(&reader));
    return head.err;
}

/* The same, waited for. */
static inline enum err client_receive_tx(struct client *client, struct tx_answer *answer)
{
    struct response_head head;
    (void)client_receive(client, &head);
    return client_read_tx(client, answer);
}

#endif
