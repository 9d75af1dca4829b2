#include "testnet/swarm/judge.h"

#include "proto/hex.h"

#include <inttypes.h>
#include <stdlib.h>

size_t *judge_sorted(struct judge *judge, int (*compare)(const void *a, const void *b, void *judge))
{
    size_t count = judge->history->count;
    size_t *places = calloc(count + 1, sizeof *places);
    if (places == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++)
        places[i] = i;
    qsort_r(places, count, sizeof *places, compare, judge);
    return places;
}

/* Claims are told by their transactions: all of them have numbers before anything is judged. */
static enum err number_all(struct judge *judge)
{
    const struct history *history = judge->history;
    enum err err = ERR_OK;
    uint32_t number;
    judge->numbers = calloc(history->count + 1, sizeof *judge->numbers);
    if (judge->numbers == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < history->count && err == ERR_OK; i++) {
        const struct record *record = &history->records[i];
        judge->numbers[i] = IDS_NONE;
        if (record_op_writes(record->op) || record->op == RECORD_LOOKUP)
            err = ids_number(&judge->replay->ids, &record->transaction, &judge->numbers[i]);
        for (size_t k = 0; k < record->claim_count && err == ERR_OK; k++)
            err = ids_number(&judge->replay->ids, &record->claims[k].transaction, &number);
    }
    return err;
}

enum err judge_run(struct judge *judge)
{
    enum err err = number_all(judge);
    if (err == ERR_OK)
        judge_writes(judge);
    if (err == ERR_OK)
        err = judge_order(judge);
    if (err == ERR_OK)
        err = judge_local(judge);
    if (err == ERR_OK)
        err = judge_age(judge);
    if (err == ERR_OK)
        err = judge_session(judge);
    free(judge->numbers);
    judge->numbers = NULL;
    return err;
}

/* ---- what was acknowledged, and what was refused ---- */

static void find_committed(struct judge *judge, const struct record *record,
                           const struct placed *placed)
{
    unsigned long line = judge_line(judge, record);
    if (placed == NULL) {
        findings_add(judge->findings, CHECK_WRITES,
                     "line %lu: the %s of %s was committed at height %" PRIu64
                     ", and is in no ledger",
                     line, record_op_word(record->op), record->organisation.text, record->place);
        return;
    }
    if (placed->err != ERR_OK)
        findings_add(judge->findings, CHECK_WRITES,
                     "line %lu: was committed, and the ledgers have it as %s", line,
                     err_name(placed->err));
    if (placed->height != record->place || placed->position != record->position)
        findings_add(judge->findings, CHECK_WRITES,
                     "line %lu: was committed at height %" PRIu64 ", position %" PRIu32
                     "; it stands at height %" PRIu64 ", position %" PRIu32,
                     line, record->place, record->position, placed->height, placed->position);
    for (size_t i = 0; i < judge->replay->node_count; i++)
        if (judge->replay->nodes[i].applied < placed->height)
            findings_add(judge->findings, CHECK_WRITES,
                         "line %lu: was committed at height %" PRIu64 "; the ledger of %s ends "
                         "at %" PRIu64,
                         line, placed->height, judge->names[i], judge->replay->nodes[i].applied);
}

static void find_refused(struct judge *judge, const struct record *record,
                         const struct placed *placed)
{
    unsigned long line = judge_line(judge, record);
    if (placed != NULL && placed->err == ERR_OK)
        findings_add(judge->findings, CHECK_WRITES,
                     "line %lu: was refused (%s), and counts at height %" PRIu64, line,
                     err_name(record->code), placed->height);
    else if (record->place != 0 &&
             (placed == NULL || placed->height != record->place || placed->err != record->code))
        findings_add(judge->findings, CHECK_WRITES,
                     "line %lu: the ledger is said to have refused it at height %" PRIu64
                     " (%s); it has %s",
                     line, record->place, err_name(record->code),
                     placed == NULL ? "nothing of it" : err_name(placed->err));
}

void judge_writes(struct judge *judge)
{
    if (!judge_has_ledgers(judge))
        return;
    for (size_t i = 0; i < judge->history->count; i++) {
        const struct record *record = &judge->history->records[i];
        if (!record_op_writes(record->op))
            continue;
        const struct placed *placed = judge_placed(judge, record);
        judge->findings->checked[CHECK_WRITES]++;
        if (record->outcome == OUTCOME_COMMITTED)
            find_committed(judge, record, placed);
        if (record->outcome == OUTCOME_REFUSED)
            find_refused(judge, record, placed);
        if (placed != NULL && placed->times > 1)
            findings_add(judge->findings, CHECK_WRITES,
                         "line %lu: counts %" PRIu32 " times; once would be right",
                         judge_line(judge, record), placed->times);
    }
}

/* ---- no client saw a node go back ---- */

/* By client, node and link, then in the order in which the client asked. */
static int compare_sessions(const void *left, const void *right, void *context)
{
    const struct judge *judge = context;
    const struct record *a = &judge->history->records[*(const size_t *)left];
    const struct record *b = &judge->history->records[*(const size_t *)right];
    int nodes = strcmp(a->node.text, b->node.text);
    if (a->client != b->client)
        return a->client < b->client ? -1 : 1;
    if (nodes != 0)
        return nodes;
    if (a->link != b->link)
        return a->link < b->link ? -1 : 1;
    return (a->start_us > b->start_us) - (a->start_us < b->start_us);
}

static bool is_same_session(const struct record *a, const struct record *b)
{
    return a->client == b->client && a->link == b->link && strcmp(a->node.text, b->node.text) == 0;
}

/* What the node had applied when it answered; 0: it does not say. */
static uint64_t height_told(const struct record *record)
{
    switch (record->outcome) {
    case OUTCOME_COMMITTED:
    case OUTCOME_REFUSED: return record->place;
    case OUTCOME_ANSWERED: return record->height;
    case OUTCOME_UNKNOWN:
    case OUTCOME_COUNT: return 0;
    }
    return 0;
}

/* An answer about an earlier height than one before it. An acknowledgement may be of long ago: it
 * says that the node is there, not that it is nowhere further. */
enum err judge_session(struct judge *judge)
{
    size_t *order = judge_sorted(judge, compare_sessions);
    const struct record *highest = NULL;
    if (order == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < judge->history->count; i++) {
        const struct record *record = &judge->history->records[order[i]];
        if (record->link == 0 || height_told(record) == 0)
            continue;
        if (highest != NULL && !is_same_session(highest, record))
            highest = NULL;
        judge->findings->checked[CHECK_SESSION]++;
        if (highest != NULL && record->outcome == OUTCOME_ANSWERED &&
            record->height < height_told(highest))
            findings_add(judge->findings, CHECK_SESSION,
                         "line %lu: %s told client %" PRIu32 " height %" PRIu64
                         ", and before, in line %lu, height %" PRIu64,
                         judge_line(judge, record), record->node.text, record->client,
                         record->height, judge_line(judge, highest), height_told(highest));
        if (highest == NULL || height_told(record) > height_told(highest))
            highest = record;
    }
    free(order);
    return ERR_OK;
}
