/*
 * interrupt.h: SIGINT and SIGTERM as a question, for work that has something to put away first.
 *
 * Between interrupt_watch() and interrupt_end() a signal is only noted; the work asks for it now
 * and then, tidies up, and lets the signal have its way. One piece of work at a time.
 *
 * A signal that the program was started to ignore (nohup, a shell's job in the background) stays
 * ignored.
 */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

enum { INTERRUPT_SIGNALS = 2 };

struct interrupt {
    struct sigaction before[INTERRUPT_SIGNALS];
};

/* `second_ends`: a second signal ends the program at once, whatever it leaves behind. */
struct interrupt interrupt_watch(bool second_ends);

/* The signal that came since; 0: none. */
int interrupt_pending(void);

/* From now on signals are what they were. */
void interrupt_end(const struct interrupt *interrupt);

#endif
