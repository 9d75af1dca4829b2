#include "node/config.h"

#include "consensus/raft.h"
#include "proto/address.h"

#include <stddef.h>
#include <stdlib.h>

enum config_form {
    FORM_TEXT,
    FORM_PATH,
    FORM_CLIENTS,
    FORM_NUMBER,
    FORM_LEVEL,
    FORM_START,
    FORM_JOIN,
    FORM_PEERS
};

struct config_row {
    const char *key;
    enum config_form form;
    size_t offset;        /* in struct config */
    const char *standard; /* the default; NULL: required */
    const char *example;  /* printed where there is no default */
    uint64_t min;         /* NUMBER */
    uint64_t max;
    const char *help; /* lines of at most 90 columns, parted by \n */
};

#define AT(field) offsetof(struct config, field)

static const struct config_row rows[] = {
    {"node", FORM_TEXT, AT(node), NULL, "fr-op", 0, 0,
     "This node's name, as the genesis file or the statement that adds it has it. Its certificate\n"
     "carries the same name."},
    {"data", FORM_PATH, AT(data), NULL, "/var/lib/imeid", 0, 0,
     "Directory of the log and the state. One process at a time; keep it on a disk that syncs."},
    {"genesis", FORM_PATH, AT(genesis), NULL, "/etc/imeid/genesis", 0, 0,
     "The genesis file that all nodes of the network share. Its hash is the network's id."},
    {"key", FORM_PATH, AT(key), NULL, "/etc/imeid/node.pem", 0, 0,
     "The node's secp256k1 key, PEM without a passphrase, readable by this user alone. It signs\n"
     "this node's connections and nothing else: organisations' keys never come to a node."},
    {"certificate", FORM_PATH, AT(certificate), NULL, "/etc/imeid/node.crt", 0, 0,
     "TLS certificate for the other nodes, PEM, from the organisation's CA in the genesis file,\n"
     "with the node's name as its DNS name."},
    {"certificate_key", FORM_PATH, AT(certificate_key), NULL, "/etc/imeid/node.key", 0, 0,
     "The certificate's private key, PEM without a passphrase."},
    {"listen", FORM_TEXT, AT(listen), NULL, "tls+tcp://0.0.0.0:7700", 0, 0,
     "Where the other nodes connect to."},
    {"clients", FORM_CLIENTS, AT(clients), "tcp://127.0.0.1:7701", NULL, 0, 0,
     "Where the tool and the EIR connect to: tcp:// or ipc://. It is not encrypted: keep it on\n"
     "this machine or on a network of its own. Who can reach it can read the ledger, and can\n"
     "submit what an organisation's key has signed."},
    {"heartbeat_ms", FORM_NUMBER, AT(heartbeat_ms), "300", NULL, 10, 10000,
     "How often the leader says that it is there."},
    {"election_min_ms", FORM_NUMBER, AT(election_min_ms), "3000", NULL, 50, 60000,
     "How long a leader may be silent before another node stands for election: drawn between\n"
     "this and election_max_ms each time. Several times heartbeat_ms, and more than the round\n"
     "trip between the furthest nodes."},
    {"election_max_ms", FORM_NUMBER, AT(election_max_ms), "6000", NULL, 100, 120000, NULL},
    {"window_bytes", FORM_NUMBER, AT(window_bytes), "8388608", NULL, 1048576, 268435456,
     "Blocks under way to one other node, in bytes: bandwidth times round trip."},
    {"block_wait_ms", FORM_NUMBER, AT(block_wait_ms), "10", NULL, 0, 1000,
     "How long a transaction may wait for company in a block while another block is under way."},
    {"pool_bytes", FORM_NUMBER, AT(pool_bytes), "67108864", NULL, 1048576, 1073741824,
     "Transactions that wait for a block, in bytes; beyond it clients are told to try again."},
    {"checkpoint_blocks", FORM_NUMBER, AT(checkpoint_blocks), "10000", NULL, 1, 1000000,
     "While this node leads, it proposes a checkpoint this many blocks after the last one, or ..."},
    {"checkpoint_seconds", FORM_NUMBER, AT(checkpoint_seconds), "60", NULL, 1, 86400,
     "... this many seconds after a change that none confirms yet. Every node compares its own\n"
     "state with what a checkpoint says. Without changes there are none."},
    {"start_from", FORM_START, AT(starts_from_checkpoint), "replay", NULL, 0, 0,
     "How a node without a state gets one. replay: it verifies and applies all blocks, and\n"
     "believes nobody. checkpoint: it takes from other nodes the state that a checkpoint in its\n"
     "log speaks of, and applies what comes after. Its log is whole in both cases."},
    {"log_level", FORM_LEVEL, AT(log_level), "info", NULL, 0, 0, "debug, info, warning or error."},
    {"join", FORM_JOIN, AT(join), "[]", NULL, 0, 0,
     "Clients' address of another node, or a list of up to four: for a node that the genesis file\n"
     "does not name. It asks there who the members are and which of them it is, when it does not\n"
     "know or knows of no leader. What it is told is checked from the genesis on."},
    {"peers", FORM_PEERS, AT(peers), "{}", NULL, 0, 0,
     "Other addresses of nodes than those in the ledger, for example\n"
     "{ke-op: \"tls+tcp://10.1.2.3:7700\"}."},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static const struct config_row *row_of(const char *key)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].key, key) == 0)
            return &rows[i];
    }
    return NULL;
}

/* Where something is read from, for the readers of single values below. */
struct config_input {
    const char *directory;
    struct config *config;
    struct complaint *complaint;
};

static enum err set_text(const struct config_input *input, const struct config_row *row,
                         const char *text, unsigned line)
{
    char *target = (char *)input->config + row->offset;
    bool is_relative = row->form == FORM_PATH && text[0] != '/';
    int size = snprintf(target, CONFIG_TEXT_MAX, "%s%s%s", is_relative ? input->directory : "",
                        is_relative ? "/" : "", text);
    if (text[0] == '\0')
        return complain(input->complaint, line, "'%s' is empty", row->key);
    if (size >= CONFIG_TEXT_MAX)
        return complain(input->complaint, line, "'%s' is longer than %d bytes", row->key,
                        CONFIG_TEXT_MAX - 1);
    return ERR_OK;
}

static enum err set_number(const struct config_input *input, const struct config_row *row,
                           struct value value)
{
    uint64_t number;
    if (value_number(value, row->max, &number) != ERR_OK || number < row->min)
        return complain(input->complaint, value_line(value),
                        "'%s' is a whole number from %llu to %llu", row->key,
                        (unsigned long long)row->min, (unsigned long long)row->max);
    memcpy((char *)input->config + row->offset, &number, sizeof number);
    return ERR_OK;
}

static bool is_client_address(const char *text)
{
    return strncmp(text, "tcp://", 6) == 0 || strncmp(text, "ipc://", 6) == 0;
}

static enum err set_clients(const struct config_input *input, const struct config_row *row,
                            const char *text, unsigned line)
{
    if (text[0] != '\0' && !is_client_address(text))
        return complain(input->complaint, line, "'clients' begins with tcp:// or ipc://");
    return set_text(input, row, text, line);
}

static enum err set_level(const struct config_input *input, const char *text, unsigned line)
{
    if (!log_level_parse(text, &input->config->log_level))
        return complain(input->complaint, line, "'log_level' is debug, info, warning or error");
    return ERR_OK;
}

static enum err set_start(const struct config_input *input, const char *text, unsigned line)
{
    bool is_checkpoint = strcmp(text, "checkpoint") == 0;
    if (!is_checkpoint && strcmp(text, "replay") != 0)
        return complain(input->complaint, line, "'start_from' is replay or checkpoint");
    input->config->starts_from_checkpoint = is_checkpoint;
    return ERR_OK;
}

/* One address, or a list of them. */
static enum err set_join(const struct config_input *input, struct value value)
{
    struct config *config = input->config;
    bool is_list = value_kind(value) == VALUE_LIST;
    size_t count = is_list ? value_count(value) : 1;
    if (count > CONFIG_JOIN_MAX)
        return complain(input->complaint, value_line(value), "'join' has at most %d addresses",
                        CONFIG_JOIN_MAX);
    for (size_t i = 0; i < count; i++) {
        struct value item = is_list ? value_at(value, i) : value;
        const char *text = value_text(item);
        if (text == NULL || !is_client_address(text) || strlen(text) >= CONFIG_TEXT_MAX)
            return complain(input->complaint, value_line(item),
                            "'join' is the clients' address of another node, tcp:// or ipc://");
        snprintf(config->join[config->join_count++], CONFIG_TEXT_MAX, "%s", text);
    }
    return ERR_OK;
}

static enum err set_peers(const struct config_input *input, struct value map)
{
    struct config *config = input->config;
    if (value_kind(map) != VALUE_MAP)
        return complain(input->complaint, value_line(map),
                        "'peers' is a map of names to addresses");
    if (value_count(map) > MEMBERS_MAX)
        return complain(input->complaint, value_line(map), "at most %d peers", MEMBERS_MAX);
    for (size_t i = 0; i < value_count(map); i++) {
        struct config_peer *peer = &config->peers[config->peer_count];
        const char *address = value_text(value_at(map, i));
        const char *name = value_key(map, i);
        if (address == NULL || address_check(address) != ERR_OK || strlen(name) > NAME_SIZE_MAX)
            return complain(input->complaint, value_key_line(map, i),
                            "'peers' maps a node's name to one address, tls+tcp://HOST:PORT");
        snprintf(peer->name, sizeof peer->name, "%s", name);
        snprintf(peer->address, sizeof peer->address, "%s", address);
        config->peer_count++;
    }
    return ERR_OK;
}

static enum err set_value(const struct config_input *input, const struct config_row *row,
                          struct value value)
{
    const char *text = value_text(value);
    unsigned line = value_line(value);
    if (row->form == FORM_PEERS)
        return set_peers(input, value);
    if (row->form == FORM_JOIN)
        return set_join(input, value);
    if (text == NULL)
        return complain(input->complaint, line, "'%s' is a single value", row->key);
    switch (row->form) {
    case FORM_TEXT:
    case FORM_PATH: return set_text(input, row, text, line);
    case FORM_CLIENTS: return set_clients(input, row, text, line);
    case FORM_NUMBER: return set_number(input, row, value);
    case FORM_LEVEL: return set_level(input, text, line);
    case FORM_START: return set_start(input, text, line);
    case FORM_JOIN:
    case FORM_PEERS: break;
    }
    return ERR_INTERNAL;
}

/* The defaults are values of a small document of their own, so that they pass the same checks. */
static enum err set_defaults(const struct config_input *input, const bool seen[ROW_COUNT])
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < ROW_COUNT && err == ERR_OK; i++) {
        if (seen[i])
            continue;
        if (rows[i].standard == NULL)
            return complain(input->complaint, 0, "'%s' is missing", rows[i].key);
        struct document *document;
        err = document_parse(bytes_of(rows[i].standard, strlen(rows[i].standard)), &document,
                             input->complaint);
        if (err == ERR_OK)
            err = set_value(input, &rows[i], document_root(document));
        document_close(document);
    }
    return err;
}

static enum err check_timing(const struct config *config, struct complaint *complaint)
{
    if (config->election_min_ms < 2 * config->heartbeat_ms)
        return complain(complaint, 0, "'election_min_ms' is at least twice 'heartbeat_ms'");
    if (config->election_max_ms <= config->election_min_ms)
        return complain(complaint, 0, "'election_max_ms' is larger than 'election_min_ms'");
    if (config->election_max_ms > config->heartbeat_ms * RAFT_HEARTBEATS_MAX)
        return complain(complaint, 0, "'election_max_ms' is at most %d times 'heartbeat_ms'",
                        RAFT_HEARTBEATS_MAX);
    return ERR_OK;
}

static enum err read_root(const struct config_input *input, struct value root)
{
    bool seen[ROW_COUNT] = {false};
    if (value_kind(root) != VALUE_MAP)
        return complain(input->complaint, value_line(root), "a list of 'key: value' is expected");
    for (size_t i = 0; i < value_count(root); i++) {
        const struct config_row *row = row_of(value_key(root, i));
        if (row == NULL)
            return complain(input->complaint, value_key_line(root, i),
                            "'%s' is not a key; imeid --print-config lists them",
                            value_key(root, i));
        enum err err = set_value(input, row, value_at(root, i));
        if (err != ERR_OK)
            return err;
        seen[row - rows] = true;
    }
    enum err err = set_defaults(input, seen);
    return err == ERR_OK ? check_timing(input->config, input->complaint) : err;
}

enum err config_parse(struct bytes text, const char *directory, struct config *out,
                      struct complaint *complaint)
{
    struct config_input input = {directory, out, complaint};
    struct document *document;
    *out = (struct config){.peer_count = 0};
    enum err err = document_parse(text, &document, complaint);
    if (err == ERR_OK)
        err = read_root(&input, document_root(document));
    document_close(document);
    return err;
}

static void print_help(FILE *out, const char *help)
{
    fputs("\n# ", out);
    for (const char *at = help; *at != '\0'; at++) {
        fputc(*at, out);
        if (*at == '\n')
            fputs("# ", out);
    }
    fputc('\n', out);
}

void config_print(FILE *out)
{
    fputs("# imeid: configuration of a node. Keys that begin a line without a mark are required;\n"
          "# the others stand at their defaults.\n",
          out);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct config_row *row = &rows[i];
        if (row->help != NULL)
            print_help(out, row->help);
        if (row->standard != NULL)
            fprintf(out, "# %s: %s\n", row->key, row->standard);
        else
            fprintf(out, "%s: %s\n", row->key, row->example);
    }
}
