#include "front/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

/* RFC 9113 9.2.2: with TLS 1.2 only what gives forward secrecy and authenticates what it encrypts.
 */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20"

struct tls_context {
    SSL_CTX *ssl;
};

struct tls {
    SSL *ssl;
    BIO *in; /* both belong to `ssl` */
    BIO *out;
    bool said_bye;
};

/* ---- the server ---- */

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *offered, unsigned offered_size, void *context)
{
    static const unsigned char ours[] = "\x02h2\x08http/1.1";
    (void)ssl;
    (void)context;
    unsigned char *chosen;
    if (SSL_select_next_proto(&chosen, out_size, ours, sizeof ours - 1, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL; /* RFC 7301 3.2 */
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static enum err refuse_file(struct complaint *complaint, const char *key, const char *file,
                            const char *what)
{
    unsigned long code = ERR_peek_last_error();
    const char *why = ERR_reason_error_string(code);
    ERR_clear_error();
    return complain_of_file(complaint, key, "'%s': %s: %s: %s", key, file, what,
                            why != NULL ? why : "no reason given");
}

static enum err load_files(SSL_CTX *ssl, const struct tls_files *files, struct complaint *complaint)
{
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(ssl, files->certificate) != 1)
        return refuse_file(complaint, "certificate", files->certificate, "no certificate in PEM");
    if (SSL_CTX_use_PrivateKey_file(ssl, files->key, SSL_FILETYPE_PEM) != 1)
        return refuse_file(complaint, "certificate_key", files->key,
                           "not this certificate's private key in PEM");
    if (files->client_ca[0] == '\0')
        return ERR_OK;
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(files->client_ca);
    if (names == NULL || SSL_CTX_load_verify_file(ssl, files->client_ca) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return refuse_file(complaint, "client_ca", files->client_ca, "no certificates in PEM");
    }
    SSL_CTX_set_client_CA_list(ssl, names);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return ERR_OK;
}

/* No session is resumed: a client's certificate is looked at each time. */
static bool set_rules(SSL_CTX *ssl)
{
    SSL_CTX_set_options(ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(ssl, choose_protocol, NULL);
    return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ssl, CIPHERS) == 1 && SSL_CTX_set_num_tickets(ssl, 0) == 1;
}

enum err tls_context_open(const struct tls_files *files, struct tls_context **out,
                          struct complaint *complaint)
{
    struct tls_context *context = calloc(1, sizeof *context);
    *out = NULL;
    if (context == NULL)
        return ERR_MEMORY;
    context->ssl = SSL_CTX_new(TLS_server_method());
    enum err err = context->ssl != NULL && set_rules(context->ssl) ? ERR_OK : ERR_MEMORY;
    if (err == ERR_OK)
        err = load_files(context->ssl, files, complaint);
    if (err != ERR_OK) {
        tls_context_close(context);
        return err;
    }
    *out = context;
    return ERR_OK;
}

void tls_context_close(struct tls_context *context)
{
    if (context == NULL)
        return;
    SSL_CTX_free(context->ssl);
    free(context);
}

/* ---- a connection ---- */

enum err tls_open(struct tls_context *context, struct tls **out)
{
    struct tls *tls = calloc(1, sizeof *tls);
    *out = NULL;
    if (tls == NULL)
        return ERR_MEMORY;
    tls->ssl = SSL_new(context->ssl);
    tls->in = BIO_new(BIO_s_mem());
    tls->out = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->in == NULL || tls->out == NULL) {
        BIO_free(tls->in);
        BIO_free(tls->out);
        SSL_free(tls->ssl);
        free(tls);
        return ERR_MEMORY;
    }
    SSL_set_bio(tls->ssl, tls->in, tls->out);
    SSL_set_accept_state(tls->ssl);
    *out = tls;
    return ERR_OK;
}

void tls_close(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    free(tls);
}

enum err tls_feed(struct tls *tls, struct bytes cipher)
{
    int taken = BIO_write(tls->in, cipher.data, (int)cipher.size);
    return taken == (int)cipher.size ? ERR_OK : ERR_MEMORY;
}

enum err tls_read(struct tls *tls, void *out, size_t capacity, size_t *size)
{
    *size = 0;
    ERR_clear_error();
    if (SSL_read_ex(tls->ssl, out, capacity, size) == 1)
        return ERR_OK;
    int why = SSL_get_error(tls->ssl, 0);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ ? ERR_OK : ERR_IO;
}

enum err tls_write(struct tls *tls, struct bytes plain)
{
    size_t taken;
    ERR_clear_error();
    bool is_done = SSL_write_ex(tls->ssl, plain.data, plain.size, &taken) == 1;
    ERR_clear_error();
    return is_done && taken == plain.size ? ERR_OK : ERR_IO;
}

struct bytes tls_output(struct tls *tls)
{
    char *data;
    long size = BIO_get_mem_data(tls->out, &data);
    return bytes_of(data, size > 0 ? (size_t)size : 0);
}

void tls_output_sent(struct tls *tls)
{
    (void)BIO_reset(tls->out);
}

void tls_bye(struct tls *tls)
{
    if (tls->said_bye || !SSL_is_init_finished(tls->ssl))
        return;
    tls->said_bye = true;
    ERR_clear_error();
    (void)SSL_shutdown(tls->ssl);
    ERR_clear_error();
}

bool tls_speaks_h2(const struct tls *tls)
{
    const unsigned char *name;
    unsigned size;
    SSL_get0_alpn_selected(tls->ssl, &name, &size);
    return size == 2 && memcmp(name, "h2", 2) == 0;
}
