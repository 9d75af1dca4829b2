/*
 * import.h: imports into a real ledger, and what became of their rows.
 */
#ifndef TESTS_UNIT_CLI_IMPORT_H
#define TESTS_UNIT_CLI_IMPORT_H

#include "tests/unit/cli/node.h"

#include <dirent.h>
#include <jansson.h>

static struct scratch scratch;
static struct node node;

static inline void begin(void)
{
    scratch = scratch_begin();
    setenv("XDG_STATE_HOME", at(&scratch, "home"), 1);
    network_make(&scratch);
    node_make(&node, &scratch);
    setenv("IMEI_KEY", at(&scratch, "operator.pem"), 1);
}

static inline void end(void)
{
    node_close(&node);
    scratch_end(&scratch);
}

static inline void serve(void)
{
    node_serve(&node, &scratch);
}

static inline void stop_serving(void)
{
    server_stop(&node.server);
}

static inline struct imei device(size_t i)
{
    return imei_of(35693803 + (uint32_t)(i % 7), (uint32_t)(i * 7919 % IMEI_SERIALS));
}

/* A list of that many devices, in no order. */
static inline const char *list_of(const char *name, size_t count)
{
    const char *path = at(&scratch, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < count; i++) {
        char text[IMEI_TEXT_SIZE + 1];
        imei_format(device(i), text);
        fprintf(file, "%s\n", text);
    }
    fclose(file);
    return path;
}

/* A number of the summary that a run printed as JSON. Ends the run. */
static inline json_int_t number_of(json_t *summary, const char *key)
{
    const json_t *value = json_object_get(summary, key);
    ck_assert_msg(json_is_integer(value), "no number %s", key);
    return json_integer_value(value);
}

static inline json_t *summary_of(struct run run, int code)
{
    ck_assert_msg(run.code == code, "exit status %d: %s%s", run.code, run.err, run.out);
    json_t *value = json_loads(run.out, 0, NULL);
    ck_assert_msg(value != NULL, "%s", run.out);
    run_end(&run);
    return value;
}

/* The rows and what became of them. Ends the run. */
static inline void summed(struct run run, int code, int rows, int bad, int twice, int statements,
                          int changed, int standing)
{
    json_t *summary = summary_of(run, code);
    ck_assert_int_eq(number_of(summary, "rows"), rows);
    ck_assert_int_eq(number_of(summary, "bad"), bad);
    ck_assert_int_eq(number_of(summary, "twice"), twice);
    ck_assert_int_eq(number_of(summary, "statements"), statements);
    ck_assert_int_eq(number_of(summary, "changed"), changed);
    ck_assert_int_eq(number_of(summary, "standing"), standing);
    ck_assert(json_is_true(json_object_get(summary, "complete")));
    json_decref(summary);
}

/* Every device of the list has exactly one claim, and the ledger that many transactions. */
static inline void all_stand_once(size_t count, size_t transactions)
{
    struct check_answer *answer = malloc(sizeof *answer);
    ck_assert_ptr_nonnull(answer);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(view_device(node.view, device(i), answer), ERR_OK);
        ck_assert_uint_eq(answer->claim_count, 1);
        ck_assert_int_eq(answer->claims[0].kind, CLAIM_BLOCK);
    }
    free(answer);
    ck_assert_uint_eq(node_transactions(&node), transactions);
}

static inline size_t state_files(void)
{
    size_t count = 0;
    DIR *directory = opendir(at(&scratch, "home/imei"));
    if (directory == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

#endif
