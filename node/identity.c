#include "node/identity.h"

#include "node/certificate.h"
#include "node/clock.h"
#include "node/named_file.h"

#include <stdlib.h>

#define PEM_SIZE_MAX (256 * 1024)

/* How long before it expires a certificate is warned of. */
#define EXPIRY_WARNING_MS (UINT64_C(30) * 24 * 3600 * 1000)

static enum err load_genesis(const struct config *config, struct identity *identity,
                             struct complaint *complaint)
{
    size_t size;
    enum err err = named_file_read("genesis", config->genesis, GENESIS_SIZE_MAX,
                                   &identity->buffers[0], &size, complaint);
    if (err != ERR_OK)
        return err;
    identity->genesis_file = bytes_of(identity->buffers[0], size);
    identity->genesis = malloc(sizeof *identity->genesis);
    if (identity->genesis == NULL)
        return ERR_MEMORY;
    err = genesis_parse(identity->genesis_file, identity->genesis);
    if (err != ERR_OK)
        return complain_of_file(complaint, "genesis", "'genesis': %s: %s", config->genesis,
                                err_sentence(err));
    return ERR_OK;
}

static enum err load_key(const struct config *config, struct identity *identity,
                         struct complaint *complaint)
{
    enum err err = named_file_key("key", config->key, &identity->key, complaint);
    if (err != ERR_OK)
        return err;
    err = public_key_of(&identity->key, &identity->public_key);
    if (err != ERR_OK)
        return complain_of_file(complaint, "key", "'key': %s: %s", config->key, err_sentence(err));
    return ERR_OK;
}

static const struct genesis_node *node_with_key(const struct genesis *genesis,
                                                const struct public_key *key)
{
    for (size_t i = 0; i < genesis->node_count; i++) {
        if (memcmp(&genesis->nodes[i].key, key, sizeof *key) == 0)
            return &genesis->nodes[i];
    }
    return NULL;
}

/* By its key; a name may be another node's by now. */
static enum err find_node(const struct config *config, struct identity *identity,
                          struct complaint *complaint)
{
    const struct genesis *genesis = identity->genesis;
    identity->node = node_with_key(genesis, &identity->public_key);
    bool has_name = genesis_node_named(genesis, config->node) != NULL;
    if (identity->node == NULL && config->join.count > 0)
        return ERR_OK;
    if (!has_name)
        return complain_of_file(
            complaint, "node",
            "'node': the genesis file names no node '%s': a node that was added later "
            "has 'join'",
            config->node);
    if (identity->node == NULL || strcmp(identity->node->name.text, config->node) != 0)
        return complain_of_file(complaint, "key",
                                "'key': %s is not the key of node '%s' in the genesis file",
                                config->key, config->node);
    return ERR_OK;
}

/* What links takes: a terminated text. */
static enum err check_pem(const char *key, const char *path, const uint8_t *buffer, size_t size,
                          struct complaint *complaint)
{
    const char *text = (const char *)buffer;
    if (strlen(text) != size || strstr(text, "-----BEGIN ") == NULL)
        return complain(complaint, 0, "'%s': %s is not a PEM file", key, path);
    return ERR_OK;
}

static enum err load_certificate(const struct config *config, struct identity *identity,
                                 struct complaint *complaint)
{
    size_t size;
    const char *path = config->certificate;
    enum err err =
        named_file_read("certificate", path, PEM_SIZE_MAX, &identity->buffers[2], &size, complaint);
    if (err == ERR_OK)
        err = check_pem("certificate", path, identity->buffers[2], size, complaint);
    if (err != ERR_OK)
        return err;
    identity->certificate = (const char *)identity->buffers[2];
    path = config->certificate_key;
    err = named_file_secret("certificate_key", path, PEM_SIZE_MAX, &identity->buffers[3], &size,
                            complaint);
    if (err == ERR_OK)
        err = check_pem("certificate_key", path, identity->buffers[3], size, complaint);
    identity->certificate_key = (const char *)identity->buffers[3];
    return err;
}

/* That the other nodes will accept it, as far as that can be seen from here. */
static enum err check_certificate(const struct config *config, struct identity *identity,
                                  size_t organisation, struct complaint *complaint)
{
    struct certificate_files files = {
        .certificate = identity->certificate,
        .key = identity->certificate_key,
        .ca = identity->genesis->organisations[organisation].ca,
        .name = config->node,
    };
    char why[CERTIFICATE_TEXT_MAX];
    enum err err = certificate_check(&files, &identity->certificate_until_ms, why);
    if (err == ERR_OK)
        identity->organisation = organisation;
    if (err != ERR_CONFIG && err != ERR_UNKNOWN_ORGANISATION)
        return err;
    (void)complain_of_file(complaint, "certificate", "'certificate': %s: %s", config->certificate,
                           why);
    return err;
}

/* Of a node that nobody knows yet: one organisation of the genesis has made it. */
static enum err find_organisation(const struct config *config, struct identity *identity,
                                  struct complaint *complaint)
{
    const struct genesis *genesis = identity->genesis;
    enum err err = ERR_UNKNOWN_ORGANISATION;
    (void)complain_of_file(complaint, "genesis", "'genesis': no organisation there has a CA");
    for (size_t i = 0; i < genesis->organisation_count && err == ERR_UNKNOWN_ORGANISATION; i++) {
        if (genesis->organisations[i].ca.size > 0)
            err = check_certificate(config, identity, i, complaint);
    }
    return err;
}

static enum err check_owner(const struct config *config, struct identity *identity,
                            struct complaint *complaint)
{
    enum err err =
        identity->node != NULL
            ? check_certificate(config, identity, identity->node->organisation, complaint)
            : find_organisation(config, identity, complaint);
    return err == ERR_UNKNOWN_ORGANISATION ? ERR_CONFIG : err;
}

static enum err find_genesis_organisation(const struct genesis *genesis, const struct name *name,
                                          size_t *out)
{
    for (*out = 0; *out < genesis->organisation_count; ++*out) {
        if (strcmp(genesis->organisations[*out].name.text, name->text) == 0)
            return ERR_OK;
    }
    return ERR_UNKNOWN_ORGANISATION;
}

enum err identity_become(const struct config *config, const struct node_info *info,
                         struct identity *identity, struct complaint *complaint)
{
    struct genesis_node *self = &identity->self;
    *self = (struct genesis_node){.id = info->id, .name = info->name, .key = info->key};
    memcpy(self->address, info->address, sizeof self->address);
    if (strcmp(info->name.text, config->node) != 0)
        return complain_of_file(complaint, "node",
                                "'node': the ledger calls the node with this key '%s'",
                                info->name.text);
    if (find_genesis_organisation(identity->genesis, &info->organisation, &self->organisation) !=
        ERR_OK)
        return complain_of_file(complaint, "genesis",
                                "'genesis': no organisation '%s', whose node this is",
                                info->organisation.text);
    identity->node = self;
    return check_owner(config, identity, complaint);
}

enum err identity_load(const struct config *config, struct identity *out,
                       struct complaint *complaint)
{
    *out = (struct identity){.genesis = NULL};
    enum err err = load_genesis(config, out, complaint);
    if (err == ERR_OK)
        err = load_key(config, out, complaint);
    if (err == ERR_OK)
        err = find_node(config, out, complaint);
    if (err == ERR_OK)
        err = load_certificate(config, out, complaint);
    if (err == ERR_OK)
        err = check_owner(config, out, complaint);
    if (err != ERR_OK)
        identity_free(out);
    return err;
}

void identity_free(struct identity *identity)
{
    secret_key_wipe(&identity->key);
    for (size_t i = 0; i < sizeof identity->buffers / sizeof identity->buffers[0]; i++)
        free(identity->buffers[i]);
    free(identity->genesis);
    *identity = (struct identity){.genesis = NULL};
}

void identity_warn_of_expiry(const struct identity *identity)
{
    char until[CLOCK_TEXT_SIZE];
    if (identity->certificate_until_ms > clock_wall_ms() + EXPIRY_WARNING_MS)
        return;
    clock_format(identity->certificate_until_ms, until);
    log_event(LOG_WARNING, "certificate", "until=%s do=\"%s\"", until,
              "have your CA make a new one, and start the node again");
}

const char *identity_address(const struct config *config, const struct name *name,
                             const char *address)
{
    for (size_t i = 0; i < config->peers.count; i++) {
        if (strcmp(config->peers.at[i].name, name->text) == 0)
            return config->peers.at[i].address;
    }
    return address;
}
