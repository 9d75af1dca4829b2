/*
 * http_front.h: what a node answers over HTTP, on one port and one thread: N5g-eir for AMFs,
 * the HTTP API for people and programs.
 */
#ifndef FRONT_HTTP_FRONT_H
#define FRONT_HTTP_FRONT_H

#include "conf/settings.h"
#include "eir/eir.h"
#include "front/errand.h"
#include "front/note.h"

/* The section `http` of the configuration. */
struct http_front_options {
    bool is_on;
    struct host_port listen;
    char prefix[SETTING_TEXT_SIZE];
    char certificate[SETTING_TEXT_SIZE];
    char certificate_key[SETTING_TEXT_SIZE];
    char client_ca[SETTING_TEXT_SIZE];
    char token_key[SETTING_TEXT_SIZE];
    char token_issuer[SETTING_TEXT_SIZE];
    struct setting_texts token_audience;
    uint64_t connections_max;
    uint64_t streams_max;
    uint64_t requests_max;
    uint64_t rate_max;
    uint64_t idle_ms;
    bool serves_api;
};

extern const struct settings http_front_settings;

/* What it stands on; all live longer than it. */
struct http_front_base {
    struct eir *eir;
    struct asker_port clients; /* answers what the API asks */
    const struct note *note;   /* the operator's log */
};

struct http_front;

/* Whether the files that the options name can be used; ERR_CONFIG with `complaint`, which names the
 * key; ERR_MEMORY. */
enum err http_front_check(const struct http_front_options *options,
                          struct complaint *complaint) must_check;

/* Takes connections when it returns. ERR_CONFIG and ERR_NETWORK, and a note says why; ERR_MEMORY.
 * `options` and `base` are copied. */
enum err http_front_open(const struct http_front_options *options,
                         const struct http_front_base *base, struct http_front **out) must_check;
void http_front_close(struct http_front *front); /* NULL is allowed */

/* Where it listens, also if that was to be any. */
uint16_t http_front_port(const struct http_front *front);

#endif
