/*
 * Signals as a question: noted, given back, and left alone where nobody wanted to hear of them.
 */
#include "cli/interrupt.h"
#include "tests/unit/suite.h"

static int seen;

static void on_signal(int number)
{
    seen = number;
}

static const int numbers[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM};

static void set_all(void (*handler)(int))
{
    seen = 0;
    for (int i = 0; i < INTERRUPT_SIGNALS; i++)
        ck_assert_int_eq(sigaction(numbers[i], &(struct sigaction){.sa_handler = handler}, NULL),
                         0);
}

START_TEST(notes_a_signal_and_gives_back_what_was)
{
    set_all(on_signal);
    for (int i = 0; i < INTERRUPT_SIGNALS; i++) {
        struct interrupt interrupt = interrupt_watch(false);
        ck_assert_int_eq(interrupt_pending(), 0);
        raise(numbers[i]);
        ck_assert_int_eq(interrupt_pending(), numbers[i]);
        ck_assert_int_eq(seen, 0);
        interrupt_end(&interrupt);
        raise(numbers[i]);
        ck_assert_int_eq(seen, numbers[i]);
        seen = 0;
    }
}
END_TEST

START_TEST(a_signal_that_is_ignored_stays_so)
{
    set_all(SIG_IGN);
    for (int i = 0; i < INTERRUPT_SIGNALS; i++) {
        struct interrupt interrupt = interrupt_watch(true);
        raise(numbers[i]);
        ck_assert_int_eq(interrupt_pending(), 0);
        interrupt_end(&interrupt);
        struct sigaction now;
        ck_assert_int_eq(sigaction(numbers[i], NULL, &now), 0);
        ck_assert(now.sa_handler == SIG_IGN);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &notes_a_signal_and_gives_back_what_was,
        &a_signal_that_is_ignored_stays_so,
    };
    return suite_run("cli/interrupt", cases, sizeof cases / sizeof *cases);
}
