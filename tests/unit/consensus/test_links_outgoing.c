#include "tests/unit/consensus/links_stranger.h"

/* n1 is under test and calls n2 and n3, whom the test plays. */
static struct node nodes[NODES_MAX];

static void open_first(void)
{
    for (uint32_t i = 0; i < NODES_MAX; i++)
        node_init(&nodes[i], i + 1);
    node_open(&nodes[0], nodes, NODES_MAX);
}

/* ---- who is called ---- */

struct called {
    nng_stream_listener *listener;
    nng_aio *accept;
};

/* n2 with that certificate. */
static void called_open(struct called *called, const char *certificate)
{
    nng_tls_config *tls = stranger_tls(NNG_TLS_MODE_SERVER, certificate, "a", NULL);
    ck_assert_int_eq(nng_tls_config_auth_mode(tls, NNG_TLS_AUTH_MODE_REQUIRED), 0);
    ck_assert_int_eq(nng_aio_alloc(&called->accept, NULL, NULL), 0);
    ck_assert_int_eq(nng_stream_listener_alloc(&called->listener, nodes[1].listen), 0);
    ck_assert_int_eq(nng_stream_listener_set_ptr(called->listener, NNG_OPT_TLS_CONFIG, tls), 0);
    ck_assert_int_eq(nng_stream_listener_set_bool(called->listener, NNG_OPT_TCP_NODELAY, true), 0);
    ck_assert_int_eq(nng_stream_listener_listen(called->listener), 0);
    nng_tls_config_free(tls);
}

static void called_answer(struct called *called, struct stranger *caller, bool is_deaf)
{
    memset(caller, 0, sizeof *caller);
    caller->is_deaf = is_deaf;
    nng_stream_listener_accept(called->listener, called->accept);
    nng_aio_wait(called->accept);
    ck_assert_int_eq(nng_aio_result(called->accept), 0);
    stranger_start(caller, nng_aio_get_output(called->accept, 0));
}

static void called_close(struct called *called)
{
    nng_stream_listener_close(called->listener);
    nng_stream_listener_free(called->listener);
    nng_aio_free(called->accept);
}

/* The first thing a caller says is a right HELLO, and nothing after it; returns the channel. */
static enum peer_channel expect_hello(struct stranger *caller)
{
    struct peer_hello hello;
    wait_until(stranger_heard(caller) >= 4 + 124);
    ck_assert_uint_eq(stranger_heard(caller), 4 + 124);
    ck_assert(bytes_equal(bytes_of(caller->heard, 4), bytes_of("\0\0\0\x7c", 4)));
    ck_assert_int_eq(peer_hello_parse(bytes_of(caller->heard + 4, 124), &hello), ERR_OK);
    struct hash digest = peer_hello_digest(&hello);
    struct public_key key = node_key(&nodes[0]);
    ck_assert_int_eq(signature_check(&key, &digest, &hello.signature), ERR_OK);
    ck_assert(hash_equal(&hello.network, &nodes[0].network));
    ck_assert_mem_eq(&hello.incarnation, &nodes[0].incarnation, sizeof hello.incarnation);
    ck_assert_uint_eq(hello.from, 1);
    ck_assert_uint_eq(hello.to, 2);
    return hello.channel;
}

static void beat(struct stranger *caller)
{
    static const uint8_t one = LINKS_BEAT;
    stranger_say(caller, bytes_of(&one, 1));
}

static void wait_down(enum peer_channel channel)
{
    wait_until(!node_is_up(&nodes[0], 2, channel));
}

START_TEST(says_hello_and_nothing_more_until_it_is_answered)
{
    static struct stranger callers[2];
    struct called called;
    struct bytes frame = bytes_of("frame", 5);
    open_first();
    called_open(&called, "n2");
    for (int i = 0; i < 2; i++)
        called_answer(&called, &callers[i], false);
    enum peer_channel first = expect_hello(&callers[0]);
    enum peer_channel second = expect_hello(&callers[1]);
    ck_assert_int_ne(first, second);
    ck_assert_int_eq(links_send(nodes[0].links, 2, first, &frame, 1), ERR_UNREACHABLE);
    ck_assert_uint_eq(node_ups(&nodes[0], 2, first), 0);
    beat(&callers[0]);
    wait_until(node_is_up(&nodes[0], 2, first));
    ck_assert_int_eq(links_send(nodes[0].links, 2, first, &frame, 1), ERR_OK);
    ck_assert_int_eq(links_send(nodes[0].links, 2, second, &frame, 1), ERR_UNREACHABLE);
    wait_until(stranger_heard(&callers[0]) == 4 + 124 + 4 + 5);
    ck_assert_mem_eq(callers[0].heard + 128,
                     "\0\0\0\x05"
                     "frame",
                     9);
    ck_assert_uint_eq(stranger_heard(&callers[1]), 128);
    for (int i = 0; i < 2; i++)
        stranger_end(&callers[i]);
    called_close(&called);
    node_end(&nodes[0]);
}
END_TEST

START_TEST(says_nothing_to_a_wrong_certificate)
{
    /* Another node of the right organisation; the right name of another member, of nobody; one that
     * has expired. */
    static const char *const certificates[] = {"n4", "n2-of-c", "stranger", "expired"};
    static struct stranger caller;
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        struct called called;
        open_first();
        called_open(&called, certificates[i]);
        for (int k = 0; k < 3; k++) {
            called_answer(&called, &caller, false);
            wait_until(stranger_is_closed(&caller));
            ck_assert_uint_eq(stranger_heard(&caller), 0);
            stranger_end(&caller);
        }
        wait_until(node_complained(&nodes[0], "control: no session with tls+tcp://"));
        called_close(&called);
        node_close(&nodes[0]);
        ck_assert_uint_eq(nodes[0].ups[2][PEER_CONTROL] + nodes[0].ups[2][PEER_BULK], 0);
        node_end(&nodes[0]);
    }
}
END_TEST

START_TEST(hangs_up_on_who_answers_in_another_language)
{
    static struct stranger caller;
    struct called called;
    open_first();
    called_open(&called, "n2");
    called_answer(&called, &caller, false);
    (void)expect_hello(&caller);
    stranger_say(&caller, bytes_of("220 ready\r\n", 11));
    wait_until(stranger_is_closed(&caller));
    wait_until(node_complained(&nodes[0], "it answers in another language"));
    stranger_end(&caller);
    called_close(&called);
    node_end(&nodes[0]);
}
END_TEST

static void answer_hello(struct stranger *caller, uint8_t first, uint8_t second)
{
    const uint8_t answer[2] = {first, second};
    stranger_say(caller, bytes_of(answer, second == 0 ? 1 : 2));
    wait_until(stranger_is_closed(caller));
    stranger_end(caller);
}

/* Before it is served, and after. */
START_TEST(says_once_who_says_that_this_node_was_removed)
{
    static struct stranger callers[2];
    struct called called;
    open_first();
    called_open(&called, "n2");
    for (int i = 0; i < 2; i++)
        called_answer(&called, &callers[i], false);
    enum peer_channel first = expect_hello(&callers[0]);
    struct stranger *control = &callers[first == PEER_CONTROL ? 0 : 1];
    struct stranger *bulk = &callers[first == PEER_CONTROL ? 1 : 0];
    (void)expect_hello(&callers[1]);
    answer_hello(bulk, LINKS_BEAT, LINKS_REMOVED);
    wait_until(node_complained(&nodes[0], "n2, bulk: "));
    answer_hello(control, LINKS_REMOVED, 0);
    wait_until(node_removed(&nodes[0], 2) == 1);
    ck_assert(node_complained(&nodes[0], "it says that this node was removed from the network"));
    called_close(&called);
    node_close(&nodes[0]);
    ck_assert_uint_eq(nodes[0].removed[2], 1);
    ck_assert_uint_eq(nodes[0].removed[3], 0);
    node_end(&nodes[0]);
}
END_TEST

START_TEST(says_what_to_do_when_a_peer_says_that_this_node_was_wiped)
{
    static struct stranger caller;
    struct called called;
    open_first();
    called_open(&called, "n2");
    called_answer(&called, &caller, false);
    (void)expect_hello(&caller);
    answer_hello(&caller, LINKS_WIPED, 0);
    wait_until(node_complained(&nodes[0], "let it join with a fresh node id"));
    called_close(&called);
    node_close(&nodes[0]);
    ck_assert_uint_eq(nodes[0].removed[2], 0);
    node_end(&nodes[0]);
}
END_TEST

/* What waited for a connection that broke does not go to the next one. */
START_TEST(begins_each_connection_with_hello_and_new_frames)
{
    static struct stranger caller;
    static uint8_t block[100000];
    static const uint8_t mark[4] = {0xfe, 0xfe, 0xfe, 0xfe};
    struct called called;
    open_first();
    called_open(&called, "n2");
    for (unsigned round = 1; round <= 4; round++) {
        struct bytes frame = bytes_of(block, sizeof block);
        struct bytes newest = bytes_of(mark, sizeof mark);
        called_answer(&called, &caller, false);
        enum peer_channel channel = expect_hello(&caller);
        unsigned ups = node_ups(&nodes[0], 2, channel);
        beat(&caller);
        wait_until(node_ups(&nodes[0], 2, channel) == ups + 1);
        ck_assert_int_eq(links_send(nodes[0].links, 2, channel, &newest, 1), ERR_OK);
        wait_until(stranger_heard(&caller) >= 128 + 8);
        ck_assert_mem_eq(caller.heard + 128 + 4, mark, sizeof mark);
        while (links_send(nodes[0].links, 2, channel, &frame, 1) == ERR_OK) {
        }
        stranger_end(&caller);
        wait_down(channel);
    }
    called_close(&called);
    node_end(&nodes[0]);
}
END_TEST

/* Takes connections at the node's address, and does not even begin with TLS. */
static int listen_mute(const struct node *node)
{
    struct sockaddr_in address = tcp_address(node->listen);
    int yes = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    return fd;
}

START_TEST(gives_up_on_who_never_answers)
{
    static struct stranger caller;
    struct called called;
    open_first();
    called_open(&called, "n2");
    int mute = listen_mute(&nodes[2]);
    called_answer(&called, &caller, false);
    (void)expect_hello(&caller);
    wait_until(stranger_is_closed(&caller));
    ck_assert_uint_eq(stranger_heard(&caller), 128);
    wait_until(node_complained(&nodes[0], "n2, control: no session") ||
               node_complained(&nodes[0], "n2, bulk: no session"));
    wait_until(node_complained(&nodes[0], "n3, control: no session"));
    wait_until(node_complained(&nodes[0], "n3, bulk: no session"));
    ck_assert(node_complained(&nodes[0], "no answer to the HELLO"));
    stranger_end(&caller);
    close(mute);
    called_close(&called);
    node_end(&nodes[0]);
}
END_TEST

static unsigned count_of(const char *text, const char *words)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, words)) != NULL; at++)
        count++;
    return count;
}

START_TEST(calls_again_more_and_more_slowly_and_complains_once)
{
    for (uint32_t i = 0; i < NODES_MAX; i++)
        node_init(&nodes[i], i + 1);
    int fd = listen_mute(&nodes[1]);
    node_open(&nodes[0], nodes, NODES_MAX);
    double from_s = now_s();
    unsigned calls = 0;
    for (; calls < 12; calls++)
        close(accept(fd, NULL, NULL));
    /* Six on each channel, with four pauses of 100, 200, 400 and 800 ms between the last ones: a
     * bound from below, which no busy machine breaks. */
    ck_assert_double_ge(now_s() - from_s, 1.4);
    node_close(&nodes[0]);
    ck_assert_uint_eq(count_of(nodes[0].complaints, "n2, control: "), 1);
    ck_assert_uint_eq(count_of(nodes[0].complaints, "n3, bulk: cannot call"), 1);
    node_end(&nodes[0]);
    close(fd);
}
END_TEST

START_TEST(closes_while_a_call_or_a_name_look_up_is_under_way)
{
    static const char *const addresses[] = {"tls+tcp://192.0.2.1:7700",
                                            "tls+tcp://no-such-host.invalid:7700"};
    for (int round = 0; round < 10; round++) {
        for (uint32_t i = 0; i < NODES_MAX; i++)
            node_init(&nodes[i], i + 1);
        for (int i = 0; i < 2; i++)
            (void)snprintf(nodes[i + 1].address, sizeof nodes[i].address, "%s", addresses[i]);
        node_open(&nodes[0], nodes, NODES_MAX);
        for (int i = 0; i < round; i++)
            nap();
        if (round == 9) {
            wait_until(node_complained(&nodes[0], "n2, control: cannot call"));
            wait_until(node_complained(&nodes[0], "n3, control: cannot call"));
        }
        node_end(&nodes[0]);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &says_hello_and_nothing_more_until_it_is_answered,
        &says_nothing_to_a_wrong_certificate,
        &hangs_up_on_who_answers_in_another_language,
        &says_once_who_says_that_this_node_was_removed,
        &says_what_to_do_when_a_peer_says_that_this_node_was_wiped,
        &begins_each_connection_with_hello_and_new_frames,
        &gives_up_on_who_never_answers,
        &calls_again_more_and_more_slowly_and_complains_once,
        &closes_while_a_call_or_a_name_look_up_is_under_way,
    };
    return fixture_run("consensus/links_outgoing", cases, sizeof cases / sizeof cases[0]);
}
