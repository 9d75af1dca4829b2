#include "cli/deliver.h"

#include "cli/ask.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/show.h"
#include "proto/hex.h"
#include "json/answer.h"

static const struct field fields[] = {
    {"State", "state", SHOW_STATUS},        {"Transaction", "transaction", SHOW_PLAIN},
    {"Height", "height", SHOW_PLAIN},       {"Time", "time_ms", SHOW_TIME},
    {"Changed", "changed", SHOW_PLAIN},     {"File", "file", SHOW_PLAIN},
    {"Case salt", "case_salt", SHOW_PLAIN},
};

static enum exit_code show(struct tool *tool, json_t *answer, json_t *more)
{
    if (more != NULL)
        json_object_update(answer, more);
    return show_answer(tool, fields, sizeof fields / sizeof fields[0], answer);
}

static enum exit_code deliver_to_file(struct tool *tool, const struct hash *id,
                                      struct bytes encoded, json_t *more)
{
    const char *path = tool_value(tool, OPTION_OUT);
    enum exit_code code = file_make(tool, path, encoded, 0644);
    if (code != EXIT_DONE)
        return code;
    return show(tool,
                json_pack("{s:s, s:o, s:o}", "state", "signed", "transaction",
                          answer_hex(id->bytes, HASH_SIZE), "file", answer_text(path)),
                more);
}

enum exit_code deliver_waits(struct tool *tool, bool *wait_committed)
{
    const char *wait = tool_value(tool, OPTION_WAIT);
    *wait_committed = wait == NULL || strcmp(wait, "committed") == 0;
    if (*wait_committed || strcmp(wait, "none") == 0)
        return EXIT_DONE;
    return tool_misused(tool, "Say committed or none.", "'%s' is no --wait", wait);
}

/* Without its place nobody knows whether the statement will count: what the person needs to find
 * out. */
static void tell_doubt(struct tool *tool, const struct hash *id, const json_t *more)
{
    char text[2 * HASH_SIZE + 1];
    hex_encode(id->bytes, HASH_SIZE, text);
    fprintf(tool->err,
            "imei: the statement is not known to be committed, and may still be\n"
            "      imei tx show %s tells.\n",
            text);
    const char *salt = json_string_value(json_object_get(more, "case_salt"));
    if (salt != NULL)
        fprintf(tool->err, "      The salt of its case is %s\n", salt);
}

/* Sends it, and reads what the node says of it; a refusal is told. */
static enum exit_code submit(struct tool *tool, const struct hash *id, struct bytes encoded,
                             bool wait_committed, struct tx_answer *out)
{
    struct request request = {
        .kind = REQUEST_SUBMIT, .encoded = encoded, .wait_committed = wait_committed};
    struct answer answer;
    enum exit_code code = tool_timeout(tool, &request.timeout_ms);
    if (code == EXIT_DONE)
        code = ask_patiently(tool, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    ask_read_tx(&answer.body, id, out);
    code = ask_done(tool, &answer);
    if (code == EXIT_DONE && out->state == TX_REFUSED)
        return tool_refused(tool, out->err, "%s", tool->command->words);
    return code;
}

static enum exit_code deliver_to_node(struct tool *tool, const struct hash *id,
                                      struct bytes encoded, json_t *more)
{
    bool wait_committed;
    struct tx_answer tx = {0};
    enum exit_code code = deliver_waits(tool, &wait_committed);
    if (code == EXIT_DONE)
        code = ask_connect(tool);
    if (code != EXIT_DONE)
        return code;
    code = submit(tool, id, encoded, wait_committed, &tx);
    if (code == EXIT_DONE)
        code = show(tool, answer_tx(&tx), more);
    if (code == EXIT_DONE && wait_committed && tx.state != TX_COMMITTED)
        code = EXIT_UNREACHABLE;
    if (code == EXIT_UNREACHABLE && tx.state != TX_REFUSED)
        tell_doubt(tool, id, more);
    return code;
}

enum exit_code deliver_encoded(struct tool *tool, const struct hash *id, struct bytes encoded,
                               json_t *more)
{
    enum exit_code code = tool_has(tool, OPTION_OUT) ? deliver_to_file(tool, id, encoded, more)
                                                     : deliver_to_node(tool, id, encoded, more);
    json_decref(more);
    return code;
}

enum exit_code deliver_committed(struct tool *tool, const struct signer *signer,
                                 const struct statement *statement)
{
    struct draft draft;
    struct tx_answer tx = {0};
    enum err err = signer_sign(signer, statement, &draft);
    enum exit_code code = err == ERR_OK ? submit(tool, &draft.id, draft.encoded, true, &tx)
                                        : tool_failed(tool, err, "signing");
    if (code == EXIT_DONE && tx.state != TX_COMMITTED)
        code = tool_refused(tool, ERR_TIMEOUT, "%s", tool->command->words);
    draft_close(&draft);
    return code;
}

enum exit_code deliver_statement(struct tool *tool, const struct signer *signer,
                                 const struct statement *statement, json_t *more)
{
    struct draft draft;
    enum err err = signer_sign(signer, statement, &draft);
    enum exit_code code = EXIT_DONE;
    if (err == ERR_TOO_LARGE) {
        code = tool_misused(tool, "Name fewer, or use imei import, which divides them.",
                            "this is too much for one statement");
        json_decref(more);
    } else if (err != ERR_OK) {
        code = tool_failed(tool, err, "signing");
        json_decref(more);
    } else {
        code = deliver_encoded(tool, &draft.id, draft.encoded, more);
    }
    draft_close(&draft);
    return code;
}
