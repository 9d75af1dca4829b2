/*
 * Access tokens that another program made (tests/interop/make_token.py): which are good, and that
 * nothing of a good one can be changed.
 */
#include "front/jwt.h"

#include "tests/unit/front/tokens.h"
#include "tests/unit/suite.h"

#include <stdlib.h>
#include <string.h>

#ifndef KEYS
#error "KEYS is the folder of the public keys"
#endif

enum { ES256, RS256, ALGORITHMS };
enum { KIND_COUNT = sizeof es256 / sizeof es256[0] };

static struct jwt_key *keys[ALGORITHMS];
static const struct setting_texts audience = {.count = 2, .at = {"instance-1", "5G_EIR"}};
static const struct jwt_rules rules = {
    .issuer = "nrf-1", .audience = &audience, .scope = "n5g-eir-eic"};

static void open_keys(void)
{
    struct complaint complaint;
    ck_assert_int_eq(jwt_key_open(KEYS "/es256.pub", &keys[ES256], &complaint), ERR_OK);
    ck_assert_int_eq(jwt_key_open(KEYS "/rs256.pub", &keys[RS256], &complaint), ERR_OK);
}

static void close_keys(void)
{
    jwt_key_close(keys[ES256]);
    jwt_key_close(keys[RS256]);
}

static const char *kind_at(size_t i)
{
    return es256[i].kind;
}

static const char *token_at(int algorithm, size_t i)
{
    return algorithm == ES256 ? es256[i].token : rs256[i].token;
}

static enum jwt check_by(const struct jwt_key *key, const struct jwt_rules *by, const char *token,
                         size_t size, uint64_t now_s)
{
    uint64_t until_s;
    return jwt_check(key, by, bytes_of(token, size), now_s, &until_s);
}

static const char *token_of(int algorithm, const char *kind)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (strcmp(kind_at(i), kind) == 0)
            return token_at(algorithm, i);
    }
    ck_abort_msg("no token '%s'", kind);
    return "";
}

static enum jwt check(int algorithm, const char *kind)
{
    const char *token = token_of(algorithm, kind);
    return check_by(keys[algorithm], &rules, token, strlen(token), TOKENS_NOW);
}

START_TEST(each_token_is_worth_what_it_was_made_for)
{
    static const struct {
        const char *kind;
        enum jwt jwt;
    } expected[] = {
        {"good", JWT_GOOD},
        {"audiences", JWT_GOOD},
        {"only_scope", JWT_GOOD},
        {"real_expiry", JWT_GOOD},
        {"no_nbf", JWT_GOOD},
        {"expired", JWT_EXPIRED},
        {"expires_now", JWT_EXPIRED},
        {"not_yet", JWT_NOT_YET},
        {"other_issuer", JWT_ISSUER},
        {"other_audience", JWT_AUDIENCE},
        {"other_audiences", JWT_AUDIENCE},
        {"no_aud", JWT_AUDIENCE},
        {"other_scope", JWT_SCOPE},
        {"other_key", JWT_SIGNATURE},
        {"none", JWT_ALGORITHM},
        {"hmac", JWT_ALGORITHM},
        {"renamed", JWT_ALGORITHM},
        {"critical", JWT_MALFORMED},
        {"no_algorithm", JWT_MALFORMED},
        {"twice", JWT_MALFORMED},
        {"no_object", JWT_MALFORMED},
        {"no_iss", JWT_CLAIMS},
        {"no_sub", JWT_CLAIMS},
        {"no_exp", JWT_CLAIMS},
        {"no_scope", JWT_CLAIMS},
        {"text_expiry", JWT_CLAIMS},
        {"negative_expiry", JWT_CLAIMS},
        {"text_start", JWT_CLAIMS},
        {"list_scope", JWT_CLAIMS},
        {"number_issuer", JWT_CLAIMS},
    };
    open_keys();
    ck_assert_uint_eq(sizeof expected / sizeof expected[0], KIND_COUNT);
    for (int algorithm = 0; algorithm < ALGORITHMS; algorithm++) {
        for (size_t i = 0; i < KIND_COUNT; i++) {
            enum jwt jwt = check(algorithm, expected[i].kind);
            ck_assert_msg(jwt == expected[i].jwt, "'%s': %s", expected[i].kind,
                          jwt_description(jwt));
        }
    }
    close_keys();
}
END_TEST

START_TEST(a_key_takes_no_token_of_the_other_algorithm)
{
    open_keys();
    const char *es = token_of(ES256, "good");
    const char *rs = token_of(RS256, "good");
    ck_assert_int_eq(check_by(keys[RS256], &rules, es, strlen(es), TOKENS_NOW), JWT_ALGORITHM);
    ck_assert_int_eq(check_by(keys[ES256], &rules, rs, strlen(rs), TOKENS_NOW), JWT_ALGORITHM);
    close_keys();
}
END_TEST

START_TEST(a_token_is_good_up_to_its_expiry)
{
    open_keys();
    const char *token = token_of(ES256, "good");
    uint64_t until_s;
    ck_assert_int_eq(
        jwt_check(keys[ES256], &rules, bytes_of(token, strlen(token)), TOKENS_NOW, &until_s),
        JWT_GOOD);
    size_t size = strlen(token);
    ck_assert_int_eq(check_by(keys[ES256], &rules, token, size, until_s - 1), JWT_GOOD);
    ck_assert_int_eq(check_by(keys[ES256], &rules, token, size, until_s), JWT_EXPIRED);
    close_keys();
}
END_TEST

START_TEST(every_truncation_and_every_flipped_bit_is_refused)
{
    open_keys();
    for (int algorithm = 0; algorithm < ALGORITHMS; algorithm++) {
        char token[JWT_SIZE_MAX];
        const char *good = token_of(algorithm, "good");
        size_t size = strlen(good);
        memcpy(token, good, size);
        for (size_t cut = 0; cut < size; cut++)
            ck_assert_int_ne(check_by(keys[algorithm], &rules, token, cut, TOKENS_NOW), JWT_GOOD);
        for (size_t bit = 0; bit < size * 8; bit++) {
            token[bit / 8] = (char)(token[bit / 8] ^ (1 << bit % 8));
            ck_assert_int_ne(check_by(keys[algorithm], &rules, token, size, TOKENS_NOW), JWT_GOOD);
            token[bit / 8] = good[bit / 8];
        }
        token[size] = '.'; /* a fourth part */
        ck_assert_int_ne(check_by(keys[algorithm], &rules, token, size + 1, TOKENS_NOW), JWT_GOOD);
    }
    close_keys();
}
END_TEST

START_TEST(an_issuer_need_not_be_named)
{
    open_keys();
    struct jwt_rules any = rules;
    any.issuer = "";
    const char *token = token_of(ES256, "other_issuer");
    ck_assert_int_eq(check_by(keys[ES256], &any, token, strlen(token), TOKENS_NOW), JWT_GOOD);
    close_keys();
}
END_TEST

START_TEST(too_long_a_token_is_not_looked_at)
{
    open_keys();
    char *token = malloc(JWT_SIZE_MAX + 1);
    memset(token, 'A', JWT_SIZE_MAX + 1);
    token[4] = token[8] = '.';
    ck_assert_int_eq(check_by(keys[ES256], &rules, token, JWT_SIZE_MAX + 1, TOKENS_NOW),
                     JWT_MALFORMED);
    free(token);
    close_keys();
}
END_TEST

START_TEST(other_keys_are_refused_with_the_reason)
{
    static const char *const files[] = {KEYS "/short.pub", KEYS "/es384.pub", KEYS "/none.pub",
                                        KEYS};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct jwt_key *key;
        struct complaint complaint = {.text = ""};
        ck_assert_int_eq(jwt_key_open(files[i], &key, &complaint), ERR_CONFIG);
        ck_assert_ptr_null(key);
        ck_assert_ptr_nonnull(strstr(complaint.text, files[i]));
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &each_token_is_worth_what_it_was_made_for,
        &a_key_takes_no_token_of_the_other_algorithm,
        &a_token_is_good_up_to_its_expiry,
        &every_truncation_and_every_flipped_bit_is_refused,
        &an_issuer_need_not_be_named,
        &too_long_a_token_is_not_looked_at,
        &other_keys_are_refused_with_the_reason,
    };
    return suite_run("jwt", cases, sizeof cases / sizeof cases[0]);
}
