/*
 * TLS against OpenSSL's own client: which versions, protocols and certificates are taken, and that
 * bytes arrive whole however they come in.
 */
#include "front/tls.h"

#include "tests/unit/suite.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- certificates, made anew by each case ---- */

enum { CA, OTHER_CA, SERVER, CLIENT, STRANGER, IDENTITIES };

static struct identity {
    EVP_PKEY *key;
    X509 *certificate;
    char key_path[64];
    char path[64];
} all[IDENTITIES];

static char directory[] = "/tmp/imei-tls.XXXXXX";

static void write_files(struct identity *identity, int number)
{
    snprintf(identity->path, sizeof identity->path, "%s/%d.pem", directory, number);
    snprintf(identity->key_path, sizeof identity->key_path, "%s/%d.key", directory, number);
    FILE *file = fopen(identity->path, "w");
    ck_assert_int_eq(PEM_write_X509(file, identity->certificate), 1);
    fclose(file);
    file = fopen(identity->key_path, "w");
    ck_assert_int_eq(PEM_write_PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL), 1);
    fclose(file);
}

static void make(int number, int signer)
{
    struct identity *identity = &all[number];
    X509V3_CTX context;
    char name[16];
    snprintf(name, sizeof name, "number %d", number);
    identity->key = EVP_EC_gen("P-256");
    identity->certificate = X509_new();
    X509 *certificate = identity->certificate;
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), number + 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, identity->key);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)name, -1, -1, 0);
    X509 *issuer = signer == number ? certificate : all[signer].certificate;
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension =
        X509V3_EXT_conf_nid(NULL, &context, NID_basic_constraints,
                            signer == number ? "critical,CA:TRUE" : "critical,CA:FALSE");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    ck_assert_int_gt(X509_sign(certificate, all[signer].key, EVP_sha256()), 0);
    write_files(identity, number);
}

static void make_all(void)
{
    ck_assert_ptr_nonnull(mkdtemp(directory));
    make(CA, CA);
    make(OTHER_CA, OTHER_CA);
    make(SERVER, CA);
    make(CLIENT, CA);
    make(STRANGER, OTHER_CA);
}

static void drop_all(void)
{
    for (int i = 0; i < IDENTITIES; i++) {
        EVP_PKEY_free(all[i].key);
        X509_free(all[i].certificate);
        unlink(all[i].path);
        unlink(all[i].key_path);
    }
    rmdir(directory);
}

/* ---- both ends ---- */

struct ends {
    struct tls_context *context;
    struct tls *server;
    SSL_CTX *client_context;
    SSL *client;
    BIO *to_client;
    BIO *from_client;
    size_t step; /* bytes that come in at once */
    bool has_failed;
};

struct wish {
    int version; /* the newest that the client speaks; 0: any */
    const char *ciphers;
    const char *protocols; /* of ALPN, each with its size before it */
    int identity;          /* -1: it shows none */
    bool wants_clients;    /* the server asks for a certificate */
    size_t step;
};

static struct ends begin(const struct wish *wish)
{
    struct tls_files files = {.certificate = all[SERVER].path,
                              .key = all[SERVER].key_path,
                              .client_ca = wish->wants_clients ? all[CA].path : ""};
    struct complaint complaint;
    struct ends ends = {.step = wish->step};
    ck_assert_int_eq(tls_context_open(&files, &ends.context, &complaint), ERR_OK);
    ck_assert_int_eq(tls_open(ends.context, &ends.server), ERR_OK);
    ends.client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(ends.client_context, 0);
    SSL_CTX_set_min_proto_version(ends.client_context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(ends.client_context, wish->version);
    if (wish->ciphers != NULL)
        ck_assert_int_eq(SSL_CTX_set_cipher_list(ends.client_context, wish->ciphers), 1);
    ends.client = SSL_new(ends.client_context);
    if (wish->protocols != NULL)
        SSL_set_alpn_protos(ends.client, (const uint8_t *)wish->protocols,
                            (unsigned)strlen(wish->protocols));
    if (wish->identity >= 0) {
        SSL_use_certificate(ends.client, all[wish->identity].certificate);
        SSL_use_PrivateKey(ends.client, all[wish->identity].key);
    }
    ends.to_client = BIO_new(BIO_s_mem());
    ends.from_client = BIO_new(BIO_s_mem());
    SSL_set_bio(ends.client, ends.to_client, ends.from_client);
    SSL_set_connect_state(ends.client);
    return ends;
}

static void end(struct ends *ends)
{
    SSL_free(ends->client);
    SSL_CTX_free(ends->client_context);
    tls_close(ends->server);
    tls_context_close(ends->context);
    ERR_clear_error();
}

/* What the server reads goes to `out`. */
static size_t exchange(struct ends *ends, uint8_t *out, size_t capacity)
{
    uint8_t piece[20000];
    size_t size = 0;
    int came = 1;
    while (came > 0 && !ends->has_failed) {
        came = BIO_read(ends->from_client, piece, (int)ends->step);
        if (came > 0)
            ck_assert_int_eq(tls_feed(ends->server, bytes_of(piece, (size_t)came)), ERR_OK);
        size_t got;
        do {
            ends->has_failed = tls_read(ends->server, out + size, capacity - size, &got) != ERR_OK;
            size += got;
        } while (got > 0 && !ends->has_failed);
        struct bytes output = tls_output(ends->server);
        if (output.size > 0)
            BIO_write(ends->to_client, output.data, (int)output.size);
        tls_output_sent(ends->server);
    }
    return size;
}

/* True when both ends have agreed. */
static bool shake_hands(struct ends *ends)
{
    uint8_t nothing[16];
    bool is_done = false;
    for (int round = 0; round < 10 && !ends->has_failed; round++) {
        is_done = SSL_do_handshake(ends->client) == 1;
        ck_assert_uint_eq(exchange(ends, nothing, sizeof nothing), 0);
    }
    /* With TLS 1.3 the client is done before the server has looked at its certificate. */
    bool agreed = is_done && !ends->has_failed && SSL_peek(ends->client, nothing, 1) <= 0;
    ERR_clear_error();
    return agreed;
}

static bool agree(const struct wish *wish)
{
    struct ends ends = begin(wish);
    bool agreed = shake_hands(&ends);
    end(&ends);
    return agreed;
}

#define H2    "\x02h2"
#define HTTP1 "\x08http/1.1"

START_TEST(versions_before_1_2_and_weak_ciphers_are_refused)
{
    static const struct {
        int version;
        const char *ciphers;
        bool agrees;
    } rows[] = {
        {0, NULL, true},
        {TLS1_3_VERSION, NULL, true},
        {TLS1_2_VERSION, NULL, true},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256", true},
        {TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305", true},
        {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA", false},
        {TLS1_2_VERSION, "AES128-GCM-SHA256", false},
        {TLS1_1_VERSION, "ALL", false},
        {TLS1_VERSION, "ALL", false},
    };
    make_all();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wish wish = {rows[i].version, rows[i].ciphers, H2, -1, false, 20000};
        ck_assert_msg(agree(&wish) == rows[i].agrees, "row %zu", i);
    }
    drop_all();
}
END_TEST

START_TEST(the_protocol_is_agreed_on_or_there_is_none)
{
    static const struct {
        const char *protocols;
        bool agrees;
        bool is_h2;
    } rows[] = {
        {H2 HTTP1, true, true},
        {HTTP1 H2, true, true},
        {H2, true, true},
        {HTTP1, true, false},
        {NULL, true, false},
        {"\x03"
         "ftp",
         false, false},
        {"\x02h3", false, false},
        {"\x02h3" HTTP1, true, false},
    };
    make_all();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wish wish = {0, NULL, rows[i].protocols, -1, false, 20000};
        struct ends ends = begin(&wish);
        ck_assert_msg(shake_hands(&ends) == rows[i].agrees, "row %zu", i);
        if (rows[i].agrees)
            ck_assert_int_eq(tls_speaks_h2(ends.server), rows[i].is_h2);
        end(&ends);
    }
    drop_all();
}
END_TEST

START_TEST(a_client_shows_a_certificate_of_that_authority_where_one_is_wanted)
{
    static const struct {
        int identity;
        bool is_wanted;
        bool agrees;
    } rows[] = {
        {CLIENT, true, true}, {STRANGER, true, false}, {OTHER_CA, true, false},
        {-1, true, false},    {-1, false, true},       {STRANGER, false, true},
    };
    make_all();
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            struct wish wish = {version, NULL, H2, rows[i].identity, rows[i].is_wanted, 20000};
            ck_assert_msg(agree(&wish) == rows[i].agrees, "version %x, row %zu", (unsigned)version,
                          i);
        }
    }
    drop_all();
}
END_TEST

START_TEST(bytes_arrive_whole_however_they_come)
{
    static const size_t steps[] = {1, 7, 1000, 20000};
    static uint8_t sent[50000];
    static uint8_t got[60000];
    make_all();
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct wish wish = {0, NULL, H2, -1, false, steps[i]};
        struct ends ends = begin(&wish);
        ck_assert(shake_hands(&ends));
        ck_assert_int_eq(SSL_write(ends.client, sent, sizeof sent), sizeof sent);
        ck_assert_uint_eq(exchange(&ends, got, sizeof got), sizeof sent);
        ck_assert_mem_eq(got, sent, sizeof sent);
        ck_assert_int_eq(tls_write(ends.server, bytes_of(sent, sizeof sent)), ERR_OK);
        tls_bye(ends.server);
        tls_bye(ends.server);
        ck_assert_uint_eq(exchange(&ends, got, sizeof got), 0);
        size_t heard = 0;
        int now;
        while ((now = SSL_read(ends.client, got + heard, (int)(sizeof got - heard))) > 0)
            heard += (size_t)now;
        ck_assert_int_eq(SSL_get_error(ends.client, now), SSL_ERROR_ZERO_RETURN);
        ck_assert_uint_eq(heard, sizeof sent);
        ck_assert_mem_eq(got, sent, sizeof sent);
        SSL_shutdown(ends.client);
        ck_assert_uint_eq(exchange(&ends, got, sizeof got), 0);
        ck_assert(ends.has_failed); /* the client is done */
        end(&ends);
    }
    drop_all();
}
END_TEST

START_TEST(a_changed_byte_and_noise_end_the_connection)
{
    static uint8_t got[100];
    uint8_t cipher[200];
    make_all();
    struct wish wish = {0, NULL, H2, -1, false, 20000};
    struct ends ends = begin(&wish);
    ck_assert(shake_hands(&ends));
    ck_assert_int_eq(SSL_write(ends.client, "hello", 5), 5);
    int size = BIO_read(ends.from_client, cipher, sizeof cipher);
    cipher[size - 1] ^= 1;
    BIO_write(ends.from_client, cipher, size);
    ck_assert_uint_eq(exchange(&ends, got, sizeof got), 0);
    ck_assert(ends.has_failed);
    end(&ends);
    ends = begin(&wish);
    BIO_write(ends.from_client, "GET / HTTP/1.1\r\n\r\n", 18);
    ck_assert_uint_eq(exchange(&ends, got, sizeof got), 0);
    ck_assert(ends.has_failed);
    end(&ends);
    drop_all();
}
END_TEST

START_TEST(a_file_that_cannot_be_used_is_named_with_its_key)
{
    static char none[] = "/dev/null";
    make_all();
    const struct {
        struct tls_files files;
        const char *key;
        const char *path;
    } rows[] = {
        {{none, all[SERVER].key_path, ""}, "certificate", none},
        {{"/none", all[SERVER].key_path, ""}, "certificate", "/none"},
        {{all[SERVER].path, none, ""}, "certificate_key", none},
        {{all[SERVER].path, all[CLIENT].key_path, ""}, "certificate_key", all[CLIENT].key_path},
        {{all[SERVER].path, all[SERVER].key_path, none}, "client_ca", none},
        {{all[SERVER].path, all[SERVER].key_path, "/none"}, "client_ca", "/none"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_context *context;
        struct complaint complaint = {.line = 9};
        ck_assert_int_eq(tls_context_open(&rows[i].files, &context, &complaint), ERR_CONFIG);
        ck_assert_ptr_null(context);
        ck_assert_str_eq(complaint.key, rows[i].key);
        ck_assert_ptr_nonnull(strstr(complaint.text, rows[i].path));
    }
    drop_all();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &versions_before_1_2_and_weak_ciphers_are_refused,
        &the_protocol_is_agreed_on_or_there_is_none,
        &a_client_shows_a_certificate_of_that_authority_where_one_is_wanted,
        &bytes_arrive_whole_however_they_come,
        &a_changed_byte_and_noise_end_the_connection,
        &a_file_that_cannot_be_used_is_named_with_its_key,
    };
    return suite_run("tls", cases, sizeof cases / sizeof cases[0]);
}
