#include "ledger/keys.h"

#include "ledger/nodes.h"

/* ---- rows ---- */

static struct bytes id_bytes(const struct key_id *id)
{
    return bytes_of(id->bytes, KEY_ID_SIZE);
}

bool key_get(struct state *state, const struct key_id *id, struct key_info *out)
{
    struct bytes value = {0};
    if (!txn_get(&state->txn, state->tables->keys, id_bytes(id), &value))
        return false;
    enum err err = key_unpack(value, out);
    state_fail(state, err);
    return err == ERR_OK;
}

static void key_put(struct state *state, const struct key_id *id, const struct key_info *key)
{
    struct row row = key_pack(key);
    state_put(state, &state->tables->keys, id_bytes(id), row_view(&row));
}

/* Writes down whose it is. */
static void key_index(struct state *state, const struct key_id *id, const struct key_info *key)
{
    struct row number = number_pack(key->organisation);
    state_add(state, &state->tables->organisation_keys, row_view(&number), id_bytes(id));
}

void key_give(struct state *state, uint16_t organisation, const struct public_key *key,
              uint64_t height)
{
    struct key_id id = key_id_of(key);
    struct key_info info = {.key = *key, .organisation = organisation, .from_height = height};
    key_put(state, &id, &info);
    key_index(state, &id, &info);
}

void keys_index(struct state *state)
{
    struct cursor cursor = cursor_open(&state->txn, state->tables->keys);
    struct bytes value = {0};
    bool more = cursor_first(&cursor, NULL, &value);
    for (; more; more = cursor_next(&cursor, NULL, &value)) {
        struct key_info info;
        enum err err = key_unpack(value, &info);
        state_fail(state, err);
        if (err != ERR_OK)
            break;
        struct key_id id = key_id_of(&info.key);
        key_index(state, &id, &info);
    }
    cursor_close(&cursor);
}

static void key_revoke(struct state *state, const struct public_key *key, uint64_t height)
{
    struct key_id id = key_id_of(key);
    struct key_info info;
    if (!key_get(state, &id, &info))
        return;
    info.revoked_height = height;
    key_put(state, &id, &info);
}

/* ---- the keys of one organisation ---- */

struct key_walk {
    struct state *state;
    struct cursor cursor;
    struct row number;
    bool is_begun;
};

static struct key_walk key_walk(struct state *state, uint16_t organisation)
{
    return (struct key_walk){.state = state,
                             .cursor = cursor_open(&state->txn, state->tables->organisation_keys),
                             .number = number_pack(organisation)};
}

static bool key_walk_step(struct key_walk *walk, struct bytes *id)
{
    static const struct key_id least;
    if (walk->is_begun)
        return cursor_next_value(&walk->cursor, id);
    walk->is_begun = true;
    return cursor_seek_value(&walk->cursor, row_view(&walk->number), id_bytes(&least), id);
}

static bool key_walk_next(struct key_walk *walk, struct key_info *out)
{
    struct bytes value = {0};
    if (!key_walk_step(walk, &value))
        return false;
    struct key_id id = {{0}};
    if (value.size == KEY_ID_SIZE)
        memcpy(id.bytes, value.data, KEY_ID_SIZE);
    if (key_get(walk->state, &id, out))
        return true;
    state_fail(walk->state, ERR_DAMAGED); /* what is listed is there */
    return false;
}

static bool has_one_in_force(struct state *state, uint16_t organisation)
{
    struct key_walk walk = key_walk(state, organisation);
    struct key_info key;
    size_t count = 0;
    while (count < 2 && key_walk_next(&walk, &key))
        count += key.revoked_height == 0;
    cursor_close(&walk.cursor);
    return count < 2;
}

/* ---- for an answer ---- */

/* In force before revoked, then the newest first. */
static bool is_told_before(const struct key_info *key, uint64_t from, uint64_t revoked)
{
    if ((key->revoked_height == 0) != (revoked == 0))
        return key->revoked_height == 0;
    if (key->revoked_height != revoked)
        return key->revoked_height > revoked;
    return key->from_height > from;
}

static void describe_one(struct organisation_info *out, const struct key_info *key)
{
    const size_t capacity = sizeof(out->keys) / sizeof(out->keys[0]);
    size_t at = out->key_count;
    while (at > 0 &&
           is_told_before(key, out->keys[at - 1].from_height, out->keys[at - 1].revoked_height))
        at--;
    if (at == capacity)
        return;
    if (out->key_count < capacity)
        out->key_count++;
    memmove(&out->keys[at + 1], &out->keys[at], (out->key_count - 1 - at) * sizeof(out->keys[0]));
    out->keys[at].key = key->key;
    out->keys[at].from_height = key->from_height;
    out->keys[at].revoked_height = key->revoked_height;
}

void keys_describe(struct state *state, uint16_t organisation, struct organisation_info *out)
{
    struct key_walk walk = key_walk(state, organisation);
    struct key_info key;
    out->key_count = 0;
    while (key_walk_next(&walk, &key))
        describe_one(out, &key);
    cursor_close(&walk.cursor);
}

/* ---- KEY_ADD and KEY_REVOKE ---- */

bool key_is_taken(struct state *state, const struct public_key *key)
{
    struct key_id id = key_id_of(key);
    return txn_get(&state->txn, state->tables->keys, id_bytes(&id), NULL) ||
           node_has_key(state, &id);
}

enum err key_check_new(struct state *state, const struct public_key *key)
{
    if (key_is_taken(state, key))
        return ERR_KEY_STANDS;
    return txn_count(&state->txn, state->tables->keys) < KEYS_MAX ? ERR_OK : ERR_FULL;
}

static enum err key_check_revoke(struct state *state, const struct act *act)
{
    struct key_id id = key_id_of(&act->statement->key);
    struct key_info key;
    if (!key_get(state, &id, &key) || key.organisation != act->signer.number)
        return ERR_UNKNOWN_KEY;
    if (key.revoked_height != 0)
        return ERR_REVOKED_KEY;
    return has_one_in_force(state, act->signer.number) ? ERR_LAST_KEY : ERR_OK;
}

enum err keys_check(struct state *state, const struct act *act)
{
    if (act->statement->operation == OP_KEY_ADD)
        return key_check_new(state, &act->statement->key);
    return key_check_revoke(state, act);
}

uint32_t keys_change(struct state *state, const struct act *act)
{
    if (act->statement->operation == OP_KEY_ADD)
        key_give(state, act->signer.number, &act->statement->key, act->height);
    else
        key_revoke(state, &act->statement->key, act->height);
    return 1;
}
