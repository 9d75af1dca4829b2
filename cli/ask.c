#include "cli/ask.h"

#include "cli/command.h"
#include "cli/connection.h"

#include <stdlib.h>

static const char *node_address(const struct tool *tool)
{
    const char *address = tool_value(tool, OPTION_NODE);
    return address != NULL ? address : "tcp://127.0.0.1:7701";
}

enum exit_code ask_connect(struct tool *tool)
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

enum exit_code ask(struct tool *tool, const struct request *request, struct answer *out)
{
    enum exit_code code = ask_connect(tool);
    if (code != EXIT_DONE)
        return code;
    struct bytes response;
    enum err err = exchange(tool, request, &response);
    if (err != ERR_OK)
        return tool_refused(tool, err, "%s", node_address(tool));
    out->body = reader_over(response);
    response_head_read(&out->body, &out->head);
    if (!reader_ok(&out->body))
        return ask_done(tool, out);
    if (out->head.err != ERR_OK)
        return tool_refused(tool, out->head.err, "%s", tool->command->words);
    return EXIT_DONE;
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
