#include "cli/audit.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/show.h"
#include "proto/hex.h"
#include "json/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MS = 50 };

static const struct field fields[] = {
    {"Result", "result", SHOW_STATUS},
    {"Network id", "network", SHOW_PLAIN},
    {"Blocks", "blocks", SHOW_PLAIN},
    {"Checked", "checked", SHOW_PLAIN},
    {"Not applied", "not_applied", SHOW_PLAIN},
    {"Height", "height", SHOW_PLAIN},
    {"Head", "head", SHOW_PLAIN},
    {"Statements", "transactions", SHOW_PLAIN},
    {"Tree root", "root", SHOW_PLAIN},
};

/* ---- the child ---- */

static _Noreturn void work(const char *directory, const char *scratch, struct audit_report *report)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        sigaction(fatal[i], &action, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* A crash is expected and told; its memory is of no use to anybody. */
    prctl(PR_SET_DUMPABLE, 0);
    audit_run(directory, scratch, report);
    _exit(0);
}

/* Waits for the child, which holds the other end of `pipe` as long as it lives, and shows how far
 * it is. Returns its status. */
static int watch(struct tool *tool, pid_t child, int pipe, const struct audit_report *report)
{
    struct progress progress = progress_begin(tool->err, "auditing", "blocks", 0);
    struct pollfd alive = {.fd = pipe, .events = POLLIN};
    int status = 0;
    while (poll(&alive, 1, POLL_MS) <= 0) {
        if (interrupt_pending() != 0)
            kill(child, SIGKILL);
        progress.total = report->blocks;
        progress_show(&progress, report->reading);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    progress_end(&progress);
    return status;
}

/* A process that was ended by its memory access was reading something damaged: LMDB follows the
 * numbers that it finds in its pages. */
static void note_crash(struct audit_report *report, int status)
{
    size_t count = report->problem_count;
    if (count >= AUDIT_PROBLEMS_MAX)
        count = AUDIT_PROBLEMS_MAX - 1;
    struct audit_problem *problem = &report->problems[count];
    const char *what = report->phase == AUDIT_BLOCKS  ? "reading this block"
                       : report->phase == AUDIT_STATE ? "reading the state"
                                                      : "opening log and state";
    problem->height = report->phase == AUDIT_BLOCKS ? report->reading : 0;
    snprintf(problem->text, sizeof problem->text,
             "%s ended the process (signal %d): its pages are damaged", what, WTERMSIG(status));
    report->problem_count = count + 1;
}

/* ---- the answer ---- */

static json_t *problems_value(const struct audit_report *report)
{
    json_t *array = json_array();
    for (size_t i = 0; i < report->problem_count && i < AUDIT_PROBLEMS_MAX; i++) {
        uint64_t height = report->problems[i].height;
        json_array_append_new(array,
                              json_pack("{s:o, s:s}", "height",
                                        height > 0 ? json_integer((json_int_t)height) : json_null(),
                                        "problem", report->problems[i].text));
    }
    return array;
}

static json_t *report_value(const struct audit_report *report)
{
    uint64_t not_applied = report->blocks > report->applied ? report->blocks - report->applied : 0;
    return json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:I, s:o}", "result",
                     report->problem_count > 0 ? "damaged" : "sound", "network",
                     answer_hex(report->network.bytes, HASH_SIZE), "blocks",
                     (json_int_t)report->blocks, "checked", (json_int_t)report->checked,
                     "not_applied", (json_int_t)not_applied, "height", (json_int_t)report->replayed,
                     "head", answer_hex(report->head.bytes, HASH_SIZE), "transactions",
                     (json_int_t)report->transactions, "root",
                     answer_hex(report->root.bytes, HASH_SIZE), "problem_count",
                     (json_int_t)report->problem_count, "problems", problems_value(report));
}

static void tell_problems(struct tool *tool, const char *directory,
                          const struct audit_report *report)
{
    for (size_t i = 0; i < report->problem_count && i < AUDIT_PROBLEMS_MAX; i++) {
        const struct audit_problem *problem = &report->problems[i];
        if (problem->height > 0)
            fprintf(tool->err, "imei: %s: block %" PRIu64 ": %s\n", directory, problem->height,
                    problem->text);
        else
            fprintf(tool->err, "imei: %s: %s\n", directory, problem->text);
    }
    if (report->problem_count > AUDIT_PROBLEMS_MAX)
        fprintf(tool->err, "imei: %s: and %zu problems more\n", directory,
                report->problem_count - AUDIT_PROBLEMS_MAX);
    if (report->problem_count > 0)
        fputs("      Start no node on it. Set it aside, and let a new node of this organisation "
              "take the ledger from the others.\n",
              tool->err);
}

static enum exit_code show(struct tool *tool, const char *directory,
                           const struct audit_report *report)
{
    enum exit_code code =
        show_answer(tool, fields, sizeof fields / sizeof fields[0], report_value(report));
    tell_problems(tool, directory, report);
    return code == EXIT_DONE && report->problem_count > 0 ? EXIT_NO : code;
}

/* ---- the run ---- */

/* What the child's end and its report amount to. */
static enum exit_code conclude(struct tool *tool, const char *directory, int status,
                               struct audit_report *report)
{
    if (report->failure != ERR_OK)
        return tool_failed(tool, report->failure, "auditing with the scratch directory");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return tool_failed(tool, ERR_MEMORY, "the audit was killed");
    if (WIFSIGNALED(status))
        note_crash(report, status);
    else if (report->phase != AUDIT_OVER)
        return tool_failed(tool, ERR_INTERNAL, "the audit ended early");
    return show(tool, directory, report);
}

/* Runs the child to its end. -1 when there is none. */
static int run_child(struct tool *tool, const char *directory, const char *scratch,
                     struct audit_report *report)
{
    int ends[2];
    int status = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    fflush(tool->out);
    fflush(tool->err);
    pid_t child = fork();
    if (child == 0)
        work(directory, scratch, report);
    close(ends[1]);
    if (child > 0)
        status = watch(tool, child, ends[0], report);
    close(ends[0]);
    return status;
}

static enum exit_code run(struct tool *tool, const char *directory, const char *scratch,
                          struct audit_report *report)
{
    struct interrupt interrupt = interrupt_watch(false);
    int status = run_child(tool, directory, scratch, report);
    audit_remove(scratch);
    interrupt_end(&interrupt);
    if (interrupt_pending() != 0)
        raise(interrupt_pending());
    if (status == -1)
        return tool_failed(tool, ERR_MEMORY, "starting the audit");
    return conclude(tool, directory, status, report);
}

static enum exit_code make_scratch(struct tool *tool, char *path, size_t capacity)
{
    const char *parent = tool_value(tool, OPTION_SCRATCH);
    if (parent == NULL)
        parent = getenv("TMPDIR");
    if (parent == NULL || *parent == '\0')
        parent = "/tmp";
    int size = snprintf(path, capacity, "%s/imei-audit-XXXXXX", parent);
    if (size >= 0 && (size_t)size < capacity && mkdtemp(path) != NULL)
        return EXIT_DONE;
    return tool_misused(tool, "Name a directory with room with --scratch.", "%s: %s", parent,
                        strerror(errno));
}

static bool has_directory(const char *parent, const char *name)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof path, "%s/%s", parent, name);
    return size >= 0 && (size_t)size < sizeof path && file_is_directory(path);
}

/* Damage is one thing, a path that was mistaken another. */
static enum exit_code look_at(struct tool *tool, const char *directory)
{
    static const char remedy[] = "Name the node's data directory: 'data' in its configuration.";
    if (!file_is_directory(directory))
        return tool_misused(tool, remedy, "%s is no directory", directory);
    if (!has_directory(directory, "log") && !has_directory(directory, "state"))
        return tool_misused(tool, remedy, "%s has neither log nor state in it", directory);
    return EXIT_DONE;
}

enum exit_code cmd_audit(struct tool *tool)
{
    const char *directory = tool->arguments.operands[0];
    int lock;
    char scratch[PATH_MAX];
    enum exit_code code = look_at(tool, directory);
    if (code != EXIT_DONE)
        return code;
    enum err err = audit_lock(directory, &lock);
    if (err == ERR_LOCKED)
        return tool_misused(tool, "Stop the node first, or audit a copy.",
                            "a node is running on %s", directory);
    if (err != ERR_OK)
        return tool_failed(tool, err, "%s", directory);
    code = make_scratch(tool, scratch, sizeof scratch);
    struct audit_report *report = MAP_FAILED;
    if (code == EXIT_DONE)
        report =
            mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (code == EXIT_DONE && report == MAP_FAILED)
        code = tool_failed(tool, ERR_MEMORY, "starting the audit");
    if (code == EXIT_DONE)
        code = run(tool, directory, scratch, report);
    if (report != MAP_FAILED)
        munmap(report, sizeof *report);
    audit_unlock(lock);
    return code;
}
