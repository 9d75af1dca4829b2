/*
 * The GSUP front end over real sockets: whom it answers, whom it hangs up on, and what it keeps.
 */
#include "front/gsup_front.h"

#include "front/ipa.h"
#include "tests/unit/front/gsup_bytes.h"
#include "tests/unit/ledger/scene.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define IMSI    "208930000000001"
#define BLOCKED "35000000000001"
#define WATCHED "35000000000002"
#define OTHER   "35000000000003"

/* Long enough for a busy machine: what is waited for comes, or the test has failed. */
#define PATIENCE_MS 60000

enum { ACK = 0, NACK = 1, NO_RESULT = 2 };

struct network {
    struct scene scene;
    struct eir *eir;
    struct gsup_front *front;
};

static struct gsup_options standard(void)
{
    return (struct gsup_options){
        .is_on = true,
        .listen = {.host = "127.0.0.1"},
        .unknown = GSUP_UNKNOWN_ACK,
        .connections_max = 8,
        .idle_ms = PATIENCE_MS,
    };
}

static void network_open(struct network *network, const struct gsup_options *options)
{
    scene_open(&network->scene, 1);
    struct item blocked = device_item(35000000, 1);
    struct item watched = device_item(35000000, 2);
    struct scene *scene = &network->scene;
    assert_ok(scene_apply(scene, chain_speak(&scene->chain, 0, OP_BLOCK, &blocked, 1)).err);
    assert_ok(scene_apply(scene, chain_speak(&scene->chain, 0, OP_WATCH, &watched, 1)).err);
    assert_ok(eir_open(&(struct eir_options){.ledger = scene->ledger}, &network->eir));
    assert_ok(gsup_front_open(options, network->eir, &network->front));
}

static void network_close(struct network *network)
{
    gsup_front_close(network->front);
    eir_close(network->eir);
    scene_close(&network->scene);
}

/* ---- a peer ---- */

static int call(const struct network *network)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(gsup_front_port(network->front)),
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
    int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(peer, 0);
    ck_assert_int_eq(connect(peer, (struct sockaddr *)&address, sizeof address), 0);
    return peer;
}

static void say(int peer, struct bytes bytes)
{
    for (size_t sent = 0; sent < bytes.size;) {
        ssize_t size = send(peer, bytes.data + sent, bytes.size - sent, MSG_NOSIGNAL);
        ck_assert_int_gt(size, 0);
        sent += (size_t)size;
    }
}

/* False: the node hung up. */
static bool hear(int peer, void *out, size_t size)
{
    for (size_t heard = 0; heard < size;) {
        struct pollfd readable = {.fd = peer, .events = POLLIN};
        ck_assert_int_eq(poll(&readable, 1, PATIENCE_MS), 1);
        ssize_t count = recv(peer, (char *)out + heard, size - heard, 0);
        if (count <= 0)
            return false;
        heard += (size_t)count;
    }
    return true;
}

/* The next frame's payload, and its stream; false: the node hung up. */
static bool hear_frame(int peer, uint8_t *stream, uint8_t *payload, size_t *size)
{
    uint8_t header[IPA_HEADER_SIZE];
    if (!hear(peer, header, sizeof header))
        return false;
    *size = (size_t)header[0] << 8 | header[1];
    *stream = header[2];
    ck_assert_uint_le(*size, IPA_FRAME_SIZE_MAX);
    return hear(peer, payload, *size);
}

/* The type of the next CCM message. */
static int hear_ccm(int peer)
{
    uint8_t payload[IPA_FRAME_SIZE_MAX];
    uint8_t stream;
    size_t size;
    ck_assert(hear_frame(peer, &stream, payload, &size));
    ck_assert_uint_eq(stream, IPA_STREAM_CCM);
    return payload[0];
}

static int call_and_be_greeted(const struct network *network)
{
    int peer = call(network);
    ck_assert_int_eq(hear_ccm(peer), IPA_CCM_ID_GET);
    return peer;
}

static bool is_hung_up(int peer)
{
    uint8_t byte;
    return !hear(peer, &byte, 1);
}

static void put_question(struct writer *writer, const char *imei)
{
    uint8_t message[64];
    struct writer question = writer_over(message, sizeof message);
    put_check(&question, IMSI, imei);
    ipa_write_gsup(writer, writer_view(&question));
}

/* The result in the next answer. */
static int hear_result(int peer)
{
    uint8_t payload[IPA_FRAME_SIZE_MAX];
    uint8_t stream;
    size_t size;
    ck_assert(hear_frame(peer, &stream, payload, &size));
    ck_assert_uint_eq(stream, IPA_STREAM_OSMO);
    ck_assert_uint_eq(payload[0], IPA_EXTENSION_GSUP);
    if (payload[1] != 0x32)
        return NO_RESULT;
    ck_assert_uint_eq(payload[12], 0x51);
    return payload[14];
}

static int ask(int peer, const char *imei)
{
    uint8_t buffer[128];
    struct writer writer = writer_over(buffer, sizeof buffer);
    put_question(&writer, imei);
    say(peer, writer_view(&writer));
    return hear_result(peer);
}

/* ---- cases ---- */

START_TEST(a_block_is_refused_and_all_else_let_through)
{
    struct network network;
    struct gsup_options options = standard();
    network_open(&network, &options);
    int peer = call_and_be_greeted(&network);
    ck_assert_int_eq(ask(peer, BLOCKED), NACK);
    ck_assert_int_eq(ask(peer, WATCHED), ACK);
    ck_assert_int_eq(ask(peer, OTHER), ACK);
    ck_assert_int_eq(ask(peer, "1234"), NO_RESULT);
    struct metrics_sum sums[FACE_COUNT];
    eir_sum(network.eir, sums);
    ck_assert_uint_eq(sums[FACE_GSUP].connections, 1);
    ck_assert_uint_eq(sums[FACE_GSUP].verdicts[VERDICT_BLACK], 1);
    ck_assert_uint_eq(sums[FACE_GSUP].refusals[REFUSAL_MALFORMED], 1);
    close(peer);
    network_close(&network);
}
END_TEST

START_TEST(what_is_unknown_is_refused_where_the_operator_says_so)
{
    struct network network;
    struct gsup_options options = standard();
    options.unknown = GSUP_UNKNOWN_NACK;
    network_open(&network, &options);
    int peer = call_and_be_greeted(&network);
    ck_assert_int_eq(ask(peer, OTHER), NACK);
    ck_assert_int_eq(ask(peer, WATCHED), ACK);
    close(peer);
    network_close(&network);
}
END_TEST

START_TEST(a_ping_has_its_pong_and_an_id_ack_is_answered_once)
{
    static const uint8_t said[] = {
        0, 1, 0xfe, IPA_CCM_ID_ACK, 0, 1, 0xfe, IPA_CCM_PING, /* answered */
        0, 1, 0xfe, IPA_CCM_ID_ACK, 0, 1, 0xfe, IPA_CCM_PONG, /* not */
        0, 1, 0xfe, 0x77,           0, 1, 0xee, 0x06,         0, 0, 0, 0, 1, 0xfe, IPA_CCM_PING,
    };
    struct network network;
    struct gsup_options options = standard();
    network_open(&network, &options);
    int peer = call_and_be_greeted(&network);
    say(peer, bytes_of(said, sizeof said));
    ck_assert_int_eq(hear_ccm(peer), IPA_CCM_ID_ACK);
    ck_assert_int_eq(hear_ccm(peer), IPA_CCM_PONG);
    ck_assert_int_eq(hear_ccm(peer), IPA_CCM_PONG);
    ck_assert_int_eq(ask(peer, BLOCKED), NACK);
    close(peer);
    network_close(&network);
}
END_TEST

/* Each question once, in order, however the stream is cut and however many come at once. */
START_TEST(a_stream_is_answered_whole_and_in_order)
{
    enum { QUESTIONS = 2000 };
    static uint8_t buffer[QUESTIONS * 64];
    static int expected[QUESTIONS];
    struct network network;
    struct gsup_options options = standard();
    network_open(&network, &options);
    uint64_t seed = 7;
    for (size_t turn = 0; turn < 4; turn++) {
        int peer = call_and_be_greeted(&network);
        struct writer writer = writer_over(buffer, sizeof buffer);
        for (size_t i = 0; i < QUESTIONS; i++) {
            expected[i] = chance_below(&seed, 2) == 0 ? NACK : ACK;
            put_question(&writer, expected[i] == NACK ? BLOCKED : OTHER);
        }
        ck_assert(writer_ok(&writer));
        /* What the node may keep of us, in both directions, is more than this: no deadlock. */
        size_t heard = 0;
        size_t cut_max = turn == 0 ? 3 : turn == 1 ? 100 : 6000;
        for (size_t sent = 0; sent < writer.size;) {
            size_t size = 1 + chance_below(&seed, cut_max);
            size = size < writer.size - sent ? size : writer.size - sent;
            say(peer, bytes_of(buffer + sent, size));
            sent += size;
        }
        for (; heard < QUESTIONS; heard++)
            ck_assert_int_eq(hear_result(peer), expected[heard]);
        close(peer);
    }
    network_close(&network);
}
END_TEST

START_TEST(who_sends_no_frames_is_hung_up_on)
{
    struct network network;
    struct gsup_options options = standard();
    network_open(&network, &options);
    int peer = call_and_be_greeted(&network);
    say(peer, bytes_of("GET / HTTP/1.1\r\n\r\n", 18));
    ck_assert(is_hung_up(peer));
    close(peer);
    peer = call_and_be_greeted(&network); /* others are served */
    ck_assert_int_eq(ask(peer, BLOCKED), NACK);
    close(peer);
    network_close(&network);
}
END_TEST

START_TEST(no_more_peers_are_taken_than_allowed)
{
    struct network network;
    int peers[3];
    struct gsup_options options = standard();
    options.connections_max = 3;
    network_open(&network, &options);
    for (size_t i = 0; i < 3; i++)
        peers[i] = call_and_be_greeted(&network);
    int fourth = call(&network);
    ck_assert(is_hung_up(fourth));
    close(fourth);
    struct metrics_sum sums[FACE_COUNT];
    eir_sum(network.eir, sums);
    ck_assert_uint_eq(sums[FACE_GSUP].connections, 3);
    ck_assert_uint_eq(sums[FACE_GSUP].refusals[REFUSAL_OVERLOAD], 1);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(ask(peers[i], BLOCKED), NACK);
    close(peers[1]);
    do { /* until it is seen that one is gone */
        fourth = call(&network);
        uint8_t greeting;
        if (hear(fourth, &greeting, 1))
            break;
        close(fourth);
    } while (true);
    close(fourth);
    close(peers[0]);
    close(peers[2]);
    network_close(&network);
}
END_TEST

START_TEST(who_is_silent_is_pinged_and_then_hung_up_on)
{
    struct network network;
    struct gsup_options options = standard();
    options.idle_ms = 100;
    network_open(&network, &options);
    int peer = call_and_be_greeted(&network);
    ck_assert_int_eq(hear_ccm(peer), IPA_CCM_PING);
    ck_assert(is_hung_up(peer));
    close(peer);
    network_close(&network);
}
END_TEST

/* This process stands still for a while, as on a machine that has no time for it. */
static void stand_still(unsigned time_us)
{
    pid_t self = getpid();
    pid_t waker = fork();
    ck_assert_int_ge(waker, 0);
    if (waker == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) { /* again, if it has not stopped yet */
            usleep(time_us);
            (void)kill(self, SIGCONT);
        }
    }
    ck_assert_int_eq(raise(SIGSTOP), 0);
    ck_assert_int_eq(kill(waker, SIGKILL), 0);
    ck_assert_int_eq(waitpid(waker, NULL, 0), waker);
}

START_TEST(nobody_is_hung_up_on_unasked_when_the_node_stood_still)
{
    struct network network;
    struct gsup_options options = standard();
    options.idle_ms = 100;
    network_open(&network, &options);
    int peer = call_and_be_greeted(&network);
    stand_still(3 * 100 * 1000);
    ck_assert_int_eq(hear_ccm(peer), IPA_CCM_PING);
    close(peer);
    network_close(&network);
}
END_TEST

START_TEST(who_takes_no_answers_is_hung_up_on)
{
    struct network network;
    struct gsup_options options = standard();
    options.idle_ms = 200;
    network_open(&network, &options);
    int peer = call_and_be_greeted(&network);
    uint8_t buffer[128];
    struct writer writer = writer_over(buffer, sizeof buffer);
    put_question(&writer, BLOCKED);
    /* More than all buffers on the way hold, unless the node lets its own grow: it reads no more,
     * and ends the connection. */
    size_t sent = 0;
    ssize_t size;
    do {
        size = send(peer, buffer, writer.size, MSG_NOSIGNAL);
        sent += size > 0 ? (size_t)size : 0;
    } while (size > 0 && sent < (size_t)1 << 30);
    ck_assert_int_le(size, 0);
    close(peer);
    network_close(&network);
}
END_TEST

/* Sends what it can, and hears nothing before the node takes no more; then every answer is there,
 * in order. */
START_TEST(who_takes_its_answers_late_gets_them_all)
{
    enum { QUESTIONS = 400000 }; /* more than the kernel keeps for both */
    enum { ANSWER_SIZE = 21, RESULT_AT = 17 };
    struct network network;
    struct gsup_options options = standard();
    network_open(&network, &options);
    int peer = call_and_be_greeted(&network);
    uint8_t *said = malloc((size_t)QUESTIONS * 64);
    uint8_t *heard = malloc((size_t)QUESTIONS * ANSWER_SIZE);
    struct writer writer = writer_over(said, (size_t)QUESTIONS * 64);
    for (size_t i = 0; i < QUESTIONS; i++)
        put_question(&writer, i % 3 == 0 ? BLOCKED : OTHER);
    ck_assert(writer_ok(&writer));
    size_t sent = 0;
    size_t taken = 0;
    bool is_reading = false;
    while (taken < (size_t)QUESTIONS * ANSWER_SIZE) {
        struct pollfd ready = {.fd = peer};
        ready.events = (short)((is_reading ? POLLIN : 0) | (sent < writer.size ? POLLOUT : 0));
        if (poll(&ready, 1, is_reading ? PATIENCE_MS : 500) == 0) {
            ck_assert(!is_reading);
            is_reading = true; /* it is stuck */
            continue;
        }
        ssize_t size = 0;
        if ((ready.revents & POLLOUT) != 0) {
            size = send(peer, said + sent, writer.size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            sent += size > 0 ? (size_t)size : 0;
        }
        if ((ready.revents & POLLIN) != 0) {
            size = recv(peer, heard + taken, (size_t)QUESTIONS * ANSWER_SIZE - taken, 0);
            ck_assert_int_gt(size, 0);
            taken += (size_t)size;
        }
        is_reading = is_reading || sent == writer.size;
    }
    for (size_t i = 0; i < QUESTIONS; i++)
        ck_assert_int_eq(heard[i * ANSWER_SIZE + RESULT_AT], i % 3 == 0 ? NACK : ACK);
    free(said);
    free(heard);
    close(peer);
    network_close(&network);
}
END_TEST

START_TEST(an_address_that_is_taken_is_said)
{
    struct network network;
    struct gsup_front *second;
    struct gsup_options options = standard();
    network_open(&network, &options);
    options.listen.port = gsup_front_port(network.front);
    assert_err(gsup_front_open(&options, network.eir, &second), NETWORK);
    ck_assert_ptr_null(second);
    gsup_front_close(second);
    network_close(&network);
}
END_TEST

START_TEST(it_stops_with_peers_in_every_state)
{
    struct network network;
    struct gsup_options options = standard();
    network_open(&network, &options);
    int quiet = call_and_be_greeted(&network);
    int asking = call_and_be_greeted(&network);
    int halfway = call_and_be_greeted(&network);
    ck_assert_int_eq(ask(asking, BLOCKED), NACK);
    say(halfway, bytes_of("\0", 1));
    network_close(&network);
    ck_assert(is_hung_up(quiet));
    ck_assert(is_hung_up(asking));
    ck_assert(is_hung_up(halfway));
    close(quiet);
    close(asking);
    close(halfway);
}
END_TEST

static const char gsup_text[] = "listen: \"[::1]:4300\"\nunknown: nack\nconnections: 5\n";

START_TEST(its_section_is_read)
{
    struct gsup_options options = {.is_on = false};
    struct complaint complaint;
    assert_ok(settings_parse(&gsup_settings, bytes_of(gsup_text, sizeof gsup_text - 1), "/",
                             &options, &complaint));
    ck_assert_str_eq(options.listen.host, "::1");
    ck_assert_uint_eq(options.listen.port, 4300);
    ck_assert_int_eq(options.unknown, GSUP_UNKNOWN_NACK);
    ck_assert_uint_eq(options.connections_max, 5);
    assert_err(
        settings_parse(&gsup_settings, bytes_of("unknown: deny\n", 14), "/", &options, &complaint),
        CONFIG);
    ck_assert_uint_eq(complaint.line, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("front/gsup_front");
    TCase *tcase = tcase_create("gsup_front");
    tcase_set_timeout(tcase, 100);
    tcase_add_test(tcase, a_block_is_refused_and_all_else_let_through);
    tcase_add_test(tcase, what_is_unknown_is_refused_where_the_operator_says_so);
    tcase_add_test(tcase, a_ping_has_its_pong_and_an_id_ack_is_answered_once);
    tcase_add_test(tcase, a_stream_is_answered_whole_and_in_order);
    tcase_add_test(tcase, who_sends_no_frames_is_hung_up_on);
    tcase_add_test(tcase, no_more_peers_are_taken_than_allowed);
    tcase_add_test(tcase, who_is_silent_is_pinged_and_then_hung_up_on);
    tcase_add_test(tcase, nobody_is_hung_up_on_unasked_when_the_node_stood_still);
    tcase_add_test(tcase, who_takes_no_answers_is_hung_up_on);
    tcase_add_test(tcase, who_takes_its_answers_late_gets_them_all);
    tcase_add_test(tcase, an_address_that_is_taken_is_said);
    tcase_add_test(tcase, it_stops_with_peers_in_every_state);
    tcase_add_test(tcase, its_section_is_read);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
