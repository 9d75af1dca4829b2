#include "node/config.h"

#include "consensus/raft.h"
#include "proto/address.h"

#include <stddef.h>

#define AT(field) offsetof(struct config, field)

static const char *const start_words[] = {"replay", "checkpoint", NULL};

static bool is_client_address(const char *text)
{
    return strncmp(text, "tcp://", 6) == 0 || strncmp(text, "ipc://", 6) == 0;
}

static bool is_listen_address(const char *text)
{
    return address_check_listen(text) == ERR_OK;
}

/* A map of names to addresses. */
static enum err read_peers(const struct setting_place *place, struct value map, void *field)
{
    struct config_peers *peers = field;
    if (value_kind(map) != VALUE_MAP)
        return complain(place->complaint, value_line(map),
                        "'peers' is a map of names to addresses");
    if (value_count(map) > MEMBERS_MAX)
        return complain(place->complaint, value_line(map), "at most %d peers", MEMBERS_MAX);
    for (size_t i = 0; i < value_count(map); i++) {
        struct config_peer *peer = &peers->at[i];
        const char *address = value_text(value_at(map, i));
        const char *name = value_key(map, i);
        if (address == NULL || address_check(address) != ERR_OK || strlen(name) > NAME_SIZE_MAX)
            return complain(place->complaint, value_key_line(map, i),
                            "'peers' maps a node's name to one address, tls+tcp://HOST:PORT");
        snprintf(peer->name, sizeof peer->name, "%s", name);
        snprintf(peer->address, sizeof peer->address, "%s", address);
        peers->count = i + 1;
    }
    return ERR_OK;
}

static const struct setting rows[] = {
    {"node", SETTING_TEXT, AT(node),
     "This node's name, as the genesis file or the statement that adds it has it. Its certificate\n"
     "carries the same name.",
     .example = "fr-op"},
    {"data", SETTING_PATH, AT(data),
     "Directory of the log and the state. One process at a time; keep it on a disk that syncs.",
     .example = "/var/lib/imeid"},
    {"genesis", SETTING_PATH, AT(genesis),
     "The genesis file that all nodes of the network share. Its hash is the network's id.",
     .example = "/etc/imeid/genesis"},
    {"key", SETTING_PATH, AT(key),
     "The node's secp256k1 key, PEM without a passphrase, readable by this user alone. It signs\n"
     "this node's connections and nothing else: organisations' keys never come to a node.",
     .example = "/etc/imeid/node.pem"},
    {"certificate", SETTING_PATH, AT(certificate),
     "TLS certificate for the other nodes, PEM, from the organisation's CA in the genesis file,\n"
     "with the node's name as its DNS name.",
     .example = "/etc/imeid/node.crt"},
    {"certificate_key", SETTING_PATH, AT(certificate_key),
     "The certificate's private key, PEM without a passphrase.", .example = "/etc/imeid/node.key"},
    {"listen", SETTING_TEXT, AT(listen), "Where the other nodes connect to.",
     .example = "tls+tcp://0.0.0.0:7700", .fits = is_listen_address,
     .wanted = "is tls+tcp://HOST:PORT"},
    {"clients", SETTING_TEXT, AT(clients),
     "Where the tool and the EIR connect to: tcp:// or ipc://. It is not encrypted: keep it on\n"
     "this machine or on a network of its own. Who can reach it can read the ledger, and can\n"
     "submit what an organisation's key has signed.",
     .standard = "tcp://127.0.0.1:7701", .fits = is_client_address,
     .wanted = "begins with tcp:// or ipc://"},
    {"heartbeat_ms", SETTING_NUMBER, AT(heartbeat_ms),
     "How often the leader says that it is there.", .standard = "300", .min = 10, .max = 10000},
    {"election_min_ms", SETTING_NUMBER, AT(election_min_ms),
     "How long a leader may be silent before another node stands for election: drawn between\n"
     "this and election_max_ms each time. Several times heartbeat_ms, and more than the round\n"
     "trip between the furthest nodes.",
     .standard = "3000", .min = 50, .max = 60000},
    {"election_max_ms", SETTING_NUMBER, AT(election_max_ms), NULL, .standard = "6000", .min = 100,
     .max = 120000},
    {"age_ms", SETTING_NUMBER, AT(age_ms),
     "How often a follower asks the leader whether it has all that is committed: answers are so\n"
     "old, and a round trip more.",
     .standard = "500", .min = 50, .max = 60000},
    {"window_bytes", SETTING_NUMBER, AT(window_bytes),
     "Blocks under way to one other node, in bytes: bandwidth times round trip.",
     .standard = "8388608", .min = 1048576, .max = 268435456},
    {"block_wait_ms", SETTING_NUMBER, AT(block_wait_ms),
     "How long a transaction may wait for company in a block while another block is under way.",
     .standard = "10", .min = 0, .max = 1000},
    {"pool_bytes", SETTING_NUMBER, AT(pool_bytes),
     "Transactions that wait for a block, in bytes; beyond it clients are told to try again.",
     .standard = "67108864", .min = 1048576, .max = 1073741824},
    {"checkpoint_blocks", SETTING_NUMBER, AT(checkpoint_blocks),
     "While this node leads, it proposes a checkpoint this many blocks after the last one, or ...",
     .standard = "10000", .min = 1, .max = 1000000},
    {"checkpoint_seconds", SETTING_NUMBER, AT(checkpoint_seconds),
     "... this many seconds after a change that none confirms yet. Every node compares its own\n"
     "state with what a checkpoint says. Without changes there are none.",
     .standard = "60", .min = 1, .max = 86400},
    {"index_bytes", SETTING_NUMBER, AT(index_bytes),
     "Memory for the index of claims: about 4 bytes a claim and 100 a TAC (docs/performance.md).\n"
     "Beyond it questions are answered from the disk, and slower, until the node starts again. 0:\n"
     "as much as the machine has.",
     .standard = "0", .max = UINT64_C(1) << 40},
    {"start_from", SETTING_WORD, AT(start_from),
     "How a node without a state gets one. replay: it verifies and applies all blocks, and\n"
     "believes nobody. checkpoint: it takes from other nodes the state that a checkpoint in its\n"
     "log speaks of, and applies what comes after. Its log is whole in both cases.",
     .standard = "replay", .min = START_REPLAY, .words = start_words},
    {"log_level", SETTING_WORD, AT(log_level), "debug, info, warning or error.", .standard = "info",
     .min = LOG_DEBUG, .words = log_level_words},
    {"join", SETTING_TEXTS, AT(join),
     "Clients' address of another node, or a list of up to four: for a node that the genesis file\n"
     "does not name. It asks there who the members are and which of them it is, when it does not\n"
     "know or knows of no leader. What it is told is checked from the genesis on.",
     .standard = "[]", .max = CONFIG_JOIN_MAX, .fits = is_client_address,
     .wanted = "is the clients' address of another node, tcp:// or ipc://"},
    {"peers", SETTING_SPECIAL, AT(peers),
     "Other addresses of nodes than those in the ledger, for example\n"
     "{ke-op: \"tls+tcp://10.1.2.3:7700\"}.",
     .standard = "{}", .read = read_peers},
    {"policy", SETTING_PATH, AT(policy),
     "The operator's own policy: what claims, TACs and silence mean to this network (imeid\n"
     "--print-policy, docs/eir.md). Without it every block is black, every watch and duplicate\n"
     "grey. Read again on SIGHUP (systemctl reload imeid).",
     .standard = SETTING_NONE},
    {"gsup", SETTING_SECTION, AT(gsup),
     "Check-IMEI for MSCs and SGSNs of an Osmocom core, by GSUP over IPA.",
     .section = &gsup_settings},
    {"metrics", SETTING_SECTION, AT(metrics),
     "Figures in OpenMetrics text, and whether the node is well, by HTTP.",
     .section = &watch_settings},
    {"sightings", SETTING_SECTION, AT(sightings),
     "How many subscribers use a device, from the IMSI that networks ask with; docs/eir.md says\n"
     "what is kept.",
     .section = &sighter_settings},
    {"s13", SETTING_SECTION, AT(s13),
     "The Diameter interface for MMEs and SGSNs, S13 and S13' (3GPP TS 29.272).",
     .section = &s13_settings},
    {"http", SETTING_SECTION, AT(http), "N5g-eir for AMFs of a 5G core, by HTTP/2 or HTTP/1.1.",
     .section = &http_front_settings},
};

static enum err check_timing(const void *target, struct complaint *complaint)
{
    const struct config *config = target;
    if (config->election_min_ms < 2 * config->heartbeat_ms)
        return complain(complaint, 0, "'election_min_ms' is at least twice 'heartbeat_ms'");
    if (config->election_max_ms <= config->election_min_ms)
        return complain(complaint, 0, "'election_max_ms' is larger than 'election_min_ms'");
    if (config->election_max_ms > config->heartbeat_ms * RAFT_HEARTBEATS_MAX)
        return complain(complaint, 0, "'election_max_ms' is at most %d times 'heartbeat_ms'",
                        RAFT_HEARTBEATS_MAX);
    return ERR_OK;
}

static const struct settings settings = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .check = check_timing,
    .title = "imeid: configuration of a node. Keys that begin a line without a mark are required;\n"
             "the others stand at their defaults.",
    .lists = "imeid --print-config",
};

enum err config_parse(struct bytes text, const char *directory, struct config *out,
                      struct complaint *complaint)
{
    *out = (struct config){.node = ""};
    return settings_parse(&settings, text, directory, out, complaint);
}

void config_print(FILE *out)
{
    settings_print(&settings, out);
}
