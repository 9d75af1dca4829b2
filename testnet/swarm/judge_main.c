/*
 * imei-judge: a history of imei-swarm held against the ledgers of the network, which is stopped.
 *
 *     imei-judge HISTORY [DIR…] [--json] [--slack MS]
 *
 * DIR is a network's directory or a node's data directory. Without one the history is held against
 * itself alone, as that of devices on which nothing stood before. Exit status: 0 nothing is wrong,
 * 1 something is, 2 usage, 5 it could not be done.
 */
#include "proto/number.h"
#include "testnet/swarm/judge.h"
#include "testnet/swarm/places.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { EXIT_WRONG = 1, EXIT_MISUSED = 2, EXIT_FAILED = 5 };

struct options {
    const char *history;
    bool has_json;
    uint64_t slack_ms;
    size_t directory_count;
    const char *directories[REPLAY_NODES_MAX];
};

struct trial {
    struct options options;
    struct history history;
    struct replay replay;
    struct findings findings;
    struct places places;
    size_t node_count;
    struct replay_source sources[REPLAY_NODES_MAX];
    const char *names[REPLAY_NODES_MAX];
};

static int misused(void)
{
    fputs("usage: imei-judge HISTORY [DIR...] [--json] [--slack MS]\n"
          "DIR is the directory of a network that testnet/down stopped, or a node's data.\n",
          stderr);
    return EXIT_MISUSED;
}

static bool take_options(int count, char **arguments, struct options *out)
{
    for (int i = 1; i < count; i++) {
        const char *word = arguments[i];
        if (strcmp(word, "--json") == 0)
            out->has_json = true;
        else if (strcmp(word, "--slack") == 0 && i + 1 < count &&
                 number_parse(arguments[i + 1], 0, UINT32_MAX, &out->slack_ms) == ERR_OK)
            i++;
        else if (word[0] == '-' || out->directory_count == REPLAY_NODES_MAX)
            return false;
        else if (out->history == NULL)
            out->history = word;
        else
            out->directories[out->directory_count++] = word;
    }
    return out->history != NULL;
}

static bool is_network(const char *directory)
{
    char path[PATH_MAX];
    struct stat status;
    return snprintf(path, sizeof path, "%s/nodes/names", directory) < (int)sizeof path &&
           stat(path, &status) == 0;
}

static enum err add_source(struct trial *trial, const char *name, const char *data,
                           struct complaint *complaint)
{
    if (trial->node_count == REPLAY_NODES_MAX)
        return complain(complaint, 0, "more than %d nodes", REPLAY_NODES_MAX);
    trial->names[trial->node_count] = name;
    trial->sources[trial->node_count++] = (struct replay_source){name, data};
    return ERR_OK;
}

static enum err find_sources(struct trial *trial, struct complaint *complaint)
{
    const struct options *options = &trial->options;
    enum err err = ERR_OK;
    for (size_t i = 0; i < options->directory_count && err == ERR_OK; i++) {
        if (!is_network(options->directories[i])) {
            err = add_source(trial, options->directories[i], options->directories[i], complaint);
            continue;
        }
        if (trial->places.node_count > 0)
            return complain(complaint, 0, "%s is a second network", options->directories[i]);
        err = places_open(options->directories[i], &trial->places, complaint);
        for (size_t k = 0; k < trial->places.node_count && err == ERR_OK; k++)
            err = add_source(trial, trial->places.nodes[k].node.text, trial->places.nodes[k].data,
                             complaint);
    }
    return err;
}

static enum err judge(struct trial *trial, struct complaint *complaint)
{
    struct judge judge = {
        .history = &trial->history,
        .replay = &trial->replay,
        .names = trial->names,
        .slack_ms = trial->options.slack_ms,
        .findings = &trial->findings,
    };
    enum err err = history_open(trial->options.history, &trial->history, complaint);
    if (err == ERR_OK)
        err = find_sources(trial, complaint);
    if (err == ERR_OK && trial->node_count > 0)
        err = replay_run(trial->sources, trial->node_count, &trial->replay, &trial->findings,
                         complaint);
    return err == ERR_OK ? judge_run(&judge) : err;
}

static int tell(const struct trial *trial)
{
    if (trial->options.has_json)
        findings_print_json(&trial->findings, stdout);
    else
        findings_print(&trial->findings, stdout);
    return findings_are_clean(&trial->findings) ? EXIT_SUCCESS : EXIT_WRONG;
}

int main(int count, char **arguments)
{
    static struct trial trial;
    struct complaint complaint = {0};
    if (!take_options(count, arguments, &trial.options))
        return misused();
    enum err err = judge(&trial, &complaint);
    int code = EXIT_FAILED;
    if (err == ERR_OK)
        code = tell(&trial);
    else if (complaint.line > 0)
        fprintf(stderr, "imei-judge: %s:%u: %s\n", trial.options.history, complaint.line,
                complaint.text);
    else
        fprintf(stderr, "imei-judge: %s\n",
                complaint.text[0] != '\0' ? complaint.text : err_sentence(err));
    places_close(&trial.places);
    replay_close(&trial.replay);
    history_close(&trial.history);
    return code;
}
