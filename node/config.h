/*
 * config.h: the node's configuration: one YAML file, each key a row of one table.
 *
 * The table (conf/settings.h) gives the defaults, the bounds, the words of `imeid --print-config`
 * and the errors: an unknown key, a missing one or a bad value is named with its line. Paths may be
 * relative to the file. Front ends keep tables of their own, sections here.
 */
#ifndef NODE_CONFIG_H
#define NODE_CONFIG_H

#include "conf/settings.h"
#include "front/gsup_front.h"
#include "front/http_front.h"
#include "front/s13_settings.h"
#include "front/watch_settings.h"
#include "node/log.h"
#include "node/sighter_settings.h"
#include "proto/limits.h"

#define CONFIG_TEXT_MAX SETTING_TEXT_SIZE

/* Nodes that a new one may ask. */
#define CONFIG_JOIN_MAX 4

/* Another address for a peer than the ledger's: for tests and for ways around a NAT. */
struct config_peer {
    char name[NAME_SIZE_MAX + 1];
    char address[ADDRESS_SIZE_MAX + 1];
};

struct config_peers {
    size_t count;
    struct config_peer at[MEMBERS_MAX];
};

/* How a node without a state gets one. */
enum config_start { START_REPLAY, START_CHECKPOINT };

struct config {
    char node[CONFIG_TEXT_MAX];
    char data[CONFIG_TEXT_MAX];
    char genesis[CONFIG_TEXT_MAX];
    char key[CONFIG_TEXT_MAX];
    char certificate[CONFIG_TEXT_MAX];
    char certificate_key[CONFIG_TEXT_MAX];
    char listen[CONFIG_TEXT_MAX];
    char clients[CONFIG_TEXT_MAX];
    uint64_t heartbeat_ms;
    uint64_t election_min_ms;
    uint64_t election_max_ms;
    uint64_t age_ms;
    uint64_t window_bytes;
    uint64_t block_wait_ms;
    uint64_t pool_bytes;
    uint64_t checkpoint_blocks;
    uint64_t checkpoint_seconds;
    uint64_t index_bytes; /* 0: no bound */
    enum config_start start_from;
    char policy[CONFIG_TEXT_MAX]; /* empty: none */
    enum log_level log_level;
    struct setting_texts join; /* at most CONFIG_JOIN_MAX clients' addresses of other nodes */
    struct config_peers peers;
    struct gsup_options gsup;
    struct s13_options s13;
    struct http_front_options http;
    struct watch_options metrics;
    struct sighter_settings sightings;
};

/* Parses the text of a file that lies in `directory`. ERR_CONFIG with `complaint`; ERR_MEMORY. */
enum err config_parse(struct bytes text, const char *directory, struct config *out,
                      struct complaint *complaint) must_check;

/* A commented file with every key at its default. */
void config_print(FILE *out);

#endif
