#include "cli/ask.h"
#include "cli/command.h"
#include "cli/deliver.h"
#include "cli/memory.h"
#include "cli/show.h"
#include "json/answer.h"
#include "json/text.h"

#include <stdlib.h>

static const struct field fields[] = {
    {"TAC", "code", SHOW_PLAIN},
    {"Brand", "brand", SHOW_PLAIN},
    {"Model", "model", SHOW_PLAIN},
    {"Allocated by", "organisation", SHOW_PLAIN},
    {"Since", "time_ms", SHOW_TIME},
    {"Height", "height", SHOW_PLAIN},
    {"As of height", "as_of_height", SHOW_PLAIN},
    {"Age", "age_ms", SHOW_AGE},
};

static enum exit_code take_tac(struct tool *tool, uint32_t *tac)
{
    const char *text = tool->arguments.operands[0];
    if (tac_parse(text, strlen(text), tac) == ERR_OK)
        return EXIT_DONE;
    return tool_misused(tool, "It is the first eight digits of an IMEI.", "'%s' is no TAC", text);
}

enum exit_code cmd_tac_show(struct tool *tool)
{
    struct request request = {.kind = REQUEST_TAC};
    struct answer answer;
    struct tac_info tac;
    enum exit_code code = take_tac(tool, &request.tac);
    if (code == EXIT_DONE)
        code = ask(tool, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    tac_info_read(&answer.body, &tac);
    code = ask_done(tool, &answer);
    if (code != EXIT_DONE)
        return code;
    json_t *value = answer_tac(&tac);
    answer_add_as_of(value, &answer.head);
    code = show_answer(tool, fields, sizeof fields / sizeof fields[0], value);
    if (code == EXIT_DONE && !tac.known) {
        tool_note(tool, "The TAC is not allocated.");
        code = EXIT_NO;
    }
    return code;
}

/* A text as given, refused when it would have to be changed. */
static enum exit_code take_text(struct tool *tool, enum option_name option,
                                char out[TAC_TEXT_SIZE_MAX + 1])
{
    const char *text = tool_value(tool, option);
    if (text != NULL && *text != '\0' &&
        text_clean(text, strlen(text), out, TAC_TEXT_SIZE_MAX) == strlen(text) &&
        strcmp(text, out) == 0)
        return EXIT_DONE;
    return tool_misused(tool, "Give it, in UTF-8 and at most 96 bytes.",
                        "--%s is missing or cannot be kept as it is", option_rows[option].word);
}

enum exit_code cmd_tac_allocate(struct tool *tool)
{
    struct tac_item item = {0};
    struct signer signer;
    enum exit_code code = take_tac(tool, &item.tac);
    if (code == EXIT_DONE)
        code = take_text(tool, OPTION_BRAND, item.brand);
    if (code == EXIT_DONE)
        code = take_text(tool, OPTION_MODEL, item.model);
    if (code == EXIT_DONE)
        code = signer_open(tool, &signer);
    if (code != EXIT_DONE)
        return code;
    uint8_t buffer[sizeof item + 64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    tac_items_write(&writer, &item, 1);
    struct statement statement = signer_statement(&signer, OP_TAC_ALLOCATE);
    statement.items = writer_view(&writer);
    statement.item_count = 1;
    code = deliver_statement(tool, &signer, &statement, NULL);
    signer_close(&signer);
    return code;
}
