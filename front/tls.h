/*
 * tls.h: TLS 1.2 and 1.3 over bytes that somebody else sends and receives (OpenSSL, memory BIOs).
 *
 * A context is what a server is; a tls is one connection. Threads: one.
 */
#ifndef FRONT_TLS_H
#define FRONT_TLS_H

#include "conf/document.h"
#include "proto/bytes.h"
#include "proto/err.h"

struct tls_files {
    const char *certificate; /* PEM, with intermediates after it */
    const char *key;         /* PEM, without a passphrase */
    const char *client_ca;   /* PEM: clients must show a certificate of one of these; "": none */
};

struct tls_context;
struct tls;

/* ERR_CONFIG, and `complaint` names the file and its key: certificate, certificate_key, client_ca;
 * ERR_MEMORY. */
enum err tls_context_open(const struct tls_files *files, struct tls_context **out,
                          struct complaint *complaint) must_check;
/* Connections that were opened from it go on. NULL is allowed. */
void tls_context_close(struct tls_context *context);

enum err tls_open(struct tls_context *context, struct tls **out) must_check;
void tls_close(struct tls *tls); /* NULL is allowed */

/* What came in. ERR_MEMORY. */
enum err tls_feed(struct tls *tls, struct bytes cipher) must_check;
/* The next bytes of the client's; none: there are no more for now. ERR_IO: the client is done, or
 * speaks no TLS, or has no certificate: what tls_output() has is still to be sent. */
enum err tls_read(struct tls *tls, void *out, size_t capacity, size_t *size) must_check;
/* ERR_IO. All is taken: it is in tls_output() then. The handshake must be over. */
enum err tls_write(struct tls *tls, struct bytes plain) must_check;
/* What is to be sent now; valid until the next call. */
struct bytes tls_output(struct tls *tls);
void tls_output_sent(struct tls *tls);
/* Says that nothing follows: into tls_output(). */
void tls_bye(struct tls *tls);

bool tls_speaks_h2(const struct tls *tls); /* agreed by ALPN */

#endif
