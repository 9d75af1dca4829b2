#include "tests/unit/consensus/links_fixture.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>

static const enum peer_channel channels[] = {PEER_CONTROL, PEER_BULK};

static void open_two(struct node *nodes)
{
    node_init(&nodes[0], 1);
    node_init(&nodes[1], 2);
    node_open(&nodes[0], nodes, 2);
    node_open(&nodes[1], nodes, 2);
}

static void end_two(struct node *nodes)
{
    node_end(&nodes[0]);
    node_end(&nodes[1]);
}

/* ---- numbered frames: the k-th of a channel has a known size and content ---- */

static const size_t sizes[] = {0,    1,     2,     3,     4,     5,     57,      200,
                               4096, 15871, 16379, 16380, 16381, 16384, 1048576, 65537,
                               1000, 33,    8,     0,     0,     1};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

static uint32_t mix(uint32_t x)
{
    x = (x ^ x >> 16) * 0x45d9f3bu;
    x = (x ^ x >> 16) * 0x45d9f3bu;
    return x ^ x >> 16;
}

static void fill(uint8_t *data, size_t size, uint32_t from, enum peer_channel channel, uint32_t k)
{
    uint32_t seed = mix(from * 1000003u + (uint32_t)channel * 10007u + k);
    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(mix(seed + (uint32_t)(i / 64)) >> (i % 4 * 8));
}

struct traffic {
    uint32_t next[NODES_MAX + 1][3]; /* of what comes in */
    uint32_t wrong;
    uint8_t *expected;
};

static void check_frame(struct node *node, struct links_frame frame)
{
    struct traffic *traffic = node->context;
    pthread_mutex_lock(&node->lock);
    uint32_t k = traffic->next[frame.from][frame.channel]++;
    size_t size = sizes[k % SIZES];
    fill(traffic->expected, size, frame.from, frame.channel, k);
    if (!bytes_equal(frame.bytes, bytes_of(traffic->expected, size)))
        traffic->wrong++;
    pthread_mutex_unlock(&node->lock);
    links_frame_free(&frame);
}

static uint32_t received(struct node *node, uint32_t from, enum peer_channel channel)
{
    const struct traffic *traffic = node->context;
    pthread_mutex_lock(&node->lock);
    uint32_t count = traffic->next[from][channel];
    pthread_mutex_unlock(&node->lock);
    return count;
}

static void exchange(struct node *nodes, size_t count, uint32_t frame_count)
{
    struct traffic traffic[NODES_MAX] = {0};
    uint8_t *frame = malloc(1048576);
    for (size_t i = 0; i < count; i++) {
        node_init(&nodes[i], (uint32_t)i + 1);
        traffic[i].expected = malloc(1048576);
        nodes[i].receive = check_frame;
        nodes[i].context = &traffic[i];
    }
    for (size_t i = 0; i < count; i++)
        node_open(&nodes[i], nodes, count);
    for (uint32_t k = 0; k < frame_count; k++) {
        for (size_t i = 0; i < count * count * 2; i++) {
            size_t from = i / 2 / count;
            size_t to = i / 2 % count;
            if (from == to)
                continue;
            fill(frame, sizes[k % SIZES], nodes[from].id, channels[i % 2], k);
            node_send(&nodes[from], nodes[to].id, channels[i % 2],
                      bytes_of(frame, sizes[k % SIZES]));
        }
    }
    for (size_t i = 0; i < count * count * 2; i++) {
        size_t from = i / 2 / count;
        size_t to = i / 2 % count;
        if (from != to)
            wait_until(received(&nodes[to], nodes[from].id, channels[i % 2]) == frame_count);
    }
    for (size_t i = 0; i < count; i++)
        node_end(&nodes[i]);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(traffic[i].wrong, 0);
        free(traffic[i].expected);
    }
    free(frame);
}

START_TEST(two_nodes_exchange_frames_of_all_sizes_in_order)
{
    static struct node nodes[NODES_MAX];
    exchange(nodes, 2, 4 * SIZES);
}
END_TEST

START_TEST(three_nodes_exchange_frames_of_all_sizes_in_order)
{
    static struct node nodes[NODES_MAX];
    exchange(nodes, 3, 2 * SIZES);
}
END_TEST

START_TEST(joins_the_parts_of_a_frame)
{
    static struct node nodes[2];
    open_two(nodes);
    struct bytes parts[] = {bytes_of("block", 5), bytes_of(NULL, 0), bytes_of("chain", 5)};
    wait_until(node_is_all_up(&nodes[0], 2));
    ck_assert_int_eq(links_send(nodes[0].links, 2, PEER_BULK, parts, 3), ERR_OK);
    ck_assert_int_eq(links_send(nodes[0].links, 2, PEER_BULK, NULL, 0), ERR_OK);
    struct links_frame frame = node_take(&nodes[1]);
    ck_assert(bytes_equal(frame.bytes, bytes_of("blockchain", 10)));
    ck_assert_uint_eq(frame.from, 1);
    ck_assert_int_eq(frame.channel, PEER_BULK);
    links_frame_free(&frame);
    frame = node_take(&nodes[1]);
    ck_assert_uint_eq(frame.bytes.size, 0);
    links_frame_free(&frame);
    end_two(nodes);
}
END_TEST

START_TEST(takes_the_largest_frame_on_both_channels_and_no_larger)
{
    static struct node nodes[2];
    uint8_t *large = calloc(1, PEER_MESSAGE_SIZE_MAX);
    open_two(nodes);
    for (int i = 0; i < 2; i++) {
        struct bytes parts[] = {bytes_of(large, PEER_MESSAGE_SIZE_MAX), bytes_of(large, 1),
                                bytes_of(large, SIZE_MAX)};
        node_send(&nodes[0], 2, channels[i], parts[0]);
        ck_assert_int_eq(links_send(nodes[0].links, 2, channels[i], parts, 2), ERR_TOO_LARGE);
        ck_assert_int_eq(links_send(nodes[0].links, 2, channels[i], parts + 1, 2), ERR_TOO_LARGE);
        struct links_frame frame = node_take(&nodes[1]);
        ck_assert(bytes_equal(frame.bytes, parts[0]));
        links_frame_free(&frame);
    }
    end_two(nodes);
    free(large);
}
END_TEST

START_TEST(tells_when_a_peer_goes_and_comes_back)
{
    static struct node nodes[2];
    struct bytes frame = bytes_of("x", 1);
    open_two(nodes);
    ck_assert_int_eq(links_send(nodes[0].links, 3, PEER_BULK, &frame, 1), ERR_UNREACHABLE);
    wait_until(node_is_all_up(&nodes[0], 2) && node_is_all_up(&nodes[1], 1));
    node_close(&nodes[1]);
    ck_assert(!node_is_up(&nodes[1], 1, PEER_CONTROL));
    ck_assert(!node_is_up(&nodes[1], 1, PEER_BULK));
    wait_until(!node_is_up(&nodes[0], 2, PEER_CONTROL) && !node_is_up(&nodes[0], 2, PEER_BULK));
    ck_assert_int_eq(links_send(nodes[0].links, 2, PEER_CONTROL, &frame, 1), ERR_UNREACHABLE);
    wait_until(node_complained(&nodes[0], "n2, control: lost tls+tcp://127.0.0.1"));
    node_open(&nodes[1], nodes, 2);
    wait_until(node_is_all_up(&nodes[0], 2) && node_is_all_up(&nodes[1], 1));
    ck_assert(!node_complained(&nodes[0], "is not served"));
    end_two(nodes);
}
END_TEST

/* ---- a peer that stops, starts, flaps ---- */

struct sender {
    struct node *node;
    uint32_t to;
    atomic_bool is_over;
    uint32_t last[3]; /* by channel */
};

/* Numbered frames on both channels, whatever becomes of them. */
static void *send_numbers(void *context)
{
    struct sender *sender = context;
    static const uint8_t filler[30000];
    while (!atomic_load(&sender->is_over)) {
        bool was_busy = true;
        for (int i = 0; i < 2; i++) {
            uint32_t number = ++sender->last[channels[i]];
            struct bytes parts[] = {bytes_of(&number, sizeof number),
                                    bytes_of(filler, i == 0 ? 50 : sizeof filler)};
            was_busy &=
                links_send(sender->node->links, sender->to, channels[i], parts, 2) != ERR_OK;
        }
        if (was_busy)
            nap();
    }
    return NULL;
}

struct numbers {
    uint32_t last[3];
    uint32_t count;
    uint32_t wrong;
    bool is_closed;
};

static void check_number(struct node *node, struct links_frame frame)
{
    struct numbers *numbers = node->context;
    uint32_t number = 0;
    pthread_mutex_lock(&node->lock);
    if (frame.bytes.size >= sizeof number)
        memcpy(&number, frame.bytes.data, sizeof number);
    /* Some are lost with their connection; none comes twice or late, or after the end. */
    if (number <= numbers->last[frame.channel] || frame.from != 1 || numbers->is_closed)
        numbers->wrong++;
    numbers->last[frame.channel] = number;
    numbers->count++;
    pthread_mutex_unlock(&node->lock);
    links_frame_free(&frame);
}

static uint32_t number_count(struct node *node)
{
    const struct numbers *numbers = node->context;
    pthread_mutex_lock(&node->lock);
    uint32_t count = numbers->count;
    pthread_mutex_unlock(&node->lock);
    return count;
}

static void set_closed(struct node *node, bool is_closed)
{
    struct numbers *numbers = node->context;
    pthread_mutex_lock(&node->lock);
    numbers->is_closed = is_closed;
    pthread_mutex_unlock(&node->lock);
}

/* n2 is closed and opened `rounds` times while n1 sends to it, each time after `frames` more. */
static void restart_under_traffic(unsigned rounds, uint32_t frames)
{
    static struct node nodes[2];
    struct numbers numbers = {0};
    node_init(&nodes[0], 1);
    node_init(&nodes[1], 2);
    nodes[1].receive = check_number;
    nodes[1].context = &numbers;
    node_open(&nodes[0], nodes, 2);
    struct sender sender = {.node = &nodes[0], .to = 2};
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, send_numbers, &sender), 0);
    for (unsigned i = 0; i < rounds; i++) {
        set_closed(&nodes[1], false);
        uint32_t before = number_count(&nodes[1]);
        node_open(&nodes[1], nodes, 2);
        wait_until(number_count(&nodes[1]) - before >= frames);
        node_close(&nodes[1]);
        set_closed(&nodes[1], true);
    }
    atomic_store(&sender.is_over, true);
    pthread_join(thread, NULL);
    end_two(nodes);
    ck_assert_uint_eq(numbers.wrong, 0);
}

START_TEST(goes_on_after_each_restart_of_a_peer)
{
    restart_under_traffic(6, 300);
}
END_TEST

START_TEST(survives_a_peer_that_flaps)
{
    restart_under_traffic(5, 1);
    restart_under_traffic(12, 0);
}
END_TEST

/* Opens, talks to the two others until it is told, closes while they talk. */
static void *come_and_go(void *context)
{
    struct sender *sender = context;
    struct node *node = sender->node;
    static const uint8_t filler[20000];
    struct bytes frame = bytes_of(filler, sizeof filler);
    set_closed(node, false);
    node_open(node, node - (node->id - 1), 3);
    for (unsigned i = 0; !atomic_load(&sender->is_over); i++) {
        bool was_busy = true;
        for (uint32_t to = 1; to <= 3; to++)
            was_busy &= links_send(node->links, to, channels[i % 2], &frame, 1) != ERR_OK;
        if (was_busy)
            nap();
    }
    node_close(node);
    set_closed(node, true);
    return NULL;
}

static void count_frame(struct node *node, struct links_frame frame)
{
    struct numbers *numbers = node->context;
    pthread_mutex_lock(&node->lock);
    numbers->wrong += numbers->is_closed;
    numbers->count++;
    pthread_mutex_unlock(&node->lock);
    links_frame_free(&frame);
}

START_TEST(closes_under_traffic_without_a_callback_after)
{
    static struct node nodes[3];
    struct numbers numbers[3] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        node_init(&nodes[i], i + 1);
        nodes[i].receive = count_frame;
        nodes[i].context = &numbers[i];
    }
    for (uint32_t round = 0; round < 8; round++) {
        struct sender senders[3] = {{.node = nodes}, {.node = nodes + 1}, {.node = nodes + 2}};
        pthread_t threads[3];
        for (int i = 0; i < 3; i++)
            ck_assert_int_eq(pthread_create(&threads[i], NULL, come_and_go, &senders[i]), 0);
        for (int i = 0; i < 3; i++)
            wait_until(number_count(&nodes[i]) > 20 * round);
        for (uint32_t i = 0; i < 3; i++) {
            uint32_t which = (round + i * (1 + round % 2)) % 3;
            atomic_store(&senders[which].is_over, true);
            if (round % 4 != 0)
                pthread_join(threads[which], NULL);
        }
        for (int i = 0; round % 4 == 0 && i < 3; i++)
            pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < 3; i++) {
        node_end(&nodes[i]);
        ck_assert_uint_eq(numbers[i].wrong, 0);
    }
}
END_TEST

/* ---- a peer that does not read ---- */

/* Until the queue is full and stays so; how many frames that took. */
static uint64_t fill_bulk(struct node *node, uint32_t to)
{
    static const uint8_t block[262144];
    struct bytes frame = bytes_of(block, sizeof block);
    uint64_t frames = 0;
    double quiet_since = now_s();
    while (now_s() - quiet_since < 0.3) {
        enum err err = links_send(node->links, to, PEER_BULK, &frame, 1);
        if (err != ERR_OK) {
            ck_assert_int_eq(err, ERR_BUSY);
            nap();
            continue;
        }
        quiet_since = now_s();
        ck_assert_uint_lt(++frames, 1024);
    }
    return frames;
}

static void hold_bulk(struct node *node, struct links_frame frame)
{
    atomic_bool *is_held = node->context;
    if (frame.channel == PEER_CONTROL) {
        node_keep(node, frame);
        return;
    }
    while (atomic_load(is_held))
        nap();
    links_frame_free(&frame);
}

START_TEST(a_full_bulk_queue_is_busy_and_control_goes_on)
{
    static struct node nodes[2];
    atomic_bool is_held = true;
    node_init(&nodes[0], 1);
    node_init(&nodes[1], 2);
    nodes[1].receive = hold_bulk;
    nodes[1].context = &is_held;
    node_open(&nodes[0], nodes, 2);
    node_open(&nodes[1], nodes, 2);
    wait_until(node_is_all_up(&nodes[0], 2));
    ck_assert_uint_ge(fill_bulk(&nodes[0], 2) * 262148, LINKS_BULK_QUEUE_MAX - 262148);
    for (uint32_t k = 0; k < 200; k++) {
        struct bytes frame = bytes_of(&k, sizeof k);
        node_send(&nodes[0], 2, PEER_CONTROL, frame);
        struct links_frame there = node_take(&nodes[1]);
        ck_assert(bytes_equal(there.bytes, frame));
        node_send(&nodes[1], 1, PEER_CONTROL, there.bytes);
        links_frame_free(&there);
        struct links_frame back = node_take(&nodes[0]);
        ck_assert(bytes_equal(back.bytes, frame));
        links_frame_free(&back);
    }
    ck_assert(node_is_up(&nodes[0], 2, PEER_BULK));
    atomic_store(&is_held, false);
    node_send(&nodes[0], 2, PEER_BULK, bytes_of("x", 1));
    end_two(nodes);
}
END_TEST

static void echo(struct node *node, struct links_frame frame)
{
    if (frame.channel == PEER_CONTROL)
        node_keep(node, frame);
    else
        links_frame_free(&frame);
}

_Noreturn static void be_second_node(struct node *nodes)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    nodes[1].receive = echo;
    node_open(&nodes[1], nodes, 2);
    for (;;) {
        struct links_frame frame = node_take(&nodes[1]);
        node_send(&nodes[1], 1, PEER_CONTROL, frame.bytes);
        links_frame_free(&frame);
    }
}

static void expect_echo(struct node *node, const char *text)
{
    struct bytes frame = bytes_of(text, strlen(text));
    node_send(node, 2, PEER_CONTROL, frame);
    struct links_frame back = node_take(node);
    ck_assert(bytes_equal(back.bytes, frame));
    links_frame_free(&back);
}

START_TEST(notices_a_peer_that_is_frozen_and_takes_it_back)
{
    static struct node nodes[2];
    node_init(&nodes[0], 1);
    node_init(&nodes[1], 2);
    pid_t other = fork();
    ck_assert_int_ge(other, 0);
    if (other == 0)
        be_second_node(nodes);
    node_open(&nodes[0], nodes, 2);
    wait_until(node_is_all_up(&nodes[0], 2));
    expect_echo(&nodes[0], "before");
    ck_assert_int_eq(kill(other, SIGSTOP), 0);
    (void)fill_bulk(&nodes[0], 2);
    wait_until(!node_is_up(&nodes[0], 2, PEER_CONTROL) && !node_is_up(&nodes[0], 2, PEER_BULK));
    ck_assert(node_complained(&nodes[0], "no sign of life"));
    ck_assert_int_eq(kill(other, SIGCONT), 0);
    expect_echo(&nodes[0], "after");
    ck_assert_int_eq(kill(other, SIGKILL), 0);
    ck_assert_int_eq(waitpid(other, NULL, 0), other);
    wait_until(!node_is_up(&nodes[0], 2, PEER_CONTROL) && !node_is_up(&nodes[0], 2, PEER_BULK));
    node_end(&nodes[0]);
}
END_TEST

/* ---- what cannot be opened ---- */

static void expect_no_open(struct links_options *options, enum err expected, const char *words)
{
    struct node *node = options->context;
    struct links *links;
    node->complaints[0] = '\0';
    enum err err = links_open(options, &links);
    ck_assert_msg(err == expected, "%s for %s: %s", err_name(err), words, node->complaints);
    ck_assert_ptr_null(links);
    ck_assert_msg(strstr(node->complaints, words) != NULL, "%s", node->complaints);
}

static void open_three(struct node *nodes, struct links_options *options, struct links_peer *peers)
{
    for (uint32_t i = 0; i < 3; i++)
        node_init(&nodes[i], i + 1);
    *options = node_options(&nodes[0], nodes, 3, peers);
}

START_TEST(refuses_certificates_that_do_not_parse)
{
    static struct node nodes[3];
    struct links_peer peers[NODES_MAX];
    struct links_options good;
    open_three(nodes, &good, peers);
    struct links_options bad = good;
    bad.certificate_pem = "no certificate";
    expect_no_open(&bad, ERR_CONFIG, "the certificate of this node cannot be used");
    bad = good;
    bad.certificate_key_pem = "";
    expect_no_open(&bad, ERR_CONFIG, "the certificate of this node cannot be used");
    peers[1].ca.size--;
    expect_no_open(&good, ERR_CONFIG, "the CA certificate of n3 cannot be used");
    peers[1].ca.size = 0;
    expect_no_open(&good, ERR_CONFIG, "the CA certificate of n3 cannot be used");
    peers[1].ca.size = CERTIFICATE_SIZE_MAX + 1;
    expect_no_open(&good, ERR_CONFIG, "the CA certificate of n3 cannot be used");
    node_options_free(&good, peers);
}
END_TEST

START_TEST(refuses_addresses_and_numbers_that_are_none)
{
    static const char *const addresses[] = {"", "127.0.0.1:7000",
                                            "tcp://127.0.0.1:7000", /* no TLS */
                                            "ws://127.0.0.1:7000", "tls+tcp://127.0.0.1"};
    static struct node nodes[3];
    struct links_peer peers[NODES_MAX];
    struct links_options good;
    open_three(nodes, &good, peers);
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct links_options bad = good;
        bad.listen = addresses[i];
        expect_no_open(&bad, ERR_CONFIG, "not an address to listen on");
        const char *address = peers[0].address;
        peers[0].address = addresses[i];
        expect_no_open(&good, ERR_CONFIG, "not a node's address");
        peers[0].address = address;
    }
    static const uint32_t ids[] = {0, 1, 3};
    for (size_t i = 0; i < 3; i++) {
        peers[0].id = ids[i];
        expect_no_open(&good, ERR_CONFIG, "not a number of its own");
    }
    peers[0].id = 2;
    peers[0].name = "a-name-of-more-than-thirty-two-bytes";
    expect_no_open(&good, ERR_CONFIG, "too long a name");
    peers[0].name = "n2";
    struct links_options many = good;
    many.peer_count = LINKS_PEERS_MAX + 1;
    expect_no_open(&many, ERR_TOO_MANY, "");
    node_options_free(&good, peers);
}
END_TEST

START_TEST(refuses_a_key_that_is_none_and_a_port_that_is_taken)
{
    static struct node nodes[3];
    static const struct secret_key zero;
    struct links_peer peers[NODES_MAX];
    struct links_options options;
    open_three(nodes, &options, peers);
    options.key = &zero;
    expect_no_open(&options, ERR_BAD_KEY, "");
    node_open(&nodes[1], nodes, 3);
    options.key = &nodes[0].secret;
    options.listen = nodes[1].listen;
    expect_no_open(&options, ERR_NETWORK, "cannot listen on tls+tcp://127.0.0.1");
    node_options_free(&options, peers);
    node_end(&nodes[1]);
}
END_TEST

START_TEST(opens_without_peers)
{
    static struct node node;
    node_init(&node, 1);
    node_open(&node, &node, 1);
    node_end(&node);
    links_close(NULL);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &two_nodes_exchange_frames_of_all_sizes_in_order,
        &three_nodes_exchange_frames_of_all_sizes_in_order,
        &joins_the_parts_of_a_frame,
        &takes_the_largest_frame_on_both_channels_and_no_larger,
        &tells_when_a_peer_goes_and_comes_back,
        &goes_on_after_each_restart_of_a_peer,
        &survives_a_peer_that_flaps,
        &closes_under_traffic_without_a_callback_after,
        &a_full_bulk_queue_is_busy_and_control_goes_on,
        &notices_a_peer_that_is_frozen_and_takes_it_back,
        &refuses_certificates_that_do_not_parse,
        &refuses_addresses_and_numbers_that_are_none,
        &refuses_a_key_that_is_none_and_a_port_that_is_taken,
        &opens_without_peers,
    };
    return fixture_run("consensus/links", cases, sizeof cases / sizeof cases[0]);
}
