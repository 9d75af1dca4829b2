#include "tests/sim/ledgers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ledger/compare.h"
#include "ledger/view.h"
#include "proto/invariant.h"
#include "tests/sim/book.h"
#include "tests/sim/parties.h"
#include "tests/sim/story.h"

/* Bytes of a transaction, about: what a world's draft of a block's size amounts to. */
#define ENTRY_SIZE 256

#define NOTHING_WANTED UINT32_MAX

struct ledgers {
    struct random random;
    struct counters *counters;
    struct genesis *genesis;
    struct statements *statements;
    struct contents *contents;
    struct story *story;
    struct verified *verified;
    uint32_t wanted; /* the statement that comes next */
    uint32_t nodes;
    struct book *book; /* one for each node, then the auditor's */
    char problem[PROBLEM_SIZE];
};

static bool fail(struct ledgers *ledgers, const char *what, enum err err)
{
    snprintf(ledgers->problem, PROBLEM_SIZE, "bridge: %s: %s", what, err_name(err));
    return false;
}

static bool is_good(struct ledgers *ledgers, const char *what, enum err err)
{
    return err == ERR_OK || fail(ledgers, what, err);
}

/* ---- life ---- */

static bool make_parts(struct ledgers *ledgers)
{
    return (ledgers->genesis = calloc(1, sizeof *ledgers->genesis)) != NULL &&
           (ledgers->statements = statements_open()) != NULL &&
           (ledgers->contents = contents_open(ledgers->statements)) != NULL &&
           (ledgers->story =
                story_open(ledgers->statements, ledgers->contents, ledgers->counters)) != NULL &&
           (ledgers->book = calloc(ledgers->nodes + 1, sizeof ledgers->book[0])) != NULL &&
           verified_open(&ledgers->verified) == ERR_OK;
}

struct ledgers *ledgers_open(const char *directory, uint32_t nodes, struct counters *counters)
{
    struct ledgers *ledgers = calloc(1, sizeof *ledgers);
    if (ledgers == NULL)
        return NULL;
    ledgers->nodes = nodes;
    ledgers->counters = counters;
    if (!make_parts(ledgers)) {
        ledgers_close(ledgers);
        return NULL;
    }
    for (uint32_t i = 0; i <= nodes; i++) {
        struct book *book = &ledgers->book[i];
        snprintf(book->directory, BOOK_PATH_SIZE, "%s/%u", directory, i);
        book->verified = ledgers->verified;
        book->genesis = ledgers->genesis;
    }
    return ledgers;
}

void ledgers_close(struct ledgers *ledgers)
{
    if (ledgers == NULL)
        return;
    for (uint32_t i = 0; ledgers->book != NULL && i <= ledgers->nodes; i++)
        book_close(&ledgers->book[i]);
    free(ledgers->book);
    verified_close(ledgers->verified);
    story_close(ledgers->story);
    contents_close(ledgers->contents);
    statements_close(ledgers->statements);
    free(ledgers->genesis);
    free(ledgers);
}

bool ledgers_reset(struct ledgers *ledgers, uint64_t seed, const struct raft_members *genesis)
{
    for (uint32_t i = 0; i <= ledgers->nodes; i++)
        book_close(&ledgers->book[i]);
    ledgers->random.state = random_mix(~seed);
    ledgers->wanted = NOTHING_WANTED;
    parties_found(ledgers->genesis, genesis);
    statements_reset(ledgers->statements, seed);
    contents_reset(ledgers->contents);
    story_reset(ledgers->story);
    return ledgers_found(ledgers, ledgers->nodes) && ledgers_start(ledgers, ledgers->nodes);
}

const char *ledgers_problem(const struct ledgers *ledgers)
{
    return ledgers->problem;
}

struct random *ledgers_random(struct ledgers *ledgers)
{
    return &ledgers->random;
}

bool ledgers_are_full(const struct ledgers *ledgers)
{
    return contents_are_full(ledgers->contents);
}

/* ---- blocks ---- */

void ledgers_fill(struct ledgers *ledgers, struct content_draft *draft, uint32_t about_size)
{
    uint32_t count = 1 + about_size / ENTRY_SIZE;
    count = count > CONTENT_ENTRIES_MAX ? CONTENT_ENTRIES_MAX : count;
    if (statements_are_sent(ledgers->statements))
        count = 1;
    draft->count = 0;
    if (ledgers->wanted != NOTHING_WANTED)
        draft->entries[draft->count++] = (struct entry){.statement = ledgers->wanted};
    ledgers->wanted = NOTHING_WANTED;
    while (draft->count < count)
        draft->entries[draft->count++] = statements_next(ledgers->statements, &ledgers->random);
}

uint32_t ledgers_build(struct ledgers *ledgers, const struct content_draft *draft)
{
    return contents_build(ledgers->contents, draft);
}

void ledgers_keep(struct ledgers *ledgers, uint32_t number)
{
    contents_keep(ledgers->contents, number);
}

/* ---- nodes ---- */

bool ledgers_found(struct ledgers *ledgers, uint32_t slot)
{
    return is_good(ledgers, "a directory is not made", book_wipe(&ledgers->book[slot]));
}

bool ledgers_start(struct ledgers *ledgers, uint32_t slot)
{
    return is_good(ledgers, "a ledger does not open", book_open(&ledgers->book[slot]));
}

void ledgers_crash(struct ledgers *ledgers, uint32_t slot)
{
    struct book *book = &ledgers->book[slot];
    if (book->has_begun)
        counters_count(ledgers->counters, COUNTER_BATCHES_LOST);
    if (book_crash(book, random_chance(&ledgers->random, RANDOM_ALWAYS / 2)))
        counters_count(ledgers->counters, COUNTER_COMMITS_UNDONE);
}

uint64_t ledgers_height(const struct ledgers *ledgers, uint32_t slot)
{
    return ledgers->book[slot].height;
}

uint64_t ledgers_committed(const struct ledgers *ledgers, uint32_t slot)
{
    return ledger_position(ledgers->book[slot].ledger).height;
}

uint32_t ledgers_batch(const struct ledgers *ledgers, uint32_t slot)
{
    const struct book *book = &ledgers->book[slot];
    return book->has_begun ? book->batched_count : 0;
}

bool ledgers_batch_is_full(const struct ledgers *ledgers, uint32_t slot)
{
    return ledgers_batch(ledgers, slot) == BATCH_BLOCKS_MAX;
}

uint64_t ledgers_head(const struct ledgers *ledgers, uint32_t slot)
{
    struct hash head = ledger_position(ledgers->book[slot].ledger).head;
    uint64_t first = 0;
    for (size_t i = 0; i < sizeof first; i++)
        first = first << 8 | head.bytes[i];
    return first;
}

bool ledgers_apply(struct ledgers *ledgers, uint32_t slot, uint32_t number, bool is_told)
{
    const struct content *content = contents_of(ledgers->contents, number);
    enum err err = book_apply(&ledgers->book[slot], number, content->encoded, is_told);
    return is_good(ledgers, "a committed block is refused", err);
}

bool ledgers_commit(struct ledgers *ledgers, uint32_t slot)
{
    struct book *book = &ledgers->book[slot];
    enum err err = book_commit(book);
    if (err != ERR_OK)
        return fail(ledgers, "a batch is not committed", err);
    counters_count(ledgers->counters, COUNTER_BATCHES);
    if (book->batched_count > 1)
        counters_count(ledgers->counters, COUNTER_BATCHES_LARGE);
    struct ledger_position position = ledger_position(book->ledger);
    const struct outcome *outcomes = book->outcomes;
    for (uint32_t i = 0; i < book->batched_count; i++) {
        const struct batched *batched = &book->batched[i];
        if (!story_outcomes(ledgers->story, batched->block, batched->height, outcomes,
                            batched->count, batched->is_told, ledgers->problem))
            return false;
        outcomes += batched->count;
    }
    return story_position(ledgers->story, &position, ledgers->problem);
}

/* ---- members ---- */

static bool ask(struct ledgers *ledgers, enum operation operation, uint32_t node)
{
    return statements_about_node(ledgers->statements, operation, node, &ledgers->wanted);
}

/* Whether a node may be a member in that role; when not, what has to be said first. */
static bool may_be(struct view *view, const struct raft_members *now,
                   const struct raft_member *member, enum operation *missing)
{
    struct node_info info;
    *missing = OP_NONE;
    enum err err = view_node(view, member->id, &info);
    if (err == ERR_NOT_FOUND)
        *missing = OP_NODE_ADD;
    else if (err == ERR_OK && info.wanted == WANTED_LEARNER)
        *missing = OP_NODE_PROMOTE;
    return err == ERR_OK &&
           (!member->voter || info.wanted == WANTED_VOTER || raft_members_votes(now, member->id));
}

/* Looks for the first member that needs a statement; then for one that is wanted in vain. */
static bool look(struct ledgers *ledgers, struct view *view, const struct raft_members *members,
                 bool *is_asked)
{
    struct raft_members wanted;
    struct raft_members now;
    if (view_wanted(view, &wanted) != ERR_OK || view_members(view, &now) != ERR_OK)
        return false;
    for (uint32_t i = 0; i < members->count; i++) {
        enum operation missing;
        if (may_be(view, &now, &members->member[i], &missing))
            continue;
        *is_asked = missing != OP_NONE && ask(ledgers, missing, members->member[i].id);
        return false;
    }
    for (uint32_t i = 0; i < wanted.count && !*is_asked; i++) {
        uint32_t id = wanted.member[i].id;
        if (raft_members_find(members, id) == MEMBERS_MAX &&
            random_chance(&ledgers->random, RANDOM_ALWAYS / 4))
            *is_asked = ask(ledgers, OP_NODE_REMOVE, id);
    }
    return true;
}

bool ledgers_want(struct ledgers *ledgers, uint32_t slot, const struct raft_members *members,
                  bool *is_asked)
{
    struct view *view;
    *is_asked = false;
    if (view_open(ledgers->book[slot].ledger, &view) != ERR_OK)
        return false;
    bool all_may = look(ledgers, view, members, is_asked);
    view_close(view);
    return all_may;
}

/* ---- the auditor ---- */

static struct book *auditor(struct ledgers *ledgers)
{
    return &ledgers->book[ledgers->nodes];
}

bool ledgers_audit(struct ledgers *ledgers, const uint32_t *numbers, uint64_t count)
{
    counters_count(ledgers->counters, COUNTER_AUDITS);
    for (uint64_t height = auditor(ledgers)->height + 1; height <= count; height++) {
        if (!ledgers_apply(ledgers, ledgers->nodes, numbers[height], false) ||
            !ledgers_commit(ledgers, ledgers->nodes))
            return false;
    }
    return true;
}

bool ledgers_compare(struct ledgers *ledgers, uint32_t slot)
{
    struct book *book = &ledgers->book[slot];
    if (book->has_begun || book->height != auditor(ledgers)->height)
        return true;
    counters_count(ledgers->counters, COUNTER_COMPARED);
    struct ledger_difference difference;
    enum err err = ledger_compare(auditor(ledgers)->ledger, book->ledger, &difference);
    if (err == ERR_OK)
        return true;
    if (err != ERR_DIVERGED)
        return fail(ledgers, "a ledger cannot be compared", err);
    snprintf(ledgers->problem, PROBLEM_SIZE,
             "the same rows: %s differs from the auditor's at height %" PRIu64, difference.table,
             book->height);
    return false;
}

bool ledgers_hold(struct ledgers *ledgers, const struct raft_members *members)
{
    struct view *view;
    struct raft_members found = {.count = 0};
    enum err err = view_open(auditor(ledgers)->ledger, &view);
    if (err == ERR_OK)
        err = view_members(view, &found);
    view_close(view);
    if (err != ERR_OK)
        return fail(ledgers, "members cannot be read", err);
    if (!raft_members_equal(&found, members)) {
        snprintf(ledgers->problem, PROBLEM_SIZE, "members: the ledger has others than the log");
        return false;
    }
    return story_was_true(ledgers->story, auditor(ledgers)->ledger, ledgers->problem);
}
