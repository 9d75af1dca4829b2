#include "testnet/swarm/judge.h"
#include "testnet/swarm/order.h"

#include "proto/hex.h"

#include <inttypes.h>
#include <stdlib.h>

/* One device's operations, as the search takes them. */
struct device {
    struct order_device device;
    struct order_op *ops;
    const struct record **records; /* of each operation; NULL: somebody else's */
    uint32_t (*seen)[ORDER_PARTS_MAX];
    size_t capacity;
};

/* All devices of a history. */
struct devices {
    struct judge *judge;
    size_t *order; /* records by device */
    size_t event;  /* the next event of the ledger */
    unsigned part_count;
    struct name parts[ORDER_PARTS_MAX]; /* whose claim each part holds */
    bool *is_own;                       /* transactions of the history, by number */
    struct device one;
};

/* Values are the numbers of transactions, from 1. */
static uint32_t value_of(uint32_t number)
{
    return number + 1;
}

/* ---- parts ---- */

/* The part of that organisation; ORDER_PARTS_MAX when there is no room for one more. */
static unsigned part_of(struct devices *devices, const struct name *organisation)
{
    unsigned part = 0;
    while (part < devices->part_count && strcmp(devices->parts[part].text, organisation->text) != 0)
        part++;
    if (part == devices->part_count && part < ORDER_PARTS_MAX)
        devices->parts[devices->part_count++] = *organisation;
    return part;
}

/* All parts are known before the first device. False: too many. */
static bool find_parts(struct devices *devices)
{
    const struct judge *judge = devices->judge;
    unsigned highest = 0;
    for (size_t i = 0; i < judge->history->count; i++) {
        const struct record *record = &judge->history->records[i];
        unsigned part = record_op_writes(record->op) ? part_of(devices, &record->claimant) : 0;
        highest = part > highest ? part : highest;
        for (size_t k = 0; k < record->claim_count; k++) {
            part = part_of(devices, &record->claims[k].organisation);
            highest = part > highest ? part : highest;
        }
    }
    for (size_t i = 0; i < judge->replay->event_count; i++) {
        unsigned part = part_of(devices, &judge->replay->events[i].organisation);
        highest = part > highest ? part : highest;
    }
    return highest < ORDER_PARTS_MAX;
}

/* ---- operations ---- */

static enum err make_room(struct device *one, size_t capacity)
{
    if (capacity <= one->capacity)
        return ERR_OK;
    free(one->ops);
    free(one->records);
    free(one->seen);
    one->ops = calloc(capacity, sizeof *one->ops);
    one->records = calloc(capacity, sizeof *one->records);
    one->seen = calloc(capacity, sizeof *one->seen);
    one->capacity = capacity;
    return one->ops != NULL && one->records != NULL && one->seen != NULL ? ERR_OK : ERR_MEMORY;
}

static void add_op(struct device *one, const struct order_op *op, const struct record *record)
{
    one->ops[one->device.count] = *op;
    one->records[one->device.count++] = record;
}

static void add_read(struct devices *devices, const struct record *record)
{
    struct device *one = &devices->one;
    uint32_t *seen = one->seen[one->device.count];
    memset(seen, 0, sizeof one->seen[0]);
    for (size_t i = 0; i < record->claim_count; i++) {
        const struct record_claim *claim = &record->claims[i];
        if (claim->kind == CLAIM_BLOCK)
            seen[part_of(devices, &claim->organisation)] =
                value_of(ids_find(&devices->judge->replay->ids, &claim->transaction));
    }
    add_op(one,
           &(struct order_op){
               .kind = ORDER_READ, .start = record->start_us, .end = record->end_us, .seen = seen},
           record);
}

/* A write that counts, or of which that is not known. */
static void add_write(struct devices *devices, const struct record *record)
{
    const struct judge *judge = devices->judge;
    bool is_known = record->outcome == OUTCOME_COMMITTED;
    add_op(&devices->one,
           &(struct order_op){
               .kind = record->op == RECORD_BLOCK ? ORDER_RAISE : ORDER_LIFT,
               .start = record->start_us,
               .end = is_known ? record->end_us : ORDER_NEVER,
               .part = part_of(devices, &record->claimant),
               .value = value_of(judge->numbers[record - judge->history->records]),
           },
           record);
}

/* A refusal that has its place among the blocks says what stood there. One that has none is a
 * node's word about a state that may have been over: it says nothing. */
static void add_refusal(struct devices *devices, const struct record *record)
{
    bool stands = record->code == ERR_CLAIM_STANDS;
    bool is_absent = record->code == ERR_CLAIM_ABSENT;
    if (record->place == 0 || (!stands && !is_absent))
        return;
    add_op(&devices->one,
           &(struct order_op){
               .kind = stands ? ORDER_STANDS : ORDER_ABSENT,
               .start = record->start_us,
               .end = record->end_us,
               .part = part_of(devices, &record->claimant),
           },
           record);
}

static void add_record(struct devices *devices, const struct record *record)
{
    if (record->op == RECORD_FRESH && record->outcome == OUTCOME_ANSWERED)
        add_read(devices, record);
    else if (record_op_writes(record->op) && record->outcome == OUTCOME_REFUSED)
        add_refusal(devices, record);
    else if (record_op_writes(record->op))
        add_write(devices, record);
}

/* What others did to the device: before the history began it is known, after that it is like an
 * operation without an answer. */
static void add_event(struct devices *devices, const struct event *event)
{
    unsigned part = part_of(devices, &event->organisation);
    if (event->kind != CLAIM_BLOCK)
        return;
    if (event->height <= devices->judge->history->head.height) {
        devices->one.device.first[part] = event->is_raised ? value_of(event->number) : 0;
        return;
    }
    if (devices->is_own[event->number])
        return;
    add_op(&devices->one,
           &(struct order_op){.kind = event->is_raised ? ORDER_RAISE : ORDER_LIFT,
                              .end = ORDER_NEVER,
                              .part = part,
                              .value = value_of(event->number)},
           NULL);
}

/* ---- findings ---- */

enum { STATES_SIZE = 512, ID_DIGITS = 8 };

static void text_add(char text[STATES_SIZE], const char *part, const char *more)
{
    size_t size = strlen(text);
    snprintf(text + size, STATES_SIZE - size, "%s%s", part, more);
}

/* "{operator-fr 1a2b3c4d, regulator-ke}": a claim that nobody saw has no transaction. */
static void text_add_state(struct devices *devices, char text[STATES_SIZE], const uint32_t *state)
{
    const char *between = "{";
    for (unsigned i = 0; i < devices->part_count; i++) {
        char hex[2 * HASH_SIZE + 1] = "";
        if (state[i] == 0)
            continue;
        text_add(text, between, devices->parts[i].text);
        between = ", ";
        if (state[i] == UINT32_MAX)
            continue;
        if (state[i] <= devices->judge->replay->ids.count)
            hex_encode(devices->judge->replay->ids.hashes[state[i] - 1].bytes, HASH_SIZE, hex);
        hex[ID_DIGITS] = '\0';
        text_add(text, " ", hex);
    }
    text_add(text, between[0] == '{' ? "{" : "", "}");
}

static void find_impossible(struct devices *devices, const struct order_answer *answer)
{
    char right[STATES_SIZE] = "";
    char told[STATES_SIZE] = "";
    char imei[IMEI_TEXT_SIZE + 1];
    const struct judge *judge = devices->judge;
    const struct record *record = devices->one.records[answer->op];
    const struct order_op *op = &devices->one.ops[answer->op];
    for (size_t i = 0; i < answer->state_count; i++) {
        text_add(right, i > 0 ? " or " : "", "");
        text_add_state(devices, right, answer->states[i]);
    }
    if (answer->state_count == ORDER_TOLD_MAX)
        text_add(right, " or ", "others");
    if (op->kind == ORDER_READ)
        text_add_state(devices, told, op->seen);
    if (record == NULL) /* somebody else's claim, that a read saw before it could stand */
        return;
    imei_format(record->imei, imei);
    findings_add(judge->findings, CHECK_FRESH,
                 "line %lu: %s of %s at %s %s%s: no order of the operations explains it; blocked "
                 "it may have been by %s",
                 judge_line(judge, record), record_op_word(record->op), imei, record->node.text,
                 op->kind == ORDER_READ                 ? "saw blocks by "
                 : record->outcome == OUTCOME_COMMITTED ? "was committed"
                                                        : "was refused",
                 told, right);
}

/* ---- the devices, one by one ---- */

static int compare_devices(const void *left, const void *right, void *context)
{
    const struct judge *judge = context;
    uint64_t a = judge->history->records[*(const size_t *)left].imei.value;
    uint64_t b = judge->history->records[*(const size_t *)right].imei.value;
    return (a > b) - (a < b);
}

/* The device of `count` records in order from `first` on. */
static enum err judge_device(struct devices *devices, size_t first, size_t count)
{
    const struct judge *judge = devices->judge;
    const struct replay *replay = judge->replay;
    struct device *one = &devices->one;
    uint64_t imei = judge->history->records[devices->order[first]].imei.value;
    while (devices->event < replay->event_count && replay->events[devices->event].imei.value < imei)
        devices->event++;
    size_t end = devices->event;
    while (end < replay->event_count && replay->events[end].imei.value == imei)
        end++;
    enum err err = make_room(one, count + end - devices->event);
    if (err != ERR_OK)
        return err;
    one->device = (struct order_device){.part_count = devices->part_count, .ops = one->ops};
    for (; devices->event < end; devices->event++)
        add_event(devices, &replay->events[devices->event]);
    for (size_t i = 0; i < count; i++)
        add_record(devices, &judge->history->records[devices->order[first + i]]);
    struct order_answer answer;
    judge->findings->checked[CHECK_FRESH] += one->device.count;
    err = order_find(&one->device, &answer);
    if (err == ERR_OK && answer.result == ORDER_IMPOSSIBLE)
        find_impossible(devices, &answer);
    if (err == ERR_OK && answer.result == ORDER_UNDECIDED)
        judge->findings->undecided++;
    return err;
}

static enum err judge_devices(struct devices *devices)
{
    const struct history *history = devices->judge->history;
    enum err err = ERR_OK;
    size_t next;
    for (size_t i = 0; i < history->count && err == ERR_OK; i = next) {
        const struct record *record = &history->records[devices->order[i]];
        next = i + 1;
        while (next < history->count &&
               history->records[devices->order[next]].imei.value == record->imei.value)
            next++;
        if (record->op != RECORD_LOOKUP) /* which has no device */
            err = judge_device(devices, i, next - i);
    }
    return err;
}

static void mark_own(struct devices *devices)
{
    const struct judge *judge = devices->judge;
    for (size_t i = 0; i < judge->history->count; i++)
        if (record_op_writes(judge->history->records[i].op))
            devices->is_own[judge->numbers[i]] = true;
}

enum err judge_order(struct judge *judge)
{
    struct devices *devices = calloc(1, sizeof *devices);
    if (devices == NULL)
        return ERR_MEMORY;
    devices->judge = judge;
    devices->order = judge_sorted(judge, compare_devices);
    devices->is_own = calloc(judge->replay->ids.count + 1, sizeof *devices->is_own);
    enum err err = devices->order == NULL || devices->is_own == NULL ? ERR_MEMORY : ERR_OK;
    if (err == ERR_OK)
        mark_own(devices);
    if (err == ERR_OK && !find_parts(devices))
        judge->findings->undecided++;
    else if (err == ERR_OK)
        err = judge_devices(devices);
    free(devices->one.ops);
    free(devices->one.records);
    free(devices->one.seen);
    free(devices->order);
    free(devices->is_own);
    free(devices);
    return err;
}
