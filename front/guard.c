#include "front/guard.h"

#include "front/http_problem.h"
#include "front/jwt.h"
#include "proto/hash.h"

#include <stdio.h>
#include <stdlib.h>

/* Tokens that are remembered: each consumer has one at a time. A power of two. */
#define KNOWN_COUNT 256

struct known {
    struct hash hash; /* of scope and token */
    uint64_t until_s; /* 0: none */
};

struct guard {
    struct guard_options options;
    struct jwt_key *key;
    struct known known[KNOWN_COUNT];
};

enum err guard_reload(struct guard *guard, struct complaint *complaint)
{
    struct jwt_key *key;
    enum err err = jwt_key_open(guard->options.key, &key, complaint);
    if (err != ERR_OK)
        return err;
    jwt_key_close(guard->key);
    guard->key = key;
    memset(guard->known, 0, sizeof guard->known);
    return ERR_OK;
}

enum err guard_open(const struct guard_options *options, struct guard **out,
                    struct complaint *complaint)
{
    struct guard *guard = calloc(1, sizeof *guard);
    *out = NULL;
    if (guard == NULL)
        return ERR_MEMORY;
    guard->options = *options;
    enum err err = guard_reload(guard, complaint);
    if (err == ERR_OK)
        *out = guard;
    else
        guard_close(guard);
    return err;
}

void guard_close(struct guard *guard)
{
    if (guard == NULL)
        return;
    jwt_key_close(guard->key);
    free(guard);
}

/* RFC 6750 2.1: "Bearer", one blank or more, the token. False: there is none. */
static bool token_of(const struct http_request *request, struct bytes *out)
{
    static const char scheme[] = "bearer ";
    struct bytes field = request->fields[HTTP_FIELD_AUTHORIZATION];
    size_t size = sizeof scheme - 1;
    if (field.size <= size)
        return false;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = field.data[i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != scheme[i])
            return false;
    }
    while (size < field.size && field.data[size] == ' ')
        size++;
    *out = bytes_of(field.data + size, field.size - size);
    return out->size > 0;
}

static enum jwt judge(struct guard *guard, struct bytes token, const char *scope)
{
    uint64_t now_s = guard->options.now_s();
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, scope, strlen(scope) + 1);
    hasher_add(&hasher, token.data, token.size);
    struct hash hash = hasher_end(&hasher);
    struct known *known = &guard->known[hash.bytes[0] % KNOWN_COUNT];
    if (now_s < known->until_s && hash_equal(&known->hash, &hash))
        return JWT_GOOD;
    struct jwt_rules rules = {
        .issuer = guard->options.issuer, .audience = &guard->options.audience, .scope = scope};
    uint64_t until_s;
    enum jwt jwt = jwt_check(guard->key, &rules, token, now_s, &until_s);
    if (jwt == JWT_GOOD)
        *known = (struct known){.hash = hash, .until_s = until_s};
    return jwt;
}

bool guard_admits(struct guard *guard, struct http_request *request, const char *scope)
{
    char challenge[200];
    struct bytes token;
    if (!token_of(request, &token)) { /* RFC 6750 3.1: without a word about what is wrong */
        struct http_problem problem = {.status = 401,
                                       .detail = "an access token is needed",
                                       .fields = {{"www-authenticate", "Bearer"}}};
        http_answer_problem(request, &problem);
        return false;
    }
    enum jwt jwt = judge(guard, token, scope);
    if (jwt == JWT_GOOD)
        return true;
    snprintf(challenge, sizeof challenge, "Bearer error=\"%s\", error_description=\"%s\"%s%s%s",
             jwt == JWT_SCOPE ? "insufficient_scope" : "invalid_token", jwt_description(jwt),
             jwt == JWT_SCOPE ? ", scope=\"" : "", jwt == JWT_SCOPE ? scope : "",
             jwt == JWT_SCOPE ? "\"" : "");
    struct http_problem problem = {.status = jwt == JWT_SCOPE ? 403 : 401,
                                   .detail = jwt_description(jwt),
                                   .fields = {{"www-authenticate", challenge}}};
    http_answer_problem(request, &problem);
    return false;
}
