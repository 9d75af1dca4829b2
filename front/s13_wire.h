/*
 * s13_wire.h: what a node and its Diameter process tell each other: records of fixed sizes.
 *
 * The process is the one that strangers reach: what it says is read as what comes from outside.
 */
#ifndef FRONT_S13_WIRE_H
#define FRONT_S13_WIRE_H

#include "eir/metrics.h"

#define S13_SAID_SIZE   32
#define S13_ANSWER_SIZE 8

/* From the process: once that it has started or why not, then questions, and what it has counted
 * since it said so last. */
enum s13_said_kind { S13_STARTED = 1, S13_ASKED = 2, S13_COUNTED = 3 };

struct s13_counts {
    uint32_t connections; /* open now, of peers that were let in */
    uint32_t refusals[REFUSAL_COUNT];
};

struct s13_said {
    enum s13_said_kind kind;
    enum err err; /* STARTED */
    uint32_t id;  /* ASKED: comes back with the answer */
    struct question question;
    struct s13_counts counts; /* COUNTED */
};

/* To the process. */
struct s13_answer {
    uint32_t id;
    bool is_decided; /* else the state could not be read */
    enum verdict verdict;
};

void s13_said_write(const struct s13_said *said, uint8_t out[S13_SAID_SIZE]);
/* ERR_OUT_OF_RANGE, ERR_BAD_TEXT: not one that s13_said_write() writes. */
enum err s13_said_read(const uint8_t bytes[S13_SAID_SIZE], struct s13_said *out) must_check;

void s13_answer_write(const struct s13_answer *answer, uint8_t out[S13_ANSWER_SIZE]);
enum err s13_answer_read(const uint8_t bytes[S13_ANSWER_SIZE], struct s13_answer *out) must_check;

#endif
