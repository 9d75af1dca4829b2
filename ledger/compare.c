#include "ledger/compare.h"

#include "ledger/state.h"
#include "proto/writer.h"

/* One of the two sides: a walk over a table. */
struct side {
    struct state state;
    struct cursor cursor;
    bool is_fixed; /* a row is its key and its value */
    bool is_there;
    struct bytes key;
    struct bytes value;
};

static void side_begin(struct side *side, struct table table, bool is_fixed)
{
    side->is_fixed = is_fixed;
    side->cursor = cursor_open(&side->state.txn, table);
    side->is_there = cursor_first(&side->cursor, &side->key, &side->value);
}

static void side_next(struct side *side)
{
    side->is_there = cursor_next(&side->cursor, &side->key, &side->value);
}

static int order_bytes(struct bytes a, struct bytes b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int difference = size > 0 ? memcmp(a.data, b.data, size) : 0;
    return difference != 0 ? difference : (a.size > b.size) - (a.size < b.size);
}

/* Which row comes first: below zero that of `a`, zero when both name the same. The end comes last.
 */
static int order(const struct side *a, const struct side *b)
{
    if (!a->is_there || !b->is_there)
        return (int)b->is_there - (int)a->is_there;
    int difference = order_bytes(a->key, b->key);
    return difference == 0 && a->is_fixed ? order_bytes(a->value, b->value) : difference;
}

static enum err differ(const struct side *a, const struct side *b, struct ledger_difference *out)
{
    int first = order(a, b);
    const struct side *side = first <= 0 ? a : b;
    struct writer writer = writer_over(out->key, sizeof(out->key));
    writer_bytes(&writer, side->key.data, side->key.size);
    if (side->is_fixed)
        writer_bytes(&writer, side->value.data, side->value.size);
    out->key_size = writer.size;
    out->in_a = first <= 0;
    out->in_b = first >= 0;
    return ERR_DIVERGED;
}

/* A table of both, by name. */
struct pair {
    const char *name;
    enum table_kind kind;
    struct table a;
    struct table b;
};

static enum err compare_table(struct side *a, struct side *b, const struct pair *pair,
                              struct ledger_difference *out)
{
    enum err err = ERR_OK;
    out->table = pair->name;
    side_begin(a, pair->a, pair->kind == TABLE_FIXED);
    side_begin(b, pair->b, pair->kind == TABLE_FIXED);
    while (err == ERR_OK && (a->is_there || b->is_there)) {
        if (order(a, b) != 0 || !bytes_equal(a->value, b->value))
            err = differ(a, b, out);
        side_next(a);
        side_next(b);
    }
    cursor_close(&a->cursor);
    cursor_close(&b->cursor);
    /* A walk that an error of the store ended says nothing. */
    if (a->state.txn.err != ERR_OK)
        return a->state.txn.err;
    return b->state.txn.err != ERR_OK ? b->state.txn.err : err;
}

static enum err compare_tables(struct side *a, struct side *b, struct ledger_difference *out)
{
    const struct pair pairs[STATE_TABLE_COUNT] = {
#define X(name, kind, ...) {#name, TABLE_##kind, a->state.tables->name, b->state.tables->name},
        STATE_TABLES(X)
#undef X
    };
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < STATE_TABLE_COUNT; i++)
        err = compare_table(a, b, &pairs[i], out);
    return err;
}

enum err ledger_compare(struct ledger *a, struct ledger *b, struct ledger_difference *out)
{
    struct side left = {0};
    struct side right = {0};
    *out = (struct ledger_difference){0};
    enum err err = state_begin(a, false, &left.state);
    if (err != ERR_OK)
        return err;
    err = state_begin(b, false, &right.state);
    if (err == ERR_OK) {
        err = compare_tables(&left, &right, out);
        txn_abort(&right.state.txn);
    }
    txn_abort(&left.state.txn);
    return err;
}
