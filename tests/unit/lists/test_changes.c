/*
 * Random ledgers under random policies: the lists of every height against a slow judge of single
 * devices, and deltas in turn between random heights against the full lists.
 */
#include "eir/decide.h"
#include "tests/unit/lists/lists.h"

enum { HEIGHTS = 80, RUNS = 16, WAYS = 12 };

struct world {
    uint64_t seed;
    struct scene scene;
    struct policy *policy;
    struct bytes blocks[HEIGHTS + 1];  /* malloc'ed */
    struct kept lists[2][HEIGHTS + 1]; /* whole, as devices and ranges, and expanded */
};

/* ---- asking ---- */

static struct change_question question_of(struct world *world, struct judge *judge, bool expand,
                                          struct kept *kept)
{
    return (struct change_question){.view = world->scene.view,
                                    .judge = judge,
                                    .after = PLACE_NOW,
                                    .expand = expand,
                                    .has_ranges = true,
                                    .expand_left = UINT64_MAX,
                                    .tell = kept_change,
                                    .context = kept};
}

/* The full lists of now. */
static void full(struct world *world, bool expand, struct kept *out)
{
    static const struct stretch whole = {0, IMEI_SERIALS - 1};
    struct judge *judge;
    out->count = 0;
    assert_ok(judge_open(world->scene.view, world->policy, &judge));
    struct change_question question = question_of(world, judge, expand, out);
    for (uint32_t tac = 0; standing_tac(world->scene.view, tac, &tac) == ERR_OK; tac++)
        assert_ok(changes_of_tac(&question, tac, &whole, 1));
    judge_close(judge);
}

static enum err no_organisation(void *context, const struct transaction *transaction)
{
    (void)context;
    (void)transaction;
    return ERR_INTERNAL;
}

/* Applies to lists of height `from` what has changed up to `to`, found from the blocks between. */
static void delta(struct world *world, bool expand, size_t from, size_t to, struct kept *kept)
{
    struct touched touched = {0};
    struct judge *judge;
    for (size_t height = from + 1; height <= to; height++) {
        struct block block;
        assert_ok(block_parse(world->blocks[height], &block));
        assert_ok(touched_add(&touched, &block, no_organisation, NULL));
    }
    touched_order(&touched);
    assert_ok(judge_open(world->scene.view, world->policy, &judge));
    struct change_question question = question_of(world, judge, expand, kept);
    assert_ok(view_place(world->scene.view, from, &question.before));
    assert_ok(view_place(world->scene.view, to, &question.after));
    struct touched_walk walk = touched_walk(&touched);
    struct touched_tac tac;
    while (touched_next(&walk, &tac)) {
        question.has_ranges = tac.has_ranges;
        assert_ok(changes_of_tac(&question, tac.tac, tac.stretches, tac.count));
    }
    assert_ok(walk.err);
    touched_walk_close(&walk);
    judge_close(judge);
    touched_close(&touched);
}

/* ---- the slow judge ---- */

static struct claim_class class_of(const struct world *world, const struct claim *claim)
{
    struct claim_class class = {.kind = claim->kind,
                                .reason = claim->reason,
                                .country = claim->country,
                                .name = claim->organisation};
    for (size_t i = 0; i < MEMBERS; i++) {
        if (strcmp(world->scene.chain.members[i].name.text, claim->organisation.text) == 0) {
            class.organisation = (uint16_t)(i + 1);
            class.roles = world->scene.chain.members[i].roles;
        }
    }
    return class;
}

static enum list_name list_of_verdict(enum verdict verdict)
{
    return verdict == VERDICT_BLACK ? LIST_BLACK : verdict == VERDICT_GREY ? LIST_GREY : LIST_NONE;
}

/* A device's entry by all claims on it and around it; `has_own` when one is its own. */
static struct entry entry_by_view(struct world *world, struct imei imei, bool *has_own)
{
    static struct check_answer device;
    static struct found single;
    static struct found all;
    static struct claim_class classes[CHECK_CLAIMS_MAX];
    struct entry entry = ENTRY_NONE;
    *has_own = false;
    assert_ok(view_device(world->scene.view, imei, &device));
    all.count = 0;
    for (size_t i = 0; i < device.claim_count; i++) {
        const struct claim *claim = &device.claims[i];
        classes[i] = class_of(world, claim);
        single.count = 1;
        single.claims[0] = (struct found_claim){&classes[i], item_is_range(&claim->item)};
        all.claims[all.count++] = single.claims[0];
        enum list_name list = list_of_verdict(decide_claims(world->policy, &single));
        enum reason reason = claim->kind == CLAIM_DUPLICATE ? REASON_DUPLICATED : claim->reason;
        struct entry one = entry_of(list, claim->time_ms, reason);
        *has_own |= !item_is_range(&claim->item);
        if (one.list > entry.list) {
            entry = one;
        } else if (one.list == entry.list && one.list != LIST_NONE) {
            entry.day = one.day < entry.day ? one.day : entry.day;
            entry.reasons |= one.reasons;
        }
    }
    ck_assert_int_eq(entry.list, list_of_verdict(decide_claims(world->policy, &all)));
    return golden_has(world->policy->golden, imei) ? ENTRY_NONE : entry;
}

static struct entry entry_in(const struct kept *kept, struct imei imei)
{
    struct item item = {imei, imei};
    size_t at = kept_find(kept, false, &item);
    return at < kept->count ? kept->rows[at].entry : ENTRY_NONE;
}

static struct entry entry_of_range_in(const struct kept *kept, struct imei imei)
{
    for (size_t i = 0; i < kept->count; i++) {
        const struct item *item = &kept->rows[i].item;
        if (kept->rows[i].is_range && item->from.value <= imei.value &&
            imei.value <= item->to.value)
            return kept->rows[i].entry;
    }
    return ENTRY_NONE;
}

/* What an EIR with these lists says of each device is what the ledger says. */
static void assert_as_view(struct world *world, const struct kept *plain,
                           const struct kept *expanded)
{
    for (uint32_t tac = FIRST_TAC; tac < FIRST_TAC + TACS; tac++) {
        for (uint32_t serial = 0; serial < SERIALS; serial++) {
            struct imei imei = imei_of(tac, serial);
            bool has_own;
            struct entry right = entry_by_view(world, imei, &has_own);
            struct entry told = entry_in(expanded, imei);
            ck_assert(entry_equal(&told, &right));
            told = entry_in(plain, imei);
            if (!has_own)
                ck_assert_int_eq(told.list, LIST_NONE);
            if (told.list == LIST_NONE)
                told = entry_of_range_in(plain, imei);
            ck_assert(entry_equal(&told, &right));
        }
    }
}

/* ---- runs ---- */

static struct policy_rule rule_by_chance(uint64_t *seed)
{
    static const enum verdict means[] = {VERDICT_BLACK, VERDICT_GREY, VERDICT_WHITE};
    struct policy_rule rule = {.means = means[chance_below(seed, 3)]};
    if (chance_below(seed, 3) == 0)
        rule.kinds = 1u << (chance_below(seed, 2) == 0 ? CLAIM_BLOCK : CLAIM_WATCH);
    if (chance_below(seed, 3) == 0)
        rule.roles = ROLE_REGULATOR;
    if (chance_below(seed, 3) == 0)
        rule.reasons = UINT64_C(1) << REASON_FRAUD | UINT64_C(1) << REASON_COURT;
    if (chance_below(seed, 3) == 0)
        rule.places = 1 + (unsigned)chance_below(seed, 2);
    if (chance_below(seed, 3) == 0) {
        rule.organisation_count = 1;
        rule.organisations[0] = name_of("alfa-one");
    }
    if (chance_below(seed, 3) == 0) {
        rule.country_count = 1;
        rule.countries[0] = country_of("BB");
    }
    return rule;
}

/* The standard one, or one with some rules and a golden list. */
static struct policy *policy_by_chance(uint64_t *seed, int run)
{
    static const char *const golden[] = {"35000000000003\n", "35000000000001-35000000000002\n",
                                         "35000001\n35000000000000",
                                         "35000000000004-35000001000002"};
    struct policy *policy;
    struct complaint complaint;
    assert_ok(policy_default(&policy));
    if (run == 0)
        return policy;
    policy->claims.count = chance_below(seed, 4);
    for (size_t i = 0; i < policy->claims.count; i++)
        policy->claims.at[i] = rule_by_chance(seed);
    const char *list = golden[chance_below(seed, 4)];
    assert_ok(golden_parse(bytes_of(list, strlen(list)), &policy->golden, &complaint));
    return policy;
}

static struct world *world_new(uint64_t seed, int run)
{
    struct world *world = calloc(1, sizeof *world);
    ck_assert_ptr_nonnull(world);
    world->seed = seed;
    world->policy = policy_by_chance(&world->seed, run);
    scene_open(&world->scene, 2);
    for (size_t height = 1; height <= HEIGHTS; height++) {
        struct block block = block_by_chance(&world->scene.chain, &world->seed);
        uint8_t *copy = malloc(block.encoded.size);
        ck_assert_ptr_nonnull(copy);
        memcpy(copy, block.encoded.data, block.encoded.size);
        world->blocks[height] = bytes_of(copy, block.encoded.size);
        apply_block(world->scene.ledger, &block, NULL, NULL);
        assert_ok(view_refresh(world->scene.view));
        full(world, false, &world->lists[0][height]);
        full(world, true, &world->lists[1][height]);
        assert_as_view(world, &world->lists[0][height], &world->lists[1][height]);
    }
    return world;
}

static void world_free(struct world *world)
{
    for (size_t height = 1; height <= HEIGHTS; height++)
        free((void *)(uintptr_t)world->blocks[height].data);
    scene_close(&world->scene);
    policy_free(world->policy);
    free(world);
}

START_TEST(deltas_in_turn_are_the_full_list)
{
    struct world *world = world_new(UINT64_C(500) + (uint64_t)_i, _i);
    struct kept *kept = calloc(1, sizeof *kept);
    size_t changes = 0;
    for (int way = 0; way < WAYS; way++) {
        bool expand = way % 2 == 1;
        size_t height = chance_below(&world->seed, HEIGHTS / 2);
        *kept = world->lists[expand][height];
        while (height < HEIGHTS) {
            size_t next = height + 1 + chance_below(&world->seed, 20);
            next = next < HEIGHTS ? next : HEIGHTS;
            delta(world, expand, height, next, kept);
            assert_same_lists(kept, &world->lists[expand][next]);
            changes += kept->count;
            height = next;
        }
    }
    ck_assert(_i > 0 || changes > 100);
    free(kept);
    world_free(world);
}
END_TEST

START_TEST(delta_of_one_height_is_nothing)
{
    struct world *world = world_new(900, 0);
    struct kept *kept = calloc(1, sizeof *kept);
    *kept = world->lists[0][HEIGHTS];
    delta(world, false, HEIGHTS, HEIGHTS, kept);
    assert_same_lists(kept, &world->lists[0][HEIGHTS]);
    free(kept);
    world_free(world);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("changes");
    TCase *tcase = tcase_create("changes");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, deltas_in_turn_are_the_full_list, 0, RUNS);
    tcase_add_test(tcase, delta_of_one_height_is_nothing);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
