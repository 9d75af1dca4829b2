#include "node/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

struct parsed {
    X509 *certificate;
    STACK_OF(X509) * others; /* the rest of the file: intermediates */
    EVP_PKEY *key;
    X509 *ca;
};

static enum err wrong(char why[CERTIFICATE_TEXT_MAX], const char *text)
{
    snprintf(why, CERTIFICATE_TEXT_MAX, "%s", text);
    return ERR_CONFIG;
}

/* ---- reading ---- */

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is OpenSSL's */
static int no_passphrase(char *buffer, int size, int is_writing, void *context)
{
    (void)buffer;
    (void)size;
    (void)is_writing;
    (void)context;
    return -1;
}

static enum err read_certificates(const char *pem, struct parsed *out,
                                  char why[CERTIFICATE_TEXT_MAX])
{
    BIO *input = BIO_new_mem_buf(pem, -1);
    out->others = sk_X509_new_null();
    if (input == NULL || out->others == NULL) {
        BIO_free(input);
        return ERR_MEMORY;
    }
    out->certificate = PEM_read_bio_X509(input, NULL, no_passphrase, NULL);
    X509 *other;
    bool is_stored = true;
    while (is_stored && (other = PEM_read_bio_X509(input, NULL, no_passphrase, NULL)) != NULL) {
        is_stored = sk_X509_push(out->others, other) > 0;
        if (!is_stored)
            X509_free(other);
    }
    BIO_free(input);
    if (!is_stored)
        return ERR_MEMORY;
    if (out->certificate == NULL)
        return wrong(why, "holds no certificate that can be read: give the one that your CA made");
    return ERR_OK;
}

static enum err read_key(const char *pem, struct parsed *out, char why[CERTIFICATE_TEXT_MAX])
{
    BIO *input = BIO_new_mem_buf(pem, -1);
    if (input == NULL)
        return ERR_MEMORY;
    out->key = PEM_read_bio_PrivateKey(input, NULL, no_passphrase, NULL);
    BIO_free(input);
    if (out->key == NULL)
        return wrong(why, "its 'certificate_key' holds no private key that can be read without a "
                          "passphrase: give the one that the certificate was made for");
    return ERR_OK;
}

static enum err read_ca(struct bytes der, struct parsed *out, char why[CERTIFICATE_TEXT_MAX])
{
    const unsigned char *at = der.data;
    out->ca = d2i_X509(NULL, &at, (long)der.size);
    if (out->ca == NULL || at != der.data + der.size)
        return wrong(why, "the CA certificate in the genesis file cannot be read: the network "
                          "needs another genesis file");
    return ERR_OK;
}

/* ---- checking ---- */

static enum err explain(X509_STORE_CTX *context, char why[CERTIFICATE_TEXT_MAX])
{
    switch (X509_STORE_CTX_get_error(context)) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return wrong(why, X509_STORE_CTX_get_error_depth(context) == 0
                              ? "has expired: have your CA make a new one"
                              : "its CA's certificate has expired: no node can be reached");
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return wrong(why, "is not valid yet: set this machine's clock, or wait");
    case X509_V_ERR_OUT_OF_MEM: return ERR_MEMORY;
    default:
        (void)wrong(why, "is not from the CA that the genesis file names for this node's "
                         "organisation: have that CA make one, and append its intermediates");
        return ERR_UNKNOWN_ORGANISATION;
    }
}

static enum err verify_chain(const struct parsed *parsed, X509_STORE *store,
                             X509_STORE_CTX *context, char why[CERTIFICATE_TEXT_MAX])
{
    if (X509_STORE_add_cert(store, parsed->ca) != 1 ||
        X509_STORE_CTX_init(context, store, parsed->certificate, parsed->others) != 1)
        return ERR_MEMORY;
    /* The genesis may name an intermediate CA: what it names is what is trusted. */
    X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
    return X509_verify_cert(context) == 1 ? ERR_OK : explain(context, why);
}

static enum err check_chain(const struct parsed *parsed, char why[CERTIFICATE_TEXT_MAX])
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    enum err err = ERR_MEMORY;
    if (store != NULL && context != NULL)
        err = verify_chain(parsed, store, context, why);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    return err;
}

static enum err check_parsed(const struct parsed *parsed, const char *name,
                             char why[CERTIFICATE_TEXT_MAX])
{
    if (X509_check_private_key(parsed->certificate, parsed->key) != 1)
        return wrong(why, "is not the certificate of the key in 'certificate_key': give the two "
                          "files that belong together");
    enum err err = check_chain(parsed, why);
    if (err != ERR_OK)
        return err;
    if (X509_check_host(parsed->certificate, name, 0, 0, NULL) == 1)
        return ERR_OK;
    snprintf(why, CERTIFICATE_TEXT_MAX,
             "does not carry this node's name: have your CA make one for the DNS name '%s'", name);
    return ERR_CONFIG;
}

static uint64_t end_ms(const X509 *certificate)
{
    struct tm parts;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1)
        return 0;
    time_t end = timegm(&parts);
    return end > 0 ? (uint64_t)end * 1000 : 0;
}

static void parsed_free(struct parsed *parsed)
{
    X509_free(parsed->certificate);
    sk_X509_pop_free(parsed->others, X509_free);
    EVP_PKEY_free(parsed->key);
    X509_free(parsed->ca);
    ERR_clear_error();
}

enum err certificate_check(const struct certificate_files *files, uint64_t *until_ms,
                           char why[CERTIFICATE_TEXT_MAX])
{
    struct parsed parsed = {.certificate = NULL};
    *until_ms = 0;
    enum err err = read_certificates(files->certificate, &parsed, why);
    if (err == ERR_OK)
        err = read_key(files->key, &parsed, why);
    if (err == ERR_OK)
        err = read_ca(files->ca, &parsed, why);
    if (err == ERR_OK)
        err = check_parsed(&parsed, files->name, why);
    if (err == ERR_OK) {
        uint64_t own_ms = end_ms(parsed.certificate);
        uint64_t ca_ms = end_ms(parsed.ca);
        *until_ms = own_ms < ca_ms ? own_ms : ca_ms;
    }
    parsed_free(&parsed);
    return err;
}
