#include "front/http_front.h"

#include "front/api.h"
#include "front/front.h"
#include "front/guard.h"
#include "front/http.h"
#include "front/n5g.h"
#include "front/tls.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

/* Descriptors of everything else in the process: peers, data, other front ends. */
#define OTHER_DESCRIPTORS 1024

#define AT(field) offsetof(struct http_front_options, field)

static bool is_prefix(const char *text)
{
    size_t size = strlen(text);
    return size == 0 || (text[0] == '/' && text[size - 1] != '/' && size <= HTTP_PREFIX_MAX);
}

static const struct setting rows[] = {
    {"listen", SETTING_ADDRESS, AT(listen),
     "Where AMFs connect to: HTTP/2 with prior knowledge or by ALPN, and HTTP/1.1.",
     .standard = "127.0.0.1:7780"},
    {"prefix", SETTING_TEXT, AT(prefix), "The path of the apiRoot, before all resources: /eir.",
     .standard = SETTING_NONE, .fits = is_prefix,
     .wanted = "is empty, or begins with '/' and does not end with it"},
    {"certificate", SETTING_PATH, AT(certificate),
     "TLS: the certificate in PEM with its intermediates, and its key without a passphrase; read\n"
     "again at SIGHUP. Empty: cleartext.",
     .standard = SETTING_NONE},
    {"certificate_key", SETTING_PATH, AT(certificate_key), NULL, .standard = SETTING_NONE},
    {"client_ca", SETTING_PATH, AT(client_ca),
     "Clients must show a certificate of one of the CAs in this file, PEM. Empty: they need none.",
     .standard = SETTING_NONE},
    {"token_key", SETTING_PATH, AT(token_key),
     "Clients must show an access token (OAuth 2.0, a JWT) that this public key verifies, in PEM:\n"
     "P-256 for ES256, RSA for RS256. Empty: they need none. Read again at SIGHUP.",
     .standard = SETTING_NONE},
    {"token_issuer", SETTING_TEXT, AT(token_issuer), "Who issues the tokens; empty: anyone.",
     .standard = SETTING_NONE},
    {"token_audience", SETTING_TEXTS, AT(token_audience),
     "Whom the tokens are for: the type of this function, or its instance's id.",
     .standard = "[5G_EIR]", .min = 1, .max = 8},
    {"connections", SETTING_NUMBER, AT(connections_max), "How many at once; more are refused.",
     .standard = "12000", .min = 1, .max = 100000},
    {"streams", SETTING_NUMBER, AT(streams_max), "Requests of one connection at once, by HTTP/2.",
     .standard = "128", .min = 1, .max = 1000},
    {"requests", SETTING_NUMBER, AT(requests_max),
     "Requests of all connections at once; more are answered 503.", .standard = "16384", .min = 1,
     .max = 1000000},
    {"rate", SETTING_NUMBER, AT(rate_max),
     "Requests a second of one connection; more are answered 429. 0: as many as it can.",
     .standard = "0", .max = 10000000},
    {"idle_ms", SETTING_NUMBER, AT(idle_ms), "A connection without requests is closed after it.",
     .standard = "300000", .min = 100, .max = 86400000},
    {"api", SETTING_BOOL, AT(serves_api),
     "Whether the HTTP API is served, too: /v1, and CAMARA's check-status. With a token_key its\n"
     "clients need a token as well, of the scope imei-ledger.",
     .standard = "yes"},
};

static enum err check_options(const void *target, struct complaint *complaint)
{
    const struct http_front_options *options = target;
    bool has_certificate = options->certificate[0] != '\0';
    if (has_certificate != (options->certificate_key[0] != '\0'))
        return complain(complaint, 0, "'certificate' and 'certificate_key' go together");
    if (options->client_ca[0] != '\0' && !has_certificate)
        return complain(complaint, 0,
                        "'client_ca' needs a 'certificate': without TLS nobody shows "
                        "one");
    return ERR_OK;
}

const struct settings http_front_settings = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .check = check_options,
    .lists = "imeid --print-config",
};

struct http_front {
    struct http_front_options options;
    struct http_front_base base;
    struct front *front;
    struct http_server *server;
    struct guard *guard; /* NULL: no tokens */
    struct n5g n5g;
    struct api *api; /* NULL: not served */
    struct http_route routes[HTTP_ROUTES_MAX];
    size_t route_count;
    uint16_t port;
    struct complaint complaint; /* of the opening */
};

static uint64_t now_s(void)
{
    return (uint64_t)time(NULL);
}

static void on_connections(void *context, uint32_t count)
{
    struct http_front *front = context;
    metrics_connections(eir_desk_metrics(front->n5g.desk), count);
}

static void on_overload(void *context)
{
    struct http_front *front = context;
    metrics_refused(eir_desk_metrics(front->n5g.desk), REFUSAL_OVERLOAD);
}

static void reload(void *context)
{
    struct http_front *front = context;
    struct complaint complaint = {.line = 0};
    if (front->guard != NULL && guard_reload(front->guard, &complaint) != ERR_OK)
        front->base.note->say(NOTE_ERROR, "http_token_key", NULL, complaint.text);
}

/* As many descriptors as the connections need, as far as the process may have them. */
static void raise_descriptors(struct http_front *front)
{
    struct rlimit limit;
    rlim_t wanted = front->options.connections_max + OTHER_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < wanted)
        front->base.note->say(NOTE_WARNING, "http_descriptors", NULL,
                              "fewer files may be open than http.connections wants: raise "
                              "LimitNOFILE");
}

static enum err open_guard(const struct http_front_options *options, struct guard **out,
                           struct complaint *complaint)
{
    *out = NULL;
    if (options->token_key[0] == '\0')
        return ERR_OK;
    struct guard_options guard = {.key = options->token_key,
                                  .issuer = options->token_issuer,
                                  .audience = options->token_audience,
                                  .now_s = now_s};
    struct complaint own = {.text = ""};
    enum err err = guard_open(&guard, out, &own);
    if (err == ERR_CONFIG)
        (void)complain_of_file(complaint, "token_key", "'token_key': %.200s", own.text);
    return err;
}

static enum err check_certificate(const struct http_front_options *options,
                                  struct complaint *complaint)
{
    struct tls_files files = {.certificate = options->certificate,
                              .key = options->certificate_key,
                              .client_ca = options->client_ca};
    struct tls_context *context;
    if (options->certificate[0] == '\0')
        return ERR_OK;
    enum err err = tls_context_open(&files, &context, complaint);
    tls_context_close(context);
    return err;
}

enum err http_front_check(const struct http_front_options *options, struct complaint *complaint)
{
    struct guard *guard;
    enum err err = open_guard(options, &guard, complaint);
    guard_close(guard);
    return err == ERR_OK ? check_certificate(options, complaint) : err;
}

static enum err open_server(struct http_front *front, uv_loop_t *loop)
{
    const struct http_front_options *options = &front->options;
    struct http_options http = {
        .listen = options->listen,
        .prefix = options->prefix,
        .routes = front->routes,
        .route_count = front->route_count,
        .certificate = options->certificate,
        .certificate_key = options->certificate_key,
        .client_ca = options->client_ca,
        .connections_max = (uint32_t)options->connections_max,
        .streams_max = (uint32_t)options->streams_max,
        .requests_max = (uint32_t)options->requests_max,
        .rate_max = (uint32_t)options->rate_max,
        .idle_ms = (uint32_t)options->idle_ms,
        .note = front->base.note,
        .context = front,
        .connected = on_connections,
        .overloaded = on_overload,
        .reload = reload,
    };
    enum err err = http_open(loop, &http, &front->server, &front->complaint);
    if (err == ERR_OK)
        front->port = http_port(front->server);
    return err;
}

static enum err open_api(struct http_front *front, uv_loop_t *loop)
{
    if (!front->options.serves_api)
        return ERR_OK;
    enum err err = api_open(loop, &front->base.clients, front->guard, &front->api);
    if (err == ERR_OK)
        front->route_count += api_routes(front->api, front->routes + front->route_count);
    return err;
}

static enum err front_open(void *context, uv_loop_t *loop, struct eir_desk *desk)
{
    struct http_front *front = context;
    raise_descriptors(front);
    enum err err = open_guard(&front->options, &front->guard, &front->complaint);
    front->n5g = (struct n5g){.desk = desk, .guard = front->guard};
    n5g_routes(&front->n5g, front->routes);
    front->route_count = N5G_ROUTES;
    if (err == ERR_OK)
        err = open_api(front, loop);
    if (err == ERR_OK)
        err = open_server(front, loop);
    if (err != ERR_OK)
        api_close(front->api);
    return err;
}

static void front_close(void *context)
{
    struct http_front *front = context;
    api_close(front->api);
    http_close(front->server);
}

enum err http_front_open(const struct http_front_options *options,
                         const struct http_front_base *base, struct http_front **out)
{
    struct http_front *front = calloc(1, sizeof *front);
    *out = NULL;
    if (front == NULL)
        return ERR_MEMORY;
    front->options = *options;
    front->base = *base;
    struct front_options starting = {
        .name = "http",
        .eir = base->eir,
        .face = FACE_N5G,
        .open = front_open,
        .close = front_close,
        .context = front,
    };
    enum err err = front_start(&starting, &front->front);
    if (err == ERR_OK) {
        *out = front;
        return ERR_OK;
    }
    if (front->complaint.text[0] != '\0')
        base->note->say(NOTE_ERROR, "http_not_started", NULL, front->complaint.text);
    http_front_close(front);
    return err;
}

void http_front_close(struct http_front *front)
{
    if (front == NULL)
        return;
    front_stop(front->front);
    guard_close(front->guard);
    free(front);
}

uint16_t http_front_port(const struct http_front *front)
{
    return front->port;
}
