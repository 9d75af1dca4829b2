#include "node/join.h"

#include "node/clock.h"
#include "proto/cbor.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

/* ---- what is answered ---- */

static enum err take_node(const struct node_info *node, const struct public_key *key,
                          struct join_answer *answer)
{
    if (memcmp(&node->key, key, sizeof *key) == 0) {
        answer->has_self = true;
        answer->self = *node;
        return ERR_OK;
    }
    if (node->member == MEMBERSHIP_NONE)
        return ERR_OK;
    if (answer->count == MEMBERS_MAX)
        return ERR_TOO_MANY;
    answer->members[answer->count++] = *node;
    return ERR_OK;
}

enum err join_read_page(struct reader *body, const struct public_key *key, uint32_t first,
                        struct join_answer *answer, uint32_t *next)
{
    *next = 0;
    size_t count = cbor_array(body);
    for (size_t i = 0; reader_ok(body) && i < count; i++) {
        struct node_info node;
        node_info_read(body, &node);
        if (reader_ok(body) && (node.id < first || first == 0))
            reader_fail(body, ERR_OUT_OF_RANGE);
        if (reader_ok(body))
            reader_fail(body, take_node(&node, key, answer));
        first = *next = node.id + 1;
    }
    return reader_done(body);
}

/* ---- asking ---- */

static enum err err_of(int number)
{
    switch (number) {
    case 0: return ERR_OK;
    case NNG_ENOMEM: return ERR_MEMORY;
    case NNG_ETIMEDOUT: return ERR_TIMEOUT;
    case NNG_EINVAL:
    case NNG_EADDRINVAL:
    case NNG_ENOTSUP: return ERR_NETWORK;
    default: return ERR_UNREACHABLE;
    }
}

/* One request and its answer, which the caller frees. */
static enum err exchange_messages(nng_socket socket, const struct request *request,
                                  nng_msg **answer)
{
    uint8_t buffer[256];
    struct writer writer = writer_over(buffer, sizeof buffer);
    nng_msg *message;
    request_write(&writer, request);
    if (!writer_ok(&writer))
        return writer.err;
    int number = nng_msg_alloc(&message, 0);
    if (number == 0 && (number = nng_msg_append(message, buffer, writer.size)) == 0)
        number = nng_sendmsg(socket, message, 0);
    else if (number != 0)
        return ERR_MEMORY;
    if (number != 0) {
        nng_msg_free(message);
        return err_of(number);
    }
    return err_of(nng_recvmsg(socket, answer, 0));
}

static struct reader body_of(nng_msg *message)
{
    struct reader reader = reader_over(bytes_of(nng_msg_body(message), nng_msg_len(message)));
    struct response_head head;
    response_head_read(&reader, &head);
    if (reader_ok(&reader) && head.err != ERR_OK)
        reader_fail(&reader, head.err);
    return reader;
}

static enum err check_network(nng_socket socket, const struct hash *network)
{
    struct request request = {.kind = REQUEST_STATUS};
    struct status status;
    nng_msg *message;
    enum err err = exchange_messages(socket, &request, &message);
    if (err != ERR_OK)
        return err;
    struct reader body = body_of(message);
    status_read(&body, &status);
    err = reader_done(&body);
    nng_msg_free(message);
    if (err != ERR_OK)
        return err;
    return hash_equal(&status.network, network) ? ERR_OK : ERR_OTHER_NETWORK;
}

static enum err read_nodes(nng_socket socket, const struct public_key *key,
                           struct join_answer *answer)
{
    uint64_t until_ms = clock_monotonic_ms() + JOIN_ASK_MS;
    uint32_t next = 1;
    while (next != 0) {
        struct request request = {.kind = REQUEST_NODES, .first_node = next};
        nng_msg *message;
        enum err err = exchange_messages(socket, &request, &message);
        if (err != ERR_OK)
            return err;
        struct reader body = body_of(message);
        err = join_read_page(&body, key, next, answer, &next);
        nng_msg_free(message);
        if (err != ERR_OK)
            return err;
        if (clock_monotonic_ms() > until_ms)
            return ERR_TIMEOUT;
    }
    return ERR_OK;
}

/* The socket is the caller's to close. */
static enum err ask_one(nng_socket socket, const struct join_question *question,
                        struct join_answer *answer)
{
    nng_socket_set_ms(socket, NNG_OPT_SENDTIMEO, JOIN_ANSWER_MS);
    nng_socket_set_ms(socket, NNG_OPT_RECVTIMEO, JOIN_ANSWER_MS);
    nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, RESPONSE_SIZE_MAX);
    /* Dialled beside this thread: who does not answer would hold it for minutes. */
    int number = nng_dial(socket, question->addresses[answer->address], NULL, NNG_FLAG_NONBLOCK);
    enum err err = err_of(number);
    if (err == ERR_OK)
        err = check_network(socket, &question->network);
    if (err == ERR_OK)
        err = read_nodes(socket, &question->key, answer);
    return err == ERR_TIMEOUT ? ERR_UNREACHABLE : err;
}

/* Asks each in turn; `said` is called with the answer before anything is closed, which NNG 1.5.2
 * may never end (docs/decisions/0002-links.md). */
static void ask_all(const struct join_question *question, struct join_answer *answer,
                    void (*said)(void *context), void *context)
{
    nng_socket sockets[CONFIG_JOIN_MAX];
    size_t count = 0;
    *answer = (struct join_answer){.err = ERR_UNREACHABLE};
    while (count < question->address_count && answer->err != ERR_OK) {
        if (nng_req0_open(&sockets[count]) != 0) {
            answer->err = ERR_MEMORY;
            break;
        }
        *answer = (struct join_answer){.address = count};
        answer->err = ask_one(sockets[count], question, answer);
        count++;
    }
    if (said != NULL)
        said(context);
    while (count > 0)
        nng_close(sockets[--count]);
}

void join_ask(const struct join_question *question, struct join_answer *answer)
{
    ask_all(question, answer, NULL, NULL);
}

/* ---- beside this thread ---- */

/* Freed by the last of the two who have it. */
struct asking {
    atomic_int holders;
    atomic_bool is_done;
    struct join_question question;
    struct join_answer answer;
};

void asking_drop(struct asking *asking)
{
    if (asking != NULL && atomic_fetch_sub(&asking->holders, 1) == 1)
        free(asking);
}

static void set_done(void *context)
{
    struct asking *asking = context;
    atomic_store(&asking->is_done, true);
}

static void *run(void *context)
{
    struct asking *asking = context;
    ask_all(&asking->question, &asking->answer, set_done, asking);
    asking_drop(asking);
    return NULL;
}

enum err asking_start(const struct join_question *question, struct asking **out)
{
    struct asking *asking = calloc(1, sizeof *asking);
    pthread_t thread;
    sigset_t all;
    sigset_t before;
    *out = NULL;
    if (asking == NULL)
        return ERR_MEMORY;
    atomic_init(&asking->holders, 2);
    atomic_init(&asking->is_done, false);
    asking->question = *question;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* signals are for those who expect them */
    int number = pthread_create(&thread, NULL, run, asking);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (number != 0) {
        free(asking);
        return ERR_MEMORY;
    }
    (void)pthread_detach(thread);
    *out = asking;
    return ERR_OK;
}

bool asking_is_done(const struct asking *asking)
{
    return atomic_load(&asking->is_done);
}

const struct join_answer *asking_answer(const struct asking *asking)
{
    return asking_is_done(asking) ? &asking->answer : NULL;
}
