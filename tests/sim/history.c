#include "tests/sim/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "proto/invariant.h"

void history_reset(struct history *history)
{
    history->moment = 0;
    history->count = 0;
}

uint32_t history_ask(struct history *history, bool is_read)
{
    if (history->count == HISTORY_MAX)
        return HISTORY_NONE;
    uint32_t number = history->count++;
    history->ops[number] = (struct op){
        .asked = ++history->moment,
        .answered = UINT64_MAX,
        .value = is_read ? HISTORY_NONE : number,
        .state = OP_OPEN,
        .is_read = is_read,
    };
    return number;
}

static struct op *history_answer(struct history *history, uint32_t number)
{
    struct op *op = &history->ops[number];
    invariant(number < history->count);
    invariant(op->state == OP_OPEN);
    op->state = OP_DONE;
    op->answered = ++history->moment;
    return op;
}

void history_answer_write(struct history *history, uint32_t number)
{
    invariant(!history_answer(history, number)->is_read);
}

void history_answer_read(struct history *history, uint32_t number, uint32_t value)
{
    struct op *op = history_answer(history, number);
    invariant(op->is_read);
    op->value = value;
}

void history_fail(struct history *history, uint32_t number)
{
    invariant(history->ops[number].state == OP_OPEN);
    history->ops[number].state = OP_FAILED;
}

void history_withdraw(struct history *history, uint32_t number)
{
    invariant(number == history->count - 1);
    invariant(history->ops[number].state == OP_OPEN);
    history->count--;
}

/* The zone of a value while it is built: low is the first end, high the last start. The first
 * value's comes last, and was written before everything. */
static void zones_gather(struct history *history)
{
    struct zone *zones = history->first_end_last_start;
    for (uint32_t i = 0; i < history->count; i++)
        zones[i] = (struct zone){.low = UINT64_MAX, .high = 0, .value = i};
    zones[history->count] = (struct zone){.low = 0, .high = 0, .value = HISTORY_NONE};
    for (uint32_t i = 0; i < history->count; i++) {
        const struct op *op = &history->ops[i];
        if (op->state == OP_FAILED || (op->is_read && op->state == OP_OPEN))
            continue;
        struct zone *zone = &zones[op->value == HISTORY_NONE ? history->count : op->value];
        zone->low = op->answered < zone->low ? op->answered : zone->low;
        zone->high = op->asked > zone->high ? op->asked : zone->high;
    }
}

static bool history_reads_make_sense(const struct history *history, char *problem, size_t size)
{
    for (uint32_t i = 0; i < history->count; i++) {
        const struct op *op = &history->ops[i];
        if (!op->is_read || op->state != OP_DONE || op->value == HISTORY_NONE)
            continue;
        const struct op *write = &history->ops[op->value];
        if (write->is_read || write->state == OP_FAILED) {
            snprintf(problem, size, "read %u saw write %u, which never happened", i, op->value);
            return false;
        }
        if (write->asked > op->answered) {
            snprintf(problem, size, "read %u saw write %u before it was asked for", i, op->value);
            return false;
        }
    }
    return true;
}

static int zone_compare(const void *left, const void *right)
{
    const struct zone *a = left;
    const struct zone *b = right;
    return (a->low > b->low) - (a->low < b->low);
}

/* The last of the forward zones that begins below `moment`, or NULL. */
static const struct zone *zone_below(const struct zone *forward, size_t count, uint64_t moment)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (forward[middle].low < moment)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : &forward[low - 1];
}

bool history_is_linearizable(struct history *history, char *problem, size_t size)
{
    if (!history_reads_make_sense(history, problem, size))
        return false;
    zones_gather(history);
    const struct zone *zones = history->first_end_last_start;
    struct zone *forward = history->forward;
    size_t count = 0;
    for (uint32_t i = 0; i <= history->count; i++)
        if (zones[i].low < zones[i].high)
            forward[count++] = zones[i];
    qsort(forward, count, sizeof *forward, zone_compare);
    for (size_t i = 1; i < count; i++) {
        if (forward[i].low < forward[i - 1].high) {
            snprintf(problem, size, "values %d and %d were each current before the other",
                     (int)forward[i - 1].value, (int)forward[i].value);
            return false;
        }
    }
    for (uint32_t i = 0; i <= history->count; i++) {
        const struct zone *zone = &zones[i];
        if (zone->low < zone->high || zone->low == UINT64_MAX)
            continue;
        const struct zone *around = zone_below(forward, count, zone->high);
        if (around != NULL && zone->low < around->high) {
            snprintf(problem, size, "value %d was written and gone while %d was current",
                     (int)zone->value, (int)around->value);
            return false;
        }
    }
    return true;
}
