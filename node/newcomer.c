#include "node/newcomer.h"

#include "node/clock.h"
#include "proto/hex.h"

#include <signal.h>
#include <systemd/sd-daemon.h>
#include <time.h>

enum { LOOK_MS = 50, PAUSE_MS = 2000, SAY_EVERY_MS = 60000 };

struct join_question newcomer_question(const struct config *config, const struct identity *identity)
{
    struct join_question question = {
        .address_count = config->join.count,
        .network = identity->genesis->network,
        .key = identity->public_key,
    };
    memcpy(question.addresses, config->join.at, sizeof question.addresses);
    return question;
}

/* Whether one of the signals that end the node comes within that time. */
static bool is_ended(const sigset_t *signals, long ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    return sigtimedwait(signals, NULL, &pause) > 0;
}

/* The address that the others are to call is not this configuration's: `listen` may be any of the
 * machine's. */
static const char *address_to_call(const struct config *config)
{
    bool is_any = strstr(config->listen, "//*:") != NULL ||
                  strstr(config->listen, "//0.0.0.0:") != NULL ||
                  strstr(config->listen, "//[::]:") != NULL;
    return is_any ? "tls+tcp://HOST:PORT" : config->listen;
}

static void say_unknown(const struct config *config, const struct identity *identity)
{
    char key[2 * PUBLIC_KEY_SIZE + 1];
    hex_encode(&identity->public_key, PUBLIC_KEY_SIZE, key);
    log_event(LOG_WARNING, "joining",
              "text=\"%s\" do=\"ask a regulator to run: imei node add %s --organisation %s "
              "--address %s --public-key %s\"",
              "the ledger does not have this node's key: waiting until it does", config->node,
              identity->genesis->organisations[identity->organisation].name.text,
              address_to_call(config), key);
}

static void say(const struct config *config, const struct identity *identity,
                const struct join_answer *answer)
{
    if (answer->err == ERR_OK)
        say_unknown(config, identity);
    else
        log_event(LOG_WARNING, "joining", "asked=\"%s\" why=%s text=\"%s\" do=\"%s\"",
                  config->join.at[answer->address], err_name(answer->err),
                  err_sentence(answer->err),
                  "see that 'join' names the clients' address of a node that runs");
}

/* One question; false when the node is to end. */
static enum err ask(const struct join_question *question, const sigset_t *signals,
                    struct join_answer *out)
{
    struct asking *asking;
    enum err err = asking_start(question, &asking);
    if (err != ERR_OK)
        return err;
    while (err == ERR_OK && !asking_is_done(asking))
        err = is_ended(signals, LOOK_MS) ? ERR_SHUTTING_DOWN : ERR_OK;
    if (err == ERR_OK)
        *out = *asking_answer(asking);
    asking_drop(asking);
    return err;
}

static enum err wait_with(const struct config *config, const struct identity *identity,
                          const sigset_t *signals, struct join_answer *out)
{
    struct join_question question = newcomer_question(config, identity);
    uint64_t said_ms = 0;
    enum err said = ERR_INTERNAL;
    for (;;) {
        enum err err = ask(&question, signals, out);
        if (err != ERR_OK || out->has_self)
            return err;
        uint64_t now_ms = clock_monotonic_ms();
        if (said != out->err || now_ms - said_ms >= SAY_EVERY_MS) {
            say(config, identity, out);
            said = out->err;
            said_ms = now_ms;
        }
        if (is_ended(signals, PAUSE_MS))
            return ERR_SHUTTING_DOWN;
    }
}

enum err newcomer_wait(const struct config *config, const struct identity *identity,
                       struct join_answer *out)
{
    sigset_t signals;
    sigset_t before;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    /* It can take days until somebody signs: that is no start that hangs. */
    sd_notify(0, "READY=1\nSTATUS=waiting to be added to the network; see the log");
    enum err err = wait_with(config, identity, &signals, out);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return err;
}
