#include "cli/interrupt.h"

#include <stddef.h>

static const int watched[INTERRUPT_SIGNALS] = {SIGINT, SIGTERM};

static volatile sig_atomic_t pending;

static void on_signal(int number)
{
    pending = number;
}

struct interrupt interrupt_watch(bool second_ends)
{
    struct interrupt interrupt;
    struct sigaction action = {.sa_handler = on_signal,
                               .sa_flags = second_ends ? (int)SA_RESETHAND : 0};
    pending = 0;
    for (size_t i = 0; i < INTERRUPT_SIGNALS; i++) {
        sigaction(watched[i], NULL, &interrupt.before[i]);
        /* Noted, it would be raised at the end and end nothing: half the work would pass for all.
         */
        if (interrupt.before[i].sa_handler != SIG_IGN)
            sigaction(watched[i], &action, NULL);
    }
    return interrupt;
}

int interrupt_pending(void)
{
    return (int)pending;
}

void interrupt_end(const struct interrupt *interrupt)
{
    for (size_t i = 0; i < INTERRUPT_SIGNALS; i++)
        sigaction(watched[i], &interrupt->before[i], NULL);
}
