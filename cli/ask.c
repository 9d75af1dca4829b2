#include "cli/ask.h"

#include "cli/command.h"
#include "cli/connection.h"

#include <stdlib.h>
#include <time.h>

enum { PAUSE_MS = 50 };

static const char *node_address(const struct tool *tool)
{
    const char *address = tool_value(tool, OPTION_NODE);
    return address != NULL ? address : "tcp://127.0.0.1:7701";
}

static bool is_passing(enum err err, uint64_t deadline_ms)
{
    return err != ERR_OK && err_kind(err) == ERR_KIND_LIMIT && tool_now_ms() < deadline_ms;
}

static void pause_before_next(void)
{
    nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
}

/* Tries until the deadline while nobody listens there; 0: once. */
static enum exit_code connect_until(struct tool *tool, uint64_t deadline_ms)
{
    if (tool->connection != NULL)
        return EXIT_DONE;
    struct connection_options options = {
        .address = node_address(tool),
        .ca_file = tool_value(tool, OPTION_CA),
    };
    enum exit_code code = tool_timeout(tool, &options.timeout_ms);
    if (code != EXIT_DONE)
        return code;
    struct complaint complaint;
    enum err err = connection_open(&options, &tool->connection, &complaint);
    while (is_passing(err, deadline_ms)) {
        pause_before_next();
        err = connection_open(&options, &tool->connection, &complaint);
    }
    if (err == ERR_NETWORK)
        return tool_misused(tool,
                            "Write it as tcp://HOST:PORT, tls+tcp://HOST:PORT or ipc:///PATH.",
                            "--node %s: %s", options.address, complaint.text);
    if (err == ERR_CONFIG)
        return tool_misused(tool,
                            "Name the certificate, in PEM, of the CA that vouches for the node.",
                            "%s", complaint.text);
    if (err != ERR_OK)
        return tool_refused(tool, err, "%s: %s", options.address, complaint.text);
    return EXIT_DONE;
}

static enum err exchange(struct tool *tool, const struct request *request, struct bytes *response)
{
    uint8_t *buffer = malloc(REQUEST_SIZE_MAX);
    if (buffer == NULL)
        return ERR_MEMORY;
    struct writer writer = writer_over(buffer, REQUEST_SIZE_MAX);
    request_write(&writer, request);
    enum err err = writer.err;
    if (err == ERR_OK)
        err = connection_send(tool->connection, 0, writer_view(&writer));
    if (err == ERR_OK)
        err = connection_receive(tool->connection, 0, response);
    free(buffer);
    return err;
}

enum exit_code ask_fresh(struct tool *tool, struct request *request)
{
    return tool_has(tool, OPTION_FRESH) ? tool_timeout(tool, &request->fresh_ms) : EXIT_DONE;
}

/* The answer's error, or the one on the way to it. */
static enum err ask_once(struct tool *tool, const struct request *request, struct answer *out)
{
    struct bytes response;
    *out = (struct answer){0};
    enum err err = exchange(tool, request, &response);
    if (err != ERR_OK)
        return err;
    out->body = reader_over(response);
    response_head_read(&out->body, &out->head);
    return reader_ok(&out->body) ? out->head.err : ERR_OK;
}

static enum exit_code ask_until(struct tool *tool, const struct request *request,
                                uint64_t deadline_ms, struct answer *out)
{
    enum exit_code code = connect_until(tool, deadline_ms);
    if (code != EXIT_DONE)
        return code;
    enum err err = ask_once(tool, request, out);
    while (is_passing(err, deadline_ms)) {
        pause_before_next();
        err = ask_once(tool, request, out);
    }
    if (err != ERR_OK)
        return tool_refused(tool, err, "%s",
                            out->head.err != ERR_OK ? tool->command->words : node_address(tool));
    return reader_ok(&out->body) ? EXIT_DONE : ask_done(tool, out);
}

enum exit_code ask(struct tool *tool, const struct request *request, struct answer *out)
{
    return ask_until(tool, request, 0, out);
}

/* --timeout from now on. */
static enum exit_code take_deadline(struct tool *tool, uint64_t *deadline_ms)
{
    uint32_t timeout_ms = 0;
    enum exit_code code = tool_timeout(tool, &timeout_ms);
    *deadline_ms = tool_now_ms() + timeout_ms;
    return code;
}

enum exit_code ask_patiently(struct tool *tool, const struct request *request, struct answer *out)
{
    uint64_t deadline_ms;
    enum exit_code code = take_deadline(tool, &deadline_ms);
    return code == EXIT_DONE ? ask_until(tool, request, deadline_ms, out) : code;
}

enum exit_code ask_connect(struct tool *tool)
{
    uint64_t deadline_ms;
    enum exit_code code = take_deadline(tool, &deadline_ms);
    return code == EXIT_DONE ? connect_until(tool, deadline_ms) : code;
}

void ask_read_tx(struct reader *body, const struct hash *id, struct tx_answer *out)
{
    tx_answer_read(body, out);
    if (reader_ok(body) && !hash_equal(&out->id, id))
        reader_fail(body, ERR_OUT_OF_RANGE);
}

enum exit_code ask_done(struct tool *tool, const struct answer *answer)
{
    enum err err = reader_done(&answer->body);
    if (err == ERR_OK)
        return EXIT_DONE;
    return tool_failed(tool, err, "the node's answer is not understood");
}
