/*
 * audit.h: a data directory that a real log and a real ledger made, and its audit.
 */
#ifndef TESTS_UNIT_CLI_AUDIT_H
#define TESTS_UNIT_CLI_AUDIT_H

#include "store/store.h"
#include "tests/unit/cli/node.h"

#include <jansson.h>

enum { BLOCKS = 14, APPLIED = 11, FILE_MAX = 1 << 22 };

static struct scratch scratch;
static struct node node;

/* A file of the data directory, and how it was. */
struct part {
    const char *name;
    char *data;
    size_t size;
};

static struct part log_file = {.name = "data/log/data.mdb"};
static struct part state_file = {.name = "data/state/data.mdb"};

static inline void restore(const struct part *part)
{
    put_bytes(at(&scratch, part->name), part->data, part->size);
}

/* Statements of every kind, one of them refused, a no-op, and three blocks that the state has not
 * applied yet. */
static inline void make_blocks(void)
{
    setenv("IMEI_KEY", at(&scratch, "operator.pem"), 1);
    node_block(&node, NULL, 0, tool_now_ms());
    node_serve(&node, &scratch);
    ended(run_tool("block", "35693803564380", "35693803564381", NULL), EXIT_DONE, "");
    ended(run_tool("watch", "TAC:35693804", NULL), EXIT_DONE, "");
    ended(run_tool("unblock", "35693803564381", NULL), EXIT_DONE, "");
    ended(run_tool("unwatch", "TAC:35693804", NULL), EXIT_DONE, "");
    ended(run_tool("register", "TAC:35693805", "35693806000000-35693806000009", NULL), EXIT_DONE,
          "");
    setenv("IMEI_KEY", at(&scratch, "authority.pem"), 1);
    ended(run_tool("tac", "allocate", "35693803", "--brand", "Nokia", "--model", "3310", NULL),
          EXIT_DONE, "");
    ended(run_tool("key", "new", at(&scratch, "second.pem"), NULL), EXIT_DONE, "");
    ended(run_tool("key", "add", at(&scratch, "second.pem"), NULL), EXIT_DONE, "");
    ended(run_tool("key", "new", at(&scratch, "police.pem"), NULL), EXIT_DONE, "");
    ended(run_tool("org", "propose", "police", "--country", "DK", "--roles", "participant",
                   "--add-key", at(&scratch, "police.pem"), NULL),
          EXIT_DONE, "");
    ended(run_tool("block", "35693803564399", "--genesis", at(&scratch, "genesis"), "--out",
                   at(&scratch, "late.tx"), NULL),
          EXIT_DONE, "");
    server_stop(&node.server);
    size_t size;
    char *late = get_file(at(&scratch, "late.tx"), &size);
    struct bytes entries[] = {bytes_of("no transaction", 14), bytes_of(late, size),
                              bytes_of(late, size)};
    node_block(&node, entries, 3, tool_now_ms());
    node_block(&node, NULL, 0, tool_now_ms());
    struct block block;
    ck_assert_uint_eq(node.last, APPLIED);
    for (int i = APPLIED; i < BLOCKS; i++)
        node_log(&node, entries, 1, tool_now_ms(), &block);
    free(late);
}

static inline void begin(void)
{
    scratch = scratch_begin();
    ck_assert_int_eq(mkdir(at(&scratch, "tmp"), 0700), 0);
    setenv("TMPDIR", at(&scratch, "tmp"), 1);
    network_make(&scratch);
    node_make(&node, &scratch);
    make_blocks();
    node_close(&node);
    log_file.data = get_file(at(&scratch, log_file.name), &log_file.size);
    state_file.data = get_file(at(&scratch, state_file.name), &state_file.size);
}

static inline void end(void)
{
    free(log_file.data);
    free(state_file.data);
    scratch_end(&scratch);
}

static inline struct run audit(void)
{
    return run_tool("audit", at(&scratch, "data"), "--json", NULL);
}

static inline json_int_t number_of(const json_t *report, const char *key)
{
    ck_assert_msg(json_is_integer(json_object_get(report, key)), "no number %s", key);
    return json_integer_value(json_object_get(report, key));
}

static inline json_t *report_of(struct run *run)
{
    json_t *report = json_loads(run->out, 0, NULL);
    ck_assert_msg(report != NULL, "%d: %s%s", run->code, run->out, run->err);
    return report;
}

/* The audit finds damage, and its first problem is at that height (0: not in a block). */
static inline void damaged_at(uint64_t height, const char *what, size_t where)
{
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_NO, "%s %zu: exit status %d: %s", what, where, run.code,
                  run.err);
    json_t *report = report_of(&run);
    const json_t *problem = json_array_get(json_object_get(report, "problems"), 0);
    const json_t *found = json_object_get(problem, "height");
    ck_assert_msg((uint64_t)json_integer_value(found) == height, "%s %zu: %s", what, where,
                  run.err);
    json_decref(report);
    run_end(&run);
}

static inline void damaged_with(const char *words)
{
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_NO, "exit status %d: %s", run.code, run.err);
    ck_assert_msg(strstr(run.err, words) != NULL, "'%s' lacks '%s'", run.err, words);
    ck_assert_ptr_nonnull(strstr(run.err, "Start no node on it"));
    run_end(&run);
}

static inline void is_sound(void)
{
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_DONE, "exit status %d: %s", run.code, run.err);
    ck_assert_str_eq(run.err, "");
    run_end(&run);
}

/* Opens an environment of the directory to be changed behind the back of log and ledger. */
static inline void open_part(const char *name, struct store **store, struct txn *txn)
{
    struct store_options options = {.directory = at(&scratch, name), .tables_max = 32};
    ck_assert_int_eq(store_open(&options, store), ERR_OK);
    ck_assert_int_eq(txn_begin(*store, true, txn), ERR_OK);
}

static inline void close_part(struct store *store, struct txn *txn)
{
    ck_assert_int_eq(txn_commit(txn), ERR_OK);
    store_close(store);
}

#endif
