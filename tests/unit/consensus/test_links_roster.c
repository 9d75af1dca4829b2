#include "consensus/links_roster.h"

#include "tests/unit/consensus/links_fixture.h"

#include <stdatomic.h>

static const enum peer_channel channels[] = {PEER_CONTROL, PEER_BULK};

static struct node nodes[NODES_MAX];

/* Nodes that know the CAs of all three organisations, of which none is open. */
static void init_all(void)
{
    for (uint32_t i = 0; i < NODES_MAX; i++) {
        node_init(&nodes[i], i + 1);
        nodes[i].knows_authorities = true;
    }
}

static void end_all(void)
{
    for (uint32_t i = 0; i < NODES_MAX; i++)
        node_end(&nodes[i]);
}

static bool are_up(size_t a, size_t b)
{
    return node_is_all_up(&nodes[a], nodes[b].id) && node_is_all_up(&nodes[b], nodes[a].id);
}

/* Becomes the peers of `node`: those of the others whose bit is set, n1's the lowest. */
static enum err set_peers(struct node *node, unsigned bits)
{
    const struct node *others[NODES_MAX] = {NULL};
    size_t count = 0;
    for (unsigned i = 0; i < NODES_MAX; i++) {
        if (bits >> i & 1)
            others[count++] = &nodes[i];
    }
    return node_set_peers(node, others, count);
}

/* ---- who comes, who stays ---- */

START_TEST(a_new_peer_is_called_and_heard)
{
    init_all();
    for (uint32_t i = 0; i < NODES_MAX; i++)
        node_open(&nodes[i], &nodes[i], 1);
    for (uint32_t i = 0; i < NODES_MAX; i++)
        ck_assert_int_eq(set_peers(&nodes[i], 7u & ~(1u << i)), ERR_OK);
    wait_until(are_up(0, 1) && are_up(0, 2) && are_up(1, 2));
    for (int i = 0; i < 2; i++) {
        node_send(&nodes[2], 1, channels[i], bytes_of("new", 3));
        struct links_frame frame = node_take(&nodes[0]);
        ck_assert_uint_eq(frame.from, 3);
        ck_assert_int_eq(frame.channel, channels[i]);
        ck_assert(bytes_equal(frame.bytes, bytes_of("new", 3)));
        links_frame_free(&frame);
    }
    end_all();
}
END_TEST

struct count {
    uint32_t next[3]; /* of n1's frames, by channel */
    uint32_t wrong;
};

/* Every number, in order: nothing was lost, so no connection broke. */
static void count_numbers(struct node *node, struct links_frame frame)
{
    struct count *count = node->context;
    uint32_t number = UINT32_MAX;
    pthread_mutex_lock(&node->lock);
    if (frame.bytes.size >= sizeof number)
        memcpy(&number, frame.bytes.data, sizeof number);
    if (frame.from == 1 && number != count->next[frame.channel]++)
        count->wrong++;
    pthread_mutex_unlock(&node->lock);
    links_frame_free(&frame);
}

static bool has_counted(struct node *node, uint32_t number)
{
    const struct count *count = node->context;
    pthread_mutex_lock(&node->lock);
    bool has = count->next[PEER_CONTROL] == number && count->next[PEER_BULK] == number;
    pthread_mutex_unlock(&node->lock);
    return has;
}

START_TEST(peers_that_stay_keep_their_connections_while_others_come_and_go)
{
    enum { ROUNDS = 30 };
    static uint8_t filler[40000];
    struct count count = {0};
    uint32_t number = 0;
    init_all();
    nodes[1].receive = count_numbers;
    nodes[1].context = &count;
    node_open(&nodes[0], nodes, 2);
    node_open(&nodes[1], nodes, 2);
    node_open(&nodes[2], nodes, NODES_MAX);
    wait_until(are_up(0, 1));
    for (unsigned round = 0; round < ROUNDS; round++) {
        unsigned third = round % 2 == 0 ? 4 : 0;
        for (int k = 0; k < 10; k++, number++) {
            memcpy(filler, &number, sizeof number);
            node_send(&nodes[0], 2, PEER_CONTROL, bytes_of(filler, 100));
            node_send(&nodes[0], 2, PEER_BULK, bytes_of(filler, sizeof filler));
        }
        ck_assert_int_eq(set_peers(&nodes[0], 2 | third), ERR_OK);
        ck_assert_int_eq(set_peers(&nodes[1], 1 | third), ERR_OK);
        if (round % 6 == 0)
            wait_until(node_is_all_up(&nodes[0], 3) && node_is_all_up(&nodes[1], 3));
    }
    wait_until(has_counted(&nodes[1], number));
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(node_ups(&nodes[0], 2, channels[i]), 1);
        ck_assert_uint_eq(node_downs(&nodes[0], 2, channels[i]), 0);
        ck_assert_uint_ge(node_ups(&nodes[0], 3, channels[i]), ROUNDS / 6);
        ck_assert_uint_eq(node_ups(&nodes[0], 3, channels[i]),
                          node_downs(&nodes[0], 3, channels[i]));
    }
    ck_assert_uint_eq(count.wrong, 0);
    end_all();
}
END_TEST

/* ---- who goes ---- */

struct flood {
    uint32_t count; /* frames of n2, under the node's lock */
    uint32_t wrong; /* that came when n2 was no peer */
    bool is_gone;
};

static void watch_flood(struct node *node, struct links_frame frame)
{
    struct flood *flood = node->context;
    pthread_mutex_lock(&node->lock);
    flood->count++;
    flood->wrong += flood->is_gone;
    pthread_mutex_unlock(&node->lock);
    links_frame_free(&frame);
}

static uint32_t flood_count(struct node *node)
{
    const struct flood *flood = node->context;
    pthread_mutex_lock(&node->lock);
    uint32_t count = flood->count;
    pthread_mutex_unlock(&node->lock);
    return count;
}

static void flood_set_gone(struct node *node, bool is_gone)
{
    struct flood *flood = node->context;
    pthread_mutex_lock(&node->lock);
    flood->is_gone = is_gone;
    pthread_mutex_unlock(&node->lock);
}

struct sender {
    struct node *node;
    atomic_bool is_over;
};

static void *send_on(void *context)
{
    struct sender *sender = context;
    static const uint8_t filler[30000];
    while (!atomic_load(&sender->is_over)) {
        bool was_busy = true;
        for (int i = 0; i < 2; i++) {
            struct bytes frame = bytes_of(filler, i == 0 ? 50 : sizeof filler);
            was_busy &= links_send(sender->node->links, 1, channels[i], &frame, 1) != ERR_OK;
        }
        if (was_busy)
            nap();
    }
    return NULL;
}

START_TEST(no_frame_of_a_removed_peer_comes_after_its_removal)
{
    struct flood flood = {0};
    struct sender sender = {.node = &nodes[1]};
    struct bytes frame = bytes_of("x", 1);
    pthread_t thread;
    init_all();
    nodes[0].receive = watch_flood;
    nodes[0].context = &flood;
    node_open(&nodes[0], nodes, 2);
    node_open(&nodes[1], nodes, 2);
    node_open(&nodes[2], &nodes[2], 1);
    ck_assert_int_eq(pthread_create(&thread, NULL, send_on, &sender), 0);
    for (int round = 0; round < 12; round++) {
        uint32_t before = flood_count(&nodes[0]);
        wait_until(flood_count(&nodes[0]) - before > 40 && node_is_all_up(&nodes[0], 2));
        ck_assert_int_eq(set_peers(&nodes[0], 4), ERR_OK);
        flood_set_gone(&nodes[0], true);
        ck_assert(!node_is_up(&nodes[0], 2, PEER_CONTROL) && !node_is_up(&nodes[0], 2, PEER_BULK));
        ck_assert_int_eq(links_send(nodes[0].links, 2, PEER_BULK, &frame, 1), ERR_UNREACHABLE);
        if (round % 4 == 0)
            wait_until(node_complained(&nodes[0], "its HELLO is of a node that is no peer"));
        flood_set_gone(&nodes[0], false);
        ck_assert_int_eq(set_peers(&nodes[0], 2), ERR_OK);
        node_forget_complaints(&nodes[0]);
    }
    atomic_store(&sender.is_over, true);
    pthread_join(thread, NULL);
    end_all();
    ck_assert_uint_eq(flood.wrong, 0);
}
END_TEST

START_TEST(a_removed_peer_is_called_no_more)
{
    init_all();
    node_open(&nodes[0], nodes, 2);
    node_open(&nodes[1], nodes, 2);
    wait_until(are_up(0, 1));
    ck_assert_int_eq(set_peers(&nodes[0], 0), ERR_OK);
    wait_until(!node_is_up(&nodes[1], 1, PEER_CONTROL) && !node_is_up(&nodes[1], 1, PEER_BULK));
    /* n2, which calls in vain, is called by nobody: a call would be one of its peer. */
    wait_until(node_complained(&nodes[0], "its HELLO is of a node that is no peer"));
    unsigned ups = node_ups(&nodes[0], 2, PEER_CONTROL);
    node_close(&nodes[1]);
    node_open(&nodes[1], nodes, 2);
    node_forget_complaints(&nodes[0]);
    wait_until(node_complained(&nodes[0], "its HELLO is of a node that is no peer"));
    ck_assert_uint_eq(node_ups(&nodes[0], 2, PEER_CONTROL), ups);
    ck_assert_uint_eq(node_learned(&nodes[1], 1), 1);
    node_end(&nodes[0]);
    node_end(&nodes[1]);
}
END_TEST

START_TEST(a_removed_node_hears_it_from_each_of_its_peers_once)
{
    struct links_removed removed = {.id = 3};
    init_all();
    for (uint32_t i = 0; i < NODES_MAX; i++)
        node_open(&nodes[i], nodes, NODES_MAX);
    wait_until(are_up(0, 1) && are_up(0, 2) && are_up(1, 2));
    removed.key = node_key(&nodes[2]);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_uint_eq(node_removed(&nodes[2], i + 1), 0);
        ck_assert_int_eq(links_set_removed(nodes[i].links, &removed, 1), ERR_OK);
        ck_assert_int_eq(set_peers(&nodes[i], i == 0 ? 2 : 1), ERR_OK);
        wait_until(node_removed(&nodes[2], i + 1) == 1);
        ck_assert_uint_eq(node_removed(&nodes[2], 2), i);
    }
    ck_assert(node_complained(&nodes[2], "it says that this node was removed from the network"));
    ck_assert(node_complained(&nodes[0], "it was removed from the network"));
    ck_assert(are_up(0, 1));
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(node_removed(&nodes[i], 1) + node_removed(&nodes[i], 2), 0);
        ck_assert_uint_eq(node_removed(&nodes[i], 3), 0);
    }
    end_all();
}
END_TEST

START_TEST(a_wiped_node_is_told_what_to_do_by_a_peer_that_was_closed_meanwhile)
{
    init_all();
    node_open(&nodes[0], nodes, 2);
    node_open(&nodes[1], nodes, 2);
    wait_until(are_up(0, 1));
    ck_assert_uint_eq(node_learned(&nodes[0], 2), 1);
    node_close(&nodes[0]);
    node_close(&nodes[1]);
    nodes[1].incarnation.bytes[7] ^= 1;
    node_open(&nodes[0], nodes, 2); /* with what it learned */
    node_open(&nodes[1], nodes, 2);
    wait_until(node_complained(&nodes[1], "let it join with a fresh node id"));
    wait_until(node_wiped(&nodes[1], 1) == 1);
    ck_assert_uint_eq(node_wiped(&nodes[0], 2) + node_removed(&nodes[1], 1), 0);
    wait_until(node_complained(&nodes[0], "it lost the data that it had when it called first"));
    ck_assert(!node_is_up(&nodes[1], 1, PEER_CONTROL) && !node_is_up(&nodes[1], 1, PEER_BULK));
    node_end(&nodes[0]);
    node_end(&nodes[1]);
}
END_TEST

/* Its incarnation was learned before the node could say so to links_set_peers(). */
START_TEST(a_peer_that_moves_goes_and_comes_and_stays_known)
{
    init_all();
    node_open(&nodes[0], nodes, 2);
    node_open(&nodes[1], nodes, 2);
    wait_until(are_up(0, 1));
    node_close(&nodes[1]);
    (void)snprintf(nodes[1].address, sizeof nodes[1].address, "tls+tcp://localhost:%u",
                   port_reserve());
    (void)snprintf(nodes[1].listen, sizeof nodes[1].listen, "tls+tcp://127.0.0.1%s",
                   strrchr(nodes[1].address, ':'));
    nodes[0].has_known[2] = false;
    ck_assert_int_eq(set_peers(&nodes[0], 2), ERR_OK);
    node_open(&nodes[1], nodes, 2);
    wait_until(are_up(0, 1));
    node_close(&nodes[1]);
    nodes[1].incarnation.bytes[7] ^= 1;
    node_open(&nodes[1], nodes, 2);
    wait_until(node_complained(&nodes[1], "let it join with a fresh node id"));
    wait_until(node_wiped(&nodes[1], 1) == 1);
    ck_assert_uint_eq(node_wiped(&nodes[0], 2) + node_removed(&nodes[1], 1), 0);
    ck_assert_uint_eq(node_learned(&nodes[0], 2), 1);
    node_end(&nodes[0]);
    node_end(&nodes[1]);
}
END_TEST

/* ---- who cannot come ---- */

static void expect_left_out(struct links_peer *peers, enum err expected, const char *words)
{
    node_forget_complaints(&nodes[0]);
    enum err err = links_set_peers(nodes[0].links, peers, 2);
    ck_assert_msg(err == expected, "%s for %s: %s", err_name(err), words, nodes[0].complaints);
    ck_assert_msg(node_complained(&nodes[0], words), "%s", nodes[0].complaints);
}

/* n2, which stays up all the while, comes after the one that cannot be used. */
START_TEST(a_peer_that_cannot_be_used_keeps_no_other_out)
{
    init_all();
    node_open(&nodes[0], nodes, 2);
    node_open(&nodes[1], nodes, 2);
    wait_until(are_up(0, 1));
    struct links_peer good = node_peer(&nodes[0], &nodes[2]);
    struct links_peer peers[2] = {good, node_peer(&nodes[0], &nodes[1])};
    struct bytes unknown = fixture_file("x", "der");
    struct bytes frame = bytes_of("x", 1);
    peers[0].address = "tcp://127.0.0.1:7000";
    expect_left_out(peers, ERR_CONFIG, "not a node's address");
    peers[0] = good;
    peers[0].name = "a-name-of-more-than-thirty-two-bytes";
    expect_left_out(peers, ERR_CONFIG, "too long a name");
    peers[0] = good;
    peers[0].id = 1;
    expect_left_out(peers, ERR_CONFIG, "not a number of its own");
    peers[0].id = 0;
    expect_left_out(peers, ERR_CONFIG, "not a number of its own");
    peers[0] = good;
    peers[0].ca = unknown;
    expect_left_out(peers, ERR_CONFIG,
                    "of an organisation whose CA was not known at the start: n3");
    peers[0].ca = bytes_of(NULL, 0);
    expect_left_out(peers, ERR_CONFIG, "whose CA was not known");
    ck_assert_int_eq(links_send(nodes[0].links, 3, PEER_BULK, &frame, 1), ERR_UNREACHABLE);
    ck_assert_int_eq(links_set_peers(nodes[0].links, peers, LINKS_PEERS_MAX + 1), ERR_TOO_MANY);
    for (int i = 0; i < 2; i++)
        ck_assert_uint_eq(node_downs(&nodes[0], 2, channels[i]), 0);
    peers[0] = good;
    expect_left_out(peers, ERR_OK, "");
    node_open(&nodes[2], nodes, NODES_MAX);
    wait_until(node_is_all_up(&nodes[0], 3));
    free((void *)(uintptr_t)unknown.data);
    free((void *)(uintptr_t)good.ca.data);
    free((void *)(uintptr_t)peers[1].ca.data);
    end_all();
}
END_TEST

/* Another organisation's CA is trusted, but not with this name. */
START_TEST(a_new_peer_must_have_its_own_organisations_certificate)
{
    init_all();
    nodes[2].certificate = "n3-of-b";
    node_open(&nodes[0], nodes, 2);
    node_open(&nodes[2], nodes, NODES_MAX);
    ck_assert_int_eq(set_peers(&nodes[0], 6), ERR_OK);
    wait_until(node_complained(&nodes[0], "n3, control: no session") &&
               node_complained(&nodes[0], "n3, bulk: no session"));
    ck_assert_uint_eq(node_ups(&nodes[0], 3, PEER_CONTROL) + node_ups(&nodes[0], 3, PEER_BULK), 0);
    node_close(&nodes[2]);
    nodes[2].certificate = "n3";
    node_open(&nodes[2], nodes, NODES_MAX);
    wait_until(are_up(0, 2));
    node_end(&nodes[0]);
    node_end(&nodes[2]);
}
END_TEST

START_TEST(an_organisation_whose_ca_is_unusable_keeps_nobody_else_out)
{
    struct links_peer peers[NODES_MAX];
    init_all();
    struct links_options options = node_options(&nodes[0], nodes, 1, peers);
    struct bytes third = options.authorities[2];
    struct bytes authorities[] = {bytes_of("no certificate", 14), bytes_of(NULL, 0),
                                  bytes_of(third.data, CERTIFICATE_SIZE_MAX + 1), third, third};
    options.authorities = authorities;
    options.authority_count = sizeof authorities / sizeof authorities[0];
    ck_assert_int_eq(links_open(&options, &nodes[0].links), ERR_OK);
    ck_assert(node_complained(&nodes[0], "the CA certificate of an organisation cannot be used"));
    node_open(&nodes[2], nodes, NODES_MAX);
    ck_assert_int_eq(set_peers(&nodes[0], 2), ERR_CONFIG);
    ck_assert_int_eq(set_peers(&nodes[0], 4), ERR_OK);
    wait_until(are_up(0, 2));
    struct links *links;
    options.authority_count = LINKS_AUTHORITIES_MAX + 1;
    ck_assert_int_eq(links_open(&options, &links), ERR_TOO_MANY);
    node_options_free(&options, peers);
    node_end(&nodes[0]);
    node_end(&nodes[2]);
}
END_TEST

START_TEST(closes_right_after_its_peers_changed)
{
    init_all();
    for (unsigned round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < NODES_MAX; i++)
            node_open(&nodes[i], nodes, NODES_MAX);
        for (unsigned k = 0; k < round; k++)
            nap();
        for (uint32_t i = 0; i < NODES_MAX; i++)
            ck_assert_int_eq(set_peers(&nodes[i], (round + i) % 8 & ~(1u << i)), ERR_OK);
        for (uint32_t i = 0; i < NODES_MAX; i++) {
            node_close(&nodes[i]);
            memset(nodes[i].has_known, 0, sizeof nodes[i].has_known);
        }
    }
    end_all();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_new_peer_is_called_and_heard,
        &peers_that_stay_keep_their_connections_while_others_come_and_go,
        &no_frame_of_a_removed_peer_comes_after_its_removal,
        &a_removed_peer_is_called_no_more,
        &a_removed_node_hears_it_from_each_of_its_peers_once,
        &a_wiped_node_is_told_what_to_do_by_a_peer_that_was_closed_meanwhile,
        &a_peer_that_moves_goes_and_comes_and_stays_known,
        &a_peer_that_cannot_be_used_keeps_no_other_out,
        &a_new_peer_must_have_its_own_organisations_certificate,
        &an_organisation_whose_ca_is_unusable_keeps_nobody_else_out,
        &closes_right_after_its_peers_changed,
    };
    return fixture_run("consensus/links_roster", cases, sizeof cases / sizeof cases[0]);
}
