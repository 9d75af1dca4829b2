#include "node/named_file.h"

#include "proto/keyfile.h"
#include "store/directory.h"

#include <stdlib.h>
#include <sys/stat.h>

enum err named_file_read(const char *key, const char *path, size_t size_max, uint8_t **data,
                         size_t *size, struct complaint *complaint)
{
    enum err err = file_read(path, size_max, data, size);
    if (err == ERR_OK || err == ERR_MEMORY)
        return err;
    return complain_of_file(complaint, key, "'%s': %s: %s", key, path, err_sentence(err));
}

enum err named_file_secret(const char *key, const char *path, size_t size_max, uint8_t **data,
                           size_t *size, struct complaint *complaint)
{
    struct stat status;
    if (stat(path, &status) == 0 && (status.st_mode & 077) != 0)
        return complain_of_file(complaint, key, "'%s': %s can be read by others: chmod 600 it", key,
                                path);
    return named_file_read(key, path, size_max, data, size, complaint);
}

enum err named_file_key(const char *key, const char *path, struct secret_key *out,
                        struct complaint *complaint)
{
    uint8_t *pem = NULL;
    size_t size = 0;
    enum err err = named_file_secret(key, path, KEYFILE_SIZE_MAX, &pem, &size, complaint);
    if (err != ERR_OK || pem == NULL)
        return err;
    err = keyfile_parse(bytes_of(pem, size), NULL, NULL, out);
    explicit_bzero(pem, size);
    free(pem);
    if (err == ERR_OK || err == ERR_MEMORY)
        return err;
    return complain_of_file(complaint, key, "'%s': %s: %s", key, path, err_sentence(err));
}
