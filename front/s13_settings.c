#include "front/s13_settings.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define AT(field) offsetof(struct s13_options, field)

static bool is_label_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-';
}

/* RFC 6733 4.3.1: a DiameterIdentity is a fully qualified domain name. */
static bool is_identity(const char *text)
{
    size_t size = strlen(text);
    bool begins_label = true;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.' ? begins_label : !is_label_byte(text[i]))
            return false;
        begins_label = text[i] == '.';
    }
    return !begins_label && size <= S13_NAME_SIZE_MAX && strchr(text, '.') != NULL;
}

static bool is_numeric(const char *text)
{
    struct in6_addr address;
    return inet_pton(AF_INET, text, &address) == 1 || inet_pton(AF_INET6, text, &address) == 1;
}

/* A map of names to addresses. */
static enum err read_peers(const struct setting_place *place, struct value map, void *field)
{
    struct s13_peers *peers = field;
    if (value_kind(map) != VALUE_MAP || value_count(map) == 0)
        return complain(place->complaint, value_line(map),
                        "'%s' is a map of peers' names to addresses, or to any", place->name);
    if (value_count(map) > S13_PEERS_MAX)
        return complain(place->complaint, value_line(map), "'%s' has at most %d peers", place->name,
                        S13_PEERS_MAX);
    for (size_t i = 0; i < value_count(map); i++) {
        struct s13_peer *peer = &peers->at[i];
        const char *name = value_key(map, i);
        const char *address = value_text(value_at(map, i));
        bool is_any = address != NULL && strcmp(address, "any") == 0;
        if (!is_identity(name) || address == NULL || (!is_any && !is_numeric(address)))
            return complain(place->complaint, value_key_line(map, i),
                            "'%s' maps a peer's Diameter name to its IP address, or to any",
                            place->name);
        snprintf(peer->name, sizeof peer->name, "%s", name);
        snprintf(peer->address, sizeof peer->address, "%s", is_any ? "" : address);
        peers->count = i + 1;
    }
    return ERR_OK;
}

static enum err check(const void *target, struct complaint *complaint)
{
    const struct s13_options *options = target;
    if (!is_numeric(options->listen.host))
        return complain(complaint, 0, "'s13.listen' is an IP address and a port");
    return ERR_OK;
}

#define WANTED_IDENTITY "is a domain name of at most 255 bytes"

static const struct setting rows[] = {
    {"host", SETTING_TEXT, AT(host),
     "This node's Diameter name (Origin-Host). Its certificate carries the same name.",
     .example = "eir.epc.mnc001.mcc001.3gppnetwork.org", .fits = is_identity,
     .wanted = WANTED_IDENTITY},
    {"realm", SETTING_TEXT, AT(realm), "Its realm (Origin-Realm): what MMEs write as destination.",
     .example = "epc.mnc001.mcc001.3gppnetwork.org", .fits = is_identity,
     .wanted = WANTED_IDENTITY},
    {"peers", SETTING_SPECIAL, AT(peers),
     "Who may connect: the Diameter name of each MME, SGSN or Diameter agent, and the IP address\n"
     "that it must come from, or any. Without TLS a name is what somebody says: give addresses.",
     .example = "{mme.epc.mnc001.mcc001.3gppnetwork.org: 10.1.2.3}", .read = read_peers},
    {"listen", SETTING_ADDRESS, AT(listen),
     "Where they connect to, by TCP. With TLS port 5868 is usual, without it 3868.",
     .standard = "0.0.0.0:5868"},
    {"tls", SETTING_BOOL, AT(is_tls),
     "TLS from the first byte on, 1.2 or later, with certificates on both sides. no: none, for a\n"
     "network of its own or IPsec.",
     .standard = "yes"},
    {"certificate", SETTING_PATH, AT(certificate),
     "With tls: this node's certificate, its key without a passphrase, and the authority that\n"
     "signs it and the peers' certificates. PEM.",
     .standard = "/etc/imeid/s13.crt"},
    {"certificate_key", SETTING_PATH, AT(certificate_key), NULL, .standard = "/etc/imeid/s13.key"},
    {"authority", SETTING_PATH, AT(authority), NULL, .standard = "/etc/imeid/s13-ca.crt"},
    {"watchdog_s", SETTING_NUMBER, AT(watchdog_s),
     "A peer that is silent for so long is asked whether it is there (RFC 3539, Tw).",
     .standard = "30", .min = 6, .max = 86400},
    {"workers", SETTING_NUMBER, AT(worker_count), "Threads that decide.", .standard = "2", .min = 1,
     .max = S13_WORKERS_MAX},
    {"waiting", SETTING_NUMBER, AT(waiting_max),
     "Requests that may wait for them; those beyond are answered 3004, too busy.",
     .standard = "4096", .min = 1, .max = S13_WAITING_MAX},
};

const struct settings s13_settings = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .check = check,
    .lists = "imeid --print-config",
};
