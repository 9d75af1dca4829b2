#include "cli/input.h"

#include "cli/memory.h"
#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { FILL_SIZE_MAX = 1 << 20 };

struct input {
    gzFile file; /* passes a plain file through as it is */
};

enum err input_open(const char *path, struct input **out)
{
    *out = NULL;
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return file_err(errno);
    struct stat status;
    if (fstat(fd, &status) != 0 || S_ISDIR(status.st_mode)) {
        close(fd);
        return ERR_IO;
    }
    gzFile file = gzdopen(fd, "rb");
    if (file == NULL) {
        close(fd);
        return ERR_MEMORY;
    }
    *out = memory_new(sizeof **out);
    (*out)->file = file;
    return ERR_OK;
}

void input_close(struct input *input)
{
    if (input == NULL)
        return;
    (void)gzclose_r(input->file);
    free(input);
}

enum err input_fill(void *context, void *buffer, size_t capacity, size_t *size)
{
    struct input *input = context;
    *size = 0;
    int got = gzread(input->file, buffer,
                     capacity < FILL_SIZE_MAX ? (unsigned)capacity : (unsigned)FILL_SIZE_MAX);
    int number = Z_OK;
    (void)gzerror(input->file, &number);
    if (number == Z_DATA_ERROR || number == Z_BUF_ERROR)
        return ERR_DAMAGED;
    if (number == Z_MEM_ERROR)
        return ERR_MEMORY;
    if (got < 0)
        return ERR_IO;
    *size = (size_t)got;
    return ERR_OK;
}

enum exit_code input_refused(struct tool *tool, const char *path, enum err err,
                             const struct complaint *complaint, const char *remedy)
{
    if (err == ERR_CONFIG && complaint->line > 0)
        return tool_misused(tool, remedy, "%s:%u: %s", path, complaint->line, complaint->text);
    if (err == ERR_CONFIG)
        return tool_misused(tool, remedy, "%s: %s", path, complaint->text);
    if (err == ERR_NOT_FOUND)
        return tool_misused(tool, "Compare the path.", "%s is not there", path);
    if (err == ERR_READ_ONLY)
        return tool_misused(tool, "Ask its owner for the right to read it.", "%s may not be read",
                            path);
    if (err == ERR_DAMAGED)
        return tool_misused(tool, "Fetch the file again.",
                            "%s is damaged, or ends before it is complete", path);
    if (err == ERR_BAD_TEXT)
        return tool_misused(tool, "Save it as text or CSV in UTF-8.", "%s is UTF-16", path);
    return tool_misused(tool, "Name a plain file.", "%s cannot be read", path);
}
