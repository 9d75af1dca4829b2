#include "ledger/proposals.h"

#include "ledger/keys.h"
#include "ledger/organisations.h"

static struct bytes id_bytes(const struct hash *id)
{
    return bytes_of(id->bytes, HASH_SIZE);
}

static bool proposal_get(struct state *state, const struct hash *id, struct proposal *out)
{
    struct bytes value = {0};
    if (!txn_get(&state->txn, state->tables->proposals, id_bytes(id), &value))
        return false;
    enum err err = proposal_unpack(value, out);
    state_fail(state, err);
    return err == ERR_OK;
}

static struct proposal proposal_of(const struct statement *statement)
{
    return (struct proposal){.name = statement->organisation,
                             .country = statement->organisation_country,
                             .roles = statement->roles,
                             .has_key = statement->has_key,
                             .key = statement->key};
}

/* ---- what a proposal does ---- */

static uint64_t count_regulators(struct state *state)
{
    uint64_t regulators = 0;
    uint64_t count = organisation_count(state);
    for (uint64_t number = 1; number <= count; number++) {
        struct organisation organisation;
        if (!organisation_get(state, (uint16_t)number, &organisation)) {
            state_fail(state, ERR_DAMAGED);
            break;
        }
        regulators += organisation_is_regulator(&organisation);
    }
    return regulators;
}

/* What the proposal could not take effect for, as things are. */
static enum err effect_check(struct state *state, const struct proposal *proposal)
{
    struct organisation standing;
    bool is_new = !organisation_named(state, &proposal->name, &standing);
    if (is_new && !proposal->has_key)
        return ERR_MISSING_FIELD;
    if (is_new && organisation_count(state) >= ORGANISATIONS_MAX)
        return ERR_FULL;
    bool takes_regulator =
        !is_new && organisation_is_regulator(&standing) && (proposal->roles & ROLE_REGULATOR) == 0;
    if (takes_regulator && count_regulators(state) - 1 < state->founding->ballots)
        return ERR_FEW_REGULATORS;
    return proposal->has_key ? key_check_new(state, &proposal->key) : ERR_OK;
}

static void effect(struct state *state, const struct proposal *proposal, uint64_t height)
{
    struct organisation organisation;
    if (!organisation_named(state, &proposal->name, &organisation))
        organisation.number = (uint16_t)(organisation_count(state) + 1);
    organisation.name = proposal->name;
    organisation.country = proposal->country;
    organisation.roles = proposal->roles;
    organisation_put(state, &organisation);
    if (proposal->has_key)
        key_give(state, organisation.number, &proposal->key, height);
}

/* ---- ballots ---- */

struct poll {
    uint32_t votes; /* of organisations that are regulators now */
    bool has_voted; /* the one that was asked about */
};

static struct poll poll_take(struct state *state, const struct hash *proposal, uint16_t asked)
{
    struct poll poll = {0};
    struct row least = number_pack(0);
    struct cursor cursor = cursor_open(&state->txn, state->tables->ballots);
    struct bytes value = {0};
    bool more = cursor_seek_value(&cursor, id_bytes(proposal), row_view(&least), &value);
    while (more) {
        uint16_t number = 0;
        struct organisation voter;
        state_fail(state, number_unpack(value, &number));
        poll.has_voted |= number == asked;
        poll.votes += organisation_get(state, number, &voter) && organisation_is_regulator(&voter);
        more = cursor_next_value(&cursor, &value);
    }
    cursor_close(&cursor);
    return poll;
}

static void ballot_add(struct state *state, const struct hash *proposal, uint16_t voter)
{
    struct row number = number_pack(voter);
    state_add(state, &state->tables->ballots, id_bytes(proposal), row_view(&number));
}

enum err ballots_check(struct state *state, const struct act *act)
{
    struct proposal proposal;
    if (!proposal_get(state, &act->statement->proposal, &proposal))
        return ERR_UNKNOWN_PROPOSAL;
    struct poll poll = poll_take(state, &act->statement->proposal, act->signer.number);
    if (poll.has_voted)
        return ERR_BALLOT_CAST;
    bool decides = poll.votes + 1 >= state->founding->ballots;
    return decides ? effect_check(state, &proposal) : ERR_OK;
}

uint32_t ballots_change(struct state *state, const struct act *act)
{
    const struct hash *id = &act->statement->proposal;
    struct proposal proposal;
    if (!proposal_get(state, id, &proposal))
        return 0;
    ballot_add(state, id, act->signer.number);
    if (poll_take(state, id, act->signer.number).votes < state->founding->ballots)
        return 0;
    effect(state, &proposal, act->height);
    state_delete(state, &state->tables->proposals, id_bytes(id));
    state_delete(state, &state->tables->ballots, id_bytes(id));
    return 1;
}

/* ---- proposals ---- */

enum err proposals_check(struct state *state, const struct act *act)
{
    struct proposal proposal = proposal_of(act->statement);
    return effect_check(state, &proposal);
}

uint32_t proposals_change(struct state *state, const struct act *act)
{
    struct proposal proposal = proposal_of(act->statement);
    if (state->founding->ballots <= 1) {
        effect(state, &proposal, act->height);
        return 1;
    }
    struct row row = proposal_pack(&proposal);
    state_put(state, &state->tables->proposals, id_bytes(act->id), row_view(&row));
    ballot_add(state, act->id, act->signer.number);
    return 0;
}
