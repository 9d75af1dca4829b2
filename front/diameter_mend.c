#include "front/diameter_mend.h"

#include <dlfcn.h>
#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <stdbool.h>
#include <string.h>

struct cnxctx;
struct fd_peer;

/* The library's, which have no declaration outside of it. */
int fd_out_send(struct msg **message, struct cnxctx *connection, struct fd_peer *peer, int counts);

static int (*send_out)(struct msg **message, struct cnxctx *connection, struct fd_peer *peer,
                       int counts);
static int (*shut_down)(void);
static void (*on_ended)(void);

static bool find_next(const char *name, void *function, size_t size)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, size);
    return found != NULL;
}

/* True when a library that looks for that name finds this function. */
static bool comes_first(const char *name, const void *function, size_t size)
{
    void *found = dlsym(RTLD_DEFAULT, name);
    return found != NULL && memcmp(&found, function, size) == 0;
}

enum err diameter_mend(void (*ended)(void))
{
    int (*own_send)(struct msg **, struct cnxctx *, struct fd_peer *, int) = fd_out_send;
    int (*own_shut_down)(void) = fd_core_shutdown;
    on_ended = ended;
    if (!find_next("fd_out_send", &send_out, sizeof send_out) ||
        !find_next("fd_core_shutdown", &shut_down, sizeof shut_down) ||
        !comes_first("fd_out_send", &own_send, sizeof own_send) ||
        !comes_first("fd_core_shutdown", &own_shut_down, sizeof own_shut_down))
        return ERR_INTERNAL;
    return ERR_OK;
}

static bool is_answer(struct msg *message)
{
    struct msg_hdr *header;
    return message != NULL && fd_msg_hdr(message, &header) == 0 &&
           (header->msg_flags & CMD_FLAG_REQUEST) == 0;
}

int fd_out_send(struct msg **message, struct cnxctx *connection, struct fd_peer *peer, int counts)
{
    int status = send_out(message, connection, peer, counts);
    if (status == 0 || !is_answer(*message))
        return status;
    (void)fd_msg_free(*message);
    *message = NULL;
    return 0;
}

int fd_core_shutdown(void)
{
    on_ended();
    return 0;
}

void diameter_mend_shut_down(void)
{
    (void)shut_down();
}
