#include "tests/sim/parties.h"

#include <stdio.h>

#include "proto/invariant.h"

/* Far from those of organisations. */
#define NODE_KEYS 1000000u

const struct party parties[PARTIES] = {
    {"alfa-regulator", "AA", ROLE_REGULATOR},
    {"alfa-one", "AA", ROLE_OPERATOR},
    {"alfa-two", "AA", ROLE_OPERATOR | ROLE_MANUFACTURER},
    {"allocator", "CC", ROLE_ALLOCATOR},
    {"bravo-one", "BB", ROLE_OPERATOR | ROLE_PARTICIPANT},
    {"bravo-regulator", "BB", ROLE_REGULATOR},
    {"late-one", "AA", ROLE_OPERATOR},
    {"late-two", "BB", ROLE_OPERATOR | ROLE_PARTICIPANT},
};

struct secret_key party_secret(uint32_t key)
{
    struct secret_key secret = {{0}};
    for (unsigned i = 0; i < 4; i++)
        secret.bytes[SECRET_KEY_SIZE - 1 - i] = (uint8_t)(key >> (8 * i));
    return secret;
}

struct public_key party_public(uint32_t key)
{
    struct secret_key secret = party_secret(key);
    struct public_key public;
    enum err err = public_key_of(&secret, &public);
    invariant(err == ERR_OK);
    return public;
}

struct name party_name(const char *text)
{
    struct name name;
    enum err err = name_parse(text, strlen(text), &name);
    invariant(err == ERR_OK);
    return name;
}

struct country party_country(const char *code)
{
    struct country country;
    enum err err = country_parse(code, strlen(code), &country);
    invariant(err == ERR_OK);
    return country;
}

struct name party_node_name(uint32_t id)
{
    char text[NAME_SIZE_MAX + 1];
    snprintf(text, sizeof text, "node-%u", id);
    return party_name(text);
}

void party_node_address(uint32_t id, char address[ADDRESS_SIZE_MAX + 1])
{
    snprintf(address, ADDRESS_SIZE_MAX + 1, "tls+tcp://node-%u.example.org:7700", id);
}

uint32_t party_node_key(uint32_t id)
{
    return NODE_KEYS + id;
}

struct hash parties_network(void)
{
    static const char name[] = "a simulated network";
    return hash_of(bytes_of(name, sizeof name));
}

void parties_found(struct genesis *out, const struct raft_members *nodes)
{
    memset(out, 0, sizeof *out);
    out->network = parties_network();
    out->name = party_name("simulated");
    out->time_ms = PARTIES_TIME_MS;
    out->ballots = 2;
    out->skew_max_ms = 1000;
    for (uint32_t i = 0; i < PARTIES_FOUNDED; i++)
        out->organisations[out->organisation_count++] = (struct genesis_organisation){
            .name = party_name(parties[i].name),
            .country = party_country(parties[i].country),
            .roles = parties[i].roles,
            .key_count = 1,
            .keys = {party_public(i + 1)},
        };
    out->organisations[0].ca = bytes_of("certificate", 11);
    for (uint32_t i = 0; i < nodes->count; i++) {
        struct genesis_node *node = &out->nodes[out->node_count++];
        uint32_t id = nodes->member[i].id;
        *node = (struct genesis_node){
            .id = id, .name = party_node_name(id), .key = party_public(party_node_key(id))};
        party_node_address(id, node->address);
    }
}
