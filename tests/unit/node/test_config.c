#include "node/config.h"

#include "consensus/raft.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

#define REQUIRED                                                                                   \
    "node: fr-op\ndata: d\ngenesis: /g\nkey: k\ncertificate: c\ncertificate_key: ck\n"             \
    "listen: tls+tcp://0.0.0.0:7700\n"

static enum err parse(const char *text, struct config *config, struct complaint *complaint)
{
    return config_parse(bytes_of(text, strlen(text)), "/etc/imeid", config, complaint);
}

static void refused(const char *text, unsigned line, const char *words)
{
    struct config config;
    struct complaint complaint;
    ck_assert_int_eq(parse(text, &config, &complaint), ERR_CONFIG);
    ck_assert_msg(complaint.line == line && strstr(complaint.text, words) != NULL,
                  "line %u: %s; expected line %u: %s", complaint.line, complaint.text, line, words);
}

START_TEST(required_keys_are_enough)
{
    struct config config;
    struct complaint complaint;
    ck_assert_int_eq(parse(REQUIRED, &config, &complaint), ERR_OK);
    ck_assert_str_eq(config.node, "fr-op");
    ck_assert_str_eq(config.clients, "tcp://127.0.0.1:7701");
    ck_assert_uint_eq(config.heartbeat_ms, 300);
    ck_assert_int_eq(config.log_level, LOG_INFO);
    ck_assert_uint_eq(config.peers.count, 0);
}
END_TEST

START_TEST(paths_are_relative_to_the_file)
{
    struct config config;
    struct complaint complaint;
    ck_assert_int_eq(parse(REQUIRED, &config, &complaint), ERR_OK);
    ck_assert_str_eq(config.data, "/etc/imeid/d");
    ck_assert_str_eq(config.genesis, "/g");
}
END_TEST

START_TEST(every_key_can_be_set)
{
    struct config config;
    struct complaint complaint;
    ck_assert_int_eq(parse(REQUIRED
                           "clients: ipc:///run/imeid\nheartbeat_ms: 50\n"
                           "election_min_ms: 300\nelection_max_ms: 600\n"
                           "window_bytes: 1048576\nblock_wait_ms: 0\n"
                           "pool_bytes: 1048576\nlog_level: debug\n"
                           "checkpoint_blocks: 7\nindex_bytes: 1000000\ncheckpoint_seconds: 8\n"
                           "peers:\n  ke-op: tls+tcp://10.0.0.1:7700\n"
                           "join: [\"tcp://a:1\", \"ipc:///b\"]\n",
                           &config, &complaint),
                     ERR_OK);
    ck_assert_str_eq(config.clients, "ipc:///run/imeid");
    ck_assert_uint_eq(config.election_max_ms, 600);
    ck_assert_uint_eq(config.block_wait_ms, 0);
    ck_assert_uint_eq(config.checkpoint_blocks, 7);
    ck_assert_uint_eq(config.index_bytes, 1000000);
    ck_assert_uint_eq(config.checkpoint_seconds, 8);
    ck_assert_int_eq(config.log_level, LOG_DEBUG);
    ck_assert_uint_eq(config.peers.count, 1);
    ck_assert_str_eq(config.peers.at[0].name, "ke-op");
    ck_assert_str_eq(config.peers.at[0].address, "tls+tcp://10.0.0.1:7700");
    ck_assert_uint_eq(config.join.count, 2);
    ck_assert_str_eq(config.join.at[1], "ipc:///b");
    ck_assert_int_eq(parse(REQUIRED "join: tcp://a:1\n", &config, &complaint), ERR_OK);
    ck_assert_uint_eq(config.join.count, 1);
    ck_assert_str_eq(config.join.at[0], "tcp://a:1");
    ck_assert_int_eq(parse(REQUIRED, &config, &complaint), ERR_OK);
    ck_assert_uint_eq(config.join.count, 0);
}
END_TEST

START_TEST(errors_name_their_line)
{
    refused("node: fr-op\nlisten: tcp://127.0.0.1:7700\n", 2, "'listen' is tls+tcp://HOST:PORT");
    refused(REQUIRED "hearbeat_ms: 50\n", 8, "'hearbeat_ms' is not a key");
    refused(REQUIRED "heartbeat_ms: 5\n", 8, "from 10 to 10000");
    refused(REQUIRED "heartbeat_ms: 50ms\n", 8, "whole number");
    refused(REQUIRED "heartbeat_ms: [50]\n", 8, "single value");
    refused(REQUIRED "log_level: loud\n", 8, "debug, info");
    refused(REQUIRED "clients: ''\n", 8, "empty");
    refused(REQUIRED "clients: 127.0.0.1:7701\n", 8, "tcp:// or ipc://");
    refused(REQUIRED "clients: tls+tcp://127.0.0.1:7701\n", 8, "tcp:// or ipc://");
    refused(REQUIRED "peers: none\n", 8, "map");
    refused(REQUIRED "peers:\n  x: tcp://a:1\n", 9, "one address, tls+tcp://HOST:PORT");
    refused(REQUIRED "join: a:1\n", 8, "clients' address of another node");
    refused(REQUIRED "join:\n  - tcp://a:1\n  - tls+tcp://a:1\n", 10, "clients' address");
    refused(REQUIRED "join: {a: tcp://a:1}\n", 8, "clients' address");
    refused(REQUIRED "join: [tcp://a, tcp://a, tcp://a, tcp://a, tcp://a]\n", 8, "at most 4");
    refused(REQUIRED "peers:\n  x: [y]\n", 9, "one address");
    refused(REQUIRED "node: other\n", 8, "twice");
    refused("- node\n", 1, "key: value");
    refused("node: x\n", 0, "'data' is missing");
    refused("", 0, "key: value");
    refused(REQUIRED "heartbeat_ms: 2000\n", 0, "at least twice");
    refused(REQUIRED "election_max_ms: 3000\n", 0, "larger than");
    refused(REQUIRED "heartbeat_ms: 46\n", 0, "'election_max_ms' is at most 128 times");
}
END_TEST

/* What raft_init() would refuse, after everything else was opened, is refused here. */
START_TEST(timing_that_is_taken_is_sound)
{
    struct config config;
    struct complaint complaint;
    ck_assert_int_eq(parse(REQUIRED "heartbeat_ms: 47\n", &config, &complaint), ERR_OK);
    ck_assert_uint_le(config.election_max_ms, config.heartbeat_ms * RAFT_HEARTBEATS_MAX);
}
END_TEST

START_TEST(every_bound_of_a_number_is_taken_and_nothing_beyond)
{
    static const struct {
        const char *key;
        uint64_t min;
        uint64_t max;
    } rows[] = {
        {"window_bytes", 1048576, 268435456}, {"block_wait_ms", 0, 1000},
        {"pool_bytes", 1048576, 1073741824},  {"checkpoint_blocks", 1, 1000000},
        {"checkpoint_seconds", 1, 86400},     {"age_ms", 50, 60000},
    };
    struct config config;
    struct complaint complaint;
    char text[1024];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t taken[] = {rows[i].min, rows[i].max};
        const uint64_t beyond[] = {rows[i].min - 1, rows[i].max + 1, UINT64_MAX};
        for (size_t j = 0; j < 2; j++) {
            snprintf(text, sizeof text, REQUIRED "%s: %llu\n", rows[i].key,
                     (unsigned long long)taken[j]);
            ck_assert_int_eq(parse(text, &config, &complaint), ERR_OK);
        }
        for (size_t j = 0; j < 3; j++) {
            snprintf(text, sizeof text, REQUIRED "%s: %llu\n", rows[i].key,
                     (unsigned long long)beyond[j]);
            refused(text, 8, rows[i].key);
        }
    }
}
END_TEST

START_TEST(values_that_do_not_fit_are_refused_and_not_cut)
{
    char text[2048];
    char long_name[700];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    snprintf(text, sizeof text, REQUIRED "clients: ipc:///%s\n", long_name);
    refused(text, 8, "longer than 511");
    long_name[NAME_SIZE_MAX + 1] = '\0';
    snprintf(text, sizeof text, REQUIRED "peers:\n  %s: tls+tcp://a:1\n", long_name);
    refused(text, 9, "one address");
}
END_TEST

START_TEST(the_printed_configuration_is_one)
{
    char *text;
    size_t size;
    struct config config;
    struct complaint complaint;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    config_print(out);
    fclose(out);
    ck_assert_int_eq(parse(text, &config, &complaint), ERR_OK);
    /* Each default, with its mark taken away, is a value that its key takes. */
    size_t defaults = 0;
    for (char *line = strstr(text, "\n# "); line != NULL; line = strstr(line + 1, "\n# ")) {
        char with_key[4096];
        char *end = strchr(line + 1, '\n');
        if (line[3] == ' ' || end[-1] == ':')
            continue; /* a section: below */
        snprintf(with_key, sizeof with_key, "%s%.*s\n", REQUIRED, (int)(end - line - 3), line + 3);
        defaults += parse(with_key, &config, &complaint) == ERR_OK;
    }
    ck_assert_uint_eq(defaults, 16);
    free(text);
}
END_TEST

/* The lines of a section from its name on, with their marks taken away. */
static void unmark(const char *line, char *out)
{
    size_t size = 0;
    while (*line == '#') {
        line += line[1] == ' ' ? 2 : 1;
        size_t length = strcspn(line, "\n") + 1;
        memcpy(out + size, line, length);
        size += length;
        line += length;
    }
    out[size] = '\0';
}

START_TEST(each_printed_section_is_one)
{
    static const char *const names[] = {"\n# gsup:\n", "\n# s13:\n"};
    char *text;
    size_t size;
    struct config config;
    struct complaint complaint;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    config_print(out);
    fclose(out);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char with_section[16384] = REQUIRED;
        const char *section = strstr(text, names[i]);
        ck_assert_ptr_nonnull(section);
        unmark(section + 1, with_section + strlen(REQUIRED));
        ck_assert_msg(parse(with_section, &config, &complaint) == ERR_OK, "%s", complaint.text);
        ck_assert(config.gsup.is_on == (i == 0) && config.s13.is_on == (i == 1));
    }
    free(text);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &required_keys_are_enough,
        &paths_are_relative_to_the_file,
        &every_key_can_be_set,
        &errors_name_their_line,
        &timing_that_is_taken_is_sound,
        &every_bound_of_a_number_is_taken_and_nothing_beyond,
        &values_that_do_not_fit_are_refused_and_not_cut,
        &the_printed_configuration_is_one,
        &each_printed_section_is_one,
    };
    return suite_run("config", cases, sizeof cases / sizeof cases[0]);
}
