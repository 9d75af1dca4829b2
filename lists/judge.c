#include "lists/judge.h"

#include "eir/verdict.h"

#include <stdlib.h>

/* Slots of the two memories; powers of two. */
enum { FACTS_SLOTS = 65536, CLASS_SLOTS = 4096 };

struct facts_slot {
    bool is_set;
    uint64_t index;
    struct standing_facts facts;
};

struct class_slot {
    bool is_set;
    uint16_t organisation;
    enum claim_kind kind;
    enum reason reason;
    enum list_name list;
};

struct judge {
    struct view *view;
    struct organisation_info organisation; /* under way: large */
    struct check_answer device;            /* the same */
    struct facts_slot facts[FACTS_SLOTS];
    struct class_slot classes[CLASS_SLOTS];
};

enum err judge_open(struct view *view, struct judge **out)
{
    struct judge *judge = calloc(1, sizeof *judge);
    *out = judge;
    if (judge == NULL)
        return ERR_MEMORY;
    judge->view = view;
    return ERR_OK;
}

void judge_close(struct judge *judge)
{
    free(judge);
}

static enum err facts_of(struct judge *judge, uint64_t index, struct standing_facts *out)
{
    struct facts_slot *slot = &judge->facts[index % FACTS_SLOTS];
    if (!slot->is_set || slot->index != index) {
        enum err err = view_standing_facts(judge->view, index, &slot->facts);
        slot->is_set = err == ERR_OK;
        slot->index = index;
        if (err != ERR_OK)
            return err;
    }
    *out = slot->facts;
    return ERR_OK;
}

/* What the policy says of a claim of that class. */
static enum err list_of(struct judge *judge, struct class_slot *slot)
{
    enum err err = view_organisation(judge->view, slot->organisation, &judge->organisation);
    if (err != ERR_OK)
        return err == ERR_NOT_FOUND ? ERR_DAMAGED : err;
    judge->device.tac.known = true;
    judge->device.claim_count = 1;
    judge->device.claims[0] = (struct claim){.kind = slot->kind,
                                             .organisation = judge->organisation.name,
                                             .country = judge->organisation.country,
                                             .reason = slot->reason};
    enum verdict verdict = verdict_of(&judge->device);
    slot->list = verdict == VERDICT_BLACK  ? LIST_BLACK
                 : verdict == VERDICT_GREY ? LIST_GREY
                                           : LIST_NONE;
    slot->is_set = true;
    return ERR_OK;
}

enum err judge_claim(struct judge *judge, const struct standing *claim, struct entry *out)
{
    struct standing_facts facts;
    enum err err = facts_of(judge, claim->index, &facts);
    if (err != ERR_OK)
        return err;
    size_t place = (size_t)claim->organisation * 67 + (size_t)claim->kind * 17 + facts.reason;
    struct class_slot *slot = &judge->classes[place % CLASS_SLOTS];
    if (!slot->is_set || slot->organisation != claim->organisation || slot->kind != claim->kind ||
        slot->reason != facts.reason) {
        *slot = (struct class_slot){
            .organisation = claim->organisation, .kind = claim->kind, .reason = facts.reason};
        err = list_of(judge, slot);
        if (err != ERR_OK)
            return err;
    }
    /* A flag of duplicates takes no reason: it is one. */
    enum reason reason = facts.reason == REASON_NONE ? REASON_DUPLICATED : facts.reason;
    *out = entry_of(slot->list, facts.time_ms, reason);
    return ERR_OK;
}
