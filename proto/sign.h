/*
 * sign.h: secp256k1 keys and signatures (ES256K, RFC 8812), through libsecp256k1.
 *
 * A signature is r‖s, 32 bytes each, big-endian, always in low-S form: for every signature (r, s)
 * there is (r, n-s), equally valid, and a ledger that took both would hold one statement under two
 * sets of bytes. signature_normalise() is for admission; signature_check() refuses high S.
 *
 * Threads: all functions may be called from any thread at once.
 */
#ifndef PROTO_SIGN_H
#define PROTO_SIGN_H

#include "proto/err.h"
#include "proto/hash.h"

#define PUBLIC_KEY_SIZE 33
#define SECRET_KEY_SIZE 32
#define SIGNATURE_SIZE  64
#define KEY_ID_SIZE     16

struct public_key {
    uint8_t bytes[PUBLIC_KEY_SIZE]; /* compressed point, SEC 1 */
};

struct secret_key {
    uint8_t bytes[SECRET_KEY_SIZE];
};

struct signature {
    uint8_t bytes[SIGNATURE_SIZE];
};

/* The first 16 bytes of SHA-256 over the compressed public key: the COSE `kid`. */
struct key_id {
    uint8_t bytes[KEY_ID_SIZE];
};

struct key_id key_id_of(const struct public_key *key);

static inline bool key_id_equal(const struct key_id *a, const struct key_id *b)
{
    return memcmp(a->bytes, b->bytes, KEY_ID_SIZE) == 0;
}

/* ERR_BAD_KEY unless the bytes are a compressed point of the curve. */
enum err public_key_check(const struct public_key *key) must_check;

/* ERR_BAD_KEY unless 0 < secret < n. */
enum err public_key_of(const struct secret_key *secret, struct public_key *out) must_check;

/* Deterministic (RFC 6979), low S. ERR_BAD_KEY. */
enum err signature_make(const struct secret_key *secret, const struct hash *digest,
                        struct signature *out) must_check;

/* ERR_OK, ERR_BAD_KEY, ERR_HIGH_S, ERR_BAD_SIGNATURE. About 37 µs. */
enum err signature_check(const struct public_key *key, const struct hash *digest,
                         const struct signature *signature) must_check;

/* Brings S into its low form in place; true when it was high. A signature that does not parse is
 * left as it is (signature_check refuses it). */
bool signature_normalise(struct signature *signature);

/* Overwrites the key so that the compiler cannot leave it out. */
void secret_key_wipe(struct secret_key *secret);

#endif
