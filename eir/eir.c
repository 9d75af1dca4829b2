#include "eir/eir.h"

#include "eir/verdict.h"
#include "ledger/view.h"

#include <stdlib.h>

struct eir {
    struct ledger *ledger;
};

struct eir_desk {
    enum face face;
    struct view *view;
    struct check_answer device; /* of the question under way */
};

enum err eir_open(const struct eir_options *options, struct eir **out)
{
    struct eir *eir = calloc(1, sizeof *eir);
    *out = eir;
    if (eir == NULL)
        return ERR_MEMORY;
    eir->ledger = options->ledger;
    return ERR_OK;
}

void eir_close(struct eir *eir)
{
    free(eir);
}

enum err eir_desk_open(struct eir *eir, enum face face, struct eir_desk **out)
{
    *out = NULL;
    struct eir_desk *desk = calloc(1, sizeof *desk);
    if (desk == NULL)
        return ERR_MEMORY;
    enum err err = view_open(eir->ledger, &desk->view);
    if (err != ERR_OK) {
        free(desk);
        return err;
    }
    desk->face = face;
    view_rest(desk->view);
    *out = desk;
    return ERR_OK;
}

void eir_desk_close(struct eir_desk *desk)
{
    if (desk == NULL)
        return;
    view_close(desk->view);
    free(desk);
}

bool eir_ask(struct eir_desk *desk, const struct question *question, struct decision *out)
{
    enum err err = view_refresh(desk->view);
    if (err == ERR_OK)
        err = view_device(desk->view, question->imei, &desk->device);
    view_rest(desk->view);
    *out = (struct decision){.verdict = VERDICT_UNKNOWN, .rule = RULE_FAILED};
    if (err != ERR_OK)
        return false;
    out->verdict = verdict_of(&desk->device);
    out->rule = out->verdict == VERDICT_UNKNOWN ? RULE_TAC_UNKNOWN
                : out->verdict == VERDICT_WHITE ? RULE_DEFAULT
                                                : RULE_CLAIM;
    return true;
}
