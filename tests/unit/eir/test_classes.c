#include "eir/classes.h"

#include "tests/unit/eir/making.h"

static uint16_t number_of(struct making *making, uint16_t organisation, enum claim_kind kind,
                          enum reason reason)
{
    uint16_t number;
    assert_ok(classes_number(&making->workshop.classes, &making->workshop.heap, organisation, kind,
                             reason, &number));
    return number;
}

/* Every combination has a number of its own, and the same one whenever it is asked for. */
START_TEST(each_class_keeps_its_number)
{
    enum { ORGANISATIONS = 300, KINDS = 4, REASONS = 3 };
    static const enum reason reasons[REASONS] = {REASON_NONE, REASON_STOLEN, REASON_COURT};
    struct making *making = making_open(ORGANISATIONS);
    for (size_t turn = 0; turn < 2; turn++)
        for (uint16_t i = 1; i <= ORGANISATIONS; i++)
            for (unsigned kind = 1; kind <= KINDS; kind++)
                for (size_t k = 0; k < REASONS; k++) {
                    uint16_t number = number_of(making, i, (enum claim_kind)kind, reasons[k]);
                    uint16_t expected = (uint16_t)(((i - 1) * KINDS + kind - 1) * REASONS + k);
                    if (number != expected)
                        ck_abort_msg("class %u instead of %u", number, expected);
                    const struct claim_class *row = classes_row(&making->workshop.classes, number);
                    if (row->organisation != i || row->kind != kind || row->reason != reasons[k])
                        ck_abort_msg("class %u is another one", number);
                }
    ck_assert_uint_eq(making->workshop.classes.count, ORGANISATIONS * KINDS * REASONS);
    making_close(making);
}
END_TEST

START_TEST(the_last_number_is_kept_for_all_others)
{
    struct making *making = making_open(CLASSES_MAX + 2);
    for (uint16_t i = 1; i <= CLASSES_MAX; i++)
        if (number_of(making, i, CLAIM_BLOCK, REASON_STOLEN) != i - 1)
            ck_abort_msg("class %u", i);
    ck_assert_uint_eq(number_of(making, CLASSES_MAX + 1, CLAIM_BLOCK, REASON_STOLEN), CLASS_BEYOND);
    ck_assert_uint_eq(number_of(making, CLASSES_MAX + 1, CLAIM_BLOCK, REASON_STOLEN), CLASS_BEYOND);
    ck_assert_uint_eq(number_of(making, CLASSES_MAX + 2, CLAIM_WATCH, REASON_STOLEN), CLASS_BEYOND);
    ck_assert_uint_eq(number_of(making, 7, CLAIM_BLOCK, REASON_STOLEN), 6);
    making_close(making);
}
END_TEST

START_TEST(rows_say_what_their_organisation_is_now)
{
    struct making *making = making_open(3);
    uint16_t mine[] = {number_of(making, 2, CLAIM_BLOCK, REASON_STOLEN),
                       number_of(making, 2, CLAIM_WATCH, REASON_FRAUD)};
    uint16_t other = number_of(making, 3, CLAIM_BLOCK, REASON_STOLEN);
    const struct claim_class *untouched = classes_row(&making->workshop.classes, other);
    struct change change = {.kind = CHANGE_ORGANISATION,
                            .organisation = 2,
                            .country = country_of("BB"),
                            .roles = ROLE_REGULATOR,
                            .name = name_of("organisation-2")};
    assert_ok(classes_organisation(&making->workshop.classes, &making->workshop.heap, &change));
    for (size_t i = 0; i < 2; i++) {
        const struct claim_class *row = classes_row(&making->workshop.classes, mine[i]);
        ck_assert_str_eq(row->country.code, "BB");
        ck_assert_uint_eq(row->roles, ROLE_REGULATOR);
        ck_assert_uint_eq(row->organisation, 2);
        ck_assert_int_eq(row->kind, i == 0 ? CLAIM_BLOCK : CLAIM_WATCH);
        ck_assert_int_eq(row->reason, i == 0 ? REASON_STOLEN : REASON_FRAUD);
    }
    ck_assert_ptr_eq(classes_row(&making->workshop.classes, other), untouched);
    ck_assert_uint_eq(number_of(making, 2, CLAIM_WATCH, REASON_FRAUD), mine[1]);
    making_close(making);
}
END_TEST

START_TEST(without_memory_there_is_no_class)
{
    struct making *making = making_open(1);
    uint16_t number;
    making->workshop.heap.bytes_max = making->workshop.heap.bytes + 1;
    assert_err(classes_number(&making->workshop.classes, &making->workshop.heap, 1, CLAIM_BLOCK,
                              REASON_STOLEN, &number),
               MEMORY);
    ck_assert_uint_eq(making->workshop.classes.count, 0);
    making->workshop.heap.bytes_max = 0;
    ck_assert_uint_eq(number_of(making, 1, CLAIM_BLOCK, REASON_STOLEN), 0);
    making_close(making);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("classes");
    TCase *cases = tcase_create("classes");
    tcase_add_test(cases, each_class_keeps_its_number);
    tcase_add_test(cases, the_last_number_is_kept_for_all_others);
    tcase_add_test(cases, rows_say_what_their_organisation_is_now);
    tcase_add_test(cases, without_memory_there_is_no_class);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
