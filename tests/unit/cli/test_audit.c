/*
 * The audit of whole data directories: sound ones are found sound, and whatever is done to their
 * files ends as an answer.
 */
#include "tests/unit/cli/audit.h"

#include "proto/hex.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

/* ---- sound ---- */

START_TEST(a_sound_directory_is_found_sound_with_the_node_s_own_numbers)
{
    begin();
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_DONE, "%s%s", run.err, run.out);
    json_t *report = report_of(&run);
    ck_assert_str_eq(json_string_value(json_object_get(report, "result")), "sound");
    ck_assert_int_eq(number_of(report, "blocks"), BLOCKS);
    ck_assert_int_eq(number_of(report, "checked"), BLOCKS);
    ck_assert_int_eq(number_of(report, "height"), APPLIED);
    ck_assert_int_eq(number_of(report, "not_applied"), BLOCKS - APPLIED);
    ck_assert_uint_eq(json_array_size(json_object_get(report, "problems")), 0);

    size_t size;
    node.genesis_data = (uint8_t *)get_file(at(&scratch, "data/genesis"), &size);
    node.genesis = calloc(1, sizeof *node.genesis);
    ck_assert_int_eq(genesis_parse(bytes_of(node.genesis_data, size), node.genesis), ERR_OK);
    node_open_ledger(&node);
    struct ledger_position position = ledger_position(node.ledger);
    char head[2 * HASH_SIZE + 1];
    char root[2 * HASH_SIZE + 1];
    hex_encode(position.head.bytes, HASH_SIZE, head);
    hex_encode(position.root.bytes, HASH_SIZE, root);
    ck_assert_str_eq(json_string_value(json_object_get(report, "head")), head);
    ck_assert_str_eq(json_string_value(json_object_get(report, "root")), root);
    ck_assert_int_eq(number_of(report, "transactions"), (int)position.transactions);
    view_close(node.view);
    ledger_close(node.ledger);
    free(node.genesis);
    free(node.genesis_data);
    json_decref(report);
    run_end(&run);
    answered(run_tool("audit", at(&scratch, "data"), NULL), EXIT_DONE, "sound");
    end();
}
END_TEST

/* Every name under a directory with its time of change and its content. */
static char *picture(const char *path)
{
    char *command;
    char *text = calloc(1, FILE_MAX);
    ck_assert_ptr_nonnull(text);
    ck_assert_int_ge(asprintf(&command,
                              "find %s -printf '%%p %%m %%s %%T@ %%C@\\n' | sort; find %s -type f "
                              "-exec sha256sum {} + | sort",
                              path, path),
                     0);
    char output[PATH_MAX];
    snprintf(output, sizeof output, "%s", at(&scratch, "picture"));
    pid_t child = fork();
    if (child == 0) {
        int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(fd, STDOUT_FILENO);
        execlp("sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    free(text);
    free(command);
    size_t size;
    return get_file(output, &size);
}

START_TEST(nothing_is_written_to_it_and_nothing_left_behind)
{
    begin();
    char *before = picture(at(&scratch, "data"));
    is_sound();
    put_text(at(&scratch, log_file.name), "damaged");
    char *changed = picture(at(&scratch, "data"));
    damaged_with("the log: ");
    char *after = picture(at(&scratch, "data"));
    ck_assert_str_ne(before, after);
    ck_assert_str_eq(changed, after);
    restore(&log_file);
    char *empty = picture(at(&scratch, "tmp"));
    ck_assert_ptr_null(strstr(empty, "imei-audit"));
    free(empty);
    free(before);
    free(changed);
    free(after);
    end();
}
END_TEST

START_TEST(a_directory_that_a_node_runs_on_is_refused)
{
    begin();
    int fd = open(at(&scratch, "data/lock"), O_RDWR);
    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ended(audit(), EXIT_USAGE, "Stop the node first");
    close(fd);
    is_sound();
    ck_assert_int_eq(unlink(at(&scratch, "data/lock")), 0); /* a copy without it will do */
    is_sound();
    ck_assert_int_ne(access(at(&scratch, "data/lock"), F_OK), 0);
    ended(run_tool("audit", at(&scratch, "nowhere"), NULL), EXIT_USAGE, "is no directory");
    ended(run_tool("audit", at(&scratch, "."), NULL), EXIT_USAGE, "neither log nor state");
    ended(run_tool("audit", at(&scratch, "data/log"), NULL), EXIT_USAGE, "neither log nor state");
    ended(run_tool("audit", at(&scratch, "data"), "--scratch", at(&scratch, "nowhere"), NULL),
          EXIT_USAGE, "--scratch");
    end();
}
END_TEST

/* ---- files ---- */

/* The audit ends as an audit, whatever the file is: sound or damaged. True when it crashed on it.
 */
static bool survives(const char *what, size_t where, bool must_be_damaged)
{
    struct run run = audit();
    ck_assert_msg(run.code == EXIT_NO || (run.code == EXIT_DONE && !must_be_damaged),
                  "%s %zu: exit status %d: %s", what, where, run.code, run.err);
    bool crashed = strstr(run.err, "ended the process (signal") != NULL;
    run_end(&run);
    return crashed;
}

static void every_truncation_is_found(const struct part *part)
{
    static const size_t sizes[] = {0, 1, 16, 100, 4095, 4096, 4097, 8191, 8192, 12288};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        put_bytes(at(&scratch, part->name), part->data, sizes[i]);
        survives(part->name, sizes[i], true);
    }
    put_bytes(at(&scratch, part->name), part->data, part->size / 2);
    survives(part->name, part->size / 2, true);
    ck_assert_int_eq(unlink(at(&scratch, part->name)), 0);
    survives(part->name, 0, true);
    restore(part);
}

START_TEST(truncated_and_missing_files_are_found)
{
    begin();
    every_truncation_is_found(&log_file);
    every_truncation_is_found(&state_file);
    is_sound();
    end();
}
END_TEST

/* Fills each page but its head with ones: LMDB follows such numbers far out of the file. */
static size_t crashes_of(const struct part *part)
{
    size_t crashes = 0;
    char *copy = malloc(part->size);
    ck_assert_ptr_nonnull(copy);
    for (size_t page = 0; page + 4096 <= part->size; page += 4096) {
        memcpy(copy, part->data, part->size);
        memset(copy + page + 16, 0xff, 4096 - 16);
        put_bytes(at(&scratch, part->name), copy, part->size);
        crashes += survives("page", page / 4096, false);
    }
    free(copy);
    restore(part);
    return crashes;
}

START_TEST(a_page_that_ends_the_reader_is_damage_and_not_a_crash_of_the_audit)
{
    begin();
    size_t crashes = crashes_of(&log_file);
    crashes += crashes_of(&state_file);
    ck_assert_uint_gt(crashes, 0);
    is_sound();
    end();
}
END_TEST

START_TEST(any_flipped_bit_of_any_page_leaves_an_answer)
{
    begin();
    uint64_t seed = 4711;
    const struct part *parts[] = {&log_file, &state_file};
    for (int i = 0; i < 300; i++) {
        const struct part *part = parts[i % 2];
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        size_t place = (size_t)(seed >> 20) % part->size;
        part->data[place] = (char)(part->data[place] ^ 1 << (seed >> 60 & 7));
        restore(part);
        survives(part->name, place, false);
        part->data[place] = (char)(part->data[place] ^ 1 << (seed >> 60 & 7));
        restore(part);
    }
    is_sound();
    end();
}
END_TEST

START_TEST(another_genesis_is_found)
{
    begin();
    size_t size;
    char *genesis = get_file(at(&scratch, "data/genesis"), &size);
    ck_assert_int_eq(unlink(at(&scratch, "data/genesis")), 0);
    damaged_with("the genesis file: not found");
    put_text(at(&scratch, "data/genesis"), "junk");
    damaged_with("the genesis file: ");
    for (size_t i = 0; i < size; i += 37) { /* another network, or no genesis at all */
        genesis[i] = (char)(genesis[i] ^ 1);
        put_bytes(at(&scratch, "data/genesis"), genesis, size);
        damaged_at(0, "genesis", i);
        genesis[i] = (char)(genesis[i] ^ 1);
    }
    put_bytes(at(&scratch, "data/genesis"), genesis, size);
    is_sound();
    free(genesis);
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_sound_directory_is_found_sound_with_the_node_s_own_numbers,
        &nothing_is_written_to_it_and_nothing_left_behind,
        &a_directory_that_a_node_runs_on_is_refused,
        &truncated_and_missing_files_are_found,
        &a_page_that_ends_the_reader_is_damage_and_not_a_crash_of_the_audit,
        &any_flipped_bit_of_any_page_leaves_an_answer,
        &another_genesis_is_found,
    };
    return suite_run("cli/audit", cases, sizeof cases / sizeof *cases);
}
