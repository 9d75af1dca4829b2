/*
 * clock.h: the node's clocks. The only place where the daemon asks for the time.
 *
 * Monotonic milliseconds drive time-outs and ages; wall milliseconds (Unix time) stand in blocks
 * and in log lines and decide nothing that safety rests on.
 */
#ifndef NODE_CLOCK_H
#define NODE_CLOCK_H

#include <stdint.h>

#define CLOCK_TEXT_SIZE 32

uint64_t clock_monotonic_ms(void);
uint64_t clock_monotonic_ns(void); /* to time by */
uint64_t clock_wall_ms(void);

/* RFC 3339 in UTC with milliseconds. */
void clock_format(uint64_t wall_ms, char text[CLOCK_TEXT_SIZE]);

#endif
