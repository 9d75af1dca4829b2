/*
 * chatter.h: statements by chance about few devices, ranges, TACs and organisations, so that they
 * meet often: raised, lifted, refused, said again.
 */
#ifndef TESTS_LEDGER_CHATTER_H
#define TESTS_LEDGER_CHATTER_H

#include "tests/unit/ledger/scene.h"

enum { CHATTER_TACS = 3, CHATTER_SERIALS = 6, CHATTER_SPANS = 7, CHATTER_TAC = 35000000 };

static const uint32_t chatter_spans[CHATTER_SPANS][2] = {
    {0, 1}, {0, 4}, {2, 3}, {1, 4}, {3, 500000}, {0, IMEI_SERIALS - 1}, {1, IMEI_SERIALS - 1}};

/* Serials at which anything can differ. */
static const uint32_t chatter_places[] = {
    0, 1, 2, 3, 4, 5, 6, 499999, 500000, 500001, IMEI_SERIALS - 2, IMEI_SERIALS - 1};
enum { CHATTER_PLACES = sizeof chatter_places / sizeof chatter_places[0] };

static inline uint32_t chatter_tac(uint64_t *seed)
{
    return CHATTER_TAC + (uint32_t)chance_below(seed, CHATTER_TACS);
}

static inline struct bytes chatter_claims(struct scene *scene, uint64_t *seed)
{
    static const enum operation operations[] = {
        OP_BLOCK,     OP_UNBLOCK,  OP_BLOCK,       OP_UNBLOCK,    OP_WATCH,     OP_UNWATCH,
        OP_DUPLICATE, OP_REGISTER, OP_UNDUPLICATE, OP_UNREGISTER, OP_DUPLICATE, OP_UNBLOCK};
    static const enum reason reasons[] = {REASON_STOLEN, REASON_FRAUD, REASON_COURT, REASON_FAULTY};
    enum operation operation = operations[chance_below(seed, 12)];
    size_t member = chance_below(seed, ALLOCATOR);
    uint32_t tac = chatter_tac(seed);
    struct item items[3];
    size_t count = 1;
    if (chance_below(seed, 3) == 0) {
        const uint32_t *span = chatter_spans[chance_below(seed, CHATTER_SPANS)];
        items[0] = range_item(tac, span[0], span[1]);
    } else {
        uint32_t serial = (uint32_t)chance_below(seed, CHATTER_SERIALS - 2);
        for (count = 0; count < 3; count++)
            items[count] = device_item(tac, serial + (uint32_t)count);
        count = 1 + chance_below(seed, 3);
    }
    struct statement statement = chain_statement(&scene->chain, member, operation);
    if (operation_row(operation)->form == FORM_RAISE && operation_row(operation)->needs_reason)
        statement.reason = reasons[chance_below(seed, 4)];
    chain_items(&scene->chain, &statement, items, count);
    return chain_sign(&scene->chain, member, &statement);
}

static inline struct bytes chatter_tacs(struct scene *scene, uint64_t *seed)
{
    struct tac_item item = {.tac = chatter_tac(seed)};
    snprintf(item.brand, sizeof item.brand, "brand-%u", (unsigned)chance_below(seed, 3));
    snprintf(item.model, sizeof item.model, "model");
    struct statement statement = chain_statement(&scene->chain, ALLOCATOR, OP_TAC_ALLOCATE);
    chain_tacs(&scene->chain, &statement, &item, 1);
    return chain_sign(&scene->chain, ALLOCATOR, &statement);
}

/* An operator gets another country, and with it another regulator. One ballot is enough. */
static inline struct bytes chatter_organisations(struct scene *scene, uint64_t *seed)
{
    static const size_t movers[] = {ALFA_TWO, BRAVO_ONE};
    struct statement statement = chain_statement(&scene->chain, ALFA_REGULATOR, OP_ORGANISATION);
    size_t mover = movers[chance_below(seed, 2)];
    statement.organisation = scene->chain.members[mover].name;
    statement.organisation_country = country_of(chance_below(seed, 2) == 0 ? "AA" : "BB");
    statement.roles = ROLE_OPERATOR | ROLE_MANUFACTURER | ROLE_PARTICIPANT;
    scene->chain.members[mover].country = statement.organisation_country;
    return chain_sign(&scene->chain, ALFA_REGULATOR, &statement);
}

/* A block of some statements. Live until the next one. */
static inline struct block chatter_block(struct scene *scene, uint64_t *seed)
{
    scene->chain.time_ms += chance_below(seed, 1000);
    block_begin(&scene->chain);
    for (size_t left = 1 + chance_below(seed, 8); left > 0; left--) {
        uint64_t what = chance_below(seed, 12);
        block_add(&scene->chain, what == 0   ? chatter_tacs(scene, seed)
                                 : what == 1 ? chatter_organisations(scene, seed)
                                             : chatter_claims(scene, seed));
    }
    return block_end(&scene->chain, BLOCK_TRANSACTIONS);
}

#endif
