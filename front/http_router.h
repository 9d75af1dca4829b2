/*
 * http_router.h: which route a request takes. Pure.
 */
#ifndef FRONT_HTTP_ROUTER_H
#define FRONT_HTTP_ROUTER_H

#include "front/http.h"

struct http_routing {
    const struct http_route *route; /* NULL: none */
    unsigned allowed;               /* methods of the path; 0: the path is not known */
    struct bytes path;              /* without the prefix */
    struct bytes params[HTTP_PARAMS_MAX];
};

void http_route(const struct http_options *options, enum method method, struct bytes path,
                struct http_routing *out);

/* Of a request's token; METHOD_OTHER for one that is not known. */
enum method http_method_of(struct bytes token);

/* "GET, HEAD": terminated. */
#define HTTP_METHODS_TEXT_SIZE 64
void http_methods_text(unsigned allowed, char text[HTTP_METHODS_TEXT_SIZE]);

#endif
