#include "front/diameter_peers.h"

#include <arpa/inet.h>
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <gnutls/x509.h>
#include <string.h>
#include <strings.h>

static const struct s13_options *rules;
static void (*say_refused)(const char *name, const char *why);

const struct s13_peer *diameter_peer(const struct s13_options *options, const char *name)
{
    for (size_t i = 0; i < options->peers.count; i++) {
        if (strcasecmp(options->peers.at[i].name, name) == 0)
            return &options->peers.at[i];
    }
    return NULL;
}

static bool is_at(const struct fd_endpoint *end, const char *address)
{
    struct in_addr ipv4;
    struct in6_addr ipv6;
    if (inet_pton(AF_INET, address, &ipv4) == 1)
        return end->sa.sa_family == AF_INET && end->sin.sin_addr.s_addr == ipv4.s_addr;
    return inet_pton(AF_INET6, address, &ipv6) == 1 && end->sa.sa_family == AF_INET6 &&
           memcmp(&end->sin6.sin6_addr, &ipv6, sizeof ipv6) == 0;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* EP_FL_LL: where the connection comes from, not what the peer says of itself in its CER. A
 * loopback address is the only one that freeDiameter leaves out. */
static bool comes_from(const struct peer_info *info, const char *address)
{
    bool is_elsewhere = false;
    for (const struct fd_list *at = info->pi_endpoints.next; at != &info->pi_endpoints;
         at = at->next) {
        const struct fd_endpoint *end = (const struct fd_endpoint *)at;
        if ((end->flags & EP_FL_LL) != 0 && is_at(end, address))
            return true;
        is_elsewhere |= (end->flags & EP_FL_LL) != 0;
    }
    return !is_elsewhere && is_loopback(address);
}

/* freeDiameter has checked the chain; that the name is the peer's it leaves to us. */
static bool shows_name(const struct peer_info *info)
{
    gnutls_x509_crt_t certificate;
    if (info->runtime.pir_cert_list_size == 0 || gnutls_x509_crt_init(&certificate) != 0)
        return false;
    bool is_shown = gnutls_x509_crt_import(certificate, info->runtime.pir_cert_list,
                                           GNUTLS_X509_FMT_DER) == 0 &&
                    gnutls_x509_crt_check_hostname(certificate, info->pi_diamid) != 0;
    gnutls_x509_crt_deinit(certificate);
    return is_shown;
}

static const char *why_not(const struct peer_info *info)
{
    const struct s13_peer *peer = diameter_peer(rules, info->pi_diamid);
    if (peer == NULL)
        return "it is not among the peers of s13";
    if (peer->address[0] != '\0' && !comes_from(info, peer->address))
        return "it does not come from its address";
    if (rules->is_tls && !shows_name(info))
        return "its certificate has another name";
    return NULL;
}

static int on_peer(struct peer_info *info, int *verdict,
                   int (**after_handshake)(struct peer_info *))
{
    enum { REFUSED = -1, LET_IN = 1 };
    (void)after_handshake;
    const char *why = why_not(info);
    if (why != NULL)
        say_refused(info->pi_diamid, why);
    *verdict = why == NULL ? LET_IN : REFUSED;
    /* Or the addresses of one connection would still be there for the next one of this name. */
    (void)fd_ep_filter(&info->pi_endpoints, EP_FL_CONF);
    info->config.pic_flags.sec = rules->is_tls ? PI_SEC_DEFAULT : PI_SEC_NONE;
    return 0;
}

enum err diameter_peers_register(const struct s13_options *options,
                                 void (*say)(const char *name, const char *why))
{
    rules = options;
    say_refused = say;
    return fd_peer_validate_register(on_peer) == 0 ? ERR_OK : ERR_INTERNAL;
}
