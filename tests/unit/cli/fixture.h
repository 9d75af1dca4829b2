/*
 * fixture.h: runs the tool in this process, in a scratch directory, and keeps what it says. What it
 * says in JSON has the keys that its help names.
 */
#ifndef TESTS_UNIT_CLI_FIXTURE_H
#define TESTS_UNIT_CLI_FIXTURE_H

#include "tests/unit/cli/outline.h"

#include <ftw.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a scratch directory ---- */

struct scratch {
    char path[64];
};

/* In memory where there is such a place: these tests sync a lot, and none of them pulls a plug. */
static inline struct scratch scratch_begin(void)
{
    bool has_memory = access("/dev/shm", W_OK) == 0;
    struct scratch scratch = {""};
    snprintf(scratch.path, sizeof scratch.path, "%s/imei-cli-XXXXXX",
             has_memory ? "/dev/shm" : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(scratch.path));
    return scratch;
}

static inline int scratch_remove(const char *path, const struct stat *status, int kind,
                                 struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static inline void scratch_end(struct scratch *scratch)
{
    nftw(scratch->path, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* "…/imei-cli-…/name"; one of 64 buffers, used in turn. */
static inline const char *at(const struct scratch *scratch, const char *name)
{
    static char paths[64][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 64];
    snprintf(path, PATH_MAX, "%s/%s", scratch->path, name);
    return path;
}

static inline void put_bytes(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void put_text(const char *path, const char *text)
{
    put_bytes(path, text, strlen(text));
}

/* A whole file, terminated; malloc'ed. */
static inline char *get_file(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s is not there", path);
    char *data = calloc(1, 1 << 22);
    ck_assert_ptr_nonnull(data);
    *size = fread(data, 1, (1 << 22) - 1, file);
    fclose(file);
    return data;
}

/* ---- a run of the tool ---- */

enum { ARGUMENTS_MAX = 32 };

struct run {
    int code;
    char *out;
    char *err;
};

static inline struct run run_words(int count, char **words)
{
    struct run run = {0};
    size_t out_size;
    size_t err_size;
    FILE *out = open_memstream(&run.out, &out_size);
    FILE *err = open_memstream(&run.err, &err_size);
    ck_assert(out != NULL && err != NULL);
    run.code = tool_run(count, words, out, err);
    fclose(out);
    fclose(err);
    return run;
}

/* Every answer in JSON, of whatever test. */
static inline void run_check(const struct run *run, int count, char *const *words)
{
    bool is_json = false;
    for (int i = 0; i < count; i++)
        is_json |= strcmp(words[i], "--json") == 0;
    if (is_json && *run->out != '\0')
        outline_holds(words[1], words[2], run->out);
}

/* The words after "imei", and a NULL. */
static inline struct run run_tool(const char *first, ...)
{
    char *words[ARGUMENTS_MAX + 2];
    int count = 0;
    words[count++] = strdup("imei");
    va_list arguments;
    va_start(arguments, first);
    for (const char *word = first; word != NULL; word = va_arg(arguments, const char *)) {
        ck_assert_int_lt(count, ARGUMENTS_MAX);
        words[count++] = strdup(word);
    }
    va_end(arguments);
    words[count] = NULL;
    char *all[ARGUMENTS_MAX + 2]; /* the tool may change their order */
    memcpy(all, words, sizeof all);
    struct run run = run_words(count, words);
    run_check(&run, count, all);
    for (int i = 0; i < count; i++)
        free(all[i]);
    return run;
}

static inline void run_end(struct run *run)
{
    free(run->out);
    free(run->err);
}

/* The run ended so, and said these words on the standard error (or nothing: ""). Ends it. */
static inline void ended(struct run run, int code, const char *words)
{
    ck_assert_msg(run.code == code, "exit status %d, expected %d: %s%s", run.code, code, run.err,
                  run.out);
    if (*words == '\0')
        ck_assert_str_eq(run.err, "");
    else
        ck_assert_msg(strstr(run.err, words) != NULL, "'%s' lacks '%s'", run.err, words);
    run_end(&run);
}

/* The run ended so, and its result has these words. Ends it. */
static inline void answered(struct run run, int code, const char *words)
{
    ck_assert_msg(run.code == code, "exit status %d, expected %d: %s%s", run.code, code, run.err,
                  run.out);
    ck_assert_msg(strstr(run.out, words) != NULL, "'%s' lacks '%s'", run.out, words);
    run_end(&run);
}

#endif
