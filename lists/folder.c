#include "lists/folder.h"

#include "proto/writer.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_SIZE = 256 * 1024 };

struct folder {
    char path[PATH_MAX];
    char hidden[PATH_MAX]; /* until it is published */
    char parent[PATH_MAX];
    bool is_published;
};

struct folder_file {
    int fd;
    enum err err;
    struct hasher hasher;
    uint64_t size;
    size_t used; /* of the buffer */
    uint8_t buffer[BUFFER_SIZE];
};

/* ---- the directory ---- */

static bool name_paths(struct folder *folder, const char *path)
{
    uint64_t random;
    char copy[PATH_MAX];
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    if (size + 32 > PATH_MAX || getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return false;
    snprintf(folder->path, sizeof folder->path, "%.*s", (int)size, path);
    snprintf(folder->hidden, sizeof folder->hidden, "%.*s.%016" PRIx64 ".new", (int)size, path,
             random);
    snprintf(copy, sizeof copy, "%s", folder->path);
    snprintf(folder->parent, sizeof folder->parent, "%s", dirname(copy));
    return true;
}

enum err folder_open(const char *path, struct folder **out)
{
    struct stat status;
    *out = NULL;
    struct folder *folder = calloc(1, sizeof *folder);
    if (folder == NULL)
        return ERR_MEMORY;
    enum err err = name_paths(folder, path) ? ERR_OK : ERR_IO;
    if (err == ERR_OK && lstat(folder->path, &status) == 0)
        err = ERR_LOCKED;
    if (err == ERR_OK && mkdir(folder->hidden, 0700) != 0)
        err = file_err(errno);
    if (err == ERR_OK)
        *out = folder;
    else
        free(folder);
    return err;
}

void folder_close(struct folder *folder)
{
    if (folder == NULL)
        return;
    if (!folder->is_published)
        directory_discard(folder->hidden);
    free(folder);
}

enum err folder_publish(struct folder *folder)
{
    enum err err = directory_sync(folder->hidden);
    if (err != ERR_OK)
        return err;
    if (renameat2(AT_FDCWD, folder->hidden, AT_FDCWD, folder->path, RENAME_NOREPLACE) != 0)
        return errno == EEXIST ? ERR_LOCKED : file_err(errno);
    folder->is_published = true;
    return directory_sync(folder->parent);
}

/* ---- files ---- */

enum err folder_file_open(struct folder *folder, const char *name, struct folder_file **out)
{
    char path[PATH_MAX];
    *out = NULL;
    struct folder_file *file = calloc(1, sizeof *file);
    if (file == NULL)
        return ERR_MEMORY;
    int size = snprintf(path, sizeof path, "%s/%s", folder->hidden, name);
    file->fd =
        size < (int)sizeof path ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (file->fd < 0) {
        free(file);
        return file_err(errno);
    }
    hasher_begin(&file->hasher);
    *out = file;
    return ERR_OK;
}

static void write_out(struct folder_file *file)
{
    if (file->err == ERR_OK)
        file->err = file_write_all(file->fd, bytes_of(file->buffer, file->used));
    hasher_add(&file->hasher, file->buffer, file->used);
    file->used = 0;
}

void folder_file_add(struct folder_file *file, const void *data, size_t size)
{
    const uint8_t *at = data;
    file->size += size;
    while (size > 0) {
        size_t room = BUFFER_SIZE - file->used;
        size_t part = size < room ? size : room;
        memcpy(file->buffer + file->used, at, part);
        file->used += part;
        at += part;
        size -= part;
        if (file->used == BUFFER_SIZE)
            write_out(file);
    }
}

enum err folder_file_close(struct folder_file *file, uint64_t *size, struct hash *hash)
{
    write_out(file);
    enum err err = file->err;
    *size = file->size;
    *hash = hasher_end(&file->hasher);
    if (err == ERR_OK && fsync(file->fd) != 0)
        err = file_err(errno);
    if (close(file->fd) != 0 && err == ERR_OK)
        err = file_err(errno);
    free(file);
    return err;
}
