/*
 * s13_settings.h: what an operator sets for S13: the section `s13` of imeid.yaml.
 */
#ifndef FRONT_S13_SETTINGS_H
#define FRONT_S13_SETTINGS_H

#include "conf/settings.h"

#define S13_NAME_SIZE_MAX    255 /* of a DiameterIdentity, which is a DNS name */
#define S13_ADDRESS_SIZE_MAX 45  /* of an IPv6 address as text */
#define S13_PEERS_MAX        64
#define S13_WORKERS_MAX      16
#define S13_WAITING_MAX      65536

/* Who may connect. */
struct s13_peer {
    char name[S13_NAME_SIZE_MAX + 1];       /* its Origin-Host */
    char address[S13_ADDRESS_SIZE_MAX + 1]; /* where it must come from; empty: anywhere */
};

struct s13_peers {
    size_t count;
    struct s13_peer at[S13_PEERS_MAX];
};

struct s13_options {
    bool is_on;
    char host[SETTING_TEXT_SIZE];  /* Origin-Host, and the name in the certificate */
    char realm[SETTING_TEXT_SIZE]; /* Origin-Realm */
    struct host_port listen;       /* numeric */
    bool is_tls;
    char certificate[SETTING_TEXT_SIZE]; /* these three with is_tls: PEM */
    char certificate_key[SETTING_TEXT_SIZE];
    char authority[SETTING_TEXT_SIZE];
    struct s13_peers peers;
    uint64_t watchdog_s;
    uint64_t worker_count;
    uint64_t waiting_max;
};

extern const struct settings s13_settings;

#endif
