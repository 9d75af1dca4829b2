/*
 * named_file.h: files that the configuration names; what is wrong is said of its key.
 *
 * ERR_CONFIG with `complaint`; ERR_MEMORY.
 */
#ifndef NODE_NAMED_FILE_H
#define NODE_NAMED_FILE_H

#include "conf/document.h"
#include "proto/sign.h"

/* `key`: of the configuration. `data` as file_read() has it. */
enum err named_file_read(const char *key, const char *path, size_t size_max, uint8_t **data,
                         size_t *size, struct complaint *complaint) must_check;

/* A file that others may read is no secret any more. */
enum err named_file_secret(const char *key, const char *path, size_t size_max, uint8_t **data,
                           size_t *size, struct complaint *complaint) must_check;

/* A private key in PEM, without a passphrase; the caller wipes it. */
enum err named_file_key(const char *key, const char *path, struct secret_key *out,
                        struct complaint *complaint) must_check;

#endif
