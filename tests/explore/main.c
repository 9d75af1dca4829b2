/*
 * explore: tries every order of events of three Raft cores within bounds, and checks every state.
 * docs/internals/evidence.md has its figures.
 *
 *   explore [--short] [--states N] [NAME …]
 *     --short      only the bounds that are small enough for a test
 *     --states N   look at no more than so many states of each
 *     NAME         only these bounds
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/explore/search.h"

enum { VVV = 0x2a, VVL = 0x1a }; /* three voters; two and a learner, two bits each */

static const struct preset {
    bool is_short;
    struct bounds bounds;
} presets[] = {
    /* clang-format off */
    /* short, {name, what, roles, led, syncs, term_max, packets_max, budget} */
    {true, {"elections", "from nothing to term 2; a crash",
     VVV, false, false, 2, 1, {.crashes = 1}}},
    {true, {"log", "a leader of term 1, then up to term 3",
     VVV, true, false, 3, 1, {0}}},
    {true, {"disks", "slow disks; to term 2; a proposal, a crash",
     VVV, true, true, 2, 1, {.proposals = 1, .crashes = 1}}},
    {true, {"members", "two voters and a learner; to term 3; a change",
     VVL, true, false, 3, 1, {.changes = 1}}},
    {false, {"elections-2", "from nothing to term 2; two messages at a time",
     VVV, false, false, 2, 2, {0}}},
    {false, {"log-4", "to term 4; a proposal",
     VVV, true, false, 4, 1, {.proposals = 1}}},
    {false, {"order", "to term 2; two messages at a time, a proposal, a repeated message",
     VVV, true, false, 2, 2, {.proposals = 1, .duplicates = 1}}},
    {false, {"disks-3", "slow disks; to term 3; a crash",
     VVV, true, true, 3, 1, {.crashes = 1}}},
    {false, {"members-2", "two voters and a learner; to term 3; two changes",
     VVL, true, false, 3, 1, {.changes = 2}}},
    {false, {"voters", "three voters; to term 3; a change, a transfer",
     VVV, true, false, 3, 1, {.changes = 1, .transfers = 1}}},
    /* clang-format on */
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* In a process of its own, which an invariant of the core may end. */
static int search_apart(const struct bounds *bounds, uint64_t states_max,
                        struct search_report *report)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(search_run(bounds, states_max, report) ? 0 : 3);
    int status = -1;
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("explore");
        return 3;
    }
    if (WIFEXITED(status))
        return WEXITSTATUS(status);
    report->violated = "an invariant of the core: it ended the process";
    return 0;
}

static int explore(const struct bounds *bounds, uint64_t states_max)
{
    struct search_report *report =
        mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED) {
        perror("explore");
        return 3;
    }
    double began_s = now_s();
    int status = search_apart(bounds, states_max, report);
    printf("%-11s %10" PRIu64 " states, %10" PRIu64 " steps, %8" PRIu64
           " beyond the bounds, depth %3u, %.1f s, %s: %s\n",
           bounds->name, report->states, report->steps, report->beyond, report->deepest,
           now_s() - began_s, report->complete ? "all" : "not all", bounds->what);
    if (report->violated != NULL) {
        search_print_path(bounds, report, stdout);
        printf("%s violates %s\n", bounds->name, report->violated);
        status = 1;
    }
    munmap(report, sizeof *report);
    return status;
}

static bool is_named(const char *name, char **names, int count)
{
    bool is_named = count == 0;
    for (int i = 0; i < count; i++)
        is_named |= strcmp(name, names[i]) == 0;
    return is_named;
}

static int usage(void)
{
    fputs("usage: explore [--short] [--states N] [NAME ...]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {{"short", no_argument, NULL, 's'},
                                          {"states", required_argument, NULL, 'n'},
                                          {NULL, 0, NULL, 0}};
    bool is_short = false;
    uint64_t states_max = UINT64_MAX;
    int option;
    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        char *end = NULL;
        errno = 0;
        if (option == 's')
            is_short = true;
        else if (option == 'n' && (states_max = strtoull(optarg, &end, 10)) > 0 && *end == '\0' &&
                 errno == 0)
            continue;
        else
            return usage();
    }
    int worst = 0;
    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        const struct preset *preset = &presets[i];
        if ((is_short && !preset->is_short) ||
            !is_named(preset->bounds.name, argv + optind, argc - optind))
            continue;
        int status = explore(&preset->bounds, states_max);
        worst = status > worst ? status : worst;
    }
    return worst;
}
