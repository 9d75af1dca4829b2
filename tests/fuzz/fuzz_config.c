/*
 * imeid.yaml. What is taken is what a node can start with; what is refused says why.
 */
#include "consensus/raft.h"
#include "node/config.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_text(const char *text)
{
    size_t size = strnlen(text, CONFIG_TEXT_MAX);
    return size > 0 && size < CONFIG_TEXT_MAX;
}

static void check(const struct config *config)
{
    const char *const texts[] = {config->node,        config->data,           config->genesis,
                                 config->key,         config->listen,         config->clients,
                                 config->certificate, config->certificate_key};
    const char *const paths[] = {config->data, config->genesis, config->key, config->certificate,
                                 config->certificate_key};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        invariant(is_text(texts[i]));
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        invariant(paths[i][0] == '/');
    invariant(strncmp(config->clients, "tcp://", 6) == 0 ||
              strncmp(config->clients, "ipc://", 6) == 0);
    invariant(2 * config->heartbeat_ms <= config->election_min_ms);
    invariant(config->election_min_ms < config->election_max_ms);
    invariant(config->election_max_ms <= config->heartbeat_ms * RAFT_HEARTBEATS_MAX);
    invariant(config->window_bytes >= BLOCK_SIZE_MAX && config->window_bytes <= UINT32_MAX);
    invariant(config->pool_bytes >= TX_SIZE_MAX);
    invariant(config->peers.count <= MEMBERS_MAX);
    for (size_t i = 0; i < config->peers.count; i++)
        invariant(strlen(config->peers.at[i].name) <= NAME_SIZE_MAX &&
                  strlen(config->peers.at[i].address) <= ADDRESS_SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config;
    struct complaint complaint = {0};
    enum err err = config_parse(bytes_of(data, size), "/etc/imeid", &config, &complaint);
    if (err == ERR_OK)
        check(&config);
    else
        invariant(err == ERR_CONFIG && complaint.text[0] != '\0');
    return 0;
}
