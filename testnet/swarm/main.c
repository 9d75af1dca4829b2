/*
 * imei-swarm: clients that use a test network and write down what they saw.
 *
 *     imei-swarm NETWORK-DIR HISTORY [--clients N] [--rate N] [--writes PERCENT] [--hot N] [--cold
 * N]
 *         [--timeout MS] [--attempts N] [--seconds N] [--seed N]
 *
 * Ends after so many seconds, or on SIGTERM or SIGINT, with a whole history. Once a second a line
 * of JSON about that second goes to the standard output. docs/testnet.md has the history's lines.
 */
#include "proto/number.h"
#include "testnet/swarm/client.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIENTS_MAX = 256, EXIT_FAILED = 5, EXIT_MISUSED = 2 };

struct options {
    const char *directory;
    const char *history;
    uint64_t clients;
    uint64_t rate;
    uint64_t writes;
    uint64_t hot;
    uint64_t cold;
    uint64_t timeout_ms;
    uint64_t attempts;
    uint64_t seconds;
    uint64_t seed;
};

static int misused(void)
{
    fputs("usage: imei-swarm NETWORK-DIR HISTORY [--clients N] [--rate N] [--writes PERCENT]\n"
          "           [--hot N] [--cold N] [--timeout MS] [--attempts N] [--seconds N] [--seed N]\n"
          "NETWORK-DIR is what testnet/up made, for example build/testnet.\n",
          stderr);
    return EXIT_MISUSED;
}

/* Each with its least and its largest value. */
static bool take_options(int count, char **arguments, struct options *out)
{
    *out = (struct options){.clients = 16,
                            .rate = 100,
                            .writes = 40,
                            .hot = 8,
                            .cold = 100000,
                            .timeout_ms = 3000,
                            .attempts = 4,
                            .seconds = 10,
                            .seed = 1};
    const struct {
        const char *name;
        uint64_t *value;
        uint64_t least;
        uint64_t most;
    } table[] = {
        {"--clients", &out->clients, 1, CLIENTS_MAX}, {"--rate", &out->rate, 1, 100000},
        {"--writes", &out->writes, 0, 100},           {"--hot", &out->hot, 1, 1000},
        {"--cold", &out->cold, 1, 10000000},          {"--timeout", &out->timeout_ms, 1, 60000},
        {"--attempts", &out->attempts, 1, 1000},      {"--seconds", &out->seconds, 1, 86400},
        {"--seed", &out->seed, 0, INT64_MAX},
    };
    if (count < 3)
        return false;
    out->directory = arguments[1];
    out->history = arguments[2];
    for (int i = 3; i < count; i += 2) {
        size_t row = 0;
        while (row < sizeof table / sizeof table[0] && strcmp(table[row].name, arguments[i]) != 0)
            row++;
        if (row == sizeof table / sizeof table[0] || i + 1 == count ||
            number_parse(arguments[i + 1], table[row].least, table[row].most, table[row].value) !=
                ERR_OK)
            return false;
    }
    return true;
}

/* ---- the run ---- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    interrupted = number;
}

struct worker {
    pthread_t thread;
    bool is_started;
    struct client *client;
};

struct run {
    struct swarm swarm;
    struct places places;
    uint32_t worker_count;
    struct worker workers[CLIENTS_MAX];
};

static void *work(void *context)
{
    struct worker *worker = context;
    client_run(worker->client);
    client_close(worker->client);
    return NULL;
}

static enum err start_workers(struct run *run)
{
    for (uint32_t i = 0; i < run->worker_count; i++) {
        if (pthread_create(&run->workers[i].thread, NULL, work, &run->workers[i]) != 0)
            return ERR_MEMORY;
        run->workers[i].is_started = true;
    }
    return ERR_OK;
}

static void end_workers(struct run *run)
{
    atomic_store(&run->swarm.is_over, true);
    for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
        if (run->workers[i].is_started)
            pthread_join(run->workers[i].thread, NULL);
        else
            client_close(run->workers[i].client);
    }
}

/* Reports once a second until time is up or somebody says so. */
static enum err watch(struct run *run, uint64_t seconds)
{
    enum err err = ERR_OK;
    for (uint64_t i = 0; i < seconds && interrupted == 0 && err == ERR_OK; i++) {
        uint64_t next_us = run->swarm.started_us + (i + 1) * 1000000;
        struct timespec next = {.tv_sec = (time_t)(next_us / 1000000),
                                .tv_nsec = (long)(next_us % 1000000) * 1000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL) != 0 &&
               interrupted == 0)
            continue;
        err = scribe_report(run->swarm.scribe, swarm_now_us(), stdout);
    }
    return err;
}

static enum err open_clients(struct run *run, struct complaint *complaint)
{
    enum err err = ERR_OK;
    for (uint32_t i = 0; i < run->worker_count && err == ERR_OK; i++)
        err = client_open(&run->swarm, i, &run->workers[i].client, complaint);
    return err;
}

static enum err prepare(struct run *run, const struct options *options, struct complaint *complaint)
{
    enum err err = places_open(options->directory, &run->places, complaint);
    if (err == ERR_OK)
        err = places_take_keys(&run->places, complaint);
    if (err == ERR_OK)
        err = open_clients(run, complaint);
    if (err != ERR_OK)
        return err;
    struct record_head head = {
        .network = run->places.genesis->network,
        .height = client_height(run->workers[0].client),
        .seed = options->seed,
    };
    err = scribe_open(options->history, &head, &run->places, &run->swarm.scribe);
    if (err != ERR_OK)
        (void)complain(complaint, 0, "%s: %s", options->history, err_sentence(err));
    return err;
}

static enum err run_all(struct run *run, const struct options *options, struct complaint *complaint)
{
    enum err err = prepare(run, options, complaint);
    run->swarm.started_us = swarm_now_us();
    if (err == ERR_OK)
        err = start_workers(run);
    if (err == ERR_OK)
        err = watch(run, options->seconds);
    end_workers(run);
    if (err == ERR_OK)
        err = scribe_report(run->swarm.scribe, swarm_now_us(), stdout);
    enum err closed = scribe_close(run->swarm.scribe);
    places_close(&run->places);
    return err == ERR_OK ? closed : err;
}

static void set_signals(void)
{
    struct sigaction end = {.sa_handler = on_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGPIPE, &ignore, NULL); /* a report that nobody reads is an error of writing */
}

int main(int count, char **arguments)
{
    static struct run run;
    struct options options;
    struct complaint complaint = {0};
    if (!take_options(count, arguments, &options))
        return misused();
    run.worker_count = (uint32_t)options.clients;
    run.swarm = (struct swarm){
        .places = &run.places,
        .seed = options.seed,
        .client_count = (uint32_t)options.clients,
        .rate = (uint32_t)options.rate,
        .writes = (uint32_t)options.writes,
        .hot_count = (uint32_t)options.hot,
        .cold_count = (uint32_t)options.cold,
        .timeout_ms = (uint32_t)options.timeout_ms,
        .attempts_max = (uint32_t)options.attempts,
    };
    set_signals();
    enum err err = run_all(&run, &options, &complaint);
    if (err == ERR_OK)
        return EXIT_SUCCESS;
    fprintf(stderr, "imei-swarm: %s\n",
            complaint.text[0] != '\0' ? complaint.text : err_sentence(err));
    return EXIT_FAILED;
}
