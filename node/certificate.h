/*
 * certificate.h: whether the other nodes will accept this node's TLS certificate.
 *
 * They would say no with a line in their logs; here it is told to whoever can mend it. What is
 * checked is what links' TLS checks (docs/decisions/0002-links.md): the chain to the organisation's
 * CA, the dates, the name, and that the private key is the certificate's.
 */
#ifndef NODE_CERTIFICATE_H
#define NODE_CERTIFICATE_H

#include "proto/bytes.h"
#include "proto/err.h"

#define CERTIFICATE_TEXT_MAX 160

struct certificate_files {
    const char *certificate; /* PEM, with intermediates after it */
    const char *key;         /* PEM, without a passphrase */
    struct bytes ca;         /* DER */
    const char *name;        /* that the certificate is to carry as a DNS name */
};

/* ERR_CONFIG, and `why` says what is wrong and what to do; ERR_UNKNOWN_ORGANISATION, and the same,
 * when it is not from that CA; ERR_MEMORY. `until_ms` is the wall time
 * at which the first of the chain expires. */
enum err certificate_check(const struct certificate_files *files, uint64_t *until_ms,
                           char why[CERTIFICATE_TEXT_MAX]) must_check;

#endif
