/* The calls that plan.h counts and fails, before libc's. Everything else a program does is left
 * alone; so is what goes to its standard error, where it says why it stops. */

#include "tests/faults/plan.h"
#include "tests/faults/unsynced.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
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

static mode_t type_of(int fd)
{
    struct stat status;
    int error = errno;
    mode_t type = fstat(fd, &status) == 0 ? status.st_mode & S_IFMT : 0;
    errno = error;
    return type;
}

static size_t size_of(const struct iovec *parts, int count)
{
    size_t size = 0;
    for (int i = 0; i < count; i++)
        size += parts[i].iov_len;
    return size;
}

static bool syncs_itself(int fd)
{
    return (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
}

/* A write to a regular file at `offset` (-1: where the file stands), before it is made. False when
 * it fails. */
static bool may_write(int fd, off_t offset, size_t size)
{
    if (fd == STDERR_FILENO || type_of(fd) != S_IFREG)
        return true;
    if (plan_fails(CALL_WRITE))
        return false;
    if (plan_has_power())
        unsynced_note(fd, offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset, size);
    return true;
}

/* The same write after it was made: the power may go before it is on the disk. */
static ssize_t written(int fd, ssize_t result)
{
    int error = errno;
    if (plan_has_power() && fd != STDERR_FILENO && type_of(fd) == S_IFREG) {
        if (plan_fails(CALL_POWER))
            unsynced_lose();
        if (syncs_itself(fd))
            unsynced_clear(fd);
    }
    errno = error;
    return result;
}

static bool may_send(int fd)
{
    return type_of(fd) != S_IFSOCK || !plan_fails(CALL_SEND);
}

ssize_t write(int fd, const void *data, size_t size)
{
    if (!may_write(fd, -1, size) || !may_send(fd))
        return -1;
    return written(fd, syscall(SYS_write, fd, data, size));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (!may_write(fd, -1, size_of(parts, count)) || !may_send(fd))
        return -1;
    return written(fd, syscall(SYS_writev, fd, parts, count));
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    if (!may_write(fd, offset, size))
        return -1;
    return written(fd, syscall(SYS_pwrite64, fd, data, size, offset));
}

ssize_t pwrite64(int fd, const void *data, size_t size, off_t offset)
{
    return pwrite(fd, data, size, offset);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    if (!may_write(fd, offset, size_of(parts, count)))
        return -1;
    return written(fd, syscall(SYS_pwritev, fd, parts, count, offset, 0));
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

static int sync_with(int fd, long number)
{
    if (plan_fails(CALL_SYNC))
        return -1;
    if (!plan_has_power())
        return (int)syscall(number, fd);
    if (plan_fails(CALL_POWER))
        unsynced_lose();
    int result = (int)syscall(number, fd);
    if (result == 0 && type_of(fd) == S_IFREG)
        unsynced_clear(fd);
    return result;
}

int fsync(int fd)
{
    return sync_with(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_with(fd, SYS_fdatasync);
}

int msync(void *memory, size_t size, int flags)
{
    return plan_fails(CALL_SYNC) ? -1 : (int)syscall(SYS_msync, memory, size, flags);
}
