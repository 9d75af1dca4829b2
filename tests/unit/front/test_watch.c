/*
 * What watches a node is answered by HTTP, over real sockets.
 */
#include "front/watch_front.h"

#include "tests/unit/ledger/scene.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#define TEXT_SIZE   4096
#define PATIENCE_MS 60000 /* never reached unless something is wrong */

static char heard[2 * TEXT_SIZE];

/* A node that says what the test wants. */
struct node {
    struct scene scene;
    struct eir *eir;
    struct watch_front *front;
    bool is_ready;
    bool is_cut; /* its texts do not fit */
};

static void put(const struct node *node, struct writer *writer, const char *text)
{
    writer_bytes(writer, text, strlen(text));
    if (node->is_cut)
        writer_fail(writer, ERR_TOO_LARGE);
}

static void write_metrics(void *context, struct writer *writer)
{
    put(context, writer, "# EOF\n");
}

static bool write_ready(void *context, struct writer *writer)
{
    const struct node *node = context;
    put(node, writer, node->is_ready ? "{\"a\":1}" : "{\"a\":2}");
    return node->is_ready;
}

static void node_open(struct node *node)
{
    struct complaint complaint;
    struct watch_options options = {.is_on = true, .listen = {.host = "127.0.0.1"}};
    struct watch_port port = {.context = node,
                              .metrics_size_max = TEXT_SIZE,
                              .metrics = write_metrics,
                              .ready_size_max = TEXT_SIZE,
                              .ready = write_ready};
    *node = (struct node){.is_ready = true};
    scene_open(&node->scene, 1);
    assert_ok(eir_open(&(struct eir_options){.ledger = node->scene.ledger}, &node->eir));
    assert_ok(watch_front_open(&options, &port, node->eir, &node->front, &complaint));
}

static void node_close(struct node *node)
{
    watch_front_close(node->front);
    eir_close(node->eir);
    scene_close(&node->scene);
}

static const char *ask(const struct node *node, const char *target)
{
    char request[256];
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)watch_front_port(node->front)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int size = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", target);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(send(fd, request, (size_t)size, MSG_NOSIGNAL), size);
    size_t got = 0;
    ssize_t now;
    do {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        ck_assert_int_eq(poll(&poll_fd, 1, PATIENCE_MS), 1);
        now = recv(fd, heard + got, sizeof heard - 1 - got, 0);
        got += now > 0 ? (size_t)now : 0;
    } while (now > 0);
    heard[got] = '\0';
    close(fd);
    return heard;
}

static void expect(const char *answer, const char *status, const char *type, const char *body)
{
    char line[64];
    char field[128];
    snprintf(line, sizeof line, "HTTP/1.1 %s ", status);
    snprintf(field, sizeof field, "\r\ncontent-type: %s\r\n", type);
    ck_assert_msg(strncmp(answer, line, strlen(line)) == 0, "%s", answer);
    ck_assert_msg(strstr(answer, field) != NULL, "%s", answer);
    ck_assert_msg(strstr(answer, "\r\ncache-control: no-store\r\n") != NULL, "%s", answer);
    ck_assert_str_eq(strstr(answer, "\r\n\r\n") + 4, body);
}

START_TEST(figures_come_with_the_type_of_openmetrics)
{
    struct node node;
    node_open(&node);
    expect(ask(&node, "/metrics"), "200",
           "application/openmetrics-text; version=1.0.0; charset=utf-8", "# EOF\n");
    node_close(&node);
}
END_TEST

START_TEST(a_node_that_is_not_to_be_asked_lives_and_says_503)
{
    struct node node;
    node_open(&node);
    expect(ask(&node, "/health/ready"), "200", "application/json", "{\"a\":1}");
    node.is_ready = false;
    expect(ask(&node, "/health/ready"), "503", "application/json", "{\"a\":2}");
    expect(ask(&node, "/health/live"), "200", "application/json", "{\"status\":\"live\"}\n");
    node_close(&node);
}
END_TEST

START_TEST(half_a_text_is_not_sent)
{
    struct node node;
    node_open(&node);
    node.is_cut = true;
    ck_assert_int_eq(strncmp(ask(&node, "/metrics"), "HTTP/1.1 500 ", 13), 0);
    ck_assert_ptr_null(strstr(heard, "EOF"));
    ck_assert_int_eq(strncmp(ask(&node, "/health/ready"), "HTTP/1.1 500 ", 13), 0);
    node_close(&node);
}
END_TEST

START_TEST(nothing_else_is_told)
{
    struct node node;
    node_open(&node);
    ck_assert_int_eq(strncmp(ask(&node, "/"), "HTTP/1.1 404 ", 13), 0);
    ck_assert_int_eq(strncmp(ask(&node, "/metrics/"), "HTTP/1.1 404 ", 13), 0);
    node_close(&node);
}
END_TEST

START_TEST(an_address_that_is_taken_is_an_error_and_leaves_nothing)
{
    struct node node;
    struct watch_front *second;
    struct complaint complaint = {.text = ""};
    struct watch_options options = {.is_on = true, .listen = {.host = "127.0.0.1"}};
    struct watch_port port = {.context = NULL};
    node_open(&node);
    options.listen.port = (uint16_t)watch_front_port(node.front);
    assert_err(watch_front_open(&options, &port, node.eir, &second, &complaint), NETWORK);
    ck_assert_ptr_null(second);
    ck_assert_str_ne(complaint.text, "");
    node_close(&node);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("watch");
    TCase *tcase = tcase_create("watch");
    tcase_set_timeout(tcase, 100);
    tcase_add_test(tcase, figures_come_with_the_type_of_openmetrics);
    tcase_add_test(tcase, a_node_that_is_not_to_be_asked_lives_and_says_503);
    tcase_add_test(tcase, half_a_text_is_not_sent);
    tcase_add_test(tcase, nothing_else_is_told);
    tcase_add_test(tcase, an_address_that_is_taken_is_an_error_and_leaves_nothing);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
