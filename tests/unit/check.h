/*
 * check.h: Check's assertions, at a price that a loop can pay.
 *
 * Check writes to its parent at each assertion that holds, so that it can say where a case was when
 * it crashed: nearly all of the time of a test that asserts a million times, and more under a
 * sanitizer. Here it does so the first time that a line is passed. What crashes later crashed after
 * the place that is named, and an assertion that fails names its own as ever.
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <check.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Above the lines of any file (tests/house); a line that two files of one test share counts once.
 */
#define CHECK_LINES_MAX 1024

static inline void check_mark(const char *file, int line)
{
    static atomic_bool marked[CHECK_LINES_MAX];
    if (line < CHECK_LINES_MAX) {
        if (atomic_load_explicit(&marked[line], memory_order_relaxed))
            return;
        atomic_store_explicit(&marked[line], true, memory_order_relaxed);
    }
    _mark_point(file, line);
}

/* The name by which the macros ck_assert_… call it. */
#define _mark_point(file, line) check_mark(file, line)

#endif
