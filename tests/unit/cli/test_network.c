#include "cli/network.h"

#include "proto/keyfile.h"
#include "tests/unit/cli/certificate.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_COUNT = 8, TIME_NOW = 1700000000 };

static char key_pem[KEY_COUNT][1024];
static char public_pem[KEY_COUNT][1024];
static struct public_key public_keys[KEY_COUNT];

/* Files key0.pem…, public0.pem…, sealed.pem (encrypted), ca.pem and junk.pem, in memory. */
static enum err load(void *context, const char *path, size_t size_max, uint8_t **data, size_t *size)
{
    (void)context;
    const char *text = NULL;
    unsigned number = strlen(path) >= 5 ? (unsigned)path[strlen(path) - 5] - '0' : KEY_COUNT;
    if (strncmp(path, "key", 3) == 0 && number < KEY_COUNT)
        text = key_pem[number];
    else if (strncmp(path, "public", 6) == 0 && number < KEY_COUNT)
        text = public_pem[number];
    else if (strcmp(path, "sealed.pem") == 0)
        text = key_pem[KEY_COUNT - 1];
    else if (strcmp(path, "ca.pem") == 0)
        text = certificate_pem;
    else if (strcmp(path, "junk.pem") == 0)
        text = "junk";
    if (text == NULL)
        return ERR_NOT_FOUND;
    *size = strlen(text);
    if (*size > size_max)
        return ERR_TOO_LARGE;
    *data = (uint8_t *)strdup(text);
    return ERR_OK;
}

static const struct network_source source = {.load = load};

static void make_keys(void)
{
    for (int i = 0; i < KEY_COUNT; i++) {
        struct secret_key secret;
        size_t size;
        const char *passphrase = i == KEY_COUNT - 1 ? "secret" : NULL;
        ck_assert_int_eq(keyfile_generate(&secret), ERR_OK);
        ck_assert_int_eq(public_key_of(&secret, &public_keys[i]), ERR_OK);
        ck_assert_int_eq(keyfile_format(&secret, passphrase, key_pem[i], sizeof key_pem[i], &size),
                         ERR_OK);
        ck_assert_int_eq(
            keyfile_format_public(&public_keys[i], public_pem[i], sizeof public_pem[i], &size),
            ERR_OK);
    }
}

static const char whole[] = "name: example\n"                           /*  1 */
                            "ballots: 1\n"                              /*  2 */
                            "skew_max_ms: 5000\n"                       /*  3 */
                            "time: 2025-01-01T00:00:00Z\n"              /*  4 */
                            "organisations:\n"                          /*  5 */
                            "  - name: operator.example\n"              /*  6 */
                            "    country: SE\n"                         /*  7 */
                            "    roles: [operator, manufacturer]\n"     /*  8 */
                            "    keys: [key0.pem, public1.pem]\n"       /*  9 */
                            "    ca: ca.pem\n"                          /* 10 */
                            "  - name: authority.example\n"             /* 11 */
                            "    country: NO\n"                         /* 12 */
                            "    roles: [regulator]\n"                  /* 13 */
                            "    keys: [key2.pem]\n"                    /* 14 */
                            "nodes:\n"                                  /* 15 */
                            "  - name: node1\n"                         /* 16 */
                            "    organisation: operator.example\n"      /* 17 */
                            "    address: tls+tcp://one.example:7700\n" /* 18 */
                            "    key: key3.pem\n"                       /* 19 */
                            "  - name: node2\n"                         /* 20 */
                            "    organisation: operator.example\n"      /* 21 */
                            "    address: tls+tcp://two.example:7700\n" /* 22 */
                            "    key: public4.pem\n";                   /* 23 */

static struct complaint complaint;

static enum err take(const char *text, struct network **out)
{
    complaint = (struct complaint){0};
    return network_read(bytes_of(text, strlen(text)), &source, TIME_NOW, out, &complaint);
}

/* `whole` with the first `old` replaced. */
static void change(const char *old, const char *new, char text[2048])
{
    const char *found = strstr(whole, old);
    ck_assert_msg(found != NULL, "no '%s'", old);
    snprintf(text, 2048, "%.*s%s%s", (int)(found - whole), whole, new, found + strlen(old));
}

static void refused(const char *old, const char *new, unsigned line, const char *words)
{
    char text[2048];
    struct network *network;
    change(old, new, text);
    ck_assert_msg(take(text, &network) == ERR_CONFIG, "taken: %s", new);
    ck_assert_ptr_null(network);
    ck_assert_msg(strstr(complaint.text, words) != NULL, "'%s' lacks '%s'", complaint.text, words);
    ck_assert_msg(complaint.line == line, "line %u, expected %u: %s", complaint.line, line,
                  complaint.text);
}

static void taken(const char *old, const char *new, struct network **out)
{
    char text[2048];
    change(old, new, text);
    ck_assert_msg(take(text, out) == ERR_OK, "%u: %s", complaint.line, complaint.text);
}

START_TEST(reads_a_whole_network_in_the_order_of_the_genesis)
{
    make_keys();
    struct network *network;
    ck_assert_msg(take(whole, &network) == ERR_OK, "%s", complaint.text);
    const struct genesis *genesis = network_genesis(network);
    ck_assert_str_eq(genesis->name.text, "example");
    ck_assert_uint_eq(genesis->ballots, 1);
    ck_assert_uint_eq(genesis->skew_max_ms, 5000);
    ck_assert_uint_eq(genesis->time_ms, 1735689600000);
    ck_assert_uint_eq(genesis->organisation_count, 2);
    ck_assert_str_eq(genesis->organisations[0].name.text, "authority.example");
    ck_assert_str_eq(genesis->organisations[0].country.code, "NO");
    ck_assert_uint_eq(genesis->organisations[0].roles, ROLE_REGULATOR);
    ck_assert_uint_eq(genesis->organisations[0].ca.size, 0);
    ck_assert_str_eq(genesis->organisations[1].name.text, "operator.example");
    ck_assert_uint_eq(genesis->organisations[1].roles, ROLE_OPERATOR | ROLE_MANUFACTURER);
    ck_assert_uint_eq(genesis->organisations[1].key_count, 2);
    ck_assert_mem_eq(&genesis->organisations[1].keys[0], &public_keys[0], PUBLIC_KEY_SIZE);
    ck_assert_mem_eq(&genesis->organisations[1].keys[1], &public_keys[1], PUBLIC_KEY_SIZE);
    ck_assert_uint_gt(genesis->organisations[1].ca.size, 300);
    ck_assert_uint_eq(genesis->node_count, 2);
    ck_assert_uint_eq(genesis->nodes[1].id, 2);
    ck_assert_str_eq(genesis->nodes[1].name.text, "node2");
    ck_assert_uint_eq(genesis->nodes[1].organisation, 1);
    ck_assert_str_eq(genesis->nodes[1].address, "tls+tcp://two.example:7700");
    ck_assert_mem_eq(&genesis->nodes[1].key, &public_keys[4], PUBLIC_KEY_SIZE);
    network_close(network);
}
END_TEST

START_TEST(what_it_reads_every_node_reads)
{
    make_keys();
    struct network *network;
    struct genesis *again = malloc(sizeof *again);
    uint8_t *buffer = malloc(GENESIS_SIZE_MAX);
    ck_assert(again != NULL && buffer != NULL);
    ck_assert_int_eq(take(whole, &network), ERR_OK);
    struct writer writer = writer_over(buffer, GENESIS_SIZE_MAX);
    genesis_write(&writer, network_genesis(network));
    ck_assert_int_eq(genesis_parse(writer_view(&writer), again), ERR_OK);
    ck_assert_str_eq(again->organisations[0].name.text, "authority.example");
    ck_assert_uint_eq(again->nodes[0].organisation, 1);
    network_close(network);
    free(again);
    free(buffer);
}
END_TEST

START_TEST(skew_and_time_have_defaults)
{
    make_keys();
    struct network *network;
    taken("skew_max_ms: 5000\ntime: 2025-01-01T00:00:00Z\n", "", &network);
    ck_assert_uint_eq(network_genesis(network)->skew_max_ms, 60000);
    ck_assert_uint_eq(network_genesis(network)->time_ms, TIME_NOW);
    network_close(network);
}
END_TEST

START_TEST(names_every_missing_key_and_where)
{
    make_keys();
    refused("name: example\n", "", 1, "'name' is missing");
    refused("ballots: 1\n", "", 1, "'ballots' is missing");
    refused("    country: SE\n", "", 6, "'country' is missing");
    refused("    roles: [regulator]\n", "", 11, "'roles' is missing");
    refused("    keys: [key2.pem]\n", "", 11, "'keys' is missing");
    refused("  - name: operator.example\n    country", "  - country", 6, "'name' is missing");
    refused("    organisation: operator.example\n", "", 16, "'organisation' is missing");
    refused("    address: tls+tcp://two.example:7700\n", "", 20, "'address' is missing");
    refused("    key: public4.pem\n", "", 20, "'key' is missing");
    refused("  - name: node1\n    organisation", "  - organisation", 16, "'name' is missing");
    char text[2048];
    struct network *network;
    snprintf(text, sizeof text, "%.*s", (int)(strstr(whole, "nodes:") - whole), whole);
    ck_assert_int_eq(take(text, &network), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(complaint.text, "'nodes' is missing"));
    snprintf(text, sizeof text, "name: x\nballots: 1\n%s", strstr(whole, "nodes:"));
    ck_assert_int_eq(take(text, &network), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(complaint.text, "'organisations' is missing"));
}
END_TEST

START_TEST(names_unknown_keys_and_those_that_are_known)
{
    make_keys();
    refused("ballots: 1\n", "ballots: 1\nvotes: 1\n", 3,
            "unknown key 'votes'; the keys here are name, ballots, skew_max_ms, time, "
            "organisations, nodes");
    refused("    country: SE\n", "    country: SE\n    land: SE\n", 8,
            "unknown key 'land'; the keys here are name, country, roles, keys, ca");
    refused("    key: key3.pem\n", "    key: key3.pem\n    id: 7\n", 20,
            "unknown key 'id'; the keys here are name, organisation, address, key");
    refused("ballots: 1\n", "ballots: 1\nballots: 1\n", 3, "twice");
}
END_TEST

START_TEST(refuses_bad_values_and_says_what_is_right)
{
    make_keys();
    refused("example", "Example", 1, "lower-case letters");
    refused("name: example", "name: [a]", 1, "lower-case letters");
    refused("ballots: 1", "ballots: 0", 2, "1 or more");
    refused("ballots: 1", "ballots: many", 2, "1 or more");
    refused("ballots: 1", "ballots: 2", 0, "there are 1 regulators");
    refused("5000", "0", 3, "1 to 3600000");
    refused("5000", "3600001", 3, "1 to 3600000");
    refused("2025-01-01T00:00:00Z", "yesterday", 4, "2025-01-01T00:00:00Z");
    refused("country: SE", "country: Sweden", 7, "two upper-case letters");
    refused("[operator, manufacturer]", "operator", 8, "a list of roles");
    refused("[operator, manufacturer]", "[]", 8, "a list of roles");
    refused("[operator, manufacturer]", "[operator, king]", 8, "a role is regulator");
    refused("[operator, manufacturer]", "[operator, operator]", 8, "twice");
    refused("[regulator]", "[auditor]", 0, "no organisation is a regulator");
    refused("[key2.pem]", "[]", 14, "a list of key files");
    refused("[key2.pem]", "key2.pem", 14, "a list of key files");
    refused("[key2.pem]", "[a, b, c, d, e]", 14, "5 keys");
    refused("tls+tcp://one.example:7700", "tcp://one.example:7700", 18, "tls+tcp://HOST:PORT");
    refused("tls+tcp://one.example:7700", "tls+tcp://one.example", 18, "tls+tcp://HOST:PORT");
    refused("tls+tcp://one.example:7700", "tls+tcp://:7700", 18, "tls+tcp://HOST:PORT");
    refused("tls+tcp://one.example:7700", "tls+tcp://one.example:0", 18, "tls+tcp://HOST:PORT");
    refused("tls+tcp://one.example:7700", "tls+tcp://one.example:http", 18, "tls+tcp://HOST:PORT");
    refused("tls+tcp://one.example:7700", "tls+tcp://one.éxample:1", 18, "tls+tcp://HOST:PORT");
    refused("operator.example\n    address", "[x]\n    address", 17, "organisation's name");
}
END_TEST

START_TEST(names_files_that_are_missing_or_of_another_kind)
{
    make_keys();
    refused("key2.pem", "nowhere.pem", 14, "nowhere.pem: not found; paths are relative");
    refused("key2.pem", "junk.pem", 14, "junk.pem: not a key file");
    refused("key2.pem", "sealed.pem", 14, "encrypted; name its public half");
    refused("[key2.pem]", "[[x]]", 14, "path of a PEM file");
    refused("[key2.pem]", "['']", 14, "path of a PEM file");
    refused("ca: ca.pem", "ca: junk.pem", 10, "no certificate");
    refused("ca: ca.pem", "ca: nowhere.pem", 10, "nowhere.pem: not found");
    refused("key: key3.pem", "key: ca.pem", 19, "ca.pem: ");
}
END_TEST

START_TEST(refuses_what_does_not_fit_together)
{
    make_keys();
    refused("authority.example", "operator.example", 11, "a second organisation");
    refused("node2", "node1", 20, "a second node");
    refused("two.example", "one.example", 20, "the address of node 'node1' stands here again");
    refused("organisation: operator.example", "organisation: other.example", 16, "is not listed");
    refused("organisation: operator.example", "organisation: authority.example", 16,
            "no CA certificate");
    refused("key2.pem", "key0.pem", 6, "a key of line 11 stands here again");
    refused("public4.pem", "key3.pem", 20, "a key of line 16 stands here again");
    refused("key3.pem", "public1.pem", 16, "a key of line 6 stands here again");
}
END_TEST

START_TEST(refuses_other_shapes)
{
    make_keys();
    struct network *network;
    static const char *const texts[] = {
        "",
        "x",
        "[]",
        "name: x\norganisations: x\n",
        "name: x\norganisations: []\n",
        "name: x\norganisations: [x]\n",
        "name: x\nnodes: []\n",
        "name: x\nnodes: [x]\n",
        "a: [",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ck_assert_msg(take(texts[i], &network) == ERR_CONFIG, "%s", texts[i]);
        ck_assert_uint_gt(strlen(complaint.text), 0);
    }
}
END_TEST

START_TEST(counts_have_limits)
{
    make_keys();
    char text[65536] = "name: x\norganisations:\n";
    struct network *network;
    for (int i = 0; i <= GENESIS_ORGANISATIONS_MAX; i++)
        strncat(text, "  - {}\n", 8);
    ck_assert_int_eq(take(text, &network), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(complaint.text, "1 to 256 organisations"));
    snprintf(text, sizeof text, "name: x\nnodes:\n");
    for (int i = 0; i <= GENESIS_NODES_MAX; i++)
        strncat(text, "  - {}\n", 8);
    ck_assert_int_eq(take(text, &network), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(complaint.text, "1 to 16 nodes"));
}
END_TEST

START_TEST(survives_every_truncation_and_every_changed_byte)
{
    make_keys();
    char text[sizeof whole];
    for (size_t at = 0; at < sizeof whole - 1; at++) {
        struct network *network;
        snprintf(text, sizeof text, "%.*s", (int)at, whole);
        if (take(text, &network) == ERR_OK)
            network_close(network);
        static const char bytes[] = {0, '\n', ':', '[', '#', (char)0xff, ' '};
        memcpy(text, whole, sizeof whole);
        text[at] = bytes[at % sizeof bytes];
        if (network_read(bytes_of(text, sizeof whole - 1), &source, 0, &network, &complaint) ==
            ERR_OK)
            network_close(network);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_a_whole_network_in_the_order_of_the_genesis,
        &what_it_reads_every_node_reads,
        &skew_and_time_have_defaults,
        &names_every_missing_key_and_where,
        &names_unknown_keys_and_those_that_are_known,
        &refuses_bad_values_and_says_what_is_right,
        &names_files_that_are_missing_or_of_another_kind,
        &refuses_what_does_not_fit_together,
        &refuses_other_shapes,
        &counts_have_limits,
        &survives_every_truncation_and_every_changed_byte,
    };
    return suite_run("cli/network", cases, sizeof cases / sizeof *cases);
}
