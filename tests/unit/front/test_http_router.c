#include "front/http_router.h"

#include "tests/unit/suite.h"

static void handle(void *context, struct http_request *request)
{
    (void)context;
    (void)request;
}

static const struct http_route routes[] = {
    {"/a", METHOD_GET, 0, handle, NULL},          {"/a", METHOD_POST, 0, handle, NULL},
    {"/a/{x}", METHOD_GET, 0, handle, NULL},      {"/a/{x}/b/{y}", METHOD_PUT, 0, handle, NULL},
    {"/a/{x}/*", METHOD_DELETE, 0, handle, NULL}, {"/{any}/fixed", 0, 0, handle, NULL},
    {"/f/*", METHOD_GET, 0, handle, NULL},
};

enum { NONE = -1, ROUTES = sizeof routes / sizeof routes[0] };

static struct http_routing routing;

static int take(const char *prefix, enum method method, const char *path)
{
    struct http_options options = {.prefix = prefix, .routes = routes, .route_count = ROUTES};
    http_route(&options, method, bytes_of(path, strlen(path)), &routing);
    return routing.route == NULL ? NONE : (int)(routing.route - routes);
}

static const struct {
    enum method method;
    const char *path;
    int route;
    unsigned allowed; /* when there is no route */
} ways[] = {
    {METHOD_GET, "/a", 0, 0},
    {METHOD_HEAD, "/a", 0, 0},
    {METHOD_POST, "/a", 1, 0},
    {METHOD_PUT, "/a", NONE, METHOD_GET | METHOD_HEAD | METHOD_POST},
    {METHOD_GET, "/a/", NONE, 0},
    {METHOD_GET, "/a/1", 2, 0},
    {METHOD_OTHER, "/a/1", NONE, METHOD_GET | METHOD_HEAD},
    {METHOD_PUT, "/a/1/b/2", 3, 0},
    {METHOD_DELETE, "/a/1/b", 4, 0},
    {METHOD_DELETE, "/a/1/b/2/c", 4, 0},
    {METHOD_DELETE, "/a//b", NONE, 0},
    {METHOD_OTHER, "/x/fixed", 5, 0},
    {METHOD_GET, "/a/fixed", 2, 0}, /* the first row that fits */
    {METHOD_GET, "/f", 6, 0},
    {METHOD_GET, "/f/", 6, 0},
    {METHOD_GET, "/f/1/2", 6, 0},
    {METHOD_GET, "/ff", NONE, 0},
    {METHOD_GET, "/", NONE, 0},
    {METHOD_GET, "", NONE, 0},
    {METHOD_GET, "a", NONE, 0},
    {METHOD_GET, "/a?", NONE, 0},
};

START_TEST(each_path_takes_its_way)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        int route = take("", ways[i].method, ways[i].path);
        ck_assert_msg(route == ways[i].route, "'%s': %d", ways[i].path, route);
        if (route == NONE)
            ck_assert_uint_eq(routing.allowed, ways[i].allowed);
    }
}
END_TEST

START_TEST(segments_are_handed_over_as_they_came)
{
    ck_assert_int_eq(take("", METHOD_PUT, "/a/1%2F/b/ü"), 3);
    ck_assert(bytes_equal(routing.params[0], bytes_of("1%2F", 4)));
    ck_assert(bytes_equal(routing.params[1], bytes_of("ü", strlen("ü"))));
}
END_TEST

START_TEST(a_prefix_is_made_of_whole_segments)
{
    ck_assert_int_eq(take("/p/q", METHOD_GET, "/p/q/a"), 0);
    ck_assert(bytes_equal(routing.path, bytes_of("/a", 2)));
    static const char *const outside[] = {"/p/q", "/p/qa", "/p/", "/a", "", "/q/p/a", "/p/q//a"};
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        ck_assert_int_eq(take("/p/q", METHOD_GET, outside[i]), NONE);
        ck_assert_uint_eq(routing.allowed, 0);
    }
}
END_TEST

START_TEST(methods_have_their_words)
{
    char text[HTTP_METHODS_TEXT_SIZE];
    http_methods_text(METHOD_GET | METHOD_HEAD | METHOD_POST | METHOD_PUT | METHOD_PATCH |
                          METHOD_DELETE | METHOD_OPTIONS,
                      text);
    ck_assert_str_eq(text, "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    http_methods_text(0, text);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(http_method_of(bytes_of("GET", 3)), METHOD_GET);
    ck_assert_int_eq(http_method_of(bytes_of("GE", 2)), METHOD_OTHER);
    ck_assert_int_eq(http_method_of(bytes_of("get", 3)), METHOD_OTHER);
    ck_assert_int_eq(http_method_of(bytes_of("", 0)), METHOD_OTHER);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &each_path_takes_its_way,
        &segments_are_handed_over_as_they_came,
        &a_prefix_is_made_of_whole_segments,
        &methods_have_their_words,
    };
    return suite_run("http_router", cases, sizeof cases / sizeof cases[0]);
}
