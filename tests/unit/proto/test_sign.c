/* Held against libcrypto's implementation of the same curve, of which some has no other name. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "proto/sign.h"

#include "tests/unit/proto/fixture.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>
#include <pthread.h>

/* The order of the curve, half of it, and values around it (SEC 2, section 2.4.1). */
#define ZERO      "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE       "0000000000000000000000000000000000000000000000000000000000000001"
#define ORDER_M1  "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140"
#define ORDER     "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
#define ORDER_P1  "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364142"
#define HALF      "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"
#define HALF_P1   "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1"
#define ALL_ONES  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
#define GENERATOR "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

static struct secret_key secret_of(const char *hex)
{
    struct secret_key secret;
    from_hex(hex, secret.bytes, SECRET_KEY_SIZE);
    return secret;
}

static struct public_key key_of(const struct secret_key *secret)
{
    struct public_key key;
    ck_assert_int_eq(public_key_of(secret, &key), ERR_OK);
    return key;
}

static struct hash digest_of(const char *text)
{
    return hash_of(bytes_of(text, strlen(text)));
}

/* A key, a digest and their signature, of a seed. */
struct signed_digest {
    struct secret_key secret;
    struct public_key key;
    struct hash digest;
    struct signature signature;
};

static struct signed_digest signed_of(uint64_t *state)
{
    struct signed_digest made;
    dice_fill(state, made.secret.bytes, SECRET_KEY_SIZE);
    dice_fill(state, made.digest.bytes, HASH_SIZE);
    made.key = key_of(&made.secret);
    ck_assert_int_eq(signature_make(&made.secret, &made.digest, &made.signature), ERR_OK);
    return made;
}

static enum err check(const struct signed_digest *made)
{
    return signature_check(&made->key, &made->digest, &made->signature);
}

/* s becomes n - s. */
static void turn_s(struct signature *signature)
{
    BIGNUM *order = NULL;
    BIGNUM *s = BN_bin2bn(signature->bytes + 32, 32, NULL);
    ck_assert_int_ne(BN_hex2bn(&order, ORDER), 0);
    ck_assert_int_eq(BN_sub(s, order, s), 1);
    ck_assert_int_eq(BN_bn2binpad(s, signature->bytes + 32, 32), 32);
    BN_free(order);
    BN_free(s);
}

/* Secrets, texts and their signatures under RFC 6979 with SHA-256, as several libraries have them
 * in their tests. */
START_TEST(makes_the_signatures_that_others_make)
{
    static const struct {
        const char *secret;
        const char *text;
        const char *signature;
    } vectors[] = {
        {ONE, "Satoshi Nakamoto",
         "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
         "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"},
        {ONE, "All those moments will be lost in time, like tears in rain. Time to die...",
         "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
         "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"},
        {ORDER_M1, "Satoshi Nakamoto",
         "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
         "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5"},
        {"f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing",
         "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c"
         "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea"},
        {"e91671c46231f833a6406ccbea0e3e392c76c167bac1cb013f6f1013980455c2",
         "There is a computer disease that anybody who works with computers knows about. It's a "
         "very serious disease and it interferes completely with the work. The trouble with "
         "computers is that you 'play' with them!",
         "b552edd27580141f3b2a5463048cb7cd3e047b97c9f98076c32dbdf85a68718b"
         "279fa72dd19bfae05577e06c7c0c1900c371fcd5893f7e1d56a37d30174671f6"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        struct secret_key secret = secret_of(vectors[i].secret);
        struct public_key key = key_of(&secret);
        struct hash digest = digest_of(vectors[i].text);
        struct signature expected;
        struct signature found;
        from_hex(vectors[i].signature, expected.bytes, SIGNATURE_SIZE);
        ck_assert_int_eq(signature_make(&secret, &digest, &found), ERR_OK);
        ck_assert_mem_eq(found.bytes, expected.bytes, SIGNATURE_SIZE);
        ck_assert_int_eq(signature_check(&key, &digest, &found), ERR_OK);
    }
}
END_TEST

START_TEST(takes_what_it_made_and_nothing_near_it)
{
    uint64_t state = 8;
    for (unsigned round = 0; round < 20; round++) {
        struct signed_digest made = signed_of(&state);
        ck_assert_int_eq(check(&made), ERR_OK);
        for (size_t bit = round; bit < 8 * SIGNATURE_SIZE; bit += 20) {
            struct signed_digest other = made;
            other.signature.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            enum err err = check(&other);
            ck_assert(err == ERR_BAD_SIGNATURE || err == ERR_HIGH_S);
        }
        for (size_t bit = round; bit < 8 * HASH_SIZE; bit += 20) {
            struct signed_digest other = made;
            other.digest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            ck_assert_int_eq(check(&other), ERR_BAD_SIGNATURE);
        }
        for (size_t bit = round; bit < 8 * PUBLIC_KEY_SIZE; bit += 20) {
            struct signed_digest other = made;
            other.key.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            enum err err = check(&other);
            ck_assert(err == ERR_BAD_SIGNATURE || err == ERR_BAD_KEY);
        }
    }
}
END_TEST

START_TEST(refuses_the_high_twin_of_every_signature)
{
    uint64_t state = 9;
    for (unsigned round = 0; round < 200; round++) {
        struct signed_digest made = signed_of(&state);
        struct signature low = made.signature;
        ck_assert(!signature_normalise(&made.signature));
        ck_assert_mem_eq(made.signature.bytes, low.bytes, SIGNATURE_SIZE);
        turn_s(&made.signature);
        ck_assert_int_eq(check(&made), ERR_HIGH_S);
        ck_assert(signature_normalise(&made.signature));
        ck_assert_mem_eq(made.signature.bytes, low.bytes, SIGNATURE_SIZE);
        ck_assert_int_eq(check(&made), ERR_OK);
    }
}
END_TEST

/* All pairs of r and s out of the values where implementations go wrong. */
START_TEST(refuses_r_and_s_at_the_edges)
{
    static const struct {
        const char *hex;
        bool is_readable; /* below the order */
        bool is_high;
    } edges[] = {
        {ZERO, true, false},      {ONE, true, false},       {HALF, true, false},
        {HALF_P1, true, true},    {ORDER_M1, true, true},   {ORDER, false, false},
        {ORDER_P1, false, false}, {ALL_ONES, false, false},
    };
    enum { EDGES = sizeof edges / sizeof edges[0] };
    uint64_t state = 10;
    struct signed_digest made = signed_of(&state);
    for (size_t r = 0; r < EDGES; r++) {
        for (size_t s = 0; s < EDGES; s++) {
            from_hex(edges[r].hex, made.signature.bytes, 32);
            from_hex(edges[s].hex, made.signature.bytes + 32, 32);
            struct signature before = made.signature;
            bool is_readable = edges[r].is_readable && edges[s].is_readable;
            bool is_high = is_readable && edges[s].is_high;
            ck_assert_int_eq(check(&made), is_high ? ERR_HIGH_S : ERR_BAD_SIGNATURE);
            ck_assert(signature_normalise(&made.signature) == is_high);
            if (!is_high)
                ck_assert_mem_eq(made.signature.bytes, before.bytes, SIGNATURE_SIZE);
            ck_assert_int_eq(check(&made), ERR_BAD_SIGNATURE);
        }
    }
}
END_TEST

/* A key under which (r, s) signs the digest, for an R that was chosen: Q = (s R - z G) / r. */
static void forge(const EC_POINT *point, const BIGNUM *r, const BIGNUM *s, const EC_GROUP *group,
                  struct signed_digest *out)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *order = BN_dup(EC_GROUP_get0_order(group));
    BIGNUM *z = BN_bin2bn(out->digest.bytes, HASH_SIZE, NULL);
    BIGNUM *inverse = BN_mod_inverse(NULL, r, order, context);
    BIGNUM *of_point = BN_new();
    EC_POINT *key = EC_POINT_new(group);
    BN_mod_mul(of_point, s, inverse, order, context);
    BN_mod_mul(z, z, inverse, order, context);
    BN_mod_sub(z, order, z, order, context);
    ck_assert_int_eq(EC_POINT_mul(group, key, z, point, of_point, context), 1);
    ck_assert_uint_eq(EC_POINT_point2oct(group, key, POINT_CONVERSION_COMPRESSED, out->key.bytes,
                                         PUBLIC_KEY_SIZE, context),
                      PUBLIC_KEY_SIZE);
    BN_bn2binpad(r, out->signature.bytes, 32);
    BN_bn2binpad(s, out->signature.bytes + 32, 32);
    EC_POINT_free(key);
    BN_free(of_point);
    BN_free(inverse);
    BN_free(z);
    BN_free(order);
    BN_CTX_free(context);
}

/* Below 2^256 - n an r has a second text, r + n, which is the same number modulo the order; and a
 * point whose x is n or more gives the r = x - n. The first must be refused, the second taken. Such
 * values do not come by chance, so the keys are made to fit them. */
START_TEST(refuses_an_r_that_is_not_reduced)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_secp256k1);
    const BIGNUM *order = EC_GROUP_get0_order(group);
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *x = BN_new();
    BIGNUM *s = BN_new();
    unsigned found = 0;
    for (unsigned long small = 1; small < 100; small++) {
        for (unsigned add = 0; add < 2; add++) {
            struct signed_digest made = {.digest = digest_of("small")};
            BIGNUM *r = BN_new();
            BN_set_word(r, small);
            BN_set_word(s, 1000 + small);
            BN_copy(x, r);
            if (add == 1)
                BN_add(x, x, order);
            if (EC_POINT_set_compressed_coordinates(group, point, x, 0, NULL) == 1) {
                forge(point, r, s, group, &made);
                ck_assert_int_eq(check(&made), ERR_OK);
                BN_add(r, r, order);
                BN_bn2binpad(r, made.signature.bytes, 32);
                ck_assert_int_eq(check(&made), ERR_BAD_SIGNATURE);
                found |= 1u << add;
            }
            BN_free(r);
        }
    }
    ck_assert_uint_eq(found, 3);
    BN_free(s);
    BN_free(x);
    EC_POINT_free(point);
    EC_GROUP_free(group);
}
END_TEST

/* The same key in libcrypto. */
static EC_KEY *other_key(const struct signed_digest *made)
{
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_secp256k1);
    ck_assert_int_eq(EC_KEY_oct2key(key, made->key.bytes, PUBLIC_KEY_SIZE, NULL), 1);
    ck_assert_int_eq(EC_KEY_oct2priv(key, made->secret.bytes, SECRET_KEY_SIZE), 1);
    ck_assert_int_eq(EC_KEY_check_key(key), 1); /* the public key is the secret's */
    return key;
}

START_TEST(agrees_with_another_implementation)
{
    uint64_t state = 12;
    unsigned high = 0;
    for (unsigned round = 0; round < 200; round++) {
        struct signed_digest made = signed_of(&state);
        EC_KEY *key = other_key(&made);
        ECDSA_SIG *ours = ECDSA_SIG_new();
        ECDSA_SIG_set0(ours, BN_bin2bn(made.signature.bytes, 32, NULL),
                       BN_bin2bn(made.signature.bytes + 32, 32, NULL));
        ck_assert_int_eq(ECDSA_do_verify(made.digest.bytes, HASH_SIZE, ours, key), 1);
        ECDSA_SIG *theirs = ECDSA_do_sign(made.digest.bytes, HASH_SIZE, key);
        BN_bn2binpad(ECDSA_SIG_get0_r(theirs), made.signature.bytes, 32);
        BN_bn2binpad(ECDSA_SIG_get0_s(theirs), made.signature.bytes + 32, 32);
        enum err before = check(&made);
        bool was_high = signature_normalise(&made.signature);
        ck_assert_int_eq(before, was_high ? ERR_HIGH_S : ERR_OK);
        ck_assert_int_eq(check(&made), ERR_OK);
        high += was_high;
        ECDSA_SIG_free(theirs);
        ECDSA_SIG_free(ours);
        EC_KEY_free(key);
    }
    ck_assert_uint_gt(high, 50); /* libcrypto signs in either form */
    ck_assert_uint_lt(high, 150);
}
END_TEST

START_TEST(takes_secrets_between_zero_and_the_order_alone)
{
    static const struct {
        const char *hex;
        enum err err;
    } secrets[] = {
        {ZERO, ERR_BAD_KEY},  {ONE, ERR_OK},           {ORDER_M1, ERR_OK},
        {ORDER, ERR_BAD_KEY}, {ORDER_P1, ERR_BAD_KEY}, {ALL_ONES, ERR_BAD_KEY},
    };
    static const uint8_t zeroes[SIGNATURE_SIZE];
    struct hash digest = digest_of("edge");
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        struct secret_key secret = secret_of(secrets[i].hex);
        struct public_key key;
        struct signature signature;
        memset(&key, 9, sizeof key);
        memset(&signature, 9, sizeof signature);
        ck_assert_int_eq(public_key_of(&secret, &key), secrets[i].err);
        ck_assert_int_eq(signature_make(&secret, &digest, &signature), secrets[i].err);
        if (secrets[i].err == ERR_OK) {
            ck_assert_int_eq(signature_check(&key, &digest, &signature), ERR_OK);
        } else {
            ck_assert_mem_eq(key.bytes, zeroes, PUBLIC_KEY_SIZE);
            ck_assert_mem_eq(signature.bytes, zeroes, SIGNATURE_SIZE);
        }
    }
    struct secret_key one = secret_of(ONE);
    struct public_key generator;
    struct public_key key = key_of(&one);
    from_hex(GENERATOR, generator.bytes, PUBLIC_KEY_SIZE);
    ck_assert_mem_eq(key.bytes, generator.bytes, PUBLIC_KEY_SIZE);
}
END_TEST

START_TEST(takes_compressed_points_of_the_curve_alone)
{
    static const struct {
        const char *hex;
        enum err err;
    } keys[] = {
        {GENERATOR, ERR_OK},
        /* x = 5 is not on the curve, x = 1 is; then the field's prime and above */
        {"020000000000000000000000000000000000000000000000000000000000000005", ERR_BAD_KEY},
        {"020000000000000000000000000000000000000000000000000000000000000001", ERR_OK},
        {"02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f", ERR_BAD_KEY},
        {"02fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc30", ERR_BAD_KEY},
        {"02" ALL_ONES, ERR_BAD_KEY},
        {"02" ZERO, ERR_BAD_KEY},
        {"00" ZERO, ERR_BAD_KEY},
    };
    struct hash digest = digest_of("key");
    struct signature signature = {{1}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct public_key key;
        from_hex(keys[i].hex, key.bytes, PUBLIC_KEY_SIZE);
        ck_assert_msg(public_key_check(&key) == keys[i].err, "%s", keys[i].hex);
        ck_assert_int_eq(signature_check(&key, &digest, &signature),
                         keys[i].err == ERR_OK ? ERR_BAD_SIGNATURE : ERR_BAD_KEY);
    }
    struct public_key key;
    from_hex(GENERATOR, key.bytes, PUBLIC_KEY_SIZE);
    for (unsigned first = 0; first < 256; first++) {
        key.bytes[0] = (uint8_t)first;
        ck_assert_int_eq(public_key_check(&key), first == 2 || first == 3 ? ERR_OK : ERR_BAD_KEY);
    }
}
END_TEST

/* What was read of a key serves the next check, and no other key: not one that has its last byte,
 * and not one that is no point. */
START_TEST(takes_no_key_for_another)
{
    enum { KEYS = 200 };
    static struct signed_digest made[KEYS];
    uint64_t state = 9;
    for (size_t i = 0; i < KEYS; i++)
        made[i] = signed_of(&state);
    for (size_t i = 0; i < 10 * KEYS; i++) {
        struct signed_digest mixed = made[i % KEYS];
        const struct signed_digest *other = &made[(i * 7 + i / KEYS) % KEYS];
        mixed.key = other->key;
        bool is_same = other == &made[i % KEYS];
        ck_assert_int_eq(check(&mixed), is_same ? ERR_OK : ERR_BAD_SIGNATURE);
        mixed.key.bytes[0] = 4;
        ck_assert_int_eq(check(&mixed), ERR_BAD_KEY);
        ck_assert_int_eq(check(&made[i % KEYS]), ERR_OK);
    }
}
END_TEST

START_TEST(names_a_key_by_the_hash_of_its_point)
{
    struct public_key key;
    from_hex(GENERATOR, key.bytes, PUBLIC_KEY_SIZE);
    struct hash hash = hash_of(bytes_of(key.bytes, PUBLIC_KEY_SIZE));
    struct key_id id = key_id_of(&key);
    ck_assert_mem_eq(id.bytes, hash.bytes, KEY_ID_SIZE);
    for (size_t bit = 0; bit < 8 * KEY_ID_SIZE; bit++) {
        struct key_id other = id;
        ck_assert(key_id_equal(&id, &other));
        other.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert(!key_id_equal(&id, &other));
    }
}
END_TEST

START_TEST(wipes_a_secret)
{
    static const uint8_t zeroes[SECRET_KEY_SIZE];
    struct secret_key secret = secret_of(ORDER_M1);
    secret_key_wipe(&secret);
    ck_assert_mem_eq(secret.bytes, zeroes, SECRET_KEY_SIZE);
}
END_TEST

static void *sign_and_check(void *context)
{
    const struct signed_digest *made = context;
    for (unsigned round = 0; round < 100; round++) {
        struct signature signature;
        struct public_key key;
        if (public_key_of(&made->secret, &key) != ERR_OK ||
            signature_make(&made->secret, &made->digest, &signature) != ERR_OK ||
            memcmp(signature.bytes, made->signature.bytes, SIGNATURE_SIZE) != 0 ||
            signature_check(&key, &made->digest, &signature) != ERR_OK)
            return context;
    }
    return NULL;
}

/* In a process of its own, so that the first use of all is among the threads'. */
START_TEST(works_from_many_threads_at_once)
{
    enum { THREADS = 8 };
    struct secret_key secret = secret_of(ONE);
    struct signed_digest made = {.secret = secret, .digest = digest_of("Satoshi Nakamoto")};
    from_hex("934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
             "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
             made.signature.bytes, SIGNATURE_SIZE);
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, sign_and_check, &made), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed;
        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &makes_the_signatures_that_others_make,
        &takes_what_it_made_and_nothing_near_it,
        &refuses_the_high_twin_of_every_signature,
        &refuses_r_and_s_at_the_edges,
        &refuses_an_r_that_is_not_reduced,
        &agrees_with_another_implementation,
        &takes_secrets_between_zero_and_the_order_alone,
        &takes_compressed_points_of_the_curve_alone,
        &takes_no_key_for_another,
        &names_a_key_by_the_hash_of_its_point,
        &wipes_a_secret,
        &works_from_many_threads_at_once,
    };
    return suite_run("sign", cases, sizeof cases / sizeof cases[0]);
}
