#include "testnet/swarm/judge.h"

#include "proto/hex.h"
#include "proto/writer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

/* The claims that stand on a device, as the ledger's events make them. One more than an answer
 * tells: more than those are not judged. */
enum { STANDING_MAX = CHECK_CLAIMS_MAX + 1, LIST_SIZE = 320, ID_DIGITS = 8 };

struct device {
    size_t count;
    const struct event *standing[STANDING_MAX];
};

static void device_take(struct device *device, const struct event *event)
{
    size_t i = 0;
    while (i < device->count && (device->standing[i]->kind != event->kind ||
                                 device->standing[i]->claimant != event->claimant))
        i++;
    if (event->is_raised && i == device->count && device->count < STANDING_MAX)
        device->standing[device->count++] = event;
    else if (!event->is_raised && i < device->count)
        device->standing[i] = device->standing[--device->count];
}

static bool is_claim(const struct event *event, const struct hash *id,
                     const struct record_claim *claim)
{
    return event->kind == claim->kind && event->height == claim->height &&
           strcmp(event->organisation.text, claim->organisation.text) == 0 &&
           hash_equal(id, &claim->transaction);
}

static bool is_told(const struct judge *judge, const struct event *event,
                    const struct record *record)
{
    for (size_t i = 0; i < record->claim_count; i++)
        if (is_claim(event, &judge->replay->ids.hashes[event->number], &record->claims[i]))
            return true;
    return false;
}

static bool is_state(const struct judge *judge, const struct device *device,
                     const struct record *record)
{
    if (device->count != record->claim_count)
        return false;
    for (size_t i = 0; i < device->count; i++)
        if (!is_told(judge, device->standing[i], record))
            return false;
    return true;
}

/* ---- for the finding ---- */

static void list_add(char list[LIST_SIZE], enum claim_kind kind, const struct name *organisation,
                     const struct hash *id, uint64_t height)
{
    char hex[2 * HASH_SIZE + 1];
    size_t size = strlen(list);
    hex_encode(id->bytes, HASH_SIZE, hex);
    snprintf(list + size, LIST_SIZE - size, "%s%s of %s by %.*s of height %" PRIu64,
             size > 0 ? ", " : "", claim_kind_word((unsigned long)kind), organisation->text,
             ID_DIGITS, hex, height);
}

static void find_other_state(struct judge *judge, const struct record *record,
                             const struct device *device)
{
    char told[LIST_SIZE] = "";
    char right[LIST_SIZE] = "";
    for (size_t i = 0; i < record->claim_count; i++)
        list_add(told, record->claims[i].kind, &record->claims[i].organisation,
                 &record->claims[i].transaction, record->claims[i].height);
    for (size_t i = 0; i < device->count; i++)
        list_add(right, device->standing[i]->kind, &device->standing[i]->organisation,
                 &judge->replay->ids.hashes[device->standing[i]->number],
                 device->standing[i]->height);
    findings_add(judge->findings, CHECK_LOCAL,
                 "line %lu: %s told of height %" PRIu64 ": %s; the ledger had: %s",
                 judge_line(judge, record), record->node.text, record->height,
                 record->claim_count > 0 ? told : "no claim", device->count > 0 ? right : "none");
}

/* ---- devices ---- */

static int compare_reads(const void *left, const void *right, void *context)
{
    const struct judge *judge = context;
    const struct record *a = &judge->history->records[*(const size_t *)left];
    const struct record *b = &judge->history->records[*(const size_t *)right];
    if (a->imei.value != b->imei.value)
        return a->imei.value < b->imei.value ? -1 : 1;
    return (a->height > b->height) - (a->height < b->height);
}

/* A height that no state has was never committed, as far as anybody knows. */
static bool is_beyond(struct judge *judge, const struct record *record)
{
    if (record->height <= judge->replay->height)
        return false;
    findings_add(judge->findings, CHECK_LOCAL,
                 "line %lu: %s told of height %" PRIu64 "; the highest ledger ends at %" PRIu64,
                 judge_line(judge, record), record->node.text, record->height,
                 judge->replay->height);
    return true;
}

/* Reads and events, both by device and height, side by side. */
static enum err judge_reads(struct judge *judge)
{
    const struct replay *replay = judge->replay;
    size_t *order = judge_sorted(judge, compare_reads);
    struct device device = {0};
    uint64_t imei = UINT64_MAX; /* none */
    size_t at = 0;
    if (order == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < judge->history->count; i++) {
        const struct record *record = &judge->history->records[order[i]];
        if (record->outcome != OUTCOME_ANSWERED || record->op == RECORD_LOOKUP)
            continue;
        judge->findings->checked[CHECK_LOCAL]++;
        if (is_beyond(judge, record))
            continue;
        if (record->imei.value != imei)
            device.count = 0;
        imei = record->imei.value;
        while (at < replay->event_count && replay->events[at].imei.value < imei)
            at++;
        for (; at < replay->event_count && replay->events[at].imei.value == imei &&
               replay->events[at].height <= record->height;
             at++)
            device_take(&device, &replay->events[at]);
        if (!is_state(judge, &device, record))
            find_other_state(judge, record, &device);
    }
    free(order);
    return ERR_OK;
}

/* ---- transactions ---- */

static void judge_lookup(struct judge *judge, const struct record *record)
{
    const struct placed *placed = judge_placed(judge, record);
    bool is_there = placed != NULL && placed->is_authentic && placed->height <= record->height;
    judge->findings->checked[CHECK_LOCAL]++;
    if (is_beyond(judge, record))
        return;
    /* A node may say refused of one that it sent to the leader in vain: then without a place. */
    enum tx_state right = !is_there               ? TX_UNKNOWN
                          : placed->err == ERR_OK ? TX_COMMITTED
                                                  : TX_REFUSED;
    bool is_right = is_there ? record->state == right && record->place == placed->height &&
                                   record->position == placed->position
                             : record->place == 0 && record->state != TX_COMMITTED;
    if (is_right)
        return;
    findings_add(judge->findings, CHECK_LOCAL,
                 "line %lu: %s told of height %" PRIu64 " that the transaction is %s, at height "
                 "%" PRIu64 "; there it was %s, at height %" PRIu64,
                 judge_line(judge, record), record->node.text, record->height,
                 tx_state_word(record->state), record->place, tx_state_word(right),
                 is_there ? placed->height : 0);
}

enum err judge_local(struct judge *judge)
{
    if (!judge_has_ledgers(judge))
        return ERR_OK;
    for (size_t i = 0; i < judge->history->count; i++) {
        const struct record *record = &judge->history->records[i];
        if (record->outcome == OUTCOME_ANSWERED && record->op == RECORD_LOOKUP)
            judge_lookup(judge, record);
    }
    return judge_reads(judge);
}
