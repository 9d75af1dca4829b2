/* The calls that plan.h counts and fails, before those of the next library: libc's, or the fault
 * layer's (testnet/layer). Everything else a program does is left alone; so is what goes to its
 * standard error, where it says why it stops. */

#include "tests/faults/plan.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* ---- memory ---- */

/* glibc's own names, which a library before it does not hide. */
void *__libc_malloc(size_t size);                /* NOLINT(bugprone-reserved-identifier) */
void *__libc_calloc(size_t count, size_t size);  /* NOLINT(bugprone-reserved-identifier) */
void *__libc_realloc(void *memory, size_t size); /* NOLINT(bugprone-reserved-identifier) */

static bool has_no_memory(const void *caller)
{
    return plan_fails(plan_alloc_by(caller));
}

void *malloc(size_t size)
{
    return has_no_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return has_no_memory(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return has_no_memory(__builtin_return_address(0)) ? NULL : __libc_realloc(memory, size);
}

/* ---- files and sockets ---- */

/* The function of that name in the next library goes to *function, a pointer to it. */
static void find_next(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

/* What was not synced is lost by whoever looks after the process: imei-layer. */
static _Noreturn void lose_power(void)
{
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

static mode_t type_of(int fd)
{
    struct stat status;
    int error = errno;
    mode_t type = fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : 0;
    errno = error;
    return type;
}

/* A write to a regular file, before it is made. False when it fails. */
static bool may_write(int fd)
{
    if (fd == STDERR_FILENO || type_of(fd) != S_IFREG)
        return true;
    if (plan_fails(CALL_POWER))
        lose_power();
    return !plan_fails(CALL_WRITE);
}

static bool may_send(int fd)
{
    return type_of(fd) != S_IFSOCK || !plan_fails(CALL_SEND);
}

ssize_t write(int fd, const void *data, size_t size)
{
    ssize_t (*next)(int, const void *, size_t);
    find_next("write", &next);
    return may_write(fd) && may_send(fd) ? next(fd, data, size) : -1;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    ssize_t (*next)(int, const struct iovec *, int);
    find_next("writev", &next);
    return may_write(fd) && may_send(fd) ? next(fd, parts, count) : -1;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    ssize_t (*next)(int, const void *, size_t, off_t);
    find_next("pwrite", &next);
    return may_write(fd) ? next(fd, data, size, offset) : -1;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    return pwrite(fd, data, size, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    ssize_t (*next)(int, const struct iovec *, int, off_t);
    find_next("pwritev", &next);
    return may_write(fd) ? next(fd, parts, count, offset) : -1;
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
{
    return pwritev(fd, parts, count, offset);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
    return may_send(fd) ? syscall(SYS_sendto, fd, data, size, flags, NULL, 0) : -1;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return may_send(fd) ? syscall(SYS_sendmsg, fd, message, flags) : -1;
}

/* ---- syncs ---- */

static int sync_with(int fd, const char *name)
{
    int (*next)(int);
    find_next(name, &next);
    if (plan_fails(CALL_POWER))
        lose_power();
    return plan_fails(CALL_SYNC) ? -1 : next(fd);
}

int fsync(int fd)
{
    return sync_with(fd, "fsync");
}

int fdatasync(int fd)
{
    return sync_with(fd, "fdatasync");
}

int msync(void *memory, size_t size, int flags)
{
    return plan_fails(CALL_SYNC) ? -1 : (int)syscall(SYS_msync, memory, size, flags);
}
