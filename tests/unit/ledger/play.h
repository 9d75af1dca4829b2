/*
 * play.h: a run of the model's test, and what organisations say in it, by chance: mostly what a
 * rule allows, now and then what one forbids.
 */
#ifndef TESTS_LEDGER_PLAY_H
#define TESTS_LEDGER_PLAY_H

#include "tests/unit/ledger/model.h"
#include "tests/unit/ledger/scene.h"

#define BLOCKS     400
#define RUNS       4
#define PAST       64
#define BLOCK_TXS  6
#define FIRST_TAC  35000000u
#define FIRST_FREE 7 /* keys 1 to 6 are the genesis's */
#define KEYS_TRIED 60

static const char *const PARTIES[] = {"alfa-regulator",  "alfa-one",  "alfa-two",
                                      "bravo-regulator", "bravo-one", "allocator",
                                      "late-one",        "late-two",  "nobody"};

struct past {
    struct plan plan;
    size_t size;
    uint8_t data[2048];
};

struct kept_block {
    uint8_t *data;
    size_t size;
};

/* One run. */
struct play {
    uint64_t seed;
    struct scene scene;
    struct model *model;
    struct past past[PAST];
    size_t past_count;
    size_t proposal_count;
    uint8_t proposals[PAST][32];
    struct kept_block blocks[BLOCKS + 1];
    size_t met[128]; /* outcomes by error */
};

/* ---- plans ---- */

static inline bool now_and_then(struct play *play, unsigned percent)
{
    return chance_below(&play->seed, 100) < percent;
}

static inline unsigned pick_key(struct play *play)
{
    unsigned key = 1 + (unsigned)chance_below(&play->seed, KEYS_TRIED);
    if (now_and_then(play, 4))
        return key;
    while (play->model->key_party[key] == 0 ||
           (play->model->key_revoked[key] && !now_and_then(play, 10)))
        key = 1 + (unsigned)chance_below(&play->seed, KEYS_TRIED);
    return key;
}

static inline enum operation pick_any_operation(struct play *play)
{
    static const enum operation often[] = {OP_BLOCK,    OP_UNBLOCK,   OP_WATCH,
                                           OP_UNWATCH,  OP_DUPLICATE, OP_UNDUPLICATE,
                                           OP_REGISTER, OP_UNREGISTER};
    static const enum operation seldom[] = {
        OP_TAC_ALLOCATE, OP_KEY_ADD,  OP_KEY_ADD,      OP_KEY_REVOKE,  OP_ORGANISATION, OP_BALLOT,
        OP_NODE_ADD,     OP_NODE_ADD, OP_NODE_PROMOTE, OP_NODE_REMOVE, OP_NODE_REMOVE};
    if (now_and_then(play, 70))
        return often[chance_below(&play->seed, 8)];
    return seldom[chance_below(&play->seed, sizeof(seldom) / sizeof(seldom[0]))];
}

/* Mostly one that the signer may. */
static inline enum operation pick_operation(struct play *play, unsigned key)
{
    unsigned roles = play->model->parties[play->model->key_party[key]].roles;
    enum operation operation = pick_any_operation(play);
    for (int tries = 0;
         tries < 20 && (operation_row(operation)->roles & roles) == 0 && !now_and_then(play, 10);
         tries++)
        operation = pick_any_operation(play);
    return operation;
}

static inline struct item pick_item(struct play *play)
{
    static const uint32_t spans[][2] = {{0, 2}, {0, 5}, {3, 5}, {6, 7}, {0, IMEI_SERIALS - 1}};
    uint32_t tac = FIRST_TAC + (uint32_t)chance_below(&play->seed, 2);
    if (now_and_then(play, 70))
        return device_item(tac, (uint32_t)chance_below(&play->seed, 7));
    const uint32_t *span = spans[chance_below(&play->seed, 5)];
    return range_item(tac, span[0], span[1]);
}

static inline int order_items(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    return (x->from.value > y->from.value) - (x->from.value < y->from.value);
}

static inline void pick_items(struct play *play, struct plan *plan)
{
    struct item items[MODEL_ITEMS];
    size_t count = 1 + chance_below(&play->seed, MODEL_ITEMS);
    for (size_t i = 0; i < count; i++)
        items[i] = pick_item(play);
    qsort(items, count, sizeof(items[0]), order_items);
    for (size_t i = 0; i < count; i++) {
        if (plan->count == 0 || plan->items[plan->count - 1].to.value < items[i].from.value)
            plan->items[plan->count++] = items[i];
    }
}

static inline void pick_tacs(struct play *play, struct plan *plan)
{
    for (uint32_t i = 0; i < 3; i++) {
        if (now_and_then(play, 50) && plan->count > 0)
            continue;
        plan->items[plan->count] = device_item(FIRST_TAC + i, 0);
        snprintf(plan->brands[plan->count++], 8, "b%u", (unsigned)chance_below(&play->seed, 3));
    }
}

static inline void pick_party(struct play *play, struct plan *plan)
{
    size_t which =
        now_and_then(play, 60) ? 6 + chance_below(&play->seed, 2) : chance_below(&play->seed, 8);
    static const unsigned roles[] = {ROLE_REGULATOR, ROLE_OPERATOR, ROLE_REGULATOR, 63, 0};
    snprintf(plan->party, sizeof(plan->party), "%s", PARTIES[which]);
    snprintf(plan->party_country, sizeof(plan->party_country), "%s",
             now_and_then(play, 50) ? "AA" : "BB");
    plan->party_roles = roles[chance_below(&play->seed, 5)];
    if (now_and_then(play, 60))
        plan->other_key = 1 + (unsigned)chance_below(&play->seed, KEYS_TRIED);
}

/* Mostly one of the last. */
static inline void pick_proposal(struct play *play, struct plan *plan)
{
    size_t count = play->proposal_count < PAST ? play->proposal_count : PAST;
    if (count == 0)
        return;
    size_t back = chance_below(&play->seed, now_and_then(play, 70) && count > 3 ? 3 : count);
    memcpy(plan->proposal, play->proposals[(play->proposal_count - 1 - back) % PAST], 32);
}

/* Mostly one of the last, now and then one that is not there. */
static inline uint32_t pick_node(struct play *play)
{
    const struct model *model = play->model;
    size_t recent = model->node_count < 6 || now_and_then(play, 20) ? model->node_count : 6;
    size_t at = model->node_count - 1 - chance_below(&play->seed, recent);
    return model->nodes[at].id + now_and_then(play, 5);
}

static inline void pick_new_node(struct play *play, struct plan *plan)
{
    static const char *const owners[] = {"alfa-regulator", "bravo-one", "alfa-one", "nobody"};
    const struct model *model = play->model;
    size_t which =
        now_and_then(play, 80) ? chance_below(&play->seed, 2) : chance_below(&play->seed, 4);
    plan->node = model->nodes[model->node_count - 1].id + (uint32_t)chance_below(&play->seed, 3);
    snprintf(plan->node_name, sizeof(plan->node_name), "node-%u",
             (unsigned)chance_below(&play->seed, 40));
    snprintf(plan->party, sizeof(plan->party), "%s", owners[which]);
    plan->other_key = 1 + (unsigned)chance_below(&play->seed, MODEL_KEYS - 1);
}

static inline void pick_content(struct play *play, struct plan *plan)
{
    const struct operation_row *row = operation_row(plan->operation);
    switch (row->form) {
    case FORM_RAISE: pick_items(play, plan); break;
    case FORM_LIFT:
        pick_items(play, plan);
        if (now_and_then(play, 40))
            snprintf(plan->claimant, sizeof(plan->claimant), "%s",
                     PARTIES[chance_below(&play->seed, 9)]);
        break;
    case FORM_TACS: pick_tacs(play, plan); break;
    case FORM_KEY: plan->other_key = 1 + (unsigned)chance_below(&play->seed, KEYS_TRIED); break;
    case FORM_ORGANISATION: pick_party(play, plan); break;
    case FORM_BALLOT: pick_proposal(play, plan); break;
    case FORM_NODE: pick_new_node(play, plan); break;
    case FORM_NODE_ID: plan->node = pick_node(play); break;
    }
}

static inline struct plan pick_plan(struct play *play)
{
    struct model *model = play->model;
    struct plan plan = {.key = pick_key(play)};
    plan.operation = pick_operation(play, plan.key);
    plan.lane = 1 + chance_below(&play->seed, 2);
    plan.number = play->scene.chain.number++;
    if (play->past_count > 0 && now_and_then(play, 4)) {
        const struct plan *before = &play->past[chance_below(&play->seed, play->past_count)].plan;
        plan.key = before->key;
        plan.lane = before->lane;
        plan.number = before->number;
    }
    uint64_t now = play->scene.chain.time_ms;
    plan.issued_at_ms = now - chance_below(&play->seed, HOUR_MS);
    if (now_and_then(play, 5))
        plan.issued_at_ms = now + TX_AHEAD_MAX_MS - 1 + chance_below(&play->seed, 3);
    plan.valid_until_ms = plan.issued_at_ms + 2 * HOUR_MS;
    if (now_and_then(play, 5) && plan.issued_at_ms < now - 10)
        plan.valid_until_ms = now - 1 + chance_below(&play->seed, 3);
    plan.other_network = now_and_then(play, 2);
    plan.bad_signature = now_and_then(play, 3);
    unsigned signer = model->key_party[plan.key];
    memcpy(plan.country, signer == 0 ? "AA" : model->parties[signer].country, 3);
    if (now_and_then(play, 3))
        memcpy(plan.country, "ZZ", 3);
    pick_content(play, &plan);
    return plan;
}

#endif
