#include "testnet/swarm/places.h"

#include "proto/keyfile.h"
#include "store/directory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAMES_SIZE_MAX = 8192 };

/* Reads `directory`/FORMAT whole; the caller frees the data. */
static enum err __attribute__((format(printf, 6, 7)))
take_file(const struct places *places, struct complaint *complaint, size_t size_max, uint8_t **data,
          size_t *size, const char *format, ...)
{
    char path[2 * PATH_MAX];
    int start = snprintf(path, sizeof path, "%s/", places->directory);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(path + start, sizeof path - (size_t)start, format, arguments);
    va_end(arguments);
    enum err err = file_read(path, size_max, data, size);
    if (err == ERR_OK || err == ERR_MEMORY)
        return err;
    return complain(complaint, 0, "%s: %s", path, err_sentence(err));
}

/* A file of one line, without its newline. */
static enum err take_line(const struct places *places, struct complaint *complaint,
                          const struct name *node, const char *file, char *out, size_t capacity)
{
    uint8_t *data = NULL;
    size_t size = 0;
    enum err err =
        take_file(places, complaint, capacity - 1, &data, &size, "nodes/%s/%s", node->text, file);
    if (err != ERR_OK)
        return err;
    while (size > 0 && data[size - 1] == '\n')
        size--;
    memcpy(out, data, size);
    out[size] = '\0';
    free(data);
    return ERR_OK;
}

static enum err take_node(struct places *places, const char *text, size_t size,
                          struct complaint *complaint)
{
    if (places->node_count == PLACES_NODES_MAX)
        return complain(complaint, 0, "%s: more than %d nodes", places->directory,
                        PLACES_NODES_MAX);
    struct place *place = &places->nodes[places->node_count];
    if (name_parse(text, size, &place->node) != ERR_OK)
        return complain(complaint, 0, "%s/nodes/names: '%.*s' is no node's name", places->directory,
                        (int)size, text);
    enum err err = take_line(places, complaint, &place->node, "clients", place->address,
                             sizeof place->address);
    if (err == ERR_OK)
        err = take_line(places, complaint, &place->node, "data-path", place->data,
                        sizeof place->data);
    if (err == ERR_OK)
        places->node_count++;
    return err;
}

static enum err take_nodes(struct places *places, struct complaint *complaint)
{
    uint8_t *data = NULL;
    size_t size = 0;
    enum err err = take_file(places, complaint, NAMES_SIZE_MAX, &data, &size, "nodes/names");
    const char *at = (const char *)data;
    while (err == ERR_OK && *at != '\0') {
        size_t length = strcspn(at, "\n");
        if (length > 0)
            err = take_node(places, at, length, complaint);
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    free(data);
    if (err == ERR_OK && places->node_count == 0)
        err = complain(complaint, 0, "%s: no nodes", places->directory);
    return err;
}

static enum err take_genesis(struct places *places, struct complaint *complaint)
{
    size_t size = 0;
    enum err err =
        take_file(places, complaint, GENESIS_SIZE_MAX, &places->genesis_data, &size, "genesis");
    if (err != ERR_OK)
        return err;
    places->genesis = calloc(1, sizeof *places->genesis);
    if (places->genesis == NULL)
        return ERR_MEMORY;
    err = genesis_parse(bytes_of(places->genesis_data, size), places->genesis);
    if (err == ERR_OK)
        return ERR_OK;
    return complain(complaint, 0, "%s/genesis: %s", places->directory, err_sentence(err));
}

enum err places_open(const char *directory, struct places *out, struct complaint *complaint)
{
    *out = (struct places){0};
    if (snprintf(out->directory, sizeof out->directory, "%s", directory) >=
        (int)sizeof out->directory)
        return complain(complaint, 0, "%s: the path is too long", directory);
    enum err err = take_genesis(out, complaint);
    return err == ERR_OK ? take_nodes(out, complaint) : err;
}

static enum err take_key(struct places *places, const struct genesis_organisation *organisation,
                         struct complaint *complaint)
{
    uint8_t *pem = NULL;
    size_t size = 0;
    struct signer_key *signer = &places->signers[places->signer_count];
    enum err err = take_file(places, complaint, KEYFILE_SIZE_MAX, &pem, &size,
                             "organisations/%s/key.pem", organisation->name.text);
    if (err != ERR_OK)
        return err;
    err = keyfile_parse(bytes_of(pem, size), NULL, NULL, &signer->secret);
    explicit_bzero(pem, size);
    free(pem);
    if (err != ERR_OK)
        return complain(complaint, 0, "the key of %s: %s", organisation->name.text,
                        err_sentence(err));
    signer->organisation = organisation->name;
    signer->country = organisation->country;
    signer->roles = organisation->roles;
    places->signer_count++;
    return ERR_OK;
}

enum err places_take_keys(struct places *places, struct complaint *complaint)
{
    const struct genesis *genesis = places->genesis;
    unsigned may = operation_row(OP_BLOCK)->roles;
    enum err err = ERR_OK;
    for (size_t i = 0; i < genesis->organisation_count && err == ERR_OK; i++)
        if ((genesis->organisations[i].roles & may) != 0 &&
            places->signer_count < PLACES_SIGNERS_MAX)
            err = take_key(places, &genesis->organisations[i], complaint);
    if (err == ERR_OK && places->signer_count == 0)
        err =
            complain(complaint, 0, "%s: no organisation that may block devices", places->directory);
    return err;
}

void places_close(struct places *places)
{
    for (size_t i = 0; i < places->signer_count; i++)
        secret_key_wipe(&places->signers[i].secret);
    free(places->genesis);
    free(places->genesis_data);
    *places = (struct places){0};
}
