/*
 * raw.h: system calls by the kernel's own door. The library that is loaded before libc has the
 * names of libc's functions itself, and another such library may stand before it; what the layer
 * writes for itself goes past all of them.
 *
 * As libc's functions of these names: -1 and errno on failure.
 */
#ifndef TESTNET_LAYER_RAW_H
#define TESTNET_LAYER_RAW_H

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

/* A vector's part says nothing of what it points to: bytes that are only read go through here. */
static inline struct iovec raw_part(const void *bytes, size_t size)
{
    union {
        const void *given;
        void *taken;
    } data = {.given = bytes};
    return (struct iovec){.iov_base = data.taken, .iov_len = size};
}

static inline int raw_openat(int at, const char *path, int flags, mode_t mode)
{
    return (int)syscall(SYS_openat, at, path, flags | O_LARGEFILE, mode);
}

static inline ssize_t raw_pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return syscall(SYS_pwrite64, fd, data, size, offset);
}

static inline ssize_t raw_writev(int fd, const struct iovec *parts, int count)
{
    return syscall(SYS_writev, fd, parts, count);
}

/* The offset in two halves, the lower first: a long holds all of it in the first. */
static inline ssize_t raw_pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    return syscall(SYS_pwritev, fd, parts, count, offset, 0);
}

static inline int raw_ftruncate(int fd, off_t size)
{
    return (int)syscall(SYS_ftruncate, fd, size);
}

static inline int raw_fallocate(int fd, int mode, off_t offset, off_t size)
{
    return (int)syscall(SYS_fallocate, fd, mode, offset, size);
}

static inline int raw_fsync(int fd)
{
    return (int)syscall(SYS_fsync, fd);
}

static inline int raw_fdatasync(int fd)
{
    return (int)syscall(SYS_fdatasync, fd);
}

static inline int raw_mkdirat(int at, const char *path, mode_t mode)
{
    return (int)syscall(SYS_mkdirat, at, path, mode);
}

static inline int raw_unlinkat(int at, const char *path, int flags)
{
    return (int)syscall(SYS_unlinkat, at, path, flags);
}

static inline int raw_renameat(int from_at, const char *from, int to_at, const char *to)
{
    return (int)syscall(SYS_renameat2, from_at, from, to_at, to, 0);
}

#endif
