#include "ledger/nodes.h"

#include "ledger/keys.h"
#include "ledger/organisations.h"

/* ---- rows ---- */

static bool node_get(struct state *state, uint32_t id, struct node *out)
{
    struct row key = node_id_pack(id);
    struct bytes value = {0};
    if (!txn_get(&state->txn, state->tables->nodes, row_view(&key), &value))
        return false;
    enum err err = node_unpack(id, value, out);
    state_fail(state, err);
    return err == ERR_OK;
}

static void node_put(struct state *state, const struct node *node)
{
    struct row key = node_id_pack(node->id);
    struct row row = node_pack(node);
    state_put(state, &state->tables->nodes, row_view(&key), row_view(&row));
}

/* Writes down whose key it is. */
static void node_index(struct state *state, const struct node *node)
{
    struct key_id key = key_id_of(&node->key);
    struct row id = node_id_pack(node->id);
    state_put(state, &state->tables->node_keys, bytes_of(key.bytes, KEY_ID_SIZE), row_view(&id));
}

/* A node that was not there before. */
static void node_new(struct state *state, const struct node *node)
{
    node_put(state, node);
    node_index(state, node);
}

bool node_from(struct state *state, uint32_t from, struct node *out)
{
    struct row least = node_id_pack(from);
    struct cursor cursor = cursor_open(&state->txn, state->tables->nodes);
    struct bytes key = {0};
    struct bytes value = {0};
    enum err err = ERR_NOT_FOUND;
    if (cursor_seek(&cursor, row_view(&least), &key, &value)) {
        uint32_t id = 0;
        err = node_id_unpack(key, &id);
        if (err == ERR_OK)
            err = node_unpack(id, value, out);
        state_fail(state, err);
    }
    cursor_close(&cursor);
    return err == ERR_OK;
}

void nodes_index(struct state *state)
{
    struct node node;
    for (uint32_t from = 1; from != 0 && node_from(state, from, &node); from = node.id + 1)
        node_index(state, &node);
}

/* The largest id so far: ids only grow, so it says of each whether it was ever given. */
static uint32_t last_id(struct state *state)
{
    struct cursor cursor = cursor_open(&state->txn, state->tables->nodes);
    struct bytes key = {0};
    uint32_t id = 0;
    if (cursor_last(&cursor, &key, NULL))
        state_fail(state, node_id_unpack(key, &id));
    cursor_close(&cursor);
    return id;
}

bool node_has_key(struct state *state, const struct key_id *id)
{
    return txn_get(&state->txn, state->tables->node_keys, bytes_of(id->bytes, KEY_ID_SIZE), NULL);
}

bool node_authority(struct state *state, uint16_t organisation, struct bytes *out)
{
    struct row number = number_pack(organisation);
    return txn_get(&state->txn, state->tables->authorities, row_view(&number), out);
}

/* ---- who is to be a member, and who is ---- */

#define WANTED  "wanted"  /* row of `standing`: who is to be a member */
#define MEMBERS "members" /* row of `standing`: who is */

static enum err list_get(struct state *state, const char *list, struct raft_members *out)
{
    struct bytes value = {0};
    out->count = 0;
    bool is_sound = state_standing(state, list, &value) && raft_members_parse(value, out) == ERR_OK;
    if (!is_sound)
        state_fail(state, ERR_DAMAGED);
    return state->txn.err;
}

static void list_put(struct state *state, const char *list, const struct raft_members *members)
{
    uint8_t value[RAFT_MEMBERS_SIZE_MAX];
    struct writer writer = writer_over(value, sizeof value);
    raft_members_write(&writer, members);
    state_set_standing(state, list, writer_view(&writer));
}

enum err nodes_wanted(struct state *state, struct raft_members *out)
{
    return list_get(state, WANTED, out);
}

enum err nodes_members(struct state *state, struct raft_members *out)
{
    return list_get(state, MEMBERS, out);
}

void nodes_found(struct state *state, const struct genesis *genesis)
{
    struct raft_members members = {0};
    for (size_t i = 0; i < genesis->node_count; i++) {
        const struct genesis_node *from = &genesis->nodes[i];
        struct node node = {.id = from->id,
                            .organisation = (uint16_t)(from->organisation + 1),
                            .was_voter = true,
                            .key = from->key,
                            .name = from->name};
        memcpy(node.address, from->address, sizeof node.address);
        node_new(state, &node);
        members.member[members.count++] = (struct raft_member){.id = from->id, .voter = true};
    }
    for (size_t i = 0; i < genesis->organisation_count; i++) {
        struct row number = number_pack((uint16_t)(i + 1));
        struct bytes ca = genesis->organisations[i].ca;
        if (ca.size > 0)
            state_put(state, &state->tables->authorities, row_view(&number), ca);
    }
    list_put(state, WANTED, &members);
    list_put(state, MEMBERS, &members);
}

/* ---- NODE_ADD ---- */

static bool name_is_taken(struct state *state, const struct raft_members *wanted,
                          const struct name *name)
{
    for (uint32_t i = 0; i < wanted->count; i++) {
        struct node node;
        if (!node_get(state, wanted->member[i].id, &node)) {
            state_fail(state, ERR_DAMAGED); /* who is wanted is there */
            return false;
        }
        if (strcmp(node.name.text, name->text) == 0)
            return true;
    }
    return false;
}

/* Whose node it is to be. */
static enum err check_owner(struct state *state, const struct name *name)
{
    struct organisation organisation;
    struct bytes authority;
    if (!organisation_named(state, name, &organisation))
        return ERR_UNKNOWN_ORGANISATION;
    if (organisation.roles == 0)
        return ERR_SUSPENDED;
    /* Its certificate would be nobody's: links.h knows a caller by its organisation's. */
    return node_authority(state, organisation.number, &authority) ? ERR_OK : ERR_MISSING_FIELD;
}

enum err nodes_check_add(struct state *state, const struct act *act)
{
    const struct statement *statement = act->statement;
    struct raft_members wanted;
    enum err err = nodes_wanted(state, &wanted);
    if (err == ERR_OK)
        err = check_owner(state, &statement->organisation);
    if (err != ERR_OK)
        return err;
    if (statement->node <= last_id(state))
        return ERR_NODE_ID;
    if (name_is_taken(state, &wanted, &statement->node_name))
        return ERR_NODE_NAME;
    if (wanted.count == MEMBERS_MAX)
        return ERR_FULL;
    return key_is_taken(state, &statement->key) ? ERR_KEY_STANDS : ERR_OK;
}

uint32_t nodes_add(struct state *state, const struct act *act)
{
    const struct statement *statement = act->statement;
    struct organisation organisation = {0};
    struct raft_members wanted;
    if (nodes_wanted(state, &wanted) != ERR_OK ||
        !organisation_named(state, &statement->organisation, &organisation))
        return 0;
    struct node node = {.id = statement->node,
                        .organisation = organisation.number,
                        .since_height = act->height,
                        .key = statement->key,
                        .name = statement->node_name};
    memcpy(node.address, statement->node_address, sizeof node.address);
    node_new(state, &node);
    /* Its id is the largest: the list stays in order. */
    wanted.member[wanted.count++] = (struct raft_member){.id = node.id, .voter = false};
    list_put(state, WANTED, &wanted);
    return 1;
}

/* ---- NODE_PROMOTE and NODE_REMOVE ---- */

static uint32_t count_voters(const struct raft_members *members)
{
    uint32_t voters = 0;
    for (uint32_t i = 0; i < members->count; i++)
        voters += members->member[i].voter;
    return voters;
}

enum err nodes_check_change(struct state *state, const struct act *act)
{
    struct raft_members wanted;
    enum err err = nodes_wanted(state, &wanted);
    if (err != ERR_OK)
        return err;
    uint32_t position = raft_members_find(&wanted, act->statement->node);
    if (position == MEMBERS_MAX)
        return ERR_UNKNOWN_NODE;
    bool is_voter = wanted.member[position].voter;
    if (act->statement->operation == OP_NODE_PROMOTE)
        return is_voter ? ERR_NODE_VOTES : ERR_OK;
    return is_voter && count_voters(&wanted) == 1 ? ERR_LAST_VOTER : ERR_OK;
}

static void wanted_remove(struct raft_members *wanted, uint32_t position)
{
    wanted->count--;
    memmove(&wanted->member[position], &wanted->member[position + 1],
            (wanted->count - position) * sizeof wanted->member[0]);
}

uint32_t nodes_change(struct state *state, const struct act *act)
{
    struct node node;
    struct raft_members wanted;
    if (nodes_wanted(state, &wanted) != ERR_OK || !node_get(state, act->statement->node, &node))
        return 0;
    uint32_t position = raft_members_find(&wanted, node.id);
    node.since_height = act->height;
    if (act->statement->operation == OP_NODE_PROMOTE)
        node.was_voter = wanted.member[position].voter = true;
    else
        wanted_remove(&wanted, position);
    node_put(state, &node);
    list_put(state, WANTED, &wanted);
    return 1;
}

/* ---- a configuration block ---- */

/* Each was once wanted, and as a voter if it is one: it may be on its way out by now. */
static bool were_wanted(struct state *state, const struct raft_members *members)
{
    for (uint32_t i = 0; i < members->count; i++) {
        const struct raft_member *member = &members->member[i];
        struct node node;
        if (!node_get(state, member->id, &node) || (member->voter && !node.was_voter))
            return false;
    }
    return true;
}

enum err nodes_check_members(struct state *state, const struct raft_members *members)
{
    struct raft_members before;
    enum err err = nodes_members(state, &before);
    if (err != ERR_OK)
        return err;
    bool may_be = raft_members_adjacent(&before, members) && were_wanted(state, members);
    if (state->txn.err != ERR_OK)
        return state->txn.err;
    return may_be ? ERR_OK : ERR_MEMBERS;
}

enum err nodes_take_members(struct state *state, struct bytes entry)
{
    struct raft_members members;
    if (raft_members_parse(entry, &members) != ERR_OK)
        return ERR_MEMBERS;
    enum err err = nodes_check_members(state, &members);
    if (err != ERR_OK)
        return err;
    list_put(state, MEMBERS, &members);
    return state->txn.err;
}
