#include "eir/pairs_file.h"

#include "conf/settings.h"
#include "store/directory.h"

#include <stdio.h>
#include <stdlib.h>

struct path {
    char text[SETTING_TEXT_SIZE + 16];
};

static struct path path_of(const char *directory, const char *name)
{
    struct path path;
    snprintf(path.text, sizeof path.text, "%s/%s", directory, name);
    return path;
}

static enum err read_key(const char *directory, struct pairs_key *out)
{
    struct path path = path_of(directory, PAIRS_KEY_FILE_NAME);
    uint8_t *data = NULL;
    size_t size = 0;
    enum err err = file_read(path.text, PAIRS_KEY_SIZE, &data, &size);
    if (err == ERR_TOO_LARGE || (err == ERR_OK && size != PAIRS_KEY_SIZE))
        err = ERR_DAMAGED;
    if (err == ERR_OK)
        memcpy(out->bytes, data, PAIRS_KEY_SIZE);
    free(data);
    return err;
}

enum err pairs_key_get(const char *directory, const struct pairs_key *fresh, struct pairs_key *out)
{
    struct path path = path_of(directory, PAIRS_KEY_FILE_NAME);
    enum err err = read_key(directory, out);
    if (err != ERR_NOT_FOUND)
        return err;
    *out = *fresh;
    return file_replace(path.text, bytes_of(fresh->bytes, PAIRS_KEY_SIZE), 0600);
}

enum err pairs_load(const char *directory, struct pairs **out)
{
    struct path path = path_of(directory, PAIRS_FILE_NAME);
    struct pairs_key key;
    uint8_t *data = NULL;
    size_t size = 0;
    *out = NULL;
    enum err err = file_read(path.text, PAIRS_SIZE_MAX, &data, &size);
    if (err == ERR_NOT_FOUND)
        return ERR_OK;
    if (err == ERR_OK)
        err = read_key(directory, &key);
    if (err == ERR_NOT_FOUND || err == ERR_TOO_LARGE)
        err = ERR_DAMAGED;
    if (err == ERR_OK)
        err = pairs_read(bytes_of(data, size), &key, out);
    free(data);
    return err;
}

enum err pairs_save(const char *directory, const struct pairs *pairs)
{
    struct path path = path_of(directory, PAIRS_FILE_NAME);
    size_t size = pairs_size(pairs);
    uint8_t *data = malloc(size);
    if (data == NULL)
        return ERR_MEMORY;
    struct writer writer = writer_over(data, size);
    pairs_write(pairs, &writer);
    enum err err = writer.err;
    if (err == ERR_OK)
        err = file_replace(path.text, writer_view(&writer), 0600);
    free(data);
    return err;
}
