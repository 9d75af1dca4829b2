/*
 * network.h: NETWORK.yaml, what a person writes for imei genesis new.
 *
 * Every error says the line, what is wrong and what would be right.
 */
#ifndef CLI_NETWORK_H
#define CLI_NETWORK_H

#include "conf/document.h"
#include "proto/genesis.h"

/* Where the files are that the document names: relative paths lie beside it. */
struct network_source {
    /* As file_load(). */
    enum err (*load)(void *context, const char *path, size_t size_max, uint8_t **data,
                     size_t *size);
    void *context;
};

/* Files beside the file at `path`. */
struct network_source network_source_beside(const char *path);
void network_source_close(struct network_source *source);

struct network;

/* ERR_CONFIG with `complaint`, else ERR_OK. `now_ms` is the genesis's time when the document has
 * none. */
enum err network_read(struct bytes yaml, const struct network_source *source, uint64_t now_ms,
                      struct network **out, struct complaint *complaint) must_check;
void network_close(struct network *network); /* NULL is allowed */

/* In the order of proto/genesis.h; belongs to the network. */
struct genesis *network_genesis(struct network *network);

#endif
