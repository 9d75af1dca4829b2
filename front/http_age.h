/*
 * http_age.h: things in the order in which their time runs out.
 *
 * All in one list have the same time to live, so the oldest stands first and a look at it is
 * enough.
 */
#ifndef FRONT_HTTP_AGE_H
#define FRONT_HTTP_AGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_age {
    struct http_age *older;
    struct http_age *younger;
    uint64_t since_ms;
    void *owner;
};

struct http_ages {
    struct http_age ring; /* its `younger` is the oldest */
    uint64_t life_ms;
};

void http_ages_init(struct http_ages *ages, uint64_t life_ms);
/* An age in no list: to be called once. */
void http_age_init(struct http_age *age, void *owner);
/* Begins anew, whichever list it was in. */
void http_age_start(struct http_ages *ages, struct http_age *age, uint64_t now_ms);
void http_age_stop(struct http_age *age); /* one in no list is allowed */
/* The owner of the oldest when its time is over, else NULL; it stays in the list. */
void *http_ages_over(const struct http_ages *ages, uint64_t now_ms);

#endif
