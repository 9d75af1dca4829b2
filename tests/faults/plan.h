/*
 * plan.h: which call of the process fails, and what was counted. Read from the environment when the
 * library is loaded:
 *
 *   FAULT_CALL    alloc, crypto, write, sync, send or power
 *   FAULT_AT      the first that fails, counted from 1 over all threads; 0: none, only count
 *   FAULT_ERRNO   what it fails with, as a number
 *   FAULT_MODE    `once`, or `on`: that one and all after it
 *   FAULT_REPORT  a file for `struct plan_report`; beside it, FAULT_REPORT.stack gets the call
 * stack of the first call that failed
 *
 * Without FAULT_REPORT nothing is counted and nothing fails. Any thread may call.
 */
#ifndef TESTS_FAULTS_PLAN_H
#define TESTS_FAULTS_PLAN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum call {
    CALL_ALLOC,
    CALL_CRYPTO, /* an allocation of libcrypto's: thousands, and most before anything has begun */
    CALL_WRITE,  /* to a regular file */
    CALL_SYNC,
    CALL_SEND,  /* to a socket */
    CALL_POWER, /* writes and syncs together: before it the process is killed */
    CALL_COUNT,
};

/* Shared memory, so that it outlives the process however that ends. */
struct plan_report {
    _Atomic uint64_t counts[CALL_COUNT];
    _Atomic uint64_t failed; /* how many calls were made to fail */
};

/* Counts a call. True when it is to fail; errno is set. */
bool plan_fails(enum call call);

/* CALL_ALLOC or CALL_CRYPTO, by the address of the code that asks for memory. */
enum call plan_alloc_by(const void *caller);

#endif
