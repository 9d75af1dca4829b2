#include "cli/standing.h"

#include "cli/ask.h"
#include "cli/memory.h"
#include "cli/progress.h"

#include <stdlib.h>

static enum exit_code ask_page(struct tool *tool, const struct request *request,
                               struct standing_answer *out)
{
    struct answer answer;
    enum exit_code code = ask_patiently(tool, request, &answer);
    if (code != EXIT_DONE)
        return code;
    standing_answer_read(&answer.body, out);
    /* A page that does not go on would have no end. */
    bool goes_on = !out->more || out->next.value > request->from.value;
    bool begins_there = out->count == 0 || out->imeis[0].value >= request->from.value;
    if (reader_ok(&answer.body) && (!goes_on || !begins_there))
        reader_fail(&answer.body, ERR_OUT_OF_RANGE);
    return ask_done(tool, &answer);
}

enum exit_code standing_ask(struct tool *tool, const struct key_id *kid, enum claim_kind kind,
                            enum reason reason, struct rows *out)
{
    struct standing_answer *page = memory_new(sizeof *page);
    struct request *request = memory_new(sizeof *request);
    enum exit_code code;
    *request = (struct request){.kind = REQUEST_STANDING,
                                .has_kid = true,
                                .kid = *kid,
                                .claim_kind = kind,
                                .reason = reason};
    struct progress progress = progress_begin(tool->err, "asking", "devices", 0);
    do {
        code = ask_page(tool, request, page);
        for (size_t i = 0; code == EXIT_DONE && i < page->count; i++)
            rows_add(out, page->imeis[i].value);
        request->from = page->next;
        progress_show(&progress, out->count);
    } while (code == EXIT_DONE && page->more);
    progress_end(&progress);
    free(request);
    free(page);
    return code;
}
