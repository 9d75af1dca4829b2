#include "cli/ask.h"
#include "cli/command.h"
#include "cli/deliver.h"
#include "cli/file.h"
#include "cli/memory.h"
#include "cli/show.h"
#include "proto/hex.h"
#include "json/answer.h"

#include <stdlib.h>

enum { ITEMS_SHOWN_MAX = 10 };

static const struct field fields[] = {
    {"Transaction", "transaction", SHOW_PLAIN},
    {"State", "state", SHOW_STATUS},
    {"Why", "sentence", SHOW_PLAIN},
    {"Height", "height", SHOW_PLAIN},
    {"Position", "position", SHOW_PLAIN},
    {"Time", "time_ms", SHOW_TIME},
    {"Changed", "changed", SHOW_PLAIN},
    {"Operation", "statement.operation", SHOW_PLAIN},
    {"Reason", "statement.reason", SHOW_PLAIN},
    {"Country", "statement.country", SHOW_PLAIN},
    {"Signer", "statement.signer", SHOW_PLAIN},
    {"Stated", "statement.issued_at_ms", SHOW_TIME},
    {"Valid until", "statement.valid_until_ms", SHOW_TIME},
    {"Lane", "statement.lane", SHOW_PLAIN},
    {"Number", "statement.number", SHOW_PLAIN},
    {"Case", "statement.case", SHOW_PLAIN},
    {"Of", "statement.of", SHOW_PLAIN},
    {"Key", "statement.key.id", SHOW_PLAIN},
    {"Node id", "statement.node", SHOW_PLAIN},
    {"Node", "statement.member.name", SHOW_PLAIN},
    {"its owner", "statement.member.organisation", SHOW_PLAIN},
    {"its address", "statement.member.address", SHOW_PLAIN},
    {"Organisation", "statement.organisation.name", SHOW_PLAIN},
    {"its country", "statement.organisation.country", SHOW_PLAIN},
    {"its roles", "statement.organisation.roles", SHOW_PLAIN},
    {"Proposal", "statement.proposal", SHOW_PLAIN},
};

static void show_items(struct tool *tool, const json_t *items)
{
    size_t count = json_array_size(items);
    for (size_t i = 0; i < count && i < ITEMS_SHOWN_MAX; i++) {
        const json_t *item = json_array_get(items, i);
        const char *label = i == 0 ? "Items" : "";
        if (json_is_string(item))
            fprintf(tool->out, "%-13s %s\n", label, json_string_value(item));
        else
            fprintf(tool->out, "%-13s %s %s %s\n", label,
                    json_string_value(json_object_get(item, "tac")),
                    json_string_value(json_object_get(item, "brand")),
                    json_string_value(json_object_get(item, "model")));
    }
    if (count > ITEMS_SHOWN_MAX)
        fprintf(tool->out, "%-13s and %zu more; --json lists them\n", "", count - ITEMS_SHOWN_MAX);
}

/* Place and result, and beside them what the signed bytes say, when the node has them. */
static enum exit_code value_of(struct tool *tool, const struct tx_answer *tx, json_t **out)
{
    *out = answer_tx(tx);
    enum err err = answer_add_statement(*out, tx);
    if (err == ERR_OK)
        return EXIT_DONE;
    json_decref(*out);
    return tool_failed(tool, err, "the statement that the node sent");
}

static enum exit_code show(struct tool *tool, const struct tx_answer *tx,
                           const struct response_head *head)
{
    json_t *value;
    enum exit_code code = value_of(tool, tx, &value);
    if (code != EXIT_DONE)
        return code;
    if (tool_has(tool, OPTION_JSON)) {
        answer_add_as_of(value, head);
        code = show_json(tool, value);
    } else {
        show_record(tool, fields, sizeof fields / sizeof fields[0], value);
        show_items(tool, json_object_get(json_object_get(value, "statement"), "items"));
    }
    json_decref(value);
    if (code == EXIT_DONE && tool_has(tool, OPTION_RAW) && tx->encoded.size > 0)
        code = file_make(tool, tool_value(tool, OPTION_RAW), tx->encoded, 0644);
    if (code == EXIT_DONE && tx->state == TX_UNKNOWN)
        code = EXIT_NO;
    return code;
}

enum exit_code cmd_tx_show(struct tool *tool)
{
    const char *text = tool->arguments.operands[0];
    struct request request = {.kind = REQUEST_TRANSACTION};
    if (hex_decode(text, strlen(text), request.id.bytes, HASH_SIZE) != ERR_OK)
        return tool_misused(tool, "It has 64 hexadecimal digits.", "'%s' is no transaction id",
                            text);
    struct answer answer;
    enum exit_code code = ask(tool, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    struct tx_answer tx;
    ask_read_tx(&answer.body, &request.id, &tx);
    code = ask_done(tool, &answer);
    return code == EXIT_DONE ? show(tool, &tx, &answer.head) : code;
}

/* Bytes that are no statement are refused here as a node would refuse them. */
enum exit_code cmd_tx_submit(struct tool *tool)
{
    const char *path = tool->arguments.operands[0];
    uint8_t *data;
    size_t size;
    struct transaction transaction;
    enum err err = file_load(path, TX_SIZE_MAX, &data, &size);
    if (err != ERR_OK && err != ERR_TOO_LARGE)
        return file_refused(tool, "the statement", path, TX_SIZE_MAX, err);
    if (err == ERR_OK)
        err = transaction_parse(bytes_of(data, size), &transaction);
    enum exit_code code = err == ERR_OK
                              ? deliver_encoded(tool, &transaction.id, transaction.encoded, NULL)
                              : tool_refused(tool, err, "%s is no signed statement", path);
    free(data);
    return code;
}
