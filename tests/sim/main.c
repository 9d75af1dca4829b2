/*
 * sim: runs seeds of simulated clusters, and replays one. docs/internals/simulation.md explains it.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/batch.h"
#include "tests/sim/scratch.h"

struct options {
    struct batch batch;
    bool trace;
};

static int usage(FILE *out)
{
    fputs("usage: sim [--seeds A-B | --seed S [--trace]] [--nodes N] [--steps E] [--jobs J]\n"
          "           [--ledger] [--twice] [--covers]\n"
          "  --seeds A-B  run these (0-999)\n"
          "  --seed S     run this one\n"
          "  --trace      print what happens\n"
          "  --nodes N    begin with so many nodes instead of 3, 5 or 7 as the seed has it\n"
          "  --steps E    begin no more faults after so many events\n"
          "  --jobs J     processes (1)\n"
          "  --ledger     real ledgers at the commit end, and real blocks\n"
          "  --twice      run each seed twice; both must go the same way\n"
          "  --covers     fail when anything that is counted never happened\n",
          out);
    return 2;
}

static bool parse_number(const char *text, char end, uint64_t max, uint64_t *out, const char **rest)
{
    char *stop;
    errno = 0;
    unsigned long long number = strtoull(text, &stop, 10);
    if (stop == text || text[0] == '-' || *stop != end || errno != 0 || number > max)
        return false;
    *out = number;
    *rest = stop + (end != '\0');
    return true;
}

static bool parse_range(const char *text, struct options *options)
{
    const char *rest;
    return parse_number(text, '-', UINT64_MAX, &options->batch.first, &rest) &&
           parse_number(rest, '\0', UINT64_MAX, &options->batch.last, &rest) &&
           options->batch.first <= options->batch.last;
}

static bool parse_option(int option, struct options *options)
{
    const char *rest;
    uint64_t number;
    switch (option) {
    case 'S': return parse_range(optarg, options);
    case 's':
        if (!parse_number(optarg, '\0', UINT64_MAX, &options->batch.first, &rest))
            return false;
        options->batch.last = options->batch.first;
        return true;
    case 'n':
        if (!parse_number(optarg, '\0', NODES_MAX / 2, &number, &rest) || number == 0)
            return false;
        options->batch.world.nodes = (uint32_t)number;
        return true;
    case 'e': return parse_number(optarg, '\0', UINT64_MAX, &options->batch.world.steps, &rest);
    case 'j':
        if (!parse_number(optarg, '\0', BATCH_JOBS_MAX, &number, &rest) || number == 0)
            return false;
        options->batch.jobs = (uint32_t)number;
        return true;
    case 'l': options->batch.ledger = true; return true;
    case 't': options->trace = true; return true;
    case 'w': options->batch.twice = true; return true;
    case 'c': options->batch.covers = true; return true;
    default: return false;
    }
}

static bool parse_options(int argc, char **argv, struct options *options)
{
    static const struct option known[] = {
        {"seeds", required_argument, NULL, 'S'}, {"seed", required_argument, NULL, 's'},
        {"nodes", required_argument, NULL, 'n'}, {"steps", required_argument, NULL, 'e'},
        {"jobs", required_argument, NULL, 'j'},  {"trace", no_argument, NULL, 't'},
        {"ledger", no_argument, NULL, 'l'},      {"twice", no_argument, NULL, 'w'},
        {"covers", no_argument, NULL, 'c'},      {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
        if (!parse_option(option, options))
            return false;
    return optind == argc && (!options->trace || options->batch.first == options->batch.last);
}

static int run_traced(const struct options *options)
{
    bool has_ledgers = options->batch.ledger;
    struct scratch scratch;
    if (has_ledgers && !scratch_make(&scratch))
        return 3;
    struct world *world = world_open(has_ledgers ? scratch.path : NULL);
    if (world == NULL)
        return 3;
    world->trace.print = true;
    bool holds = world_run(world, options->batch.first, &options->batch.world);
    printf("digest %016" PRIx64 "\n", world->digest);
    if (!holds)
        printf("seed %" PRIu64 " violates %s\n", options->batch.first, world->violation);
    world_close(world);
    if (has_ledgers)
        scratch_remove(&scratch);
    return holds ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct options options = {.batch = {.first = 0, .last = 999, .jobs = 1}};
    if (!parse_options(argc, argv, &options))
        return usage(stderr);
    return options.trace ? run_traced(&options) : batch_run(&options.batch);
}
