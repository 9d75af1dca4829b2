#include "node/process.h"

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* "VmRSS:     1234 kB" and its like, proc(5). */
static void read_line(const char *line, struct process *out)
{
    static const struct {
        const char *word;
        size_t offset;
        uint64_t unit;
    } rows[] = {
        {"VmRSS:", offsetof(struct process, resident_bytes), 1024},
        {"VmSize:", offsetof(struct process, virtual_bytes), 1024},
        {"Threads:", offsetof(struct process, threads), 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size = strlen(rows[i].word);
        if (strncmp(line, rows[i].word, size) != 0)
            continue;
        uint64_t value = strtoull(line + size, NULL, 10) * rows[i].unit;
        memcpy((char *)out + rows[i].offset, &value, sizeof value);
    }
}

static void read_status(struct process *out)
{
    char line[256];
    FILE *file = fopen("/proc/self/status", "re");
    if (file == NULL)
        return;
    while (fgets(line, sizeof line, file) != NULL)
        read_line(line, out);
    fclose(file);
}

static uint64_t count_files(void)
{
    uint64_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    if (directory == NULL)
        return 0;
    for (const struct dirent *at = readdir(directory); at != NULL; at = readdir(directory))
        count += at->d_name[0] != '.' ? 1 : 0;
    closedir(directory);
    return count - 1; /* the directory itself */
}

static uint64_t ms_of(const struct timeval *time)
{
    return (uint64_t)time->tv_sec * 1000 + (uint64_t)time->tv_usec / 1000;
}

struct process process_now(void)
{
    struct process out = {.open_files = count_files()};
    struct rlimit limit;
    struct rusage usage;
    read_status(&out);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
        out.open_files_max = limit.rlim_cur;
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        out.cpu_ms = ms_of(&usage.ru_utime) + ms_of(&usage.ru_stime);
    return out;
}
