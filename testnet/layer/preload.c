/* The names of libc's functions that change files, before libc's: each is the function of files.h.
 */
#include "testnet/layer/files.h"

#include "testnet/layer/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <dlfcn.h>

#define OFFSET_OF_FILE (-1)

/* Without IMEI_LAYER nothing is changed. */
__attribute__((constructor)) static void load_layer(void)
{
    const char *directory = getenv("IMEI_LAYER");
    if (directory != NULL)
        files_start(directory);
}

/* libc's headers have reserved names for the arguments.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

/* --- Writes --- */

ssize_t write(int fd, const void *data, size_t size)
{
    struct iovec part = raw_part(data, size);
    return files_write(fd, &part, 1, OFFSET_OF_FILE);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    return files_write(fd, parts, count, OFFSET_OF_FILE);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    if (offset >= 0)
        return files_write(fd, parts, count, offset);
    errno = EINVAL;
    return -1;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    struct iovec part = raw_part(data, size);
    return pwritev(fd, &part, 1, offset);
}

int ftruncate(int fd, off_t size)
{
    return files_ftruncate(fd, size);
}

int fallocate(int fd, int mode, off_t offset, off_t size)
{
    return files_fallocate(fd, mode, offset, size);
}

/* The error is its result, and errno stays. */
int posix_fallocate(int fd, off_t offset, off_t size)
{
    int error = errno;
    int result = files_fallocate(fd, 0, offset, size) == 0 ? 0 : errno;
    errno = error;
    return result;
}

/* --- Syncs --- */

int fsync(int fd)
{
    return files_fsync(fd);
}

int fdatasync(int fd)
{
    return files_fdatasync(fd);
}

/* --- Names --- */

static mode_t mode_of(int flags, va_list rest)
{
    return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return files_openat(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return files_openat(at, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
    return files_openat(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int mkdir(const char *path, mode_t mode)
{
    return files_mkdirat(AT_FDCWD, path, mode);
}

int mkdirat(int at, const char *path, mode_t mode)
{
    return files_mkdirat(at, path, mode);
}

int unlink(const char *path)
{
    return files_unlinkat(AT_FDCWD, path, 0);
}

int unlinkat(int at, const char *path, int flags)
{
    return files_unlinkat(at, path, flags);
}

int rmdir(const char *path)
{
    return files_unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int rename(const char *from, const char *to)
{
    return files_renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int renameat(int from_at, const char *from, int to_at, const char *to)
{
    return files_renameat(from_at, from, to_at, to);
}

/* --- Room --- */

/* A full disk also says so. */
int fstatvfs(int fd, struct statvfs *out)
{
    int (*real)(int, struct statvfs *);
    void *found = dlsym(RTLD_NEXT, "fstatvfs");
    memcpy(&real, &found, sizeof real);
    int result = real(fd, out);
    if (result == 0 && files_is_full(fd))
        out->f_bavail = out->f_bfree = 0;
    return result;
}

/* --- Offsets of 64 bits: the same functions, since all offsets have them here --- */

_Static_assert(sizeof(off_t) == sizeof(off64_t), "one function serves both");

#define SAME_AS(name) __attribute__((alias(#name)))

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) SAME_AS(pwrite);
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) SAME_AS(pwritev);
int ftruncate64(int fd, off64_t size) SAME_AS(ftruncate);
int fallocate64(int fd, int mode, off64_t offset, off64_t size) SAME_AS(fallocate);
int posix_fallocate64(int fd, off64_t offset, off64_t size) SAME_AS(posix_fallocate);
int open64(const char *path, int flags, ...) SAME_AS(open);
int openat64(int at, const char *path, int flags, ...) SAME_AS(openat);

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
