/*
 * Who is let in: by a good token, for as long as it is good, under the key that was read last.
 */
#include "front/guard.h"

#include "tests/unit/front/http_fixture.h"
#include "tests/unit/front/tokens.h"

#include <stdatomic.h>
#include <stdio.h>

#ifndef KEYS
#error "KEYS is the folder of the public keys"
#endif

static atomic_ullong now = TOKENS_NOW;
static struct guard *guard;

static uint64_t now_s(void)
{
    return atomic_load(&now);
}

static void protected_by(const char *scope, struct http_request *request)
{
    struct http_response response = {.status = 200, .body = bytes_of("in", 2)};
    if (guard_admits(guard, request, scope))
        http_answer(request, &response);
}

static void for_eir(void *context, struct http_request *request)
{
    (void)context;
    protected_by("n5g-eir-eic", request);
}

static void for_others(void *context, struct http_request *request)
{
    (void)context;
    protected_by("nnrf-disc", request);
}

static void for_nobody(void *context, struct http_request *request)
{
    (void)context;
    protected_by("imei-ledger", request);
}

static char key_path[] = "/tmp/imei-guard.XXXXXX";

static void set_key(const char *name)
{
    char from[512];
    char text[4096];
    snprintf(from, sizeof from, KEYS "/%s", name);
    FILE *file = fopen(from, "r");
    ck_assert_ptr_nonnull(file);
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    file = fopen(key_path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, size, file), size);
    fclose(file);
}

static struct http_route routes[] = {{"/eir", METHOD_GET, 0, for_eir, NULL},
                                     {"/others", METHOD_GET, 0, for_others, NULL},
                                     {"/nobody", METHOD_GET, 0, for_nobody, NULL}};

static struct served begin(void)
{
    struct guard_options options = {.key = key_path,
                                    .issuer = "nrf-1",
                                    .audience = {.count = 1, .at = {"5G_EIR"}},
                                    .now_s = now_s};
    struct complaint complaint;
    int fd = mkstemp(key_path);
    ck_assert_int_ge(fd, 0);
    close(fd);
    set_key("es256.pub");
    ck_assert_int_eq(guard_open(&options, &guard, &complaint), ERR_OK);
    struct served served = served_of();
    served.options.routes = routes;
    served.options.route_count = sizeof routes / sizeof routes[0];
    return served;
}

static void end(struct served *served)
{
    served_stop(served);
    guard_close(guard);
    unlink(key_path);
}

static const char *token_of(const char *kind)
{
    for (size_t i = 0; i < sizeof es256 / sizeof es256[0]; i++) {
        if (strcmp(es256[i].kind, kind) == 0)
            return es256[i].token;
    }
    ck_abort_msg("no token '%s'", kind);
    return "";
}

static char heard[8192];

/* The status of an answer to that field. */
static unsigned asked(const struct served *served, const char *path, const char *field)
{
    static char request[16384];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n%s\r\n",
             path, field);
    ask_text(served, request, heard, sizeof heard);
    ck_assert_int_eq(strncmp(heard, "HTTP/1.1 ", 9), 0);
    return (unsigned)strtoul(heard + 9, NULL, 10);
}

static unsigned shows(const struct served *served, const char *path, const char *kind)
{
    static char field[9000];
    snprintf(field, sizeof field, "authorization: Bearer %s\r\n", token_of(kind));
    return asked(served, path, field);
}

START_TEST(a_good_token_opens_what_its_scope_says)
{
    struct served served = begin();
    served_start(&served);
    for (int i = 0; i < 3; i++) { /* remembered or not */
        ck_assert_uint_eq(shows(&served, "/eir", "good"), 200);
        ck_assert_uint_eq(shows(&served, "/others", "good"), 200);
        ck_assert_uint_eq(shows(&served, "/nobody", "good"), 403);
        assert_holds(heard, "www-authenticate: Bearer error=\"insufficient_scope\"");
        assert_holds(heard, "scope=\"imei-ledger\"");
        ck_assert_uint_eq(shows(&served, "/others", "only_scope"), 403);
        ck_assert_uint_eq(shows(&served, "/eir", "only_scope"), 200);
    }
    end(&served);
}
END_TEST

START_TEST(what_is_no_good_token_is_told_so)
{
    static const char *const kinds[] = {"expired",        "not_yet",   "other_issuer",
                                        "other_audience", "other_key", "none",
                                        "hmac",           "renamed",   "no_exp"};
    static const char *const fields[] = {"", "authorization: \r\n", "authorization: Bearer\r\n",
                                         "authorization: Bearer    \r\n",
                                         "authorization: Basic YTpi\r\n"};
    struct served served = begin();
    served_start(&served);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        ck_assert_msg(shows(&served, "/eir", kinds[i]) == 401, "'%s': %s", kinds[i], heard);
        assert_holds(heard, "www-authenticate: Bearer error=\"invalid_token\"");
    }
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        ck_assert_msg(asked(&served, "/eir", fields[i]) == 401, "'%s': %s", fields[i], heard);
        assert_holds(heard, "www-authenticate: Bearer\r\n");
    }
    /* Which of two would count? */
    static char two[9000];
    snprintf(two, sizeof two, "authorization: Bearer %s\r\nauthorization: Bearer x\r\n",
             token_of("good"));
    ck_assert_uint_eq(asked(&served, "/eir", two), 400);
    snprintf(two, sizeof two, "authorization: Bearer %s x\r\n", token_of("good"));
    ck_assert_uint_eq(asked(&served, "/eir", two), 401);
    end(&served);
}
END_TEST

START_TEST(a_token_that_is_remembered_expires_too)
{
    struct served served = begin();
    served_start(&served);
    ck_assert_uint_eq(shows(&served, "/eir", "real_expiry"), 200);
    atomic_store(&now, TOKENS_NOW + 999);
    ck_assert_uint_eq(shows(&served, "/eir", "real_expiry"), 200);
    atomic_store(&now, TOKENS_NOW + 1000);
    ck_assert_uint_eq(shows(&served, "/eir", "real_expiry"), 401);
    atomic_store(&now, TOKENS_NOW);
    end(&served);
}
END_TEST

static struct complaint reloaded;
static enum err reload_err;

static void reload(struct served *served)
{
    (void)served;
    reload_err = guard_reload(guard, &reloaded);
}

START_TEST(with_a_new_key_no_old_token_is_remembered)
{
    struct served served = begin();
    served_start(&served);
    ck_assert_uint_eq(shows(&served, "/eir", "good"), 200);
    set_key("short.pub");
    served_do(&served, reload);
    ck_assert_int_eq(reload_err, ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(reloaded.text, key_path));
    ck_assert_uint_eq(shows(&served, "/eir", "good"), 200); /* the old key holds */
    set_key("rs256.pub");
    served_do(&served, reload);
    ck_assert_int_eq(reload_err, ERR_OK);
    ck_assert_uint_eq(shows(&served, "/eir", "good"), 401);
    unlink(key_path);
    served_do(&served, reload);
    ck_assert_int_eq(reload_err, ERR_CONFIG);
    end(&served);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_good_token_opens_what_its_scope_says,
        &what_is_no_good_token_is_told_so,
        &a_token_that_is_remembered_expires_too,
        &with_a_new_key_no_old_token_is_remembered,
    };
    return suite_run("guard", cases, sizeof cases / sizeof cases[0]);
}
