#include "cli/outline.h"

#include <string.h>

#define TAC_KEYS "code, known, brand, model, organisation, time_ms, height"
#define KEY_FILE "file, id, public_key, pem"
#define KEY_KEYS "id, public_key"
#define IMPORT_KEYS                                                                                \
    "rows, bad, twice, complete, to_send?, statements?, changed?, standing?, refused?, resumed?"
#define GENESIS_KEYS                                                                               \
    "network, name, time_ms, ballots, skew_max_ms, organisations [number, name, country, roles, "  \
    "keys [" KEY_KEYS "], ca], nodes [id, name, organisation, address, key {" KEY_KEYS "}]"
#define PLACE_KEYS "transaction, state, height, position, index, time_ms, changed"

#define NODE_KEYS                                                                                  \
    "id, name, organisation, country, address, key {" KEY_KEYS "}, wanted, since_height, member"

#define MANIFEST_KEYS                                                                              \
    "network, height, head, time_ms, policy, form, digits, expanded, delta, since, since_head, "

/* What every command prints that delivers a statement: the place, or the file of --out. */
static const char delivered[] = "transaction, state, height?, position?, index?, time_ms?, "
                                "changed?, file?, operation?, items?, "
                                "case_salt?, key_id?, node?";

struct outline {
    const char *words; /* of the command */
    const char *keys;
};

static const struct outline outlines[] = {
    {"check",
     "imei, valid, status, tac {" TAC_KEYS "}, claims [kind, reason, organisation, country, "
     "time_ms, issued_at_ms, height, position, transaction, on], more_claims, height, age_ms, "
     "fresh?, rule?, rule_sentence?, steps? [rule, outcome, verdict, line, days, kind, reason, "
     "organisation, country], more_steps?, error?, sentence?, check_digit?"},
    {"list export", MANIFEST_KEYS "files [name, rows, size, sha256]"},
    {"list import", "whole, rows, bad, twice, stood, kept, block, lift, resumed, complete, "
                    "statements?, blocked?, lifted?, refused?"},
    {"list verify", MANIFEST_KEYS "files [name, rows, size, sha256, problem], signed_by, sound"},
    {"pairs import", "pairs, file"},
    {"history", "imei, events [index, operation, reason, organisation, country, claimant, time_ms, "
                "issued_at_ms, height, position, transaction, on], height, age_ms, fresh?"},
    {"import", IMPORT_KEYS},
    {"tac import", IMPORT_KEYS},
    {"tac show", TAC_KEYS ", as_of_height, age_ms"},
    {"tx show", PLACE_KEYS
     ", error?, sentence?, statement? {operation, reason, country, lane, number, "
     "issued_at_ms, valid_until_ms, signer, network, items? [tac?, brand?, model?], "
     "organisation? {name, country, roles}, proposal?, node?, "
     "member? {name, organisation, address}, case?, of?, key? {" KEY_KEYS "}}, as_of_height, "
     "age_ms"},
    {"status", "network {name, id}, node {id, name, organisation, country, roles, state, version, "
               "uptime_ms}, leader, term, committed, last, head, transactions, root, "
               "checkpoint {height, state_root}, pending, "
               "peers [id, name, connected, matched, differs_at], height, age_ms"},
    {"org list", "organisations [number, name, country, roles, keys [" KEY_KEYS ", from_height, "
                 "revoked_height]], height, age_ms"},
    {"node list", "nodes [" NODE_KEYS "], height, age_ms"},
    {"sightings", "threshold, devices, suspected, forgotten, dropped, sightings [imei, "
                  "subscribers, or_more, last_seen], height, age_ms"},
    {"node replace", "old {" NODE_KEYS "}, new {" NODE_KEYS "}, height, age_ms"},
    {"key new", KEY_FILE},
    {"key show", KEY_FILE},
    {"genesis new", GENESIS_KEYS},
    {"genesis show", GENESIS_KEYS},
    {"audit", "result, network, blocks, checked, not_applied, height, head, transactions, root, "
              "problem_count, problems [height, problem]"},
    {"version", "version"},
};

const char *outline_of(const struct command *command)
{
    if ((command->grammar.options & OPTION_BIT(JSON)) == 0)
        return NULL;
    for (size_t i = 0; i < sizeof outlines / sizeof outlines[0]; i++) {
        if (strcmp(outlines[i].words, command->words) == 0)
            return outlines[i].keys;
    }
    return (command->grammar.options & OPTION_BIT(WAIT)) != 0 ? delivered : NULL;
}
