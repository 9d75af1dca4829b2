/*
 * guard.h: whom a resource is for: the access token of a request (RFC 6750, TS 33.501 13.4.1).
 *
 * Tokens that were good are remembered until they expire, so that a signature is verified once.
 * Threads: that of the HTTP server.
 */
#ifndef FRONT_GUARD_H
#define FRONT_GUARD_H

#include "conf/settings.h"
#include "front/http.h"

struct guard;

struct guard_options {
    const char *key;    /* file of the public key, PEM */
    const char *issuer; /* of the tokens; "": any */
    struct setting_texts audience;
    uint64_t (*now_s)(void); /* Unix time */
};

/* The texts live as long as the guard. ERR_CONFIG with `complaint`; ERR_MEMORY. */
enum err guard_open(const struct guard_options *options, struct guard **out,
                    struct complaint *complaint) must_check;
void guard_close(struct guard *guard); /* NULL is allowed */

/* Reads the key again, forgets all tokens; after an error the old key holds. */
enum err guard_reload(struct guard *guard, struct complaint *complaint) must_check;

/* True: the request's token covers the scope. False: the request is answered, 401 or 403 with
 * WWW-Authenticate. */
bool guard_admits(struct guard *guard, struct http_request *request, const char *scope) must_check;

#endif
