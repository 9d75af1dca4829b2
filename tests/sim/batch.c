#include "tests/sim/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/scratch.h"

#define PROGRESS_EVERY_NS 200000000

/* What a worker tells the process that started it; it outlives the worker. */
struct report {
    pid_t worker;
    uint64_t seed; /* under way, or the one that failed */
    uint64_t done;
    bool failed;
    char violation[VIOLATION_SIZE];
    struct counters counters;
    struct trace_ring ring;
};

struct board {
    bool stop; /* one has failed: the others do not begin another seed */
    double began_s;
    struct scratch scratch; /* of all workers: one that aborts removes nothing */
    struct report report[BATCH_JOBS_MAX];
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* NULL when the worker cannot have one. */
static struct world *open_world(const struct batch *batch, const struct board *board, uint32_t job)
{
    char path[SCRATCH_PATH_SIZE + 16];
    snprintf(path, sizeof path, "%s/%u", board->scratch.path, job);
    return world_open(batch->ledger ? path : NULL);
}

static bool run_seed(struct world *world, uint64_t seed, const struct batch *batch,
                     struct report *report)
{
    bool holds = world_run(world, seed, &batch->world);
    counters_add(&report->counters, &world->counters);
    if (holds && batch->twice) {
        uint64_t digest = world->digest;
        holds = world_run(world, seed, &batch->world);
        if (holds && world->digest != digest) {
            world_violate(world, "replay", "the same seed went another way");
            holds = false;
        }
    }
    if (!holds)
        memcpy(report->violation, world->violation, VIOLATION_SIZE);
    return holds;
}

/* Runs every jobs-th seed. */
static _Noreturn void work(const struct batch *batch, uint32_t job, struct board *board)
{
    struct report *report = &board->report[job];
    struct world *world = open_world(batch, board, job);
    if (world == NULL)
        _exit(3);
    uint64_t left = batch->last - batch->first;
    uint64_t offset = job;
    while (offset <= left && !board->stop && !report->failed) {
        report->seed = batch->first + offset;
        report->failed = !run_seed(world, report->seed, batch, report);
        report->done++;
        if (left - offset < batch->jobs)
            break;
        offset += batch->jobs;
    }
    world_close(world);
    _exit(report->failed ? 1 : 0);
}

static void print_progress(const struct batch *batch, const struct board *board)
{
    uint64_t done = 0;
    uint64_t events = 0;
    for (uint32_t i = 0; i < batch->jobs; i++) {
        done += board->report[i].done;
        events += board->report[i].counters.value[COUNTER_EVENTS];
    }
    double seconds = now_s() - board->began_s;
    fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " seeds, %.0f a second, %.1f M events a second ",
            done, batch->last - batch->first + 1, (double)done / seconds,
            (double)events / seconds / 1e6);
}

/* The report of the worker that has ended; NULL: none has yet. */
static struct report *await_one(const struct batch *batch, struct board *board, bool tell)
{
    int status;
    pid_t ended = waitpid(-1, &status, tell ? WNOHANG : 0);
    for (uint32_t i = 0; ended > 0 && i < batch->jobs; i++) {
        struct report *report = &board->report[i];
        if (report->worker != ended)
            continue;
        report->failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        return report;
    }
    if (tell) {
        print_progress(batch, board);
        nanosleep(&(struct timespec){.tv_nsec = PROGRESS_EVERY_NS}, NULL);
    }
    return NULL;
}

static void await_all(const struct batch *batch, struct board *board)
{
    bool tell = isatty(STDERR_FILENO) != 0;
    uint32_t running = batch->jobs;
    while (running > 0) {
        const struct report *report = await_one(batch, board, tell);
        running -= report != NULL;
        board->stop |= report != NULL && report->failed;
    }
    if (tell)
        fputs("\n", stderr);
}

/* Runs the seed again with a trace, in a process of its own: it may end in an abort. */
static void show_failure(const struct batch *batch, const struct board *board,
                         struct report *report)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct world *world = open_world(batch, board, batch->jobs);
        if (world == NULL)
            _exit(3);
        world->trace.ring = &report->ring;
        _exit(run_seed(world, report->seed, batch, report) ? 0 : 1);
    }
    int status;
    if (child > 0)
        waitpid(child, &status, 0);
    trace_ring_print(&report->ring);
    bool knows_why = report->violation[0] != '\0';
    printf("seed %" PRIu64 " violates %s\nreplay: sim --seed %" PRIu64 " --trace", report->seed,
           knows_why ? report->violation : "an invariant of the core: it ended the process",
           report->seed);
    if (batch->world.nodes != 0)
        printf(" --nodes %u", batch->world.nodes);
    if (batch->world.steps != 0)
        printf(" --steps %" PRIu64, batch->world.steps);
    if (batch->ledger)
        printf(" --ledger");
    puts("");
}

static bool summarise(const struct batch *batch, struct board *board)
{
    double seconds = now_s() - board->began_s;
    struct counters sum = {0};
    uint64_t done = 0;
    for (uint32_t i = 0; i < batch->jobs; i++) {
        counters_add(&sum, &board->report[i].counters);
        done += board->report[i].done;
        if (board->report[i].failed)
            show_failure(batch, board, &board->report[i]);
    }
    counters_print(&sum, batch->ledger, stdout);
    printf("%" PRIu64 " seeds in %.1f s: %.0f seeds and %.0f events a second\n", done, seconds,
           (double)done / seconds, (double)sum.value[COUNTER_EVENTS] / seconds);
    if (board->stop)
        return false;
    return !batch->covers || counters_all_happened(&sum, batch->ledger, stdout);
}

int batch_run(const struct batch *batch)
{
    struct board *board =
        mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (board == MAP_FAILED) {
        perror("sim");
        return 3;
    }
    board->began_s = now_s();
    if (batch->ledger && !scratch_make(&board->scratch))
        return 3;
    fflush(NULL);
    for (uint32_t i = 0; i < batch->jobs; i++) {
        pid_t worker = fork();
        if (worker == 0)
            work(batch, i, board);
        if (worker < 0) {
            perror("sim");
            _exit(3);
        }
        board->report[i].worker = worker; /* not in the worker, which shares this memory */
    }
    await_all(batch, board);
    bool good = summarise(batch, board);
    if (batch->ledger)
        scratch_remove(&board->scratch);
    munmap(board, sizeof *board);
    return good ? 0 : 1;
}
