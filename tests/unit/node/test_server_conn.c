#include "node/server_conn.h"

#include "tests/unit/node/server_bench.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/un.h>

/* ---- clients that write what they like ---- */

static int connect_silently(const struct bench *bench)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%.100s", bench->address + 6);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static int connect_raw(const struct bench *bench)
{
    /* SP's greeting of a REQ socket, then NNG's framing of its IPC transport follows. */
    static const uint8_t greeting[8] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
    int fd = connect_silently(bench);
    ck_assert_int_eq(write(fd, greeting, sizeof greeting), sizeof greeting);
    return fd;
}

/* Reads until the other side closes. */
static void await_end(int fd)
{
    uint8_t buffer[256];
    while (read(fd, buffer, sizeof buffer) > 0)
        ;
    close(fd);
}

/* NNG's framing of its IPC transport. */
static void write_size(struct writer *writer, uint64_t size)
{
    writer_u8(writer, 1);
    writer_u64(writer, size);
}

static void announce_size(int fd, uint64_t size)
{
    uint8_t buffer[9];
    struct writer writer = writer_over(buffer, sizeof buffer);
    write_size(&writer, size);
    ck_assert_int_eq(write(fd, buffer, writer.size), (ssize_t)writer.size);
}

/* The head of the largest request, and the first of its bytes. */
static void begin_request(int fd)
{
    static const char begin[] = "\x80\0\0\1half";
    announce_size(fd, REQUEST_SIZE_MAX);
    ck_assert_int_eq(write(fd, begin, 8), 8);
}

START_TEST(a_message_above_the_limit_ends_its_connection_and_no_other)
{
    struct bench bench;
    begin(&bench);
    struct client client = client_open(bench.address);
    int fd = connect_raw(&bench);
    announce_size(fd, REQUEST_SIZE_MAX + 1);
    await_end(fd);
    fd = connect_raw(&bench);
    announce_size(fd, UINT64_MAX);
    await_end(fd);
    (void)client_status(&client);
    client_close(&client);
    end(&bench);
}
END_TEST

static bool is_closed(int fd)
{
    uint8_t buffer[64];
    ssize_t size = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    while (size > 0)
        size = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    return size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

static size_t count_closed(const int *fds, size_t count)
{
    size_t closed = 0;
    for (size_t i = 0; i < count; i++)
        closed += is_closed(fds[i]);
    return closed;
}

START_TEST(a_question_larger_than_any_is_refused)
{
    static uint8_t question[QUESTION_SIZE_MAX + 1];
    struct response_head head;
    struct bench bench;
    begin(&bench);
    struct client client = client_open(bench.address);
    client_send(&client, bytes_of(question, QUESTION_SIZE_MAX));
    (void)client_receive(&client, &head);
    ck_assert_int_eq(err_kind(head.err), ERR_KIND_INPUT);
    ck_assert_int_ne(head.err, ERR_TOO_LARGE);
    client_send(&client, bytes_of(question, QUESTION_SIZE_MAX + 1));
    (void)client_receive(&client, &head);
    ck_assert_int_eq(head.err, ERR_TOO_LARGE);
    (void)client_status(&client); /* on the same connection */
    client_close(&client);
    end(&bench);
}
END_TEST

START_TEST(half_a_message_is_waited_for_without_harm_to_others)
{
    enum { HALVES = 64 };
    int fds[HALVES];
    struct bench bench;
    begin(&bench);
    for (size_t i = 0; i < HALVES; i++) {
        fds[i] = connect_raw(&bench);
        begin_request(fds[i]);
    }
    struct client client = client_open(bench.address);
    (void)client_status(&client);
    ck_assert_uint_eq(count_closed(fds, HALVES), 0);
    for (size_t i = 0; i < HALVES; i++)
        close(fds[i]);
    (void)client_status(&client);
    client_close(&client);
    end(&bench);
}
END_TEST

/* Without reading what has come: a client that reads is no slow one. */
static bool is_hung_up(int fd)
{
    struct pollfd look = {.fd = fd};
    return poll(&look, 1, 0) == 1 && (look.revents & POLLHUP) != 0;
}

START_TEST(a_client_that_does_not_read_is_left_behind)
{
    static struct request request;
    static uint8_t buffer[REQUEST_SIZE_MAX];
    struct bench bench;
    begin(&bench);
    request = (struct request){.kind = REQUEST_CHECK, .imei_count = CHECK_IMEIS_MAX};
    for (size_t i = 0; i < CHECK_IMEIS_MAX; i++)
        request.imeis[i].value = (uint64_t)TAC * 1000000 + i;
    struct writer writer = writer_over(buffer, sizeof buffer);
    writer_u32(&writer, 0x80000001); /* the number of the request, in NNG's header */
    request_write(&writer, &request);
    assert_ok(writer.err);
    int fd = connect_raw(&bench);
    /* As many as all calls of the server, and more; written for as long as it reads. */
    struct timeval patience = {.tv_usec = 200000};
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    uint8_t head[9] = {1, 0, 0, 0, 0, 0, 0, (uint8_t)(writer.size >> 8), (uint8_t)writer.size};
    for (size_t i = 0; i < 2 * SERVER_CALLS_MAX; i++) {
        if (send(fd, head, sizeof head, MSG_NOSIGNAL) != sizeof head ||
            send(fd, buffer, writer.size, MSG_NOSIGNAL) != (ssize_t)writer.size)
            break;
    }
    struct client client = client_open(bench.address);
    request = (struct request){.kind = REQUEST_STATUS};
    client_ask(&client, &request);
    wait_until(client_has_come(&client));
    wait_until(is_hung_up(fd));
    close(fd);
    client_close(&client);
    end(&bench);
}
END_TEST

/* In one piece: of many small ones a socket holds few. */
static void send_raw(int fd, struct bytes request)
{
    uint8_t buffer[STATEMENT_MAX + 128];
    struct writer writer = writer_over(buffer, sizeof buffer);
    write_size(&writer, 4 + request.size);
    writer_u32(&writer, 0x80000001); /* the number of the request, in NNG's header */
    writer_bytes(&writer, request.data, request.size);
    assert_ok(writer.err);
    ck_assert_int_eq(write(fd, buffer, writer.size), (ssize_t)writer.size);
}

/* A question to the loop, which waits until answer_ask(). */
static void ask_tx(int fd)
{
    uint8_t buffer[128];
    struct request request = {.kind = REQUEST_TRANSACTION};
    struct writer writer = writer_over(buffer, sizeof buffer);
    request_write(&writer, &request);
    assert_ok(writer.err);
    send_raw(fd, writer_view(&writer));
}

static void answer_ask(struct bench *bench)
{
    struct mail *mail = scene_mail(&bench->scene);
    ck_assert_int_eq(mail->kind, MAIL_ASK);
    clerk_answer_tx(((struct mail_ask *)mail)->call, ERR_NO_LEADER, NULL);
    mail_free(mail);
}

START_TEST(connections_that_are_silent_keep_nobody_out)
{
    enum { EXTRA = 3, COUNT = SERVER_CONNECTIONS_MAX + EXTRA };
    static int fds[COUNT];
    struct bench bench;
    begin(&bench);
    fds[0] = connect_raw(&bench);
    ask_tx(fds[0]); /* it waits for its answer, and keeps its place */
    wait_until(queue_weight(&bench.scene.mail) > 0);
    for (size_t i = 1; i < COUNT; i++)
        fds[i] = connect_raw(&bench);
    wait_until(count_closed(fds, COUNT) == EXTRA);
    ck_assert_uint_eq(count_closed(fds + 1, EXTRA), EXTRA); /* the oldest of the others */
    ck_assert(is_answered_at(bench.address));
    ck_assert(!is_closed(fds[0]));
    answer_ask(&bench);
    for (size_t i = 0; i < COUNT; i++)
        close(fds[i]);
    end(&bench);
}
END_TEST

START_TEST(who_waits_for_an_answer_gives_way_to_nobody)
{
    enum { EXTRA = 3, COUNT = SERVER_CONNECTIONS_MAX + EXTRA };
    static int fds[COUNT];
    struct bench bench;
    begin(&bench);
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++) {
        fds[i] = connect_raw(&bench);
        ask_tx(fds[i]);
    }
    size_t weight = sizeof(struct mail_ask);
    wait_until(queue_weight(&bench.scene.mail) == SERVER_CONNECTIONS_MAX * weight);
    for (size_t i = SERVER_CONNECTIONS_MAX; i < COUNT; i++)
        fds[i] = connect_silently(&bench); /* before it could say a word it may be closed */
    wait_until(count_closed(fds, COUNT) == EXTRA);
    ck_assert_uint_eq(count_closed(fds + SERVER_CONNECTIONS_MAX, EXTRA), EXTRA);
    for (size_t i = 0; i < SERVER_CONNECTIONS_MAX; i++)
        answer_ask(&bench);
    wait_until(is_answered_at(bench.address)); /* until somebody has its answer, there is no room */
    for (size_t i = 0; i < COUNT; i++)
        close(fds[i]);
    end(&bench);
}
END_TEST

START_TEST(requests_that_never_come_whole_are_held_up_to_a_bound)
{
    enum { EXTRA = 5, COUNT = CONNS_INPUT_MAX / REQUEST_SIZE_MAX + EXTRA };
    static int fds[COUNT];
    struct bench bench;
    begin(&bench);
    for (size_t i = 0; i < COUNT; i++) {
        fds[i] = connect_raw(&bench);
        begin_request(fds[i]);
    }
    wait_until(count_closed(fds, COUNT) >= EXTRA);
    ck_assert_uint_eq(count_closed(fds, EXTRA), EXTRA);
    ck_assert_uint_le(count_closed(fds, COUNT), EXTRA + 1); /* others hold some bytes, too */
    ck_assert(is_answered_at(bench.address));
    for (size_t i = 0; i < COUNT; i++)
        close(fds[i]);
    end(&bench);
}
END_TEST

START_TEST(who_goes_at_once_shuts_nobody_out)
{
    struct bench bench;
    begin(&bench);
    for (int i = 0; i < 500; i++)
        close(connect_raw(&bench));
    wait_until(is_answered_at(bench.address));
    end(&bench);
}
END_TEST

START_TEST(more_requests_than_a_connection_may_have_under_way_wait_in_it)
{
    enum { COUNT = 2 * CONN_CALLS_MAX + 3 };
    static nng_ctx contexts[COUNT];
    static nng_aio *aios[COUNT];
    struct bench bench;
    struct signed_request submission;
    begin(&bench);
    struct client client = client_open(bench.address);
    signed_request_make(&bench, &submission);
    for (size_t i = 0; i < COUNT; i++) {
        nng_msg *message;
        ck_assert_int_eq(nng_msg_alloc(&message, 0), 0);
        ck_assert_int_eq(nng_msg_append(message, submission.encoded.data, submission.encoded.size),
                         0);
        ck_assert_int_eq(nng_ctx_open(&contexts[i], client.socket), 0);
        nng_ctx_set_ms(contexts[i], NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
        ck_assert_int_eq(nng_aio_alloc(&aios[i], NULL, NULL), 0);
        nng_aio_set_msg(aios[i], message);
        nng_ctx_send(contexts[i], aios[i]);
        nng_aio_wait(aios[i]);
        ck_assert_int_eq(nng_aio_result(aios[i]), 0);
        nng_ctx_recv(contexts[i], aios[i]);
    }
    size_t weight = sizeof(struct mail_submit) + submission.statement.size;
    wait_until(queue_weight(&bench.scene.mail) == CONN_CALLS_MAX * weight);
    struct client other = client_open(bench.address);
    (void)client_status(&other); /* which is another connection's concern */
    ck_assert_uint_eq(queue_weight(&bench.scene.mail), CONN_CALLS_MAX * weight);
    for (size_t i = 0; i < COUNT; i++)
        scene_answer(&bench.scene, ERR_NO_LEADER, NULL);
    for (size_t i = 0; i < COUNT; i++) {
        nng_aio_wait(aios[i]);
        ck_assert_int_eq(nng_aio_result(aios[i]), 0);
        nng_msg_free(nng_aio_get_msg(aios[i]));
        nng_aio_free(aios[i]);
        nng_ctx_close(contexts[i]);
    }
    client_close(&other);
    client_close(&client);
    end(&bench);
}
END_TEST

static atomic_bool has_closed;

static void *close_server(void *server)
{
    server_close(server);
    atomic_store(&has_closed, true);
    return NULL;
}

/* Closes the server and reads what it says until it ends: true if it said an answer, with no error
 * after it, and waits now for the client to end, too. */
static bool ends_well(struct bench *bench, int fd)
{
    uint8_t buffer[256];
    size_t size = 0;
    ssize_t got;
    pthread_t closer;
    atomic_store(&has_closed, false);
    ck_assert_int_eq(pthread_create(&closer, NULL, close_server, bench->server), 0);
    while ((got = read(fd, buffer + size, sizeof buffer - size)) > 0)
        size += (size_t)got;
    bool is_well = got == 0 && size > SP_GREETING_SIZE && size < sizeof buffer && !is_hung_up(fd) &&
                   !atomic_load(&has_closed);
    close(fd);
    ck_assert_int_eq(pthread_join(closer, NULL), 0);
    bench->server = NULL;
    return is_well;
}

/* A client that has sent so many requests is answered one of them, and the server ends. */
static void end_after(size_t requests)
{
    struct bench bench;
    struct signed_request submission;
    begin(&bench);
    int fd = connect_raw(&bench);
    signed_request_make(&bench, &submission);
    for (size_t i = 0; i < requests; i++)
        send_raw(fd, submission.encoded);
    size_t taken = requests < CONN_CALLS_MAX ? requests : CONN_CALLS_MAX;
    size_t weight = sizeof(struct mail_submit) + submission.statement.size;
    wait_until(queue_weight(&bench.scene.mail) == taken * weight);
    scene_answer(&bench.scene, ERR_SHUTTING_DOWN, NULL);
    ck_assert(ends_well(&bench, fd));
    end(&bench);
}

/* NNG throws away what it has not read yet of a socket that is closed on the other side. */
START_TEST(who_was_answered_at_the_end_has_time_to_read_it)
{
    end_after(1);
}
END_TEST

/* Closing a socket with requests unread would take the answers back, and tell an error. They are
 * more than the connection takes, and what it keeps of the rest; less than a socket holds. */
START_TEST(requests_that_are_not_taken_any_more_spoil_no_answer)
{
    end_after(CONN_CALLS_MAX + 30);
}
END_TEST

/* It reads its answer, and stays. */
START_TEST(who_does_not_end_is_not_waited_for_for_ever)
{
    struct bench bench;
    begin(&bench);
    int fd = connect_raw(&bench);
    struct client client = client_open(bench.address);
    (void)client_status(&client); /* the other one is let in, too */
    client_close(&client);
    server_close(bench.server);
    ck_assert(is_hung_up(fd));
    bench.server = NULL;
    close(fd);
    end(&bench);
}
END_TEST

START_TEST(who_does_not_greet_as_a_client_is_hung_up_on)
{
    static const uint8_t pair[8] = {0, 'S', 'P', 0, 0, 0x10, 0, 0};
    struct bench bench;
    begin(&bench);
    int silent = connect_silently(&bench);
    int half = connect_silently(&bench);
    int other = connect_silently(&bench);
    ck_assert_int_eq(write(half, pair, 4), 4);
    ck_assert_int_eq(write(other, pair, sizeof pair), sizeof pair);
    await_end(other);
    struct client client = client_open(bench.address);
    (void)client_status(&client);
    await_end(half);
    await_end(silent);
    (void)client_status(&client); /* silent, too, but it has greeted */
    client_close(&client);
    end(&bench);
}
END_TEST

/* Whole requests of all sizes in pieces of all sizes, answers in the order of the requests. */
START_TEST(requests_are_found_wherever_the_stream_is_cut)
{
    enum { COUNT = 40, STATUS = 5 };
    static const uint8_t status[STATUS] = {0xa2, 0, 1, 1, 1};
    static uint8_t stream[COUNT * (SP_HEAD_SIZE_MAX + STATUS)];
    struct bench bench;
    begin(&bench);
    for (size_t piece = 1; piece < sizeof stream; piece = piece * 2 + 1) {
        struct writer writer = writer_over(stream, sizeof stream);
        for (uint32_t i = 0; i < COUNT; i++) {
            sp_head_write(&writer, SP_IPC, UINT32_C(0x80000000) | i, STATUS);
            writer_bytes(&writer, status, STATUS);
        }
        int fd = connect_raw(&bench);
        for (size_t at = 0; at < writer.size; at += piece) {
            size_t size = writer.size - at < piece ? writer.size - at : piece;
            ck_assert_int_eq(write(fd, stream + at, size), (ssize_t)size);
        }
        uint8_t head[SP_HEAD_SIZE_MAX];
        static uint8_t body[4096];
        ck_assert_int_eq(recv(fd, body, SP_GREETING_SIZE, MSG_WAITALL), SP_GREETING_SIZE);
        for (uint32_t i = 0; i < COUNT; i++) {
            ck_assert_int_eq(recv(fd, head, sizeof head, MSG_WAITALL), sizeof head);
            struct reader reader = reader_over(bytes_of(head + 1, sizeof head - 1));
            size_t size = (size_t)reader_u64(&reader) - 4;
            ck_assert_uint_eq(reader_u32(&reader), UINT32_C(0x80000000) | i);
            ck_assert_uint_le(size, sizeof body);
            ck_assert_int_eq(recv(fd, body, size, MSG_WAITALL), (ssize_t)size);
        }
        close(fd);
    }
    end(&bench);
}
END_TEST

/* ---- life ---- */

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_message_above_the_limit_ends_its_connection_and_no_other,
        &a_question_larger_than_any_is_refused,
        &half_a_message_is_waited_for_without_harm_to_others,
        &a_client_that_does_not_read_is_left_behind,
        &connections_that_are_silent_keep_nobody_out,
        &who_waits_for_an_answer_gives_way_to_nobody,
        &requests_that_never_come_whole_are_held_up_to_a_bound,
        &who_goes_at_once_shuts_nobody_out,
        &more_requests_than_a_connection_may_have_under_way_wait_in_it,
        &who_was_answered_at_the_end_has_time_to_read_it,
        &requests_that_are_not_taken_any_more_spoil_no_answer,
        &who_does_not_end_is_not_waited_for_for_ever,
        &who_does_not_greet_as_a_client_is_hung_up_on,
        &requests_are_found_wherever_the_stream_is_cut,
    };
    return fixture_run("server_conn", cases, sizeof cases / sizeof cases[0]);
}
