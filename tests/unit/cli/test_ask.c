#include "cli/ask.h"

#include "tests/unit/cli/server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <nng/supplemental/tls/tls.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* What the server does with the next request. */
enum act { ACT_ERROR, ACT_GARBAGE, ACT_EMPTY, ACT_TRUNCATED, ACT_TRAILING, ACT_SILENT };

struct node {
    enum act act;
    enum err err;
    int asked;
    sem_t over; /* a silent node waits for it */
};

static void tac_answer(struct writer *writer)
{
    struct tac_info tac = {.tac = 35693803};
    struct response_head head = {.height = 1, .age_ms = 1};
    response_head_write(writer, &head);
    tac_info_write(writer, &tac);
}

static void answer(void *context, const struct request *request, struct writer *writer)
{
    struct node *node = context;
    (void)request;
    node->asked++;
    switch (node->act) {
    case ACT_ERROR: {
        struct response_head head = {.err = node->err, .height = 7, .age_ms = AGE_UNKNOWN};
        response_head_write(writer, &head);
        return;
    }
    case ACT_GARBAGE: writer_bytes(writer, "\xff\xff\xff", 3); return;
    case ACT_EMPTY: return;
    case ACT_TRUNCATED:
        tac_answer(writer);
        writer->size -= 2;
        return;
    case ACT_TRAILING:
        tac_answer(writer);
        writer_u8(writer, 0);
        return;
    case ACT_SILENT:
        while (sem_wait(&node->over) != 0) { /* a signal */
        }
        tac_answer(writer);
        return;
    }
}

static struct run ask_tac(struct node *node, const char *timeout)
{
    struct scratch scratch = scratch_begin();
    struct server server;
    ck_assert_int_eq(sem_init(&node->over, 0, 0), 0);
    server_start(&server, server_address(&scratch), answer, node);
    struct run run =
        run_tool("tac", "show", "35693803", "--node", server.address, "--timeout", timeout, NULL);
    ck_assert_int_eq(sem_post(&node->over), 0); /* a silent node speaks after it was given up */
    server_stop(&server);
    sem_destroy(&node->over);
    scratch_end(&scratch);
    return run;
}

START_TEST(an_error_of_the_node_ends_with_its_kind_and_remedy)
{
    static const struct {
        enum err err;
        int code;
    } rows[] = {
        {ERR_NO_LEADER, EXIT_UNREACHABLE}, {ERR_BUSY, EXIT_UNREACHABLE},
        {ERR_BAD_VERSION, EXIT_REFUSED},   {ERR_UNKNOWN_KEY, EXIT_REFUSED},
        {ERR_DAMAGED, EXIT_INTERNAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct node node = {.act = ACT_ERROR, .err = rows[i].err};
        ended(ask_tac(&node, "5"), rows[i].code, err_sentence(rows[i].err));
        ck_assert_int_eq(node.asked, 1);
    }
}
END_TEST

START_TEST(an_answer_that_is_none_is_a_failure)
{
    static const enum act acts[] = {ACT_GARBAGE, ACT_EMPTY, ACT_TRUNCATED, ACT_TRAILING};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        struct node node = {.act = acts[i]};
        ended(ask_tac(&node, "5"), EXIT_INTERNAL, "the node's answer is not understood");
    }
}
END_TEST

START_TEST(a_silent_node_is_given_up)
{
    struct node node = {.act = ACT_SILENT};
    ended(ask_tac(&node, "1"), EXIT_UNREACHABLE, "no answer in time");
}
END_TEST

START_TEST(an_address_where_nobody_listens_is_told_at_once)
{
    struct scratch scratch = scratch_begin();
    ended(run_tool("status", "--node", server_address(&scratch), NULL), EXIT_UNREACHABLE,
          "Start imeid there");
    ended(run_tool("status", "--node", "tcp://127.0.0.1:1", NULL), EXIT_UNREACHABLE,
          "Start imeid there");
    ended(run_tool("status", "--node", "tcp://127.0.0.1:99999", NULL), EXIT_UNREACHABLE,
          "no such host, or no such port");
    scratch_end(&scratch);
}
END_TEST

/* A socket that nobody accepts from yet, and its address. */
static int listen_anywhere(char *node, size_t capacity)
{
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(listener, 0), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    snprintf(node, capacity, "tcp://127.0.0.1:%u", ntohs(address.sin_port));
    return listener;
}

/* As a node's address for peers does, and whatever speaks another language. */
START_TEST(who_hangs_up_or_speaks_another_language_is_told_as_no_node)
{
    static const char *const words[] = {"", "HTTP/1.1 400 Bad Request\r\n\r\n"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        char node[64];
        int listener = listen_anywhere(node, sizeof node);
        pid_t stranger = fork();
        if (stranger == 0) {
            int fd = accept(listener, NULL, NULL);
            char greeting[8];
            _exit(read(fd, greeting, sizeof greeting) == sizeof greeting &&
                          write(fd, words[i], strlen(words[i])) == (ssize_t)strlen(words[i])
                      ? 0
                      : 1);
        }
        close(listener);
        ended(run_tool("status", "--node", node, NULL), EXIT_UNREACHABLE,
              "is not a node's address for clients, or hung up");
        int status;
        ck_assert_int_eq(waitpid(stranger, &status, 0), stranger);
        ck_assert_int_eq(status, 0);
    }
}
END_TEST

/* A full queue of connections that nobody accepts: the handshake of the next one is not answered.
 */
START_TEST(a_node_that_does_not_answer_a_dial_is_given_up)
{
    char node[64];
    int listener = listen_anywhere(node, sizeof node);
    ended(run_tool("status", "--timeout", "1", "--node", node, NULL), EXIT_UNREACHABLE,
          "no answer in time");
    close(listener);
}
END_TEST

START_TEST(the_node_is_taken_from_the_environment)
{
    struct scratch scratch = scratch_begin();
    struct server server;
    struct node node = {.act = ACT_ERROR, .err = ERR_SHUTTING_DOWN};
    server_start(&server, server_address(&scratch), answer, &node);
    setenv("IMEI_NODE", server.address, 1);
    ended(run_tool("status", NULL), EXIT_UNREACHABLE, "the node is stopping");
    setenv("IMEI_NODE", "nonsense", 1);
    ended(run_tool("status", "--node", server.address, NULL), EXIT_UNREACHABLE,
          "the node is stopping");
    ck_assert_int_eq(node.asked, 2);
    server_stop(&server);
    scratch_end(&scratch);
}
END_TEST

/* ---- TLS ---- */

static void make_certificates(const struct scratch *scratch)
{
    pid_t child = fork();
    if (child == 0) {
        ck_assert_int_eq(chdir(scratch->path), 0);
        int null = open("/dev/null", O_RDWR);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execlp("sh", "sh", "-c",
               "for ca in ca other; do openssl req -x509 -newkey ec -pkeyopt "
               "ec_paramgen_curve:prime256v1 -nodes -subj /CN=$ca -keyout $ca.key -out $ca.pem "
               "-days 30 || exit; done; openssl req -newkey ec -pkeyopt "
               "ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost -keyout node.key -out "
               "node.csr && openssl x509 -req -in node.csr -CA ca.pem -CAkey ca.key -days 30 "
               "-CAcreateserial -out node.crt && cat node.key node.crt >node.pem",
               (char *)NULL);
        _exit(127);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}

/* The port that a listener on port 0 got. */
static int listen_with_tls(struct server *server, const struct scratch *scratch)
{
    nng_tls_config *config;
    nng_listener listener;
    nng_sockaddr address;
    ck_assert_int_eq(nng_tls_config_alloc(&config, NNG_TLS_MODE_SERVER), 0);
    ck_assert_int_eq(nng_tls_config_cert_key_file(config, at(scratch, "node.pem"), NULL), 0);
    ck_assert_int_eq(nng_listener_create(&listener, server->socket, "tls+tcp://127.0.0.1:0"), 0);
    ck_assert_int_eq(nng_listener_set_ptr(listener, NNG_OPT_TLS_CONFIG, config), 0);
    ck_assert_int_eq(nng_listener_start(listener, 0), 0);
    ck_assert_int_eq(nng_listener_get_addr(listener, NNG_OPT_LOCADDR, &address), 0);
    nng_tls_config_free(config);
    return ntohs(address.s_in.sa_port);
}

START_TEST(a_node_behind_tls_is_trusted_by_its_certificate_alone)
{
    struct scratch scratch = scratch_begin();
    make_certificates(&scratch);
    struct server server;
    struct node node = {.act = ACT_ERROR, .err = ERR_SHUTTING_DOWN};
    server_start(&server, server_address(&scratch), answer, &node);
    int port = listen_with_tls(&server, &scratch);
    char named[64];
    char other_name[64];
    snprintf(named, sizeof named, "tls+tcp://localhost:%d", port);
    snprintf(other_name, sizeof other_name, "tls+tcp://127.0.0.1:%d", port);
    ended(run_tool("status", "--node", named, "--ca", at(&scratch, "ca.pem"), NULL),
          EXIT_UNREACHABLE, "the node is stopping");
    ck_assert_int_eq(node.asked, 1);
    ended(run_tool("status", "--node", named, "--ca", at(&scratch, "other.pem"), "--timeout", "2",
                   NULL),
          EXIT_UNREACHABLE, named);
    ended(run_tool("status", "--node", other_name, "--ca", at(&scratch, "ca.pem"), "--timeout", "2",
                   NULL),
          EXIT_UNREACHABLE, other_name);
    ended(run_tool("status", "--node", named, NULL), EXIT_USAGE, "needs --ca");
    ended(run_tool("status", "--node", named, "--ca", at(&scratch, "nowhere"), NULL), EXIT_USAGE,
          "--ca");
    ended(run_tool("status", "--node", named, "--ca", at(&scratch, "node.csr"), NULL), EXIT_USAGE,
          "--ca");
    ck_assert_int_eq(node.asked, 1);
    server_stop(&server);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &an_error_of_the_node_ends_with_its_kind_and_remedy,
        &an_answer_that_is_none_is_a_failure,
        &a_silent_node_is_given_up,
        &an_address_where_nobody_listens_is_told_at_once,
        &who_hangs_up_or_speaks_another_language_is_told_as_no_node,
        &a_node_that_does_not_answer_a_dial_is_given_up,
        &the_node_is_taken_from_the_environment,
        &a_node_behind_tls_is_trusted_by_its_certificate_alone,
    };
    return suite_run("cli/ask", cases, sizeof cases / sizeof *cases);
}
