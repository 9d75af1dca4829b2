#include "lists/judge.h"

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
    bool is_range;
    enum list_name list;
};

struct judge {
    struct view *view;
    const struct policy *policy;
    struct organisation_info organisation; /* under way: large */
    struct facts_slot facts[FACTS_SLOTS];
    struct class_slot classes[CLASS_SLOTS];
};

enum err judge_open(struct view *view, const struct policy *policy, struct judge **out)
{
    struct judge *judge = calloc(1, sizeof *judge);
    *out = judge;
    if (judge == NULL)
        return ERR_MEMORY;
    judge->view = view;
    judge->policy = policy;
    return ERR_OK;
}

void judge_close(struct judge *judge)
{
    free(judge);
}

const struct golden *judge_golden(const struct judge *judge)
{
    return judge->policy->golden;
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
    const struct claim_class class = {
        .kind = slot->kind,
        .reason = slot->reason,
        .organisation = slot->organisation,
        .roles = judge->organisation.roles,
        .country = judge->organisation.country,
        .name = judge->organisation.name,
    };
    unsigned line;
    enum verdict verdict = policy_meaning(judge->policy, &class, slot->is_range, &line);
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
    bool is_range = item_is_range(&claim->item);
    size_t place = (size_t)claim->organisation * 67 + (size_t)claim->kind * 17 +
                   (size_t)facts.reason * 2 + is_range;
    struct class_slot *slot = &judge->classes[place % CLASS_SLOTS];
    if (!slot->is_set || slot->organisation != claim->organisation || slot->kind != claim->kind ||
        slot->reason != facts.reason || slot->is_range != is_range) {
        *slot = (struct class_slot){.organisation = claim->organisation,
                                    .kind = claim->kind,
                                    .reason = facts.reason,
                                    .is_range = is_range};
        err = list_of(judge, slot);
        if (err != ERR_OK)
            return err;
    }
    /* A flag of duplicates takes no reason: it is one. */
    enum reason reason = facts.reason == REASON_NONE ? REASON_DUPLICATED : facts.reason;
    *out = entry_of(slot->list, facts.time_ms, reason);
    return ERR_OK;
}
