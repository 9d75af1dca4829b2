#include "consensus/links_tls.h"

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>
#include <stdio.h>
#include <stdlib.h>

#define PEM_HEAD      "-----BEGIN CERTIFICATE-----\n"
#define PEM_TAIL      "-----END CERTIFICATE-----\n"
#define PEM_LINE_SIZE 48 /* bytes that make 64 characters, RFC 7468 section 2 */

/* RFC 4648 section 4: up to 3 bytes as 4 characters. */
static void base64_group(const uint8_t *data, size_t size, char text[4])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = (uint32_t)data[0] << 16;
    if (size > 1)
        bits |= (uint32_t)data[1] << 8;
    if (size > 2)
        bits |= data[2];
    for (unsigned i = 0; i < 4; i++)
        text[i] = digits[bits >> (18 - 6 * i) & 63];
    if (size < 3)
        text[3] = '=';
    if (size < 2)
        text[2] = '=';
}

/* The certificate in PEM; the caller frees it. NULL without memory. */
static char *pem_of(struct bytes der)
{
    size_t lines = der.size / PEM_LINE_SIZE + 1;
    char *pem = malloc(sizeof PEM_HEAD + sizeof PEM_TAIL + der.size / 3 * 4 + 4 + lines);
    if (pem == NULL)
        return NULL;
    memcpy(pem, PEM_HEAD, sizeof PEM_HEAD);
    char *at = pem + sizeof PEM_HEAD - 1;
    for (size_t i = 0; i < der.size; i += 3) {
        base64_group(der.data + i, der.size - i, at);
        at += 4;
        if (i % PEM_LINE_SIZE == PEM_LINE_SIZE - 3)
            *at++ = '\n';
    }
    if (at[-1] != '\n')
        *at++ = '\n';
    memcpy(at, PEM_TAIL, sizeof PEM_TAIL);
    return pem;
}

static void complain(const struct links_options *options, const char *what, const char *whose,
                     int error)
{
    char text[160];
    (void)snprintf(text, sizeof text, "the %s of %s cannot be used: %s", what, whose,
                   nng_strerror(error));
    options->complain(options->context, text);
}

static enum err err_of(int error)
{
    return error == NNG_ENOMEM ? ERR_MEMORY : ERR_CONFIG;
}

static enum err add_ca(const struct links_options *options, struct bytes ca, const char *whose,
                       struct nng_tls_config *config)
{
    if (ca.size == 0 || ca.size > CERTIFICATE_SIZE_MAX) {
        complain(options, "CA certificate", whose, NNG_EINVAL);
        return ERR_CONFIG;
    }
    char *pem = pem_of(ca);
    if (pem == NULL)
        return ERR_MEMORY;
    int error = nng_tls_config_ca_chain(config, pem, NULL);
    free(pem);
    if (error == 0)
        return ERR_OK;
    complain(options, "CA certificate", whose, error);
    return err_of(error);
}

/* The part that is the same for both directions. */
static enum err begin(const struct links_options *options, nng_tls_mode mode,
                      struct nng_tls_config **out)
{
    int error = nng_tls_config_alloc(out, mode);
    if (error != 0) {
        *out = NULL;
        return err_of(error);
    }
    /* NNG 1.5.2 knows no 1.3: its "1.3" means at most 1.2 today, and more with a later library. */
    if ((error = nng_tls_config_version(*out, NNG_TLS_1_2, NNG_TLS_1_3)) == 0 &&
        (error = nng_tls_config_auth_mode(*out, NNG_TLS_AUTH_MODE_REQUIRED)) == 0 &&
        (error = nng_tls_config_own_cert(*out, options->certificate_pem,
                                         options->certificate_key_pem, NULL)) == 0)
        return ERR_OK;
    complain(options, "certificate", "this node", error);
    return err_of(error);
}

enum err links_tls_caller(const struct links_options *options, const struct links_peer *peer,
                          struct nng_tls_config **out)
{
    enum err err = begin(options, NNG_TLS_MODE_CLIENT, out);
    if (err == ERR_OK)
        err = add_ca(options, peer->ca, peer->name, *out);
    if (err == ERR_OK && nng_tls_config_server_name(*out, peer->name) != 0)
        err = ERR_MEMORY;
    if (err != ERR_OK) {
        links_tls_free(*out);
        *out = NULL;
    }
    return err;
}

bool links_trust_has(const struct links_trust *trust, struct bytes ca)
{
    struct hash hash = hash_of(ca);
    for (size_t i = 0; i < trust->count; i++) {
        if (hash_equal(&trust->ca[i], &hash))
            return true;
    }
    return false;
}

static enum err trust_ca(const struct links_options *options, struct bytes ca, const char *whose,
                         struct links_trust *trust, struct nng_tls_config *config)
{
    if (links_trust_has(trust, ca))
        return ERR_OK;
    enum err err = add_ca(options, ca, whose, config);
    if (err == ERR_OK)
        trust->ca[trust->count++] = hash_of(ca);
    return err;
}

static enum err trust_all(const struct links_options *options, struct links_trust *trust,
                          struct nng_tls_config *config)
{
    enum err err = ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < options->peer_count; i++)
        err = trust_ca(options, options->peers[i].ca, options->peers[i].name, trust, config);
    for (size_t i = 0; err == ERR_OK && i < options->authority_count; i++) {
        struct bytes ca = options->authorities[i];
        if (ca.size > 0)
            err = trust_ca(options, ca, "an organisation", trust, config);
        if (err == ERR_CONFIG)
            err = ERR_OK; /* nobody's CA keeps the others' nodes out */
    }
    return err;
}

enum err links_tls_called(const struct links_options *options, struct links_trust *trust,
                          struct nng_tls_config **out)
{
    enum err err = begin(options, NNG_TLS_MODE_SERVER, out);
    if (err == ERR_OK)
        err = trust_all(options, trust, *out);
    if (err != ERR_OK) {
        links_tls_free(*out);
        *out = NULL;
    }
    return err;
}

void links_tls_free(struct nng_tls_config *config)
{
    if (config != NULL)
        nng_tls_config_free(config);
}
