/*
 * case.h: a history and the ledgers of its network, made by a test, for the judge.
 */
#ifndef TESTS_UNIT_SWARM_CASE_H
#define TESTS_UNIT_SWARM_CASE_H

#include "testnet/swarm/judge.h"
#include "tests/unit/check.h"

#include <stdlib.h>

enum { CASE_RECORDS_MAX = 512, CASE_EVENTS_MAX = 512, CASE_CLAIMS_MAX = 4 };

/* What judge_run() looks at, in static memory but for the numbers of transactions. */
static struct {
    struct history history;
    struct replay replay;
    struct findings findings;
    struct judge judge;
    struct record records[CASE_RECORDS_MAX];
    struct record_claim claims[CASE_RECORDS_MAX][CASE_CLAIMS_MAX];
    struct placed placed[CASE_EVENTS_MAX];
    struct event events[CASE_EVENTS_MAX];
} it;

static const char *const case_names[] = {"n1", "n2", "n3", "n4"};

static inline void case_begin(void)
{
    ids_free(&it.replay.ids);
    memset(&it, 0, sizeof it);
    it.history.records = it.records;
    it.replay.placed = it.placed;
    it.replay.events = it.events;
    it.judge = (struct judge){.history = &it.history,
                              .replay = &it.replay,
                              .names = case_names,
                              .findings = &it.findings};
}

static inline struct name case_name(const char *text)
{
    struct name name;
    ck_assert_int_eq(name_parse(text, strlen(text), &name), ERR_OK);
    return name;
}

/* A transaction by its name in the test. */
static inline struct hash case_id(const char *name)
{
    return hash_of(bytes_of(name, strlen(name)));
}

/* A transaction that has its place in the ledger, and its number; transactions of the ledger are
 * numbered before those that only the history has. */
static inline uint32_t case_place(const struct hash *id, uint64_t height, enum err err)
{
    uint32_t number;
    ck_assert_int_eq(ids_number(&it.replay.ids, id, &number), ERR_OK);
    ck_assert_uint_eq(number, it.replay.placed_count);
    ck_assert_uint_lt(number, CASE_EVENTS_MAX);
    it.placed[it.replay.placed_count++] = (struct placed){
        .height = height, .err = err, .times = err == ERR_OK ? 1 : 0, .is_authentic = true};
    return number;
}

/* A claim of kind block, raised or lifted; events come in order of devices and heights. */
static inline void case_event(struct imei imei, bool is_raised, const struct name *organisation,
                              uint64_t height, uint32_t number)
{
    ck_assert_uint_lt(it.replay.event_count, CASE_EVENTS_MAX);
    it.events[it.replay.event_count++] = (struct event){
        .imei = imei,
        .height = height,
        .number = number,
        .is_raised = is_raised,
        .kind = CLAIM_BLOCK,
        .claimant = (uint16_t)organisation->text[0],
        .organisation = *organisation,
    };
}

static inline struct record *case_record(const struct record *record)
{
    ck_assert_uint_lt(it.history.count, CASE_RECORDS_MAX);
    struct record *out = &it.records[it.history.count];
    *out = *record;
    out->claims = it.claims[it.history.count++];
    out->claim_count = 0;
    return out;
}

static inline void case_claim(struct record *record, const struct name *organisation,
                              const struct hash *id, uint64_t height)
{
    ck_assert_uint_lt(record->claim_count, CASE_CLAIMS_MAX);
    record->claims[record->claim_count++] = (struct record_claim){
        .kind = CLAIM_BLOCK, .organisation = *organisation, .transaction = *id, .height = height};
}

static inline uint64_t case_judge(void)
{
    uint64_t wrong = 0;
    memset(&it.findings, 0, sizeof it.findings);
    ck_assert_int_eq(judge_run(&it.judge), ERR_OK);
    ck_assert_uint_eq(it.findings.undecided, 0);
    for (unsigned i = 0; i < CHECK_COUNT; i++)
        wrong += it.findings.wrong[i];
    return wrong;
}

#endif
