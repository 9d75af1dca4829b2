/* An access token: none is good but those that the other program signed. */
#include "front/base64url.h"
#include "front/jwt.h"
#include "proto/invariant.h"
#include "tests/unit/front/tokens.h"

#ifndef KEYS
#error "KEYS is the folder of the public keys"
#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_known(const char *token, struct bytes given)
{
    return bytes_equal(given, bytes_of(token, strlen(token)));
}

static bool was_signed(struct bytes given)
{
    for (size_t i = 0; i < sizeof es256 / sizeof es256[0]; i++) {
        if (is_known(es256[i].token, given) || is_known(rs256[i].token, given))
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jwt_key *keys[2];
    static const struct setting_texts audience = {.count = 1, .at = {"5G_EIR"}};
    static const struct jwt_rules rules = {
        .issuer = "", .audience = &audience, .scope = "n5g-eir-eic"};
    struct complaint complaint;
    if (keys[1] == NULL)
        invariant(jwt_key_open(KEYS "/es256.pub", &keys[0], &complaint) == ERR_OK &&
                  jwt_key_open(KEYS "/rs256.pub", &keys[1], &complaint) == ERR_OK);
    struct bytes token = bytes_of(data, size);
    for (int i = 0; i < 2; i++) {
        uint64_t until_s;
        enum jwt jwt = jwt_check(keys[i], &rules, token, TOKENS_NOW, &until_s);
        invariant((jwt != JWT_GOOD && jwt != JWT_SCOPE) || was_signed(token));
        invariant(jwt != JWT_GOOD || until_s > TOKENS_NOW);
    }
    return 0;
}
