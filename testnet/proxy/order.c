#include "testnet/proxy/order.h"

#include <string.h>

static void copy(char to[WORD_SIZE], const char from[WORD_SIZE])
{
    memcpy(to, from, WORD_SIZE);
}

static const char *read_profile(const struct words *words, struct order *out)
{
    if (words->count != 2)
        return "profile wants a file";
    copy(out->file, words->at[1]);
    return NULL;
}

static void read_pair(const struct words *words, struct order *out)
{
    out->has_names = true;
    copy(out->a, words->at[1]);
    copy(out->b, words->at[2]);
}

static const char *read_cut(const struct words *words, struct order *out)
{
    out->is_one_way = words->count == 4 && strcmp(words->at[3], "one-way") == 0;
    if (words->count != 3 && !out->is_one_way)
        return "cut wants two nodes or countries, and may have 'one-way'";
    read_pair(words, out);
    return NULL;
}

static const char *read_flap(const struct words *words, struct order *out)
{
    if (words->count != 5 || flap_parse(words->at[3], words->at[4], &out->flap) != ERR_OK)
        return "flap wants two nodes or countries, a period of 10 to 3600000 ms and a percentage";
    read_pair(words, out);
    return NULL;
}

static const char *read_isolate(const struct words *words, struct order *out)
{
    if (words->count != 2)
        return "isolate wants a node or a country";
    copy(out->a, words->at[1]);
    return NULL;
}

static const char *read_heal(const struct words *words, struct order *out)
{
    if (words->count != 1 && words->count != 3)
        return "heal wants two nodes or countries, or nothing";
    if (words->count == 3)
        read_pair(words, out);
    return NULL;
}

static const char *read_bare(const struct words *words, struct order *out)
{
    (void)out;
    return words->count == 1 ? NULL : "reload and state want nothing more";
}

static const struct verb {
    const char *word;
    enum order_verb verb;
    const char *(*read)(const struct words *words, struct order *out);
} verbs[] = {
    {"profile", ORDER_PROFILE, read_profile}, {"cut", ORDER_CUT, read_cut},
    {"flap", ORDER_FLAP, read_flap},          {"isolate", ORDER_ISOLATE, read_isolate},
    {"heal", ORDER_HEAL, read_heal},          {"reload", ORDER_RELOAD, read_bare},
    {"state", ORDER_STATE, read_bare},
};

const char *order_parse(struct bytes line, struct order *out)
{
    struct words words;
    enum err err = words_parse(line, &words);
    if (err != ERR_OK)
        return err_sentence(err);
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0] && words.count > 0; i++) {
        if (strcmp(words.at[0], verbs[i].word) != 0)
            continue;
        *out = (struct order){.verb = verbs[i].verb};
        /* cppcheck-suppress returnDanglingLifetime ; the sentences are literals */
        return verbs[i].read(&words, out);
    }
    return "no such command: profile, cut, flap, isolate, heal, reload or state";
}
