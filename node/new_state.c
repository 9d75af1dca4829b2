#include "node/new_state.h"

#include "store/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static enum err join(const char *directory, const char *name, struct new_state_path *out)
{
    int size = snprintf(out->text, sizeof out->text, "%s/%s", directory, name);
    return size < 0 || (size_t)size >= sizeof out->text ? ERR_TOO_LARGE : ERR_OK;
}

enum err new_state_path(const char *directory, struct new_state_path *out)
{
    return join(directory, "state.new", out);
}

static enum err remove_file(const char *directory, const char *name)
{
    struct new_state_path path = {.text = ""};
    enum err err = join(directory, name, &path);
    if (err == ERR_OK && unlink(path.text) != 0 && errno != ENOENT)
        err = file_err(errno);
    return err;
}

enum err new_state_remove(const char *directory)
{
    struct new_state_path path = {.text = ""};
    enum err err = new_state_path(directory, &path);
    if (err == ERR_OK)
        err = remove_file(directory, "state.new/lock.mdb");
    if (err == ERR_OK)
        err = remove_file(directory, "state.new/data.mdb.new");
    if (err == ERR_OK)
        err = remove_file(directory, "state.new/data.mdb");
    if (err == ERR_OK && rmdir(path.text) != 0 && errno != ENOENT)
        err = file_err(errno);
    return err;
}

/* LMDB may have left its last meta page to the next commit. */
static enum err sync_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return file_err(errno);
    enum err err = fsync(fd) == 0 ? ERR_OK : ERR_IO;
    close(fd);
    return err;
}

enum err new_state_install(const char *directory)
{
    struct new_state_path from = {.text = ""};
    struct new_state_path to = {.text = ""};
    struct new_state_path state = {.text = ""};
    enum err err = join(directory, "state.new/data.mdb", &from);
    if (err == ERR_OK)
        err = join(directory, "state/data.mdb", &to);
    if (err == ERR_OK)
        err = join(directory, "state", &state);
    if (err == ERR_OK)
        err = sync_file(from.text);
    if (err == ERR_OK && rename(from.text, to.text) != 0)
        err = file_err(errno);
    if (err == ERR_OK)
        err = directory_sync(state.text);
    return err == ERR_OK ? new_state_remove(directory) : err;
}
