#include "front/http_age.h"

void http_ages_init(struct http_ages *ages, uint64_t life_ms)
{
    http_age_init(&ages->ring, NULL);
    ages->life_ms = life_ms;
}

void http_age_init(struct http_age *age, void *owner)
{
    *age = (struct http_age){.older = age, .younger = age, .owner = owner};
}

void http_age_start(struct http_ages *ages, struct http_age *age, uint64_t now_ms)
{
    http_age_stop(age);
    age->since_ms = now_ms;
    age->younger = &ages->ring;
    age->older = ages->ring.older;
    age->older->younger = age;
    ages->ring.older = age;
}

void http_age_stop(struct http_age *age)
{
    age->older->younger = age->younger;
    age->younger->older = age->older;
    age->older = age->younger = age;
}

void *http_ages_over(const struct http_ages *ages, uint64_t now_ms)
{
    const struct http_age *oldest = ages->ring.younger;
    if (oldest == &ages->ring || now_ms - oldest->since_ms < ages->life_ms)
        return NULL;
    return oldest->owner;
}
