/*
 * terminal.h: secrets from the person at the terminal.
 */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

/* Asks on the controlling terminal, not on the standard streams, without echo. Writes up to
 * `capacity` bytes, without a terminator, and returns how many; -1 without a terminal, when the
 * line is longer, or when it was broken off (Ctrl-C). */
int terminal_ask_secret(const char *prompt, char *buffer, int capacity);

#endif
