#include "node/identity.h"

#include "node/certificate.h"
#include "proto/keyfile.h"
#include "store/directory.h"

#include <stdlib.h>
#include <sys/stat.h>

#define PEM_SIZE_MAX (256 * 1024)

static enum err load_file(const char *key, const char *path, size_t size_max, uint8_t **data,
                          size_t *size, struct complaint *complaint)
{
    enum err err = file_read(path, size_max, data, size);
    if (err == ERR_OK || err == ERR_MEMORY)
        return err;
    return complain(complaint, 0, "'%s': %s: %s", key, path, err_sentence(err));
}

/* A file that others may read is no secret any more. */
static enum err load_secret(const char *key, const char *path, size_t size_max, uint8_t **data,
                            size_t *size, struct complaint *complaint)
{
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & 077) != 0)
        return complain(complaint, 0, "'%s': %s can be read by others: chmod 600 it", key, path);
    return load_file(key, path, size_max, data, size, complaint);
}

static enum err load_genesis(const struct config *config, struct identity *identity,
                             struct complaint *complaint)
{
    size_t size;
    enum err err = load_file("genesis", config->genesis, GENESIS_SIZE_MAX, &identity->buffers[0],
                             &size, complaint);
    if (err != ERR_OK)
        return err;
    identity->genesis_file = bytes_of(identity->buffers[0], size);
    identity->genesis = malloc(sizeof *identity->genesis);
    if (identity->genesis == NULL)
        return ERR_MEMORY;
    err = genesis_parse(identity->genesis_file, identity->genesis);
    if (err != ERR_OK)
        return complain(complaint, 0, "'genesis': %s: %s", config->genesis, err_sentence(err));
    identity->node = genesis_node_named(identity->genesis, config->node);
    if (identity->node == NULL)
        return complain(complaint, 0, "'node': the genesis file names no node '%s'", config->node);
    return ERR_OK;
}

static enum err load_key(const struct config *config, struct identity *identity,
                         struct complaint *complaint)
{
    size_t size = 0;
    struct public_key public_key;
    enum err err =
        load_secret("key", config->key, KEYFILE_SIZE_MAX, &identity->buffers[1], &size, complaint);
    if (err != ERR_OK)
        return err;
    err = keyfile_parse(bytes_of(identity->buffers[1], size), NULL, NULL, &identity->key);
    if (err == ERR_OK)
        err = public_key_of(&identity->key, &public_key);
    if (err != ERR_OK)
        return complain(complaint, 0, "'key': %s: %s", config->key, err_sentence(err));
    if (memcmp(&public_key, &identity->node->key, sizeof public_key) != 0)
        return complain(complaint, 0, "'key': %s is not the key of node '%s' in the genesis file",
                        config->key, config->node);
    return ERR_OK;
}

static enum err check_peers(const struct config *config, const struct genesis *genesis,
                            struct complaint *complaint)
{
    for (size_t i = 0; i < config->peer_count; i++) {
        if (genesis_node_named(genesis, config->peers[i].name) == NULL)
            return complain(complaint, 0, "'peers': the genesis file names no node '%s'",
                            config->peers[i].name);
    }
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
        load_file("certificate", path, PEM_SIZE_MAX, &identity->buffers[2], &size, complaint);
    if (err == ERR_OK)
        err = check_pem("certificate", path, identity->buffers[2], size, complaint);
    if (err != ERR_OK)
        return err;
    identity->certificate = (const char *)identity->buffers[2];
    path = config->certificate_key;
    err =
        load_secret("certificate_key", path, PEM_SIZE_MAX, &identity->buffers[3], &size, complaint);
    if (err == ERR_OK)
        err = check_pem("certificate_key", path, identity->buffers[3], size, complaint);
    identity->certificate_key = (const char *)identity->buffers[3];
    return err;
}

/* That the other nodes will accept it, as far as that can be seen from here. */
static enum err check_certificate(const struct config *config, struct identity *identity,
                                  struct complaint *complaint)
{
    const struct genesis_organisation *organisation =
        &identity->genesis->organisations[identity->node->organisation];
    struct certificate_files files = {
        .certificate = identity->certificate,
        .key = identity->certificate_key,
        .ca = organisation->ca,
        .name = identity->node->name.text,
    };
    char why[CERTIFICATE_TEXT_MAX];
    enum err err = certificate_check(&files, &identity->certificate_until_ms, why);
    if (err != ERR_CONFIG)
        return err;
    return complain(complaint, 0, "'certificate': %s: %s", config->certificate, why);
}

enum err identity_load(const struct config *config, struct identity *out,
                       struct complaint *complaint)
{
    *out = (struct identity){.genesis = NULL};
    enum err err = load_genesis(config, out, complaint);
    if (err == ERR_OK)
        err = check_peers(config, out->genesis, complaint);
    if (err == ERR_OK)
        err = load_key(config, out, complaint);
    if (err == ERR_OK)
        err = load_certificate(config, out, complaint);
    if (err == ERR_OK)
        err = check_certificate(config, out, complaint);
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

const char *identity_address(const struct config *config, const struct name *name,
                             const char *address)
{
    for (size_t i = 0; i < config->peer_count; i++) {
        if (strcmp(config->peers[i].name, name->text) == 0)
            return config->peers[i].address;
    }
    return address;
}
