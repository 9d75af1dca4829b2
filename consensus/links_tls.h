/*
 * links_tls.h: certificates as NNG takes them: TLS 1.2, both sides with a certificate.
 */
#ifndef CONSENSUS_LINKS_TLS_H
#define CONSENSUS_LINKS_TLS_H

#include "consensus/links.h"

struct nng_tls_config;

/* The CAs whose certificates callers may show. */
struct links_trust {
    struct hash ca[LINKS_AUTHORITIES_MAX + LINKS_PEERS_MAX]; /* SHA-256 of each */
    size_t count;
};

bool links_trust_has(const struct links_trust *trust, struct bytes ca);

/* For calling `peer`: its organisation's CA and its own name, nothing else, is accepted. */
enum err links_tls_caller(const struct links_options *options, const struct links_peer *peer,
                          struct nng_tls_config **out) must_check;

/* For being called: a certificate of any peer's CA, or any authority's, is demanded. `trust`, which
 * says afterwards which ones these are, is empty before. */
enum err links_tls_called(const struct links_options *options, struct links_trust *trust,
                          struct nng_tls_config **out) must_check;

/* NULL is allowed. Connections made with it keep it as long as they need. */
void links_tls_free(struct nng_tls_config *config);

#endif
