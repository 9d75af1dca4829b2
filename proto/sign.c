#include "proto/sign.h"

#include "proto/invariant.h"

#include <pthread.h>
#include <secp256k1.h>

/*
 * One context for the life of the process, built at first use with the library's self-test. All
 * calls take it as constant, so threads share it without a lock. It is not randomised: that would
 * blind the computation and never change its result, and nothing here shall depend on entropy.
 */
static pthread_once_t shared_once = PTHREAD_ONCE_INIT;
static secp256k1_context *shared;

static void shared_create(void)
{
    shared = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
}

static const secp256k1_context *context(void)
{
    int failure = pthread_once(&shared_once, shared_create);
    invariant(failure == 0);
    invariant(shared != NULL);
    return shared;
}

struct key_id key_id_of(const struct public_key *key)
{
    struct hash hash = hash_of(bytes_of(key->bytes, PUBLIC_KEY_SIZE));
    struct key_id id;
    memcpy(id.bytes, hash.bytes, KEY_ID_SIZE);
    return id;
}

static bool public_key_read(const struct public_key *key, secp256k1_pubkey *out)
{
    return secp256k1_ec_pubkey_parse(context(), out, key->bytes, PUBLIC_KEY_SIZE) == 1;
}

enum err public_key_check(const struct public_key *key)
{
    secp256k1_pubkey point;
    return public_key_read(key, &point) ? ERR_OK : ERR_BAD_KEY;
}

enum err public_key_of(const struct secret_key *secret, struct public_key *out)
{
    *out = (struct public_key){0};
    secp256k1_pubkey point;
    if (!secp256k1_ec_pubkey_create(context(), &point, secret->bytes))
        return ERR_BAD_KEY;
    size_t size = PUBLIC_KEY_SIZE;
    secp256k1_ec_pubkey_serialize(context(), out->bytes, &size, &point, SECP256K1_EC_COMPRESSED);
    invariant(size == PUBLIC_KEY_SIZE);
    return ERR_OK;
}

enum err signature_make(const struct secret_key *secret, const struct hash *digest,
                        struct signature *out)
{
    *out = (struct signature){0};
    secp256k1_ecdsa_signature made;
    /* The library's own nonce function is RFC 6979's, and it signs in low-S form. */
    if (!secp256k1_ecdsa_sign(context(), &made, digest->bytes, secret->bytes, NULL, NULL))
        return ERR_BAD_KEY;
    secp256k1_ecdsa_signature_serialize_compact(context(), out->bytes, &made);
    return ERR_OK;
}

/* False when r or s is not below the order of the curve. */
static bool signature_read(const struct signature *signature, secp256k1_ecdsa_signature *out)
{
    return secp256k1_ecdsa_signature_parse_compact(context(), out, signature->bytes) == 1;
}

/* Points that this thread has read lately: few keys sign most statements, and the square root that
 * finds a point costs a tenth of what the whole check does. */
#define POINTS 64

struct known_point {
    bool is_known;
    struct public_key key;
    secp256k1_pubkey point;
};

static _Thread_local struct known_point known_points[POINTS];

/* NULL when it is no point. Valid until this thread's next call. */
static const secp256k1_pubkey *point_of(const struct public_key *key)
{
    struct known_point *known = &known_points[key->bytes[PUBLIC_KEY_SIZE - 1] % POINTS];
    if (known->is_known && memcmp(known->key.bytes, key->bytes, PUBLIC_KEY_SIZE) == 0)
        return &known->point;
    known->is_known = public_key_read(key, &known->point);
    known->key = *key;
    return known->is_known ? &known->point : NULL;
}

enum err signature_check(const struct public_key *key, const struct hash *digest,
                         const struct signature *signature)
{
    const secp256k1_pubkey *point = point_of(key);
    if (point == NULL)
        return ERR_BAD_KEY;
    secp256k1_ecdsa_signature given;
    if (!signature_read(signature, &given))
        return ERR_BAD_SIGNATURE;
    if (secp256k1_ecdsa_signature_normalize(context(), NULL, &given))
        return ERR_HIGH_S;
    return secp256k1_ecdsa_verify(context(), &given, digest->bytes, point) ? ERR_OK
                                                                           : ERR_BAD_SIGNATURE;
}

bool signature_normalise(struct signature *signature)
{
    secp256k1_ecdsa_signature given;
    if (!signature_read(signature, &given) ||
        !secp256k1_ecdsa_signature_normalize(context(), &given, &given))
        return false;
    secp256k1_ecdsa_signature_serialize_compact(context(), signature->bytes, &given);
    return true;
}

void secret_key_wipe(struct secret_key *secret)
{
    explicit_bzero(secret->bytes, SECRET_KEY_SIZE);
}
