#include "cli/file.h"

#include "cli/memory.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool file_is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum err read_whole(int fd, size_t size_max, uint8_t **data, size_t *size)
{
    size_t capacity = 0;
    for (;;) {
        if (*size == capacity) {
            capacity = capacity == 0 ? 4096 : 2 * capacity;
            *data = memory_grow(*data, capacity + 1);
        }
        ssize_t got = read(fd, *data + *size, capacity - *size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            break;
        *size += (size_t)got;
        if (*size > size_max)
            return ERR_TOO_LARGE;
    }
    (*data)[*size] = 0;
    return ERR_OK;
}

enum err file_load(const char *path, size_t size_max, uint8_t **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_err(errno);
    enum err err = read_whole(fd, size_max, data, size);
    if (!is_stdin)
        close(fd);
    if (err != ERR_OK) {
        free(*data);
        *data = NULL;
        *size = 0;
    }
    return err;
}

enum exit_code file_refused(struct tool *tool, const char *what, const char *path, size_t size_max,
                            enum err err)
{
    if (err == ERR_NOT_FOUND)
        return tool_misused(tool, "Compare the path.", "%s %s is not there", what, path);
    if (err == ERR_READ_ONLY)
        return tool_misused(tool, "Ask its owner for the right to read it.",
                            "%s %s may not be read", what, path);
    if (err == ERR_TOO_LARGE)
        return tool_misused(tool, "It is probably another file.", "%s %s is larger than %zu bytes",
                            what, path, size_max);
    return tool_misused(tool, "Name a plain file.", "%s %s cannot be read", what, path);
}

enum exit_code file_take(struct tool *tool, const char *what, const char *path, size_t size_max,
                         uint8_t **data, size_t *size)
{
    enum err err = file_load(path, size_max, data, size);
    return err == ERR_OK ? EXIT_DONE : file_refused(tool, what, path, size_max, err);
}

static enum err write_durably(int fd, struct bytes content)
{
    enum err err = file_write_all(fd, content);
    if (err != ERR_OK)
        return err;
    /* Some places (a pipe, a network share) know no sync: only a real failure counts. */
    if (fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return file_err(errno);
    return ERR_OK;
}

enum exit_code file_make(struct tool *tool, const char *path, struct bytes content, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0 && errno == EEXIST)
        return tool_misused(tool, "Choose another name, or move it away first.",
                            "%s is there already and is not overwritten", path);
    if (fd < 0)
        return tool_misused(tool, "Choose a place that you may write to.", "%s: %s", path,
                            strerror(errno));
    enum err err = write_durably(fd, content);
    if (close(fd) != 0 && err == ERR_OK)
        err = file_err(errno);
    if (err != ERR_OK) {
        (void)unlink(path);
        return tool_failed(tool, err, "writing %s", path);
    }
    return EXIT_DONE;
}

enum err file_keep(const char *path, struct bytes content)
{
    char *copy = strdup(path);
    if (copy == NULL)
        return ERR_MEMORY;
    enum err err = directory_make(dirname(copy));
    free(copy);
    return err == ERR_OK ? file_replace(path, content, 0600) : err;
}
