#include "json/answer.h"

#include "proto/hex.h"
#include "json/text.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    PERSON_TEXT_MAX = 4096,
    HEX_TEXT_MAX = 2 * PUBLIC_KEY_SIZE + 1,
    ITEM_TEXT_SIZE = 2 * IMEI_TEXT_SIZE + 2
};

json_t *answer_text(const char *text)
{
    char clean[PERSON_TEXT_MAX + 1];
    text_clean(text, strlen(text), clean, PERSON_TEXT_MAX);
    return json_string(clean);
}

/* As it was given, so that whoever asked knows it again, where JSON can say it. */
static json_t *text_given(const char *text)
{
    return text_is_utf8(text, strlen(text)) ? json_string(text) : answer_text(text);
}

json_t *answer_hex(const void *data, size_t size)
{
    char text[HEX_TEXT_MAX];
    hex_encode(data, size, text);
    return json_string(text);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *reason_word(enum reason reason)
{
    const struct reason_row *row = reason_row((unsigned long)reason);
    return row == NULL ? json_null() : json_string(row->word);
}

static json_t *operation_word(enum operation operation)
{
    const struct operation_row *row = operation_row((unsigned long)operation);
    return row == NULL ? json_null() : json_string(row->word);
}

/* A text that may be empty, which is null then. */
static json_t *text_or_null(const char *text)
{
    return *text == '\0' ? json_null() : json_string(text);
}

json_t *answer_item(const struct item *item)
{
    char from[IMEI_TEXT_SIZE + 1];
    char to[IMEI_TEXT_SIZE + 1];
    char text[ITEM_TEXT_SIZE];
    imei_format(item->from, from);
    imei_format(item->to, to);
    snprintf(text, sizeof text, item_is_range(item) ? "%s-%s" : "%s", from, to);
    return json_string(text);
}

json_t *answer_roles(unsigned roles)
{
    json_t *array = json_array();
    for (unsigned role = 1; role <= ROLES_ALL; role <<= 1) {
        if ((roles & role) != 0)
            json_array_append_new(array, json_string(role_word(role)));
    }
    return array;
}

static void add_head(json_t *object, const char *height, const struct response_head *head)
{
    json_object_set_new(object, height, number(head->height));
    json_object_set_new(object, "age_ms",
                        head->age_ms == AGE_UNKNOWN ? json_null() : number(head->age_ms));
}

void answer_add_head(json_t *object, const struct response_head *head)
{
    add_head(object, "height", head);
}

void answer_add_as_of(json_t *object, const struct response_head *head)
{
    add_head(object, "as_of_height", head);
}

json_t *answer_tac(const struct tac_info *tac)
{
    char code[TAC_DIGITS + 1];
    tac_format(tac->tac, code);
    if (!tac->known)
        return json_pack("{s:s, s:b, s:n, s:n, s:n, s:n, s:n}", "code", code, "known", 0, "brand",
                         "model", "organisation", "time_ms", "height");
    return json_pack("{s:s, s:b, s:s, s:s, s:s, s:o, s:o}", "code", code, "known", 1, "brand",
                     tac->brand, "model", tac->model, "organisation", tac->organisation.text,
                     "time_ms", number(tac->time_ms), "height", number(tac->height));
}

static json_t *claim_value(const struct claim *claim)
{
    return json_pack("{s:s, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
                     claim_kind_word((unsigned long)claim->kind), "reason",
                     reason_word(claim->reason), "organisation", claim->organisation.text,
                     "country", claim->country.code, "time_ms", number(claim->time_ms),
                     "issued_at_ms", number(claim->issued_at_ms), "height", number(claim->height),
                     "position", number(claim->position), "transaction",
                     answer_hex(claim->id.bytes, HASH_SIZE), "on", answer_item(&claim->item));
}

void answer_add_fresh(json_t *object, const struct request *request)
{
    if (request->fresh_ms > 0)
        json_object_set_new(object, "fresh", json_true());
}

static json_t *step_value(const struct ground *step)
{
    const char *verdict = verdict_word(step->verdict);
    return json_pack("{s:s, s:s, s:s?, s:o, s:o, s:s?, s:o, s:o, s:o}", "rule",
                     rule_word(step->rule), "outcome", step_word(step->outcome), "verdict", verdict,
                     "line", step->line == 0 ? json_null() : number(step->line), "days",
                     step->days == 0 ? json_null() : number(step->days), "kind",
                     claim_kind_word((unsigned long)step->kind), "reason",
                     reason_word(step->reason), "organisation",
                     text_or_null(step->organisation.text), "country",
                     text_or_null(step->country.code));
}

static void add_grounds(json_t *object, const struct grounds *grounds)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < grounds->count; i++)
        json_array_append_new(steps, step_value(&grounds->steps[i]));
    json_object_set_new(object, "rule", json_string(rule_word(grounds->rule)));
    json_object_set_new(object, "rule_sentence", json_string(rule_sentence(grounds->rule)));
    json_object_set_new(object, "steps", steps);
    json_object_set_new(object, "more_steps", json_boolean(grounds->more));
}

json_t *answer_device(const struct check_answer *device)
{
    char text[IMEI_TEXT_SIZE + 1];
    imei_format(device->imei, text);
    json_t *claims = json_array();
    for (size_t i = 0; i < device->claim_count; i++)
        json_array_append_new(claims, claim_value(&device->claims[i]));
    json_t *value = json_pack("{s:s, s:b, s:o, s:s, s:o, s:b}", "imei", text, "valid", 1, "tac",
                              answer_tac(&device->tac), "status", verdict_word(device->verdict),
                              "claims", claims, "more_claims", device->more);
    if (device->has_grounds)
        add_grounds(value, &device->grounds);
    return value;
}

json_t *answer_invalid(const char *text, enum err err, int check_right)
{
    json_t *digit = check_right < 0 ? json_null() : json_integer(check_right);
    return json_pack("{s:o, s:b, s:n, s:s, s:[], s:b, s:n, s:n, s:s, s:s, s:o}", "imei",
                     text_given(text), "valid", 0, "tac", "status", "invalid", "claims",
                     "more_claims", 0, "height", "age_ms", "error", err_name(err), "sentence",
                     err_sentence(err), "check_digit", digit);
}

json_t *answer_history_row(const struct history_row *row)
{
    return json_pack("{s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "index",
                     number(row->index), "operation", operation_word(row->operation), "reason",
                     reason_word(row->reason), "organisation", row->organisation.text, "country",
                     row->country.code, "claimant", text_or_null(row->claimant.text), "time_ms",
                     number(row->time_ms), "issued_at_ms", number(row->issued_at_ms), "height",
                     number(row->height), "position", number(row->position), "transaction",
                     answer_hex(row->id.bytes, HASH_SIZE), "on", answer_item(&row->item));
}

static json_t *peer_value(const struct peer_status *peer)
{
    return json_pack("{s:o, s:s, s:b, s:o, s:o}", "id", number(peer->id), "name", peer->name.text,
                     "connected", peer->connected, "matched",
                     peer->matched == 0 ? json_null() : number(peer->matched), "differs_at",
                     peer->differs_at == 0 ? json_null() : number(peer->differs_at));
}

json_t *answer_status(const struct status *status)
{
    json_t *peers = json_array();
    for (size_t i = 0; i < status->peer_count; i++)
        json_array_append_new(peers, peer_value(&status->peers[i]));
    json_t *node = json_pack("{s:o, s:s, s:s, s:s, s:o, s:s, s:s, s:o}", "id", number(status->id),
                             "name", status->name.text, "organisation", status->organisation.text,
                             "country", status->country.code, "roles", answer_roles(status->roles),
                             "state", node_state_word(status->state), "version", status->version,
                             "uptime_ms", number(status->uptime_ms));
    json_t *network = json_pack("{s:s, s:o}", "name", status->network_name.text, "id",
                                answer_hex(status->network.bytes, HASH_SIZE));
    json_t *checkpoint = json_pack("{s:o, s:o}", "height", number(status->checkpoint_height),
                                   "state_root", answer_hex(status->state_root.bytes, HASH_SIZE));
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "network", network, "node",
        node, "leader", status->leader == 0 ? json_null() : number(status->leader), "term",
        number(status->term), "committed", number(status->committed), "last", number(status->last),
        "head", answer_hex(status->head.bytes, HASH_SIZE), "transactions",
        number(status->transactions), "root", answer_hex(status->root.bytes, HASH_SIZE),
        "checkpoint", checkpoint, "pending", number(status->pending), "peers", peers);
}

static json_t *key_value(const struct public_key *key)
{
    struct key_id id = key_id_of(key);
    return json_pack("{s:o, s:o}", "id", answer_hex(id.bytes, KEY_ID_SIZE), "public_key",
                     answer_hex(key->bytes, PUBLIC_KEY_SIZE));
}

json_t *answer_organisation(const struct organisation_info *organisation)
{
    json_t *keys = json_array();
    for (size_t i = 0; i < organisation->key_count; i++) {
        uint64_t revoked = organisation->keys[i].revoked_height;
        json_t *key = key_value(&organisation->keys[i].key);
        json_object_set_new(key, "from_height", number(organisation->keys[i].from_height));
        json_object_set_new(key, "revoked_height", revoked == 0 ? json_null() : number(revoked));
        json_array_append_new(keys, key);
    }
    return json_pack("{s:o, s:s, s:s, s:o, s:o}", "number", number(organisation->number), "name",
                     organisation->name.text, "country", organisation->country.code, "roles",
                     answer_roles(organisation->roles), "keys", keys);
}

json_t *answer_node(const struct node_info *node)
{
    return json_pack("{s:o, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:s}", "id", number(node->id),
                     "name", node->name.text, "organisation", node->organisation.text, "country",
                     node->country.code, "address", node->address, "key", key_value(&node->key),
                     "wanted", wanted_word(node->wanted), "since_height",
                     number(node->since_height), "member", membership_word(node->member));
}

json_t *answer_tx(const struct tx_answer *answer)
{
    bool has_place = answer->height > 0;
    json_t *object =
        json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "transaction",
                  answer_hex(answer->id.bytes, HASH_SIZE), "state", tx_state_word(answer->state),
                  "height", has_place ? number(answer->height) : json_null(), "position",
                  has_place ? number(answer->position) : json_null(), "index",
                  has_place ? number(answer->index) : json_null(), "time_ms",
                  has_place ? number(answer->time_ms) : json_null(), "changed",
                  answer->state == TX_COMMITTED ? number(answer->changed) : json_null());
    if (answer->state == TX_REFUSED) {
        json_object_set_new(object, "error", json_string(err_name(answer->err)));
        json_object_set_new(object, "sentence", json_string(err_sentence(answer->err)));
    }
    return object;
}

static json_t *tac_items_value(struct bytes items)
{
    json_t *array = json_array();
    struct tac_item_walk walk = tac_item_walk(items);
    struct tac_item item;
    while (tac_item_walk_next(&walk, &item)) {
        char code[TAC_DIGITS + 1];
        tac_format(item.tac, code);
        json_array_append_new(array, json_pack("{s:s, s:s, s:s}", "tac", code, "brand", item.brand,
                                               "model", item.model));
    }
    return array;
}

static json_t *items_value(struct bytes items)
{
    json_t *array = json_array();
    struct item_walk walk = item_walk(items);
    struct item item;
    while (item_walk_next(&walk, &item))
        json_array_append_new(array, answer_item(&item));
    return array;
}

/* What only statements of some forms say. */
static void add_particulars(json_t *object, const struct statement *statement)
{
    switch (operation_row((unsigned long)statement->operation)->form) {
    case FORM_RAISE:
    case FORM_LIFT: json_object_set_new(object, "items", items_value(statement->items)); break;
    case FORM_TACS: json_object_set_new(object, "items", tac_items_value(statement->items)); break;
    case FORM_ORGANISATION:
        json_object_set_new(object, "organisation",
                            json_pack("{s:s, s:s, s:o}", "name", statement->organisation.text,
                                      "country", statement->organisation_country.code, "roles",
                                      answer_roles(statement->roles)));
        break;
    case FORM_BALLOT:
        json_object_set_new(object, "proposal", answer_hex(statement->proposal.bytes, HASH_SIZE));
        break;
    case FORM_NODE:
        json_object_set_new(object, "node", json_integer(statement->node));
        json_object_set_new(object, "member",
                            json_pack("{s:s, s:s, s:s}", "name", statement->node_name.text,
                                      "organisation", statement->organisation.text, "address",
                                      statement->node_address));
        break;
    case FORM_NODE_ID: json_object_set_new(object, "node", json_integer(statement->node)); break;
    case FORM_KEY: break;
    }
    if (statement->has_case)
        json_object_set_new(object, "case", answer_hex(statement->case_reference.bytes, HASH_SIZE));
    if (statement->has_claimant)
        json_object_set_new(object, "of", json_string(statement->claimant.text));
    if (statement->has_key)
        json_object_set_new(object, "key", key_value(&statement->key));
}

json_t *answer_statement(const struct transaction *transaction)
{
    const struct statement *statement = &transaction->statement;
    char lane[2 * sizeof statement->lane + 1];
    snprintf(lane, sizeof lane, "%016" PRIx64, statement->lane);
    json_t *object = json_pack(
        "{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "operation",
        operation_word(statement->operation), "reason", reason_word(statement->reason), "country",
        statement->country.code, "lane", lane, "number", number(statement->number), "issued_at_ms",
        number(statement->issued_at_ms), "valid_until_ms", number(statement->valid_until_ms),
        "signer", answer_hex(transaction->envelope.kid.bytes, KEY_ID_SIZE), "network",
        answer_hex(statement->network.bytes, HASH_SIZE));
    add_particulars(object, statement);
    return object;
}

enum err answer_add_statement(json_t *object, const struct tx_answer *answer)
{
    struct transaction transaction;
    if (answer->encoded.size == 0)
        return ERR_OK;
    enum err err = transaction_parse(answer->encoded, &transaction);
    if (err == ERR_OK && !hash_equal(&transaction.id, &answer->id))
        err = ERR_DAMAGED;
    if (err == ERR_OK)
        json_object_set_new(object, "statement", answer_statement(&transaction));
    return err;
}

static json_t *genesis_organisations(const struct genesis *genesis)
{
    json_t *array = json_array();
    for (size_t i = 0; i < genesis->organisation_count; i++) {
        const struct genesis_organisation *organisation = &genesis->organisations[i];
        json_t *keys = json_array();
        for (size_t k = 0; k < organisation->key_count; k++)
            json_array_append_new(keys, key_value(&organisation->keys[k]));
        json_array_append_new(array, json_pack("{s:o, s:s, s:s, s:o, s:o, s:b}", "number",
                                               number(i + 1), "name", organisation->name.text,
                                               "country", organisation->country.code, "roles",
                                               answer_roles(organisation->roles), "keys", keys,
                                               "ca", organisation->ca.size > 0));
    }
    return array;
}

json_t *answer_genesis(const struct genesis *genesis)
{
    json_t *nodes = json_array();
    for (size_t i = 0; i < genesis->node_count; i++) {
        const struct genesis_node *node = &genesis->nodes[i];
        json_array_append_new(nodes,
                              json_pack("{s:o, s:s, s:s, s:s, s:o}", "id", number(node->id), "name",
                                        node->name.text, "organisation",
                                        genesis->organisations[node->organisation].name.text,
                                        "address", node->address, "key", key_value(&node->key)));
    }
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "network",
                     answer_hex(genesis->network.bytes, HASH_SIZE), "name", genesis->name.text,
                     "time_ms", number(genesis->time_ms), "ballots", number(genesis->ballots),
                     "skew_max_ms", number(genesis->skew_max_ms), "organisations",
                     genesis_organisations(genesis), "nodes", nodes);
}
