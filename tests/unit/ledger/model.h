/*
 * model.h: the rules of docs/internals/rules.md once more, in plain C arrays and loops, sharing no
 * code with the ledger. Slow, small, and meant to be held against it.
 */
#ifndef TESTS_LEDGER_MODEL_H
#define TESTS_LEDGER_MODEL_H

#include "proto/limits.h"
#include "proto/statement.h"

#include <stdlib.h>

#define MODEL_CLAIMS    4096
#define MODEL_CHANGES   65536
#define MODEL_SENT      65536
#define MODEL_ITEMS     6
#define MODEL_PARTIES   16
#define MODEL_KEYS      64
#define MODEL_PROPOSALS 4096
#define MODEL_TACS      8
#define MODEL_NODES     4096

/* A statement as its author means it. Organisations and keys by number from 1; 0: nobody, none. */
struct plan {
    unsigned key;
    enum operation operation;
    uint64_t lane;
    uint64_t number;
    uint64_t issued_at_ms;
    uint64_t valid_until_ms;
    bool other_network;
    bool bad_signature;
    char country[3];
    size_t count;
    struct item items[MODEL_ITEMS];
    char brands[MODEL_ITEMS][8]; /* TAC_ALLOCATE */
    char claimant[40];           /* LIFT; empty: nobody is named */
    unsigned other_key;          /* KEY_ADD, KEY_REVOKE, ORGANISATION */
    char party[40];              /* ORGANISATION */
    char party_country[3];
    unsigned party_roles;
    uint8_t proposal[32]; /* BALLOT */
    uint32_t node;        /* NODE_ADD, NODE_PROMOTE, NODE_REMOVE */
    char node_name[40];   /* NODE_ADD; its organisation is `party`, its key `other_key` */
    uint8_t id[32];
};

struct model_party {
    char name[40];
    char country[3];
    unsigned roles;
};

struct model_claim {
    uint64_t from;
    uint64_t to;
    unsigned party;
    unsigned kind;
    uint64_t index;
};

struct model_change {
    uint64_t from;
    uint64_t to;
    uint64_t index;
    enum operation operation;
    unsigned party;
    unsigned claimant; /* of a lift */
};

struct model_sent {
    uint8_t id[32];
    unsigned key;
    uint64_t lane;
    uint64_t number;
    enum err err;
};

struct model_proposal {
    uint8_t id[32];
    bool is_open;
    struct model_party party;
    unsigned key;
    bool voted[MODEL_PARTIES + 1];
};

struct model_node {
    uint32_t id;
    char name[40];
    unsigned party;
    unsigned key; /* 0: none that statements of organisations try */
    bool is_wanted;
    bool votes; /* is, or was, to be a voter */
    uint64_t since;
    int is_member; /* by configuration blocks: 0 no, 1 learner, 2 voter */
};

struct model {
    unsigned ballots;
    uint64_t height;
    uint64_t transactions;
    size_t party_count;
    struct model_party parties[MODEL_PARTIES + 1];
    unsigned key_party[MODEL_KEYS]; /* 0: not in the ledger */
    bool key_revoked[MODEL_KEYS];
    size_t claim_count;
    struct model_claim claims[MODEL_CLAIMS];
    size_t change_count;
    struct model_change changes[MODEL_CHANGES];
    size_t sent_count;
    struct model_sent sent[MODEL_SENT];
    size_t proposal_count;
    struct model_proposal proposals[MODEL_PROPOSALS];
    struct {
        uint64_t tac;
        unsigned party;
        char brand[8];
    } tacs[MODEL_TACS];
    size_t tac_count;
    bool party_has_ca[MODEL_PARTIES + 1];
    size_t node_count;
    struct model_node nodes[MODEL_NODES]; /* ascending by id */
};

enum {
    MODEL_RAISES,
    MODEL_LIFTS,
    MODEL_ALLOCATES,
    MODEL_KEYS_OP,
    MODEL_PROPOSES,
    MODEL_VOTES,
    MODEL_ADDS,
    MODEL_MOVES
};

/* What an operation does, to which kind of claim, and who may: 1 regulator, 2 operator, 4
 * allocator, 8 manufacturer, 32 participant. */
static inline unsigned model_form(enum operation operation, unsigned *kind, unsigned *roles)
{
    *kind = 0;
    switch ((int)operation) {
    case 1:
    case 2:
        *kind = 1;
        *roles = 1 | 2;
        return operation == 1 ? MODEL_RAISES : MODEL_LIFTS;
    case 3:
    case 4:
        *kind = 2;
        *roles = 1 | 2 | 32;
        return operation == 3 ? MODEL_RAISES : MODEL_LIFTS;
    case 5:
    case 6:
        *kind = 3;
        *roles = 1 | 2;
        return operation == 5 ? MODEL_RAISES : MODEL_LIFTS;
    case 7:
    case 8:
        *kind = 4;
        *roles = 1 | 2 | 8;
        return operation == 7 ? MODEL_RAISES : MODEL_LIFTS;
    case 16: *roles = 4; return MODEL_ALLOCATES;
    case 24:
    case 25: *roles = 63; return MODEL_KEYS_OP;
    case 26: *roles = 1; return MODEL_PROPOSES;
    case 27: *roles = 1; return MODEL_VOTES;
    case 28: *roles = 1; return MODEL_ADDS;
    case 29:
    case 30: *roles = 1; return MODEL_MOVES;
    default: abort();
    }
}

static inline unsigned model_party_named(const struct model *model, const char *name)
{
    for (unsigned i = 1; i <= model->party_count; i++)
        if (strcmp(model->parties[i].name, name) == 0)
            return i;
    return 0;
}

static inline struct model_claim *model_claim_of(struct model *model, const struct item *item,
                                                 unsigned party, unsigned kind)
{
    for (size_t i = 0; i < model->claim_count; i++) {
        struct model_claim *claim = &model->claims[i];
        if (claim->from == item->from.value && claim->to == item->to.value &&
            claim->party == party && claim->kind == kind)
            return claim;
    }
    return NULL;
}

static inline bool model_may_lift(const struct model *model, unsigned signer, unsigned party)
{
    return signer == party ||
           ((model->parties[signer].roles & 1) != 0 &&
            strcmp(model->parties[signer].country, model->parties[party].country) == 0);
}

/* Which claim on the item goes. */
static inline enum err model_lift_which(struct model *model, const struct plan *plan,
                                        unsigned signer, unsigned kind, const struct item *item,
                                        struct model_claim **out)
{
    size_t any = 0;
    size_t mine = 0;
    if (plan->claimant[0] != '\0') {
        *out = model_claim_of(model, item, model_party_named(model, plan->claimant), kind);
        return *out != NULL ? ERR_OK : ERR_CLAIM_ABSENT;
    }
    *out = model_claim_of(model, item, signer, kind);
    if (*out != NULL)
        return ERR_OK;
    for (unsigned party = 1; party <= model->party_count; party++) {
        struct model_claim *claim = model_claim_of(model, item, party, kind);
        if (claim == NULL)
            continue;
        any++;
        if (!model_may_lift(model, signer, party))
            continue;
        mine++;
        *out = claim;
    }
    if (any == 0)
        return ERR_CLAIM_ABSENT;
    return mine == 0 ? ERR_CLAIM_OF_OTHER : mine > 1 ? ERR_CLAIM_AMBIGUOUS : ERR_OK;
}

static inline enum err model_judge_raise(struct model *model, const struct plan *plan,
                                         unsigned signer, unsigned kind)
{
    size_t standing = 0;
    for (size_t i = 0; i < plan->count; i++)
        standing += model_claim_of(model, &plan->items[i], signer, kind) != NULL;
    return standing == plan->count ? ERR_CLAIM_STANDS : ERR_OK;
}

static inline enum err model_judge_lift(struct model *model, const struct plan *plan,
                                        unsigned signer, unsigned kind)
{
    size_t there = 0;
    if (plan->claimant[0] != '\0') {
        unsigned party = model_party_named(model, plan->claimant);
        if (party == 0)
            return ERR_UNKNOWN_ORGANISATION;
        if (!model_may_lift(model, signer, party))
            return ERR_CLAIM_OF_OTHER;
    }
    for (size_t i = 0; i < plan->count; i++) {
        struct model_claim *claim;
        enum err err = model_lift_which(model, plan, signer, kind, &plan->items[i], &claim);
        if (err != ERR_OK && err != ERR_CLAIM_ABSENT)
            return err;
        there += err == ERR_OK;
    }
    return there == 0 ? ERR_CLAIM_ABSENT : ERR_OK;
}

static inline size_t model_tac_at(const struct model *model, uint64_t tac)
{
    size_t i = 0;
    while (i < model->tac_count && model->tacs[i].tac != tac)
        i++;
    return i;
}

static inline enum err model_judge_tacs(const struct model *model, const struct plan *plan,
                                        unsigned signer)
{
    size_t same = 0;
    for (size_t i = 0; i < plan->count; i++) {
        size_t at = model_tac_at(model, plan->items[i].from.value / 1000000);
        if (at == model->tac_count)
            continue;
        if (model->tacs[at].party != signer)
            return ERR_TAC_OF_OTHER;
        same += strcmp(model->tacs[at].brand, plan->brands[i]) == 0;
    }
    return same == plan->count ? ERR_TAC_STANDS : ERR_OK;
}

/* Whether an organisation or a node has it. */
static inline bool model_key_stands(const struct model *model, unsigned key)
{
    bool stands = model->key_party[key] != 0;
    for (size_t i = 0; i < model->node_count; i++)
        stands = stands || model->nodes[i].key == key;
    return stands;
}

static inline enum err model_judge_key(const struct model *model, const struct plan *plan,
                                       unsigned signer)
{
    if (plan->operation == OP_KEY_ADD)
        return model_key_stands(model, plan->other_key) ? ERR_KEY_STANDS : ERR_OK;
    if (model->key_party[plan->other_key] != signer)
        return ERR_UNKNOWN_KEY;
    if (model->key_revoked[plan->other_key])
        return ERR_REVOKED_KEY;
    size_t in_force = 0;
    for (size_t i = 0; i < MODEL_KEYS; i++)
        in_force += model->key_party[i] == signer && !model->key_revoked[i];
    return in_force == 1 ? ERR_LAST_KEY : ERR_OK;
}

static inline enum err model_judge_effect(const struct model *model,
                                          const struct model_party *party, unsigned key)
{
    unsigned standing = model_party_named(model, party->name);
    if (standing == 0 && key == 0)
        return ERR_MISSING_FIELD;
    if (standing != 0 && (model->parties[standing].roles & 1) != 0 && (party->roles & 1) == 0) {
        size_t left = 0;
        for (unsigned i = 1; i <= model->party_count; i++)
            left += i != standing && (model->parties[i].roles & 1) != 0;
        if (left < model->ballots)
            return ERR_FEW_REGULATORS;
    }
    return key != 0 && model_key_stands(model, key) ? ERR_KEY_STANDS : ERR_OK;
}

static inline struct model_proposal *model_proposal(struct model *model, const uint8_t *id)
{
    for (size_t i = 0; i < model->proposal_count; i++)
        if (model->proposals[i].is_open && memcmp(model->proposals[i].id, id, 32) == 0)
            return &model->proposals[i];
    return NULL;
}

static inline size_t model_votes(const struct model *model, const struct model_proposal *proposal)
{
    size_t votes = 0;
    for (unsigned i = 1; i <= model->party_count; i++)
        votes += proposal->voted[i] && (model->parties[i].roles & 1) != 0;
    return votes;
}

static inline struct model_party model_party_of(const struct plan *plan)
{
    struct model_party party = {.roles = plan->party_roles};
    memcpy(party.name, plan->party, sizeof(party.name));
    memcpy(party.country, plan->party_country, sizeof(party.country));
    return party;
}

static inline enum err model_judge_ballot(struct model *model, const struct plan *plan,
                                          unsigned signer)
{
    struct model_proposal *proposal = model_proposal(model, plan->proposal);
    if (proposal == NULL)
        return ERR_UNKNOWN_PROPOSAL;
    if (proposal->voted[signer])
        return ERR_BALLOT_CAST;
    if (model_votes(model, proposal) + 1 < model->ballots)
        return ERR_OK;
    return model_judge_effect(model, &proposal->party, proposal->key);
}

static inline enum err model_judge_add(const struct model *model, const struct plan *plan)
{
    unsigned party = model_party_named(model, plan->party);
    size_t wanted = 0;
    if (party == 0)
        return ERR_UNKNOWN_ORGANISATION;
    if (model->parties[party].roles == 0)
        return ERR_SUSPENDED;
    if (!model->party_has_ca[party])
        return ERR_MISSING_FIELD;
    for (size_t i = 0; i < model->node_count; i++)
        if (model->nodes[i].id >= plan->node)
            return ERR_NODE_ID;
    for (size_t i = 0; i < model->node_count; i++) {
        wanted += model->nodes[i].is_wanted;
        if (model->nodes[i].is_wanted && strcmp(model->nodes[i].name, plan->node_name) == 0)
            return ERR_NODE_NAME;
    }
    if (wanted == 16)
        return ERR_FULL;
    return model_key_stands(model, plan->other_key) ? ERR_KEY_STANDS : ERR_OK;
}

static inline struct model_node *model_node(struct model *model, uint32_t id)
{
    for (size_t i = 0; i < model->node_count; i++)
        if (model->nodes[i].id == id)
            return &model->nodes[i];
    return NULL;
}

static inline enum err model_judge_move(struct model *model, const struct plan *plan)
{
    struct model_node *node = model_node(model, plan->node);
    size_t voters = 0;
    if (node == NULL || !node->is_wanted)
        return ERR_UNKNOWN_NODE;
    for (size_t i = 0; i < model->node_count; i++)
        voters += model->nodes[i].is_wanted && model->nodes[i].votes;
    if (plan->operation == OP_NODE_PROMOTE)
        return node->votes ? ERR_NODE_VOTES : ERR_OK;
    return node->votes && voters == 1 ? ERR_LAST_VOTER : ERR_OK;
}

/* What the next block, of that time, would make of the plan. Sets `authentic` to whether the ledger
 * remembers it. */
static inline enum err model_judge(struct model *model, const struct plan *plan, uint64_t time_ms,
                                   bool with_signature, bool *authentic)
{
    unsigned kind;
    unsigned roles;
    unsigned form = model_form(plan->operation, &kind, &roles);
    *authentic = false;
    for (size_t i = 0; i < model->sent_count; i++)
        if (memcmp(model->sent[i].id, plan->id, 32) == 0)
            return ERR_DUPLICATE;
    if (plan->other_network)
        return ERR_OTHER_NETWORK;
    unsigned signer = model->key_party[plan->key];
    if (signer == 0)
        return ERR_UNKNOWN_KEY;
    if (model->key_revoked[plan->key])
        return ERR_REVOKED_KEY;
    if (with_signature && plan->bad_signature)
        return ERR_BAD_SIGNATURE;
    *authentic = true;
    for (size_t i = 0; i < model->sent_count; i++)
        if (model->sent[i].err != ERR_NUMBER_TAKEN && model->sent[i].key == plan->key &&
            model->sent[i].lane == plan->lane && model->sent[i].number == plan->number)
            return ERR_NUMBER_TAKEN;
    if (plan->issued_at_ms > time_ms + 600000)
        return ERR_NOT_YET;
    if (time_ms > plan->valid_until_ms)
        return ERR_EXPIRED;
    if ((model->parties[signer].roles & roles) == 0)
        return ERR_ROLE;
    if (strcmp(model->parties[signer].country, plan->country) != 0)
        return ERR_OTHER_COUNTRY;
    struct model_party party = model_party_of(plan);
    switch (form) {
    case MODEL_RAISES: return model_judge_raise(model, plan, signer, kind);
    case MODEL_LIFTS: return model_judge_lift(model, plan, signer, kind);
    case MODEL_ALLOCATES: return model_judge_tacs(model, plan, signer);
    case MODEL_KEYS_OP: return model_judge_key(model, plan, signer);
    case MODEL_PROPOSES: return model_judge_effect(model, &party, plan->other_key);
    case MODEL_VOTES: return model_judge_ballot(model, plan, signer);
    case MODEL_ADDS: return model_judge_add(model, plan);
    case MODEL_MOVES: return model_judge_move(model, plan);
    default: abort();
    }
}

/* ---- what it does ---- */

static inline void model_change_add(struct model *model, const struct plan *plan, unsigned signer,
                                    const struct item *item, unsigned claimant)
{
    if (model->change_count == MODEL_CHANGES)
        abort();
    model->changes[model->change_count++] = (struct model_change){
        item->from.value, item->to.value, model->transactions, plan->operation, signer, claimant};
}

static inline uint32_t model_raise(struct model *model, const struct plan *plan, unsigned signer,
                                   unsigned kind)
{
    uint32_t changed = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct item *item = &plan->items[i];
        if (model_claim_of(model, item, signer, kind) != NULL)
            continue;
        if (model->claim_count == MODEL_CLAIMS)
            abort();
        model->claims[model->claim_count++] = (struct model_claim){
            item->from.value, item->to.value, signer, kind, model->transactions};
        model_change_add(model, plan, signer, item, 0);
        changed++;
    }
    return changed;
}

static inline uint32_t model_lift(struct model *model, const struct plan *plan, unsigned signer,
                                  unsigned kind)
{
    uint32_t changed = 0;
    for (size_t i = 0; i < plan->count; i++) {
        struct model_claim *claim;
        if (model_lift_which(model, plan, signer, kind, &plan->items[i], &claim) != ERR_OK)
            continue;
        model_change_add(model, plan, signer, &plan->items[i], claim->party);
        *claim = model->claims[--model->claim_count];
        changed++;
    }
    return changed;
}

static inline uint32_t model_allocate(struct model *model, const struct plan *plan, unsigned signer)
{
    uint32_t changed = 0;
    for (size_t i = 0; i < plan->count; i++) {
        uint64_t tac = plan->items[i].from.value / 1000000;
        size_t at = model_tac_at(model, tac);
        if (at < model->tac_count && strcmp(model->tacs[at].brand, plan->brands[i]) == 0)
            continue;
        if (at == model->tac_count && ++model->tac_count > MODEL_TACS)
            abort();
        model->tacs[at].tac = tac;
        model->tacs[at].party = signer;
        memcpy(model->tacs[at].brand, plan->brands[i], sizeof(plan->brands[i]));
        changed++;
    }
    return changed;
}

static inline uint32_t model_effect(struct model *model, const struct model_party *party,
                                    unsigned key)
{
    unsigned number = model_party_named(model, party->name);
    if (number == 0)
        number = (unsigned)++model->party_count;
    if (number > MODEL_PARTIES)
        abort();
    model->parties[number] = *party;
    if (key != 0)
        model->key_party[key] = number;
    return 1;
}

static inline uint32_t model_propose(struct model *model, const struct plan *plan, unsigned signer)
{
    struct model_party party = model_party_of(plan);
    if (model->ballots <= 1)
        return model_effect(model, &party, plan->other_key);
    if (model->proposal_count == MODEL_PROPOSALS)
        abort();
    struct model_proposal *proposal = &model->proposals[model->proposal_count++];
    *proposal = (struct model_proposal){.is_open = true, .party = party, .key = plan->other_key};
    memcpy(proposal->id, plan->id, 32);
    proposal->voted[signer] = true;
    return 0;
}

static inline uint32_t model_vote(struct model *model, const struct plan *plan, unsigned signer)
{
    struct model_proposal *proposal = model_proposal(model, plan->proposal);
    proposal->voted[signer] = true;
    if (model_votes(model, proposal) < model->ballots)
        return 0;
    proposal->is_open = false;
    return model_effect(model, &proposal->party, proposal->key);
}

static inline uint32_t model_add_node(struct model *model, const struct plan *plan)
{
    if (model->node_count == MODEL_NODES)
        abort();
    struct model_node *node = &model->nodes[model->node_count++];
    *node = (struct model_node){.id = plan->node,
                                .party = model_party_named(model, plan->party),
                                .key = plan->other_key,
                                .is_wanted = true,
                                .since = model->height};
    memcpy(node->name, plan->node_name, sizeof(node->name));
    return 1;
}

static inline uint32_t model_move_node(struct model *model, const struct plan *plan)
{
    struct model_node *node = model_node(model, plan->node);
    node->votes = node->votes || plan->operation == OP_NODE_PROMOTE;
    node->is_wanted = plan->operation == OP_NODE_PROMOTE;
    node->since = model->height;
    return 1;
}

/* A configuration block: `is` is beside nodes[], as is_member. */
static inline enum err model_members(struct model *model, const int is[])
{
    size_t moved = 0;
    for (size_t i = 0; i < model->node_count; i++) {
        moved += (is[i] == 2) != (model->nodes[i].is_member == 2);
        if (is[i] == 2 && !model->nodes[i].votes)
            return ERR_MEMBERS;
    }
    if (moved > 1)
        return ERR_MEMBERS;
    for (size_t i = 0; i < model->node_count; i++)
        model->nodes[i].is_member = is[i];
    return ERR_OK;
}

static inline uint32_t model_carry_out(struct model *model, const struct plan *plan)
{
    unsigned kind;
    unsigned roles;
    unsigned signer = model->key_party[plan->key];
    switch (model_form(plan->operation, &kind, &roles)) {
    case MODEL_RAISES: return model_raise(model, plan, signer, kind);
    case MODEL_LIFTS: return model_lift(model, plan, signer, kind);
    case MODEL_ALLOCATES: return model_allocate(model, plan, signer);
    case MODEL_PROPOSES: return model_propose(model, plan, signer);
    case MODEL_VOTES: return model_vote(model, plan, signer);
    case MODEL_ADDS: return model_add_node(model, plan);
    case MODEL_MOVES: return model_move_node(model, plan);
    default: break;
    }
    if (plan->operation == OP_KEY_ADD)
        model->key_party[plan->other_key] = signer;
    else
        model->key_revoked[plan->other_key] = true;
    return 1;
}

/* The next transaction of the ledger. */
static inline enum err model_apply(struct model *model, const struct plan *plan, uint64_t time_ms,
                                   uint32_t *changed)
{
    bool authentic;
    enum err err = model_judge(model, plan, time_ms, true, &authentic);
    *changed = err == ERR_OK ? model_carry_out(model, plan) : 0;
    if (authentic) {
        if (model->sent_count == MODEL_SENT)
            abort();
        struct model_sent *sent = &model->sent[model->sent_count++];
        *sent = (struct model_sent){
            .key = plan->key, .lane = plan->lane, .number = plan->number, .err = err};
        memcpy(sent->id, plan->id, 32);
    }
    model->transactions++;
    return err;
}

#endif
