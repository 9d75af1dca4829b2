/*
 * What a write of the log costs, beside the same bytes in a plain file in the same run, and how
 * fast the log is read and verified. Times are by the clock on the wall: they wait for the disk.
 *
 * Usage: bench-disk DIRECTORY [ROUNDS]     an empty directory; rounds of each write, by default 50
 */
#include "consensus/disk.h"
#include "proto/limits.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NODE       1
#define COUNT_MAX  64
#define LOG_SIZE   ((uint64_t)384 << 20) /* of a log that is verified */
#define ENTRY_SIZE 250                   /* a statement about a few IMEIs */
#define PATH_SIZE  512
#define ROUNDS     50
#define READS      20000

static void check(enum err err, const char *what)
{
    if (err == ERR_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, err_sentence(err));
    exit(EXIT_FAILURE);
}

static void check_call(bool is_fine, const char *what)
{
    if (is_fine)
        return;
    perror(what);
    exit(EXIT_FAILURE);
}

static double clock_of(clockid_t id)
{
    struct timespec time;
    clock_gettime(id, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double wall(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

static double own(void)
{
    return clock_of(CLOCK_THREAD_CPUTIME_ID);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- a log ---- */

struct log {
    struct disk *disk;
    uint64_t height;
    struct hash head;
    uint8_t *buffers[COUNT_MAX];
    struct bytes blocks[COUNT_MAX];
};

static struct hash network(void)
{
    return hash_of(bytes_of("bench", 5));
}

static struct log *log_begin(const char *directory, const char *name)
{
    struct log *log = calloc(1, sizeof *log);
    check_call(log != NULL, "calloc");
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    struct disk_options options = {.directory = path, .network = network(), .node = NODE};
    check(disk_open(&options, &log->disk), path);
    log->head = options.network;
    for (size_t i = 0; i < COUNT_MAX; i++) {
        log->buffers[i] = malloc(BLOCK_SIZE_MAX);
        check_call(log->buffers[i] != NULL, "malloc");
    }
    return log;
}

static void log_end(struct log *log)
{
    disk_close(log->disk);
    for (size_t i = 0; i < COUNT_MAX; i++)
        free(log->buffers[i]);
    free(log);
}

/* Builds the next block, of `size` bytes or a little less; it is log->blocks[i]. */
static void build(struct log *log, size_t i, size_t size, size_t entry_size)
{
    static uint8_t entry[BLOCK_SIZE_MAX];
    struct block_build build;
    block_build(&build, log->buffers[i], BLOCK_SIZE_MAX);
    size_t left = size - BLOCK_HEADER_SIZE;
    do {
        size_t next = left < entry_size + 4 ? left - 4 : entry_size;
        entry[0] = (uint8_t)left;
        check(block_build_add(&build, bytes_of(entry, next)), "block_build_add");
        left -= next + 4;
    } while (left > 4);
    struct block_header header = {.kind = BLOCK_TRANSACTIONS,
                                  .height = ++log->height,
                                  .term = 1,
                                  .leader = NODE,
                                  .previous = log->head};
    log->blocks[i] = block_build_end(&build, &header);
    log->head = block_header_hash(&header);
}

static void log_write(struct log *log, size_t count)
{
    struct disk_write write = {.commit = log->height, .blocks = log->blocks, .block_count = count};
    check(disk_write(log->disk, &write, 1), "disk_write");
}

/* ---- writing ---- */

/* A file of the bytes and nothing else. */
struct plain {
    int fd;
    off_t at;
};

static struct plain plain_begin(const char *directory, const char *name, uint64_t written)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    struct plain plain = {.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
    check_call(plain.fd >= 0, path);
    static const uint8_t zeros[1 << 20];
    for (uint64_t at = 0; at < written; at += sizeof zeros)
        check_call(write(plain.fd, zeros, sizeof zeros) == sizeof zeros, "write");
    check_call(fsync(plain.fd) == 0, "fsync");
    return plain;
}

static void plain_write(struct plain *plain, const struct bytes *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ssize_t size = (ssize_t)blocks[i].size;
        check_call(pwrite(plain->fd, blocks[i].data, blocks[i].size, plain->at) == size, "pwrite");
        plain->at += size;
    }
    check_call(fdatasync(plain->fd) == 0, "fdatasync");
}

enum { IN_LOG, IN_FILE, IN_PLACE, WAYS };

static const char *const ways[WAYS] = {"log", "file that grows", "file written before"};

static void print_times(const char *way, size_t count, size_t size, double *times, size_t rounds)
{
    qsort(times, rounds, sizeof *times, compare);
    double us[3];
    for (size_t i = 0; i < 3; i++)
        us[i] = times[rounds * (1 + 4 * i) / 10] * 1e6;
    printf("%3zu x %6zu  %-20s  p10 %7.0f us  p50 %7.0f us  p90 %7.0f us  %7.1f MB/s at p10\n",
           count, size, way, us[0], us[1], us[2], (double)(count * size) / us[0]);
}

static void measure_write(const char *directory, size_t count, size_t size, size_t rounds)
{
    double *times[WAYS];
    for (int i = 0; i < WAYS; i++) {
        times[i] = calloc(rounds, sizeof *times[i]);
        check_call(times[i] != NULL, "calloc");
    }
    char name[64];
    snprintf(name, sizeof name, "log-%zu-%zu", count, size);
    struct log *log = log_begin(directory, name);
    struct plain plains[] = {
        plain_begin(directory, "grows", 0),
        plain_begin(directory, "written", (uint64_t)count * size * rounds),
    };
    for (size_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < count; i++)
            build(log, i, size, size);
        for (int i = 0; i < WAYS; i++) {
            double before = wall();
            if (i == IN_LOG)
                log_write(log, count);
            else
                plain_write(&plains[i - IN_FILE], log->blocks, count);
            times[i][round] = wall() - before;
        }
    }
    for (int i = 0; i < WAYS; i++) {
        print_times(ways[i], count, size, times[i], rounds);
        free(times[i]);
    }
    close(plains[0].fd);
    close(plains[1].fd);
    log_end(log);
}

/* ---- reading ---- */

static void measure_read(const char *directory, size_t size, size_t entry_size)
{
    char name[64];
    snprintf(name, sizeof name, "verify-%zu-%zu", size, entry_size);
    struct log *log = log_begin(directory, name);
    while (log->height * size < LOG_SIZE) {
        for (size_t i = 0; i < COUNT_MAX; i++)
            build(log, i, size, entry_size);
        log_write(log, COUNT_MAX);
    }
    uint64_t bad_height;
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        double before = own();
        check(disk_verify(log->disk, NULL, NULL, &bad_height), "disk_verify");
        double took = own() - before;
        best = took < best ? took : best;
    }
    printf("verify, blocks of %6zu, entries of %6zu: %.2f GB/s, %.0f blocks/s\n", size, entry_size,
           (double)(log->height * size) / best / 1e9, (double)log->height / best);
    size_t reads = size > 100000 ? READS / 20 : READS;
    double before = own();
    for (size_t i = 0; i < reads; i++) {
        struct block block;
        uint64_t height = 1 + i * UINT64_C(0x9E3779B97F4A7C15) % log->height;
        check(disk_read(log->disk, height, log->buffers[0], BLOCK_SIZE_MAX, &block), "disk_read");
    }
    printf("read,   blocks of %6zu: %.1f us each\n", size, (own() - before) / (double)reads * 1e6);
    before = own();
    for (size_t i = 0; i < reads; i++) {
        struct block_header header;
        uint32_t found;
        uint64_t height = 1 + i * UINT64_C(0x9E3779B97F4A7C15) % log->height;
        check(disk_header(log->disk, height, &header, &found), "disk_header");
    }
    printf("header, blocks of %6zu: %.1f us each\n", size, (own() - before) / (double)reads * 1e6);
    log_end(log);
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: bench-disk DIRECTORY [ROUNDS]\n");
        return 2;
    }
    size_t rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : ROUNDS;
    static const size_t counts[] = {1, 16, 64};
    static const size_t sizes[] = {200, 4096, 256 * 1024};
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 3; j++)
            measure_write(argv[1], counts[j], sizes[i], rounds == 0 ? ROUNDS : rounds);
    }
    measure_read(argv[1], 1024, 250); /* a statement about a few IMEIs */
    measure_read(argv[1], 512 * 1024, 250);
    measure_read(argv[1], 512 * 1024, 128 * 1024); /* about many */
    return 0;
}
