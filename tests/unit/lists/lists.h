/*
 * lists.h: lists in memory, as an EIR keeps them that was given files: devices and ranges with
 * their entries. Random ledgers over a small space of devices to make them of.
 */
#ifndef TESTS_LISTS_LISTS_H
#define TESTS_LISTS_LISTS_H

#include "lists/touched.h"
#include "tests/unit/ledger/scene.h"

enum { TACS = 2, SERIALS = 6, SPANS = 5, ROWS_MAX = 512 };

#define FIRST_TAC 35000000u

static const uint32_t SPAN_ROWS[SPANS][2] = {{0, 1}, {0, 4}, {2, 3}, {3, 5}, {1, 4}};

/* ---- lists ---- */

struct kept {
    size_t count;
    struct {
        bool is_range;
        struct item item;
        struct entry entry;
    } rows[ROWS_MAX];
};

static inline size_t kept_find(const struct kept *kept, bool is_range, const struct item *item)
{
    size_t at = 0;
    while (at < kept->count && (kept->rows[at].is_range != is_range ||
                                kept->rows[at].item.from.value != item->from.value ||
                                kept->rows[at].item.to.value != item->to.value))
        at++;
    return at;
}

/* Does to a list what a row of a delta says; the row must say of it what is so. */
static inline enum err kept_change(void *context, const struct list_change *change)
{
    struct kept *kept = context;
    size_t at = kept_find(kept, change->is_range, &change->item);
    struct entry before = at < kept->count ? kept->rows[at].entry : ENTRY_NONE;
    ck_assert(entry_equal(&before, &change->before));
    ck_assert(!entry_equal(&change->before, &change->after));
    if (change->after.list == LIST_NONE) {
        kept->rows[at] = kept->rows[--kept->count];
        return ERR_OK;
    }
    if (at == kept->count)
        kept->count++;
    ck_assert_uint_lt(kept->count, ROWS_MAX);
    kept->rows[at].is_range = change->is_range;
    kept->rows[at].item = change->item;
    kept->rows[at].entry = change->after;
    return ERR_OK;
}

static inline void assert_same_lists(const struct kept *a, const struct kept *b)
{
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        size_t at = kept_find(b, a->rows[i].is_range, &a->rows[i].item);
        ck_assert_uint_lt(at, b->count);
        ck_assert(entry_equal(&a->rows[i].entry, &b->rows[at].entry));
    }
}

/* ---- ledgers ---- */

/* Something that one of the five who may says of some devices and ranges of one TAC. */
static inline struct bytes speak_by_chance(struct chain *chain, uint64_t *seed)
{
    static const enum operation operations[] = {OP_BLOCK,     OP_UNBLOCK,     OP_WATCH, OP_UNWATCH,
                                                OP_DUPLICATE, OP_UNDUPLICATE, OP_BLOCK, OP_UNBLOCK,
                                                OP_REGISTER,  OP_UNREGISTER,  OP_BLOCK, OP_UNBLOCK};
    static const enum reason reasons[] = {REASON_STOLEN, REASON_FRAUD, REASON_COURT, REASON_FAULTY};
    struct item items[2];
    size_t count = 1;
    uint32_t tac = FIRST_TAC + (uint32_t)chance_below(seed, TACS);
    size_t member = chance_below(seed, ALLOCATOR);
    struct statement statement = chain_statement(chain, member, operations[chance_below(seed, 12)]);
    const struct operation_row *operation = operation_row(statement.operation);
    if (operation->form == FORM_RAISE && operation->needs_reason)
        statement.reason = reasons[chance_below(seed, 4)];
    if (chance_below(seed, 3) == 0) {
        const uint32_t *span = SPAN_ROWS[chance_below(seed, SPANS)];
        items[0] = range_item(tac, span[0], span[1]);
    } else {
        uint32_t serial = (uint32_t)chance_below(seed, SERIALS - 1);
        items[0] = device_item(tac, serial);
        items[1] = device_item(tac, serial + 1);
        count = 1 + chance_below(seed, 2);
    }
    chain_items(chain, &statement, items, count);
    return chain_sign(chain, member, &statement);
}

/* A block of a few such statements, some hours after the last one. */
static inline struct block block_by_chance(struct chain *chain, uint64_t *seed)
{
    size_t entries = chance_below(seed, 4);
    chain->time_ms += chance_below(seed, 48) * HOUR_MS;
    block_begin(chain);
    for (size_t i = 0; i < entries; i++)
        block_add(chain, speak_by_chance(chain, seed));
    return block_end(chain, entries > 0 ? BLOCK_TRANSACTIONS : BLOCK_NOOP);
}

#endif
