#include "ledger/rules.h"

#include "ledger/claims.h"
#include "ledger/keys.h"
#include "ledger/nodes.h"
#include "ledger/organisations.h"
#include "ledger/proposals.h"
#include "ledger/records.h"
#include "ledger/tacs.h"
#include "proto/invariant.h"

/* How each form of operation is judged and carried out. */
static const struct {
    act_check *check;
    act_change *change;
} FORMS[] = {
    [FORM_RAISE] = {claims_check_raise, claims_raise},
    [FORM_LIFT] = {claims_check_lift, claims_lift},
    [FORM_TACS] = {tacs_check, tacs_change},
    [FORM_KEY] = {keys_check, keys_change},
    [FORM_ORGANISATION] = {proposals_check, proposals_change},
    [FORM_BALLOT] = {ballots_check, ballots_change},
    [FORM_NODE] = {nodes_check_add, nodes_add},
    [FORM_NODE_ID] = {nodes_check_change, nodes_change},
};

static struct act act_of(const struct rules *rules, const struct transaction *transaction,
                         const struct organisation *signer, uint64_t index)
{
    return (struct act){.statement = &transaction->statement,
                        .operation = operation_row(transaction->statement.operation),
                        .id = &transaction->id,
                        .signer = *signer,
                        .height = rules->height,
                        .time_ms = rules->time_ms,
                        .index = index};
}

/* Rules 2 to 5: whose statement this is. */
static enum err judge_origin(const struct rules *rules, const struct transaction *transaction,
                             struct organisation *signer)
{
    struct state *state = rules->state;
    uint64_t first_place;
    struct key_info key;
    if (record_of_id(state, &transaction->id, &first_place))
        return ERR_DUPLICATE;
    if (!hash_equal(&transaction->statement.network, &state->founding->network))
        return ERR_OTHER_NETWORK;
    if (!key_get(state, &transaction->envelope.kid, &key))
        return ERR_UNKNOWN_KEY;
    if (key.revoked_height != 0)
        return ERR_REVOKED_KEY;
    if (!organisation_get(state, key.organisation, signer))
        return ERR_DAMAGED; /* every key has an organisation */
    return rules->verify == NULL ? ERR_OK
                                 : rules->verify(rules->verify_context, transaction, &key.key);
}

/* Rule 7. */
static enum err judge_time(const struct rules *rules, const struct statement *statement)
{
    if (statement->issued_at_ms > rules->time_ms &&
        statement->issued_at_ms - rules->time_ms > TX_AHEAD_MAX_MS)
        return ERR_NOT_YET;
    return rules->time_ms > statement->valid_until_ms ? ERR_EXPIRED : ERR_OK;
}

/* Rule 8. */
static enum err judge_right(const struct act *act)
{
    if ((act->signer.roles & act->operation->roles) == 0)
        return ERR_ROLE;
    if (memcmp(act->signer.country.code, act->statement->country.code, 2) != 0)
        return ERR_OTHER_COUNTRY;
    return ERR_OK;
}

/* Rules 6 to 9: what an authentic statement says. */
static enum err judge_content(const struct rules *rules, const struct transaction *transaction,
                              const struct organisation *signer)
{
    struct act act = act_of(rules, transaction, signer, 0);
    uint64_t taken_by;
    if (record_of_number(rules->state, transaction, &taken_by))
        return ERR_NUMBER_TAKEN;
    enum err err = judge_time(rules, &transaction->statement);
    if (err == ERR_OK)
        err = judge_right(&act);
    return err == ERR_OK ? FORMS[act.operation->form].check(rules->state, &act) : err;
}

struct ruling rules_judge(const struct rules *rules, const struct transaction *transaction)
{
    struct ruling ruling = {0};
    ruling.err = judge_origin(rules, transaction, &ruling.signer);
    ruling.is_authentic = ruling.err == ERR_OK;
    if (ruling.is_authentic)
        ruling.err = judge_content(rules, transaction, &ruling.signer);
    /* What was looked up after an error of the store was not found: that decides nothing. */
    if (rules->state->txn.err != ERR_OK)
        ruling.err = rules->state->txn.err;
    return ruling;
}

uint32_t rules_carry_out(const struct rules *rules, const struct transaction *transaction,
                         const struct organisation *signer, uint64_t index)
{
    struct act act = act_of(rules, transaction, signer, index);
    uint32_t changed = FORMS[act.operation->form].change(rules->state, &act);
    return changed;
}
