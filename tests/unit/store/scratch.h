/*
 * scratch.h: a directory for one case, and the children that a case starts.
 *
 * The directory is removed by scratch_end(); when a case fails it stays for whoever looks into it.
 */
#ifndef TESTS_UNIT_STORE_SCRATCH_H
#define TESTS_UNIT_STORE_SCRATCH_H

#include "tests/unit/check.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

/* As ck_assert(), for the inner loops of large cases: says nothing while all is well. */
#define must(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("%s", #condition);                                                        \
    } while (0)

struct scratch {
    char path[512];
};

static inline struct scratch scratch_begin(void)
{
    struct scratch scratch;
    const char *root = getenv("TMPDIR");
    snprintf(scratch.path, sizeof scratch.path, "%s/imei-test-XXXXXX",
             root == NULL ? "/tmp" : root);
    ck_assert_ptr_nonnull(mkdtemp(scratch.path));
    /* Some cases look at it from another user's child. */
    ck_assert_int_eq(chmod(scratch.path, 0755), 0);
    return scratch;
}

static inline int scratch_remove(const char *path, const struct stat *status, int kind,
                                 struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void scratch_end(struct scratch *scratch)
{
    ck_assert_int_eq(nftw(scratch->path, scratch_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* A path below the directory; valid until the eighth call after this one. */
static inline const char *scratch_path(const struct scratch *scratch, const char *name)
{
    static char paths[8][1024];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", scratch->path, name);
    return path;
}

/* Runs `body` in a child and returns its wait status. The child ends without Check's own clean-up.
 */
static inline int child_status(int (*body)(void *context), void *context)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0)
        _exit(body(context));
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

/* The exit status of `body` in a child; the case fails when it dies of a signal. */
static inline int child_run(int (*body)(void *context), void *context)
{
    int status = child_status(body, context);
    ck_assert_msg(WIFEXITED(status), "the child died of signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* Gives up root's rights to read and write everything; false when that is not possible. */
static inline bool become_nobody(void)
{
    if (geteuid() != 0)
        return true;
    return setgid(NOBODY) == 0 && setuid(NOBODY) == 0;
}

#endif
