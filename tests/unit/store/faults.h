/*
 * faults.h: makes the k-th system call or allocation of a test's subject fail.
 *
 * The definitions here come before libc's for the whole process, liblmdb included, so this header
 * belongs into one file of an executable. They do what libc's do until faults_arm().
 *
 *     for (unsigned k = 1; faults_left(k); k++) {
 *         faults_arm(k, EIO);
 *         err = subject();
 *         faults_disarm();
 *         …
 *     }
 *
 * goes through every call that the subject makes and ends after the first round without a fault.
 * faults_arm(0, 0) makes nothing fail; faults.trace then says what was called, in order.
 */
#ifndef TESTS_UNIT_STORE_FAULTS_H
#define TESTS_UNIT_STORE_FAULTS_H

/* Fortified headers define open() in place. */
#undef _FORTIFY_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct {
    bool armed;
    unsigned wait; /* calls until the fault; 0: it has come */
    int number;    /* its errno; 0: a write that puts down half and returns so */
    bool hit;
    const char *call; /* that was hit */
    char trace[256];  /* the calls since faults_arm(), allocations apart */
} faults;

/* What was done to files, for a test that plays a loss of power; NULL: nobody listens. */
struct faults_listener {
    void (*wrote)(int fd, const void *data, size_t size, off_t offset);
    void (*synced)(int fd);
};
static struct faults_listener faults_listener;

static inline void faults_arm(unsigned k, int number)
{
    faults.wait = k;
    faults.number = number;
    faults.hit = false;
    faults.trace[0] = '\0';
    faults.armed = true;
}

static inline void faults_disarm(void)
{
    faults.armed = false;
}

/* True for the first round, and as long as the last one had its fault. */
static inline bool faults_left(unsigned k)
{
    return k == 1 || faults.hit;
}

/* True when an error was returned for the fault, or none was due: libc itself can do without some
 * allocations. */
static inline bool faults_told(bool failed)
{
    return failed == faults.hit || (!failed && strcmp(faults.call, "allocation") == 0);
}

static void trace(const char *call)
{
    size_t size = strlen(faults.trace);
    if (strcmp(call, "allocation") != 0 && sizeof faults.trace - size > strlen(call) + 1)
        snprintf(faults.trace + size, sizeof faults.trace - size, "%s ", call);
}

static bool fault_due(const char *call)
{
    if (!faults.armed)
        return false;
    trace(call);
    if (faults.wait == 0 || --faults.wait > 0)
        return false;
    faults.hit = true;
    faults.call = call;
    return true;
}

/* True when the call fails now; errno says why. */
static bool fails(const char *call)
{
    if (!fault_due(call))
        return false;
    errno = faults.number == 0 ? EIO : faults.number;
    return true;
}

/* Bytes that a write of `size` may put down now; -1: none, it fails. */
static ssize_t allowed(size_t size)
{
    if (!fault_due("write"))
        return (ssize_t)size;
    if (faults.number == 0)
        return (ssize_t)(size / 2);
    errno = faults.number;
    return -1;
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails("open") ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

ssize_t write(int fd, const void *data, size_t size)
{
    ssize_t count = allowed(size);
    return count < 0 ? -1 : syscall(SYS_write, fd, data, (size_t)count);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    ssize_t count = allowed(size);
    if (count < 0)
        return -1;
    ssize_t put = syscall(SYS_pwrite64, fd, data, (size_t)count, offset);
    if (put > 0 && faults_listener.wrote != NULL)
        faults_listener.wrote(fd, data, (size_t)put, offset);
    return put;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        off_t offset = lseek(fd, 0, SEEK_CUR);
        ssize_t part = allowed(parts[i].iov_len);
        if (part >= 0)
            part = syscall(SYS_write, fd, parts[i].iov_base, (size_t)part);
        if (part > 0 && faults_listener.wrote != NULL)
            faults_listener.wrote(fd, parts[i].iov_base, (size_t)part, offset);
        if (part < 0)
            return total > 0 ? total : -1;
        total += part;
        if ((size_t)part < parts[i].iov_len)
            break;
    }
    return total;
}

int fsync(int fd)
{
    if (fails("fsync"))
        return -1;
    int result = (int)syscall(SYS_fsync, fd);
    if (result == 0 && faults_listener.synced != NULL)
        faults_listener.synced(fd);
    return result;
}

int fdatasync(int fd)
{
    if (fails("fdatasync"))
        return -1;
    int result = (int)syscall(SYS_fdatasync, fd);
    if (result == 0 && faults_listener.synced != NULL)
        faults_listener.synced(fd);
    return result;
}

int rename(const char *from, const char *to)
{
    return fails("rename") ? -1 : (int)syscall(SYS_rename, from, to);
}

int mkdir(const char *path, mode_t mode)
{
    return fails("mkdir") ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

ssize_t pread(int fd, void *data, size_t size, off_t offset)
{
    return fails("pread") ? -1 : syscall(SYS_pread64, fd, data, size, offset);
}

ssize_t read(int fd, void *data, size_t size)
{
    return fails("read") ? -1 : syscall(SYS_read, fd, data, size);
}

int ftruncate(int fd, off_t size)
{
    return fails("ftruncate") ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

#ifndef IMEI_SANITIZED /* which have an allocator of their own */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);

void *malloc(size_t size)
{
    return fails("allocation") ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails("allocation") ? NULL : __libc_calloc(count, size);
}
#endif

#endif
