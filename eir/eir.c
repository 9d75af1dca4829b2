#include "eir/eir.h"

#include "eir/grace.h"
#include "eir/look.h"

#include <stdlib.h>

#define DAY_MS UINT64_C(86400000)

struct eir {
    struct ledger *ledger;
    struct index *index;
    struct metrics *metrics;
    struct first_asked *first_asked;
    struct freshness_cell freshness;
    struct policy *_Atomic policy;
    uint64_t (*now_ns)(void);
    uint64_t (*wall_ms)(void);
    struct trays *trays;
};

struct eir_desk {
    struct eir *eir;
    struct tray *tray; /* NULL: sightings are not kept */
    struct metrics_shard *metrics;
    struct view *view;
    struct look *look;
    struct found found; /* in the index */
};

/* ---- the eir ---- */

enum err eir_open(const struct eir_options *options, struct eir **out)
{
    struct policy *policy = NULL;
    struct eir *eir = calloc(1, sizeof *eir);
    *out = eir;
    if (eir == NULL)
        return ERR_MEMORY;
    eir->ledger = options->ledger;
    eir->now_ns = options->now_ns;
    eir->wall_ms = options->wall_ms;
    eir->trays = options->trays;
    enum err err = metrics_open(&eir->metrics);
    if (err == ERR_OK)
        err = first_asked_open(&eir->first_asked);
    if (err == ERR_OK)
        err = policy_default(&policy);
    atomic_store(&eir->policy, policy);
    struct index_options index = options->index;
    index.ledger = options->ledger;
    if (err == ERR_OK)
        err = index_open(&index, &eir->index);
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
    index_close(eir->index);
    policy_free(atomic_load(&eir->policy));
    first_asked_close(eir->first_asked);
    metrics_close(eir->metrics);
    free(eir);
}

void eir_set_policy(struct eir *eir, struct policy *policy)
{
    struct policy *before = atomic_exchange(&eir->policy, policy);
    grace_wait();
    policy_free(before);
}

const struct index *eir_index(const struct eir *eir)
{
    return eir->index;
}

struct first_asked *eir_first_asked(struct eir *eir)
{
    return eir->first_asked;
}

/* ---- freshness ---- */

void eir_publish(struct eir *eir, const struct freshness *freshness)
{
    freshness_set(&eir->freshness, freshness);
}

struct freshness eir_freshness(const struct eir *eir)
{
    return freshness_get(&eir->freshness);
}

uint64_t eir_age_ms(const struct eir *eir)
{
    struct freshness freshness = freshness_get(&eir->freshness);
    uint64_t now_ms = eir->now_ns != NULL ? eir->now_ns() / 1000000 : 0;
    return freshness_age_ms(&freshness, now_ms, eir->wall_ms != NULL ? eir->wall_ms() : 0);
}

bool eir_is_stale(const struct eir *eir)
{
    grace_enter();
    uint64_t limit_seconds = atomic_load(&eir->policy)->stale_seconds;
    grace_leave();
    return limit_seconds != 0 && eir_age_ms(eir) / 1000 >= limit_seconds;
}

/* ---- desks ---- */

enum err eir_desk_open(struct eir *eir, enum face face, struct eir_desk **out)
{
    *out = NULL;
    struct eir_desk *desk = calloc(1, sizeof *desk);
    if (desk == NULL)
        return ERR_MEMORY;
    grace_thread_begin();
    desk->eir = eir;
    enum err err = metrics_shard_open(eir->metrics, face, &desk->metrics);
    if (err == ERR_OK && eir->trays != NULL && face_is_network(face))
        err = tray_open(eir->trays, &desk->tray);
    if (err == ERR_OK)
        err = look_open(&desk->look);
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
    look_close(desk->look);
    tray_close(desk->tray);
    metrics_shard_close(desk->metrics);
    grace_thread_end();
    free(desk);
}

struct metrics_shard *eir_desk_metrics(struct eir_desk *desk)
{
    return desk->metrics;
}

void eir_sum(struct eir *eir, struct metrics_sum out[FACE_COUNT])
{
    metrics_sum(eir->metrics, out);
}

/* ---- answers ---- */

/* How long a TAC that nobody allocated was asked for, when that matters: it is noted then. */
static uint32_t tac_days(struct eir *eir, const struct policy *policy, uint32_t tac)
{
    if (policy->tac_delay_days[tac_reporting_body(tac)] == 0)
        return 0;
    uint64_t wall_ms = eir->wall_ms != NULL ? eir->wall_ms() : 0;
    return first_asked_days(eir->first_asked, tac, (uint32_t)(wall_ms / DAY_MS) + 1);
}

/* A pair is looked for only when it can make a difference: its hash is most of an answer's time. */
static void decide_found(struct eir *eir, const struct policy *policy,
                         const struct question *question, const struct found *found,
                         struct decision *out, struct grounds *grounds)
{
    struct circumstances circumstances = {.found = found};
    if (!found->is_tac_known)
        circumstances.tac_days = tac_days(eir, policy, imei_tac(question->imei));
    if (policy->stale != 0)
        circumstances.age_ms = eir_age_ms(eir);
    decide(policy, question, &circumstances, out, grounds);
    if (out->verdict == VERDICT_WHITE)
        return;
    circumstances.has_pair = pairs_have(policy->pairs, question->imei, &question->imsi);
    if (circumstances.has_pair)
        decide(policy, question, &circumstances, out, grounds);
}

/* Nothing but a decision under one policy, whoever sets another one meanwhile. */
static bool answer_found(struct eir_desk *desk, const struct question *question, enum err err,
                         const struct found *found, struct decision *out, struct grounds *grounds)
{
    struct eir *eir = desk->eir;
    *out = (struct decision){.verdict = VERDICT_UNKNOWN, .rule = RULE_FAILED};
    if (err != ERR_OK || atomic_load_explicit(&eir->freshness.is_unable, memory_order_relaxed))
        return false;
    grace_enter();
    decide_found(eir, atomic_load(&eir->policy), question, found, out, grounds);
    grace_leave();
    return true;
}

static bool answer_from_ledger(struct eir_desk *desk, const struct question *question,
                               struct decision *out)
{
    const struct found *found = NULL;
    enum err err = view_refresh(desk->view);
    if (err == ERR_OK)
        err = look_at(desk->look, desk->view, question->imei, &found);
    view_rest(desk->view);
    return answer_found(desk, question, err, found, out, NULL);
}

static bool answer(struct eir_desk *desk, const struct question *question, struct decision *out)
{
    grace_enter();
    bool is_found = index_find(desk->eir->index, question->imei, &desk->found);
    bool was_told = is_found && answer_found(desk, question, ERR_OK, &desk->found, out, NULL);
    grace_leave();
    return is_found ? was_told : answer_from_ledger(desk, question, out);
}

bool eir_ask(struct eir_desk *desk, const struct question *question, struct decision *out)
{
    uint64_t (*now_ns)(void) = desk->eir->now_ns;
    bool is_timed = now_ns != NULL && metrics_is_due(desk->metrics);
    uint64_t begun_ns = is_timed ? now_ns() : 0;
    bool was_told = answer(desk, question, out);
    if (is_timed)
        metrics_timed(desk->metrics, now_ns() - begun_ns);
    metrics_answered(desk->metrics, out);
    if (desk->tray != NULL && imsi_is_given(&question->imsi))
        tray_put(desk->tray, question->imei, &question->imsi);
    return was_told;
}

bool eir_ask_at(struct eir_desk *desk, struct view *view, const struct question *question,
                struct decision *out, struct grounds *grounds)
{
    const struct found *found = NULL;
    enum err err = look_at(desk->look, view, question->imei, &found);
    bool was_told = answer_found(desk, question, err, found, out, grounds);
    metrics_answered(desk->metrics, out);
    return was_told;
}
