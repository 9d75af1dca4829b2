/* Contents and lengths through losses of power, beside a model that keeps every content that a
 * sector may have. */
#include "tests/unit/layer/power.h"

#include "testnet/layer/chance.h"
#include "tests/unit/suite.h"

#include <errno.h>
#include <string.h>

#define SECTOR       512
#define SECTORS      12
#define BYTES_MAX    (SECTOR * SECTORS)
#define VERSIONS_MAX 96
#define FILES        3
#define STEPS        60
#define SEEDS        250

/* --- The model --- */

struct model {
    unsigned char now[BYTES_MAX];
    uint64_t length;
    unsigned char may[SECTORS][VERSIONS_MAX][SECTOR];
    int may_count[SECTORS];
    uint64_t lengths[VERSIONS_MAX];
    int length_count;
};

static void remember_sector(struct model *model, int sector)
{
    must(model->may_count[sector] < VERSIONS_MAX);
    memcpy(model->may[sector][model->may_count[sector]++], model->now + sector * SECTOR, SECTOR);
}

static void remember(struct model *model, uint64_t from, uint64_t to)
{
    for (uint64_t sector = from / SECTOR; sector * SECTOR < to; sector++)
        remember_sector(model, (int)sector);
    must(model->length_count < VERSIONS_MAX);
    model->lengths[model->length_count++] = model->length;
}

static void model_synced(struct model *model, uint64_t from, uint64_t to)
{
    for (uint64_t sector = from / SECTOR; sector * SECTOR < to; sector++)
        model->may_count[sector] = 0;
    model->length_count = 0;
    remember(model, from, to);
}

static void model_write(struct model *model, const void *bytes, uint64_t size, uint64_t offset)
{
    memcpy(model->now + offset, bytes, size);
    if (offset + size > model->length)
        model->length = offset + size;
    remember(model, offset, offset + size);
}

static void model_resize(struct model *model, uint64_t length)
{
    uint64_t old = model->length;
    model->length = length;
    if (length < old)
        memset(model->now + length, 0, old - length);
    remember(model, length < old ? length : old, length < old ? old : length);
}

/* What is in the file is one of the contents that each sector may have, at one of the lengths that
 * the file may have; when all is lost, the first of them, which was synced. */
static void model_check(const struct model *model, const char *path, uint64_t seed, bool is_first)
{
    unsigned char is[BYTES_MAX] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0);
    ssize_t got = pread(fd, is, sizeof is, 0);
    close(fd);
    bool known = false;
    for (int i = 0; i < (is_first ? 1 : model->length_count); i++)
        known = known || model->lengths[i] == (uint64_t)got;
    if (!known)
        ck_abort_msg("seed %llu: a length that was never one: %zd", (unsigned long long)seed, got);
    for (int sector = 0; sector * SECTOR < got; sector++) {
        size_t size = got - sector * SECTOR < SECTOR ? (size_t)(got - sector * SECTOR) : SECTOR;
        known = false;
        for (int i = 0; i < (is_first ? 1 : model->may_count[sector]); i++)
            known = known || memcmp(is + sector * SECTOR, model->may[sector][i], size) == 0;
        if (!known)
            ck_abort_msg("seed %llu: sector %d holds what it never did since its sync",
                         (unsigned long long)seed, sector);
    }
}

/* After a loss the disk is what there is. */
static void model_reread(struct model *model, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0);
    memset(model, 0, sizeof *model);
    model->length = (uint64_t)pread(fd, model->now, sizeof model->now, 0);
    close(fd);
    model_synced(model, 0, BYTES_MAX);
}

/* --- Random calls --- */

struct run {
    struct node node;
    uint64_t seed;
    uint64_t step;
    struct model models[FILES];
    int fds[FILES];
    int synchronous[FILES]; /* the same files by descriptors with O_DSYNC */
};

static uint64_t pick(struct run *run, uint64_t below)
{
    return chance_draw(run->seed, 77, run->step++) % below;
}

static const char *name_of(int file)
{
    static const char *const names[FILES] = {"a", "b", "c"};
    return names[file];
}

static void open_all(struct run *run)
{
    for (int i = 0; i < FILES; i++) {
        run->fds[i] = node_open(&run->node, name_of(i), O_RDWR | O_CREAT);
        run->synchronous[i] = node_open(&run->node, name_of(i), O_WRONLY | O_DSYNC);
    }
    node_sync_directory(&run->node, "");
}

static void close_all(struct run *run)
{
    for (int i = 0; i < FILES; i++) {
        close(run->fds[i]);
        close(run->synchronous[i]);
    }
}

static void write_some(struct run *run, int file, bool synchronous)
{
    unsigned char bytes[4 * SECTOR];
    uint64_t size = pick(run, 3) == 0 ? pick(run, sizeof bytes) + 1 : SECTOR * (pick(run, 4) + 1);
    uint64_t offset = size % SECTOR == 0 ? SECTOR * pick(run, SECTORS) : pick(run, BYTES_MAX);
    if (offset + size > BYTES_MAX)
        offset = BYTES_MAX - size;
    for (uint64_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(1 + chance_draw(run->seed, 78, run->step * 4096 + i) % 255);
    int fd = synchronous ? run->synchronous[file] : run->fds[file];
    must(node_write(fd, bytes, size, (off_t)offset) == (ssize_t)size);
    struct model *model = &run->models[file];
    model_write(model, bytes, size, offset);
    if (synchronous)
        model_synced(model, offset, offset + size);
}

static void resize(struct run *run, int file)
{
    uint64_t length = pick(run, BYTES_MAX);
    must(files_ftruncate(run->fds[file], (off_t)length) == 0);
    model_resize(&run->models[file], length);
}

static void allocate(struct run *run, int file)
{
    uint64_t end = pick(run, BYTES_MAX) + 1;
    must(files_fallocate(run->fds[file], 0, 0, (off_t)end) == 0);
    if (end > run->models[file].length)
        model_resize(&run->models[file], end);
}

static void step(struct run *run)
{
    int file = (int)pick(run, FILES);
    switch (pick(run, 12)) {
    case 0:
        must(files_fsync(run->fds[file]) == 0);
        model_synced(&run->models[file], 0, BYTES_MAX);
        break;
    case 1:
        must(files_fdatasync(run->fds[file]) == 0);
        model_synced(&run->models[file], 0, BYTES_MAX);
        break;
    case 2: resize(run, file); break;
    case 3: allocate(run, file); break;
    case 4: write_some(run, file, true); break;
    default: write_some(run, file, false); break;
    }
}

static struct power_loss play(uint64_t seed, int losses, bool loses_all)
{
    struct run *run = calloc(1, sizeof *run);
    struct power_loss sum = {0};
    must(run != NULL);
    run->node = node_begin();
    run->seed = seed;
    for (int i = 0; i < FILES; i++)
        model_synced(&run->models[i], 0, BYTES_MAX);
    for (int loss = 0; loss < losses; loss++) {
        open_all(run);
        for (int i = 0; i < STEPS; i++)
            step(run);
        close_all(run);
        struct power_loss now = node_lose_power(&run->node, seed + (uint64_t)loss, loses_all);
        sum.writes += now.writes;
        sum.writes_lost += now.writes_lost;
        sum.writes_torn += now.writes_torn;
        for (int i = 0; i < FILES; i++) {
            model_check(&run->models[i], node_path(&run->node, name_of(i)), seed, loses_all);
            model_reread(&run->models[i], node_path(&run->node, name_of(i)));
        }
        node_restart(&run->node);
    }
    files_stop();
    node_end(&run->node);
    free(run);
    return sum;
}

START_TEST(a_sector_holds_what_it_held_at_its_sync_or_since)
{
    struct power_loss sum = {0};
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct power_loss now = play(seed, 2, false);
        sum.writes += now.writes;
        sum.writes_lost += now.writes_lost;
        sum.writes_torn += now.writes_torn;
    }
    /* It does lose, tear and keep. */
    ck_assert_uint_gt(sum.writes_lost, sum.writes / 8);
    ck_assert_uint_gt(sum.writes_torn, sum.writes / 16);
    ck_assert_uint_lt(sum.writes_lost + sum.writes_torn, sum.writes * 7 / 8);
}
END_TEST

START_TEST(with_all_nothing_unsynced_is_kept)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct power_loss loss = play(seed, 2, true);
        ck_assert_uint_gt(loss.writes, 0);
        ck_assert_uint_eq(loss.writes_lost, loss.writes);
    }
}
END_TEST

START_TEST(the_same_seed_and_writes_lose_the_same)
{
    struct power_loss once = play(7, 3, false);
    struct power_loss again = play(7, 3, false);
    ck_assert_uint_eq(once.writes, again.writes);
    ck_assert_uint_eq(once.writes_lost, again.writes_lost);
    ck_assert_uint_eq(once.writes_torn, again.writes_torn);
}
END_TEST

/* --- One thing each --- */

static void file_is(const struct node *node, const char *name, const char *text)
{
    char is[64] = "";
    int fd = open(node_path(node, name), O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ssize_t size = read(fd, is, sizeof is - 1);
    close(fd);
    ck_assert_int_eq(size, (ssize_t)strlen(text));
    ck_assert_str_eq(is, text);
}

/* A node with the file "a", which holds "old": on the disk, with its name. */
static struct node with_file(int *fd)
{
    struct node node = node_begin();
    *fd = node_open(&node, "a", O_RDWR | O_CREAT);
    ck_assert_int_eq(node_write(*fd, "old", 3, 0), 3);
    ck_assert_int_eq(files_fsync(*fd), 0);
    node_sync_directory(&node, "");
    return node;
}

static void lose_and_end(struct node *node, int fd, const char *text)
{
    close(fd);
    node_lose_power(node, 1, true);
    file_is(node, "a", text);
    node_end(node);
}

START_TEST(a_write_without_a_sync_is_lost)
{
    int fd;
    struct node node = with_file(&fd);
    ck_assert_int_eq(node_write(fd, "newer", 5, 0), 5);
    lose_and_end(&node, fd, "old");
}
END_TEST

START_TEST(a_write_with_a_sync_is_kept)
{
    int fd;
    struct node node = with_file(&fd);
    ck_assert_int_eq(node_write(fd, "newer", 5, 0), 5);
    ck_assert_int_eq(files_fdatasync(fd), 0);
    lose_and_end(&node, fd, "newer");
}
END_TEST

START_TEST(a_cut_without_a_sync_is_lost)
{
    int fd;
    struct node node = with_file(&fd);
    close(fd);
    fd = node_open(&node, "a", O_RDWR | O_TRUNC);
    struct stat status;
    ck_assert_int_eq(fstat(fd, &status), 0);
    ck_assert_int_eq(status.st_size, 0);
    lose_and_end(&node, fd, "old");
}
END_TEST

START_TEST(a_synchronous_write_keeps_itself_and_not_those_before)
{
    int fd;
    struct node node = with_file(&fd);
    char page[SECTOR] = "x";
    ck_assert_int_eq(node_write(fd, page, sizeof page, SECTOR), SECTOR);
    int synchronous = node_open(&node, "a", O_RDWR | O_DSYNC);
    ck_assert_int_eq(node_write(synchronous, "new", 3, 0), 3);
    close(synchronous);
    close(fd);
    node_lose_power(&node, 1, true);
    /* The length was needed to keep what was written synchronously. */
    struct stat status;
    ck_assert_int_eq(stat(node_path(&node, "a"), &status), 0);
    ck_assert_int_eq(status.st_size, 2 * SECTOR);
    fd = open(node_path(&node, "a"), O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(pread(fd, page, 4, 0), 4);
    ck_assert_mem_eq(page, "new", 4);
    ck_assert_int_eq(pread(fd, page, 1, SECTOR), 1);
    ck_assert_int_eq(page[0], 0);
    close(fd);
    node_end(&node);
}
END_TEST

START_TEST(what_a_killed_process_left_unsynced_the_next_one_can_lose)
{
    int fd;
    struct node node = with_file(&fd);
    ck_assert_int_eq(node_write(fd, "new", 3, 0), 3);
    close(fd);
    files_stop();
    node_restart(&node);
    file_is(&node, "a", "new");
    fd = node_open(&node, "a", O_RDWR);
    lose_and_end(&node, fd, "old");
}
END_TEST

START_TEST(a_sync_of_the_next_process_keeps_it)
{
    int fd;
    struct node node = with_file(&fd);
    ck_assert_int_eq(node_write(fd, "new", 3, 0), 3);
    close(fd);
    files_stop();
    node_restart(&node);
    fd = node_open(&node, "a", O_RDWR);
    ck_assert_int_eq(files_fsync(fd), 0);
    lose_and_end(&node, fd, "new");
}
END_TEST

START_TEST(a_second_loss_takes_nothing_more)
{
    int fd;
    struct node node = with_file(&fd);
    ck_assert_int_eq(node_write(fd, "new", 3, 0), 3);
    close(fd);
    ck_assert_uint_eq(node_lose_power(&node, 1, true).writes, 1);
    node_restart(&node);
    struct power_loss again = node_lose_power(&node, 1, true);
    ck_assert_uint_eq(again.writes + again.names, 0);
    node_end(&node);
}
END_TEST

START_TEST(more_than_the_journal_holds_is_synced)
{
    struct node node = node_begin();
    int fd = node_open(&node, "a", O_RDWR | O_CREAT);
    node_sync_directory(&node, "");
    size_t piece = 8 << 20;
    char *bytes = calloc(1, piece);
    ck_assert_ptr_nonnull(bytes);
    /* The journal holds the old bytes of each: all but the first time the file is rewritten. */
    for (unsigned i = 0; i < 12; i++) {
        bytes[0] = (char)('a' + i);
        ck_assert_int_eq(node_write(fd, bytes, piece, 0), (ssize_t)piece);
    }
    free(bytes);
    struct stat undo;
    ck_assert_int_eq(stat(scratch_path(&node.scratch, "layer/0.undo"), &undo), 0);
    ck_assert_uint_le((uint64_t)undo.st_size, JOURNAL_UNDO_MAX);
    close(fd);
    node_lose_power(&node, 1, true);
    char first;
    fd = open(node_path(&node, "a"), O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(pread(fd, &first, 1, 0), 1);
    ck_assert_int_gt(first, 'a');
    close(fd);
    node_end(&node);
}
END_TEST

/* --- Faults --- */

START_TEST(a_disk_that_lies_loses_what_it_said_it_synced)
{
    int fd;
    struct node node = with_file(&fd);
    atomic_store(&node.control->is_lying, 1);
    ck_assert_int_eq(node_write(fd, "new", 3, 0), 3);
    ck_assert_int_eq(files_fsync(fd), 0);
    int synchronous = node_open(&node, "a", O_RDWR | O_DSYNC);
    ck_assert_int_eq(node_write(synchronous, "newer", 5, 0), 5);
    close(synchronous);
    ck_assert_uint_eq(atomic_load(&node.control->swallowed), 2);
    lose_and_end(&node, fd, "old");
}
END_TEST

START_TEST(after_a_sync_that_failed_no_other_one_keeps_what_it_did_not)
{
    int fd;
    struct node node = with_file(&fd);
    ck_assert_int_eq(node_write(fd, "new", 3, 0), 3);
    atomic_store(&node.control->fail_syncs, 1);
    ck_assert_int_eq(files_fsync(fd), -1);
    ck_assert_int_eq(errno, EIO);
    ck_assert_int_eq(files_fsync(fd), 0);
    lose_and_end(&node, fd, "old");
}
END_TEST

START_TEST(what_is_written_again_after_a_failed_sync_can_be_kept)
{
    int fd;
    struct node node = with_file(&fd);
    ck_assert_int_eq(node_write(fd, "new", 3, 0), 3);
    atomic_store(&node.control->fail_syncs, 1);
    ck_assert_int_eq(files_fsync(fd), -1);
    ck_assert_int_eq(node_write(fd, "newer", 5, 0), 5);
    ck_assert_int_eq(files_fsync(fd), 0);
    lose_and_end(&node, fd, "newer");
}
END_TEST

START_TEST(a_synchronous_write_can_fail)
{
    int fd;
    struct node node = with_file(&fd);
    int synchronous = node_open(&node, "a", O_RDWR | O_DSYNC);
    atomic_store(&node.control->fail_syncs, 1);
    ck_assert_int_eq(node_write(synchronous, "new", 3, 0), -1);
    ck_assert_int_eq(errno, EIO);
    close(synchronous);
    lose_and_end(&node, fd, "old");
}
END_TEST

START_TEST(a_full_disk_takes_what_fits_into_the_file_and_nothing_more)
{
    int fd;
    struct node node = with_file(&fd);
    atomic_store(&node.control->is_full, 1);
    ck_assert(files_is_full(fd));
    ck_assert_int_eq(node_write(fd, "new", 3, 0), 3);
    ck_assert_int_eq(node_write(fd, "newer", 5, 0), -1);
    ck_assert_int_eq(errno, ENOSPC);
    ck_assert_int_eq(files_ftruncate(fd, 4), -1);
    ck_assert_int_eq(errno, ENOSPC);
    ck_assert_int_eq(files_fallocate(fd, 0, 0, 4), -1);
    ck_assert_int_eq(errno, ENOSPC);
    ck_assert_int_eq(files_mkdirat(AT_FDCWD, node_path(&node, "d"), 0700), -1);
    ck_assert_int_eq(errno, ENOSPC);
    ck_assert_int_eq(files_ftruncate(fd, 2), 0);
    ck_assert_uint_eq(atomic_load(&node.control->refused), 4);
    atomic_store(&node.control->is_full, 0);
    ck_assert(!files_is_full(fd));
    ck_assert_int_eq(node_write(fd, "newer", 5, 0), 5);
    ck_assert_int_eq(files_fsync(fd), 0);
    lose_and_end(&node, fd, "newer");
}
END_TEST

START_TEST(a_slow_disk_is_counted_and_syncs)
{
    int fd;
    struct node node = with_file(&fd);
    atomic_store(&node.control->slow_ms, 1);
    ck_assert_int_eq(node_write(fd, "new", 3, 0), 3);
    ck_assert_int_eq(files_fsync(fd), 0);
    ck_assert_uint_eq(atomic_load(&node.control->slowed), 1);
    lose_and_end(&node, fd, "new");
}
END_TEST

START_TEST(files_elsewhere_are_let_be)
{
    int own;
    struct node node = with_file(&own);
    uint64_t writes = atomic_load(&node.control->writes);
    atomic_store(&node.control->is_full, 1);
    atomic_store(&node.control->fail_syncs, 1);
    int fd = files_openat(AT_FDCWD, scratch_path(&node.scratch, "data-not"),
                          O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(node_write(fd, "x", 1, 0), 1);
    ck_assert_int_eq(files_fsync(fd), 0);
    ck_assert_uint_eq(atomic_load(&node.control->writes), writes);
    ck_assert_uint_eq(atomic_load(&node.control->fail_syncs), 1);
    close(fd);
    lose_and_end(&node, own, "old");
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_sector_holds_what_it_held_at_its_sync_or_since,
        &with_all_nothing_unsynced_is_kept,
        &the_same_seed_and_writes_lose_the_same,
        &a_write_without_a_sync_is_lost,
        &a_write_with_a_sync_is_kept,
        &a_cut_without_a_sync_is_lost,
        &a_synchronous_write_keeps_itself_and_not_those_before,
        &what_a_killed_process_left_unsynced_the_next_one_can_lose,
        &a_sync_of_the_next_process_keeps_it,
        &a_second_loss_takes_nothing_more,
        &more_than_the_journal_holds_is_synced,
        &a_disk_that_lies_loses_what_it_said_it_synced,
        &after_a_sync_that_failed_no_other_one_keeps_what_it_did_not,
        &what_is_written_again_after_a_failed_sync_can_be_kept,
        &a_synchronous_write_can_fail,
        &a_full_disk_takes_what_fits_into_the_file_and_nothing_more,
        &a_slow_disk_is_counted_and_syncs,
        &files_elsewhere_are_let_be,
    };
    return suite_run("layer/power", cases, sizeof cases / sizeof *cases);
}
