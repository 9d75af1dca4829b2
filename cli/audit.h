/*
 * audit.h: everything in a data directory, recomputed.
 *
 * Works in a process of its own: LMDB maps its files and trusts them, so a damaged one may end the
 * process that reads it. What is found goes into a report in memory that is shared with the process
 * that waits; it is whole at any time, and says which block was being read.
 */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "proto/block.h"

enum { AUDIT_PROBLEMS_MAX = 32, AUDIT_TEXT_SIZE = 200 };

enum audit_phase {
    AUDIT_OPENING, /* genesis, log and state */
    AUDIT_BLOCKS,  /* reading, checking and replaying them */
    AUDIT_STATE,   /* comparing the state's tables */
    AUDIT_OVER,
};

struct audit_problem {
    uint64_t height; /* of the block; 0: not of a block */
    char text[AUDIT_TEXT_SIZE];
};

struct audit_report {
    _Atomic enum audit_phase phase;
    _Atomic uint64_t reading; /* the height being read */
    struct hash network;
    uint64_t blocks;   /* in the log */
    uint64_t checked;  /* of them: read, and found sound in form and place */
    uint64_t applied;  /* the state's height */
    uint64_t replayed; /* the height that the recomputed state has */
    struct hash head;  /* recomputed, at that height */
    struct hash root;  /* of the tree, recomputed */
    uint64_t transactions;
    enum err
        failure; /* this machine could not do it: no memory, no room in the scratch directory */
    _Atomic size_t problem_count; /* may exceed those that are kept */
    struct audit_problem problems[AUDIT_PROBLEMS_MAX];
};

/* Audits `directory`, which nobody may write to meanwhile; writes in `scratch` alone, an empty
 * directory. */
void audit_run(const char *directory, const char *scratch, struct audit_report *report);

/* Keeps a node from starting on the directory: ERR_LOCKED while one runs. Makes and writes nothing.
 */
enum err audit_lock(const char *directory, int *lock) must_check;
void audit_unlock(int lock);

/* Removes what audit_run() left in `scratch`, and the directory. */
void audit_remove(const char *scratch);

#endif
