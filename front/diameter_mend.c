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
int fd_psm_change_state(struct fd_peer *peer, int state);
void fd_psm_next_timeout(struct fd_peer *peer, int is_random, int delay_s);
int fd_p_dw_reopen(struct fd_peer *peer);

static int (*send_out)(struct msg **message, struct cnxctx *connection, struct fd_peer *peer,
                       int counts);
static int (*shut_down)(void);
static int (*change_state)(struct fd_peer *peer, int state);
static int (*reopen)(struct fd_peer *peer);
static void (*on_ended)(void);

/* Finds the library's function of that name; false when there is none, or when a library that looks
 * for the name does not find `own`. */
static bool take_place(const char *name, const void *own, void *library_s, size_t size)
{
    void *found = dlsym(RTLD_NEXT, name);
    void *first = dlsym(RTLD_DEFAULT, name);
    memcpy(library_s, &found, size);
    return found != NULL && first != NULL && memcmp(&first, own, size) == 0;
}

/* Of a function: a pointer to one is no pointer to an object, so both go as their bytes. */
#define TAKE_PLACE(function, library_s)                                                            \
    take_place(#function, &(__typeof__(library_s)){function}, &(library_s), sizeof(library_s))

enum err diameter_mend(void (*ended)(void))
{
    on_ended = ended;
    if (!TAKE_PLACE(fd_out_send, send_out) || !TAKE_PLACE(fd_core_shutdown, shut_down) ||
        !TAKE_PLACE(fd_psm_change_state, change_state) || !TAKE_PLACE(fd_p_dw_reopen, reopen))
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

int fd_psm_change_state(struct fd_peer *peer, int state)
{
    return change_state(peer, state == STATE_REOPEN ? STATE_OPEN : state);
}

int fd_p_dw_reopen(struct fd_peer *peer)
{
    int status = reopen(peer);
    fd_psm_next_timeout(peer, 0, (int)fd_g_config->cnf_timer_tw);
    return status;
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
