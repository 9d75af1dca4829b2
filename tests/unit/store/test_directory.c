#include "tests/unit/store/faults.h"

#include "store/directory.h"
#include "tests/unit/store/scratch.h"
#include "tests/unit/suite.h"

#include <dirent.h>

static unsigned entries_of(const char *path)
{
    DIR *directory = opendir(path);
    ck_assert_ptr_nonnull(directory);
    unsigned count = 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

static void put_file(const char *path, const char *text)
{
    ck_assert_int_eq(file_replace(path, bytes_of(text, strlen(text)), 0600), ERR_OK);
}

static void file_holds(const char *path, const char *text)
{
    uint8_t *data;
    size_t size;
    ck_assert_int_eq(file_read(path, 4096, &data, &size), ERR_OK);
    ck_assert_uint_eq(size, strlen(text));
    ck_assert_str_eq((const char *)data, text);
    free(data);
}

START_TEST(an_errno_has_one_meaning)
{
    static const struct {
        int number;
        enum err err;
    } table[] = {
        {ENOENT, ERR_NOT_FOUND}, {ENOTDIR, ERR_NOT_FOUND}, {EACCES, ERR_READ_ONLY},
        {EPERM, ERR_READ_ONLY},  {EROFS, ERR_READ_ONLY},   {ENOSPC, ERR_DISK_FULL},
        {EDQUOT, ERR_DISK_FULL}, {EFBIG, ERR_DISK_FULL},   {ENOMEM, ERR_MEMORY},
        {EIO, ERR_IO},           {EMFILE, ERR_IO},         {ENAMETOOLONG, ERR_IO},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        ck_assert_int_eq(file_err(table[i].number), table[i].err);
}
END_TEST

START_TEST(makes_a_directory_with_its_parents_for_the_owner_only)
{
    struct scratch scratch = scratch_begin();
    static const char *const names[] = {"a/b/c", "a/b/c", "a//d/", "e"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = scratch_path(&scratch, names[i]);
        ck_assert_int_eq(directory_make(path), ERR_OK);
        struct stat status;
        ck_assert_int_eq(stat(path, &status), 0);
        ck_assert(S_ISDIR(status.st_mode));
        ck_assert_uint_eq(status.st_mode & 0777, 0700);
    }
    ck_assert_int_eq(chdir(scratch.path), 0);
    ck_assert_int_eq(directory_make("relative/path"), ERR_OK);
    ck_assert_int_eq(directory_make("/"), ERR_OK);
    scratch_end(&scratch);
}
END_TEST

START_TEST(discards_a_directory_of_files_and_touches_no_other)
{
    struct scratch scratch = scratch_begin();
    ck_assert_int_eq(directory_make(scratch_path(&scratch, "flat")), ERR_OK);
    put_file(scratch_path(&scratch, "flat/one"), "x");
    put_file(scratch_path(&scratch, "flat/.two"), "x");
    directory_discard(scratch_path(&scratch, "flat"));
    ck_assert_int_ne(access(scratch_path(&scratch, "flat"), F_OK), 0);
    ck_assert_int_eq(directory_make(scratch_path(&scratch, "deep/below")), ERR_OK);
    directory_discard(scratch_path(&scratch, "deep"));
    directory_discard(scratch_path(&scratch, "missing"));
    ck_assert_int_eq(access(scratch_path(&scratch, "deep/below"), F_OK), 0);
    scratch_end(&scratch);
}
END_TEST

START_TEST(makes_no_directory_where_a_file_is)
{
    struct scratch scratch = scratch_begin();
    put_file(scratch_path(&scratch, "file"), "x");
    ck_assert_int_eq(directory_make(scratch_path(&scratch, "file")), ERR_IO);
    ck_assert_int_eq(directory_make(scratch_path(&scratch, "file/below")), ERR_IO);
    ck_assert_int_eq(directory_make(""), ERR_IO);
    scratch_end(&scratch);
}
END_TEST

static int make_as_nobody(void *path)
{
    return become_nobody() ? (int)directory_make(path) : ERR_INTERNAL;
}

static int replace_as_nobody(void *path)
{
    return become_nobody() ? (int)file_replace(path, bytes_of("x", 1), 0600) : ERR_INTERNAL;
}

static int lock_as_nobody(void *path)
{
    int lock;
    return become_nobody() ? (int)directory_lock(path, &lock) : ERR_INTERNAL;
}

START_TEST(says_read_only_where_it_may_not_write)
{
    struct scratch scratch = scratch_begin();
    const char *closed = scratch_path(&scratch, "closed");
    ck_assert_int_eq(mkdir(closed, 0555), 0);
    char *below = (char *)(uintptr_t)scratch_path(&scratch, "closed/below");
    ck_assert_int_eq(child_run(make_as_nobody, below), ERR_READ_ONLY);
    ck_assert_int_eq(child_run(replace_as_nobody, below), ERR_READ_ONLY);
    ck_assert_int_eq(child_run(lock_as_nobody, (char *)(uintptr_t)closed), ERR_READ_ONLY);
    ck_assert_uint_eq(entries_of(closed), 0);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_failure_at_any_call_makes_directory_make_fail)
{
    struct scratch scratch = scratch_begin();
    for (unsigned k = 1; faults_left(k); k++) {
        char name[32];
        snprintf(name, sizeof name, "%u/b/c", k);
        const char *path = scratch_path(&scratch, name);
        faults_arm(k, EIO);
        enum err err = directory_make(path);
        faults_disarm();
        ck_assert_msg(faults_told(err != ERR_OK), "%s", faults.call);
        ck_assert(err == ERR_OK || err == ERR_IO || err == ERR_MEMORY);
        ck_assert_int_eq(directory_make(path), ERR_OK);
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_lock_excludes_everybody_and_this_process_too)
{
    struct scratch scratch = scratch_begin();
    int lock;
    int second;
    ck_assert_int_eq(directory_lock(scratch.path, &lock), ERR_OK);
    ck_assert_int_ge(lock, 0);
    ck_assert_int_ne(fcntl(lock, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_eq(directory_lock(scratch.path, &second), ERR_LOCKED);
    ck_assert_int_eq(second, -1);
    directory_unlock(lock);
    ck_assert_int_eq(directory_lock(scratch.path, &lock), ERR_OK);
    directory_unlock(lock);
    directory_unlock(-1);
    scratch_end(&scratch);
}
END_TEST

/* Forks a child that locks `path`, says so and waits; returns its id. */
static pid_t child_that_locks(const char *path)
{
    int ready[2];
    ck_assert_int_eq(pipe(ready), 0);
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        int lock;
        char answer = directory_lock(path, &lock) == ERR_OK ? 'y' : 'n';
        if (write(ready[1], &answer, 1) == 1)
            pause();
        _exit(1);
    }
    char answer = 0;
    ck_assert_int_eq(read(ready[0], &answer, 1), 1);
    ck_assert_int_eq(answer, 'y');
    close(ready[0]);
    close(ready[1]);
    return child;
}

START_TEST(a_lock_excludes_other_processes_until_they_are_killed)
{
    struct scratch scratch = scratch_begin();
    for (int round = 0; round < 20; round++) {
        pid_t child = child_that_locks(scratch.path);
        int lock;
        ck_assert_int_eq(directory_lock(scratch.path, &lock), ERR_LOCKED);
        ck_assert_int_eq(kill(child, SIGKILL), 0);
        ck_assert_int_eq(waitpid(child, NULL, 0), child);
        ck_assert_int_eq(directory_lock(scratch.path, &lock), ERR_OK);
        directory_unlock(lock);
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(readers_share_the_lock_keep_its_owner_out_and_make_nothing)
{
    struct scratch scratch = scratch_begin();
    int owner;
    int first;
    int second;
    ck_assert_int_eq(directory_lock_shared(scratch.path, &first), ERR_OK);
    ck_assert_int_eq(first, -1);
    ck_assert_uint_eq(entries_of(scratch.path), 0);

    ck_assert_int_eq(directory_lock(scratch.path, &owner), ERR_OK);
    ck_assert_int_eq(directory_lock_shared(scratch.path, &first), ERR_LOCKED);
    ck_assert_int_eq(first, -1);
    directory_unlock(owner);

    ck_assert_int_eq(directory_lock_shared(scratch.path, &first), ERR_OK);
    ck_assert_int_ge(first, 0);
    ck_assert_int_ne(fcntl(first, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_eq(fcntl(first, F_GETFL) & O_ACCMODE, O_RDONLY);
    ck_assert_int_eq(directory_lock_shared(scratch.path, &second), ERR_OK);
    ck_assert_int_eq(directory_lock(scratch.path, &owner), ERR_LOCKED);
    directory_unlock(first);
    ck_assert_int_eq(directory_lock(scratch.path, &owner), ERR_LOCKED);
    directory_unlock(second);
    ck_assert_int_eq(directory_lock(scratch.path, &owner), ERR_OK);
    directory_unlock(owner);
    scratch_end(&scratch);
}
END_TEST

START_TEST(locks_no_directory_that_is_not_there)
{
    struct scratch scratch = scratch_begin();
    int lock;
    ck_assert_int_eq(directory_lock(scratch_path(&scratch, "none"), &lock), ERR_NOT_FOUND);
    ck_assert_int_eq(lock, -1);
    /* A link could point to a file of somebody else's. */
    ck_assert_int_eq(symlink("elsewhere", scratch_path(&scratch, "lock")), 0);
    ck_assert_int_eq(directory_lock(scratch.path, &lock), ERR_IO);
    scratch_end(&scratch);
}
END_TEST

START_TEST(reads_back_what_was_written)
{
    struct scratch scratch = scratch_begin();
    const char *path = scratch_path(&scratch, "file");
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 1 << 20};
    uint8_t *content = malloc(1 << 20);
    for (size_t i = 0; i < 1 << 20; i++)
        content[i] = (uint8_t)(i * 31 >> 3);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ck_assert_int_eq(file_replace(path, bytes_of(content, sizes[i]), 0600), ERR_OK);
        uint8_t *data;
        size_t size;
        ck_assert_int_eq(file_read(path, sizes[i], &data, &size), ERR_OK);
        ck_assert(bytes_equal(bytes_of(data, size), bytes_of(content, sizes[i])));
        ck_assert_uint_eq(data[size], 0);
        free(data);
        if (sizes[i] > 0)
            ck_assert_int_eq(file_read(path, sizes[i] - 1, &data, &size), ERR_TOO_LARGE);
        ck_assert_uint_eq(entries_of(scratch.path), 1);
    }
    free(content);
    scratch_end(&scratch);
}
END_TEST

static enum err read_err(const char *path, size_t size_max)
{
    uint8_t *data = (uint8_t *)1;
    size_t size = 1;
    enum err err = file_read(path, size_max, &data, &size);
    ck_assert_ptr_null(data);
    ck_assert_uint_eq(size, 0);
    return err;
}

START_TEST(reads_regular_files_only)
{
    struct scratch scratch = scratch_begin();
    const char *path = scratch_path(&scratch, "x");
    ck_assert_int_eq(read_err(path, 100), ERR_NOT_FOUND);
    ck_assert_int_eq(read_err(scratch.path, 1 << 20), ERR_IO);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(read_err(path, 100), ERR_IO);
    ck_assert_int_eq(unlink(path), 0);
    put_file(path, "text");
    ck_assert_int_eq(read_err(scratch_path(&scratch, "x/y"), 100), ERR_NOT_FOUND);
    ck_assert_int_eq(read_err("/dev/zero", 100), ERR_IO);
    /* Its size says 0, but there is more. */
    ck_assert_int_eq(read_err("/proc/self/stat", 4096), ERR_IO);
    scratch_end(&scratch);
}
END_TEST

START_TEST(refuses_a_large_file_before_it_reads_it)
{
    struct scratch scratch = scratch_begin();
    const char *path = scratch_path(&scratch, "sparse");
    put_file(path, "x");
    ck_assert_int_eq(truncate(path, (off_t)1 << 42), 0);
    ck_assert_int_eq(read_err(path, 1 << 20), ERR_TOO_LARGE);
    scratch_end(&scratch);
}
END_TEST

static int read_as_nobody(void *path)
{
    uint8_t *data;
    size_t size;
    return become_nobody() ? (int)file_read(path, 100, &data, &size) : ERR_INTERNAL;
}

START_TEST(a_file_that_may_not_be_read_is_an_io_error)
{
    struct scratch scratch = scratch_begin();
    char *path = (char *)(uintptr_t)scratch_path(&scratch, "secret");
    put_file(path, "x");
    ck_assert_int_eq(chmod(path, 0), 0);
    ck_assert_int_eq(child_run(read_as_nobody, path), ERR_IO);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_failure_at_any_call_makes_file_read_fail)
{
    struct scratch scratch = scratch_begin();
    const char *path = scratch_path(&scratch, "file");
    put_file(path, "text");
    for (unsigned k = 1; faults_left(k); k++) {
        uint8_t *data;
        size_t size;
        faults_arm(k, EIO);
        enum err err = file_read(path, 100, &data, &size);
        faults_disarm();
        ck_assert_msg(faults_told(err != ERR_OK), "%s", faults.call);
        ck_assert(err == ERR_OK || err == ERR_IO || err == ERR_MEMORY);
        ck_assert_int_eq(data == NULL, err != ERR_OK);
        free(data);
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(the_mode_of_a_new_file_is_the_callers_under_the_umask)
{
    struct scratch scratch = scratch_begin();
    const char *path = scratch_path(&scratch, "file");
    umask(027);
    static const mode_t modes[][2] = {{0600, 0600}, {0644, 0640}, {0444, 0440}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        ck_assert_int_eq(file_replace(path, bytes_of("x", 1), modes[i][0]), ERR_OK);
        struct stat status;
        ck_assert_int_eq(stat(path, &status), 0);
        ck_assert_uint_eq(status.st_mode & 07777, modes[i][1]);
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(replaces_nothing_but_a_file_in_a_directory)
{
    struct scratch scratch = scratch_begin();
    ck_assert_int_eq(mkdir(scratch_path(&scratch, "directory"), 0700), 0);
    put_file(scratch_path(&scratch, "file"), "x");
    struct bytes content = bytes_of("y", 1);
    ck_assert_int_eq(file_replace(scratch_path(&scratch, "directory"), content, 0600), ERR_IO);
    ck_assert_int_eq(file_replace(scratch_path(&scratch, "no/file"), content, 0600), ERR_NOT_FOUND);
    ck_assert_int_eq(file_replace(scratch_path(&scratch, "file/x"), content, 0600), ERR_NOT_FOUND);
    ck_assert_uint_eq(entries_of(scratch.path), 2);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_failed_replacement_leaves_the_old_file_or_the_whole_new_one)
{
    struct scratch scratch = scratch_begin();
    const char *path = scratch_path(&scratch, "file");
    static const struct {
        int number;
        enum err err;
    } faults_of[] = {{EIO, ERR_IO}, {ENOSPC, ERR_DISK_FULL}, {EROFS, ERR_READ_ONLY}};
    for (size_t i = 0; i < sizeof faults_of / sizeof *faults_of; i++) {
        put_file(path, "the old");
        bool renamed = false;
        for (unsigned k = 1; faults_left(k); k++) {
            faults_arm(k, faults_of[i].number);
            enum err err = file_replace(path, bytes_of("the new one", 11), 0600);
            faults_disarm();
            ck_assert_msg(faults_told(err != ERR_OK), "%s", faults.call);
            ck_assert(err == ERR_OK || err == faults_of[i].err || err == ERR_MEMORY ||
                      err == ERR_IO);
            ck_assert_uint_eq(entries_of(scratch.path), 1);
            uint8_t *data;
            size_t size;
            ck_assert_int_eq(file_read(path, 100, &data, &size), ERR_OK);
            renamed = renamed || size == 11;
            ck_assert_str_eq((const char *)data, renamed ? "the new one" : "the old");
            free(data);
        }
        ck_assert(renamed);
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(bytes_and_names_are_synced_in_this_order)
{
    struct scratch scratch = scratch_begin();
    faults_arm(0, 0);
    enum err made = directory_make(scratch_path(&scratch, "a"));
    faults_disarm();
    ck_assert_int_eq(made, ERR_OK);
    ck_assert_str_eq(faults.trace, "mkdir open fsync ");
    faults_arm(0, 0);
    enum err replaced = file_replace(scratch_path(&scratch, "a/file"), bytes_of("x", 1), 0600);
    faults_disarm();
    ck_assert_int_eq(replaced, ERR_OK);
    ck_assert_str_eq(faults.trace, "open write fsync rename open fsync ");
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_short_write_is_continued)
{
    struct scratch scratch = scratch_begin();
    const char *path = scratch_path(&scratch, "file");
    bool was_short = false;
    for (unsigned k = 1; faults_left(k); k++) {
        put_file(path, "old");
        faults_arm(k, 0);
        enum err err = file_replace(path, bytes_of("0123456789", 10), 0600);
        faults_disarm();
        if (err == ERR_OK)
            file_holds(path, "0123456789");
        was_short = was_short || strcmp(faults.call, "write") == 0;
    }
    ck_assert(was_short);
    scratch_end(&scratch);
}
END_TEST

/* Replaces the file for ever: contents of one letter, of a size that the letter gives. */
static void replace_for_ever(const char *path)
{
    char content[26 * 400];
    for (unsigned i = 0;; i = (i + 1) % 26) {
        memset(content, (int)('a' + i), sizeof content);
        if (file_replace(path, bytes_of(content, (i + 1) * 400), 0600) != ERR_OK)
            _exit(1);
    }
}

static void file_is_one_of_them(const char *path)
{
    uint8_t *data;
    size_t size;
    ck_assert_int_eq(file_read(path, 1 << 20, &data, &size), ERR_OK);
    ck_assert_uint_ge(size, 1);
    ck_assert_uint_eq(size, (data[0] - 'a' + 1U) * 400);
    ck_assert_int_eq(memcmp(data, data + 1, size - 1), 0);
    free(data);
}

START_TEST(a_reader_sees_one_whole_file_while_writers_race_and_are_killed)
{
    struct scratch scratch = scratch_begin();
    const char *path = scratch_path(&scratch, "file");
    char first[400];
    memset(first, 'a', sizeof first);
    ck_assert_int_eq(file_replace(path, bytes_of(first, sizeof first), 0600), ERR_OK);
    for (int round = 0; round < 10; round++) {
        pid_t writers[2];
        for (int i = 0; i < 2; i++) {
            writers[i] = fork();
            ck_assert_int_ge(writers[i], 0);
            if (writers[i] == 0)
                replace_for_ever(path);
        }
        for (int i = 0; i < 1000 + 97 * round; i++)
            file_is_one_of_them(path);
        for (int i = 0; i < 2; i++) {
            ck_assert_int_eq(kill(writers[i], SIGKILL), 0);
            int status;
            ck_assert_int_eq(waitpid(writers[i], &status, 0), writers[i]);
            ck_assert(WIFSIGNALED(status));
        }
        file_is_one_of_them(path);
    }
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &an_errno_has_one_meaning,
        &makes_a_directory_with_its_parents_for_the_owner_only,
        &discards_a_directory_of_files_and_touches_no_other,
        &makes_no_directory_where_a_file_is,
        &says_read_only_where_it_may_not_write,
        &a_failure_at_any_call_makes_directory_make_fail,
        &a_lock_excludes_everybody_and_this_process_too,
        &a_lock_excludes_other_processes_until_they_are_killed,
        &readers_share_the_lock_keep_its_owner_out_and_make_nothing,
        &locks_no_directory_that_is_not_there,
        &reads_back_what_was_written,
        &reads_regular_files_only,
        &refuses_a_large_file_before_it_reads_it,
        &a_file_that_may_not_be_read_is_an_io_error,
        &a_failure_at_any_call_makes_file_read_fail,
        &the_mode_of_a_new_file_is_the_callers_under_the_umask,
        &replaces_nothing_but_a_file_in_a_directory,
        &a_failed_replacement_leaves_the_old_file_or_the_whole_new_one,
        &bytes_and_names_are_synced_in_this_order,
        &a_short_write_is_continued,
        &a_reader_sees_one_whole_file_while_writers_race_and_are_killed,
    };
    return suite_run("store/directory", cases, sizeof cases / sizeof *cases);
}
