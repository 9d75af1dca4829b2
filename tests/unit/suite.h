/*
 * suite.h: runs the cases of one test file; each in a process of its own, as Check does.
 */
#ifndef TESTS_UNIT_SUITE_H
#define TESTS_UNIT_SUITE_H

#include "tests/unit/check.h"

/* Long enough for the slowest case under a sanitizer on a busy machine. */
#define SUITE_TIMEOUT_S 100

static inline int suite_run(const char *name, const TTest *const *const *cases, size_t count)
{
    TCase *tcase = tcase_create(name);
    tcase_set_timeout(tcase, SUITE_TIMEOUT_S);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, *cases[i]);
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}

#endif
