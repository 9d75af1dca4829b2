#include "front/diameter_config.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Connections that are in their handshake at once: a stranger who is silent holds one of them for
 * 20 seconds (INCNX_TIMEOUT of freeDiameter). */
enum { HANDSHAKES_MAX = 16 };

const char diameter_group[] = "-----BEGIN DH PARAMETERS-----\n"
                              "MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz\n"
                              "+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a\n"
                              "87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7\n"
                              "YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi\n"
                              "7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD\n"
                              "ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==\n"
                              "-----END DH PARAMETERS-----\n";

/* What freeDiameter's lexer takes between quotation marks, and nothing that is invisible. */
static bool is_quotable(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || (unsigned char)*at < ' ')
            return false;
    }
    return text[0] != '\0';
}

static bool is_sound(const struct s13_options *options)
{
    return is_quotable(options->host) && is_quotable(options->realm) &&
           is_quotable(options->listen.host) &&
           (!options->is_tls ||
            (is_quotable(options->certificate) && is_quotable(options->certificate_key) &&
             is_quotable(options->authority)));
}

/* No relaying: what is for somebody else is refused with 3002, another application with 3007. The
 * dictionaries come in the order in which each needs the one before. There is no ListenOn: it drops
 * loopback addresses without a word, and without one freeDiameter listens on all. */
static int write_common(const struct s13_options *options, char *text, size_t size)
{
    return snprintf(text, size,
                    "Identity = \"%s\";\n"
                    "Realm = \"%s\";\n"
                    "Port = %u;\n"
                    "SecPort = %u;\n"
                    "No_SCTP;\n"
                    "%s"
                    "NoRelay;\n"
                    "TwTimer = %u;\n"
                    "AppServThreads = %u;\n"
                    "ThreadsPerServer = %d;\n"
                    "LoadExtension = \"dict_nasreq.fdx\";\n"
                    "LoadExtension = \"dict_dcca.fdx\";\n"
                    "LoadExtension = \"dict_dcca_3gpp.fdx\";\n",
                    options->host, options->realm,
                    options->is_tls ? 0u : (unsigned)options->listen.port,
                    options->is_tls ? (unsigned)options->listen.port : 0u,
                    strcmp(options->listen.host, "0.0.0.0") == 0 ? "No_IPv6;\n" : "",
                    (unsigned)options->watchdog_s, (unsigned)options->worker_count, HANDSHAKES_MAX);
}

/* TLS 1.2 and 1.3 (RFC 6733 13.1 asks for TLS; older ones are broken). No tickets: a session is as
 * long as its connection, and one thread writes while another one reads. */
static int write_tls(const struct s13_options *options, const char *group, char *text, size_t size)
{
    return snprintf(text, size,
                    "TLS_Cred = \"%s\", \"%s\";\n"
                    "TLS_CA = \"%s\";\n"
                    "TLS_Prio = \"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%%NO_TICKETS\";\n"
                    "TLS_DH_File = \"%s\";\n",
                    options->certificate, options->certificate_key, options->authority, group);
}

enum err diameter_config_text(const struct s13_options *options, const char *group,
                              char text[DIAMETER_CONFIG_SIZE_MAX])
{
    if (!is_sound(options))
        return ERR_CONFIG;
    int size = write_common(options, text, DIAMETER_CONFIG_SIZE_MAX);
    if (size > 0 && size < DIAMETER_CONFIG_SIZE_MAX && options->is_tls) {
        int more =
            write_tls(options, group, text + size, (size_t)(DIAMETER_CONFIG_SIZE_MAX - size));
        size = more < 0 ? more : size + more;
    }
    return size > 0 && size < DIAMETER_CONFIG_SIZE_MAX ? ERR_OK : ERR_CONFIG;
}

enum err diameter_endpoint(const struct host_port *listen, struct sockaddr_storage *out,
                           bool *is_any)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, listen->host, &ipv4.sin_addr) == 1) {
        *is_any = ipv4.sin_addr.s_addr == htonl(INADDR_ANY);
        memcpy(out, &ipv4, sizeof ipv4);
        return ERR_OK;
    }
    if (inet_pton(AF_INET6, listen->host, &ipv6.sin6_addr) != 1)
        return ERR_CONFIG;
    *is_any = IN6_IS_ADDR_UNSPECIFIED(&ipv6.sin6_addr);
    memcpy(out, &ipv6, sizeof ipv6);
    return ERR_OK;
}

enum err diameter_file(const char *name, const char *text, char path[DIAMETER_PATH_SIZE])
{
    int fd = memfd_create(name, MFD_CLOEXEC); /* stays open: it is opened by its number */
    if (fd < 0)
        return ERR_IO;
    size_t size = strlen(text);
    if (write(fd, text, size) != (ssize_t)size) {
        close(fd);
        return ERR_IO;
    }
    snprintf(path, DIAMETER_PATH_SIZE, "/proc/self/fd/%d", fd);
    return ERR_OK;
}
