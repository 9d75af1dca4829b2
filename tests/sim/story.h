/*
 * story.h: what became of every transaction, as the first ledger that got there told it; all others
 * must tell the same. And whether that can be: what is checked here is known from how entries were
 * made, and shares no code with the ledger.
 *
 *   one story     the outcomes of a block, and where the ledger stands after it, are the same on
 *                 every node, before and after a restart
 *   once          a statement that was recorded is a DUPLICATE ever after, and no other is
 *   numbers       NUMBER_TAKEN is exactly who comes after another under the same number
 *   times         EXPIRED and NOT_YET follow from the block's time alone
 *   forgeries     never get a place, entries that are no transaction get nothing else
 *   told          what a submitter was told stands in the ledger
 */
#ifndef TESTS_SIM_STORY_H
#define TESTS_SIM_STORY_H

#include "ledger/ledger.h"
#include "tests/sim/contents.h"
#include "tests/sim/counters.h"

/* Heights of a story. */
#define STORY_MAX 8192

#define PROBLEM_SIZE 160

struct story;

/* NULL when there is no memory. */
struct story *story_open(const struct statements *statements, const struct contents *contents,
                         struct counters *counters);
void story_close(struct story *story); /* NULL is allowed */
void story_reset(struct story *story);

/* A ledger has committed a block with these outcomes; a submitter was told of them, or not. False,
 * with `problem` filled, when it cannot be. */
bool story_outcomes(struct story *story, uint32_t block, uint64_t height,
                    const struct outcome *outcomes, uint32_t count, bool is_told,
                    char problem[PROBLEM_SIZE]);
/* A ledger stands there. */
bool story_position(struct story *story, const struct ledger_position *position,
                    char problem[PROBLEM_SIZE]);

/* What was told stands in the ledger, which is that of all. */
bool story_was_true(struct story *story, struct ledger *ledger, char problem[PROBLEM_SIZE]);

#endif
