/*
 * jwt.h: OAuth2 access tokens as TS 29.510 6.3.5.2.4 has them: JWTs (RFC 7519) that an
 * authorisation server signed (JWS compact form, RFC 7515) by ES256 or RS256 (RFC 7518).
 *
 * Which of the two is said by the key that the operator configured, never by the token; there is no
 * other algorithm, so neither "none" nor a MAC with a public key for its secret. Pure: no clock.
 */
#ifndef FRONT_JWT_H
#define FRONT_JWT_H

#include "conf/document.h"
#include "conf/settings.h"
#include "proto/bytes.h"
#include "proto/err.h"

#define JWT_SIZE_MAX     8192
#define JWT_RSA_BITS_MIN 2048 /* RFC 7518 3.3 */

/* A public key; its kind says the algorithm. */
struct jwt_key;

/* From a file in PEM: "PUBLIC KEY" of P-256 or RSA. ERR_CONFIG with `complaint`; ERR_MEMORY. */
enum err jwt_key_open(const char *file, struct jwt_key **out,
                      struct complaint *complaint) must_check;
void jwt_key_close(struct jwt_key *key); /* NULL is allowed */

struct jwt_rules {
    const char *issuer;                   /* of the claim iss; "": any */
    const struct setting_texts *audience; /* one of them is in the claim aud; none: not looked at */
    const char *scope;                    /* is in the claim scope */
};

/* X(name, description of RFC 6750 3): what a token is worth. */
#define JWT_TABLE(X)                                                                               \
    X(GOOD, "")                                                                                    \
    X(MALFORMED, "not a JWT as this server reads it")                                              \
    X(ALGORITHM, "not signed by the algorithm that is agreed on")                                  \
    X(SIGNATURE, "the signature does not match")                                                   \
    X(CLAIMS, "a claim is missing or of the wrong type")                                           \
    X(EXPIRED, "the token has expired")                                                            \
    X(NOT_YET, "the token is not valid yet")                                                       \
    X(ISSUER, "from another issuer")                                                               \
    X(AUDIENCE, "for another audience")                                                            \
    X(SCOPE, "the scope does not cover this service")

enum jwt {
#define X(name, description) JWT_##name,
    JWT_TABLE(X)
#undef X
};

const char *jwt_description(enum jwt jwt);

/* `until_s` is the time at which a token that is GOOD or lacks only the SCOPE expires. */
enum jwt jwt_check(const struct jwt_key *key, const struct jwt_rules *rules, struct bytes token,
                   uint64_t now_s, uint64_t *until_s) must_check;

#endif
