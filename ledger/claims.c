#include "ledger/claims.h"

#include "ledger/history.h"
#include "ledger/organisations.h"

/* ---- rows ---- */

/* One of the tables. Items come in order, so the next is near the last: a cursor is at it, and what
 * was found for the last is often the answer for the next as well. */
struct place {
    const struct table *table;
    struct cursor cursor;
    struct row key;   /* where was looked last; of no size: nowhere */
    struct row least; /* and for what */
    struct row found; /* the first row of the key that is not less; of no size: there is none */
};

struct places {
    struct place devices;
    struct place ranges;
};

static void place_open(struct state *state, const struct table *table, struct place *out)
{
    out->table = table;
    out->cursor = cursor_open(&state->txn, *table);
    out->key.size = 0;
}

static void places_open(struct state *state, struct places *out)
{
    place_open(state, &state->tables->claims, &out->devices);
    place_open(state, &state->tables->spans, &out->ranges);
}

static void places_close(struct places *places)
{
    cursor_close(&places->devices.cursor);
    cursor_close(&places->ranges.cursor);
}

static struct place *place_of(struct places *places, const struct item *item)
{
    return item_is_range(item) ? &places->ranges : &places->devices;
}

/* Goes to the first row of the item's key that is not less than `claim`. */
static bool claim_seek(struct place *place, const struct trace *claim, struct bytes *row)
{
    struct row key = item_key(&claim->item);
    struct row least = claim_pack(claim);
    return cursor_seek_value(&place->cursor, row_view(&key), row_view(&least), row);
}

static bool claim_read(struct state *state, const struct item *item, struct bytes row,
                       struct trace *out)
{
    enum err err = claim_unpack(imei_tac(item->from), item_is_range(item), row, out);
    state_fail(state, err);
    return err == ERR_OK;
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

/* Whether what was found last answers this too: items ascend, and what was added since lies below
 * this one. */
static bool place_answers(const struct place *place, const struct row *key, const struct row *least)
{
    return place->key.size > 0 && bytes_equal(row_view(&place->key), row_view(key)) &&
           memcmp(place->least.data, least->data, least->size) < 0 &&
           (place->found.size == 0 || memcmp(least->data, place->found.data, least->size) <= 0);
}

/* Of a row what is used of it. */
static void keep(struct row *to, struct bytes from)
{
    to->size = from.size;
    memcpy(to->data, from.data, from.size);
}

static void place_look(struct state *state, struct place *place, const struct item *item,
                       const struct row *key, const struct row *least)
{
    struct bytes row = {0};
    struct trace found;
    place->found.size = 0;
    if (cursor_seek_value(&place->cursor, row_view(key), row_view(least), &row) &&
        claim_read(state, item, row, &found))
        keep(&place->found, row);
}

/* Whether the claim, of no index yet, stands already. */
static bool claim_stands(struct state *state, struct place *place, const struct trace *claim)
{
    struct row key = item_key(&claim->item);
    struct row least = claim_pack(claim);
    if (!place_answers(place, &key, &least))
        place_look(state, place, &claim->item, &key, &least);
    keep(&place->key, row_view(&key));
    keep(&place->least, row_view(&least));
    return place->found.size > 0 &&
           memcmp(place->found.data, least.data, least.size - INDEX_SIZE) == 0;
}

/* Right after claim_stands(). What comes last is appended: pages are then full, and not half of
 * them. */
static void claim_add(struct state *state, struct place *place, const struct trace *claim)
{
    struct row row = claim_pack(claim);
    if (place->found.size == 0)
        state_append_value_at(state, place->table, &place->cursor, row_view(&place->key),
                              row_view(&row));
    else
        state_add_at(state, place->table, &place->cursor, row_view(&place->key), row_view(&row));
}

enum err claims_check_raise(struct state *state, const struct act *act)
{
    struct places places;
    struct item_walk walk = item_walk(act->statement->items);
    struct item item;
    enum err err = ERR_CLAIM_STANDS;
    places_open(state, &places);
    while (err != ERR_OK && item_walk_next(&walk, &item)) {
        struct trace claim = claim_of_signer(act, &item);
        if (!claim_stands(state, place_of(&places, &item), &claim))
            err = ERR_OK;
    }
    places_close(&places);
    return err;
}

uint32_t claims_raise(struct state *state, const struct act *act)
{
    struct places places;
    struct item_walk walk = item_walk(act->statement->items);
    struct item item;
    uint32_t changed = 0;
    places_open(state, &places);
    while (item_walk_next(&walk, &item)) {
        struct trace claim = claim_of_signer(act, &item);
        struct place *place = place_of(&places, &item);
        if (claim_stands(state, place, &claim))
            continue;
        claim.index = act->index;
        claim_add(state, place, &claim);
        struct change change = change_of(CHANGE_RAISED, &claim);
        change.reason = act->statement->reason;
        state_tell(state, &change);
        changed++;
    }
    places_close(&places);
    return changed;
}

/* ---- LIFT ---- */

struct lift {
    struct state *state;
    const struct act *act;
    struct places places;
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
    places_open(state, &out->places);
    return ERR_OK;
}

static void lift_close(struct lift *lift)
{
    places_close(&lift->places);
}

static bool same_item(const struct item *a, const struct item *b)
{
    return a->from.value == b->from.value && a->to.value == b->to.value;
}

/* Among all claims of the kind on the item: the signer's own, else the only one of its country. */
static enum err lift_choose_any(struct lift *lift, const struct item *item, struct trace *out)
{
    struct trace least = {.item = *item};
    struct bytes row = {0};
    size_t standing = 0;
    size_t liftable = 0;
    struct place *place = place_of(&lift->places, item);
    bool more = claim_seek(place, &least, &row);
    for (; more; more = cursor_next_value(&place->cursor, &row)) {
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

/* Finds the claim on that item of that organisation and kind, and sets its index. */
static bool claim_find(struct state *state, struct place *place, struct trace *claim)
{
    struct bytes row = {0};
    struct trace found;
    claim->index = 0;
    if (!claim_seek(place, claim, &row) || !claim_read(state, &claim->item, row, &found))
        return false;
    if (!same_item(&found.item, &claim->item) || found.organisation != claim->organisation ||
        found.kind != claim->kind)
        return false;
    claim->index = found.index;
    return true;
}

/* The one claim that goes from this item. */
static enum err lift_choose(struct lift *lift, const struct item *item, struct trace *out)
{
    if (lift->claimant == 0)
        return lift_choose_any(lift, item, out);
    *out = (struct trace){
        .item = *item, .organisation = lift->claimant, .kind = lift->act->operation->claim};
    return claim_find(lift->state, place_of(&lift->places, item), out) ? ERR_OK : ERR_CLAIM_ABSENT;
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
    state_remove(state, place_of(&lift->places, &claim->item)->table, row_view(&key),
                 row_view(&row));

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
