#include "ledger/scan.h"

#include "ledger/organisations.h"
#include "ledger/records.h"
#include "ledger/state.h"
#include "proto/reader.h"

#include <stdlib.h>

/* Claims between two words of progress. */
enum { PROGRESS_EVERY = 1 << 20 };

/* Transactions whose reasons are read at once: claims name them in any order, and rows side by side
 * are read much faster than rows here and there. */
enum { PIECE = 4096 };

/* ---- reasons ---- */

struct reasons {
    struct state *state;
    uint64_t transactions;
    uint8_t **pieces; /* NULL: not read yet */
};

static size_t piece_count(const struct reasons *reasons)
{
    return (size_t)(reasons->transactions / PIECE + 1);
}

static enum err reasons_open(struct state *state, uint64_t transactions, struct reasons *out)
{
    *out = (struct reasons){.state = state, .transactions = transactions};
    out->pieces = calloc(piece_count(out), sizeof out->pieces[0]);
    return out->pieces == NULL ? ERR_MEMORY : ERR_OK;
}

static void reasons_close(struct reasons *reasons)
{
    for (size_t i = 0; reasons->pieces != NULL && i < piece_count(reasons); i++)
        free(reasons->pieces[i]);
    free(reasons->pieces);
}

/* Rows are in order of their index, without gaps. */
static void piece_read(struct reasons *reasons, uint64_t first, uint8_t *piece)
{
    struct state *state = reasons->state;
    struct row from = index_pack(first);
    struct cursor cursor = cursor_open(&state->txn, state->tables->transactions);
    struct bytes value = {0};
    bool more = cursor_seek(&cursor, row_view(&from), NULL, &value);
    for (size_t i = 0; more && i < PIECE; i++) {
        struct record record = {0};
        state_fail(state, record_unpack(value, &record));
        piece[i] = (uint8_t)record.reason;
        more = cursor_next(&cursor, NULL, &value);
    }
    cursor_close(&cursor);
}

static enum reason reason_of(struct reasons *reasons, uint64_t index)
{
    if (index >= reasons->transactions) {
        state_fail(reasons->state, ERR_DAMAGED);
        return REASON_NONE;
    }
    uint8_t **piece = &reasons->pieces[index / PIECE];
    if (*piece == NULL) {
        *piece = calloc(1, PIECE);
        if (*piece == NULL) {
            state_fail(reasons->state, ERR_MEMORY);
            return REASON_NONE;
        }
        piece_read(reasons, index - index % PIECE, *piece);
    }
    return (enum reason)(*piece)[index % PIECE];
}

/* ---- what is told ---- */

struct scan {
    struct state *state;
    struct reasons reasons;
    ledger_change *tell;
    scan_progress *progress;
    void *context;
    uint64_t done;
    uint64_t all;
};

static void scan_organisations(struct scan *scan)
{
    uint64_t count = organisation_count(scan->state);
    for (uint64_t number = 1; number <= count && scan->state->txn.err == ERR_OK; number++) {
        struct organisation organisation;
        if (!organisation_get(scan->state, (uint16_t)number, &organisation)) {
            state_fail(scan->state, ERR_DAMAGED); /* numbers have no gaps */
            return;
        }
        struct change change = organisation_change(&organisation);
        scan->tell(scan->context, &change);
    }
}

/* The TAC at the head of a key. */
static uint32_t key_tac(struct scan *scan, struct bytes key)
{
    struct reader reader = reader_over(key);
    uint32_t tac = reader_u32(&reader);
    if (reader_ok(&reader) && tac < IMEI_TACS)
        return tac;
    state_fail(scan->state, ERR_DAMAGED);
    return 0;
}

static void scan_tacs(struct scan *scan)
{
    struct state *state = scan->state;
    struct cursor cursor = cursor_open(&state->txn, state->tables->tacs);
    struct bytes key = {0};
    struct bytes value = {0};
    bool more = cursor_first(&cursor, &key, &value);
    for (; more; more = cursor_next(&cursor, &key, &value)) {
        struct tac_row row;
        struct record record = {0};
        enum err err = tac_unpack(value, &row);
        state_fail(state, err);
        if (err != ERR_OK || !record_get(state, row.index, &record))
            break;
        struct change change = {
            .kind = CHANGE_TAC, .tac = key_tac(scan, key), .time_ms = record.time_ms};
        if (state->txn.err == ERR_OK)
            scan->tell(scan->context, &change);
    }
    cursor_close(&cursor);
}

static void tell_claim(struct scan *scan, const struct trace *claim)
{
    struct change change = {.kind = CHANGE_RAISED,
                            .item = claim->item,
                            .organisation = claim->organisation,
                            .claim = claim->kind,
                            .reason = reason_of(&scan->reasons, claim->index)};
    if (scan->state->txn.err != ERR_OK)
        return;
    scan->tell(scan->context, &change);
    if (++scan->done % PROGRESS_EVERY == 0 && scan->progress != NULL)
        scan->progress(scan->context, scan->done, scan->all);
}

static void scan_claims(struct scan *scan, struct table table, bool is_range)
{
    struct state *state = scan->state;
    struct cursor cursor = cursor_open(&state->txn, table);
    struct bytes key = {0};
    struct bytes value = {0};
    bool more = cursor_first(&cursor, &key, &value);
    for (; more && state->txn.err == ERR_OK; more = cursor_next(&cursor, &key, &value)) {
        struct trace claim;
        enum err err = claim_unpack(key_tac(scan, key), is_range, value, &claim);
        state_fail(state, err);
        if (err == ERR_OK)
            tell_claim(scan, &claim);
    }
    cursor_close(&cursor);
}

enum err view_scan(struct view *view, ledger_change *tell, scan_progress *progress, void *context)
{
    struct state *state = view_state(view);
    if (state->txn.err != ERR_OK)
        return state->txn.err;
    const struct tables *tables = state->tables;
    struct scan scan = {.state = state, .tell = tell, .progress = progress, .context = context};
    scan.all = txn_count(&state->txn, tables->claims) + txn_count(&state->txn, tables->spans);
    enum err err = reasons_open(state, view_position(view).transactions, &scan.reasons);
    if (err == ERR_OK) {
        scan_organisations(&scan);
        scan_tacs(&scan);
        scan_claims(&scan, tables->claims, false);
        scan_claims(&scan, tables->spans, true);
        err = state->txn.err;
    }
    reasons_close(&scan.reasons);
    return err;
}
