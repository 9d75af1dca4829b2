#include "store/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum err file_err(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR: return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return ERR_READ_ONLY;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return ERR_DISK_FULL;
    case ENOMEM: return ERR_MEMORY;
    default: return ERR_IO;
    }
}

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

enum err directory_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return file_err(errno);
    enum err err = fsync(fd) == 0 ? ERR_OK : ERR_IO;
    close(fd);
    return err;
}

static enum err sync_parent(const char *path)
{
    char *copy = strdup(path);
    if (copy == NULL)
        return ERR_MEMORY;
    enum err err = directory_sync(dirname(copy));
    free(copy);
    return err;
}

static enum err make_one(const char *path)
{
    if (is_directory(path))
        return ERR_OK;
    if (mkdir(path, 0700) == 0)
        return sync_parent(path);
    /* Somebody else may have made it since; anything else of that name is in the way. */
    if (errno == EEXIST)
        return is_directory(path) ? ERR_OK : ERR_IO;
    enum err err = file_err(errno);
    return err == ERR_NOT_FOUND ? ERR_IO : err;
}

enum err directory_make(const char *path)
{
    char *prefix = strdup(path);
    if (prefix == NULL)
        return ERR_MEMORY;
    enum err err = ERR_OK;
    for (char *at = prefix; err == ERR_OK && *at != '\0'; at++) {
        if (*at != '/' || at == prefix)
            continue;
        *at = '\0';
        err = make_one(prefix);
        *at = '/';
    }
    if (err == ERR_OK)
        err = make_one(prefix);
    free(prefix);
    return err;
}

/* flock() and not fcntl(): it belongs to this open file, so that no other close() of the same file
 * in this process lets go of it. */
static enum err lock_file(const char *path, int flags, int operation, int *lock)
{
    *lock = -1;
    char *name;
    if (asprintf(&name, "%s/lock", path) < 0)
        return ERR_MEMORY;
    int fd = open(name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    int number = errno;
    free(name);
    if (fd < 0)
        return file_err(number);
    if (flock(fd, operation | LOCK_NB) != 0) {
        enum err err = errno == EWOULDBLOCK ? ERR_LOCKED : ERR_IO;
        close(fd);
        return err;
    }
    *lock = fd;
    return ERR_OK;
}

void directory_discard(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        (void)unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    (void)rmdir(path);
}

enum err directory_lock(const char *path, int *lock)
{
    return lock_file(path, O_RDWR | O_CREAT, LOCK_EX, lock);
}

enum err directory_lock_shared(const char *path, int *lock)
{
    enum err err = lock_file(path, O_RDONLY, LOCK_SH, lock);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

void directory_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}

/* Reads until `capacity` bytes are there or the file ends. */
static enum err read_up_to(int fd, uint8_t *data, size_t capacity, size_t *size)
{
    *size = 0;
    while (*size < capacity) {
        ssize_t got = read(fd, data + *size, capacity - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            break;
        *size += (size_t)got;
    }
    return ERR_OK;
}

static enum err read_regular(int fd, size_t size_max, uint8_t **data, size_t *size)
{
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return ERR_IO;
    if ((uint64_t)status.st_size > size_max)
        return ERR_TOO_LARGE;
    size_t expected = (size_t)status.st_size;
    uint8_t *buffer = malloc(expected + 1);
    if (buffer == NULL)
        return ERR_MEMORY;
    /* The byte more shows a file that grows meanwhile. */
    size_t got;
    enum err err = read_up_to(fd, buffer, expected + 1, &got);
    if (err == ERR_OK && got != expected)
        err = ERR_IO;
    if (err != ERR_OK) {
        free(buffer);
        return err;
    }
    buffer[expected] = 0;
    *data = buffer;
    *size = expected;
    return ERR_OK;
}

enum err file_read(const char *path, size_t size_max, uint8_t **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    /* O_NONBLOCK: a FIFO without a writer would block the open. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        enum err err = file_err(errno);
        return err == ERR_READ_ONLY ? ERR_IO : err;
    }
    enum err err = read_regular(fd, size_max, data, size);
    close(fd);
    return err;
}

enum err file_write_all(int fd, struct bytes content)
{
    while (content.size > 0) {
        ssize_t put = write(fd, content.data, content.size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return file_err(errno);
        content = bytes_of(content.data + put, content.size - (size_t)put);
    }
    return ERR_OK;
}

static enum err write_new(const char *path, struct bytes content, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return file_err(errno);
    enum err err = file_write_all(fd, content);
    if (err == ERR_OK && fsync(fd) != 0)
        err = file_err(errno);
    if (close(fd) != 0 && err == ERR_OK)
        err = file_err(errno);
    return err;
}

enum err file_replace(const char *path, struct bytes content, unsigned mode)
{
    /* A name of its own for each call: two writers at once must not share a temporary file. */
    uint64_t random;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        return ERR_IO;
    char *temporary;
    if (asprintf(&temporary, "%s.%016" PRIx64 ".new", path, random) < 0)
        return ERR_MEMORY;
    enum err err = write_new(temporary, content, mode);
    if (err == ERR_OK && rename(temporary, path) != 0)
        err = file_err(errno);
    if (err == ERR_OK)
        err = sync_parent(path);
    else
        (void)unlink(temporary);
    free(temporary);
    return err;
}
