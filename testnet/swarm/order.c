#include "testnet/swarm/order.h"

#include "proto/invariant.h"

#include <stdlib.h>
#include <string.h>

/* The claim of a raise that no read saw. */
#define UNSEEN UINT32_MAX

enum { WORDS = ORDER_PENDING_MAX / 64, BUCKETS = 4096, PRUNED_MAX = 512 };
#define NOTHING UINT32_MAX

/* One way in which things may stand. */
struct config {
    uint32_t state[ORDER_PARTS_MAX];
    uint64_t done[WORDS];             /* of the pending operations, by slot */
    uint16_t raised[ORDER_PARTS_MAX]; /* unanswered raises that have happened, */
    uint16_t lifted[ORDER_PARTS_MAX]; /* and lifts */
};

struct pool {
    size_t count;
    size_t capacity;
    struct config *configs;
    uint32_t *next; /* in the chain of its bucket */
    uint32_t buckets[BUCKETS];
};

enum moment_kind { MOMENT_START, MOMENT_END };

struct moment {
    uint64_t time;
    enum moment_kind kind;
    size_t op;
};

struct search {
    const struct order_device *device;
    struct order_op *ops; /* as the search sees them: values and ends are its own */
    size_t moment_count;
    struct moment *moments;
    bool is_pending[ORDER_PENDING_MAX];
    size_t pending[ORDER_PENDING_MAX]; /* the operation */
    unsigned slot_count;               /* those above are free */
    uint16_t raises[ORDER_PARTS_MAX];  /* unanswered and begun */
    uint16_t lifts[ORDER_PARTS_MAX];
    struct pool now;
    struct pool open; /* where the operation that ends has not happened yet */
    struct pool then; /* where it has */
    bool is_too_much;
    enum err err;
};

/* ---- configurations ---- */

static bool is_done(const struct config *config, unsigned slot)
{
    return (config->done[slot / 64] >> (slot % 64) & 1) != 0;
}

static void set_done(struct config *config, unsigned slot, bool done)
{
    uint64_t bit = UINT64_C(1) << (slot % 64);
    config->done[slot / 64] = done ? config->done[slot / 64] | bit : config->done[slot / 64] & ~bit;
}

static bool same_place(const struct config *a, const struct config *b)
{
    return memcmp(a->state, b->state, sizeof a->state) == 0 &&
           memcmp(a->done, b->done, sizeof a->done) == 0;
}

/* Whether `b` has used up no less. */
static bool is_thriftier(const struct config *a, const struct config *b)
{
    for (unsigned i = 0; i < ORDER_PARTS_MAX; i++)
        if (a->raised[i] > b->raised[i] || a->lifted[i] > b->lifted[i])
            return false;
    return true;
}

/* Whether whatever is possible from `b` is possible from `a`: unanswered operations alone, which
 * can wait, lead from it to there. */
static bool dominates(const struct config *a, const struct config *b)
{
    if (memcmp(a->done, b->done, sizeof a->done) != 0 || !is_thriftier(a, b))
        return false;
    for (unsigned i = 0; i < ORDER_PARTS_MAX; i++) {
        bool is_touched = a->raised[i] != b->raised[i] || a->lifted[i] != b->lifted[i];
        bool is_reached = is_touched && (b->state[i] == 0 || b->state[i] == UNSEEN);
        if (a->state[i] != b->state[i] && !is_reached)
            return false;
    }
    return true;
}

/* ---- pools ---- */

static void pool_clear(struct pool *pool)
{
    pool->count = 0;
    memset(pool->buckets, 0xff, sizeof pool->buckets);
}

static uint32_t *pool_bucket(struct pool *pool, const struct config *config)
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < ORDER_PARTS_MAX; i++)
        hash = (hash ^ config->state[i]) * UINT64_C(0x9e3779b97f4a7c15);
    for (unsigned i = 0; i < WORDS; i++)
        hash = (hash ^ config->done[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return &pool->buckets[hash >> 32 & (BUCKETS - 1)];
}

static bool pool_grow(struct pool *pool)
{
    size_t capacity = pool->capacity == 0 ? 16 : 2 * pool->capacity;
    struct config *configs = realloc(pool->configs, capacity * sizeof *configs);
    if (configs == NULL)
        return false;
    pool->configs = configs;
    uint32_t *next = realloc(pool->next, capacity * sizeof *next);
    if (next == NULL)
        return false;
    pool->next = next;
    pool->capacity = capacity;
    return true;
}

/* Adds it, unless one is there that is the same, or has used up less on the way. */
static void pool_add(struct search *search, struct pool *pool, const struct config *config)
{
    uint32_t *bucket = pool_bucket(pool, config);
    for (uint32_t at = *bucket; at != NOTHING; at = pool->next[at])
        if (same_place(&pool->configs[at], config) && is_thriftier(&pool->configs[at], config))
            return;
    if (pool->count == ORDER_SEARCHED_MAX)
        search->is_too_much = true;
    else if (pool->count == pool->capacity && !pool_grow(pool))
        search->err = ERR_MEMORY;
    if (search->is_too_much || search->err != ERR_OK)
        return;
    pool->configs[pool->count] = *config;
    pool->next[pool->count] = *bucket;
    *bucket = (uint32_t)pool->count++;
}

static void pool_free(struct pool *pool)
{
    free(pool->configs);
    free(pool->next);
}

/* ---- operations ---- */

static bool op_writes(const struct order_op *op)
{
    return op->kind == ORDER_RAISE || op->kind == ORDER_LIFT;
}

/* Whether it may happen as things stand. */
static bool op_fits(const struct search *search, const struct order_op *op,
                    const struct config *config)
{
    switch (op->kind) {
    case ORDER_RAISE:
    case ORDER_ABSENT: return config->state[op->part] == 0;
    case ORDER_LIFT:
    case ORDER_STANDS: return config->state[op->part] != 0;
    case ORDER_READ:
        return memcmp(config->state, op->seen, search->device->part_count * sizeof *op->seen) == 0;
    }
    invariant(false);
    return false;
}

/* What changes nothing happens as soon as it can: that hinders nobody. */
static void note_reads(const struct search *search, struct config *config)
{
    for (unsigned slot = 0; slot < search->slot_count; slot++) {
        const struct order_op *op = &search->ops[search->pending[slot]];
        if (search->is_pending[slot] && !op_writes(op) && op_fits(search, op, config))
            set_done(config, slot, true);
    }
}

/* What the operations that have not happened yet would need of each part: a write without an answer
 * is put right before one that needs it. */
struct needs {
    bool empty[ORDER_PARTS_MAX];
    bool held[ORDER_PARTS_MAX];
};

static void find_needs(const struct search *search, const struct config *config, struct needs *out)
{
    memset(out, 0, sizeof *out);
    for (unsigned slot = 0; slot < search->slot_count; slot++) {
        const struct order_op *op = &search->ops[search->pending[slot]];
        if (!search->is_pending[slot] || is_done(config, slot))
            continue;
        if (op->kind == ORDER_RAISE || op->kind == ORDER_ABSENT)
            out->empty[op->part] = true;
        if (op->kind == ORDER_LIFT || op->kind == ORDER_STANDS)
            out->held[op->part] = true;
        for (unsigned i = 0; op->kind == ORDER_READ && i < search->device->part_count; i++)
            out->empty[i] |= op->seen[i] == 0;
    }
}

/* ---- the search ---- */

/* The configuration after a step: done when the operation that ends has happened in it. */
static void go_on(struct search *search, struct config *config, unsigned ending)
{
    note_reads(search, config);
    pool_add(search, is_done(config, ending) ? &search->then : &search->open, config);
}

/* All that may happen next. */
static void branch(struct search *search, const struct config *from, unsigned ending)
{
    struct needs needs;
    find_needs(search, from, &needs);
    for (unsigned slot = 0; slot < search->slot_count; slot++) {
        const struct order_op *op = &search->ops[search->pending[slot]];
        if (!search->is_pending[slot] || !op_writes(op) || is_done(from, slot) ||
            !op_fits(search, op, from))
            continue;
        struct config config = *from;
        config.state[op->part] = op->kind == ORDER_RAISE ? op->value : 0;
        set_done(&config, slot, true);
        go_on(search, &config, ending);
    }
    for (unsigned i = 0; i < search->device->part_count; i++) {
        struct config config = *from;
        if (from->state[i] == 0 && needs.held[i] && from->raised[i] < search->raises[i]) {
            config.state[i] = UNSEEN;
            config.raised[i]++;
            go_on(search, &config, ending);
        } else if (from->state[i] != 0 && needs.empty[i] && from->lifted[i] < search->lifts[i]) {
            config.state[i] = 0;
            config.lifted[i]++;
            go_on(search, &config, ending);
        }
    }
}

static void tell_states(const struct search *search, struct order_answer *out)
{
    for (size_t i = 0; i < search->open.count && out->state_count < ORDER_TOLD_MAX; i++) {
        const uint32_t *state = search->open.configs[i].state;
        bool is_told = false;
        for (size_t k = 0; k < out->state_count; k++)
            is_told |= memcmp(out->states[k], state, sizeof out->states[k]) == 0;
        if (!is_told)
            memcpy(out->states[out->state_count++], state, sizeof out->states[0]);
    }
}

static bool is_dominated(const struct pool *pool, size_t place)
{
    const struct config *config = &pool->configs[place];
    for (size_t i = 0; i < pool->count; i++) {
        const struct config *other = &pool->configs[i];
        /* Of two that dominate each other the first stays. */
        if (i != place && dominates(other, config) && (i < place || !dominates(config, other)))
            return true;
    }
    return false;
}

/* What may be after the operation has ended: its slot is free again. */
static void settle(struct search *search, unsigned slot)
{
    struct pool *then = &search->then;
    pool_clear(&search->now);
    for (size_t i = 0; i < then->count; i++)
        set_done(&then->configs[i], slot, false);
    for (size_t i = 0; i < then->count; i++)
        if (then->count > PRUNED_MAX || !is_dominated(then, i))
            pool_add(search, &search->now, &then->configs[i]);
    search->is_pending[slot] = false;
    while (search->slot_count > 0 && !search->is_pending[search->slot_count - 1])
        search->slot_count--;
}

/* The operation's answer is there: it has happened by now. False when it cannot have. */
static bool end_op(struct search *search, size_t op, struct order_answer *out)
{
    unsigned slot = 0;
    while (slot < search->slot_count && (!search->is_pending[slot] || search->pending[slot] != op))
        slot++;
    invariant(slot < search->slot_count);
    pool_clear(&search->open);
    pool_clear(&search->then);
    for (size_t i = 0; i < search->now.count; i++) {
        const struct config *config = &search->now.configs[i];
        pool_add(search, is_done(config, slot) ? &search->then : &search->open, config);
    }
    for (size_t i = 0; i < search->open.count && !search->is_too_much; i++) {
        struct config from = search->open.configs[i];
        branch(search, &from, slot);
    }
    if (search->then.count == 0) {
        out->op = op;
        tell_states(search, out);
        return false;
    }
    settle(search, slot);
    return true;
}

static void start_op(struct search *search, size_t op)
{
    const struct order_op *it = &search->ops[op];
    unsigned slot = 0;
    if (it->end == ORDER_NEVER) {
        uint16_t *count = it->kind == ORDER_RAISE ? search->raises : search->lifts;
        if (count[it->part] < UINT16_MAX)
            count[it->part]++;
        return;
    }
    while (slot < search->slot_count && search->is_pending[slot])
        slot++;
    if (slot == ORDER_PENDING_MAX) {
        search->is_too_much = true;
        return;
    }
    search->is_pending[slot] = true;
    search->pending[slot] = op;
    if (slot == search->slot_count)
        search->slot_count++;
    for (size_t i = 0; i < search->now.count; i++)
        note_reads(search, &search->now.configs[i]);
}

/* ---- preparing ---- */

static int moment_compare(const void *left, const void *right)
{
    const struct moment *a = left;
    const struct moment *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    /* What ends in the microsecond in which something starts may be later. */
    if (a->kind != b->kind)
        return a->kind == MOMENT_START ? -1 : 1;
    return (a->op > b->op) - (a->op < b->op);
}

struct raise {
    uint32_t value;
    size_t op;
};

static int raise_compare(const void *left, const void *right)
{
    const struct raise *a = left;
    const struct raise *b = right;
    return (a->value > b->value) - (a->value < b->value);
}

/* A raise that a read saw had happened when that read ended; one that none saw is like others. */
static enum err mark_seen(struct search *search)
{
    const struct order_device *device = search->device;
    struct raise *raises = calloc(device->count + 1, sizeof *raises);
    bool *is_seen = calloc(device->count + 1, sizeof *is_seen);
    size_t count = 0;
    if (raises == NULL || is_seen == NULL) {
        free(raises);
        free(is_seen);
        return ERR_MEMORY;
    }
    for (size_t i = 0; i < device->count; i++)
        if (device->ops[i].kind == ORDER_RAISE)
            raises[count++] = (struct raise){device->ops[i].value, i};
    qsort(raises, count, sizeof *raises, raise_compare);
    for (size_t i = 0; i < device->count; i++) {
        const struct order_op *read = &device->ops[i];
        for (unsigned k = 0; read->kind == ORDER_READ && k < device->part_count; k++) {
            const struct raise key = {.value = read->seen[k]};
            const struct raise *raise = bsearch(&key, raises, count, sizeof key, raise_compare);
            if (raise == NULL)
                continue;
            struct order_op *op = &search->ops[raise->op];
            is_seen[raise->op] = true;
            if (read->end < op->end)
                op->end = read->end > op->start ? read->end : op->start;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (!is_seen[raises[i].op])
            search->ops[raises[i].op].value = UNSEEN;
    free(raises);
    free(is_seen);
    return ERR_OK;
}

static void list_moments(struct search *search)
{
    for (size_t i = 0; i < search->device->count; i++) {
        const struct order_op *op = &search->ops[i];
        search->moments[search->moment_count++] = (struct moment){op->start, MOMENT_START, i};
        if (op->end != ORDER_NEVER)
            search->moments[search->moment_count++] = (struct moment){op->end, MOMENT_END, i};
    }
    qsort(search->moments, search->moment_count, sizeof *search->moments, moment_compare);
}

static enum err prepare(struct search *search)
{
    const struct order_device *device = search->device;
    struct config first = {0};
    memcpy(first.state, device->first, sizeof first.state);
    search->ops = calloc(device->count + 1, sizeof *search->ops);
    search->moments = calloc(2 * device->count + 1, sizeof *search->moments);
    if (search->ops == NULL || search->moments == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < device->count; i++)
        search->ops[i] = device->ops[i];
    enum err err = mark_seen(search);
    if (err != ERR_OK)
        return err;
    list_moments(search);
    pool_clear(&search->now);
    pool_add(search, &search->now, &first);
    return search->err;
}

static void run(struct search *search, struct order_answer *out)
{
    out->result = ORDER_EXISTS;
    for (size_t i = 0; i < search->moment_count && search->err == ERR_OK; i++) {
        const struct moment *moment = &search->moments[i];
        if (moment->kind == MOMENT_START)
            start_op(search, moment->op);
        else if (!end_op(search, moment->op, out))
            out->result = ORDER_IMPOSSIBLE;
        /* What was not looked at might have explained it. */
        if (search->is_too_much)
            out->result = ORDER_UNDECIDED;
        if (out->result != ORDER_EXISTS)
            return;
    }
}

enum err order_find(const struct order_device *device, struct order_answer *out)
{
    *out = (struct order_answer){0};
    invariant(device->part_count <= ORDER_PARTS_MAX);
    struct search *search = calloc(1, sizeof *search);
    if (search == NULL)
        return ERR_MEMORY;
    search->device = device;
    enum err err = prepare(search);
    if (err == ERR_OK)
        run(search, out);
    if (err == ERR_OK)
        err = search->err;
    pool_free(&search->now);
    pool_free(&search->open);
    pool_free(&search->then);
    free(search->ops);
    free(search->moments);
    free(search);
    return err;
}
