/* Names through losses of power, beside a model that makes the kept calls again from the start. */
#include "tests/unit/layer/power.h"

#include "testnet/layer/chance.h"
#include "tests/unit/suite.h"

#include <errno.h>
#include <string.h>

#define DIRECTORIES 3
#define NAMES       4 /* in each directory */
#define CELLS       (DIRECTORIES * NAMES)
#define CALLS_MAX   64
#define STEPS       40
#define SEEDS       400

/* What one call does: a cell gets another file, and of a rename a second one loses it. 0: none. */
struct call {
    int cell;
    ino_t file;
    int from; /* -1: no rename */
    bool is_synced;
};

struct run {
    struct node node;
    uint64_t seed;
    uint64_t step;
    ino_t base[CELLS]; /* before the calls */
    ino_t now[CELLS];
    struct call calls[CALLS_MAX];
    int count;
};

static uint64_t pick(struct run *run, uint64_t below)
{
    return chance_draw(run->seed, 79, run->step++) % below;
}

static int directory_of(int cell)
{
    return cell / NAMES;
}

static const char *directory_name(int directory)
{
    static const char *const names[DIRECTORIES] = {"", "log", "state"};
    return names[directory];
}

static const char *path_of(const struct run *run, int cell)
{
    char name[32];
    snprintf(name, sizeof name, "%s/%c", directory_name(directory_of(cell)), 'a' + cell % NAMES);
    return node_path(&run->node, name);
}

static ino_t file_at(const struct run *run, int cell)
{
    struct stat status;
    return lstat(path_of(run, cell), &status) == 0 ? status.st_ino : 0;
}

static void note(struct run *run, int cell, ino_t file, int from)
{
    must(run->count < CALLS_MAX);
    run->calls[run->count++] = (struct call){.cell = cell, .file = file, .from = from};
    run->now[cell] = file;
    if (from >= 0)
        run->now[from] = 0;
}

static bool touches(const struct call *call, int cell)
{
    return call->cell == cell || call->from == cell;
}

/* What is kept is kept with all that it rests on: earlier calls at the same names. */
static void spread(struct run *run)
{
    for (int i = run->count - 1; i >= 0; i--) {
        for (int j = 0; run->calls[i].is_synced && j < i; j++) {
            if (touches(&run->calls[j], run->calls[i].cell) ||
                (run->calls[i].from >= 0 && touches(&run->calls[j], run->calls[i].from)))
                run->calls[j].is_synced = true;
        }
    }
}

static void sync_directory(struct run *run, int directory)
{
    node_sync_directory(&run->node, directory_name(directory));
    for (int i = 0; i < run->count; i++) {
        const struct call *call = &run->calls[i];
        if (directory_of(call->cell) == directory ||
            (call->from >= 0 && directory_of(call->from) == directory))
            run->calls[i].is_synced = true;
    }
    spread(run);
}

static void make_file(struct run *run, int cell)
{
    int fd = files_openat(AT_FDCWD, path_of(run, cell), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    must(fd >= 0);
    close(fd);
    if (run->now[cell] == 0)
        note(run, cell, file_at(run, cell), -1);
}

static void step(struct run *run)
{
    int cell = (int)pick(run, CELLS);
    int other = (int)pick(run, CELLS);
    switch (pick(run, 8)) {
    case 0: sync_directory(run, directory_of(cell)); break;
    case 1:
    case 2:
        must((files_unlinkat(AT_FDCWD, path_of(run, cell), 0) == 0) == (run->now[cell] != 0));
        if (run->now[cell] != 0)
            note(run, cell, 0, -1);
        break;
    case 3:
    case 4:
    case 5:
        if (cell == other)
            break;
        must((files_renameat(AT_FDCWD, path_of(run, cell), AT_FDCWD, path_of(run, other)) == 0) ==
             (run->now[cell] != 0));
        if (run->now[cell] != 0)
            note(run, other, run->now[cell], cell);
        break;
    default: make_file(run, cell); break;
    }
}

/* The names as they are when of the calls that were not synced the last `lost` are. */
static bool is_as_if(const struct run *run, int lost)
{
    ino_t cells[CELLS];
    int unsynced = 0;
    for (int i = 0; i < run->count; i++)
        unsynced += !run->calls[i].is_synced;
    memcpy(cells, run->base, sizeof cells);
    int kept = unsynced - lost;
    for (int i = 0; i < run->count; i++) {
        const struct call *call = &run->calls[i];
        if (!call->is_synced && kept-- <= 0)
            continue;
        cells[call->cell] = call->file;
        if (call->from >= 0)
            cells[call->from] = 0;
    }
    for (int cell = 0; cell < CELLS; cell++) {
        if (file_at(run, cell) != cells[cell])
            return false;
    }
    return true;
}

static void play(uint64_t seed, struct power_loss *sum)
{
    struct run *run = calloc(1, sizeof *run);
    must(run != NULL);
    run->node = node_begin();
    run->seed = seed;
    must(files_mkdirat(AT_FDCWD, node_path(&run->node, "log"), 0700) == 0);
    must(files_mkdirat(AT_FDCWD, node_path(&run->node, "state"), 0700) == 0);
    node_sync_directory(&run->node, "");
    for (int life = 0; life < 2; life++) {
        for (int i = 0; i < STEPS; i++)
            step(run);
        struct power_loss loss = node_lose_power(&run->node, seed + (uint64_t)life, false);
        int unsynced = 0;
        for (int i = 0; i < run->count; i++)
            unsynced += !run->calls[i].is_synced;
        if (loss.names != (uint64_t)unsynced || !is_as_if(run, (int)loss.names_lost))
            ck_abort_msg("seed %llu: of %llu calls %llu are lost, and the names are others",
                         (unsigned long long)seed, (unsigned long long)loss.names,
                         (unsigned long long)loss.names_lost);
        sum->names += loss.names;
        sum->names_lost += loss.names_lost;
        run->count = 0;
        for (int cell = 0; cell < CELLS; cell++)
            run->base[cell] = run->now[cell] = file_at(run, cell);
        node_restart(&run->node);
    }
    files_stop();
    node_end(&run->node);
    free(run);
}

START_TEST(names_go_back_to_one_moment_and_synced_ones_stay)
{
    struct power_loss sum = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        play(seed, &sum);
    ck_assert_uint_gt(sum.names_lost, sum.names / 4);
    ck_assert_uint_lt(sum.names_lost, sum.names * 3 / 4);
}
END_TEST

/* --- One thing each --- */

static bool is_there(const struct node *node, const char *name)
{
    return access(node_path(node, name), F_OK) == 0;
}

static void make(const struct node *node, const char *name, const char *text)
{
    int fd = node_open(node, name, O_RDWR | O_CREAT | O_TRUNC);
    ck_assert_int_eq(node_write(fd, text, strlen(text), 0), (ssize_t)strlen(text));
    ck_assert_int_eq(files_fsync(fd), 0);
    close(fd);
}

static void file_is(const struct node *node, const char *name, const char *text)
{
    char is[16] = "";
    int fd = open(node_path(node, name), O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_ge(read(fd, is, sizeof is - 1), 0);
    ck_assert_str_eq(is, text);
    close(fd);
}

START_TEST(a_file_whose_directory_was_not_synced_is_gone_though_it_was)
{
    struct node node = node_begin();
    make(&node, "a", "x");
    node_lose_power(&node, 1, true);
    ck_assert(!is_there(&node, "a"));
    node_end(&node);
}
END_TEST

START_TEST(a_removed_file_comes_back_with_what_it_held)
{
    struct node node = node_begin();
    make(&node, "a", "x");
    node_sync_directory(&node, "");
    ck_assert_int_eq(files_unlinkat(AT_FDCWD, node_path(&node, "a"), 0), 0);
    node_lose_power(&node, 1, true);
    file_is(&node, "a", "x");
    node_end(&node);
}
END_TEST

START_TEST(a_replacement_without_a_sync_of_the_directory_is_the_old_file)
{
    struct node node = node_begin();
    make(&node, "a", "old");
    node_sync_directory(&node, "");
    make(&node, "a.new", "new");
    ck_assert_int_eq(
        files_renameat(AT_FDCWD, node_path(&node, "a.new"), AT_FDCWD, node_path(&node, "a")), 0);
    file_is(&node, "a", "new");
    node_lose_power(&node, 1, true);
    file_is(&node, "a", "old");
    ck_assert(!is_there(&node, "a.new"));
    node_end(&node);
}
END_TEST

START_TEST(a_rename_between_directories_is_kept_by_a_sync_of_either)
{
    for (int which = 0; which < 2; which++) {
        struct node node = node_begin();
        ck_assert_int_eq(files_mkdirat(AT_FDCWD, node_path(&node, "d"), 0700), 0);
        make(&node, "d/a", "x");
        ck_assert_int_eq(
            files_renameat(AT_FDCWD, node_path(&node, "d/a"), AT_FDCWD, node_path(&node, "b")), 0);
        node_sync_directory(&node, which == 0 ? "" : "d");
        node_lose_power(&node, 1, true);
        file_is(&node, "b", "x");
        ck_assert(!is_there(&node, "d/a"));
        node_end(&node);
    }
}
END_TEST

START_TEST(a_directory_that_is_lost_takes_what_is_in_it)
{
    struct node node = node_begin();
    ck_assert_int_eq(files_mkdirat(AT_FDCWD, node_path(&node, "d"), 0700), 0);
    make(&node, "d/a", "x");
    node_sync_directory(&node, "d");
    node_lose_power(&node, 1, true);
    ck_assert(!is_there(&node, "d"));
    node_end(&node);
}
END_TEST

START_TEST(a_removed_directory_comes_back_with_what_was_in_it)
{
    struct node node = node_begin();
    ck_assert_int_eq(files_mkdirat(AT_FDCWD, node_path(&node, "d"), 0700), 0);
    make(&node, "d/a", "x");
    node_sync_directory(&node, "d");
    node_sync_directory(&node, "");
    ck_assert_int_eq(files_unlinkat(AT_FDCWD, node_path(&node, "d/a"), 0), 0);
    ck_assert_int_eq(files_unlinkat(AT_FDCWD, node_path(&node, "d"), AT_REMOVEDIR), 0);
    node_lose_power(&node, 1, true);
    file_is(&node, "d/a", "x");
    node_end(&node);
}
END_TEST

START_TEST(a_call_that_fails_changes_nothing)
{
    struct node node = node_begin();
    make(&node, "a", "x");
    node_sync_directory(&node, "");
    ck_assert_int_eq(files_unlinkat(AT_FDCWD, node_path(&node, "b"), 0), -1);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(files_mkdirat(AT_FDCWD, node_path(&node, "a"), 0700), -1);
    ck_assert_int_eq(errno, EEXIST);
    ck_assert_int_eq(
        files_renameat(AT_FDCWD, node_path(&node, "b"), AT_FDCWD, node_path(&node, "a")), -1);
    ck_assert_int_eq(files_openat(AT_FDCWD, node_path(&node, "a"), O_RDWR | O_CREAT | O_EXCL, 0600),
                     -1);
    ck_assert_uint_eq(node_lose_power(&node, 1, true).names, 0);
    file_is(&node, "a", "x");
    node_end(&node);
}
END_TEST

START_TEST(more_names_than_there_is_room_for_stay)
{
    struct node node = node_begin();
    char name[16];
    for (int i = 0; i < 2 * JOURNAL_NAMES_MAX; i++) {
        snprintf(name, sizeof name, "%d", i);
        close(node_open(&node, name, O_RDWR | O_CREAT));
    }
    struct power_loss loss = node_lose_power(&node, 1, true);
    ck_assert_uint_gt(loss.names_lost, 0);
    ck_assert_uint_le(loss.names, JOURNAL_NAMES_MAX);
    ck_assert(is_there(&node, "0"));
    ck_assert(!is_there(&node, name));
    node_end(&node);
}
END_TEST

START_TEST(files_that_come_and_go_leave_no_links_behind)
{
    struct node node = node_begin();
    for (int i = 0; i < 3 * JOURNAL_FILES_MAX; i++) {
        make(&node, "a.new", "x");
        ck_assert_int_eq(
            files_renameat(AT_FDCWD, node_path(&node, "a.new"), AT_FDCWD, node_path(&node, "a")),
            0);
        node_sync_directory(&node, "");
    }
    int links = 0;
    for (int i = 0; i < JOURNAL_FILES_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "layer/%d.file", i);
        links += access(scratch_path(&node.scratch, name), F_OK) == 0;
    }
    ck_assert_int_le(links, 2);
    files_stop();
    node_end(&node);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &names_go_back_to_one_moment_and_synced_ones_stay,
        &a_file_whose_directory_was_not_synced_is_gone_though_it_was,
        &a_removed_file_comes_back_with_what_it_held,
        &a_replacement_without_a_sync_of_the_directory_is_the_old_file,
        &a_rename_between_directories_is_kept_by_a_sync_of_either,
        &a_directory_that_is_lost_takes_what_is_in_it,
        &a_removed_directory_comes_back_with_what_was_in_it,
        &a_call_that_fails_changes_nothing,
        &more_names_than_there_is_room_for_stay,
        &files_that_come_and_go_leave_no_links_behind,
    };
    return suite_run("layer/names", cases, sizeof cases / sizeof *cases);
}
