#include "tests/faults/unsynced.h"

#include "tests/faults/plan.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECTOR_SIZE 512
#define FILES_MAX   16

struct file {
    dev_t device;
    ino_t inode;
    int fd; /* of our own: the program may have closed its */
    off_t synced_size;
};

struct old {
    struct old *older;
    struct file *file;
    off_t offset;
    size_t size;
    unsigned char bytes[];
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct file files[FILES_MAX];
static size_t file_count;
static struct old *newest;

static _Noreturn void give_up(const char *why)
{
    dprintf(STDERR_FILENO, "faults: %s\n", why);
    _exit(99);
}

static struct file *file_of(int fd)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        give_up("fstat");
    for (size_t i = 0; i < file_count; i++) {
        if (files[i].device == status.st_dev && files[i].inode == status.st_ino)
            return &files[i];
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int own = file_count < FILES_MAX ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (own < 0)
        give_up("too many files, or one that cannot be opened");
    files[file_count] = (struct file){
        .device = status.st_dev,
        .inode = status.st_ino,
        .fd = own,
        .synced_size = status.st_size,
    };
    return &files[file_count++];
}

/* Beyond the end of the file there are zeros, which is what a sector that was never written holds
 * when the size of the file reached the disk before it. */
void unsynced_note(int fd, off_t offset, size_t size)
{
    struct old *old = calloc(1, sizeof *old + size);
    if (old == NULL)
        give_up("no memory");
    pthread_mutex_lock(&mutex);
    old->file = file_of(fd);
    old->offset = offset;
    old->size = size;
    old->older = newest;
    newest = old;
    if (pread(old->file->fd, old->bytes, size, offset) < 0)
        give_up("pread");
    pthread_mutex_unlock(&mutex);
}

void unsynced_clear(int fd)
{
    struct stat status;
    pthread_mutex_lock(&mutex);
    struct file *file = file_of(fd);
    for (struct old **place = &newest; *place != NULL;) {
        struct old *old = *place;
        if (old->file == file) {
            *place = old->older;
            free(old);
        } else {
            place = &old->older;
        }
    }
    if (fstat(file->fd, &status) == 0)
        file->synced_size = status.st_size;
    pthread_mutex_unlock(&mutex);
}

/* splitmix64, D. Lea and others: enough to choose sectors with. */
static uint64_t draw(uint64_t *seed)
{
    uint64_t value = (*seed += 0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

/* By the kernel's own door: pwrite() is the one of preload.c here. */
static void put_back(const struct old *old, uint64_t losses, uint64_t *seed)
{
    for (size_t at = 0; at < old->size;) {
        size_t piece = SECTOR_SIZE - (size_t)(old->offset + (off_t)at) % SECTOR_SIZE;
        if (piece > old->size - at)
            piece = old->size - at;
        if (draw(seed) % 4 < losses && syscall(SYS_pwrite64, old->file->fd, old->bytes + at, piece,
                                               old->offset + (off_t)at) < 0)
            give_up("pwrite");
        at += piece;
    }
}

void unsynced_lose(void)
{
    pthread_mutex_lock(&mutex); /* for ever: nobody writes any more */
    uint64_t seed = plan_seed();
    uint64_t losses = draw(&seed) % 5; /* quarters of the sectors */
    for (struct old *old = newest; old != NULL; old = old->older)
        put_back(old, losses, &seed);
    bool shrinks = losses == 4;
    for (size_t i = 0; shrinks && i < file_count; i++) {
        if (ftruncate(files[i].fd, files[i].synced_size) != 0)
            give_up("ftruncate");
    }
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}
