#include "cli/ask.h"
#include "cli/command.h"
#include "cli/deliver.h"
#include "cli/key.h"
#include "cli/memory.h"
#include "cli/show.h"
#include "proto/cbor.h"
#include "proto/hex.h"
#include "json/answer.h"

#include <stdlib.h>

static const struct field columns[] = {
    {"NUMBER", "number", SHOW_AMOUNT},  {"NAME", "name", SHOW_PLAIN},
    {"COUNTRY", "country", SHOW_PLAIN}, {"ROLES", "roles", SHOW_PLAIN},
    {"KEYS", "key_ids", SHOW_PLAIN},
};

/* One page from `first` on; sets the number that the next one begins with, 0 at the end. */
static enum exit_code ask_page(struct tool *tool, uint32_t first, json_t *list, uint32_t *next,
                               struct response_head *head)
{
    struct request request = {.kind = REQUEST_ORGANISATIONS, .first = (uint16_t)first};
    struct answer answer;
    *next = 0;
    enum exit_code code = ask(tool, &request, &answer);
    if (code != EXIT_DONE)
        return code;
    *head = answer.head;
    size_t count = cbor_array(&answer.body);
    for (size_t i = 0; reader_ok(&answer.body) && i < count; i++) {
        struct organisation_info organisation;
        organisation_info_read(&answer.body, &organisation);
        if (reader_ok(&answer.body) && organisation.number < first)
            reader_fail(&answer.body, ERR_OUT_OF_RANGE);
        if (!reader_ok(&answer.body))
            break;
        json_array_append_new(list, answer_organisation(&organisation));
        *next = organisation.number == UINT16_MAX ? 0 : organisation.number + 1u;
    }
    return ask_done(tool, &answer);
}

/* The ids of the keys in force, for the table. */
static json_t *key_ids(const json_t *organisation)
{
    json_t *ids = json_array();
    size_t index;
    const json_t *key;
    json_array_foreach(json_object_get(organisation, "keys"), index, key)
    {
        if (json_is_null(json_object_get(key, "revoked_height")))
            json_array_append(ids, json_object_get(key, "id"));
    }
    return ids;
}

static enum exit_code show_list(struct tool *tool, json_t *list, const struct response_head *head)
{
    if (tool_has(tool, OPTION_JSON)) {
        json_t *value = json_pack("{s:O}", "organisations", list);
        answer_add_head(value, head);
        enum exit_code code = show_json(tool, value);
        json_decref(value);
        return code;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *organisation = json_array_get(list, i);
        json_object_set_new(organisation, "key_ids", key_ids(organisation));
    }
    return show_table(tool, columns, sizeof columns / sizeof columns[0], list, true);
}

enum exit_code cmd_org_list(struct tool *tool)
{
    json_t *list = json_array();
    struct response_head head;
    uint32_t next = 1;
    enum exit_code code = EXIT_DONE;
    while (code == EXIT_DONE && next > 0)
        code = ask_page(tool, next, list, &next, &head);
    if (code == EXIT_DONE)
        code = show_list(tool, list, &head);
    json_decref(list);
    return code;
}

/* "regulator,operator", or "none". */
static bool parse_roles(const char *text, unsigned *roles)
{
    *roles = 0;
    if (strcmp(text, "none") == 0)
        return true;
    for (;;) {
        size_t size = strcspn(text, ",");
        unsigned role = role_parse(text, size);
        if (role == 0 || (*roles & role) != 0)
            return false;
        *roles |= role;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

/* What the proposal says, from the command line. */
static enum exit_code take_proposal(struct tool *tool, struct statement *out)
{
    const char *name = tool->arguments.operands[0];
    const char *country = tool_value(tool, OPTION_COUNTRY);
    const char *roles = tool_value(tool, OPTION_ROLES);
    if (name_parse(name, strlen(name), &out->organisation) != ERR_OK)
        return tool_misused(tool, "Use lower-case letters, digits, - and ., at most 32.",
                            "'%s' is no organisation's name", name);
    if (country == NULL ||
        country_parse(country, strlen(country), &out->organisation_country) != ERR_OK)
        return tool_misused(tool, "Give --country with its two letters, as NO.",
                            "the organisation's country is missing, or not two capital letters");
    if (roles == NULL || !parse_roles(roles, &out->roles))
        return tool_misused(tool, "Give --roles, as operator,allocator or none.",
                            "the organisation's roles are missing or not known");
    out->has_key = tool_has(tool, OPTION_ADD_KEY);
    if (!out->has_key)
        return EXIT_DONE;
    return key_open_public(tool, tool_value(tool, OPTION_ADD_KEY), &out->key);
}

enum exit_code cmd_org_propose(struct tool *tool)
{
    struct statement proposal = {0};
    struct signer signer;
    enum exit_code code = take_proposal(tool, &proposal);
    if (code == EXIT_DONE)
        code = signer_open(tool, &signer);
    if (code != EXIT_DONE)
        return code;
    struct statement statement = signer_statement(&signer, OP_ORGANISATION);
    statement.organisation = proposal.organisation;
    statement.organisation_country = proposal.organisation_country;
    statement.roles = proposal.roles;
    statement.has_key = proposal.has_key;
    statement.key = proposal.key;
    code = deliver_statement(tool, &signer, &statement, NULL);
    signer_close(&signer);
    return code;
}

enum exit_code cmd_org_vote(struct tool *tool)
{
    const char *text = tool->arguments.operands[0];
    struct hash proposal;
    struct signer signer;
    if (hex_decode(text, strlen(text), proposal.bytes, HASH_SIZE) != ERR_OK)
        return tool_misused(tool, "It is the proposal's transaction id, 64 digits.",
                            "'%s' is no proposal's id", text);
    enum exit_code code = signer_open(tool, &signer);
    if (code != EXIT_DONE)
        return code;
    struct statement statement = signer_statement(&signer, OP_BALLOT);
    statement.proposal = proposal;
    code = deliver_statement(tool, &signer, &statement, NULL);
    signer_close(&signer);
    return code;
}
