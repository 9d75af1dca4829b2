/* The half of files.h that changes names. */
#include "testnet/layer/files.h"

#include "testnet/layer/layer.h"
#include "testnet/layer/raw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The path below the data directory of a name that need not be there; false when it is elsewhere,
 * or too long. Only its directory is followed through links. */
static bool below(int at, const char *path, char out[JOURNAL_PATH_SIZE])
{
    char given[PATH_MAX];
    char real[PATH_MAX];
    int size = *path == '/'     ? snprintf(given, sizeof given, "%s", path)
               : at == AT_FDCWD ? snprintf(given, sizeof given, "./%s", path)
                                : snprintf(given, sizeof given, "/proc/self/fd/%d/%s", at, path);
    if (size <= 0 || (size_t)size >= sizeof given)
        return false;
    while (size > 1 && given[size - 1] == '/')
        given[--size] = '\0';
    char *slash = strrchr(given, '/');
    if (slash == NULL)
        return false;
    const char *last = slash + 1;
    if (*last == '\0' || strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
        return false;
    *slash = '\0';
    if (realpath(slash == given ? "/" : given, real) == NULL)
        return false;
    const char *directory = layer_below(real);
    if (directory == NULL)
        return false;
    size =
        snprintf(out, JOURNAL_PATH_SIZE, "%s%s%s", directory, *directory == '\0' ? "" : "/", last);
    return size > 0 && size < JOURNAL_PATH_SIZE;
}

/* With the lock: notes what a name means now, before call `number` changes it. */
static struct journal_name *note_name(uint64_t number, int at, const char *path, const char *place)
{
    struct journal *journal = &layer.journal;
    struct stat status;
    enum name_kind kind = NAME_NONE;
    int file = -1;
    if (fstatat(at, path, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        if (S_ISREG(status.st_mode)) {
            kind = NAME_FILE;
            file = journal_find(journal, &status);
            if (file < 0)
                file = journal_take(journal, at, path, 0, &status);
        } else if (S_ISDIR(status.st_mode)) {
            kind = NAME_DIRECTORY;
        }
        if (kind == NAME_NONE || (kind == NAME_FILE && file < 0))
            return NULL; /* nothing that the journal can bring back: the call stays */
    }
    return journal_name_add(journal, number, place, kind, file);
}

/* With the lock: a number for a call, and room for its names. Where there is none all changes so
 * far stay, as if their directories had been synced. */
static uint64_t next_number(void)
{
    struct journal_index *index = layer.journal.index;
    size_t room = 0;
    for (size_t i = 0; i < JOURNAL_NAMES_MAX; i++)
        room += index->names[i].number == 0;
    if (room < 2)
        journal_all_names_synced(&layer.journal);
    return ++index->last_number;
}

static void drop(struct journal_name *name)
{
    if (name != NULL)
        name->number = 0;
}

/* With the lock. */
static int open_below(int at, const char *path, const char *place, int flags, mode_t mode)
{
    struct stat status;
    bool is_there = fstatat(at, path, &status, 0) == 0;
    if (!is_there && (flags & O_CREAT) != 0) {
        struct journal_name *name = note_name(next_number(), at, path, place);
        int fd = raw_openat(at, path, flags, mode);
        if (fd < 0)
            drop(name);
        return fd;
    }
    if (!is_there || !S_ISREG(status.st_mode) || (flags & O_EXCL) != 0)
        return raw_openat(at, path, flags, mode);
    int fd = raw_openat(at, path, flags & ~O_TRUNC, mode);
    if (fd >= 0 && (flags & O_TRUNC) != 0 && layer_resize(fd, 0) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int files_openat(int at, const char *path, int flags, mode_t mode)
{
    char place[JOURNAL_PATH_SIZE];
    bool changes = (flags & (O_CREAT | O_TRUNC)) != 0 && (flags & O_TMPFILE) != O_TMPFILE;
    if (!layer.is_on || !changes || !below(at, path, place))
        return raw_openat(at, path, flags, mode);
    layer_lock();
    int fd = open_below(at, path, place, flags, mode);
    layer_unlock();
    return fd;
}

int files_mkdirat(int at, const char *path, mode_t mode)
{
    char place[JOURNAL_PATH_SIZE];
    if (!layer.is_on || !below(at, path, place))
        return raw_mkdirat(at, path, mode);
    if (atomic_load(&layer.control->is_full) != 0) {
        atomic_fetch_add(&layer.control->refused, 1);
        errno = ENOSPC;
        return -1;
    }
    layer_lock();
    struct journal_name *name = note_name(next_number(), at, path, place);
    int result = raw_mkdirat(at, path, mode);
    if (result != 0)
        drop(name);
    layer_unlock();
    return result;
}

int files_unlinkat(int at, const char *path, int flags)
{
    char place[JOURNAL_PATH_SIZE];
    if (!layer.is_on || !below(at, path, place))
        return raw_unlinkat(at, path, flags);
    layer_lock();
    struct journal_name *name = note_name(next_number(), at, path, place);
    int result = raw_unlinkat(at, path, flags);
    if (result != 0)
        drop(name);
    layer_unlock();
    return result;
}

/* A directory that takes another name stays so: the journal brings back files alone. */
static bool is_file(int at, const char *path)
{
    struct stat status;
    return fstatat(at, path, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
}

int files_renameat(int from_at, const char *from, int to_at, const char *to)
{
    char from_place[JOURNAL_PATH_SIZE];
    char to_place[JOURNAL_PATH_SIZE];
    bool is_ours = layer.is_on && below(from_at, from, from_place) && below(to_at, to, to_place) &&
                   is_file(from_at, from);
    if (!is_ours)
        return raw_renameat(from_at, from, to_at, to);
    layer_lock();
    uint64_t number = next_number();
    struct journal_name *old_name = note_name(number, from_at, from, from_place);
    struct journal_name *new_name = note_name(number, to_at, to, to_place);
    int result = raw_renameat(from_at, from, to_at, to);
    if (result != 0 || old_name == NULL || new_name == NULL) { /* both or none: no file gets lost */
        drop(old_name);
        drop(new_name);
    }
    layer_unlock();
    return result;
}
