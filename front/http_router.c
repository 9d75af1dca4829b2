#include "front/http_router.h"

#include <stdio.h>

#define X(name, bit) {METHOD_##name, #name, sizeof #name - 1},
static const struct {
    enum method method;
    const char *token;
    size_t size;
} methods[] = {METHOD_TABLE(X)};
#undef X

enum { METHOD_COUNT = sizeof methods / sizeof methods[0] };

enum method http_method_of(struct bytes token)
{
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if (bytes_equal(token, bytes_of(methods[i].token, methods[i].size)))
            return methods[i].method;
    }
    return METHOD_OTHER;
}

void http_methods_text(unsigned allowed, char text[HTTP_METHODS_TEXT_SIZE])
{
    size_t size = 0;
    text[0] = '\0';
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        if ((allowed & methods[i].method) != 0)
            size += (size_t)snprintf(text + size, HTTP_METHODS_TEXT_SIZE - size, "%s%s",
                                     size > 0 ? ", " : "", methods[i].token);
    }
}

/* The bytes up to the next '/' or the end. */
static struct bytes segment_of(struct bytes path)
{
    const uint8_t *slash = path.size > 0 ? memchr(path.data, '/', path.size) : NULL;
    return bytes_of(path.data, slash != NULL ? (size_t)(slash - path.data) : path.size);
}

static struct bytes after(struct bytes path, size_t size)
{
    return bytes_of(path.data + size, path.size - size);
}

/* Both begin with '/', or are at their end. */
static bool fits(struct bytes pattern, struct bytes path, struct bytes params[HTTP_PARAMS_MAX])
{
    size_t count = 0;
    while (pattern.size > 0 && path.size > 0) {
        pattern = after(pattern, 1);
        path = after(path, 1);
        struct bytes wanted = segment_of(pattern);
        struct bytes segment = segment_of(path);
        if (wanted.size == 1 && wanted.data[0] == '*')
            return true;
        bool is_param = wanted.size > 0 && wanted.data[0] == '{';
        if (is_param ? segment.size == 0 || count == HTTP_PARAMS_MAX
                     : !bytes_equal(wanted, segment))
            return false;
        if (is_param)
            params[count++] = segment;
        pattern = after(pattern, wanted.size);
        path = after(path, segment.size);
    }
    return path.size == 0 && (pattern.size == 0 || bytes_equal(pattern, bytes_of("/*", 2)));
}

/* False when the path does not begin with the prefix as whole segments. */
static bool take_prefix(const char *prefix, struct bytes *path)
{
    size_t size = strlen(prefix);
    if (path->size < size || memcmp(path->data, prefix, size) != 0)
        return false;
    *path = after(*path, size);
    return path->size > 0 && path->data[0] == '/';
}

void http_route(const struct http_options *options, enum method method, struct bytes path,
                struct http_routing *out)
{
    *out = (struct http_routing){.route = NULL};
    if (!take_prefix(options->prefix, &path))
        return;
    out->path = path;
    const char *pattern = NULL; /* of the first row that fits: the others of its path follow */
    unsigned wanted = method == METHOD_HEAD ? METHOD_GET : method;
    for (size_t i = 0; i < options->route_count; i++) {
        const struct http_route *route = &options->routes[i];
        if (pattern != NULL
                ? strcmp(route->pattern, pattern) != 0
                : !fits(bytes_of(route->pattern, strlen(route->pattern)), path, out->params))
            continue;
        pattern = route->pattern;
        out->allowed |= route->methods | ((route->methods & METHOD_GET) != 0 ? METHOD_HEAD : 0);
        if (route->methods != 0 && (route->methods & wanted) == 0)
            continue;
        out->route = route;
        return;
    }
}
