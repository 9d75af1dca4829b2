#include "ledger/tacs.h"

#include "tests/unit/ledger/said.h"

static struct scene scene;

static void open_with_one_ballot(void)
{
    scene_open(&scene, 1);
}

static void close_scene(void)
{
    scene_close(&scene);
}

static struct bytes allocate(size_t member, uint32_t first, size_t count, const char *model)
{
    struct tac_item items[3] = {0};
    struct statement statement = chain_statement(&scene.chain, member, OP_TAC_ALLOCATE);
    for (size_t i = 0; i < count; i++) {
        items[i].tac = first + (uint32_t)i;
        snprintf(items[i].brand, sizeof(items[i].brand), "Brand");
        snprintf(items[i].model, sizeof(items[i].model), "%s", model);
    }
    chain_tacs(&scene.chain, &statement, items, count);
    return chain_sign(&scene.chain, member, &statement);
}

START_TEST(a_tac_is_its_allocators_and_its_newest_words_count)
{
    accept(&scene, propose(&scene, ALFA_REGULATOR, "other-allocator", "DD", ROLE_ALLOCATOR, 70));
    ck_assert_uint_eq(accept(&scene, allocate(ALLOCATOR, TAC, 2, "One")).changed, 2);
    refuse(&scene, allocate(ALLOCATOR, TAC, 2, "One"), ERR_TAC_STANDS);
    ck_assert_uint_eq(accept(&scene, allocate(ALLOCATOR, TAC, 3, "One")).changed, 1);
    struct outcome outcome = accept(&scene, allocate(ALLOCATOR, TAC, 1, "Two"));
    struct tac_info info;
    assert_ok(view_tac(scene.view, TAC, &info));
    ck_assert(info.known);
    ck_assert_str_eq(info.brand, "Brand");
    ck_assert_str_eq(info.model, "Two");
    ck_assert_str_eq(info.organisation.text, "allocator");
    ck_assert_uint_eq(info.height, outcome.height);

    scene.chain.members[ALFA_ONE] = member_of("other-allocator", "DD", ROLE_ALLOCATOR, 70);
    refuse(&scene, allocate(ALFA_ONE, TAC - 1, 3, "Mine"), ERR_TAC_OF_OTHER);
    accept(&scene, allocate(ALFA_ONE, TAC - 1, 1, "Mine"));
    assert_ok(view_tac(scene.view, TAC - 2, &info));
    ck_assert(!info.known);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/tacs");
    TCase *all = tcase_create("tacs");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, open_with_one_ballot, close_scene);
    tcase_add_test(all, a_tac_is_its_allocators_and_its_newest_words_count);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
