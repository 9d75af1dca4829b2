#include "ledger/organisations.h"

#include "ledger/keys.h"

bool organisation_get(struct state *state, uint16_t number, struct organisation *out)
{
    struct row key = number_pack(number);
    struct bytes value = {0};
    if (!txn_get(&state->txn, state->tables->organisations, row_view(&key), &value))
        return false;
    enum err err = organisation_unpack(number, value, out);
    state_fail(state, err);
    return err == ERR_OK;
}

static struct bytes name_bytes(const struct name *name)
{
    return bytes_of(name->text, strlen(name->text));
}

bool organisation_named(struct state *state, const struct name *name, struct organisation *out)
{
    struct bytes value = {0};
    if (!txn_get(&state->txn, state->tables->organisation_names, name_bytes(name), &value))
        return false;
    uint16_t number = 0;
    enum err err = number_unpack(value, &number);
    state_fail(state, err);
    return err == ERR_OK && organisation_get(state, number, out);
}

/* Writes down where its name stands. */
static void organisation_index(struct state *state, const struct organisation *organisation)
{
    struct row number = number_pack(organisation->number);
    state_put(state, &state->tables->organisation_names, name_bytes(&organisation->name),
              row_view(&number));
}

struct change organisation_change(const struct organisation *organisation)
{
    return (struct change){.kind = CHANGE_ORGANISATION,
                           .organisation = organisation->number,
                           .country = organisation->country,
                           .roles = organisation->roles,
                           .name = organisation->name};
}

void organisation_put(struct state *state, const struct organisation *organisation)
{
    struct row number = number_pack(organisation->number);
    struct row row = organisation_pack(organisation);
    state_put(state, &state->tables->organisations, row_view(&number), row_view(&row));
    organisation_index(state, organisation);
    struct change change = organisation_change(organisation);
    state_tell(state, &change);
}

void organisations_index(struct state *state)
{
    uint64_t count = organisation_count(state);
    for (uint64_t number = 1; number <= count && state->txn.err == ERR_OK; number++) {
        struct organisation organisation;
        if (organisation_get(state, (uint16_t)number, &organisation))
            organisation_index(state, &organisation);
        else
            state_fail(state, ERR_DAMAGED); /* numbers have no gaps */
    }
}

uint64_t organisation_count(struct state *state)
{
    return txn_count(&state->txn, state->tables->organisations);
}

void organisations_found(struct state *state, const struct genesis *genesis)
{
    for (size_t i = 0; i < genesis->organisation_count; i++) {
        const struct genesis_organisation *from = &genesis->organisations[i];
        struct organisation organisation = {.number = (uint16_t)(i + 1),
                                            .name = from->name,
                                            .country = from->country,
                                            .roles = from->roles};
        organisation_put(state, &organisation);
        for (size_t k = 0; k < from->key_count; k++)
            key_give(state, organisation.number, &from->keys[k], 0);
    }
}
