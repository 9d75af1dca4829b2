/*
 * process.h: what this process takes of its machine, as the kernel counts it.
 *
 * Reads /proc; what cannot be read is 0. Any thread.
 */
#ifndef NODE_PROCESS_H
#define NODE_PROCESS_H

#include <stdint.h>

struct process {
    uint64_t resident_bytes;
    uint64_t virtual_bytes;
    uint64_t threads;
    uint64_t open_files;
    uint64_t open_files_max; /* the soft limit */
    uint64_t cpu_ms;         /* in user and system mode, all threads */
};

struct process process_now(void);

#endif
