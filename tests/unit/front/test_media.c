#include "front/media.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

static const char json[] = "application/json";

static bool ask(bool (*function)(struct bytes field, const char *type), const char *text)
{
    /* A copy of just its size: what reads beyond it is seen. */
    size_t size = strlen(text);
    uint8_t *copy = malloc(size > 0 ? size : 1);
    memcpy(copy, text, size);
    bool is = function(bytes_of(copy, size), json);
    free(copy);
    return is;
}

START_TEST(a_body_is_of_the_type_that_it_names)
{
    static const char *const same[] = {
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; x=y",
        "application/json;",
        "application/json; x; charset=utf-8",
    };
    static const char *const others[] = {
        "",
        "text/json",
        "application/jso",
        "application/json2",
        "application/json; charset=latin1",
        "application/json; charset=",
        "application/json, text/plain",
        "application/*",
        "*/*",
        ";",
        "application",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        ck_assert_msg(ask(media_is, same[i]), "%s", same[i]);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        ck_assert_msg(!ask(media_is, others[i]), "%s", others[i]);
}
END_TEST

START_TEST(a_client_takes_what_its_best_range_lets)
{
    static const char *const lets[] = {
        "",
        "*/*",
        "application/*",
        "application/json",
        "APPLICATION/JSON;q=0.001",
        "text/html, application/xhtml+xml, */*;q=0.8",
        "text/html,application/json;q=1",
        "application/*;q=0, application/json",
        "application/json , */*;q=0",
        "application/json;x=y",
    };
    static const char *const refuses[] = {
        "text/html",
        "application/xml, text/*",
        "application/json;q=0",
        "application/json;q=0.000, */*",
        "*/*, application/json; q=0",
        "application/*;q=0, */*",
        "application/jsonp",
        "app*/json",
        ",",
        "application/",
    };
    for (size_t i = 0; i < sizeof lets / sizeof lets[0]; i++)
        ck_assert_msg(ask(media_accepts, lets[i]), "%s", lets[i]);
    for (size_t i = 0; i < sizeof refuses / sizeof refuses[0]; i++)
        ck_assert_msg(!ask(media_accepts, refuses[i]), "%s", refuses[i]);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_body_is_of_the_type_that_it_names,
        &a_client_takes_what_its_best_range_lets,
    };
    return suite_run("media", cases, sizeof cases / sizeof cases[0]);
}
