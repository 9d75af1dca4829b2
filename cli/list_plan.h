/*
 * list_plan.h: what a list changes of what an organisation has standing: devices to block, blocks
 * to lift, and the rows that say something which cannot be so.
 *
 * A pure function of the rows and of what stands.
 */
#ifndef CLI_LIST_PLAN_H
#define CLI_LIST_PLAN_H

#include "cli/rows.h"
#include "cli/stolen.h"

/* X(name, word, sentence): what a row may be refused for, and may be allowed. */
#define FLAW_TABLE(X)                                                                              \
    X(BOTH, "both", "the file adds this device and removes it")                                    \
    X(PRESENT, "present", "is to be added, and stands already")                                    \
    X(ABSENT, "absent", "is to be removed, and does not stand")

enum flaw {
#define X(name, word, sentence) FLAW_##name,
    FLAW_TABLE(X)
#undef X
        FLAW_COUNT
};

const char *flaw_word(enum flaw flaw);
const char *flaw_sentence(enum flaw flaw);

struct list_line {
    struct imei imei;
    uint32_t line;
    uint8_t change; /* enum stolen_change */
    bool is_on;
};

struct list_lines {
    struct list_line *data;
    size_t count;
    size_t capacity;
};

void list_lines_add(struct list_lines *lines, const struct stolen_row *row);
void list_lines_close(struct list_lines *lines);

typedef void flaw_tell(void *context, const struct list_line *line, enum flaw flaw);

struct list_plan {
    struct rows block; /* IMEIs, ascending, each once */
    struct rows lift;
    size_t kept;  /* stand, and are to */
    size_t twice; /* lines about a device that an earlier line is about */
    size_t flaws; /* that are not allowed */
};

/* `lines` are brought into order. `standing`: ascending IMEIs. Of several lines about one device
 * the last one counts. `allowed`: bits of enum flaw; the others are told, in order of the lines'
 * devices. Close `out`. */
void list_plan_make(struct list_lines *lines, bool is_delta, const struct rows *standing,
                    unsigned allowed, flaw_tell *tell, void *context, struct list_plan *out);
void list_plan_close(struct list_plan *plan);

#endif
