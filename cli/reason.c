#include "cli/reason.h"

#include <string.h>

const struct operation_row *operation_named(const char *word)
{
    for (unsigned long number = 1; number <= OP_BALLOT; number++) {
        const struct operation_row *row = operation_row(number);
        if (row != NULL && row->claim != CLAIM_NONE && strcmp(row->word, word) == 0)
            return row;
    }
    return NULL;
}

static enum reason usual_reason(const struct operation_row *operation)
{
    if (operation->form == FORM_LIFT)
        return REASON_FOUND;
    return operation->claim == CLAIM_BLOCK ? REASON_STOLEN : REASON_THIRD_PARTY;
}

enum err reason_for(const struct operation_row *operation, const char *text, enum reason *out)
{
    *out = REASON_NONE;
    if (!operation->needs_reason)
        return text == NULL ? ERR_OK : ERR_REASON;
    if (text == NULL) {
        *out = usual_reason(operation);
        return ERR_OK;
    }
    if (reason_parse(text, out) != ERR_OK)
        return ERR_REASON;
    const struct reason_row *row = reason_row((unsigned long)*out);
    bool fits = operation->form == FORM_LIFT ? row->for_lifting : row->for_raising;
    return fits ? ERR_OK : ERR_REASON;
}

enum exit_code reason_choose(struct tool *tool, const struct operation_row *operation,
                             const char *text, enum reason *out)
{
    if (reason_for(operation, text, out) == ERR_OK)
        return EXIT_DONE;
    if (!operation->needs_reason)
        return tool_misused(tool, "Leave --reason out.", "%s takes no reason", operation->word);
    return tool_misused(tool, "imei help reasons lists them.", "'%s' is no reason to %s", text,
                        operation->word);
}
