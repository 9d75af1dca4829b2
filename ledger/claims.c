#include "ledger/claims.h"

#include "ledger/history.h"
#include "ledger/organisations.h"

/* ---- rows ---- */

/* A cursor on each of the tables: items come in order, so the next is near the last. */
struct cursors {
    struct cursor devices;
    struct cursor ranges;
};

static struct cursors cursors_open(struct state *state)
{
    return (struct cursors){.devices = cursor_open(&state->txn, state->tables->claims),
                            .ranges = cursor_open(&state->txn, state->tables->spans)};
}

static void cursors_close(struct cursors *cursors)
{
    cursor_close(&cursors->devices);
    cursor_close(&cursors->ranges);
}

static struct cursor *cursor_for(struct cursors *cursors, const struct item *item)
{
    return item_is_range(item) ? &cursors->ranges : &cursors->devices;
}

static const struct table *table_for(struct state *state, const struct item *item)
{
    return item_is_range(item) ? &state->tables->spans : &state->tables->claims;
}

/* Goes to the first row of the item's key that is not less than `claim`. */
static bool claim_seek(struct cursors *cursors, const struct trace *claim, struct bytes *row)
{
    struct row key = item_key(&claim->item);
    struct row least = claim_pack(claim);
    return cursor_seek_value(cursor_for(cursors, &claim->item), row_view(&key), row_view(&least),
                             row);
}

static bool claim_read(struct state *state, const struct item *item, struct bytes row,
                       struct trace *out)
{
    enum err err = claim_unpack(imei_tac(item->from), item_is_range(item), row, out);
    state_fail(state, err);
    return err == ERR_OK;
}

static bool same_item(const struct item *a, const struct item *b)
{
    return a->from.value == b->from.value && a->to.value == b->to.value;
}

/* Finds the claim on that item of that organisation and kind, and sets its index. `is_last`, which
 * may be NULL: it is not there, and neither is any row behind its place. */
static bool claim_find(struct state *state, struct cursors *cursors, struct trace *claim,
                       bool *is_last)
{
    struct bytes row = {0};
    struct trace found;
    claim->index = 0;
    bool is_any = claim_seek(cursors, claim, &row);
    if (is_last != NULL)
        *is_last = !is_any;
    if (!is_any || !claim_read(state, &claim->item, row, &found))
        return false;
    if (!same_item(&found.item, &claim->item) || found.organisation != claim->organisation ||
        found.kind != claim->kind)
        return false;
    claim->index = found.index;
    return true;
}

/* What is known to come last is appended: pages are then full, and not half of them. */
static void claim_add(struct state *state, const struct trace *claim, bool is_last)
{
    const struct table *table = table_for(state, &claim->item);
    struct row key = item_key(&claim->item);
    struct row row = claim_pack(claim);
    if (is_last)
        state_append_value(state, table, row_view(&key), row_view(&row));
    else
        state_add(state, table, row_view(&key), row_view(&row));
}

static struct change change_of(enum change_kind kind, const struct trace *claim)
{
    return (struct change){.kind = kind,
                           .item = claim->item,
                           .organisation = claim->organisation,
                           .claim = claim->kind};
}

/* ---- RAISE ---- */

static struct trace claim_of_signer(const struct act *act, const struct item *item)
{
    return (struct trace){
        .item = *item, .organisation = act->signer.number, .kind = act->operation->claim};
}

enum err claims_check_raise(struct state *state, const struct act *act)
{
    struct cursors cursors = cursors_open(state);
    struct item_walk walk = item_walk(act->statement->items);
    struct item item;
    enum err err = ERR_CLAIM_STANDS;
    while (err != ERR_OK && item_walk_next(&walk, &item)) {
        struct trace claim = claim_of_signer(act, &item);
        if (!claim_find(state, &cursors, &claim, NULL))
            err = ERR_OK;
    }
    cursors_close(&cursors);
    return err;
}

uint32_t claims_raise(struct state *state, const struct act *act)
{
    struct cursors cursors = cursors_open(state);
    struct item_walk walk = item_walk(act->statement->items);
    struct item item;
    uint32_t changed = 0;
    while (item_walk_next(&walk, &item)) {
        struct trace claim = claim_of_signer(act, &item);
        bool is_last;
        if (claim_find(state, &cursors, &claim, &is_last))
            continue;
        claim.index = act->index;
        claim_add(state, &claim, is_last);
        struct change change = change_of(CHANGE_RAISED, &claim);
        change.reason = act->statement->reason;
        state_tell(state, &change);
        changed++;
    }
    cursors_close(&cursors);
    return changed;
}

/* ---- LIFT ---- */

struct lift {
    struct state *state;
    const struct act *act;
    struct cursors cursors;
    uint16_t claimant; /* 0: nobody is named */
    uint16_t asked;    /* the organisation that lift_may() was last asked about, 0 at first */
    bool answer;
};

/* Whether the signer lifts that organisation's claims: its own; a regulator those of its country.
 * The last answer is kept: neighbours in a list are mostly of one organisation. */
static bool lift_may(struct lift *lift, uint16_t number)
{
    const struct organisation *signer = &lift->act->signer;
    if (number == signer->number)
        return true;
    if (!organisation_is_regulator(signer))
        return false;
    if (number != lift->asked) {
        struct organisation other;
        lift->asked = number;
        lift->answer = organisation_get(lift->state, number, &other) &&
                       memcmp(other.country.code, signer->country.code, 2) == 0;
    }
    return lift->answer;
}

static enum err lift_open(struct state *state, const struct act *act, struct lift *out)
{
    *out = (struct lift){.state = state, .act = act};
    if (act->statement->has_claimant) {
        struct organisation claimant;
        if (!organisation_named(state, &act->statement->claimant, &claimant))
            return ERR_UNKNOWN_ORGANISATION;
        if (!lift_may(out, claimant.number))
            return ERR_CLAIM_OF_OTHER;
        out->claimant = claimant.number;
    }
    out->cursors = cursors_open(state);
    return ERR_OK;
}

static void lift_close(struct lift *lift)
{
    cursors_close(&lift->cursors);
}

/* Among all claims of the kind on the item: the signer's own, else the only one of its country. */
static enum err lift_choose_any(struct lift *lift, const struct item *item, struct trace *out)
{
    struct trace least = {.item = *item};
    struct bytes row = {0};
    size_t standing = 0;
    size_t liftable = 0;
    bool more = claim_seek(&lift->cursors, &least, &row);
    for (; more; more = cursor_next_value(cursor_for(&lift->cursors, item), &row)) {
        struct trace claim;
        if (!claim_read(lift->state, item, row, &claim) || !same_item(&claim.item, item))
            break;
        if (claim.kind != lift->act->operation->claim)
            continue;
        standing++;
        if (!lift_may(lift, claim.organisation))
            continue;
        liftable++;
        *out = claim;
        if (claim.organisation == lift->act->signer.number)
            return ERR_OK;
    }
    if (standing == 0)
        return ERR_CLAIM_ABSENT;
    if (liftable == 0)
        return ERR_CLAIM_OF_OTHER;
    return liftable == 1 ? ERR_OK : ERR_CLAIM_AMBIGUOUS;
}

/* The one claim that goes from this item. */
static enum err lift_choose(struct lift *lift, const struct item *item, struct trace *out)
{
    if (lift->claimant == 0)
        return lift_choose_any(lift, item, out);
    *out = (struct trace){
        .item = *item, .organisation = lift->claimant, .kind = lift->act->operation->claim};
    return claim_find(lift->state, &lift->cursors, out, NULL) ? ERR_OK : ERR_CLAIM_ABSENT;
}

enum err claims_check_lift(struct state *state, const struct act *act)
{
    struct lift lift;
    enum err err = lift_open(state, act, &lift);
    if (err != ERR_OK)
        return err;
    struct item_walk walk = item_walk(act->statement->items);
    struct item item;
    bool is_any_there = false;
    while (err == ERR_OK && item_walk_next(&walk, &item)) {
        struct trace claim;
        err = lift_choose(&lift, &item, &claim);
        is_any_there |= err == ERR_OK;
        if (err == ERR_CLAIM_ABSENT)
            err = ERR_OK;
    }
    lift_close(&lift);
    return err == ERR_OK && !is_any_there ? ERR_CLAIM_ABSENT : err;
}

static void lift_one(struct lift *lift, const struct trace *claim)
{
    struct state *state = lift->state;
    struct row key = item_key(&claim->item);
    struct row row = claim_pack(claim);
    state_remove(state, table_for(state, &claim->item), row_view(&key), row_view(&row));

    struct trace lifted = *claim;
    lifted.index = lift->act->index;
    event_add(state, claim);
    event_add(state, &lifted);
    struct change change = change_of(CHANGE_LIFTED, claim);
    state_tell(state, &change);
}

uint32_t claims_lift(struct state *state, const struct act *act)
{
    struct lift lift;
    if (lift_open(state, act, &lift) != ERR_OK)
        return 0;
    struct item_walk walk = item_walk(act->statement->items);
    struct item item;
    uint32_t changed = 0;
    while (item_walk_next(&walk, &item)) {
        struct trace claim;
        if (lift_choose(&lift, &item, &claim) != ERR_OK)
            continue;
        lift_one(&lift, &claim);
        changed++;
    }
    lift_close(&lift);
    return changed;
}
