#include "tests/unit/swarm/case.h"

#include <stdio.h>

#include "tests/sim/random.h"
#include "tests/unit/suite.h"

/* Histories of a network that keeps its promises are found true, and whatever is changed in one so
 * that it cannot have been is found. */

enum {
    DEVICES = 3,
    ORGANISATIONS = 3,
    NODES = 3,
    CLIENTS = 6,
    STEPS = 150,
    HEIGHTS_MAX = STEPS + 1,
    FAR_US = 1000000000, /* before which nothing happens */
};

static const char *const organisations[ORGANISATIONS] = {"a", "b", "c"};

/* A claim, while it stands. */
struct standing {
    bool stands;
    struct hash id;
    uint64_t height;
};

/* The network: one ledger, of which each node has applied a part. */
static struct {
    struct random random;
    uint64_t now_us;
    uint64_t height;
    uint64_t committed_us[HEIGHTS_MAX + 1]; /* each height */
    struct standing ledger[HEIGHTS_MAX + 1][DEVICES][ORGANISATIONS];
    uint64_t applied[NODES];
    uint64_t free_us[CLIENTS]; /* when the client has its last answer */
    uint64_t link[CLIENTS][NODES];
    struct event events[HEIGHTS_MAX + 1]; /* in the order of heights */
    size_t event_count;
} world;

static uint32_t below(uint32_t count)
{
    return random_below(&world.random, count);
}

/* Gives up a height, with a state like the one before. */
static uint64_t next_height(void)
{
    world.height++;
    memcpy(world.ledger[world.height], world.ledger[world.height - 1], sizeof world.ledger[0]);
    world.committed_us[world.height] = world.now_us;
    return world.height;
}

/* The operation takes place now: its client asked a while ago, and hears of it in a while. */
static struct record begin_record(enum record_op op)
{
    uint32_t client = below(CLIENTS);
    uint32_t node = below(NODES);
    struct record record = {.client = client, .op = op, .node = case_name(case_names[node])};
    while (world.free_us[client] >= world.now_us)
        world.now_us += 1 + below(5000);
    uint64_t idle_us = world.now_us - world.free_us[client] - 1;
    record.start_us = world.now_us - (idle_us > 20000 ? below(20000) : idle_us);
    record.end_us = world.now_us + below(20000);
    world.free_us[client] = record.end_us;
    if (random_chance(&world.random, 500))
        world.link[client][node]++;
    record.link = world.link[client][node];
    return record;
}

static void write_something(void)
{
    uint32_t device = below(DEVICES);
    uint32_t place = below(ORGANISATIONS);
    bool raises = random_chance(&world.random, RANDOM_ALWAYS / 2);
    struct record record = begin_record(raises ? RECORD_BLOCK : RECORD_UNBLOCK);
    char name[32];
    snprintf(name, sizeof name, "tx %zu", it.history.count);
    record.imei.value = device;
    record.organisation = record.claimant = case_name(organisations[place]);
    record.transaction = case_id(name);
    record.attempts = 1;
    record.outcome = OUTCOME_UNKNOWN;
    record.code = ERR_TIMEOUT;
    bool is_lost = random_chance(&world.random, 1000);
    bool is_unanswered = is_lost || random_chance(&world.random, 1000);
    if (!is_lost) {
        uint64_t height = next_height();
        struct standing *standing = &world.ledger[height][device][place];
        enum err err =
            standing->stands == raises ? (raises ? ERR_CLAIM_STANDS : ERR_CLAIM_ABSENT) : ERR_OK;
        uint32_t number = case_place(&record.transaction, height, err);
        if (err == ERR_OK) {
            *standing = (struct standing){raises, record.transaction, height};
            world.events[world.event_count++] = (struct event){.imei = record.imei,
                                                               .height = height,
                                                               .number = number,
                                                               .is_raised = raises,
                                                               .kind = CLAIM_BLOCK,
                                                               .claimant = (uint16_t)place,
                                                               .organisation = record.organisation};
        }
        if (!is_unanswered) {
            record.outcome = err == ERR_OK ? OUTCOME_COMMITTED : OUTCOME_REFUSED;
            record.code = err;
            record.place = height;
            uint32_t node = (uint32_t)(record.node.text[1] - '1');
            world.applied[node] = height;
        }
    }
    case_record(&record);
}

/* The node gets some blocks on, and all of them for a fresh answer. */
static void ask_something(void)
{
    struct record record =
        begin_record(random_chance(&world.random, 5000) ? RECORD_FRESH : RECORD_CHECK);
    uint32_t node = (uint32_t)(record.node.text[1] - '1');
    uint64_t missing = world.height - world.applied[node];
    if (record.op == RECORD_FRESH)
        world.applied[node] = world.height;
    else if (random_chance(&world.random, RANDOM_ALWAYS / 4))
        world.applied[node] += below((uint32_t)missing + 1);
    record.outcome = OUTCOME_ANSWERED;
    record.status = VERDICT_WHITE;
    record.imei.value = below(DEVICES);
    record.height = world.applied[node];
    uint64_t all_until_us =
        record.height == world.height ? world.now_us : world.committed_us[record.height + 1];
    record.age_ms = (world.now_us - all_until_us + 999) / 1000;
    if (random_chance(&world.random, 500))
        record.age_ms = AGE_UNKNOWN;
    struct record *told = case_record(&record);
    for (unsigned i = 0; i < ORGANISATIONS; i++) {
        const struct standing *standing = &world.ledger[record.height][record.imei.value][i];
        struct name organisation = case_name(organisations[i]);
        if (standing->stands)
            case_claim(told, &organisation, &standing->id, standing->height);
    }
}

static void make_history(uint64_t seed)
{
    memset(&world, 0, sizeof world);
    case_begin();
    world.random.state = seed;
    world.now_us = FAR_US;
    for (size_t i = 0; i < CLIENTS; i++)
        world.free_us[i] = FAR_US;
    for (unsigned i = 0; i < CLIENTS * NODES; i++)
        world.link[i / NODES][i % NODES] = 1;
    for (int i = 0; i < STEPS; i++) {
        world.now_us += 1 + below(10000);
        if (random_chance(&world.random, RANDOM_ALWAYS / 2))
            write_something();
        else
            ask_something();
    }
    it.replay.height = world.height;
    it.replay.node_count = NODES;
    for (size_t i = 0; i < NODES; i++)
        it.replay.nodes[i] = (struct replay_node){world.height, world.height};
    for (uint64_t device = 0; device < DEVICES; device++)
        for (size_t i = 0; i < world.event_count; i++)
            if (world.events[i].imei.value == device)
                it.events[it.replay.event_count++] = world.events[i];
}

START_TEST(a_network_that_keeps_its_promises_is_found_true)
{
    for (uint64_t seed = 1; seed <= 500; seed++) {
        make_history(seed);
        ck_assert_msg(case_judge() == 0, "seed %u: %s", (unsigned)seed, it.findings.list[0].text);
    }
    case_begin();
}
END_TEST

/* ---- what cannot have been ---- */

/* A record for which the change makes sense, by chance; NULL: there is none. */
static struct record *find(bool (*fits)(const struct record *record))
{
    size_t first = below((uint32_t)it.history.count);
    for (size_t i = 0; i < it.history.count; i++) {
        struct record *record = &it.records[(first + i) % it.history.count];
        if (fits(record))
            return record;
    }
    return NULL;
}

static bool is_committed(const struct record *record)
{
    return record->outcome == OUTCOME_COMMITTED;
}

static bool is_refused(const struct record *record)
{
    return record->outcome == OUTCOME_REFUSED;
}

static bool has_claims(const struct record *record)
{
    return record->outcome == OUTCOME_ANSWERED && record->claim_count > 0;
}

static bool is_fresh_with_claims(const struct record *record)
{
    return record->op == RECORD_FRESH && has_claims(record);
}

/* Behind what was committed and told 60 ms before. */
static bool is_behind(const struct record *record)
{
    if (record->outcome != OUTCOME_ANSWERED)
        return false;
    for (size_t i = 0; i < it.history.count; i++)
        if (is_committed(&it.records[i]) && it.records[i].place > record->height &&
            it.records[i].end_us + 60000 < record->start_us)
            return true;
    return false;
}

static struct placed *placed_of(const struct record *record)
{
    return &it.placed[ids_find(&it.replay.ids, &record->transaction)];
}

static bool lose_a_write(void)
{
    struct record *record = find(is_committed);
    if (record != NULL)
        record->transaction = case_id("lost");
    return record != NULL;
}

static bool move_a_write(void)
{
    struct record *record = find(is_committed);
    if (record != NULL)
        record->place += record->place > 1 && below(2) == 0 ? -1 : 1;
    return record != NULL;
}

static bool count_a_write_twice(void)
{
    struct record *record = find(is_committed);
    if (record != NULL)
        placed_of(record)->times++;
    return record != NULL;
}

static bool count_a_refused_write(void)
{
    struct record *record = find(is_refused);
    if (record != NULL)
        *placed_of(record) = (struct placed){.height = record->place, .times = 1};
    return record != NULL;
}

static bool acknowledge_a_refused_write(void)
{
    struct record *record = find(is_refused);
    if (record != NULL)
        record->outcome = OUTCOME_COMMITTED;
    return record != NULL;
}

static bool tell_a_claim_less(void)
{
    struct record *record = find(has_claims);
    if (record != NULL)
        record->claim_count--;
    return record != NULL;
}

static bool tell_another_claim(void)
{
    struct record *record = find(has_claims);
    if (record != NULL)
        record->claims[0].transaction = case_id("lost");
    return record != NULL;
}

static bool tell_a_younger_age(void)
{
    struct record *record = find(is_behind);
    if (record != NULL)
        record->age_ms = below(50);
    return record != NULL;
}

static bool call_it_fresh(void)
{
    struct record *record = find(is_behind);
    if (record != NULL)
        record->op = RECORD_FRESH;
    return record != NULL;
}

static bool see_a_claim_before_all_began(void)
{
    struct record *record = find(is_fresh_with_claims);
    if (record != NULL)
        record->start_us = record->end_us = FAR_US - 1000000;
    return record != NULL;
}

static bool forget_a_block_at_one_node(void)
{
    struct record *record = find(is_committed);
    if (record != NULL)
        it.replay.nodes[below(NODES)].applied = record->place - 1;
    return record != NULL;
}

START_TEST(whatever_cannot_have_been_is_found)
{
    static bool (*const changes[])(void) = {
        lose_a_write,
        move_a_write,
        count_a_write_twice,
        count_a_refused_write,
        acknowledge_a_refused_write,
        tell_a_claim_less,
        tell_another_claim,
        tell_a_younger_age,
        call_it_fresh,
        see_a_claim_before_all_began,
        forget_a_block_at_one_node,
    };
    static const enum check checks[] = {
        CHECK_WRITES, CHECK_WRITES, CHECK_WRITES, CHECK_WRITES, CHECK_WRITES, CHECK_LOCAL,
        CHECK_LOCAL,  CHECK_AGE,    CHECK_FRESH,  CHECK_FRESH,  CHECK_WRITES,
    };
    enum { CHANGES = sizeof changes / sizeof changes[0] };
    unsigned made[CHANGES] = {0};
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        unsigned change = (unsigned)(seed % CHANGES);
        make_history(seed);
        if (!changes[change]())
            continue;
        made[change]++;
        (void)case_judge();
        ck_assert_msg(it.findings.wrong[checks[change]] > 0, "seed %u, change %u", (unsigned)seed,
                      change);
    }
    for (unsigned i = 0; i < CHANGES; i++)
        ck_assert_msg(made[i] > 20, "change %u was made %u times", i, made[i]);
    case_begin();
}
END_TEST

static const TTest *const *const cases[] = {
    &a_network_that_keeps_its_promises_is_found_true,
    &whatever_cannot_have_been_is_found,
};

int main(void)
{
    return suite_run("swarm/truth", cases, sizeof cases / sizeof cases[0]);
}
