/*
 * said.h: statements by the members of scene.h, and what the ledger must make of them: accepted, or
 * refused without a trace.
 */
#ifndef TESTS_LEDGER_SAID_H
#define TESTS_LEDGER_SAID_H

#include "ledger/state.h"
#include "tests/unit/ledger/scene.h"

#define TAC 35000000u

/* ---- what the ledger says ---- */

static inline void hash_table(struct state *state, struct table table, struct hasher *hasher)
{
    struct cursor cursor = cursor_open(&state->txn, table);
    struct bytes key;
    struct bytes value;
    bool more = cursor_first(&cursor, &key, &value);
    for (; more; more = cursor_next(&cursor, &key, &value)) {
        hasher_add(hasher, key.data, key.size);
        hasher_add(hasher, value.data, value.size);
    }
    cursor_close(&cursor);
}

/* Every row but the record of a transaction, where the ledger stands, and, unless
 * `with_numbers`, which ids and numbers are known. */
static inline struct hash fingerprint(struct ledger *ledger, bool with_numbers)
{
    struct state state;
    struct hasher hasher;
    hasher_begin(&hasher);
    assert_ok(state_begin(ledger, false, &state));
    const struct tables *tables = state.tables;
    const struct table said[] = {tables->organisations, tables->organisation_names,
                                 tables->keys,          tables->organisation_keys,
                                 tables->tacs,          tables->claims,
                                 tables->spans,         tables->events,
                                 tables->span_events,   tables->proposals,
                                 tables->ballots,       tables->nodes,
                                 tables->node_keys,     tables->authorities};
    static const char *const lists[] = {"wanted", "members"};
    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        hash_table(&state, said[i], &hasher);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct bytes list = {0};
        ck_assert(state_standing(&state, lists[i], &list));
        hasher_add(&hasher, list.data, list.size);
    }
    if (with_numbers) {
        hash_table(&state, tables->ids, &hasher);
        hash_table(&state, tables->numbers, &hasher);
    }
    assert_ok(state.txn.err);
    txn_abort(&state.txn);
    return hasher_end(&hasher);
}

static inline struct tx_answer told(struct scene *scene, const struct hash *id)
{
    struct tx_answer answer;
    assert_ok(view_transaction(scene->view, id, &answer));
    return answer;
}

/* ---- accepted and refused ---- */

static inline struct outcome accept(struct scene *scene, struct bytes encoded)
{
    struct hash id = id_of(encoded);
    struct outcome outcome = scene_submit(scene, encoded);
    assert_ok(outcome.err);
    struct tx_answer answer = told(scene, &id);
    ck_assert_int_eq(answer.state, TX_COMMITTED);
    ck_assert_uint_eq(answer.height, outcome.height);
    ck_assert_uint_eq(answer.position, outcome.position);
    ck_assert_uint_eq(answer.index, outcome.index);
    ck_assert_uint_eq(answer.changed, outcome.changed);
    return outcome;
}

/* Refused by a rule about what an authentic statement says: it has a place, and changed nothing. */
static inline void refuse(struct scene *scene, struct bytes encoded, enum err err)
{
    struct hash id = id_of(encoded);
    struct hash before = fingerprint(scene->ledger, false);
    struct outcome outcome = scene_submit(scene, encoded);
    struct hash after = fingerprint(scene->ledger, false);
    ck_assert_str_eq(err_name(outcome.err), err_name(err));
    ck_assert_uint_eq(outcome.changed, 0);
    ck_assert(hash_equal(&before, &after));
    struct tx_answer answer = told(scene, &id);
    ck_assert_int_eq(answer.state, TX_REFUSED);
    ck_assert_int_eq(answer.err, err);
    ck_assert_uint_eq(answer.height, outcome.height);
}

/* Refused before it is known who speaks: nothing at all is remembered. */
static inline void ignore(struct scene *scene, struct bytes encoded, enum err err)
{
    struct hash before = fingerprint(scene->ledger, true);
    struct outcome outcome = scene_apply(scene, encoded);
    struct hash after = fingerprint(scene->ledger, true);
    ck_assert_str_eq(err_name(outcome.err), err_name(err));
    ck_assert(hash_equal(&before, &after));
}

static inline struct bytes speak(struct scene *scene, size_t member, enum operation operation,
                                 uint32_t serial)
{
    struct item item = device_item(TAC, serial);
    return chain_speak(&scene->chain, member, operation, &item, 1);
}

static inline struct bytes speak_of_range(struct scene *scene, size_t member,
                                          enum operation operation, uint32_t from, uint32_t to)
{
    struct item item = range_item(TAC, from, to);
    return chain_speak(&scene->chain, member, operation, &item, 1);
}

static inline struct statement about(struct scene *scene, size_t member, enum operation operation,
                                     uint32_t serial)
{
    struct item item = device_item(TAC, serial);
    struct statement statement = chain_statement(&scene->chain, member, operation);
    chain_items(&scene->chain, &statement, &item, 1);
    return statement;
}

static inline struct bytes lift_of(struct scene *scene, size_t member, enum operation operation,
                                   uint32_t serial, const char *claimant)
{
    struct statement statement = about(scene, member, operation, serial);
    statement.has_claimant = true;
    statement.claimant = name_of(claimant);
    return chain_sign(&scene->chain, member, &statement);
}

static inline struct bytes key_statement(struct scene *scene, size_t member,
                                         enum operation operation, uint32_t key)
{
    struct statement statement = chain_statement(&scene->chain, member, operation);
    statement.has_key = true;
    statement.key = public_of(key);
    return chain_sign(&scene->chain, member, &statement);
}

static inline struct bytes propose(struct scene *scene, size_t member, const char *name,
                                   const char *country, unsigned roles, uint32_t key)
{
    struct statement statement = chain_statement(&scene->chain, member, OP_ORGANISATION);
    statement.organisation = name_of(name);
    statement.organisation_country = country_of(country);
    statement.roles = roles;
    statement.has_key = key != 0;
    if (statement.has_key)
        statement.key = public_of(key);
    return chain_sign(&scene->chain, member, &statement);
}

static inline struct bytes vote(struct scene *scene, size_t member, const struct hash *proposal)
{
    struct statement statement = chain_statement(&scene->chain, member, OP_BALLOT);
    statement.proposal = *proposal;
    return chain_sign(&scene->chain, member, &statement);
}

static inline struct statement node_statement(struct scene *scene, size_t member, uint32_t id,
                                              const char *name, const char *organisation)
{
    struct statement statement = chain_statement(&scene->chain, member, OP_NODE_ADD);
    struct genesis_node node = genesis_node_of(id, name);
    statement.node = id;
    statement.node_name = node.name;
    statement.organisation = name_of(organisation);
    statement.has_key = true;
    statement.key = node.key;
    memcpy(statement.node_address, node.address, sizeof(node.address));
    return statement;
}

static inline struct bytes add_node(struct scene *scene, size_t member, uint32_t id,
                                    const char *name, const char *organisation)
{
    struct statement statement = node_statement(scene, member, id, name, organisation);
    return chain_sign(&scene->chain, member, &statement);
}

/* OP_NODE_PROMOTE or OP_NODE_REMOVE. */
static inline struct bytes change_node(struct scene *scene, size_t member, enum operation operation,
                                       uint32_t id)
{
    struct statement statement = chain_statement(&scene->chain, member, operation);
    statement.node = id;
    return chain_sign(&scene->chain, member, &statement);
}

static inline size_t claims_on(struct scene *scene, uint32_t serial)
{
    static struct check_answer answer;
    assert_ok(view_device(scene->view, imei_of(TAC, serial), &answer));
    return answer.claim_count;
}

#endif
