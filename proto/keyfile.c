#include "proto/keyfile.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

static const char curve[] = "secp256k1";

/* ---- passphrases ---- */

struct asker {
    keyfile_passphrase *ask;
    void *context;
    enum err failure; /* what a failure to decrypt means now */
};

/* In the form that PEM_do_header() calls. */
static int asker_ask(char *buffer, int capacity, int is_writing, void *context)
{
    (void)is_writing;
    struct asker *asker = context;
    int size = asker->ask ? asker->ask(asker->context, buffer, capacity) : -1;
    bool is_given = size >= 0 && size <= capacity;
    asker->failure = is_given ? ERR_BAD_PASSPHRASE : ERR_NO_PASSPHRASE;
    return is_given ? size : -1;
}

/* Why libcrypto could not decrypt. The first error it reports is EVP's own when it does not offer
 * the cipher, and the cipher's or the decoder's when the passphrase made nonsense of the bytes. */
static enum err asker_failure(const struct asker *asker)
{
    bool is_unsupported = ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_EVP;
    return asker->failure == ERR_BAD_PASSPHRASE && is_unsupported ? ERR_BAD_KEY_FILE
                                                                  : asker->failure;
}

/* ---- private keys, one function for each name of a PEM block ---- */

struct block {
    char *name;
    char *header;
    unsigned char *data;
    long size;
};

static void block_free(struct block *block)
{
    OPENSSL_free(block->name);
    OPENSSL_free(block->header);
    OPENSSL_clear_free(block->data, (size_t)block->size);
    *block = (struct block){0};
}

/* SEC 1 (RFC 5915), plain or with the "DEK-Info" of RFC 1421. */
static enum err decode_sec1(struct block *block, struct asker *asker, EVP_PKEY **out)
{
    EVP_CIPHER_INFO cipher;
    if (!PEM_get_EVP_CIPHER_INFO(block->header, &cipher))
        return ERR_BAD_KEY_FILE;
    if (!PEM_do_header(&cipher, block->data, &block->size, asker_ask, asker))
        return asker_failure(asker);
    const unsigned char *at = block->data;
    *out = d2i_PrivateKey(EVP_PKEY_EC, NULL, &at, block->size);
    /* One wrong passphrase in 256 leaves a padding that looks right. */
    return *out ? ERR_OK : asker_failure(asker);
}

static enum err pkey_of_pkcs8(const PKCS8_PRIV_KEY_INFO *info, EVP_PKEY **out)
{
    *out = EVP_PKCS82PKEY(info);
    return *out ? ERR_OK : ERR_BAD_KEY;
}

/* PKCS #8 (RFC 5208), plain. */
static enum err decode_pkcs8(struct block *block, struct asker *asker, EVP_PKEY **out)
{
    (void)asker;
    const unsigned char *at = block->data;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, block->size);
    if (!info)
        return ERR_BAD_KEY_FILE;
    enum err err = pkey_of_pkcs8(info, out);
    PKCS8_PRIV_KEY_INFO_free(info);
    return err;
}

static enum err decode_pkcs8_encrypted(struct block *block, struct asker *asker, EVP_PKEY **out)
{
    const unsigned char *at = block->data;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &at, block->size);
    if (!sealed)
        return ERR_BAD_KEY_FILE;
    char passphrase[KEYFILE_PASSPHRASE_MAX];
    PKCS8_PRIV_KEY_INFO *info = NULL;
    int size = asker_ask(passphrase, sizeof passphrase, 0, asker);
    if (size >= 0)
        info = PKCS8_decrypt(sealed, passphrase, size);
    enum err err = info ? pkey_of_pkcs8(info, out) : asker_failure(asker);
    OPENSSL_cleanse(passphrase, sizeof passphrase);
    PKCS8_PRIV_KEY_INFO_free(info);
    X509_SIG_free(sealed);
    return err;
}

/* ---- public keys ---- */

static enum err decode_public(struct block *block, struct asker *asker, EVP_PKEY **out)
{
    (void)asker;
    const unsigned char *at = block->data;
    *out = d2i_PUBKEY(NULL, &at, block->size);
    return *out ? ERR_OK : ERR_BAD_KEY;
}

/* ---- files ---- */

static const struct decoder {
    const char *name;
    bool is_public;
    enum err (*decode)(struct block *block, struct asker *asker, EVP_PKEY **out);
} decoders[] = {
    {PEM_STRING_ECPRIVATEKEY, false, decode_sec1},
    {PEM_STRING_PKCS8INF, false, decode_pkcs8},
    {PEM_STRING_PKCS8, false, decode_pkcs8_encrypted},
    {PEM_STRING_PUBLIC, true, decode_public},
};

static const struct decoder *decoder_named(const char *name)
{
    for (size_t i = 0; i < sizeof decoders / sizeof decoders[0]; i++) {
        if (strcmp(decoders[i].name, name) == 0)
            return &decoders[i];
    }
    return NULL;
}

/* Decodes the first block that holds a key of the wanted kind. */
static enum err decode_first(BIO *bio, bool is_public, struct asker *asker, EVP_PKEY **out)
{
    enum err err = ERR_BAD_KEY_FILE;
    bool is_found = false;
    struct block block = {0};
    while (!is_found && PEM_read_bio(bio, &block.name, &block.header, &block.data, &block.size)) {
        const struct decoder *decoder = decoder_named(block.name);
        if (decoder)
            err = ERR_WRONG_KEY_KIND;
        if (decoder && decoder->is_public == is_public) {
            ERR_clear_error();
            err = decoder->decode(&block, asker, out);
            is_found = true;
        }
        block_free(&block);
    }
    return err;
}

static enum err decode_file(struct bytes pem, bool is_public, struct asker *asker, EVP_PKEY **out)
{
    *out = NULL;
    if (pem.size == 0)
        return ERR_TRUNCATED;
    if (pem.size > KEYFILE_SIZE_MAX)
        return ERR_TOO_LARGE;
    BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.size);
    if (!bio)
        return ERR_MEMORY;
    enum err err = decode_first(bio, is_public, asker, out);
    BIO_free(bio);
    return err;
}

static bool is_on_curve(const EVP_PKEY *pkey)
{
    char group[32];
    return EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
           strcmp(group, curve) == 0;
}

static enum err point_of(EVP_PKEY *pkey, struct public_key *out)
{
    size_t size = 0;
    if (is_on_curve(pkey) &&
        EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                       "compressed") == 1 &&
        EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, out->bytes, PUBLIC_KEY_SIZE,
                                        &size) == 1 &&
        size == PUBLIC_KEY_SIZE && public_key_check(out) == ERR_OK)
        return ERR_OK;
    *out = (struct public_key){0};
    return ERR_BAD_KEY;
}

/* The secret, when the public key that the file holds beside it is its own: a file with a flipped
 * bit would otherwise be a key, and nobody's. */
static enum err secret_of(EVP_PKEY *pkey, struct secret_key *out)
{
    BIGNUM *secret = NULL;
    struct public_key stated;
    struct public_key derived;
    bool is_whole = point_of(pkey, &stated) == ERR_OK &&
                    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_PRIV_KEY, &secret) == 1 &&
                    BN_bn2binpad(secret, out->bytes, SECRET_KEY_SIZE) == SECRET_KEY_SIZE &&
                    public_key_of(out, &derived) == ERR_OK &&
                    memcmp(stated.bytes, derived.bytes, PUBLIC_KEY_SIZE) == 0;
    BN_clear_free(secret);
    if (!is_whole)
        secret_key_wipe(out);
    return is_whole ? ERR_OK : ERR_BAD_KEY;
}

enum err keyfile_parse(struct bytes pem, keyfile_passphrase *ask, void *context,
                       struct secret_key *out)
{
    *out = (struct secret_key){0};
    struct asker asker = {.ask = ask, .context = context, .failure = ERR_BAD_KEY_FILE};
    EVP_PKEY *pkey;
    enum err err = decode_file(pem, false, &asker, &pkey);
    if (err == ERR_OK)
        err = secret_of(pkey, out);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return err;
}

enum err keyfile_parse_public(struct bytes pem, struct public_key *out)
{
    *out = (struct public_key){0};
    struct asker nobody = {.failure = ERR_BAD_KEY_FILE};
    EVP_PKEY *pkey;
    enum err err = decode_file(pem, true, &nobody, &pkey);
    if (err == ERR_OK)
        err = point_of(pkey, out);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return err;
}

/* ---- writing ---- */

/* The key as libcrypto has it; without `secret` the public half alone. NULL when out of memory. */
static EVP_PKEY *pkey_of(const struct public_key *key, const struct secret_key *secret)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *number = secret ? BN_secure_new() : NULL;
    OSSL_PARAM *params = NULL;
    int selection = secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
    if (!context || !build ||
        !OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve, 0) ||
        !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, key->bytes,
                                          PUBLIC_KEY_SIZE))
        goto out;
    if (secret && (!number || !BN_bin2bn(secret->bytes, SECRET_KEY_SIZE, number) ||
                   !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number)))
        goto out;
    params = OSSL_PARAM_BLD_to_param(build);
    if (params && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &pkey, selection, params);
out:
    OSSL_PARAM_free(params);
    BN_clear_free(number);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    return pkey;
}

/* scrypt with the parameters that OWASP's password storage sheet gives for 16 MiB, which is half of
 * what OpenSSL accepts when it reads: about 0.2 s a try. */
enum { SCRYPT_N = 1 << 14, SCRYPT_R = 8, SCRYPT_P = 5 };

static bool write_encrypted(BIO *bio, PKCS8_PRIV_KEY_INFO *info, const char *passphrase)
{
    X509_ALGOR *algorithm =
        PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N, SCRYPT_R, SCRYPT_P);
    if (!algorithm)
        return false;
    X509_SIG *sealed = PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), info, algorithm);
    if (!sealed) {
        X509_ALGOR_free(algorithm);
        return false;
    }
    bool is_written = PEM_write_bio_PKCS8(bio, sealed) == 1;
    X509_SIG_free(sealed);
    return is_written;
}

static bool write_private(BIO *bio, const EVP_PKEY *pkey, const char *passphrase)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
    if (!info)
        return false;
    bool is_written = passphrase ? write_encrypted(bio, info, passphrase)
                                 : PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio, info) == 1;
    PKCS8_PRIV_KEY_INFO_free(info);
    return is_written;
}

/* The text that was written, with a terminator. */
static enum err copy_text(BIO *bio, char *text, size_t capacity, size_t *size)
{
    char *written;
    long length = BIO_get_mem_data(bio, &written);
    if (length < 0 || (size_t)length >= capacity)
        return ERR_TOO_LARGE;
    memcpy(text, written, (size_t)length);
    text[length] = '\0';
    *size = (size_t)length;
    return ERR_OK;
}

static enum err format(const struct public_key *key, const struct secret_key *secret,
                       const char *passphrase, char *pem, size_t capacity, size_t *size)
{
    enum err err = ERR_MEMORY;
    EVP_PKEY *pkey = pkey_of(key, secret);
    BIO *bio = BIO_new(BIO_s_mem());
    if (pkey && bio &&
        (secret ? write_private(bio, pkey, passphrase) : PEM_write_bio_PUBKEY(bio, pkey) == 1))
        err = copy_text(bio, pem, capacity, size);
    BIO_free(bio);
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return err;
}

enum err keyfile_format(const struct secret_key *secret, const char *passphrase, char *pem,
                        size_t capacity, size_t *size)
{
    struct public_key key;
    enum err err = public_key_of(secret, &key);
    return err == ERR_OK ? format(&key, secret, passphrase, pem, capacity, size) : err;
}

enum err keyfile_format_public(const struct public_key *key, char *pem, size_t capacity,
                               size_t *size)
{
    enum err err = public_key_check(key);
    return err == ERR_OK ? format(key, NULL, NULL, pem, capacity, size) : err;
}

enum err keyfile_generate(struct secret_key *out)
{
    struct public_key key;
    do {
        if (RAND_priv_bytes(out->bytes, SECRET_KEY_SIZE) != 1) {
            secret_key_wipe(out);
            ERR_clear_error();
            return ERR_INTERNAL;
        }
    } while (public_key_of(out, &key) != ERR_OK); /* not once in 2^127 */
    return ERR_OK;
}
