#include "testnet/layer/journal.h"

#include "testnet/layer/raw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define INDEX_MAGIC "IMEIINDX"

/* An N.undo that is done with and longer than this gives its room back. */
#define UNDO_KEPT_SIZE (1 << 20)

void journal_give_up(const char *what)
{
    dprintf(STDERR_FILENO, "imei-layer: %s: %s\n", what, strerror(errno));
    _exit(99);
}

/* --- The index --- */

/* A record lock and not flock(): a child of the node's does not inherit it. */
static bool lock_index(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    while (fcntl(fd, F_SETLKW, &lock) != 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

static struct journal_index *map_index(int fd)
{
    struct stat status;
    struct journal_index head = {
        .magic = INDEX_MAGIC, .version = JOURNAL_VERSION, .size = sizeof head};
    if (fstat(fd, &status) != 0)
        return NULL;
    /* All of it, zeros too: it is written through the map, and a hole that finds no room is a
     * SIGBUS. */
    if (status.st_size == 0 && raw_pwrite(fd, &head, sizeof head, 0) != sizeof head)
        return NULL;
    struct journal_index *index =
        mmap(NULL, sizeof *index, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (index == MAP_FAILED)
        return NULL;
    if ((status.st_size == 0 || status.st_size == sizeof head) &&
        memcmp(index->magic, head.magic, sizeof head.magic) == 0 &&
        index->version == head.version && index->size == head.size)
        return index;
    munmap(index, sizeof *index);
    errno = EINVAL;
    return NULL;
}

int journal_open_undo(const struct journal *journal, int file)
{
    char name[32];
    snprintf(name, sizeof name, "%d.undo", file);
    int fd = raw_openat(journal->directory, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        journal_give_up(name);
    return fd;
}

bool journal_open(struct journal *journal, int directory)
{
    *journal = (struct journal){.directory = directory};
    journal->lock = raw_openat(directory, "index", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (journal->lock < 0)
        return false;
    if (lock_index(journal->lock))
        journal->index = map_index(journal->lock);
    if (journal->index == NULL) {
        close(journal->lock);
        return false;
    }
    for (int file = 0; file < JOURNAL_FILES_MAX; file++) {
        journal->undo[file] = -1;
        if (journal->index->files[file].is_used)
            journal->undo_size += journal_end(journal, file);
    }
    return true;
}

void journal_close(struct journal *journal)
{
    for (int file = 0; file < JOURNAL_FILES_MAX; file++) {
        if (journal->undo[file] >= 0)
            close(journal->undo[file]);
    }
    munmap(journal->index, sizeof *journal->index);
    close(journal->lock);
}

/* --- Files --- */

static uint64_t live_of(uint64_t begin, uint64_t end)
{
    return begin << 32 | end;
}

static uint64_t begin_of(const struct journal *journal, int file)
{
    return atomic_load(&journal->index->files[file].live) >> 32;
}

uint64_t journal_end(const struct journal *journal, int file)
{
    return atomic_load(&journal->index->files[file].live) & UINT32_MAX;
}

void journal_file_name(int file, char out[JOURNAL_FILE_NAME_SIZE])
{
    snprintf(out, JOURNAL_FILE_NAME_SIZE, "%d.file", file);
}

int journal_find(const struct journal *journal, const struct stat *status)
{
    for (int file = 0; file < JOURNAL_FILES_MAX; file++) {
        const struct journal_file *known = &journal->index->files[file];
        if (known->is_used && known->inode == status->st_ino && known->device == status->st_dev)
            return file;
    }
    return -1;
}

static int find_free(const struct journal *journal)
{
    for (int file = 0; file < JOURNAL_FILES_MAX; file++) {
        if (!journal->index->files[file].is_used)
            return file;
    }
    return -1;
}

int journal_take(struct journal *journal, int at, const char *path, int flags,
                 const struct stat *status)
{
    int file = find_free(journal);
    if (file < 0) {
        journal_free_idle(journal, false);
        file = find_free(journal);
    }
    if (file < 0)
        return -1;
    char name[JOURNAL_FILE_NAME_SIZE];
    journal_file_name(file, name);
    (void)raw_unlinkat(journal->directory, name, 0); /* of a process that was killed right here */
    if (linkat(at, path, journal->directory, name, flags) != 0) {
        if (errno == ENOENT)
            return -1;
        journal_give_up(
            "a file of the data directory cannot be linked into the layer's, which is to "
            "lie beside it");
    }
    struct journal_file *taken = &journal->index->files[file];
    taken->device = status->st_dev;
    taken->inode = status->st_ino;
    taken->has_dropped = 0;
    taken->generation++;
    atomic_store(&taken->live, 0);
    atomic_signal_fence(memory_order_seq_cst); /* whoever finds it used finds all of it */
    taken->is_used = 1;
    return file;
}

static bool is_named(const struct journal *journal, int file)
{
    for (size_t i = 0; i < JOURNAL_NAMES_MAX; i++) {
        const struct journal_name *name = &journal->index->names[i];
        if (name->number != 0 && name->kind == NAME_FILE && name->file == (uint32_t)file)
            return true;
    }
    return false;
}

static bool has_other_name(const struct journal *journal, const char *name)
{
    struct stat status;
    return fstatat(journal->directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           status.st_nlink > 1;
}

void journal_free_idle(struct journal *journal, bool only_gone)
{
    for (int file = 0; file < JOURNAL_FILES_MAX; file++) {
        struct journal_file *known = &journal->index->files[file];
        if (!known->is_used || is_named(journal, file))
            continue;
        char name[JOURNAL_FILE_NAME_SIZE];
        journal_file_name(file, name);
        bool is_gone = !has_other_name(journal, name);
        if (is_gone)
            journal_reset(journal, file); /* nobody will ever read it again */
        if (journal_end(journal, file) != 0 || (only_gone && !is_gone))
            continue;
        known->is_used = 0;
        (void)raw_unlinkat(journal->directory, name, 0);
    }
}

int journal_open_file(const struct journal *journal, int file, int flags)
{
    char name[JOURNAL_FILE_NAME_SIZE];
    journal_file_name(file, name);
    int fd = raw_openat(journal->directory, name, flags | O_CLOEXEC, 0);
    if (fd < 0)
        journal_give_up(name);
    return fd;
}

/* --- Records --- */

bool journal_append(struct journal *journal, int file, const struct undo *undo, const void *bytes,
                    uint64_t *place)
{
    uint64_t end = journal_end(journal, file);
    if (JOURNAL_UNDO_MAX - atomic_load(&journal->undo_size) < undo->size)
        return false;
    if (journal->undo[file] < 0)
        journal->undo[file] = journal_open_undo(journal, file);
    struct iovec parts[] = {raw_part(undo, sizeof *undo), raw_part(bytes, undo->stored)};
    ssize_t put = raw_pwritev(journal->undo[file], parts, 2, (off_t)end);
    if (put != (ssize_t)undo->size)
        journal_give_up("the layer's own disk is full, or fails");
    atomic_fetch_add(&journal->undo_size, undo->size);
    *place = end;
    atomic_store(&journal->index->files[file].live,
                 live_of(begin_of(journal, file), end + undo->size));
    return true;
}

void journal_reset(struct journal *journal, int file)
{
    struct journal_file *known = &journal->index->files[file];
    uint64_t end = journal_end(journal, file);
    known->generation++;
    known->has_dropped = 0;
    atomic_store(&known->live, 0);
    atomic_fetch_sub(&journal->undo_size, end);
    if (end > UNDO_KEPT_SIZE && journal->undo[file] >= 0 &&
        raw_ftruncate(journal->undo[file], 0) != 0)
        journal_give_up("a file of the layer's cannot be cut");
}

/* Sets a flag of the records before `end`, but of those that have another one. */
static void flag_records(struct journal *journal, int file, uint64_t end, uint32_t flag)
{
    if (journal->undo[file] < 0)
        journal->undo[file] = journal_open_undo(journal, file);
    int fd = journal->undo[file];
    struct undo undo;
    for (uint64_t at = begin_of(journal, file); at < end; at += undo.size) {
        if (pread(fd, &undo, sizeof undo, (off_t)at) != sizeof undo || undo.size < sizeof undo)
            journal_give_up("a record of the layer's cannot be read");
        if (undo.flags != 0)
            continue;
        undo.flags = flag;
        if (raw_pwrite(fd, &undo, sizeof undo, (off_t)at) != sizeof undo)
            journal_give_up("a record of the layer's cannot be written");
    }
}

void journal_synced(struct journal *journal, int file, uint64_t end)
{
    struct journal_file *known = &journal->index->files[file];
    if (known->has_dropped)
        flag_records(journal, file, end, UNDO_SYNCED);
    else if (journal_end(journal, file) == end)
        journal_reset(journal, file);
    else
        atomic_store(&known->live, live_of(end, journal_end(journal, file)));
}

void journal_dropped(struct journal *journal, int file, uint64_t end)
{
    if (begin_of(journal, file) == end)
        return;
    journal->index->files[file].has_dropped = 1;
    flag_records(journal, file, end, UNDO_DROPPED);
}

void journal_write_through(struct journal *journal, int file, uint64_t place)
{
    if (begin_of(journal, file) == place) {
        journal_reset(journal, file);
        return;
    }
    uint32_t flags = UNDO_SYNCED;
    if (raw_pwrite(journal->undo[file], &flags, sizeof flags,
                   (off_t)(place + offsetof(struct undo, flags))) != sizeof flags)
        journal_give_up("a record of the layer's cannot be written");
}

/* --- Names --- */

struct journal_name *journal_name_add(struct journal *journal, uint64_t number, const char *path,
                                      enum name_kind kind, int file)
{
    for (size_t i = 0; i < JOURNAL_NAMES_MAX; i++) {
        struct journal_name *name = &journal->index->names[i];
        if (name->number != 0)
            continue;
        name->kind = kind;
        name->file = (uint32_t)file;
        snprintf(name->path, sizeof name->path, "%s", path);
        atomic_signal_fence(memory_order_seq_cst); /* whoever finds its number finds all of it */
        name->number = number;
        return name;
    }
    return NULL;
}

static bool is_in(const char *path, const char *directory)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path);
    return strlen(directory) == size && memcmp(path, directory, size) == 0;
}

/* A change stays only together with what it rests on: the other name of its rename, so that no file
 * is lost between two directories, and what came before it at the same name. */
static bool rests_on(const struct journal_name *name, const struct journal_name *older)
{
    return older->number == name->number ||
           (older->number < name->number && strcmp(older->path, name->path) == 0);
}

static void spread(const struct journal *journal, bool stays[JOURNAL_NAMES_MAX])
{
    const struct journal_name *names = journal->index->names;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < JOURNAL_NAMES_MAX; i++) {
            for (size_t j = 0; stays[i] && j < JOURNAL_NAMES_MAX; j++) {
                if (names[j].number == 0 || stays[j] || !rests_on(&names[i], &names[j]))
                    continue;
                stays[j] = changed = true;
            }
        }
    }
}

/* The oldest of those that stay, and of one call the name that it made, which was noted last: where
 * the process ends in between, a file has both names. */
static struct journal_name *oldest(struct journal *journal, const bool stays[JOURNAL_NAMES_MAX])
{
    struct journal_name *found = NULL;
    for (size_t i = 0; i < JOURNAL_NAMES_MAX; i++) {
        struct journal_name *name = &journal->index->names[i];
        if (name->number != 0 && stays[i] && (found == NULL || name->number <= found->number))
            found = name;
    }
    return found;
}

static void settle_names(struct journal *journal, bool stays[JOURNAL_NAMES_MAX])
{
    struct journal_name *name;
    spread(journal, stays);
    while ((name = oldest(journal, stays)) != NULL)
        name->number = 0;
}

void journal_names_synced(struct journal *journal, const char *directory, uint64_t number)
{
    bool stays[JOURNAL_NAMES_MAX];
    bool any = false;
    for (size_t i = 0; i < JOURNAL_NAMES_MAX; i++) {
        const struct journal_name *name = &journal->index->names[i];
        stays[i] = name->number != 0 && name->number <= number && is_in(name->path, directory);
        any = any || stays[i];
    }
    if (!any)
        return;
    settle_names(journal, stays);
    journal_free_idle(journal, true);
}

void journal_all_names_synced(struct journal *journal)
{
    bool stays[JOURNAL_NAMES_MAX];
    memset(stays, true, sizeof stays);
    settle_names(journal, stays);
}

void journal_forget(struct journal *journal)
{
    journal_all_names_synced(journal);
    for (int file = 0; file < JOURNAL_FILES_MAX; file++)
        journal_reset(journal, file);
    journal_free_idle(journal, false);
    for (int file = 0; file < JOURNAL_FILES_MAX; file++) {
        char name[32];
        snprintf(name, sizeof name, "%d.undo", file);
        (void)raw_unlinkat(journal->directory, name, 0);
        if (journal->undo[file] >= 0)
            close(journal->undo[file]);
        journal->undo[file] = -1;
    }
}
