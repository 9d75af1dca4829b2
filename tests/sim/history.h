/*
 * history.h: what the clients of one register saw, and whether one register could have shown it.
 *
 * Every write has a value of its own, so linearizability is decided in n log n (Gibbons and Korach,
 * "Testing Shared Memories", 1997, section 4): the operations on one value span a zone of time, and
 * the zones have to fit beside each other. Nothing here knows of logs, terms or nodes.
 */
#ifndef TESTS_SIM_HISTORY_H
#define TESTS_SIM_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_MAX  16384
#define HISTORY_NONE UINT32_MAX

enum op_state {
    OP_OPEN,   /* not answered: a write may still happen, or never */
    OP_DONE,   /* answered */
    OP_FAILED, /* known to have had no effect */
};

struct op {
    uint64_t asked; /* moments: every call below takes the next */
    uint64_t answered;
    uint32_t value; /* a read's: the write whose value it saw, HISTORY_NONE: the first value */
    enum op_state state;
    bool is_read;
};

struct zone {
    uint64_t low;
    uint64_t high;
    uint32_t value;
};

struct history {
    uint64_t moment;
    uint32_t count;
    struct op ops[HISTORY_MAX];
    /* of the check */
    struct zone first_end_last_start[HISTORY_MAX + 1];
    struct zone forward[HISTORY_MAX + 1];
};

void history_reset(struct history *history);

/* HISTORY_NONE when it is full. */
uint32_t history_ask(struct history *history, bool is_read);
void history_answer_write(struct history *history, uint32_t number);
void history_answer_read(struct history *history, uint32_t number, uint32_t value);
void history_fail(struct history *history, uint32_t number);
/* The newest operation was not even taken. */
void history_withdraw(struct history *history, uint32_t number);

/* False when no order of the operations explains it; `problem` says why, in words. */
bool history_is_linearizable(struct history *history, char *problem, size_t problem_size);

#endif
