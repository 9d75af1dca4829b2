/*
 * NETWORK.yaml. The files that it names are keys, another one for each path, and a certificate.
 * What it takes, every node takes.
 */
#include "cli/network.h"
#include "proto/invariant.h"
#include "proto/keyfile.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char ca_pem[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";

/* Another key for another path. */
static void format_key(const char *path, char *pem, size_t capacity)
{
    struct hash hash = hash_of(bytes_of(path, strlen(path)));
    struct secret_key secret;
    struct public_key key;
    size_t size;
    memcpy(secret.bytes, hash.bytes, SECRET_KEY_SIZE);
    invariant(public_key_of(&secret, &key) == ERR_OK);
    invariant(keyfile_format_public(&key, pem, capacity, &size) == ERR_OK);
}

static enum err load(void *context, const char *path, size_t size_max, uint8_t **data, size_t *size)
{
    (void)context;
    char pem[512];
    if (*path == '/')
        return ERR_NOT_FOUND;
    if (strstr(path, "ca") == NULL)
        format_key(path, pem, sizeof pem);
    *data = (uint8_t *)strdup(strstr(path, "ca") != NULL ? ca_pem : pem);
    invariant(*data != NULL);
    *size = strlen((const char *)*data);
    invariant(*size <= size_max);
    return ERR_OK;
}

static void check(struct network *network)
{
    uint8_t *buffer = malloc(GENESIS_SIZE_MAX);
    struct genesis *again = malloc(sizeof *again);
    invariant(buffer != NULL && again != NULL);
    struct writer writer = writer_over(buffer, GENESIS_SIZE_MAX);
    genesis_write(&writer, network_genesis(network));
    invariant(writer_ok(&writer));
    invariant(genesis_parse(writer_view(&writer), again) == ERR_OK);
    free(again);
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct network_source source = {.load = load};
    struct network *network;
    struct complaint complaint = {0};
    enum err err = network_read(bytes_of(data, size), &source, 0, &network, &complaint);
    if (err == ERR_OK)
        check(network);
    else
        invariant(err == ERR_CONFIG && complaint.text[0] != '\0');
    network_close(network);
    return 0;
}
