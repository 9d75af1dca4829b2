/*
 * ask.h: tells a running proxy something, and says what it answers.
 */
#ifndef PROXY_ASK_H
#define PROXY_ASK_H

/* The words are one command (order.h). Its answer goes to stdout when it is more than "ok", what
 * went wrong to stderr. 0 done, 1 refused, 2 not one line, 3 no proxy answers. */
int ask(const char *socket_path, char *const *words, int count);

#endif
