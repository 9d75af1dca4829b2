#include "tests/unit/store/faults.h"

#include "store/store.h"
#include "tests/unit/store/scratch.h"
#include "tests/unit/suite.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#define ROWS 64

static enum err open_at(const char *path, struct store_options options, struct store **store)
{
    options.directory = path;
    options.tables_max = 2;
    return store_open(&options, store);
}

/* Writes a generation: every row holds its number, so that a mixture of two would show. */
static enum err write_generation(struct store *store, uint32_t generation)
{
    struct txn txn;
    enum err err = txn_begin(store, true, &txn);
    if (err != ERR_OK)
        return err;
    struct table table = txn_table(&txn, "t", TABLE_PLAIN);
    uint32_t value[700];
    for (size_t i = 0; i < sizeof value / sizeof *value; i++)
        value[i] = generation;
    for (uint8_t row = 0; row < ROWS; row++)
        txn_put(&txn, table, bytes_of(&row, 1), bytes_of(value, sizeof value));
    return txn_commit(&txn);
}

/* The generation that all rows hold; 0 when there is no table yet, or the environment is dead of a
 * page that could not be synced. */
static uint32_t read_generation(struct store *store)
{
    struct txn txn;
    if (txn_begin(store, false, &txn) == ERR_IO)
        return 0;
    ck_assert_int_eq(txn.err, ERR_OK);
    struct table table = txn_table(&txn, "t", TABLE_PLAIN);
    uint32_t generation = 0;
    for (uint8_t row = 0; row < ROWS && txn.err == ERR_OK; row++) {
        struct bytes value;
        must(txn_get(&txn, table, bytes_of(&row, 1), &value));
        must(value.size == 2800);
        if (row == 0)
            memcpy(&generation, value.data, 4);
        for (size_t i = 0; i < value.size; i += 4)
            must(memcmp(value.data + i, &generation, 4) == 0);
    }
    ck_assert(txn.err == ERR_OK || txn.err == ERR_NOT_FOUND);
    txn_abort(&txn);
    return generation;
}

static uint32_t generation_at(const char *path)
{
    struct store *store;
    ck_assert_int_eq(open_at(path, (struct store_options){.no_sync = true}, &store), ERR_OK);
    uint32_t generation = read_generation(store);
    store_close(store);
    return generation;
}

static void make_generation(const char *path, uint32_t generation)
{
    struct store *store;
    ck_assert_int_eq(open_at(path, (struct store_options){0}, &store), ERR_OK);
    ck_assert_int_eq(write_generation(store, generation), ERR_OK);
    store_close(store);
}

/* --- Opening --- */

START_TEST(reading_only_needs_an_environment)
{
    struct scratch scratch = scratch_begin();
    struct store_options reading = {.read_only = true};
    struct store *store;
    const char *path = scratch_path(&scratch, "none");
    ck_assert_int_eq(open_at(path, reading, &store), ERR_NOT_FOUND);
    ck_assert_ptr_null(store);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(open_at(scratch.path, reading, &store), ERR_NOT_FOUND);
    ck_assert_int_eq(access(scratch_path(&scratch, "data.mdb"), F_OK), -1);
    make_generation(scratch.path, 7);
    ck_assert_int_eq(open_at(scratch.path, reading, &store), ERR_OK);
    ck_assert_uint_eq(read_generation(store), 7);
    ck_assert_int_eq(write_generation(store, 8), ERR_READ_ONLY);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

/* As somebody who may read the environment and not write it. */
static int read_as_nobody(void *path)
{
    struct store *store;
    if (!become_nobody())
        return 99;
    if (open_at(path, (struct store_options){0}, &store) != ERR_READ_ONLY)
        return 98;
    if (open_at(path, (struct store_options){.read_only = true}, &store) != ERR_OK)
        return 97;
    int generation = (int)read_generation(store);
    store_close(store);
    return generation;
}

START_TEST(reads_an_environment_that_it_may_not_write)
{
    struct scratch scratch = scratch_begin();
    char *path = (char *)(uintptr_t)scratch_path(&scratch, "log");
    make_generation(path, 7);
    const char *data = scratch_path(&scratch, "log/data.mdb");
    const char *lock = scratch_path(&scratch, "log/lock.mdb");
    ck_assert_int_eq(chmod(data, 0444) | chmod(lock, 0444) | chmod(path, 0555), 0);
    ck_assert_int_eq(child_run(read_as_nobody, path), 7);
    ck_assert_int_eq(chmod(path, 0755) | unlink(lock) | chmod(path, 0555), 0);
    ck_assert_int_eq(child_run(read_as_nobody, path), 7);
    /* Neither may it be read. */
    ck_assert_int_eq(chmod(data, 0), 0);
    ck_assert_int_eq(child_run(read_as_nobody, path), 97);
    ck_assert_int_eq(chmod(path, 0755), 0);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_failure_at_any_call_fails_the_opening_and_harms_nothing)
{
    struct scratch scratch = scratch_begin();
    const char *made = scratch_path(&scratch, "made");
    make_generation(made, 7);
    for (int fresh = 0; fresh < 2; fresh++) {
        for (unsigned k = 1; faults_left(k); k++) {
            char name[32];
            snprintf(name, sizeof name, "fresh-%u", k);
            const char *path = fresh == 1 ? scratch_path(&scratch, name) : made;
            struct store *store;
            faults_arm(k, EIO);
            enum err err = open_at(path, (struct store_options){0}, &store);
            faults_disarm();
            ck_assert_msg(faults_told(err != ERR_OK), "%s", faults.call);
            ck_assert(err == ERR_OK || err == ERR_IO || err == ERR_MEMORY);
            ck_assert_int_eq(store == NULL, err != ERR_OK);
            store_close(store);
            ck_assert_uint_eq(generation_at(path), fresh == 1 ? 0 : 7);
        }
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(what_a_crash_left_of_a_new_environment_is_made_anew)
{
    struct scratch scratch = scratch_begin();
    int fd = open(scratch_path(&scratch, "data.mdb.new"), O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(write(fd, "half a page", 11), 11);
    close(fd);
    make_generation(scratch.path, 7);
    ck_assert_uint_eq(generation_at(scratch.path), 7);
    ck_assert_int_eq(access(scratch_path(&scratch, "data.mdb.new"), F_OK), -1);
    scratch_end(&scratch);
}
END_TEST

START_TEST(no_file_of_an_environment_is_left_to_programs_that_are_executed)
{
    struct scratch scratch = scratch_begin();
    struct store *store;
    bool was_open[64];
    for (int fd = 0; fd < 64; fd++)
        was_open[fd] = fcntl(fd, F_GETFD) >= 0;
    ck_assert_int_eq(open_at(scratch.path, (struct store_options){0}, &store), ERR_OK);
    unsigned opened = 0;
    for (int fd = 0; fd < 64; fd++) {
        int flags = was_open[fd] ? -1 : fcntl(fd, F_GETFD);
        ck_assert(flags < 0 || (flags & FD_CLOEXEC) != 0);
        opened += flags >= 0;
    }
    ck_assert_uint_eq(opened, 3); /* the lock, the data, the data again for meta pages */
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

static unsigned position(const char *call, unsigned from)
{
    const char *at = strstr(faults.trace + from, call);
    ck_assert_msg(at != NULL, "no %s after %u in: %s", call, from, faults.trace);
    return (unsigned)(at - faults.trace);
}

START_TEST(a_new_environment_is_synced_before_it_has_its_name)
{
    struct scratch scratch = scratch_begin();
    struct store *store;
    faults_arm(0, 0);
    enum err err = open_at(scratch.path, (struct store_options){0}, &store);
    faults_disarm();
    ck_assert_int_eq(err, ERR_OK);
    unsigned written = position("write", 0);
    unsigned synced = position("fdatasync", written);
    unsigned renamed = position("rename", synced);
    unsigned named = position(" fsync", renamed);
    ck_assert_uint_gt(position("open", named), named);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

/* --- Committing --- */

static struct {
    unsigned writes;
    unsigned syncs;
    bool last_was_synced; /* by O_DSYNC */
    bool synced_before_last;
} seen;

static void note_write(int fd, const void *data, size_t size, off_t offset)
{
    (void)data;
    (void)size;
    (void)offset;
    seen.writes++;
    seen.last_was_synced = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
    seen.synced_before_last = seen.syncs > 0;
}

static void note_sync(int fd)
{
    (void)fd;
    seen.syncs++;
}

START_TEST(a_commit_is_synced_as_the_options_say)
{
    static const struct {
        struct store_options options;
        unsigned syncs;
        bool meta_synced;
    } table[] = {{{0}, 1, true}, {{.lazy_meta = true}, 1, false}, {{.no_sync = true}, 0, false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct scratch scratch = scratch_begin();
        struct store *store;
        ck_assert_int_eq(open_at(scratch.path, table[i].options, &store), ERR_OK);
        memset(&seen, 0, sizeof seen);
        faults_listener = (struct faults_listener){note_write, note_sync};
        ck_assert_int_eq(write_generation(store, 7), ERR_OK);
        faults_listener = (struct faults_listener){0};
        ck_assert_uint_ge(seen.writes, 2);
        ck_assert_uint_eq(seen.syncs, table[i].syncs);
        ck_assert_int_eq(seen.synced_before_last, table[i].syncs > 0);
        ck_assert_int_eq(seen.last_was_synced, table[i].meta_synced);
        store_close(store);
        scratch_end(&scratch);
    }
}
END_TEST

START_TEST(a_commit_that_fails_at_any_call_leaves_the_old_rows_or_the_new_ones)
{
    struct scratch scratch = scratch_begin();
    static const struct {
        int number; /* 0: a short write */
        enum err err;
    } kinds[] = {{EIO, ERR_IO}, {ENOSPC, ERR_DISK_FULL}, {EDQUOT, ERR_DISK_FULL}, {0, ERR_IO}};
    uint32_t generation = 1;
    make_generation(scratch.path, generation);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        bool told = false;
        for (unsigned k = 1; faults_left(k); k++) {
            struct store *store;
            ck_assert_int_eq(open_at(scratch.path, (struct store_options){0}, &store), ERR_OK);
            faults_arm(k, kinds[i].number);
            enum err err = write_generation(store, generation + 1);
            faults_disarm();
            ck_assert_msg(faults_told(err != ERR_OK), "%s", faults.call);
            /* A write of several pages that fails after the first is a short one to LMDB. */
            bool was_short = strcmp(faults.call, "write") == 0 && err == ERR_IO;
            ck_assert_msg(err == ERR_OK || err == ERR_MEMORY || err == kinds[i].err || was_short,
                          "%s after %s", err_name(err), faults.call);
            told = told || err == kinds[i].err;
            uint32_t seen_now = read_generation(store);
            ck_assert(seen_now == (err == ERR_OK ? generation + 1 : generation) ||
                      (err != ERR_OK && seen_now == 0));
            store_close(store);
            uint32_t now = generation_at(scratch.path);
            ck_assert(now == generation + 1 || (err != ERR_OK && now == generation));
            generation = now;
        }
        ck_assert(told);
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(an_environment_whose_last_page_was_not_synced_takes_no_more_writes)
{
    struct scratch scratch = scratch_begin();
    struct store *store;
    ck_assert_int_eq(open_at(scratch.path, (struct store_options){0}, &store), ERR_OK);
    ck_assert_int_eq(write_generation(store, 1), ERR_OK);
    faults_arm(0, 0);
    ck_assert_int_eq(write_generation(store, 2), ERR_OK);
    faults_disarm();
    bool died = false;
    for (unsigned k = 1; faults_left(k); k++) {
        faults_arm(k, EIO);
        enum err err = write_generation(store, 3);
        faults_disarm();
        struct txn txn;
        enum err next = txn_begin(store, true, &txn);
        ck_assert(next == ERR_OK || (err == ERR_IO && next == ERR_IO));
        died = next != ERR_OK;
        if (died)
            break;
        txn_abort(&txn);
    }
    ck_assert(died);
    store_close(store);
    ck_assert_uint_eq(generation_at(scratch.path), 2);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_full_map_is_a_full_disk)
{
    struct scratch scratch = scratch_begin();
    struct store *store;
    struct store_options options = {.map_size = 1 << 20, .no_sync = true};
    ck_assert_int_eq(open_at(scratch.path, options, &store), ERR_OK);
    ck_assert_int_eq(write_generation(store, 1), ERR_OK);
    static const uint8_t zeros[1 << 20];
    struct txn txn;
    ck_assert_int_eq(txn_begin(store, true, &txn), ERR_OK);
    struct table table = txn_table(&txn, "t", TABLE_PLAIN);
    txn_put(&txn, table, bytes_of("big", 3), bytes_of(zeros, sizeof zeros));
    ck_assert_int_eq(txn_commit(&txn), ERR_DISK_FULL);
    ck_assert_uint_eq(read_generation(store), 1);
    ck_assert_int_eq(write_generation(store, 2), ERR_OK);
    store_close(store);
    /* A map that is smaller than the file is made as large as it. */
    options.map_size = 1 << 16;
    ck_assert_int_eq(open_at(scratch.path, options, &store), ERR_OK);
    ck_assert_uint_eq(read_generation(store), 2);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

static int write_much(void *path)
{
    struct store *store;
    struct txn txn;
    static const uint8_t zeros[1 << 20];
    if (open_at(path, (struct store_options){0}, &store) != ERR_OK ||
        txn_begin(store, true, &txn) != ERR_OK)
        return 99;
    struct table table = txn_table(&txn, "t", TABLE_PLAIN);
    txn_put(&txn, table, bytes_of("big", 3), bytes_of(zeros, sizeof zeros));
    return (int)txn_commit(&txn);
}

START_TEST(an_environment_that_outgrows_a_readers_map_is_a_full_disk_to_it)
{
    struct scratch scratch = scratch_begin();
    make_generation(scratch.path, 1);
    struct store *store;
    struct store_options options = {.map_size = 1 << 20, .read_only = true};
    ck_assert_int_eq(open_at(scratch.path, options, &store), ERR_OK);
    ck_assert_uint_eq(read_generation(store), 1);
    ck_assert_int_eq(child_run(write_much, scratch.path), ERR_OK);
    struct txn txn;
    ck_assert_int_eq(txn_begin(store, false, &txn), ERR_DISK_FULL);
    store_close(store);
    ck_assert_uint_eq(generation_at(scratch.path), 1);
    scratch_end(&scratch);
}
END_TEST

/* Writes rows of a megabyte until that fails; its error, when the rows before still stand. */
static int fill_up(const char *path, struct store *store)
{
    static const uint8_t zeros[1 << 20];
    enum err err = ERR_OK;
    for (uint8_t i = 0; err == ERR_OK && i < 200; i++) {
        struct txn txn;
        if (txn_begin(store, true, &txn) != ERR_OK)
            return 98;
        struct table table = txn_table(&txn, "t", TABLE_PLAIN);
        uint8_t key[2] = {0xff, i};
        txn_put(&txn, table, bytes_of(key, 2), bytes_of(zeros, sizeof zeros - 777U * i));
        err = txn_commit(&txn);
    }
    bool stands = read_generation(store) == 1;
    store_close(store);
    return stands && generation_at(path) == 1 ? (int)err : 97;
}

static int fill_to_the_limit(void *path)
{
    struct store *store;
    if (open_at(path, (struct store_options){0}, &store) != ERR_OK ||
        write_generation(store, 1) != ERR_OK)
        return 96;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGXFSZ);
    struct rlimit limit = {store_used(store), store_used(store)};
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0 || setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 96;
    return fill_up(path, store);
}

START_TEST(a_file_that_may_not_grow_is_a_full_disk)
{
    struct scratch scratch = scratch_begin();
    ck_assert_int_eq(child_run(fill_to_the_limit, scratch.path), ERR_DISK_FULL);
    scratch_end(&scratch);
}
END_TEST

#define NO_MOUNT 95

static int fill_small_disk(void *path)
{
    struct store *store;
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", path, "tmpfs", 0, "size=8m") != 0)
        return NO_MOUNT;
    if (open_at(path, (struct store_options){0}, &store) != ERR_OK ||
        write_generation(store, 1) != ERR_OK)
        return 96;
    return fill_up(path, store);
}

/* Only root may mount; for others the case above and the failing calls have to do. */
START_TEST(a_disk_that_fills_up_says_so)
{
    struct scratch scratch = scratch_begin();
    int result = child_run(fill_small_disk, scratch.path);
    ck_assert_msg(result == ERR_DISK_FULL || result == NO_MOUNT, "%d", result);
    scratch_end(&scratch);
}
END_TEST

/* --- Readers --- */

START_TEST(too_many_readers_are_busy_until_one_leaves)
{
    struct scratch scratch = scratch_begin();
    struct store *store;
    ck_assert_int_eq(open_at(scratch.path, (struct store_options){0}, &store), ERR_OK);
    struct txn readers[STORE_READERS_MAX + 1];
    for (int i = 0; i < STORE_READERS_MAX; i++)
        ck_assert_int_eq(txn_begin(store, false, &readers[i]), ERR_OK);
    struct txn *last = &readers[STORE_READERS_MAX];
    ck_assert_int_eq(txn_begin(store, false, last), ERR_BUSY);
    ck_assert_int_eq(txn_commit(last), ERR_BUSY);
    txn_abort(&readers[5]);
    ck_assert_int_eq(txn_begin(store, false, last), ERR_OK);
    readers[5] = *last;
    for (int i = 0; i < STORE_READERS_MAX; i++)
        txn_abort(&readers[i]);
    store_close(store);
    scratch_end(&scratch);
}
END_TEST

/* A child that opens the environment, takes `count` readers, says so and waits. */
static pid_t child_that_reads(const char *path, int count)
{
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct store *store;
        struct txn readers[STORE_READERS_MAX];
        bool fine = open_at(path, (struct store_options){0}, &store) == ERR_OK;
        for (int i = 0; fine && i < count; i++)
            fine = txn_begin(store, false, &readers[i]) == ERR_OK;
        if (fine && write(ready[1], "y", 1) == 1)
            pause();
        _exit(1);
    }
    close(ready[1]);
    char answer = 0;
    ck_assert_int_eq(read(ready[0], &answer, 1), 1);
    close(ready[0]);
    return child;
}

static void end_child(pid_t child)
{
    ck_assert_int_eq(kill(child, SIGKILL), 0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
}

START_TEST(readers_of_a_killed_process_are_cleared_at_open)
{
    struct scratch scratch = scratch_begin();
    make_generation(scratch.path, 7);
    /* The first keeps the lock file from being set up anew. */
    pid_t first = child_that_reads(scratch.path, 0);
    end_child(child_that_reads(scratch.path, STORE_READERS_MAX));
    struct store *store;
    ck_assert_int_eq(open_at(scratch.path, (struct store_options){0}, &store), ERR_OK);
    ck_assert_uint_eq(read_generation(store), 7);
    store_close(store);
    end_child(first);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_writer_that_was_killed_holds_up_nobody)
{
    struct scratch scratch = scratch_begin();
    make_generation(scratch.path, 7);
    pid_t first = child_that_reads(scratch.path, 0);
    for (int round = 0; round < 5; round++) {
        pid_t writer = fork();
        ck_assert_int_ge(writer, 0);
        if (writer == 0) {
            struct store *store;
            struct txn txn;
            if (open_at(scratch.path, (struct store_options){0}, &store) == ERR_OK &&
                txn_begin(store, true, &txn) == ERR_OK)
                kill(getpid(), SIGKILL);
            _exit(1);
        }
        int status;
        ck_assert_int_eq(waitpid(writer, &status, 0), writer);
        ck_assert(WIFSIGNALED(status));
        make_generation(scratch.path, 8);
    }
    end_child(first);
    scratch_end(&scratch);
}
END_TEST

/* --- Damage --- */

START_TEST(a_file_of_something_else_is_damage_and_stays_as_it_is)
{
    struct scratch scratch = scratch_begin();
    const char *data = scratch_path(&scratch, "data.mdb");
    uint8_t garbage[3 * 4096];
    for (size_t i = 0; i < sizeof garbage; i++)
        garbage[i] = (uint8_t)(i * 2654435761U >> 13);
    static const size_t sizes[] = {1, 100, 4096, 4097, 8192, sizeof garbage};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int fd = open(data, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        ck_assert_int_eq(write(fd, garbage, sizes[i]), (ssize_t)sizes[i]);
        close(fd);
        for (int read_only = 0; read_only < 2; read_only++) {
            struct store *store;
            struct store_options options = {.read_only = read_only == 1};
            ck_assert_int_eq(open_at(scratch.path, options, &store), ERR_DAMAGED);
            ck_assert_ptr_null(store);
        }
        struct stat status;
        ck_assert_int_eq(stat(data, &status), 0);
        ck_assert_uint_eq((size_t)status.st_size, sizes[i]);
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(another_version_of_the_file_format_is_said)
{
    struct scratch scratch = scratch_begin();
    make_generation(scratch.path, 7);
    int fd = open(scratch_path(&scratch, "data.mdb"), O_WRONLY);
    /* LMDB's version follows the page's head of 16 bytes and the magic number. */
    for (off_t page = 0; page < 2; page++)
        ck_assert_int_eq(pwrite(fd, "\x02", 1, page * 4096 + 20), 1);
    close(fd);
    struct store *store;
    ck_assert_int_eq(open_at(scratch.path, (struct store_options){0}, &store), ERR_OLD_FORMAT);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_file_that_was_cut_anywhere_is_damage_at_open)
{
    struct scratch scratch = scratch_begin();
    make_generation(scratch.path, 1);
    make_generation(scratch.path, 7);
    struct store *store;
    ck_assert_int_eq(open_at(scratch.path, (struct store_options){0}, &store), ERR_OK);
    off_t used = (off_t)store_used(store);
    store_close(store);
    const char *data = scratch_path(&scratch, "data.mdb");
    for (off_t size = used + 4096; size > 0; size -= 512 + size % 3) {
        ck_assert_int_eq(truncate(data, size), 0);
        enum err err = open_at(scratch.path, (struct store_options){0}, &store);
        must(err == (size >= used ? ERR_OK : ERR_DAMAGED));
        if (err == ERR_OK)
            ck_assert_uint_eq(read_generation(store), 7);
        store_close(store);
    }
    scratch_end(&scratch);
}
END_TEST

/* A large value under a number, or none under it. */
static void change_large(struct txn *txn, struct table table, uint32_t number, bool there)
{
    static const uint8_t large[3 * 4096];
    uint8_t bytes[4] = {(uint8_t)number};
    struct bytes key = bytes_of(bytes, sizeof bytes);
    if (there)
        txn_put(txn, table, key, bytes_of(large, sizeof large - number * 256));
    else
        (void)txn_delete(txn, table, key);
}

/* LMDB writes no page that its transaction took and gave back, be it the last of the file. */
START_TEST(a_file_that_lacks_pages_nobody_uses_is_sound)
{
    struct scratch scratch = scratch_begin();
    const char *data = scratch_path(&scratch, "data.mdb");
    uint32_t random = 1;
    int shorter = 0;
    for (int round = 0; round < 400; round++) {
        struct store *store;
        struct txn txn;
        ck_assert_int_eq(open_at(scratch.path, (struct store_options){0}, &store), ERR_OK);
        ck_assert_int_eq(txn_begin(store, true, &txn), ERR_OK);
        struct table table = txn_table(&txn, "large", TABLE_PLAIN);
        for (int i = 0; i < 12; i++) {
            random = random * 1664525u + 1013904223u;
            change_large(&txn, table, random >> 24 & 15, (random >> 16 & 1) != 0);
        }
        ck_assert_int_eq(txn_commit(&txn), ERR_OK);
        struct stat status;
        ck_assert_int_eq(stat(data, &status), 0);
        bool lacks = (uint64_t)status.st_size < store_used(store);
        store_close(store);
        struct store_options reading = {.read_only = true};
        if (lacks) {
            shorter++;
            ck_assert_int_eq(open_at(scratch.path, reading, &store), ERR_OK);
            store_close(store);
        }
    }
    ck_assert_int_gt(shorter, 0);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reading_only_needs_an_environment,
        &reads_an_environment_that_it_may_not_write,
        &a_failure_at_any_call_fails_the_opening_and_harms_nothing,
        &what_a_crash_left_of_a_new_environment_is_made_anew,
        &no_file_of_an_environment_is_left_to_programs_that_are_executed,
        &a_new_environment_is_synced_before_it_has_its_name,
        &a_commit_is_synced_as_the_options_say,
        &a_commit_that_fails_at_any_call_leaves_the_old_rows_or_the_new_ones,
        &an_environment_whose_last_page_was_not_synced_takes_no_more_writes,
        &a_full_map_is_a_full_disk,
        &an_environment_that_outgrows_a_readers_map_is_a_full_disk_to_it,
        &a_file_that_may_not_grow_is_a_full_disk,
        &a_disk_that_fills_up_says_so,
        &too_many_readers_are_busy_until_one_leaves,
        &readers_of_a_killed_process_are_cleared_at_open,
        &a_writer_that_was_killed_holds_up_nobody,
        &a_file_of_something_else_is_damage_and_stays_as_it_is,
        &another_version_of_the_file_format_is_said,
        &a_file_that_was_cut_anywhere_is_damage_at_open,
        &a_file_that_lacks_pages_nobody_uses_is_sound,
    };
    return suite_run("store/failures", cases, sizeof cases / sizeof *cases);
}
