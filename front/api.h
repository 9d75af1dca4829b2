/*
 * api.h: the HTTP API for people and programs: the ledger's answers as JSON under /v1, and CAMARA's
 * check-status as a second face. docs/openapi.yaml is its contract.
 *
 * A set of routes for an HTTP server. Each request is asked of the node as a client's would be
 * (asker.h) and answered with the keys of `imei --json`; bodies that are large are read and written
 * on libuv's pool, so that no batch holds up the thread of the loop.
 *
 * Threads: all of it on the loop's.
 */
#ifndef FRONT_API_H
#define FRONT_API_H

#include "front/asker.h"
#include "front/guard.h"
#include "front/http.h"

/* IMEIs of one batch; the node is asked CHECK_IMEIS_MAX at a time. */
#define API_BATCH_MAX 10000

/* Batches under way at once; more are told BUSY. Each may hold API_ANSWER_MAX. */
#define API_BATCHES_MAX 16

/* Bytes of an answer; one of a batch that would be larger says where it goes on. */
#define API_ANSWER_MAX (16u << 20)

/* How long a client may ask to wait, for a commit or for a fresh answer. */
#define API_WAIT_MAX_MS 30000

#define API_ROUTES_MAX 16

struct api;

/* The scopes of access tokens (guard.h). The document is for everybody. */
#define API_SCOPE    "imei-ledger"
#define CAMARA_SCOPE "device-authenticity:check-status"

/* `guard` lives longer than the API; NULL: whoever reaches the port may ask. ERR_MEMORY. */
enum err api_open(uv_loop_t *loop, const struct asker_port *port, struct guard *guard,
                  struct api **out) must_check;
/* Answers what is under way with SHUTTING_DOWN, and frees itself on the loop. The server is closed
 * right afterwards: its routes lead nowhere. NULL is allowed. */
void api_close(struct api *api);

/* Writes the routes, at most API_ROUTES_MAX, and returns how many. They live as long as the API. */
size_t api_routes(struct api *api, struct http_route *routes);

#endif
