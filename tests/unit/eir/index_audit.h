/*
 * index_audit.h: an index held against the ledger that it follows.
 */
#ifndef TESTS_EIR_INDEX_AUDIT_H
#define TESTS_EIR_INDEX_AUDIT_H

#include "eir/index.h"

#include "tests/unit/ledger/scene.h"

/* True when the index has that claim of the view as often as it should: once. */
static inline bool found_has(const struct found *found, const struct claim *claim)
{
    size_t count = 0;
    for (size_t i = 0; i < found->count; i++) {
        const struct claim_class *class = found->claims[i].class;
        count += class->kind == claim->kind && class->reason == claim->reason &&
                 found->claims[i].is_range == item_is_range(&claim->item) &&
                 strcmp(class->name.text, claim->organisation.text) == 0 &&
                 strcmp(class->country.code, claim->country.code) == 0;
    }
    return count == 1;
}

/* Claims of one class on several ranges are found once. */
static inline size_t distinct_claims(const struct check_answer *answer)
{
    size_t count = 0;
    for (size_t i = 0; i < answer->claim_count; i++) {
        const struct claim *a = &answer->claims[i];
        bool is_new = true;
        for (size_t k = 0; k < i && is_new; k++) {
            const struct claim *b = &answer->claims[k];
            is_new = a->kind != b->kind || a->reason != b->reason ||
                     strcmp(a->organisation.text, b->organisation.text) != 0 ||
                     item_is_range(&a->item) != item_is_range(&b->item);
        }
        count += is_new;
    }
    return count;
}

static inline bool is_told(const struct found *found, const struct check_answer *answer,
                           struct ledger_position position)
{
    bool is_told = found->height == position.height && found->time_ms == position.time_ms &&
                   found->is_tac_known == answer->tac.known &&
                   found->tac_time_ms == answer->tac.time_ms && !answer->more &&
                   found->count == distinct_claims(answer);
    for (size_t i = 0; i < answer->claim_count && is_told; i++)
        is_told = found_has(found, &answer->claims[i]);
    return is_told;
}

/* The index says of a device what the view says. Both are of the same height. */
static inline bool audit_device(const struct index *index, struct view *view, struct imei imei)
{
    static struct found found;
    static struct check_answer answer;
    grace_enter();
    bool is_right = view_device(view, imei, &answer) == ERR_OK && index_find(index, imei, &found) &&
                    is_told(&found, &answer, view_position(view));
    grace_leave();
    return is_right;
}

/* What a scan counts, and each device that it meets, its neighbours and the ends of ranges. */
struct index_audit {
    const struct index *index;
    struct view *scanned;
    struct view *asked;
    struct index_size size;
    size_t wrong; /* one assertion for all devices: each writes to a file */
};

static inline void audit_change(void *context, const struct change *change)
{
    struct index_audit *audit = context;
    if (change->kind == CHANGE_ORGANISATION)
        return;
    if (change->kind == CHANGE_TAC) {
        audit->wrong += !audit_device(audit->index, audit->asked, imei_of(change->tac, 0));
        return;
    }
    bool is_range = item_is_range(&change->item);
    audit->size.ranges += is_range;
    audit->size.claims += !is_range;
    uint64_t ends[] = {change->item.from.value, change->item.to.value};
    for (size_t i = 0; i < 2; i++) {
        for (uint64_t beside = ends[i] - 1; beside <= ends[i] + 1; beside++)
            audit->wrong += !audit_device(audit->index, audit->asked, (struct imei){beside});
    }
}

/* The index has what the ledger has, and nothing else. Nobody applies meanwhile; the thread has
 * begun to read (grace.h). */
static inline void audit_index(const struct index *index, struct ledger *ledger)
{
    struct index_audit audit = {.index = index};
    assert_ok(view_open(ledger, &audit.scanned));
    assert_ok(view_open(ledger, &audit.asked));
    assert_ok(view_scan(audit.scanned, audit_change, NULL, &audit));
    ck_assert_uint_eq(audit.wrong, 0);
    struct index_size size = index_size(index);
    ck_assert(!size.has_given_up);
    ck_assert_uint_eq(size.claims, audit.size.claims);
    ck_assert_uint_eq(size.ranges, audit.size.ranges);
    view_close(audit.scanned);
    view_close(audit.asked);
}

#endif
