#include "testnet/layer/files.h"

#include "testnet/layer/layer.h"
#include "testnet/layer/raw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct layer layer = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* --- Begin and end --- */

void files_start(const char *layer_directory)
{
    char path[PATH_MAX];
    char beside[PATH_MAX];
    int directory = raw_openat(AT_FDCWD, layer_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (directory < 0 || realpath(layer_directory, path) == NULL)
        journal_give_up("the directory that IMEI_LAYER names cannot be opened");
    layer.control = control_map(directory, false);
    if (layer.control == NULL)
        journal_give_up("its file `control` cannot be used: imei-layer make makes one");
    *strrchr(path, '/') = '\0';
    int size = snprintf(beside, sizeof beside, "%s/data", path);
    if (size < 0 || (size_t)size >= sizeof beside)
        journal_give_up("the path of the data directory is too long");
    /* Not there yet is no error: then it is no link either. */
    if (realpath(beside, layer.data) == NULL)
        memcpy(layer.data, beside, (size_t)size + 1);
    layer.data_size = strlen(layer.data);
    layer.directory = directory;
    layer.is_on = true;
}

void files_stop(void)
{
    layer.is_on = false;
    if (layer.has_journal)
        journal_close(&layer.journal);
    layer.has_journal = false;
    close(layer.directory);
}

void layer_lock(void)
{
    pthread_mutex_lock(&layer.mutex);
    if (layer.has_journal)
        return;
    if (!journal_open(&layer.journal, layer.directory))
        journal_give_up("its file `index` cannot be used");
    layer.has_journal = true;
}

void layer_unlock(void)
{
    pthread_mutex_unlock(&layer.mutex);
}

struct control *files_control(void)
{
    return layer.control;
}

const char *layer_below(const char *path)
{
    if (strncmp(path, layer.data, layer.data_size) != 0)
        return NULL;
    const char *rest = path + layer.data_size;
    if (*rest == '/')
        return rest + 1;
    return *rest == '\0' ? rest : NULL;
}

/* --- Which file --- */

#define FD_NAME_SIZE 32

/* Where the kernel says what an open file is. */
static void name_fd(int fd, char out[FD_NAME_SIZE])
{
    snprintf(out, FD_NAME_SIZE, "/proc/self/fd/%d", fd);
}

/* Where an open file or directory lies below the data directory; NULL when elsewhere. */
static const char *place_of(int fd, char place[PATH_MAX])
{
    char name[FD_NAME_SIZE];
    name_fd(fd, name);
    ssize_t size = readlink(name, place, PATH_MAX - 1);
    if (size < 0)
        return NULL;
    place[size] = '\0';
    return layer_below(place);
}

/* True for files and directories below the data directory, and for that itself. */
static bool is_below(int fd)
{
    char path[PATH_MAX];
    struct stat status;
    int error = errno;
    bool is = layer.is_on && fstat(fd, &status) == 0 &&
              (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) && place_of(fd, path) != NULL;
    errno = error;
    return is;
}

bool files_is_full(int fd)
{
    return is_below(fd) && atomic_load(&layer.control->is_full) != 0;
}

/* The number in the journal of a file below the data directory, and how it is now; -1 when it is
 * none, or lost its name. With the lock. */
static int file_of(int fd, struct stat *status)
{
    if (fstat(fd, status) != 0 || !S_ISREG(status->st_mode))
        return -1;
    int file = journal_find(&layer.journal, status);
    if (file >= 0)
        return file;
    char name[FD_NAME_SIZE];
    name_fd(fd, name);
    return journal_take(&layer.journal, AT_FDCWD, name, AT_SYMLINK_FOLLOW, status);
}

/* --- Notes --- */

static void read_old(int fd, int file, const struct undo *undo, unsigned char *out)
{
    bool is_readable = (fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY;
    int from = is_readable ? fd : journal_open_file(&layer.journal, file, O_RDONLY);
    for (size_t at = 0; at < undo->stored;) {
        ssize_t got = pread(from, out + at, undo->stored - at, (off_t)(undo->offset + at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            journal_give_up("what a write replaces cannot be read");
        at += (size_t)got;
    }
    if (!is_readable)
        close(from);
}

/* Notes a change before it is made: of `length` bytes at `offset`, and of the size. False when
 * there is no room for it: then it is to be made and synced at once. */
static bool note(int fd, int file, struct undo undo, uint64_t *place)
{
    undo.stored = undo.offset < undo.old_size ? undo.old_size - undo.offset : 0;
    if (undo.stored > undo.length)
        undo.stored = undo.length;
    if (undo.stored > JOURNAL_UNDO_MAX - sizeof undo)
        return false;
    undo.size = (uint32_t)(sizeof undo + undo.stored);
    unsigned char *bytes = malloc(undo.stored + 1);
    if (bytes == NULL)
        journal_give_up("what a write replaces cannot be kept");
    read_old(fd, file, &undo, bytes);
    bool done = journal_append(&layer.journal, file, &undo, bytes, place);
    if (!done && raw_fdatasync(fd) == 0) {
        journal_reset(&layer.journal, file);
        done = journal_append(&layer.journal, file, &undo, bytes, place);
    }
    free(bytes);
    return done;
}

static uint64_t higher(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* True, with errno set, when the change is to fail because it makes the file longer. */
static bool has_no_room(uint64_t old_size, uint64_t new_size)
{
    if (new_size <= old_size || atomic_load(&layer.control->is_full) == 0)
        return false;
    atomic_fetch_add(&layer.control->refused, 1);
    errno = ENOSPC;
    return true;
}

/* --- Syncs --- */

enum layer_sync layer_sync_begin(void)
{
    struct control *control = layer.control;
    uint64_t slow_ms = atomic_load(&control->slow_ms);
    if (slow_ms > 0) {
        struct timespec rest = {.tv_sec = (time_t)(slow_ms / 1000),
                                .tv_nsec = (long)(slow_ms % 1000) * 1000000};
        atomic_fetch_add(&control->slowed, 1);
        while (nanosleep(&rest, &rest) != 0 && errno == EINTR)
            continue;
    }
    for (uint64_t left = atomic_load(&control->fail_syncs); left > 0;) {
        if (!atomic_compare_exchange_weak(&control->fail_syncs, &left, left - 1))
            continue;
        atomic_fetch_add(&control->failed, 1);
        errno = EIO;
        return SYNC_FAILED;
    }
    bool is_lying = atomic_load(&control->is_lying) != 0;
    atomic_fetch_add(is_lying ? &control->swallowed : &control->syncs, 1);
    return is_lying ? SYNC_SWALLOWED : SYNC_MADE;
}

/* What a sync that is begun now covers. */
struct covered {
    int file; /* -1: a directory, by its path */
    uint32_t generation;
    uint64_t end;
    char path[PATH_MAX];
    const char *directory; /* in `path` */
};

/* Looks at a file or directory below the data directory. False when its name is gone. */
static bool look(int fd, struct covered *out)
{
    struct stat status;
    int error = errno;
    bool found = false;
    out->file = -1;
    layer_lock();
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        out->directory = place_of(fd, out->path);
        out->end = layer.journal.index->last_number;
        found = out->directory != NULL;
    } else {
        out->file = file_of(fd, &status);
        found = out->file >= 0;
    }
    if (out->file >= 0) {
        out->generation = layer.journal.index->files[out->file].generation;
        out->end = journal_end(&layer.journal, out->file);
    }
    layer_unlock();
    errno = error;
    return found;
}

/* A sync of what was looked at has been made, or has failed. */
static void settle(const struct covered *covered, bool is_made)
{
    struct journal *journal = &layer.journal;
    layer_lock();
    if (covered->file < 0) {
        /* A name that was not written is written again: only pages are taken for clean. */
        if (is_made)
            journal_names_synced(journal, covered->directory, covered->end);
    } else if (journal->index->files[covered->file].generation == covered->generation) {
        if (is_made)
            journal_synced(journal, covered->file, covered->end);
        else
            journal_dropped(journal, covered->file, covered->end);
    }
    layer_unlock();
}

static int sync_with(int fd, int (*raw)(int fd))
{
    struct covered covered;
    if (!is_below(fd) || !look(fd, &covered))
        return raw(fd);
    enum layer_sync sync = layer_sync_begin();
    if (sync == SYNC_SWALLOWED)
        return 0;
    int result = sync == SYNC_MADE ? raw(fd) : -1;
    int error = errno;
    settle(&covered, result == 0);
    errno = error;
    return result;
}

int files_fsync(int fd)
{
    return sync_with(fd, raw_fsync);
}

int files_fdatasync(int fd)
{
    return sync_with(fd, raw_fdatasync);
}

/* --- Writes --- */

static ssize_t raw_write_at(int fd, const struct iovec *parts, int count, off_t offset)
{
    return offset < 0 ? raw_writev(fd, parts, count) : raw_pwritev(fd, parts, count, offset);
}

static uint64_t size_of(const struct iovec *parts, int count)
{
    uint64_t size = 0;
    for (int i = 0; i < count; i++)
        size += parts[i].iov_len;
    return size;
}

/* The record of a write that was made by a descriptor with O_DSYNC. */
static ssize_t finish_synchronous(int file, enum layer_sync sync, uint64_t place, ssize_t result)
{
    if (sync == SYNC_MADE && result >= 0)
        journal_write_through(&layer.journal, file, place);
    if (sync != SYNC_FAILED)
        return result;
    journal_dropped(&layer.journal, file, journal_end(&layer.journal, file));
    errno = EIO;
    return -1;
}

/* With the lock. */
static ssize_t write_noted(int fd, int file, const struct stat *status, const struct iovec *parts,
                           int count, off_t offset, const enum layer_sync *sync)
{
    int flags = fcntl(fd, F_GETFL);
    off_t at = offset;
    if (at < 0)
        at = (flags & O_APPEND) != 0 ? status->st_size : lseek(fd, 0, SEEK_CUR);
    struct undo undo = {.offset = (uint64_t)at,
                        .length = size_of(parts, count),
                        .old_size = (uint64_t)status->st_size};
    undo.new_size = higher(undo.old_size, undo.offset + undo.length);
    if (at < 0 || has_no_room(undo.old_size, undo.new_size))
        return -1;
    atomic_fetch_add(&layer.control->writes, 1);
    uint64_t place;
    bool is_noted = note(fd, file, undo, &place);
    ssize_t result = raw_write_at(fd, parts, count, offset);
    if (!is_noted) {
        if (raw_fdatasync(fd) != 0)
            journal_give_up("a write that is too large to be noted cannot be synced");
        return result;
    }
    return sync == NULL ? result : finish_synchronous(file, *sync, place, result);
}

ssize_t files_write(int fd, const struct iovec *parts, int count, off_t offset)
{
    if (!is_below(fd))
        return raw_write_at(fd, parts, count, offset);
    enum layer_sync sync = SYNC_MADE;
    bool is_synchronous = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
    if (is_synchronous) {
        struct covered covered;
        is_synchronous = look(fd, &covered);
        if (is_synchronous)
            sync = layer_sync_begin();
    }
    struct stat status;
    layer_lock();
    int file = file_of(fd, &status);
    ssize_t result = file < 0 ? raw_write_at(fd, parts, count, offset)
                              : write_noted(fd, file, &status, parts, count, offset,
                                            is_synchronous ? &sync : NULL);
    layer_unlock();
    return result;
}

/* --- Sizes --- */

/* With the lock: notes what a change of size or a hole takes. False, with errno set, when the
 * change is to fail. */
static bool note_resize(int fd, int file, struct undo undo)
{
    uint64_t place;
    if (has_no_room(undo.old_size, undo.new_size))
        return false;
    if (undo.length == 0 && undo.new_size == undo.old_size)
        return true;
    if (!note(fd, file, undo, &place))
        journal_reset(&layer.journal, file);
    return true;
}

int layer_resize(int fd, off_t size)
{
    struct stat status;
    int file = size < 0 ? -1 : file_of(fd, &status);
    if (file >= 0 && size != status.st_size) {
        uint64_t old_size = (uint64_t)status.st_size;
        uint64_t new_size = (uint64_t)size;
        bool is_cut = new_size < old_size;
        struct undo undo = {.offset = is_cut ? new_size : old_size,
                            .length = is_cut ? old_size - new_size : 0,
                            .old_size = old_size,
                            .new_size = new_size};
        if (!note_resize(fd, file, undo))
            return -1;
    }
    return raw_ftruncate(fd, size);
}

int files_ftruncate(int fd, off_t size)
{
    if (!is_below(fd))
        return raw_ftruncate(fd, size);
    layer_lock();
    int result = layer_resize(fd, size);
    layer_unlock();
    return result;
}

static int allocate_noted(int fd, int file, const struct stat *status, int mode, off_t offset,
                          off_t size)
{
    struct undo undo = {.offset = (uint64_t)offset,
                        .old_size = (uint64_t)status->st_size,
                        .new_size = (uint64_t)status->st_size};
    if ((mode & FALLOC_FL_KEEP_SIZE) == 0)
        undo.new_size = higher(undo.old_size, undo.offset + (uint64_t)size);
    if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0)
        undo.length = (uint64_t)size; /* zeros in place of what is there */
    return note_resize(fd, file, undo) ? raw_fallocate(fd, mode, offset, size) : -1;
}

int files_fallocate(int fd, int mode, off_t offset, off_t size)
{
    struct stat status;
    if (!is_below(fd) || offset < 0 || size <= 0)
        return raw_fallocate(fd, mode, offset, size);
    layer_lock();
    int file = file_of(fd, &status);
    int result = file < 0 ? raw_fallocate(fd, mode, offset, size)
                          : allocate_noted(fd, file, &status, mode, offset, size);
    layer_unlock();
    return result;
}
