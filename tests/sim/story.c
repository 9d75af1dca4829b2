#include "tests/sim/story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/view.h"

/* Where a statement was recorded first. */
struct place {
    uint64_t height;
    uint32_t position;
    enum err err;
    bool stands;
    bool is_told;
};

struct moment {
    bool is_outcome; /* of the outcomes, or of the position: what is known so far */
    bool is_position;
    struct hash outcomes;
    struct hash head;
    struct hash root;
    uint64_t transactions;
};

struct story {
    const struct statements *statements;
    const struct contents *contents;
    struct counters *counters;
    uint64_t last;
    struct place place[STATEMENTS_MAX];
    bool number_taken[STATEMENTS_MAX]; /* by the first statement of that number */
    struct moment moment[STORY_MAX + 1];
};

struct story *story_open(const struct statements *statements, const struct contents *contents,
                         struct counters *counters)
{
    struct story *story = calloc(1, sizeof *story);
    if (story == NULL)
        return NULL;
    story->statements = statements;
    story->contents = contents;
    story->counters = counters;
    return story;
}

void story_close(struct story *story)
{
    free(story);
}

void story_reset(struct story *story)
{
    memset(story->place, 0, sizeof story->place);
    memset(story->number_taken, 0, sizeof story->number_taken);
    memset(story->moment, 0, (story->last + 1) * sizeof story->moment[0]);
    story->last = 0;
}

#define PROBLEM(problem, ...) (snprintf(problem, PROBLEM_SIZE, __VA_ARGS__), false)

/* ---- what an outcome can be ---- */

/* Whether the entry, which is a transaction, was authentic, so that its id is recorded: rules 1 to
 * 5 of docs/internals/rules.md have nothing against it. Whoever revokes a key has one that is in
 * force, so what is said of keys is said of the one to be revoked: rule 9. */
static bool is_recorded(const struct said *said, enum err err)
{
    if (err == ERR_UNKNOWN_KEY || err == ERR_REVOKED_KEY)
        return said->operation == OP_KEY_REVOKE;
    return err != ERR_DUPLICATE && err != ERR_OTHER_NETWORK && err != ERR_HIGH_S &&
           err != ERR_BAD_SIGNATURE;
}

static void count_outcome(struct story *story, enum err err)
{
    static const struct {
        enum err err;
        enum counter counter;
    } rows[] = {
        {ERR_OK, COUNTER_TX_OK},
        {ERR_DUPLICATE, COUNTER_TX_DUPLICATE},
        {ERR_NUMBER_TAKEN, COUNTER_TX_NUMBER_TAKEN},
        {ERR_EXPIRED, COUNTER_TX_EXPIRED},
        {ERR_NOT_YET, COUNTER_TX_NOT_YET},
        {ERR_BAD_SIGNATURE, COUNTER_TX_FORGED},
        {ERR_TRUNCATED, COUNTER_TX_TRUNCATED},
        {ERR_UNKNOWN_KEY, COUNTER_TX_UNKNOWN_KEY},
        {ERR_REVOKED_KEY, COUNTER_TX_REVOKED_KEY},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].err == err) {
            counters_count(story->counters, rows[i].counter);
            return;
        }
    }
    counters_count(story->counters, COUNTER_TX_REFUSED);
}

/* NULL when the time has nothing against it. */
static const char *time_problem(const struct said *said, const struct outcome *outcome)
{
    bool is_early = said->issued_at_ms > outcome->time_ms + TX_AHEAD_MAX_MS;
    bool is_late = !is_early && outcome->time_ms > said->valid_until_ms;
    if (is_early != (outcome->err == ERR_NOT_YET))
        return is_early ? "times: it is not NOT_YET" : "times: it is NOT_YET";
    if (is_late != (outcome->err == ERR_EXPIRED))
        return is_late ? "times: it is not EXPIRED" : "times: it is EXPIRED";
    return NULL;
}

/* The statement's first place in this story. */
static const char *take_place(struct story *story, uint32_t number, const struct outcome *outcome)
{
    const struct said *said = statements_said(story->statements, number);
    bool *is_taken = &story->number_taken[said->first];
    if (*is_taken != (outcome->err == ERR_NUMBER_TAKEN))
        return *is_taken ? "numbers: two under one number" : "numbers: it is free";
    *is_taken = true;
    story->place[number] = (struct place){.height = outcome->height,
                                          .position = outcome->position,
                                          .err = outcome->err,
                                          .stands = true};
    return outcome->err == ERR_NUMBER_TAKEN ? NULL : time_problem(said, outcome);
}

/* Why the outcome cannot be that of the entry, which no ledger has told yet; NULL when it can. */
static const char *judge(struct story *story, struct entry entry, const struct outcome *outcome)
{
    const struct said *said = statements_said(story->statements, entry.statement);
    static const struct hash none;
    if (entry.kind == ENTRY_TRUNCATED)
        return outcome->err == ERR_TRUNCATED && hash_equal(&outcome->id, &none)
                   ? NULL
                   : "forgeries: some first bytes are a transaction";
    if (!hash_equal(&outcome->id, &said->id))
        return "one story: it has the id of another";
    bool stands = story->place[entry.statement].stands;
    if (stands != (outcome->err == ERR_DUPLICATE))
        return stands ? "once: it counts twice" : "once: it never was there";
    if (!is_recorded(said, outcome->err))
        return outcome->err == ERR_BAD_SIGNATURE && entry.kind != ENTRY_FORGED
                   ? "forgeries: a good signature is refused"
                   : NULL;
    if (entry.kind == ENTRY_FORGED)
        return "forgeries: it has a place";
    return take_place(story, entry.statement, outcome);
}

static bool judge_all(struct story *story, const struct content *content,
                      const struct outcome *outcomes, uint64_t height, char problem[PROBLEM_SIZE])
{
    for (uint32_t i = 0; i < content->count; i++) {
        const struct outcome *outcome = &outcomes[i];
        const char *why = NULL;
        if (outcome->height != height || outcome->position != i ||
            outcome->time_ms != content->time_ms)
            why = "one story: it has another place";
        else
            why = judge(story, contents_entry(story->contents, content, i), outcome);
        if (why != NULL)
            return PROBLEM(problem, "%s (%s at %" PRIu64 "/%u)", why, err_name(outcome->err),
                           height, i);
        count_outcome(story, outcome->err);
    }
    return true;
}

/* ---- one story ---- */

static struct hash digest_of(const struct outcome *outcomes, uint32_t count)
{
    struct hasher hasher;
    hasher_begin(&hasher);
    for (uint32_t i = 0; i < count; i++) {
        const struct outcome *outcome = &outcomes[i];
        uint64_t fields[] = {outcome->err,   outcome->height,  outcome->position,
                             outcome->index, outcome->time_ms, outcome->changed};
        hasher_add(&hasher, outcome->id.bytes, HASH_SIZE);
        hasher_add(&hasher, fields, sizeof fields);
    }
    return hasher_end(&hasher);
}

static void note_told(struct story *story, const struct content *content)
{
    for (uint32_t i = 0; i < content->count; i++) {
        struct place *place = &story->place[contents_entry(story->contents, content, i).statement];
        if (place->stands && !place->is_told)
            counters_count(story->counters, COUNTER_TX_TOLD);
        place->is_told |= place->stands;
    }
}

bool story_outcomes(struct story *story, uint32_t block, uint64_t height,
                    const struct outcome *outcomes, uint32_t count, bool is_told,
                    char problem[PROBLEM_SIZE])
{
    const struct content *content = contents_of(story->contents, block);
    struct moment *moment = &story->moment[height];
    struct hash digest = digest_of(outcomes, count);
    if (count != content->count)
        return PROBLEM(problem, "one story: %u outcomes of %u entries at %" PRIu64, count,
                       content->count, height);
    if (moment->is_outcome && !hash_equal(&moment->outcomes, &digest))
        return PROBLEM(problem, "one story: other outcomes at %" PRIu64, height);
    if (!moment->is_outcome && !judge_all(story, content, outcomes, height, problem))
        return false;
    moment->is_outcome = true;
    moment->outcomes = digest;
    if (height > story->last)
        story->last = height;
    if (is_told)
        note_told(story, content);
    return true;
}

bool story_position(struct story *story, const struct ledger_position *position,
                    char problem[PROBLEM_SIZE])
{
    struct moment *moment = &story->moment[position->height];
    if (!moment->is_position) {
        moment->is_position = true;
        moment->head = position->head;
        moment->root = position->root;
        moment->transactions = position->transactions;
    }
    if (!hash_equal(&moment->head, &position->head) ||
        !hash_equal(&moment->root, &position->root) ||
        moment->transactions != position->transactions)
        return PROBLEM(problem, "one story: another head, tree or number at %" PRIu64,
                       position->height);
    return true;
}

/* ---- told ---- */

static bool is_true(const struct place *place, struct view *view, const struct hash *id)
{
    struct tx_answer answer;
    if (view_transaction(view, id, &answer) != ERR_OK)
        return false;
    return answer.state == (place->err == ERR_OK ? TX_COMMITTED : TX_REFUSED) &&
           answer.err == place->err && answer.height == place->height &&
           answer.position == place->position;
}

bool story_was_true(struct story *story, struct ledger *ledger, char problem[PROBLEM_SIZE])
{
    struct view *view;
    enum err err = view_open(ledger, &view);
    if (err != ERR_OK)
        return PROBLEM(problem, "told: no view opens: %s", err_name(err));
    bool all = true;
    for (uint32_t i = 0; i < STATEMENTS_MAX && all; i++) {
        const struct place *place = &story->place[i];
        all = !place->is_told || is_true(place, view, &statements_said(story->statements, i)->id) ||
              PROBLEM(problem, "told: %s at %" PRIu64 "/%u is not there any more",
                      err_name(place->err), place->height, place->position);
    }
    view_close(view);
    return all;
}
