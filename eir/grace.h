/*
 * grace.h: when memory that readers may still see can be freed (read-copy-update, by liburcu).
 *
 * A reader takes no lock and never waits: what it meets between grace_enter() and grace_leave()
 * stays as it was. A writer publishes what takes its place, and frees it after grace_wait().
 */
#ifndef EIR_GRACE_H
#define EIR_GRACE_H

/* A thread that reads says so before its first grace_enter() and after its last grace_leave().
 * May be nested. */
void grace_thread_begin(void);
void grace_thread_end(void);

/* Some microseconds at most, nothing that waits in between. May be nested. */
void grace_enter(void);
void grace_leave(void);

/* Returns when every reader that was between enter and leave has left. Not from in between. */
void grace_wait(void);

#endif
