#include "front/diameter.h"

#include "front/diameter_config.h"
#include "front/diameter_counts.h"
#include "front/diameter_intake.h"
#include "front/diameter_mend.h"
#include "front/diameter_peers.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdcore.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum phase { PHASE_STARTING, PHASE_RUNNING };

/* The library keeps its own state in static variables, and calls back without a context. */
static struct {
    _Atomic enum phase phase;
    struct note note;
    char config_path[DIAMETER_PATH_SIZE]; /* freeDiameter keeps a pointer to it */
    _Atomic time_t complained_s;
} stack;

/* ---- what is said ---- */

static void say(enum note_level level, const char *event, const char *who, const char *text)
{
    int before; /* a thread of freeDiameter's is not cancelled in the midst of a line */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    stack.note.say(level, event, who, text);
    pthread_setcancelstate(before, NULL);
}

/* What strangers can make happen as often as they like is said once a second. */
static void complain_of(const char *event, const char *who, const char *text)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (atomic_exchange(&stack.complained_s, now.tv_sec) != now.tv_sec)
        say(NOTE_WARNING, event, who, text);
}

static void say_refused(const char *who, const char *text)
{
    diameter_count(REFUSAL_DENIED);
    complain_of("peer_refused", who, text);
}

static void say_message_refused(const char *why)
{
    diameter_count(REFUSAL_MALFORMED);
    complain_of("message_refused", NULL, why);
}

/* freeDiameter calls an error what a peer can cause with any message, and worse what it would like
 * to do better. Before it runs, both say why it does not. */
static enum note_level level_of(int level)
{
    bool is_why = level >= FD_LOG_ERROR && atomic_load(&stack.phase) == PHASE_STARTING;
    return is_why ? NOTE_ERROR : NOTE_DEBUG;
}

__attribute__((format(printf, 2, 0))) static void on_log(int level, const char *format,
                                                         va_list arguments)
{
    char text[512];
    if (level < FD_LOG_NOTICE)
        return;
    vsnprintf(text, sizeof text, format, arguments);
    say(level_of(level), "diameter", NULL, text);
}

static void on_peer_event(enum fd_hook_type type, struct msg *message, struct peer_hdr *peer,
                          void *other, struct fd_hook_permsgdata *data, void *registered)
{
    (void)message, (void)data, (void)registered;
    const char *name = peer == NULL ? NULL : peer->info.pi_diamid;
    if (type == HOOK_PEER_CONNECT_SUCCESS)
        say(NOTE_INFO, "peer_up", name, NULL);
    else
        complain_of("peer_down", name, other);
}

/* Without a hook of ours each of these is a line of freeDiameter's log, made for every message. */
static void on_message_event(enum fd_hook_type type, struct msg *message, struct peer_hdr *peer,
                             void *other, struct fd_hook_permsgdata *data, void *registered)
{
    (void)message, (void)peer, (void)data, (void)registered;
    if (type == HOOK_MESSAGE_PARSING_ERROR || type == HOOK_MESSAGE_ROUTING_ERROR)
        diameter_count(REFUSAL_MALFORMED);
    if (type == HOOK_MESSAGE_DROPPED)
        say(NOTE_DEBUG, "diameter", NULL, other);
}

static enum err register_hooks(void)
{
    static struct fd_hook_hdl *peers;
    static struct fd_hook_hdl *messages;
    uint32_t of_peers = HOOK_MASK(HOOK_PEER_CONNECT_SUCCESS, HOOK_PEER_CONNECT_FAILED);
    uint32_t of_messages =
        HOOK_MASK(HOOK_MESSAGE_RECEIVED, HOOK_MESSAGE_LOCAL, HOOK_MESSAGE_SENDING,
                  HOOK_MESSAGE_SENT, HOOK_MESSAGE_FAILOVER, HOOK_MESSAGE_PARSING_ERROR,
                  HOOK_MESSAGE_ROUTING_ERROR, HOOK_MESSAGE_ROUTING_FORWARD,
                  HOOK_MESSAGE_ROUTING_LOCAL, HOOK_MESSAGE_DROPPED, HOOK_MESSAGE_PARSING_ERROR2);
    if (fd_hook_register(of_peers, on_peer_event, NULL, NULL, &peers) != 0 ||
        fd_hook_register(of_messages, on_message_event, NULL, NULL, &messages) != 0)
        return ERR_INTERNAL;
    return ERR_OK;
}

/* ---- beginning and end ---- */

/* EP_ACCEPTALL: also on a loopback address, which is as good as any. */
static enum err listen_on(const struct s13_options *options)
{
    struct sockaddr_storage address;
    bool is_any;
    enum err err = diameter_endpoint(&options->listen, &address, &is_any);
    if (err != ERR_OK || is_any)
        return err;
    return fd_ep_add_merge(&fd_g_config->cnf_endpoints, (sSA *)&address, sizeof address,
                           EP_FL_CONF | EP_ACCEPTALL) == 0
               ? ERR_OK
               : ERR_MEMORY;
}

static enum err configure(const struct s13_options *options)
{
    char text[DIAMETER_CONFIG_SIZE_MAX];
    char group[DIAMETER_PATH_SIZE];
    enum err err = diameter_file("s13-group", diameter_group, group);
    if (err == ERR_OK)
        err = diameter_config_text(options, group, text);
    if (err == ERR_OK)
        err = diameter_file("s13-config", text, stack.config_path);
    if (err != ERR_OK)
        return err;
    if (fd_core_parseconf(stack.config_path) != 0)
        return ERR_CONFIG;
    return listen_on(options);
}

/* What is left of a library that ends by itself is not to be trusted with an orderly end. */
static void on_ended(void)
{
    _exit(DIAMETER_EXIT_ENDED);
}

static enum err initialize(const struct s13_options *options, void (*take)(struct ecr *ecr))
{
    if (fd_log_handler_register(on_log) != 0 || fd_core_initialize() != 0)
        return ERR_INTERNAL;
    enum err err = diameter_mend(on_ended);
    if (err == ERR_OK)
        err = register_hooks();
    if (err == ERR_OK)
        err = diameter_intake_register(say_message_refused);
    if (err == ERR_OK)
        err = diameter_peers_register(options, say_refused);
    if (err == ERR_OK)
        err = configure(options);
    if (err == ERR_OK)
        err = ecr_register(take);
    if (err == ERR_OK && fd_core_start() != 0)
        err = ERR_NETWORK;
    return err;
}

enum err diameter_start(const struct s13_options *options, struct note note,
                        void (*take)(struct ecr *ecr))
{
    stack.note = note;
    enum err err = initialize(options, take);
    if (err != ERR_OK)
        say(NOTE_ERROR, "diameter", NULL, err_sentence(err));
    atomic_store(&stack.phase, PHASE_RUNNING);
    return err;
}

void diameter_stop(void)
{
    diameter_mend_shut_down();
    (void)fd_core_wait_shutdown_complete();
}
