#include "ledger/tacs.h"

bool tac_get(struct state *state, uint32_t tac, struct tac_row *out)
{
    struct row key = tac_key(tac);
    struct bytes value = {0};
    if (!txn_get(&state->txn, state->tables->tacs, row_view(&key), &value))
        return false;
    enum err err = tac_unpack(value, out);
    state_fail(state, err);
    return err == ERR_OK;
}

static bool says_the_same(const struct tac_row *row, const struct tac_item *item)
{
    return strcmp(row->brand, item->brand) == 0 && strcmp(row->model, item->model) == 0;
}

enum err tacs_check(struct state *state, const struct act *act)
{
    struct tac_item_walk walk = tac_item_walk(act->statement->items);
    struct tac_item item;
    bool is_any_new = false;
    while (tac_item_walk_next(&walk, &item)) {
        struct tac_row row;
        bool stands = tac_get(state, item.tac, &row);
        if (stands && row.organisation != act->signer.number)
            return ERR_TAC_OF_OTHER;
        is_any_new |= !stands || !says_the_same(&row, &item);
    }
    return is_any_new ? ERR_OK : ERR_TAC_STANDS;
}

static void tac_put(struct state *state, const struct act *act, const struct tac_item *item)
{
    struct tac_row row = {.organisation = act->signer.number, .index = act->index};
    memcpy(row.brand, item->brand, sizeof(row.brand));
    memcpy(row.model, item->model, sizeof(row.model));
    struct row key = tac_key(item->tac);
    struct row value = tac_pack(&row);
    state_put(state, &state->tables->tacs, row_view(&key), row_view(&value));
    struct change change = {.kind = CHANGE_TAC, .tac = item->tac, .time_ms = act->time_ms};
    state_tell(state, &change);
}

uint32_t tacs_change(struct state *state, const struct act *act)
{
    struct tac_item_walk walk = tac_item_walk(act->statement->items);
    struct tac_item item;
    uint32_t changed = 0;
    while (tac_item_walk_next(&walk, &item)) {
        struct tac_row row;
        if (tac_get(state, item.tac, &row) && says_the_same(&row, &item))
            continue;
        tac_put(state, act, &item);
        changed++;
    }
    return changed;
}
