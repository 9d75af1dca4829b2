#include "tests/unit/store/faults.h"

#include "consensus/disk.h"
#include "tests/unit/consensus/log_script.h"
#include "tests/unit/suite.h"

#include <time.h>

/* --- A process that is killed --- */

static void sleep_us(long us)
{
    struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {
    }
}

/* Goes on with the script and says after each step that it is durable; then waits to be killed. */
_Noreturn static void write_until_killed(const char *directory, struct script *script, int pipe_end)
{
    struct disk *disk;
    if (script_open(directory, &disk) != ERR_OK)
        _exit(1);
    for (int step = 0; step < 50; step++) {
        size_t count = script_next(script);
        if (disk_write(disk, script->writes, count) != ERR_OK ||
            write(pipe_end, &script->step, sizeof script->step) != sizeof script->step)
            _exit(2);
    }
    pause();
    _exit(3);
}

/* Lets the writer report so many steps, and a little more; kills it and returns the last step that
 * it reported. */
static uint64_t reported_until_killed(pid_t writer, int pipe_end, uint32_t steps, long more_us)
{
    uint64_t reported = 0;
    for (uint32_t i = 0; i < steps; i++)
        ck_assert_int_eq(read(pipe_end, &reported, sizeof reported), sizeof reported);
    sleep_us(more_us);
    ck_assert_int_eq(kill(writer, SIGKILL), 0);
    int status;
    ck_assert_int_eq(waitpid(writer, &status, 0), writer);
    ck_assert_msg(WIFSIGNALED(status), "the writer ended with %d", WEXITSTATUS(status));
    uint64_t step;
    while (read(pipe_end, &step, sizeof step) == sizeof step)
        reported = step;
    return reported;
}

/* The log holds what the script says, or one step more: the one that was under way. */
static void holds_reported(const char *directory, struct script *script, uint64_t reported)
{
    while (script->step < reported)
        script_next(script);
    struct disk *disk;
    ck_assert_int_eq(script_open(directory, &disk), ERR_OK);
    struct script_mark mark = script_mark(script);
    if (!script_holds(disk, &mark)) {
        script_next(script);
        mark = script_mark(script);
        ck_assert_msg(script_holds(disk, &mark), "after step %lu", (unsigned long)reported);
    }
    uint64_t bad_height;
    ck_assert_int_eq(disk_verify(disk, NULL, NULL, &bad_height), ERR_OK);
    disk_close(disk);
}

/* SIGKILL leaves the page cache as it is, so this is about the order of writes within the process
 * and about LMDB's locks, not about what is synced; for that see below. */
START_TEST(a_log_whose_writer_is_killed_holds_all_that_was_reported)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(20);
    uint64_t dice = 20;
    for (int round = 0; round < 100; round++) {
        int ends[2];
        ck_assert_int_eq(pipe(ends), 0);
        pid_t writer = fork();
        ck_assert_int_ge(writer, 0);
        if (writer == 0)
            write_until_killed(scratch.path, script, ends[1]);
        close(ends[1]);
        dice = dice * UINT64_C(6364136223846793005) + 1;
        uint32_t steps = (uint32_t)(dice >> 33) % 6;
        long more_us = (long)(dice >> 40) % 5000;
        uint64_t reported = reported_until_killed(writer, ends[0], steps, more_us);
        close(ends[0]);
        holds_reported(scratch.path, script, reported);
    }
    ck_assert_uint_gt(script->step, 100);
    free(script);
    scratch_end(&scratch);
}
END_TEST

/* --- A loss of power --- */

/*
 * Every write and sync of data.mdb is noted. A crash at any point leaves what was synced before it
 * (a write through O_DSYNC syncs itself), and of the rest any 512-byte sectors, in any order.
 */
#define SECTOR 512

struct event {
    bool is_sync;
    bool syncs_itself;
    off_t offset;
    size_t size;
    uint8_t *data;
    uint64_t acknowledged; /* steps that disk_write() had returned before this */
};

static struct {
    struct event *events;
    size_t count;
    size_t capacity;
    ino_t inode;
    uint64_t acknowledged;
} journal;

static struct event *note(int fd)
{
    struct stat status;
    must(fstat(fd, &status) == 0);
    if (status.st_ino != journal.inode)
        return NULL;
    if (journal.count == journal.capacity) {
        journal.capacity = journal.capacity * 2 + 1024;
        journal.events = realloc(journal.events, journal.capacity * sizeof *journal.events);
        must(journal.events != NULL);
    }
    struct event *event = &journal.events[journal.count++];
    *event = (struct event){.acknowledged = journal.acknowledged};
    return event;
}

static void note_write(int fd, const void *data, size_t size, off_t offset)
{
    struct event *event = note(fd);
    if (event == NULL)
        return;
    event->syncs_itself = (fcntl(fd, F_GETFL) & O_DSYNC) != 0;
    event->offset = offset;
    event->size = size;
    event->data = malloc(size);
    must(event->data != NULL);
    memcpy(event->data, data, size);
}

static void note_sync(int fd)
{
    struct event *event = note(fd);
    if (event != NULL)
        event->is_sync = true;
}

#define IMAGE_SIZE_MAX (4 * 1024 * 1024)

/* What is on a disk; what was never written is zero. */
struct image {
    size_t size;
    uint8_t data[IMAGE_SIZE_MAX];
};

static void image_put(struct image *image, const void *data, size_t size, size_t offset)
{
    must(offset + size <= IMAGE_SIZE_MAX);
    memcpy(image->data + offset, data, size);
    image->size = offset + size > image->size ? offset + size : image->size;
}

/* Puts those of the write's sectors that the dice say; `share` of 8. */
static void image_put_some(struct image *image, const struct event *event, uint32_t share,
                           struct script *dice)
{
    for (size_t at = 0; at < event->size;) {
        size_t left_of_sector = SECTOR - ((size_t)event->offset + at) % SECTOR;
        size_t size = event->size - at < left_of_sector ? event->size - at : left_of_sector;
        if (script_dice(dice, 8) < share)
            image_put(image, event->data + at, size, (size_t)event->offset + at);
        at += size;
    }
}

static void image_save(const struct image *image, const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(fd >= 0);
    must(write(fd, image->data, image->size) == (ssize_t)image->size);
    close(fd);
}

static void image_load(struct image *image, const char *path)
{
    int fd = open(path, O_RDONLY);
    must(fd >= 0);
    ssize_t size = read(fd, image->data, IMAGE_SIZE_MAX);
    must(size > 0 && size < IMAGE_SIZE_MAX);
    image->size = (size_t)size;
    close(fd);
}

static void image_copy(struct image *image, const struct image *from)
{
    if (image->size > from->size)
        memset(image->data + from->size, 0, image->size - from->size);
    memcpy(image->data, from->data, from->size);
    image->size = from->size;
}

#define POWER_STEPS 60

struct power {
    struct image *durable;
    struct image *left; /* by a crash */
    size_t pending;     /* the first event that is not synced */
    struct script_mark marks[POWER_STEPS + 1];
    struct script *dice;
    struct scratch crashed;
    bool syncs_are_lost; /* a disk that lies */
    unsigned found;      /* logs that are not what they must be */
    unsigned images;
};

/* Runs the script on a log, noting what reaches the disk; each step's mark. */
static void record(struct power *power, const struct scratch *scratch)
{
    struct script *script = script_new(21);
    struct disk *disk;
    must(script_open(scratch->path, &disk) == ERR_OK);
    const char *path = scratch_path(scratch, "data.mdb");
    struct stat status;
    must(stat(path, &status) == 0);
    journal.inode = status.st_ino;
    image_load(power->durable, path);
    power->marks[0] = script_mark(script);
    faults_listener = (struct faults_listener){note_write, note_sync};
    for (uint64_t step = 1; step <= POWER_STEPS; step++) {
        size_t count = script_next(script);
        must(disk_write(disk, script->writes, count) == ERR_OK);
        power->marks[step] = script_mark(script);
        journal.acknowledged = step;
    }
    faults_listener = (struct faults_listener){0};
    disk_close(disk);
    free(script);
}

/* The log in `directory` is what was acknowledged, or what was under way. */
static bool log_is_right(const char *directory, const struct script_mark *marks, uint64_t step)
{
    struct disk *disk;
    uint64_t bad_height;
    if (script_open(directory, &disk) != ERR_OK)
        return false;
    bool right = script_holds(disk, &marks[step]) ||
                 (step < POWER_STEPS && script_holds(disk, &marks[step + 1]));
    right = right && disk_verify(disk, NULL, NULL, &bad_height) == ERR_OK;
    disk_close(disk);
    return right;
}

/* The power goes when `events` events have been handed to the disk, and so many steps have been
 * acknowledged. */
static void lose_power(struct power *power, size_t events, uint64_t acknowledged, uint32_t share)
{
    image_copy(power->left, power->durable);
    for (size_t i = power->pending; i < events; i++) {
        if (!journal.events[i].is_sync)
            image_put_some(power->left, &journal.events[i], share, power->dice);
    }
    image_save(power->left, scratch_path(&power->crashed, "data.mdb"));
    power->images++;
    power->found += !log_is_right(power->crashed.path, power->marks, acknowledged);
}

/* The event is done: what it makes durable is; returns the steps acknowledged after it. */
static uint64_t pass(struct power *power, size_t at)
{
    struct event *event = &journal.events[at];
    if (event->is_sync && !power->syncs_are_lost) {
        for (; power->pending < at; power->pending++) {
            struct event *earlier = &journal.events[power->pending];
            if (!earlier->is_sync)
                image_put(power->durable, earlier->data, earlier->size, (size_t)earlier->offset);
        }
    }
    if (event->syncs_itself)
        image_put(power->durable, event->data, event->size, (size_t)event->offset);
    return at + 1 == journal.count ? POWER_STEPS : journal.events[at + 1].acknowledged;
}

/* Goes through the journal and loses the power at every event, in several ways. */
static void lose_power_everywhere(struct power *power)
{
    for (size_t at = 0; at < journal.count; at++) {
        struct event *event = &journal.events[at];
        /* The event itself may have reached the disk in part, or not at all. */
        bool interesting =
            event->is_sync || event->syncs_itself || script_dice(power->dice, 6) == 0;
        for (uint32_t share = 0; interesting && share <= 8; share += 4)
            lose_power(power, at + 1, event->acknowledged, share);
        uint64_t acknowledged = pass(power, at);
        if (interesting)
            lose_power(power, at + 1, acknowledged, script_dice(power->dice, 9));
    }
}

static struct power power_begin(const struct scratch *scratch)
{
    struct power power = {.dice = script_new(22), .crashed = scratch_begin()};
    power.durable = calloc(1, sizeof *power.durable);
    power.left = calloc(1, sizeof *power.left);
    must(power.durable != NULL && power.left != NULL);
    record(&power, scratch);
    must(journal.count > 5 * POWER_STEPS);
    return power;
}

static void power_end(struct power *power)
{
    for (size_t i = 0; i < journal.count; i++)
        free(journal.events[i].data);
    free(journal.events);
    free(power->durable);
    free(power->left);
    free(power->dice);
    scratch_end(&power->crashed);
}

START_TEST(a_log_that_lost_power_holds_all_that_was_acknowledged)
{
    struct scratch scratch = scratch_begin();
    struct power power = power_begin(&scratch);
    lose_power_everywhere(&power);
    ck_assert_uint_gt(power.images, 500);
    ck_assert_uint_eq(power.found, 0);
    power_end(&power);
    scratch_end(&scratch);
}
END_TEST

static int lose_power_with_lost_syncs(void *context)
{
    struct power *power = context;
    power->syncs_are_lost = true;
    for (size_t at = 0; at < journal.count && power->found == 0; at++) {
        uint64_t acknowledged = pass(power, at);
        if (journal.events[at].syncs_itself)
            lose_power(power, at + 1, acknowledged, 4);
    }
    return power->found > 0;
}

/* That the case before would notice: the same with syncs that do nothing. LMDB may crash on it. */
START_TEST(a_disk_whose_syncs_do_nothing_is_found_out)
{
    struct scratch scratch = scratch_begin();
    struct power power = power_begin(&scratch);
    int status = child_status(lose_power_with_lost_syncs, &power);
    ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 1);
    power_end(&power);
    scratch_end(&scratch);
}
END_TEST

/* --- Calls that fail --- */

START_TEST(a_write_that_fails_at_any_call_ends_the_writing_and_leaves_the_log_whole)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(23);
    static const struct {
        int number; /* 0: a short write */
        enum err err;
    } kinds[] = {{EIO, ERR_IO}, {ENOSPC, ERR_DISK_FULL}, {0, ERR_IO}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        for (unsigned k = 1; faults_left(k); k++) {
            struct disk *disk;
            ck_assert_int_eq(script_open(scratch.path, &disk), ERR_OK);
            struct script_mark before = script_mark(script);
            size_t count = script_next(script);
            struct script_mark after = script_mark(script);
            faults_arm(k, kinds[i].number);
            enum err err = disk_write(disk, script->writes, count);
            faults_disarm();
            ck_assert_msg(faults_told(err != ERR_OK), "%s", faults.call);
            ck_assert(err == ERR_OK || err == kinds[i].err || err == ERR_IO || err == ERR_MEMORY);
            ck_assert_int_eq(disk_write(disk, NULL, 0), err);
            disk_close(disk);
            ck_assert_int_eq(script_open(scratch.path, &disk), ERR_OK);
            bool is_after = script_holds(disk, &after);
            ck_assert(is_after || (err != ERR_OK && script_holds(disk, &before)));
            /* What failed is lost to the script: write it again. */
            if (!is_after)
                ck_assert_int_eq(disk_write(disk, script->writes, count), ERR_OK);
            disk_close(disk);
        }
    }
    free(script);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_failure_at_any_call_fails_the_opening_and_the_log_is_made_once)
{
    struct scratch scratch = scratch_begin();
    for (int fresh = 0; fresh < 2; fresh++) {
        for (unsigned k = 1; faults_left(k); k++) {
            char name[32];
            snprintf(name, sizeof name, "log-%u", fresh == 1 ? k : 0);
            const char *path = scratch_path(&scratch, name);
            struct disk *disk;
            faults_arm(k, EIO);
            enum err err = script_open(path, &disk);
            faults_disarm();
            ck_assert_msg(faults_told(err != ERR_OK), "%s", faults.call);
            ck_assert(err == ERR_OK || err == ERR_IO || err == ERR_MEMORY);
            ck_assert_int_eq(disk == NULL, err != ERR_OK);
            disk_close(disk);
            ck_assert_int_eq(script_open(path, &disk), ERR_OK);
            disk_close(disk);
        }
    }
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_failure_at_any_call_fails_the_reading)
{
    struct scratch scratch = scratch_begin();
    struct script *script = script_new(24);
    struct disk *disk;
    ck_assert_int_eq(script_open(scratch.path, &disk), ERR_OK);
    while (script->last < 5) {
        size_t count = script_next(script);
        ck_assert_int_eq(disk_write(disk, script->writes, count), ERR_OK);
    }
    for (unsigned k = 1; faults_left(k); k++) {
        static uint8_t buffer[SCRIPT_BLOCK_SIZE];
        struct block block;
        struct block_header header;
        uint32_t size;
        uint64_t bad_height;
        faults_arm(k, EIO);
        enum err errs[] = {disk_read(disk, 1, buffer, sizeof buffer, &block),
                           disk_header(disk, 1, &header, &size),
                           disk_verify(disk, NULL, NULL, &bad_height)};
        faults_disarm();
        unsigned failed = 0;
        for (size_t i = 0; i < 3; i++) {
            ck_assert(errs[i] == ERR_OK || errs[i] == ERR_MEMORY);
            failed += errs[i] != ERR_OK;
        }
        ck_assert_uint_eq(failed, faults.hit);
    }
    disk_close(disk);
    free(script);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_log_whose_writer_is_killed_holds_all_that_was_reported,
        &a_log_that_lost_power_holds_all_that_was_acknowledged,
        &a_disk_whose_syncs_do_nothing_is_found_out,
        &a_write_that_fails_at_any_call_ends_the_writing_and_leaves_the_log_whole,
        &a_failure_at_any_call_fails_the_opening_and_the_log_is_made_once,
        &a_failure_at_any_call_fails_the_reading,
    };
    return suite_run("consensus/disk_crash", cases, sizeof cases / sizeof *cases);
}
