/*
 * broken_pipe.c: keeps NNG 1.5.2 calling.
 *
 * Its dialers take NNG_ECLOSED for the end of their own socket and call no more; its listeners,
 * likewise, accept nobody any more. But it also gives that name to EPIPE, which a write says when
 * the other end has gone at once: a node with as many clients as it takes does that, and the tool
 * would wait for it in vain. (Mended in a later NNG: its issue 1518, "Disconnect during
 * negotiation breaks listener".)
 *
 * So the one call by which NNG writes is put before that of libc here, and says ECONNRESET
 * instead, after which NNG goes on. CMakeLists.txt sees to it that every program with NNG has it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t (*next)(int, const struct msghdr *, int);
    *(void **)&next = dlsym(RTLD_NEXT, "sendmsg"); /* what is preloaded, a sanitizer's, or libc's */
    ssize_t sent = next(fd, message, flags);
    if (sent < 0 && errno == EPIPE)
        errno = ECONNRESET;
    return sent;
}
