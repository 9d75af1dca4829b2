#include "ledger/view.h"

#include "ledger/history.h"
#include "ledger/keys.h"
#include "ledger/nodes.h"
#include "ledger/organisations.h"
#include "ledger/records.h"
#include "ledger/rules.h"
#include "ledger/state.h"
#include "ledger/tacs.h"
#include "proto/invariant.h"

#include <stdlib.h>

struct view {
    struct state state;
    struct ledger_position position;
    struct traces traces; /* here and not on the stack: 12 KiB */
};

/* ---- where it stands ---- */

static enum err view_locate(struct view *view)
{
    struct merkle_frontier frontier;
    return state_position(&view->state, &view->position, &frontier);
}

enum err view_open(struct ledger *ledger, struct view **out)
{
    *out = NULL;
    struct view *view = calloc(1, sizeof(*view));
    if (view == NULL)
        return ERR_MEMORY;
    enum err err = state_begin(ledger, false, &view->state);
    if (err == ERR_OK)
        err = view_locate(view);
    if (err == ERR_OK)
        *out = view;
    else
        view_close(view);
    return err;
}

enum err view_refresh(struct view *view)
{
    enum err err = txn_renew(&view->state.txn);
    return err == ERR_OK ? view_locate(view) : err;
}

void view_rest(struct view *view)
{
    txn_reset(&view->state.txn);
}

void view_close(struct view *view)
{
    if (view == NULL)
        return;
    txn_abort(&view->state.txn);
    free(view);
}

struct ledger_position view_position(const struct view *view)
{
    return view->position;
}

struct state *view_state(struct view *view)
{
    return &view->state;
}

/* The end of every answer: what the store said on the way. */
static enum err view_done(const struct view *view)
{
    return view->state.txn.err;
}

/* A row that another row names: it is there. */
static void must_have(struct view *view, bool is_there)
{
    if (!is_there)
        state_fail(&view->state, ERR_DAMAGED);
}

/* ---- devices ---- */

static void claim_tell(struct view *view, const struct trace *trace, struct claim *out)
{
    struct record record = {0};
    struct organisation organisation = {0};
    must_have(view, record_get(&view->state, trace->index, &record));
    must_have(view, organisation_get(&view->state, trace->organisation, &organisation));
    *out = (struct claim){.kind = trace->kind,
                          .organisation = organisation.name,
                          .country = organisation.country,
                          .reason = record.reason,
                          .issued_at_ms = record.issued_at_ms,
                          .time_ms = record.time_ms,
                          .height = record.height,
                          .position = record.position,
                          .id = record.id,
                          .item = trace->item};
}

enum err view_device(struct view *view, struct imei imei, struct check_answer *out)
{
    struct traces *traces = &view->traces;
    traces->capacity = CHECK_CLAIMS_MAX;
    history_standing(&view->state, imei, traces);
    out->imei = imei;
    out->claim_count = traces->count;
    out->more = traces->more;
    out->has_grounds = false;
    for (size_t i = 0; i < traces->count; i++)
        claim_tell(view, &traces->list[i].trace, &out->claims[i]);
    return view_tac(view, imei_tac(imei), &out->tac);
}

/* ---- claims for a decision ---- */

struct gathering {
    struct view *view;
    struct standing_claims *out;
    uint64_t index; /* of the transaction that was read last */
    struct record record;
};

static bool is_like(const struct standing_claim *a, const struct standing_claim *b)
{
    return a->organisation == b->organisation && a->kind == b->kind && a->reason == b->reason &&
           a->is_range == b->is_range;
}

static void gather(void *context, const struct trace *trace)
{
    struct gathering *gathering = context;
    struct view *view = gathering->view;
    struct standing_claims *out = gathering->out;
    struct organisation organisation = {0};
    if (gathering->index != trace->index)
        must_have(view, record_get(&view->state, trace->index, &gathering->record));
    gathering->index = trace->index;
    struct standing_claim claim = {.kind = trace->kind,
                                   .reason = gathering->record.reason,
                                   .is_range = item_is_range(&trace->item),
                                   .organisation = trace->organisation,
                                   .index = trace->index};
    for (size_t i = 0; i < out->count; i++) {
        if (!is_like(&out->at[i], &claim))
            continue;
        if (claim.index < out->at[i].index)
            out->at[i].index = claim.index;
        return;
    }
    out->is_cut = out->count == STANDING_CLAIMS_MAX;
    if (out->is_cut)
        return;
    must_have(view, organisation_get(&view->state, trace->organisation, &organisation));
    claim.name = organisation.name;
    claim.country = organisation.country;
    claim.roles = organisation.roles;
    out->at[out->count++] = claim;
}

static int by_kind_and_age(const void *a, const void *b)
{
    const struct standing_claim *x = a;
    const struct standing_claim *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

enum err view_claims(struct view *view, struct imei imei, struct standing_claims *out)
{
    struct gathering gathering = {.view = view, .out = out, .index = UINT64_MAX};
    out->count = 0;
    out->is_cut = false;
    history_standing_all(&view->state, imei, gather, &gathering);
    qsort(out->at, out->count, sizeof out->at[0], by_kind_and_age);
    return view_done(view);
}

static void row_tell(struct view *view, const struct trace *trace, struct history_row *out)
{
    struct record record = {0};
    struct organisation signer = {0};
    struct organisation claimant = {0};
    must_have(view, record_get(&view->state, trace->index, &record));
    must_have(view, organisation_get(&view->state, record.organisation, &signer));
    const struct operation_row *operation = operation_row(record.operation);
    if (operation != NULL && operation->form == FORM_LIFT)
        must_have(view, organisation_get(&view->state, trace->organisation, &claimant));
    *out = (struct history_row){.index = trace->index,
                                .height = record.height,
                                .position = record.position,
                                .time_ms = record.time_ms,
                                .issued_at_ms = record.issued_at_ms,
                                .operation = record.operation,
                                .reason = record.reason,
                                .organisation = signer.name,
                                .country = signer.country,
                                .claimant = claimant.name,
                                .item = trace->item,
                                .id = record.id};
}

enum err view_history(struct view *view, struct imei imei, bool from_start, uint64_t after,
                      struct history_answer *out)
{
    struct traces *traces = &view->traces;
    traces->capacity = HISTORY_ROWS_MAX;
    if (!from_start && after >= INDEX_END)
        after = INDEX_END - 1;
    history_changes(&view->state, imei, from_start ? 0 : after + 1, traces);
    out->more = traces->more;
    out->count = traces->count;
    for (size_t i = 0; i < traces->count; i++)
        row_tell(view, &traces->list[i].trace, &out->rows[i]);
    return view_done(view);
}

enum err view_tac(struct view *view, uint32_t tac, struct tac_info *out)
{
    struct tac_row row;
    struct record record = {0};
    struct organisation organisation = {0};
    *out = (struct tac_info){.tac = tac};
    if (!tac_get(&view->state, tac, &row))
        return view_done(view);
    must_have(view, record_get(&view->state, row.index, &record));
    must_have(view, organisation_get(&view->state, row.organisation, &organisation));
    out->known = true;
    memcpy(out->brand, row.brand, sizeof(out->brand));
    memcpy(out->model, row.model, sizeof(out->model));
    out->organisation = organisation.name;
    out->time_ms = record.time_ms;
    out->height = record.height;
    return view_done(view);
}

/* ---- transactions, organisations, keys ---- */

enum err view_transaction(struct view *view, const struct hash *id, struct tx_answer *out)
{
    uint64_t index;
    struct record record = {0};
    *out = (struct tx_answer){.id = *id, .state = TX_UNKNOWN};
    if (!record_of_id(&view->state, id, &index) || !record_get(&view->state, index, &record))
        return view_done(view);
    out->state = record.err == ERR_OK ? TX_COMMITTED : TX_REFUSED;
    out->err = record.err;
    out->height = record.height;
    out->position = record.position;
    out->index = index;
    out->time_ms = record.time_ms;
    out->changed = record.changed;
    return view_done(view);
}

enum err view_organisation(struct view *view, uint16_t number, struct organisation_info *out)
{
    struct organisation organisation;
    if (!organisation_get(&view->state, number, &organisation))
        return view_done(view) != ERR_OK ? view_done(view) : ERR_NOT_FOUND;
    *out = (struct organisation_info){.number = number,
                                      .name = organisation.name,
                                      .country = organisation.country,
                                      .roles = organisation.roles};
    keys_describe(&view->state, number, out);
    return view_done(view);
}

enum err view_key(struct view *view, const struct key_id *id, struct key_info *out)
{
    if (!key_get(&view->state, id, out))
        return view_done(view) != ERR_OK ? view_done(view) : ERR_UNKNOWN_KEY;
    return ERR_OK;
}

/* ---- nodes ---- */

static enum wanted wanted_of(const struct raft_members *wanted, uint32_t id)
{
    if (raft_members_find(wanted, id) == MEMBERS_MAX)
        return WANTED_REMOVED;
    return raft_members_votes(wanted, id) ? WANTED_VOTER : WANTED_LEARNER;
}

static enum membership membership_of(const struct raft_members *members, uint32_t id)
{
    if (raft_members_find(members, id) == MEMBERS_MAX)
        return MEMBERSHIP_NONE;
    return raft_members_votes(members, id) ? MEMBERSHIP_VOTER : MEMBERSHIP_LEARNER;
}

enum err view_node_from(struct view *view, uint32_t from, struct node_info *out)
{
    struct node node;
    struct organisation organisation = {0};
    struct raft_members wanted;
    struct raft_members members;
    if (!node_from(&view->state, from, &node))
        return view_done(view) != ERR_OK ? view_done(view) : ERR_NOT_FOUND;
    enum err err = view_wanted(view, &wanted);
    if (err == ERR_OK)
        err = view_members(view, &members);
    if (err != ERR_OK)
        return err;
    must_have(view, organisation_get(&view->state, node.organisation, &organisation));
    *out = (struct node_info){.id = node.id,
                              .name = node.name,
                              .organisation = organisation.name,
                              .country = organisation.country,
                              .key = node.key,
                              .wanted = wanted_of(&wanted, node.id),
                              .since_height = node.since_height,
                              .member = membership_of(&members, node.id)};
    memcpy(out->address, node.address, sizeof(out->address));
    return view_done(view);
}

enum err view_node(struct view *view, uint32_t id, struct node_info *out)
{
    enum err err = view_node_from(view, id, out);
    return err == ERR_OK && out->id != id ? ERR_NOT_FOUND : err;
}

enum err view_wanted(struct view *view, struct raft_members *out)
{
    return nodes_wanted(&view->state, out);
}

enum err view_members(struct view *view, struct raft_members *out)
{
    return nodes_members(&view->state, out);
}

enum err view_check_members(struct view *view, const struct raft_members *members)
{
    return nodes_check_members(&view->state, members);
}

enum err view_authority(struct view *view, const struct name *organisation, struct bytes *out)
{
    struct organisation found;
    if (organisation_named(&view->state, organisation, &found) &&
        node_authority(&view->state, found.number, out))
        return ERR_OK;
    return view_done(view) != ERR_OK ? view_done(view) : ERR_NOT_FOUND;
}

/* ---- admission ---- */

enum err view_would_accept(struct view *view, const struct transaction *transaction,
                           uint64_t time_ms)
{
    struct rules rules = {.state = &view->state, .time_ms = time_ms};
    return rules_judge(&rules, transaction).err;
}
