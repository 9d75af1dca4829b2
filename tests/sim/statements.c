#include "tests/sim/statements.h"

#include <stdlib.h>

#include "proto/invariant.h"
#include "tests/sim/parties.h"

/* Bytes of all statements together. */
#define ARENA_SIZE (STATEMENTS_MAX * 600)

/* How many of the last ones are sent again. */
#define RECENT 48

/* Statements whose time is not an hour on both sides end, or begin to count, within the first of so
 * many milliseconds: a power of two, as worlds are short or long. */
#define TIME_BITS 15

#define HOUR_MS UINT64_C(3600000)

#define FIRST_TAC 35000000u
#define ITEMS     3

struct statements {
    uint64_t group;
    bool is_drawn;
    uint32_t count;
    uint32_t next; /* of the pool, round about */
    uint32_t recent_count;
    uint32_t recent[RECENT];
    size_t used;
    struct said said[STATEMENTS_MAX];
    uint8_t arena[ARENA_SIZE];
};

struct statements *statements_open(void)
{
    return calloc(1, sizeof(struct statements));
}

void statements_close(struct statements *statements)
{
    free(statements);
}

const struct said *statements_said(const struct statements *statements, uint32_t number)
{
    invariant(number < statements->count);
    return &statements->said[number];
}

/* ---- signing ---- */

static uint32_t sign(struct statements *statements, uint32_t key, const struct statement *statement,
                     uint32_t first)
{
    uint8_t payload[1024];
    struct secret_key secret = party_secret(key);
    struct writer scratch = writer_over(payload, sizeof payload);
    struct writer writer =
        writer_over(statements->arena + statements->used, ARENA_SIZE - statements->used);
    uint32_t number = statements->count++;
    struct said *said = &statements->said[number];
    enum err err = transaction_sign(statement, &secret, &scratch, &writer, &said->id);
    invariant(err == ERR_OK);
    statements->used += writer.size;
    said->encoded = writer_view(&writer);
    said->issued_at_ms = statement->issued_at_ms;
    said->valid_until_ms = statement->valid_until_ms;
    said->key = key;
    said->first = first == UINT32_MAX ? number : first;
    said->lane = statement->lane;
    said->number = statement->number;
    said->operation = statement->operation;
    return number;
}

/* ---- drawing ---- */

static bool percent(struct random *random, uint32_t chance)
{
    return random_chance(random, chance * (RANDOM_ALWAYS / 100));
}

static uint32_t draw_key(struct random *random)
{
    return percent(random, 85) ? random_between(random, 1, PARTIES_FOUNDED)
                               : random_between(random, 1, PARTY_KEYS);
}

/* Mostly one that the roles allow. */
static enum operation draw_operation(struct random *random, unsigned roles)
{
    static const enum operation choice[] = {
        OP_BLOCK,        OP_BLOCK,       OP_UNBLOCK,      OP_WATCH,   OP_UNWATCH,
        OP_DUPLICATE,    OP_UNDUPLICATE, OP_REGISTER,     OP_BLOCK,   OP_UNBLOCK,
        OP_UNREGISTER,   OP_KEY_ADD,     OP_TAC_ALLOCATE, OP_KEY_ADD, OP_KEY_REVOKE,
        OP_ORGANISATION, OP_BALLOT,      OP_NODE_PROMOTE, OP_BALLOT,  OP_NODE_REMOVE,
    };
    enum operation operation;
    do
        operation = choice[random_below(random, sizeof choice / sizeof choice[0])];
    while ((operation_row(operation)->roles & roles) == 0 && !percent(random, 4));
    return operation;
}

static enum reason reason_for(const struct operation_row *row)
{
    if (!row->needs_reason)
        return REASON_NONE;
    return row->form == FORM_RAISE ? REASON_STOLEN : REASON_FOUND;
}

static void draw_times(struct random *random, struct statement *statement, uint32_t number)
{
    uint64_t moment_ms = random_below(random, UINT32_C(1) << random_between(random, 0, TIME_BITS));
    /* No two of them are the same bytes. */
    statement->issued_at_ms = PARTIES_TIME_MS - HOUR_MS + number;
    statement->valid_until_ms = PARTIES_TIME_MS + HOUR_MS;
    if (percent(random, 8))
        statement->valid_until_ms = PARTIES_TIME_MS + moment_ms;
    else if (percent(random, 8))
        statement->issued_at_ms = PARTIES_TIME_MS + TX_AHEAD_MAX_MS + moment_ms;
}

/* Mostly a new number; else one that the same key has used already. */
static uint32_t draw_number(const struct statements *statements, struct random *random,
                            uint32_t key, struct statement *statement)
{
    statement->lane = random_between(random, 1, 3);
    statement->number = statements->count + 1;
    if (statements->count == 0 || !percent(random, 10))
        return UINT32_MAX;
    const struct said *before = &statements->said[random_below(random, statements->count)];
    if (before->key != key)
        return UINT32_MAX;
    statement->lane = before->lane;
    statement->number = before->number;
    return before->first;
}

/* Devices and ranges, in order. */
static void draw_items(struct random *random, struct writer *writer, struct statement *statement)
{
    static const uint32_t spans[][2] = {{0, 2}, {0, 5}, {3, 5}, {6, 7}, {0, IMEI_SERIALS - 1}};
    uint32_t tac = FIRST_TAC + random_below(random, 2);
    struct item items[ITEMS];
    size_t count = 0;
    uint32_t serial = random_below(random, 4);
    if (percent(random, 25)) {
        const uint32_t *span = spans[random_below(random, 5)];
        items[count++] = (struct item){imei_of(tac, span[0]), imei_of(tac, span[1])};
    }
    for (; count == 0 || (count < ITEMS && !item_is_range(&items[0]) && percent(random, 40));
         serial += random_between(random, 1, 2))
        items[count++] = (struct item){imei_of(tac, serial), imei_of(tac, serial)};
    items_write(writer, items, count);
    statement->items = writer_view(writer);
    statement->item_count = count;
}

static void draw_tacs(struct random *random, struct writer *writer, struct statement *statement)
{
    struct tac_item items[2] = {{.tac = FIRST_TAC + random_below(random, 2)}};
    items[1].tac = items[0].tac + 1;
    for (size_t i = 0; i < 2; i++) {
        items[i].brand[0] = (char)('a' + random_below(random, 3));
        items[i].model[0] = (char)('1' + random_below(random, 2));
    }
    statement->item_count = random_between(random, 1, 2);
    tac_items_write(writer, items, statement->item_count);
    statement->items = writer_view(writer);
}

/* One that comes by vote, with its first key; or one of the genesis that is no regulator, with more
 * roles, fewer, or none. */
static void draw_organisation(struct random *random, struct statement *statement)
{
    static const unsigned roles[] = {0, ROLE_OPERATOR, ROLE_OPERATOR | ROLE_PARTICIPANT};
    uint32_t party = random_below(random, PARTIES);
    if ((parties[party].roles & ROLE_REGULATOR) != 0)
        party = PARTIES_FOUNDED + random_below(random, PARTIES - PARTIES_FOUNDED);
    statement->organisation = party_name(parties[party].name);
    statement->organisation_country = party_country(parties[party].country);
    statement->roles =
        party < PARTIES_FOUNDED ? roles[random_below(random, 3)] : parties[party].roles;
    statement->has_key = party >= PARTIES_FOUNDED && percent(random, 80);
    if (statement->has_key)
        statement->key = party_public(party + 1 + PARTY_KEYS - PARTIES);
}

/* Mostly a proposal's. */
static struct hash draw_proposal(const struct statements *statements, struct random *random)
{
    struct hash proposal = parties_network();
    for (uint32_t tries = 0; statements->count > 0 && tries < 64; tries++) {
        const struct said *said = &statements->said[random_below(random, statements->count)];
        if (said->operation == OP_ORGANISATION)
            proposal = said->id;
    }
    return proposal;
}

/* Another key of the same organisation. Those of the genesis are never revoked: story.c. */
static void draw_key_of(struct random *random, uint32_t key, struct statement *statement)
{
    uint32_t steps = random_between(random, statement->operation == OP_KEY_REVOKE,
                                    (PARTY_KEYS - PARTIES) / PARTIES_FOUNDED);
    uint32_t other = 1 + party_of_key(key) % PARTIES_FOUNDED + steps * PARTIES_FOUNDED;
    statement->has_key = true;
    statement->key = party_public(other);
}

static void draw_content(const struct statements *statements, struct random *random,
                         struct writer *writer, uint32_t key, struct statement *statement)
{
    switch (operation_row(statement->operation)->form) {
    case FORM_RAISE: draw_items(random, writer, statement); break;
    case FORM_LIFT:
        draw_items(random, writer, statement);
        statement->has_claimant = percent(random, 15);
        if (statement->has_claimant)
            statement->claimant = party_name(parties[random_below(random, PARTIES)].name);
        break;
    case FORM_TACS: draw_tacs(random, writer, statement); break;
    case FORM_KEY: draw_key_of(random, key, statement); break;
    case FORM_ORGANISATION: draw_organisation(random, statement); break;
    case FORM_BALLOT: statement->proposal = draw_proposal(statements, random); break;
    case FORM_NODE: break; /* statements_about_node(): these need the world's ids */
    case FORM_NODE_ID: statement->node = random_between(random, 1, 12); break;
    }
}

static void draw_statement(struct statements *statements, struct random *random)
{
    uint8_t items[256];
    struct writer writer = writer_over(items, sizeof items);
    uint32_t key = draw_key(random);
    enum operation operation = draw_operation(random, parties[party_of_key(key)].roles);
    if (operation == OP_KEY_REVOKE)
        key = 1 + party_of_key(key) % PARTIES_FOUNDED;
    struct statement statement = {.network = parties_network(),
                                  .operation = operation,
                                  .country = party_country(parties[party_of_key(key)].country),
                                  .reason = reason_for(operation_row(operation))};
    draw_times(random, &statement, statements->count);
    uint32_t first = draw_number(statements, random, key, &statement);
    draw_content(statements, random, &writer, key, &statement);
    invariant(writer_ok(&writer));
    if (percent(random, 2))
        statement.country = party_country("ZZ");
    if (percent(random, 2))
        statement.network.bytes[0] ^= 1;
    sign(statements, key, &statement, first);
}

void statements_reset(struct statements *statements, uint64_t seed)
{
    uint64_t group = seed / STATEMENTS_GROUP;
    if (!statements->is_drawn || statements->group != group) {
        struct random random = {.state = random_mix(group + 1)};
        statements->group = group;
        statements->is_drawn = true;
        statements->count = 0;
        statements->used = 0;
        while (statements->count < STATEMENTS_POOL)
            draw_statement(statements, &random);
    }
    const struct said *last = &statements->said[STATEMENTS_POOL - 1];
    statements->used = (size_t)(last->encoded.data + last->encoded.size - statements->arena);
    statements->count = STATEMENTS_POOL;
    statements->next = (uint32_t)(random_mix(seed) % STATEMENTS_POOL);
    statements->recent_count = 0;
}

bool statements_about_node(struct statements *statements, enum operation operation, uint32_t node,
                           uint32_t *number)
{
    if (statements->count == STATEMENTS_MAX)
        return false;
    struct statement statement = {
        .network = parties_network(),
        .lane = 4,
        .number = statements->count,
        .issued_at_ms = PARTIES_TIME_MS,
        .valid_until_ms = PARTIES_TIME_MS + HOUR_MS,
        .operation = operation,
        .country = party_country(parties[0].country),
        .node = node,
    };
    if (operation == OP_NODE_ADD) {
        statement.has_key = true;
        statement.key = party_public(party_node_key(node));
        statement.node_name = party_node_name(node);
        statement.organisation = party_name(parties[0].name);
        party_node_address(node, statement.node_address);
    }
    *number = sign(statements, 1, &statement, UINT32_MAX);
    return true;
}

/* ---- sending ---- */

static uint32_t next_number(struct statements *statements, struct random *random)
{
    if (statements->recent_count > 0 && percent(random, 20)) {
        uint32_t most = statements->recent_count < RECENT ? statements->recent_count : RECENT;
        return statements->recent[random_below(random, most)];
    }
    if (percent(random, 5))
        return random_below(random, statements->count);
    uint32_t number = statements->next++;
    statements->next %= STATEMENTS_POOL;
    statements->recent[statements->recent_count++ % RECENT] = number;
    return number;
}

bool statements_are_sent(const struct statements *statements)
{
    return statements->recent_count >= STATEMENTS_POOL;
}

struct entry statements_next(struct statements *statements, struct random *random)
{
    struct entry entry = {.statement = next_number(statements, random)};
    if (percent(random, 2))
        entry.kind = ENTRY_FORGED;
    else if (percent(random, 2))
        entry.kind = ENTRY_TRUNCATED;
    return entry;
}
