#include "proto/number.h"
#include "testnet/proxy/ask.h"
#include "testnet/proxy/control.h"

#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_USAGE = 2, EXIT_FAILED = 5 };

static const char usage[] =
    "usage: imei-wan --table FILE --profile FILE --control SOCKET [--seed NUMBER]\n"
    "       imei-wan ask SOCKET COMMAND…\n"
    "       imei-wan check PROFILE [TABLE]    whether it would take these files\n"
    "\n"
    "Carries the connections between nodes as far as a profile says: docs/testnet.md.\n"
    "\n"
    "  --table FILE      nodes, and where it listens for whom\n"
    "  --profile FILE    distances between countries\n"
    "  --control SOCKET  where it is told what to do: profile FILE, cut A B [one-way],\n"
    "                    flap A B PERIOD_MS PERCENT, isolate A, heal [A B], reload, state\n"
    "  --seed NUMBER     of jitter and losses; by default 1\n"
    "\n"
    "Runs until SIGTERM or SIGINT.\n";

static const struct option long_options[] = {
    {"table", required_argument, NULL, 't'},   {"profile", required_argument, NULL, 'p'},
    {"control", required_argument, NULL, 'c'}, {"seed", required_argument, NULL, 's'},
    {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
};

struct program {
    uv_loop_t loop;
    struct wan *wan;
    struct control *control;
    uv_signal_t signals[2];
    bool is_ending;
};

static void end(struct program *program)
{
    program->is_ending = true;
    for (size_t i = 0; i < 2; i++) {
        if (!uv_is_closing((uv_handle_t *)&program->signals[i]))
            uv_close((uv_handle_t *)&program->signals[i], NULL);
    }
    control_close(program->control);
    program->control = NULL;
    if (program->wan != NULL)
        wan_close(program->wan);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    end(handle->data);
}

static void count_handle(uv_handle_t *handle, void *count)
{
    (void)handle;
    ++*(size_t *)count;
}

/* A look-up of a name that is under way cannot be called back and takes the resolver's time, which
 * nobody who ends the proxy is to wait for. False when there is one. */
static bool run_until_ended(struct program *program)
{
    while (uv_run(&program->loop, UV_RUN_ONCE) != 0) {
        size_t handles = 0;
        uv_walk(&program->loop, count_handle, &handles);
        if (program->is_ending && handles == 0)
            return false;
    }
    return true;
}

/* Every connection is two files, and sixteen nodes have 480. */
static void allow_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static void tell(enum err err, const struct complaint *complaint)
{
    const char *words = complaint->text[0] == '\0' ? err_sentence(err) : complaint->text;
    fprintf(stderr, "imei-wan: %s\n", words);
}

static int check(const char *profile, const char *table)
{
    struct complaint complaint;
    enum err err = wan_check(profile, table, &complaint);
    if (err != ERR_OK)
        tell(err, &complaint);
    return err == ERR_OK ? EXIT_DONE : EXIT_FAILED;
}

static int run(struct wan_options *options, const char *control)
{
    static struct program program;
    static const int numbers[] = {SIGTERM, SIGINT};
    struct complaint complaint;
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    allow_files();
    uv_loop_init(&program.loop);
    options->loop = &program.loop;
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&program.loop, &program.signals[i]);
        program.signals[i].data = &program;
        uv_signal_start(&program.signals[i], on_signal, numbers[i]);
    }
    enum err err = wan_open(options, &program.wan, &complaint);
    if (err != ERR_OK)
        tell(err, &complaint);
    else if ((err = control_open(program.wan, &program.loop, control, &program.control)) != ERR_OK)
        fprintf(stderr, "imei-wan: %s: %s\n", control, err_sentence(err));
    if (err != ERR_OK)
        end(&program);
    int status = err == ERR_OK ? EXIT_DONE : EXIT_FAILED;
    if (!run_until_ended(&program))
        _exit(status);
    wan_free(program.wan);
    uv_loop_close(&program.loop);
    return status;
}

int main(int argc, char **argv)
{
    struct wan_options options = {.seed = 1};
    const char *control = NULL;
    int option;
    if (argc > 3 && strcmp(argv[1], "ask") == 0)
        return ask(argv[2], argv + 3, argc - 3);
    if ((argc == 3 || argc == 4) && strcmp(argv[1], "check") == 0)
        return check(argv[2], argv[3]);
    while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        switch (option) {
        case 't': options.table = optarg; break;
        case 'p': options.profile = optarg; break;
        case 'c': control = optarg; break;
        case 's':
            if (number_parse(optarg, 0, UINT64_MAX, &options.seed) == ERR_OK)
                break;
            fputs("imei-wan: the seed is a number\n", stderr);
            return EXIT_USAGE;
        case 'h': fputs(usage, stdout); return EXIT_DONE;
        default: fputs(usage, stderr); return EXIT_USAGE;
        }
    }
    if (options.table == NULL || options.profile == NULL || control == NULL || optind != argc) {
        fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return run(&options, control);
}
