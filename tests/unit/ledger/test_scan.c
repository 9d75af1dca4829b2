/*
 * A list that is kept by changes alone, the list of a scan, and what views say: the same at every
 * height of random ledgers.
 */
#include "ledger/scan.h"

#include "tests/unit/ledger/chatter.h"

enum { CLAIMS_MAX = 512, ORGANISATIONS = 8, HEIGHTS = 90, RUNS = 2 };

/* What an empty ledger becomes by changes. */
struct list {
    size_t count;
    struct change claims[CLAIMS_MAX];
    uint64_t tac_ms[CHATTER_TACS];
    bool is_tac[CHATTER_TACS];
    struct change organisations[ORGANISATIONS];
};

static int order(const void *a, const void *b)
{
    const struct change *x = a;
    const struct change *y = b;
    if (x->item.from.value != y->item.from.value)
        return x->item.from.value < y->item.from.value ? -1 : 1;
    if (x->item.to.value != y->item.to.value)
        return x->item.to.value < y->item.to.value ? -1 : 1;
    if (x->organisation != y->organisation)
        return x->organisation < y->organisation ? -1 : 1;
    return (int)x->claim - (int)y->claim;
}

static void list_raise(struct list *list, const struct change *change)
{
    ck_assert_uint_lt(list->count, CLAIMS_MAX);
    for (size_t i = 0; i < list->count; i++)
        ck_assert_int_ne(order(&list->claims[i], change), 0);
    list->claims[list->count++] = *change;
}

static void list_lift(struct list *list, const struct change *change)
{
    for (size_t i = 0; i < list->count; i++) {
        if (order(&list->claims[i], change) != 0)
            continue;
        list->claims[i] = list->claims[--list->count];
        return;
    }
    ck_abort_msg("a claim was lifted that was not there");
}

static void list_change(void *context, const struct change *change)
{
    struct list *list = context;
    switch (change->kind) {
    case CHANGE_RAISED: list_raise(list, change); return;
    case CHANGE_LIFTED: list_lift(list, change); return;
    case CHANGE_TAC:
        list->is_tac[change->tac - CHATTER_TAC] = true;
        list->tac_ms[change->tac - CHATTER_TAC] = change->time_ms;
        return;
    case CHANGE_ORGANISATION:
        ck_assert_uint_lt(change->organisation, ORGANISATIONS);
        list->organisations[change->organisation] = *change;
        return;
    }
    ck_abort();
}

static void assert_same_claims(struct list *a, struct list *b)
{
    ck_assert_uint_eq(a->count, b->count);
    qsort(a->claims, a->count, sizeof a->claims[0], order);
    qsort(b->claims, b->count, sizeof b->claims[0], order);
    for (size_t i = 0; i < a->count; i++) {
        ck_assert_int_eq(order(&a->claims[i], &b->claims[i]), 0);
        ck_assert_int_eq(a->claims[i].reason, b->claims[i].reason);
    }
}

static void assert_same(struct list *a, struct list *b)
{
    assert_same_claims(a, b);
    for (size_t i = 0; i < CHATTER_TACS; i++) {
        ck_assert_int_eq(a->is_tac[i], b->is_tac[i]);
        ck_assert_uint_eq(a->tac_ms[i], b->tac_ms[i]);
    }
    for (size_t i = 1; i <= MEMBERS; i++) {
        ck_assert_str_eq(a->organisations[i].name.text, b->organisations[i].name.text);
        ck_assert_str_eq(a->organisations[i].country.code, b->organisations[i].country.code);
        ck_assert_uint_eq(a->organisations[i].roles, b->organisations[i].roles);
    }
}

static bool list_has(const struct list *list, const struct claim *claim)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct change *has = &list->claims[i];
        if (has->item.from.value == claim->item.from.value &&
            has->item.to.value == claim->item.to.value && has->claim == claim->kind &&
            has->reason == claim->reason &&
            strcmp(list->organisations[has->organisation].name.text, claim->organisation.text) == 0)
            return true;
    }
    return false;
}

static void assert_as_view(struct view *view, const struct list *list, struct imei imei)
{
    static struct check_answer answer;
    size_t tac = imei_tac(imei) - CHATTER_TAC;
    size_t count = 0;
    assert_ok(view_device(view, imei, &answer));
    for (size_t i = 0; i < list->count; i++)
        count += list->claims[i].item.from.value <= imei.value &&
                 list->claims[i].item.to.value >= imei.value;
    ck_assert_uint_eq(answer.claim_count, count);
    for (size_t i = 0; i < answer.claim_count; i++)
        ck_assert(list_has(list, &answer.claims[i]));
    ck_assert_int_eq(answer.tac.known, list->is_tac[tac]);
    ck_assert_uint_eq(answer.tac.time_ms, list->tac_ms[tac]);
}

static void assert_as_views(struct scene *scene, const struct list *list)
{
    assert_ok(view_refresh(scene->view));
    for (uint32_t tac = CHATTER_TAC; tac < CHATTER_TAC + CHATTER_TACS; tac++)
        for (size_t i = 0; i < CHATTER_PLACES; i++)
            assert_as_view(scene->view, list, imei_of(tac, chatter_places[i]));
}

static void run(uint64_t seed)
{
    struct scene scene;
    struct list *kept = calloc(1, sizeof *kept);
    struct list *scanned = calloc(1, sizeof *scanned);
    size_t most = 0;
    scene_open(&scene, 1);
    assert_ok(view_scan(scene.view, list_change, NULL, kept));
    const struct ledger_watch watch = {.change = list_change, .context = kept};
    ledger_set_watch(scene.ledger, &watch);
    for (size_t i = 0; i < HEIGHTS; i++) {
        struct block block = chatter_block(&scene, &seed);
        apply_block(scene.ledger, &block, NULL, NULL);
        assert_as_views(&scene, kept);
        memset(scanned, 0, sizeof *scanned);
        assert_ok(view_scan(scene.view, list_change, NULL, scanned));
        assert_same(kept, scanned);
        most = kept->count > most ? kept->count : most;
    }
    ck_assert_uint_gt(most, 30);
    scene_close(&scene);
    free(kept);
    free(scanned);
}

START_TEST(changes_amount_to_what_a_scan_and_views_tell)
{
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        run(seed);
}
END_TEST

/* ---- a scan ---- */

struct order_of_scan {
    enum change_kind kind;
    bool is_range;
    uint64_t last;
    uint64_t seen;
};

static void must_come_after(void *context, const struct change *change)
{
    static const int places[] = {[CHANGE_ORGANISATION] = 0, [CHANGE_TAC] = 1, [CHANGE_RAISED] = 2};
    struct order_of_scan *scan = context;
    bool is_range = change->kind == CHANGE_RAISED && item_is_range(&change->item);
    uint64_t number = change->kind == CHANGE_ORGANISATION ? change->organisation
                      : change->kind == CHANGE_TAC        ? change->tac
                      : is_range                          ? imei_tac(change->item.from)
                                                          : change->item.from.value;
    if (change->kind == scan->kind && is_range == scan->is_range)
        ck_assert_uint_ge(number, scan->last);
    else
        ck_assert_int_ge(places[change->kind] + is_range, places[scan->kind] + scan->is_range);
    scan->kind = change->kind;
    scan->is_range = is_range;
    scan->last = number;
    scan->seen++;
}

START_TEST(a_scan_goes_in_order)
{
    struct scene scene;
    uint64_t seed = 7;
    struct order_of_scan scan = {.kind = CHANGE_ORGANISATION};
    scene_open(&scene, 1);
    for (size_t i = 0; i < 30; i++) {
        struct block block = chatter_block(&scene, &seed);
        apply_block(scene.ledger, &block, NULL, NULL);
    }
    assert_ok(view_refresh(scene.view));
    assert_ok(view_scan(scene.view, must_come_after, NULL, &scan));
    ck_assert(scan.is_range);
    ck_assert_uint_gt(scan.seen, MEMBERS + 10);
    scene_close(&scene);
}
END_TEST

START_TEST(a_scan_is_of_its_views_height)
{
    struct scene scene;
    uint64_t seed = 8;
    struct list *before = calloc(1, sizeof *before);
    struct list *after = calloc(1, sizeof *after);
    scene_open(&scene, 1);
    assert_ok(view_refresh(scene.view));
    assert_ok(view_scan(scene.view, list_change, NULL, before));
    struct block block = chatter_block(&scene, &seed);
    apply_block(scene.ledger, &block, NULL, NULL);
    assert_ok(view_scan(scene.view, list_change, NULL, after));
    assert_same(before, after);
    ck_assert_uint_eq(after->count, 0);
    scene_close(&scene);
    free(before);
    free(after);
}
END_TEST

enum { ONES = 4100 }; /* above a piece of 4096 */

static const uint32_t of_court[] = {0, 1, ONES - 2, ONES - 1};

static bool is_of_court(uint32_t serial)
{
    for (size_t i = 0; i < 4; i++)
        if (of_court[i] == serial)
            return true;
    return false;
}

/* One after the other, in the order of the statements every other one from the end. */
static struct block block_of_ones(struct chain *chain, uint32_t from, uint32_t end)
{
    block_begin(chain);
    for (uint32_t i = from; i < end; i++) {
        struct item item = device_item(CHATTER_TAC, i % 2 == 0 ? i : ONES - i);
        struct statement statement = chain_statement(chain, ALFA_ONE, OP_BLOCK);
        if (is_of_court(imei_serial(item.from)))
            statement.reason = REASON_COURT;
        chain_items(chain, &statement, &item, 1);
        block_add(chain, chain_sign(chain, ALFA_ONE, &statement));
    }
    return block_end(chain, BLOCK_TRANSACTIONS);
}

static void must_have_its_reason(void *context, const struct change *change)
{
    if (change->kind != CHANGE_RAISED)
        return;
    bool is_court = is_of_court(imei_serial(change->item.from));
    ck_assert_int_eq(change->reason, is_court ? REASON_COURT : REASON_STOLEN);
    ++*(size_t *)context;
}

/* More transactions than a piece has, and other reasons at both ends of each. */
START_TEST(reasons_are_found_across_pieces)
{
    struct scene scene;
    size_t claims = 0;
    scene_open(&scene, 1);
    for (uint32_t i = 0; i < ONES; i += 500) {
        struct block block = block_of_ones(&scene.chain, i, i + 500 < ONES ? i + 500 : ONES);
        apply_block(scene.ledger, &block, NULL, NULL);
    }
    assert_ok(view_refresh(scene.view));
    assert_ok(view_scan(scene.view, must_have_its_reason, NULL, &claims));
    ck_assert_uint_eq(claims, ONES);
    scene_close(&scene);
}
END_TEST

/* ---- what a watch hears ---- */

struct heard {
    size_t changes;
    size_t commits;
    size_t drops;
    uint64_t height;
};

static void hear_change(void *context, const struct change *change)
{
    (void)change;
    ((struct heard *)context)->changes++;
}

static void hear_commit(void *context, const struct ledger_position *position)
{
    struct heard *heard = context;
    heard->commits++;
    heard->height = position->height;
}

static void hear_drop(void *context)
{
    ((struct heard *)context)->drops++;
}

static void assert_heard(const struct heard *heard, size_t changes, size_t commits, size_t drops)
{
    ck_assert_uint_eq(heard->changes, changes);
    ck_assert_uint_eq(heard->commits, commits);
    ck_assert_uint_eq(heard->drops, drops);
}

START_TEST(a_watch_hears_what_changed_and_whether_it_counts)
{
    struct scene scene;
    struct heard heard = {0};
    const struct ledger_watch watch = {hear_change, hear_commit, hear_drop, &heard};
    struct item item = device_item(CHATTER_TAC, 1);
    scene_open(&scene, 1);
    ledger_set_watch(scene.ledger, &watch);
    scene_apply(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, &item, 1));
    assert_heard(&heard, 1, 1, 0);
    ck_assert_uint_eq(heard.height, 1);
    struct bytes again = chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, &item, 1);
    ck_assert_int_eq(scene_apply(&scene, again).err, ERR_CLAIM_STANDS);
    assert_heard(&heard, 1, 2, 0);

    block_begin(&scene.chain);
    block_add(&scene.chain, chain_speak(&scene.chain, ALFA_TWO, OP_BLOCK, &item, 1));
    struct block block = block_end(&scene.chain, BLOCK_TRANSACTIONS);
    assert_ok(ledger_begin(scene.ledger));
    assert_ok(ledger_apply(scene.ledger, &block, NULL, NULL));
    ledger_abort(scene.ledger);
    assert_heard(&heard, 2, 2, 1);
    ck_assert_uint_eq(heard.height, 2);

    assert_ok(ledger_begin(scene.ledger));
    assert_ok(ledger_apply(scene.ledger, &block, NULL, NULL));
    assert_err(ledger_apply(scene.ledger, &block, NULL, NULL), BROKEN_CHAIN);
    assert_err(ledger_commit(scene.ledger), BROKEN_CHAIN);
    assert_heard(&heard, 3, 2, 2);
    ledger_abort(scene.ledger);
    assert_heard(&heard, 3, 2, 2);

    ledger_set_watch(scene.ledger, NULL);
    apply_block(scene.ledger, &block, NULL, NULL);
    assert_heard(&heard, 3, 2, 2);
    scene_close(&scene);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scan");
    TCase *cases = tcase_create("scan");
    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, changes_amount_to_what_a_scan_and_views_tell);
    tcase_add_test(cases, a_scan_goes_in_order);
    tcase_add_test(cases, a_scan_is_of_its_views_height);
    tcase_add_test(cases, reasons_are_found_across_pieces);
    tcase_add_test(cases, a_watch_hears_what_changed_and_whether_it_counts);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
