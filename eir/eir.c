#include "eir/eir.h"

#include "eir/verdict.h"
#include "ledger/view.h"

#include <stdlib.h>

struct eir {
    struct ledger *ledger;
    struct metrics *metrics;
    uint64_t (*now_ns)(void);
};

struct eir_desk {
    const struct eir *eir;
    struct metrics_shard *metrics;
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
    eir->now_ns = options->now_ns;
    enum err err = metrics_open(&eir->metrics);
    if (err != ERR_OK) {
        eir_close(eir);
        *out = NULL;
    }
    return err;
}

void eir_close(struct eir *eir)
{
    if (eir == NULL)
        return;
    metrics_close(eir->metrics);
    free(eir);
}

enum err eir_desk_open(struct eir *eir, enum face face, struct eir_desk **out)
{
    *out = NULL;
    struct eir_desk *desk = calloc(1, sizeof *desk);
    if (desk == NULL)
        return ERR_MEMORY;
    desk->eir = eir;
    enum err err = metrics_shard_open(eir->metrics, face, &desk->metrics);
    if (err == ERR_OK)
        err = view_open(eir->ledger, &desk->view);
    if (err != ERR_OK) {
        eir_desk_close(desk);
        return err;
    }
    view_rest(desk->view);
    *out = desk;
    return ERR_OK;
}

void eir_desk_close(struct eir_desk *desk)
{
    if (desk == NULL)
        return;
    view_close(desk->view);
    metrics_shard_close(desk->metrics);
    free(desk);
}

static bool decide(struct eir_desk *desk, const struct question *question, struct decision *out)
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
                                                : RULE_DEVICE;
    return true;
}

bool eir_ask(struct eir_desk *desk, const struct question *question, struct decision *out)
{
    uint64_t (*now_ns)(void) = desk->eir->now_ns;
    bool is_timed = now_ns != NULL && metrics_is_due(desk->metrics);
    uint64_t begun_ns = is_timed ? now_ns() : 0;
    bool was_told = decide(desk, question, out);
    if (is_timed)
        metrics_timed(desk->metrics, now_ns() - begun_ns);
    metrics_answered(desk->metrics, out);
    return was_told;
}

struct metrics_shard *eir_desk_metrics(struct eir_desk *desk)
{
    return desk->metrics;
}

void eir_sum(struct eir *eir, struct metrics_sum out[FACE_COUNT])
{
    metrics_sum(eir->metrics, out);
}
