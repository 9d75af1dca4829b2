/*
 * invariant.h: assertions that stay on in every build.
 *
 * An invariant is what the program itself guarantees; when it does not hold, the process ends at
 * once with the place and the words, before anything wrong is written or sent. Input from outside
 * is never checked with it: that returns an `enum err`. One condition each.
 */
#ifndef PROTO_INVARIANT_H
#define PROTO_INVARIANT_H

_Noreturn void invariant_broken(const char *file, int line, const char *condition);

#define invariant(condition)                                                                       \
    ((condition) ? (void)0 : invariant_broken(__FILE__, __LINE__, #condition))

#endif
