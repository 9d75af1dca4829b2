#include "front/jwt.h"

#include "front/base64url.h"
#include "json/body.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>

enum { ES256_SIZE = 64, NUMBER_SIZE = 32, SIGNATURE_SIZE_MAX = 1024 };

struct jwt_key {
    EVP_PKEY *pkey;
    const char *algorithm; /* "ES256", "RS256" */
};

#define X(name, description) [JWT_##name] = (description),
static const char *const descriptions[] = {JWT_TABLE(X)};
#undef X

const char *jwt_description(enum jwt jwt)
{
    return descriptions[jwt];
}

/* ---- keys ---- */

/* NULL: neither of the two. */
static const char *algorithm_of(EVP_PKEY *pkey)
{
    char group[32];
    size_t size;
    if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA)
        return EVP_PKEY_get_bits(pkey) >= JWT_RSA_BITS_MIN ? "RS256" : NULL;
    if (EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
        EVP_PKEY_get_group_name(pkey, group, sizeof group, &size) == 1 &&
        strcmp(group, "prime256v1") == 0)
        return "ES256";
    return NULL;
}

enum err jwt_key_open(const char *file, struct jwt_key **out, struct complaint *complaint)
{
    *out = NULL;
    FILE *stream = fopen(file, "re");
    if (stream == NULL)
        return complain(complaint, 0, "%s cannot be read", file);
    EVP_PKEY *pkey = PEM_read_PUBKEY(stream, NULL, NULL, NULL);
    fclose(stream);
    ERR_clear_error();
    const char *algorithm = pkey != NULL ? algorithm_of(pkey) : NULL;
    if (algorithm == NULL) {
        EVP_PKEY_free(pkey);
        return complain(complaint, 0, "%s: no public key in PEM, of P-256 or of RSA with %d bits",
                        file, JWT_RSA_BITS_MIN);
    }
    *out = malloc(sizeof **out);
    if (*out == NULL) {
        EVP_PKEY_free(pkey);
        return ERR_MEMORY;
    }
    **out = (struct jwt_key){.pkey = pkey, .algorithm = algorithm};
    return ERR_OK;
}

void jwt_key_close(struct jwt_key *key)
{
    if (key == NULL)
        return;
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* ---- signatures ---- */

/* RFC 7518 3.4: r and s of 32 bytes each; libcrypto wants them in DER. */
static bool der_of(struct bytes raw, uint8_t out[SIGNATURE_SIZE_MAX], size_t *size)
{
    if (raw.size != ES256_SIZE)
        return false;
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw.data, NUMBER_SIZE, NULL);
    BIGNUM *s = BN_bin2bn(raw.data + NUMBER_SIZE, NUMBER_SIZE, NULL);
    bool is_set =
        signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(signature, r, s) == 1;
    if (!is_set) {
        BN_free(r);
        BN_free(s);
    }
    int length = is_set ? i2d_ECDSA_SIG(signature, NULL) : 0;
    bool fits = length > 0 && length <= SIGNATURE_SIZE_MAX;
    *size = fits ? (size_t)i2d_ECDSA_SIG(signature, &out) : 0;
    ECDSA_SIG_free(signature);
    return fits;
}

static bool is_signed(const struct jwt_key *key, struct bytes text, struct bytes signature)
{
    uint8_t der[SIGNATURE_SIZE_MAX];
    size_t size;
    if (strcmp(key->algorithm, "ES256") == 0) {
        if (!der_of(signature, der, &size))
            return false;
        signature = bytes_of(der, size);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good =
        context != NULL &&
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key->pkey) == 1 &&
        EVP_DigestVerify(context, signature.data, signature.size, text.data, text.size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return is_good;
}

/* ---- claims ---- */

/* A NumericDate in whole seconds; false when it is there and is none. */
static bool read_time(json_t *claims, const char *name, uint64_t *out)
{
    json_t *value = json_object_get(claims, name);
    if (value == NULL)
        return true;
    double seconds = json_number_value(value);
    if (!json_is_number(value) || seconds < 0 || seconds > 9e15)
        return false;
    *out = (uint64_t)seconds;
    return true;
}

/* RFC 7519 4.1.3: a text or a list of texts; an empty `wanted` takes any. */
static bool is_audience(json_t *value, const struct setting_texts *wanted)
{
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        for (size_t j = 0; j < wanted->count; j++) {
            if (json_is_string(one) && strcmp(json_string_value(one), wanted->at[j]) == 0)
                return true;
        }
    }
    return wanted->count == 0;
}

/* RFC 6749 3.3: words with one blank between them. */
static bool has_scope(const char *scopes, const char *wanted)
{
    size_t size = strlen(wanted);
    for (const char *at = scopes; at != NULL; at = strchr(at, ' ')) {
        at += *at == ' ';
        if (strncmp(at, wanted, size) == 0 && (at[size] == ' ' || at[size] == '\0'))
            return true;
    }
    return false;
}

static enum jwt check_claims(json_t *claims, const struct jwt_rules *rules, uint64_t now_s,
                             uint64_t *until_s)
{
    uint64_t from_s = 0;
    *until_s = 0;
    const char *issuer = json_string_value(json_object_get(claims, "iss"));
    const char *scope = json_string_value(json_object_get(claims, "scope"));
    bool is_whole = issuer != NULL && scope != NULL &&
                    json_is_string(json_object_get(claims, "sub")) &&
                    json_is_number(json_object_get(claims, "exp"));
    if (!is_whole || !read_time(claims, "exp", until_s) || !read_time(claims, "nbf", &from_s))
        return JWT_CLAIMS;
    if (now_s >= *until_s)
        return JWT_EXPIRED;
    if (now_s < from_s)
        return JWT_NOT_YET;
    if (rules->issuer[0] != '\0' && strcmp(issuer, rules->issuer) != 0)
        return JWT_ISSUER;
    if (!is_audience(json_object_get(claims, "aud"), rules->audience))
        return JWT_AUDIENCE;
    return has_scope(scope, rules->scope) ? JWT_GOOD : JWT_SCOPE;
}

/* ---- the token ---- */

/* The part up to the next point; `rest` goes behind it. False when there is none. */
static bool take_part(struct bytes *rest, struct bytes *part)
{
    const uint8_t *point = rest->size > 0 ? memchr(rest->data, '.', rest->size) : NULL;
    if (point == NULL)
        return false;
    *part = bytes_of(rest->data, (size_t)(point - rest->data));
    *rest = bytes_of(point + 1, rest->size - part->size - 1);
    return true;
}

/* The object that a part holds; NULL: none. The caller drops it. */
static json_t *object_of(struct bytes part)
{
    uint8_t text[JWT_SIZE_MAX];
    size_t size;
    json_t *object;
    if (base64url_decode(part, text, sizeof text, &size) != ERR_OK ||
        body_parse(bytes_of(text, size), &object) != ERR_OK)
        return NULL;
    return object;
}

static enum jwt check_head(const struct jwt_key *key, struct bytes part)
{
    json_t *head = object_of(part);
    const char *algorithm = json_string_value(json_object_get(head, "alg"));
    enum jwt jwt = JWT_GOOD;
    if (head == NULL || algorithm == NULL || json_object_get(head, "crit") != NULL)
        jwt = JWT_MALFORMED; /* crit: RFC 7515 4.1.11, nothing of which is understood here */
    else if (strcmp(algorithm, key->algorithm) != 0)
        jwt = JWT_ALGORITHM;
    json_decref(head);
    return jwt;
}

enum jwt jwt_check(const struct jwt_key *key, const struct jwt_rules *rules, struct bytes token,
                   uint64_t now_s, uint64_t *until_s)
{
    struct bytes rest = token;
    struct bytes head;
    struct bytes claims_part;
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t signature_size;
    *until_s = 0;
    if (token.size > JWT_SIZE_MAX || !take_part(&rest, &head) || !take_part(&rest, &claims_part) ||
        base64url_decode(rest, signature, sizeof signature, &signature_size) != ERR_OK)
        return JWT_MALFORMED;
    enum jwt jwt = check_head(key, head);
    if (jwt != JWT_GOOD)
        return jwt;
    /* Claims of whoever could not sign are not even parsed. */
    struct bytes text = bytes_of(token.data, head.size + 1 + claims_part.size);
    if (!is_signed(key, text, bytes_of(signature, signature_size)))
        return JWT_SIGNATURE;
    json_t *claims = object_of(claims_part);
    jwt = claims != NULL ? check_claims(claims, rules, now_s, until_s) : JWT_MALFORMED;
    json_decref(claims);
    return jwt;
}
