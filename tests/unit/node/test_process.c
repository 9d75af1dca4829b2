/*
 * What a process takes of its machine grows by what it takes.
 */
#include "node/process.h"
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define FILES 7
#define BYTES ((size_t)64 * 1024 * 1024)

START_TEST(files_that_are_opened_are_counted_until_they_are_closed)
{
    int files[FILES];
    uint64_t before = process_now().open_files;
    ck_assert_uint_ge(before, 3);
    for (size_t i = 0; i < FILES; i++)
        files[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    ck_assert_uint_eq(process_now().open_files, before + FILES);
    for (size_t i = 0; i < FILES; i++)
        close(files[i]);
    ck_assert_uint_eq(process_now().open_files, before);
}
END_TEST

START_TEST(the_limit_of_files_is_the_one_that_counts)
{
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 61;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_uint_eq(process_now().open_files_max, 61);
}
END_TEST

START_TEST(memory_that_is_used_is_resident)
{
    struct process before = process_now();
    char *memory = malloc(BYTES);
    ck_assert_ptr_nonnull(memory);
    memset(memory, 1, BYTES);
    struct process after = process_now();
    ck_assert_int_eq(memory[BYTES / 2], 1);
    ck_assert_uint_ge(after.resident_bytes, before.resident_bytes + BYTES - BYTES / 32);
    ck_assert_uint_ge(after.virtual_bytes, after.resident_bytes);
    ck_assert_uint_eq(after.threads, before.threads);
    free(memory);
}
END_TEST

START_TEST(work_takes_time_of_processors)
{
    uint64_t before_ms = process_now().cpu_ms;
    while (process_now().cpu_ms < before_ms + 20)
        continue;
    ck_assert_uint_ge(process_now().cpu_ms, before_ms + 20);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &files_that_are_opened_are_counted_until_they_are_closed,
        &the_limit_of_files_is_the_one_that_counts,
        &memory_that_is_used_is_resident,
        &work_takes_time_of_processors,
    };
    return suite_run("process", cases, sizeof cases / sizeof cases[0]);
}
