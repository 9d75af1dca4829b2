#include "cli/command.h"
#include "cli/deliver.h"
#include "cli/devices.h"
#include "cli/memory.h"
#include "cli/reason.h"
#include "proto/hex.h"
#include "proto/invariant.h"

#include <stdlib.h>
#include <sys/random.h>

enum { SALT_SIZE = 16 };

/* --case: the statement carries SHA-256(salt ‖ text). Without the salt nobody can guess the text,
 * and with it the person can prove it later. */
static void add_case(const struct tool *tool, struct statement *statement, json_t *more)
{
    const char *text = tool_value(tool, OPTION_CASE);
    if (text == NULL)
        return;
    uint8_t salt[SALT_SIZE];
    ssize_t got = getrandom(salt, sizeof salt, 0);
    invariant(got == (ssize_t)sizeof salt);
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, salt, sizeof salt);
    hasher_add(&hasher, text, strlen(text));
    statement->has_case = true;
    statement->case_reference = hasher_end(&hasher);
    char hex[2 * SALT_SIZE + 1];
    hex_encode(salt, sizeof salt, hex);
    json_object_set_new(more, "case_salt", json_string(hex));
}

static enum exit_code add_claimant(struct tool *tool, struct statement *statement)
{
    const char *name = tool_value(tool, OPTION_OF);
    if (name == NULL)
        return EXIT_DONE;
    statement->has_claimant = true;
    if (name_parse(name, strlen(name), &statement->claimant) == ERR_OK)
        return EXIT_DONE;
    return tool_misused(tool, "imei org list shows the names.", "'%s' is no organisation's name",
                        name);
}

/* The devices of the command line, in order; malloc'ed. NULL with how the run ends. */
static struct item *take_devices(struct tool *tool, size_t *count, enum exit_code *code)
{
    struct complaint complaint;
    *count = tool->arguments.operand_count;
    struct item *items = memory_new(*count * sizeof *items);
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < *count; i++)
        err = device_parse(tool->arguments.operands[i], &items[i], &complaint);
    if (err == ERR_OK)
        err = devices_order(items, count, &complaint);
    if (err == ERR_OK)
        return items;
    free(items);
    char remedy[64];
    snprintf(remedy, sizeof remedy, "imei help %s shows how devices are named.",
             tool->command->words);
    *code = tool_misused(tool, remedy, "%s", complaint.text);
    return NULL;
}

static enum exit_code sign_and_deliver(struct tool *tool, struct statement *statement,
                                       struct signer *signer, size_t count)
{
    json_t *more = json_pack("{s:s, s:i}", "operation", tool->command->words, "items", (int)count);
    add_case(tool, statement, more);
    enum exit_code code = add_claimant(tool, statement);
    if (code == EXIT_DONE)
        return deliver_statement(tool, signer, statement, more);
    json_decref(more);
    return code;
}

/* One function for all operations that raise or lift a claim: the command's name is the
 * operation's. */
enum exit_code cmd_claim(struct tool *tool)
{
    const struct operation_row *row = operation_named(tool->command->words);
    invariant(row != NULL);
    enum reason reason = REASON_NONE;
    enum exit_code code = reason_choose(tool, row, tool_value(tool, OPTION_REASON), &reason);
    if (code != EXIT_DONE)
        return code;
    size_t count;
    struct item *items = take_devices(tool, &count, &code);
    if (items == NULL)
        return code;
    struct signer signer;
    uint8_t *buffer = memory_new(TX_SIZE_MAX);
    struct writer writer = writer_over(buffer, TX_SIZE_MAX);
    items_write(&writer, items, count);
    free(items);
    code = writer_ok(&writer) ? signer_open(tool, &signer)
                              : tool_misused(tool, "Name fewer, or use imei import.",
                                             "these devices are too many for one statement");
    if (code == EXIT_DONE) {
        struct statement statement = signer_statement(&signer, row->operation);
        statement.reason = reason;
        statement.items = writer_view(&writer);
        statement.item_count = count;
        code = sign_and_deliver(tool, &statement, &signer, count);
        signer_close(&signer);
    }
    free(buffer);
    return code;
}
