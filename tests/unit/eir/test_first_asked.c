#include "eir/first_asked.h"

#include "tests/unit/suite.h"

#include <pthread.h>
#include <stdlib.h>

static struct first_asked *asked;
static uint8_t *file;

static struct bytes written(void)
{
    struct writer writer = writer_over(file, FIRST_ASKED_SIZE_MAX);
    first_asked_write(asked, &writer);
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

static void begin(void)
{
    ck_assert_int_eq(first_asked_open(&asked), ERR_OK);
    file = malloc(FIRST_ASKED_SIZE_MAX);
    ck_assert_ptr_nonnull(file);
}

static void end(void)
{
    first_asked_close(asked);
    free(file);
}

START_TEST(days_count_from_the_first_question)
{
    begin();
    ck_assert_uint_eq(first_asked_days(asked, 0, 10), 0);
    ck_assert_uint_eq(first_asked_days(asked, 99999999, 11), 0);
    ck_assert_uint_eq(first_asked_days(asked, 0, 10), 0);
    ck_assert_uint_eq(first_asked_days(asked, 0, 13), 3);
    ck_assert_uint_eq(first_asked_days(asked, 99999999, 13), 2);
    ck_assert_uint_eq(first_asked_days(asked, 0, 9), 0);
    ck_assert_uint_eq(first_asked_count(asked), 2);
    end();
}
END_TEST

START_TEST(a_full_table_knows_whom_it_knows_and_calls_others_new)
{
    begin();
    for (uint32_t tac = 0; tac < FIRST_ASKED_MAX; tac++)
        ck_assert_uint_eq(first_asked_days(asked, tac * 7, 10), 0);
    ck_assert_uint_eq(first_asked_count(asked), FIRST_ASKED_MAX);
    ck_assert_uint_eq(first_asked_days(asked, 1, 10), 0);
    ck_assert_uint_eq(first_asked_days(asked, 1, 20), 0);
    ck_assert_uint_eq(first_asked_count(asked), FIRST_ASKED_MAX);
    for (uint32_t tac = 0; tac < FIRST_ASKED_MAX; tac += 1000)
        ck_assert_uint_eq(first_asked_days(asked, tac * 7, 20), 10);
    struct bytes bytes = written();
    ck_assert_uint_eq(bytes.size, FIRST_ASKED_SIZE_MAX);
    end();
}
END_TEST

START_TEST(the_file_brings_back_what_was_known)
{
    begin();
    for (uint32_t tac = 1; tac < 1000; tac++)
        ck_assert_uint_eq(first_asked_days(asked, tac * 77777, tac), 0);
    struct bytes bytes = written();
    struct first_asked *other;
    ck_assert_int_eq(first_asked_open(&other), ERR_OK);
    ck_assert_int_eq(first_asked_read(other, bytes), ERR_OK);
    ck_assert_uint_eq(first_asked_count(other), 999);
    for (uint32_t tac = 1; tac < 1000; tac++)
        ck_assert_uint_eq(first_asked_days(other, tac * 77777, 1000), 1000 - tac);
    first_asked_close(other);
    end();
}
END_TEST

START_TEST(every_truncation_and_every_flipped_bit_is_refused)
{
    begin();
    ck_assert_uint_eq(first_asked_days(asked, 35000000, 5), 0);
    ck_assert_uint_eq(first_asked_days(asked, 86000000, 6), 0);
    struct bytes bytes = written();
    struct first_asked *other;
    ck_assert_int_eq(first_asked_open(&other), ERR_OK);
    for (size_t size = 0; size < bytes.size; size++)
        ck_assert_int_eq(first_asked_read(other, bytes_of(file, size)), ERR_DAMAGED);
    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(first_asked_read(other, bytes), ERR_DAMAGED);
        file[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    ck_assert_uint_eq(first_asked_count(other), 0);
    first_asked_close(other);
    end();
}
END_TEST

enum { THREADS = 4, TACS = 5000 };

static void *ask_all(void *context)
{
    size_t *wrong = context;
    for (uint32_t tac = 0; tac < TACS; tac++)
        *wrong += first_asked_days(asked, tac * 13, 100) != 0;
    return NULL;
}

START_TEST(many_askers_at_once_make_one_entry_a_tac)
{
    pthread_t threads[THREADS];
    size_t wrong[THREADS] = {0};
    begin();
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_all, &wrong[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_uint_eq(wrong[i], 0);
    }
    ck_assert_uint_eq(first_asked_count(asked), TACS);
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &days_count_from_the_first_question,
        &a_full_table_knows_whom_it_knows_and_calls_others_new,
        &the_file_brings_back_what_was_known,
        &every_truncation_and_every_flipped_bit_is_refused,
        &many_askers_at_once_make_one_entry_a_tac,
    };
    return suite_run("eir/first_asked", cases, sizeof cases / sizeof cases[0]);
}
