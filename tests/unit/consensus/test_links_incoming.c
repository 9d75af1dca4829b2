#include "tests/unit/consensus/links_stranger.h"

/* n1 is under test; n2 is its peer, whom the test plays; n3 is a peer that nobody plays. */
static struct node nodes[NODES_MAX];

static void open_first(void)
{
    for (uint32_t i = 0; i < NODES_MAX; i++)
        node_init(&nodes[i], i + 1);
    node_open(&nodes[0], nodes, NODES_MAX);
}

static void say_hello(struct stranger *stranger, enum peer_channel channel)
{
    uint8_t buffer[HELLO_FRAME_MAX];
    stranger_call(stranger, &nodes[0], "n2");
    stranger_say(stranger, hello_frame(buffer, hello_of(&nodes[1], 1, channel), &nodes[1]));
}

static void say_frame(struct stranger *stranger, const char *text)
{
    uint8_t frame[64] = {0, 0, 0, (uint8_t)strlen(text)};
    memcpy(frame + 4, text, strlen(text));
    stranger_say(stranger, bytes_of(frame, 4 + strlen(text)));
}

static void expect_frame(const char *text, enum peer_channel channel)
{
    struct links_frame frame = node_take(&nodes[0]);
    ck_assert(bytes_equal(frame.bytes, bytes_of(text, strlen(text))));
    ck_assert_uint_eq(frame.from, 2);
    ck_assert_int_eq(frame.channel, channel);
    links_frame_free(&frame);
}

/* The listener is as it should be: a right caller is served. */
static void expect_service(void)
{
    static struct stranger peer;
    say_hello(&peer, PEER_CONTROL);
    wait_until(stranger_heard(&peer) == 1);
    say_frame(&peer, "served");
    expect_frame("served", PEER_CONTROL);
    stranger_end(&peer);
}

static void expect_refusal(struct stranger *stranger, const char *words)
{
    wait_until(stranger_is_closed(stranger));
    ck_assert_uint_eq(stranger_heard(stranger), 0);
    if (words != NULL)
        wait_until(node_complained(&nodes[0], words));
    ck_assert(!node_has_frame(&nodes[0]));
    stranger_end(stranger);
}

/* It is told so much and nothing more, and then hung up on. */
static void expect_answer(struct stranger *stranger, uint8_t answer, const char *words)
{
    wait_until(stranger_is_closed(stranger));
    ck_assert_uint_eq(stranger_heard(stranger), 1);
    ck_assert_uint_eq(stranger->heard[0], answer);
    ck_assert(node_complained(&nodes[0], words));
    ck_assert(!node_has_frame(&nodes[0]));
    stranger_end(stranger);
}

/* ---- who is served ---- */

START_TEST(serves_a_peer_and_shows_life)
{
    static struct stranger peer;
    open_first();
    say_hello(&peer, PEER_BULK);
    wait_until(stranger_heard(&peer) == 1);
    say_frame(&peer, "one");
    say_frame(&peer, "");
    say_frame(&peer, "two");
    expect_frame("one", PEER_BULK);
    expect_frame("", PEER_BULK);
    expect_frame("two", PEER_BULK);
    wait_until(stranger_heard(&peer) == 3);
    for (int i = 0; i < 3; i++)
        ck_assert_uint_eq(peer.heard[i], LINKS_BEAT);
    ck_assert(!stranger_is_closed(&peer));
    stranger_end(&peer);
    expect_service();
    node_end(&nodes[0]);
}
END_TEST

enum { WIRE_MAX = 160000, FRAMES_MAX = 300 };

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Frames of up to `size_max` one after the other; returns how many, with their sizes. */
static size_t write_frames(struct writer *writer, uint32_t size_max, size_t *sizes, uint32_t *state)
{
    const uint32_t bounds[] = {1, 4, 40, size_max / 2, size_max};
    size_t count = 0;
    for (; count < FRAMES_MAX && writer->capacity - writer->size >= 4 + size_max; count++) {
        sizes[count] = draw(state) % bounds[draw(state) % 5];
        writer_u32(writer, (uint32_t)sizes[count]);
        for (size_t i = 0; i < sizes[count]; i++)
            writer_u8(writer, (uint8_t)draw(state));
    }
    ck_assert(writer_ok(writer));
    return count;
}

/* A short frame and a longer one, in two TLS records: the cut goes through both heads. */
START_TEST(puts_frames_together_that_are_cut_once)
{
    enum { FIRST = 5, SECOND = 0x0203 };
    static struct stranger peer;
    static uint8_t wire[4 + FIRST + 4 + SECOND] = {0, 0, 0, FIRST, 1, 2, 3, 4, 5, 0, 0, 2, 3, 6, 7};
    open_first();
    say_hello(&peer, PEER_CONTROL);
    for (size_t cut = 1; cut < 4 + FIRST + 4 + 3; cut++) {
        stranger_say(&peer, bytes_of(wire, cut));
        stranger_say(&peer, bytes_of(wire + cut, sizeof wire - cut));
        struct links_frame first = node_take(&nodes[0]);
        struct links_frame second = node_take(&nodes[0]);
        ck_assert(bytes_equal(first.bytes, bytes_of(wire + 4, FIRST)));
        ck_assert(bytes_equal(second.bytes, bytes_of(wire + 4 + FIRST + 4, SECOND)));
        links_frame_free(&first);
        links_frame_free(&second);
    }
    stranger_end(&peer);
    node_end(&nodes[0]);
}
END_TEST

/* Each piece is a TLS record, so that frames and their heads are cut anywhere. */
START_TEST(puts_frames_together_from_any_pieces)
{
    static const uint32_t pieces[] = {3, 9, 300, 16384};
    static struct stranger peer;
    static uint8_t wire[WIRE_MAX];
    static size_t sizes[FRAMES_MAX];
    uint32_t state = 20261121;
    open_first();
    for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
        struct writer writer = writer_over(wire, p < 2 ? 3000 : sizeof wire);
        size_t count = write_frames(&writer, p < 2 ? 700 : 20000, sizes, &state);
        say_hello(&peer, PEER_CONTROL);
        for (size_t at = 0; at < writer.size;) {
            size_t piece = 1 + draw(&state) % pieces[p];
            piece = piece < writer.size - at ? piece : writer.size - at;
            stranger_say(&peer, bytes_of(wire + at, piece));
            at += piece;
        }
        size_t at = 0;
        for (size_t i = 0; i < count; i++) {
            struct links_frame frame = node_take(&nodes[0]);
            ck_assert(bytes_equal(frame.bytes, bytes_of(wire + at + 4, sizes[i])));
            links_frame_free(&frame);
            at += 4 + sizes[i];
        }
        stranger_end(&peer);
    }
    node_end(&nodes[0]);
}
END_TEST

START_TEST(takes_the_newer_of_two_connections_of_a_channel)
{
    static struct stranger older;
    static struct stranger newer;
    static struct stranger bulk;
    open_first();
    say_hello(&bulk, PEER_BULK);
    say_hello(&older, PEER_CONTROL);
    wait_until(stranger_heard(&older) >= 1);
    say_frame(&older, "older");
    expect_frame("older", PEER_CONTROL);
    /* The older one is half-open: its host is gone without a word. */
    say_hello(&newer, PEER_CONTROL);
    wait_until(stranger_is_closed(&older));
    wait_until(node_complained(&nodes[0], "it has called again since"));
    say_frame(&newer, "newer");
    expect_frame("newer", PEER_CONTROL);
    say_frame(&bulk, "bulk");
    expect_frame("bulk", PEER_BULK);
    ck_assert(!stranger_is_closed(&newer));
    ck_assert(!stranger_is_closed(&bulk));
    stranger_end(&older);
    stranger_end(&newer);
    stranger_end(&bulk);
    node_end(&nodes[0]);
}
END_TEST

START_TEST(serves_a_peer_that_calls_more_often_than_there_is_room_for_strangers)
{
    static struct stranger peer;
    open_first();
    for (int i = 0; i < LINKS_STRANGERS_MAX + 12; i++) {
        say_hello(&peer, PEER_BULK);
        wait_until(stranger_heard(&peer) == 1);
        say_frame(&peer, "again");
        expect_frame("again", PEER_BULK);
        stranger_end(&peer);
    }
    node_end(&nodes[0]);
}
END_TEST

/* ---- who is not ---- */

static void refuse_frame(struct bytes wire, const char *words)
{
    static struct stranger stranger;
    node_forget_complaints(&nodes[0]);
    stranger_call(&stranger, &nodes[0], "n2");
    stranger_say(&stranger, wire);
    expect_refusal(&stranger, words);
}

START_TEST(refuses_a_hello_that_is_not_meant_for_it_or_not_of_its_signer)
{
    uint8_t buffer[HELLO_FRAME_MAX];
    const struct node *peer = &nodes[1];
    open_first();
    struct peer_hello right = hello_of(peer, 1, PEER_CONTROL);
    struct peer_hello wrong = right;
    wrong.network.bytes[31] ^= 1;
    refuse_frame(hello_frame(buffer, wrong, peer), "its HELLO is for another network");
    /* As n2 says it to n3, which might say it on. */
    wrong = hello_of(peer, 3, PEER_CONTROL);
    refuse_frame(hello_frame(buffer, wrong, peer), "its HELLO is for another node");
    wrong = right;
    wrong.from = 4;
    refuse_frame(hello_frame(buffer, wrong, peer), "its HELLO is of a node that is no peer");
    wrong.from = 3;
    refuse_frame(hello_frame(buffer, wrong, peer), "its HELLO is not signed by the node that it");
    expect_service();
    node_end(&nodes[0]);
}
END_TEST

START_TEST(refuses_what_is_no_hello)
{
    uint8_t buffer[HELLO_FRAME_MAX];
    open_first();
    const char *words = "it began with something else than a HELLO";
    struct bytes hello = hello_frame(buffer, hello_of(&nodes[1], 1, PEER_BULK), &nodes[1]);
    static const size_t sizes[] = {0, 1, 60, 123};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        buffer[3] = (uint8_t)sizes[i];
        refuse_frame(bytes_of(buffer, 4 + sizes[i]), words);
    }
    buffer[3] = (uint8_t)(hello.size - 4 + 1);
    refuse_frame(bytes_of(buffer, hello.size + 1), words);
    refuse_frame(bytes_of("\0\0\x01\x01", 4), words);
    refuse_frame(bytes_of("\0\x20\x10\0", 4), words);
    refuse_frame(bytes_of("\xff\xff\xff\xff", 4), words);
    refuse_frame(bytes_of("\0\0\0\x04\x02\0\0\0", 8), words);
    refuse_frame(bytes_of("GET / HTTP/1.1\r\n\r\n", 18), words);
    expect_service();
    node_end(&nodes[0]);
}
END_TEST

START_TEST(refuses_a_hello_with_any_byte_changed)
{
    uint8_t buffer[HELLO_FRAME_MAX];
    open_first();
    struct bytes hello = hello_frame(buffer, hello_of(&nodes[1], 1, PEER_BULK), &nodes[1]);
    for (size_t i = 4; i < hello.size; i++) {
        uint8_t bit = (uint8_t)(1 << (i * 5 + i / 8) % 8);
        buffer[i] ^= bit;
        refuse_frame(hello, NULL);
        buffer[i] ^= bit;
    }
    expect_service();
    node_end(&nodes[0]);
}
END_TEST

START_TEST(refuses_certificates_of_no_member_and_expired_ones)
{
    static const char *const certificates[] = {"stranger", "expired", NULL};
    static const char *const words[] = {"TLS failed: a certificate", "TLS failed: a certificate",
                                        "it shows no certificate"};
    static struct stranger stranger;
    uint8_t buffer[HELLO_FRAME_MAX];
    open_first();
    for (size_t i = 0; i < 3; i++) {
        stranger_call(&stranger, &nodes[0], certificates[i]);
        stranger_say(&stranger, hello_frame(buffer, hello_of(&nodes[1], 1, PEER_BULK), &nodes[1]));
        expect_refusal(&stranger, words[i]);
        ck_assert(node_complained(&nodes[0], "a caller at 127.0.0.1:"));
        node_forget_complaints(&nodes[0]);
    }
    expect_service();
    node_end(&nodes[0]);
}
END_TEST

START_TEST(refuses_tls_older_than_1_2)
{
    static struct stranger stranger;
    uint8_t buffer[HELLO_FRAME_MAX];
    open_first();
    nng_tls_config *old = stranger_tls(NNG_TLS_MODE_CLIENT, "n2", "a", "n1");
    ck_assert_int_eq(nng_tls_config_version(old, NNG_TLS_1_0, NNG_TLS_1_1), 0);
    stranger_call_with(&stranger, &nodes[0], old);
    stranger_say(&stranger, hello_frame(buffer, hello_of(&nodes[1], 1, PEER_BULK), &nodes[1]));
    expect_refusal(&stranger, "TLS failed: ");
    expect_service();
    node_end(&nodes[0]);
}
END_TEST

/* Any certificate of a member's CA gets as far as the HELLO, and the HELLO decides. */
START_TEST(knows_a_node_by_its_hello_and_not_by_its_certificate)
{
    static struct stranger stranger;
    uint8_t buffer[HELLO_FRAME_MAX];
    open_first();
    stranger_call(&stranger, &nodes[0], "n3");
    stranger_say(&stranger, hello_frame(buffer, hello_of(&nodes[1], 1, PEER_BULK), &nodes[2]));
    expect_refusal(&stranger, "its HELLO is not signed by the node that it names");
    stranger_call(&stranger, &nodes[0], "n4");
    stranger_say(&stranger, hello_frame(buffer, hello_of(&nodes[1], 1, PEER_BULK), &nodes[1]));
    say_frame(&stranger, "n2 it is");
    expect_frame("n2 it is", PEER_BULK);
    stranger_end(&stranger);
    node_end(&nodes[0]);
}
END_TEST

START_TEST(refuses_a_peer_that_lost_its_data)
{
    static struct stranger stranger;
    open_first();
    expect_service();
    nodes[1].incarnation.bytes[15] ^= 1;
    say_hello(&stranger, PEER_BULK);
    expect_answer(&stranger, LINKS_WIPED, "it lost the data that it had");
    ck_assert(node_complained(&nodes[0], "n2 at 127.0.0.1"));
    nodes[1].incarnation.bytes[15] ^= 1;
    expect_service();
    node_end(&nodes[0]);
}
END_TEST

static void only_from_the_learned(struct node *node, struct links_frame frame)
{
    invariant(node_learned(node, frame.from) == 1);
    node_keep(node, frame);
}

START_TEST(learns_what_data_a_peer_has_before_its_first_frame_and_once)
{
    static struct stranger peer;
    uint8_t buffer[HELLO_FRAME_MAX + 64];
    open_first();
    ck_assert_uint_eq(node_learned(&nodes[0], 2), 0);
    stranger_call(&peer, &nodes[0], "n2");
    /* With a frame in the same record: it is there before the HELLO is looked at. */
    struct bytes hello = hello_frame(buffer, hello_of(&nodes[1], 1, PEER_BULK), &nodes[1]);
    memcpy(buffer + hello.size,
           "\0\0\0\x05"
           "first",
           9);
    nodes[0].receive = only_from_the_learned;
    stranger_say(&peer, bytes_of(buffer, hello.size + 9));
    expect_frame("first", PEER_BULK);
    ck_assert_mem_eq(&nodes[0].known[2], &nodes[1].incarnation, INCARNATION_SIZE);
    stranger_end(&peer);
    expect_service();
    expect_service();
    ck_assert_uint_eq(node_learned(&nodes[0], 2), 1);
    ck_assert_uint_eq(node_learned(&nodes[0], 3), 0);
    node_end(&nodes[0]);
}
END_TEST

START_TEST(refuses_a_peer_that_lost_its_data_before_this_node_began)
{
    static struct stranger stranger;
    for (uint32_t i = 0; i < NODES_MAX; i++)
        node_init(&nodes[i], i + 1);
    nodes[0].has_known[2] = true;
    nodes[0].known[2] = nodes[1].incarnation;
    node_open(&nodes[0], nodes, NODES_MAX);
    nodes[1].incarnation.bytes[0] ^= 0x80;
    for (int i = 0; i < 2; i++) {
        say_hello(&stranger, i == 0 ? PEER_CONTROL : PEER_BULK);
        expect_answer(&stranger, LINKS_WIPED, "it lost the data that it had");
    }
    nodes[1].incarnation.bytes[0] ^= 0x80;
    expect_service();
    ck_assert_uint_eq(node_learned(&nodes[0], 2), 0);
    node_end(&nodes[0]);
}
END_TEST

static void remove_second(const struct secret_key *secret)
{
    struct links_removed removed[2] = {{.id = 9}, {.id = 2}};
    const struct node *third = &nodes[2];
    ck_assert_int_eq(public_key_of(secret, &removed[1].key), ERR_OK);
    ck_assert_int_eq(links_set_removed(nodes[0].links, removed, 2), ERR_OK);
    ck_assert_int_eq(node_set_peers(&nodes[0], &third, 1), ERR_OK);
}

START_TEST(tells_a_removed_node_so_and_nobody_else)
{
    static struct stranger stranger;
    open_first();
    expect_service();
    remove_second(&nodes[1].secret);
    say_hello(&stranger, PEER_CONTROL);
    expect_answer(&stranger, LINKS_REMOVED, "node 2 at 127.0.0.1");
    ck_assert(node_complained(&nodes[0], "it was removed from the network"));
    /* Who knows its id has not its key. */
    remove_second(&nodes[2].secret);
    say_hello(&stranger, PEER_CONTROL);
    expect_refusal(&stranger, "its HELLO is not signed by the node that it names");
    ck_assert_int_eq(links_set_removed(nodes[0].links, NULL, 0), ERR_OK);
    say_hello(&stranger, PEER_CONTROL);
    expect_refusal(&stranger, "its HELLO is of a node that is no peer");
    struct links_removed many = {.id = 1};
    ck_assert_int_eq(links_set_removed(nodes[0].links, &many, LINKS_REMOVED_MAX + 1), ERR_TOO_MANY);
    node_end(&nodes[0]);
}
END_TEST

START_TEST(hears_nothing_more_of_who_was_told_that_it_is_removed)
{
    static struct stranger stranger;
    static uint8_t noise[16384];
    uint8_t buffer[HELLO_FRAME_MAX + 64];
    open_first();
    remove_second(&nodes[1].secret);
    struct bytes hello = hello_frame(buffer, hello_of(&nodes[1], 1, PEER_BULK), &nodes[1]);
    memcpy(buffer + hello.size,
           "\0\0\0\x05"
           "frame",
           9);
    stranger_call(&stranger, &nodes[0], "n2");
    stranger_say(&stranger, bytes_of(buffer, hello.size + 9));
    wait_until(stranger_heard(&stranger) == 1);
    stranger_say(&stranger, bytes_of(noise, sizeof noise));
    stranger_say(&stranger, hello);
    expect_answer(&stranger, LINKS_REMOVED, "it was removed from the network");
    node_end(&nodes[0]);
}
END_TEST

START_TEST(sends_away_a_peer_whose_frame_is_above_the_limit)
{
    static struct stranger peer;
    uint8_t head[4];
    struct writer writer = writer_over(head, sizeof head);
    writer_u32(&writer, PEER_MESSAGE_SIZE_MAX + 1);
    open_first();
    say_hello(&peer, PEER_BULK);
    wait_until(stranger_heard(&peer) == 1);
    say_frame(&peer, "before");
    stranger_say(&peer, writer_view(&writer));
    wait_until(stranger_is_closed(&peer));
    expect_frame("before", PEER_BULK);
    wait_until(node_complained(&nodes[0], "it sent a frame above the limit"));
    ck_assert(node_complained(&nodes[0], "n2 at 127.0.0.1"));
    stranger_end(&peer);
    expect_service();
    node_end(&nodes[0]);
}
END_TEST

/* ---- floods ---- */

START_TEST(sends_away_who_does_not_get_to_the_hello)
{
    static struct stranger silent;
    static struct stranger slow;
    open_first();
    int idle = tcp_call(&nodes[0]);
    int halting = tcp_call(&nodes[0]);
    ck_assert_int_eq(send(halting, "\x16\x03\x01\x02\x00\x01", 6, MSG_NOSIGNAL), 6);
    stranger_call(&silent, &nodes[0], "n2");
    stranger_call(&slow, &nodes[0], "n2");
    stranger_say(&slow, bytes_of("\0\0\0\x7c\x01\x01", 6));
    wait_until(tcp_is_closed(idle));
    wait_until(tcp_is_closed(halting));
    expect_refusal(&silent, "it did not say HELLO in time");
    expect_refusal(&slow, NULL);
    close(idle);
    close(halting);
    expect_service();
    node_end(&nodes[0]);
}
END_TEST

static int count_closed(const int *fds, bool *is_closed, int count)
{
    int closed = 0;
    for (int i = 0; i < count; i++) {
        if (!is_closed[i])
            is_closed[i] = tcp_is_closed(fds[i]);
        closed += is_closed[i];
    }
    return closed;
}

START_TEST(lets_a_peer_in_beside_five_hundred_idle_callers)
{
    enum { CALLERS = 500 };
    int callers[CALLERS];
    open_first();
    for (int i = 0; i < CALLERS; i++)
        callers[i] = tcp_call(&nodes[0]);
    node_open(&nodes[1], nodes, NODES_MAX);
    wait_until(node_is_all_up(&nodes[1], 1));
    node_send(&nodes[1], 1, PEER_CONTROL, bytes_of("in", 2));
    expect_frame("in", PEER_CONTROL);
    bool is_closed[CALLERS] = {false};
    wait_until(count_closed(callers, is_closed, CALLERS) >= CALLERS - LINKS_STRANGERS_MAX);
    /* They made room for each other: nobody's time was up yet. */
    ck_assert(!node_complained(&nodes[0], "it did not say HELLO in time"));
    for (int i = 0; i < CALLERS; i++)
        close(callers[i]);
    node_end(&nodes[0]);
    node_end(&nodes[1]);
}
END_TEST

static void call_with(const void *bytes, size_t size, bool is_reset)
{
    int fd = tcp_call(&nodes[0]);
    (void)!send(fd, bytes, size, MSG_NOSIGNAL);
    if (is_reset) {
        struct linger at_once = {.l_onoff = 1};
        ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
        close(fd);
        return;
    }
    shutdown(fd, SHUT_WR);
    wait_until(tcp_is_closed(fd));
    close(fd);
}

START_TEST(outlives_garbage_and_does_not_fill_the_log_with_it)
{
    uint8_t noise[3000];
    uint32_t state = 4711;
    open_first();
    for (size_t round = 0; round < 60; round++) {
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
        if (round % 3 == 0) /* a record's head, so that the handshake is entered */
            memcpy(noise, "\x16\x03\x01\x00\x80\x01\x00\x00\x7c\x03\x03", 11);
        call_with(noise, round % 4 == 0 ? 0 : 1 + state % sizeof noise, round % 5 == 0);
    }
    call_with("GET / HTTP/1.1\r\nHost: n1\r\n\r\n", 28, false);
    expect_service();
    node_close(&nodes[0]);
    size_t lines = 0;
    for (const char *at = nodes[0].complaints; (at = strstr(at, "a caller at")) != NULL; at++)
        lines++;
    ck_assert_uint_gt(lines, 0);
    ck_assert_uint_le(lines, 30);
    node_end(&nodes[0]);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &serves_a_peer_and_shows_life,
        &puts_frames_together_that_are_cut_once,
        &puts_frames_together_from_any_pieces,
        &takes_the_newer_of_two_connections_of_a_channel,
        &serves_a_peer_that_calls_more_often_than_there_is_room_for_strangers,
        &refuses_a_hello_that_is_not_meant_for_it_or_not_of_its_signer,
        &refuses_what_is_no_hello,
        &refuses_a_hello_with_any_byte_changed,
        &refuses_certificates_of_no_member_and_expired_ones,
        &refuses_tls_older_than_1_2,
        &knows_a_node_by_its_hello_and_not_by_its_certificate,
        &refuses_a_peer_that_lost_its_data,
        &learns_what_data_a_peer_has_before_its_first_frame_and_once,
        &refuses_a_peer_that_lost_its_data_before_this_node_began,
        &tells_a_removed_node_so_and_nobody_else,
        &hears_nothing_more_of_who_was_told_that_it_is_removed,
        &sends_away_a_peer_whose_frame_is_above_the_limit,
        &sends_away_who_does_not_get_to_the_hello,
        &lets_a_peer_in_beside_five_hundred_idle_callers,
        &outlives_garbage_and_does_not_fill_the_log_with_it,
    };
    return fixture_run("consensus/links_incoming", cases, sizeof cases / sizeof cases[0]);
}
