#include "cli/command.h"

#include <string.h>

/* What every command that asks a node takes, and every one that signs. */
#define ASKS    (OPTION_BIT(NODE) | OPTION_BIT(CA) | OPTION_BIT(TIMEOUT) | OPTION_BIT(JSON))
#define KEYED   (OPTION_BIT(KEY) | OPTION_BIT(PASSPHRASE_FILE))
#define OFFLINE (OPTION_BIT(OUT) | OPTION_BIT(NETWORK) | OPTION_BIT(COUNTRY) | OPTION_BIT(GENESIS))
#define SIGNS   (ASKS | KEYED | OPTION_BIT(WAIT) | OFFLINE)
#define CLAIMS  (SIGNS | OPTION_BIT(CASE))

enum { MANY = 100000 };

#define DEVICES "IMEI|FROM-TO|TAC:TAC…"

#define DEVICES_HELP                                                                               \
    "A device is named by its 14, 15 or 16 digits, also grouped as on a label "                    \
    "(35-693803-564380-9); a fifteenth digit must be the right check digit. FROM-TO is a range "   \
    "within one TAC, TAC:12345678 all devices of that TAC: such a "                                \
    "claim stands on the range as a whole."

#define SIGNED_HELP                                                                                \
    "\n\nThe statement is signed on this machine with --key and is valid for one day. With --out " \
    "it is written to a file instead of being sent, without asking any node; imei tx submit "      \
    "sends it later."

#define FRESH_HELP                                                                                 \
    "\n\nThe node answers from what it has applied, which may be a moment old: age says how old. " \
    "With --fresh it asks the leader first, and the answer misses nothing that was committed "     \
    "before the question, on whatever node; it takes a round trip more, and there is none "        \
    "without a majority of the nodes: the exit status is then 3."

static const struct command rows[] = {
    {"check",
     "IMEI…",
     {ASKS | OPTION_BIT(FILE) | OPTION_BIT(FRESH) | OPTION_BIT(EXPLAIN) | OPTION_BIT(IMSI), 0,
      MANY},
     "Say what the ledger knows of devices",
     "For each IMEI: whether its digits are valid, its TAC with brand and model, its status and "
     "all claims on it. The status is white, grey, black or unknown, as an EIR answers, or invalid "
     "when the digits are no IMEI. An IMEI has 14, 15 or 16 digits, also grouped as on a label "
     "(35-693803-564380-9). In place of an IMEI, - reads a list from the standard input, as "
     "--file does.\n\n"
     "The status is decided as for any network that asks this node: by the claims, under the "
     "policy of the node's operator. --explain shows each step of it, with the line of the policy "
     "that decided of a claim.\n\n"
     "The exit status is 1 when any device is black or invalid, so that a script can "
     "ask." FRESH_HELP,
     cmd_check},
    {"history",
     "IMEI",
     {ASKS | OPTION_BIT(FRESH), 1, 1},
     "List what was ever said of a device",
     "All statements that changed the device, the oldest first, also those whose claims were "
     "lifted since." FRESH_HELP,
     cmd_history},
    {"block",
     DEVICES,
     {CLAIMS | OPTION_BIT(REASON), 1, MANY},
     "Block devices",
     DEVICES_HELP " The reason is stolen unless --reason gives another." SIGNED_HELP,
     cmd_claim},
    {"unblock",
     DEVICES,
     {CLAIMS | OPTION_BIT(REASON) | OPTION_BIT(OF), 1, MANY},
     "Lift your organisation's block",
     DEVICES_HELP
     " The reason is found unless --reason gives another. A range is lifted as the "
     "range that was blocked. A regulator also lifts the blocks of its country's organisations, "
     "and says with --of whose when there are several." SIGNED_HELP,
     cmd_claim},
    {"watch",
     DEVICES,
     {CLAIMS | OPTION_BIT(REASON), 1, MANY},
     "Put devices under watch: a network lets them through and takes note",
     DEVICES_HELP " The reason is third-party unless --reason gives another." SIGNED_HELP,
     cmd_claim},
    {"unwatch",
     DEVICES,
     {CLAIMS | OPTION_BIT(REASON) | OPTION_BIT(OF), 1, MANY},
     "End a watch",
     DEVICES_HELP " The reason is found unless --reason gives another." SIGNED_HELP,
     cmd_claim},
    {"duplicate",
     DEVICES,
     {CLAIMS, 1, MANY},
     "State that several devices carry the same IMEI",
     DEVICES_HELP SIGNED_HELP,
     cmd_claim},
    {"unduplicate",
     DEVICES,
     {CLAIMS | OPTION_BIT(OF), 1, MANY},
     "Take that back",
     DEVICES_HELP SIGNED_HELP,
     cmd_claim},
    {"register",
     DEVICES,
     {CLAIMS, 1, MANY},
     "Register devices",
     DEVICES_HELP SIGNED_HELP,
     cmd_claim},
    {"unregister",
     DEVICES,
     {CLAIMS | OPTION_BIT(OF), 1, MANY},
     "Take devices off the register",
     DEVICES_HELP SIGNED_HELP,
     cmd_claim},
    {"import",
     "FILE",
     {ASKS | KEYED | OPTION_BIT(OPERATION) | OPTION_BIT(REASON) | OPTION_BIT(DRY_RUN) |
          OPTION_BIT(BATCH) | OPTION_BIT(ERRORS) | OPTION_BIT(STATE),
      1, 1},
     "Block, or state something else of, all devices of a list",
     "FILE is a list of IMEIs, plain or gzip: one a line, or CSV with a header that names a column "
     "imei and may name a column reason. - is the standard input.\n\n"
     "Rows that are no IMEI are reported with their line, and the good ones are imported; the exit "
     "status is then 1. A device that stands in the list twice, or has the claim already, counts "
     "once.\n\n"
     "An import that was interrupted goes on when the same command is run again: nothing is said "
     "twice.",
     cmd_import},
    {"list export",
     NULL,
     {OPTION_BIT(CONFIG) | OPTION_BIT(FULL) | OPTION_BIT(SINCE) | OPTION_BIT(OUT) | KEYED |
          OPTION_BIT(FORM) | OPTION_BIT(DIGITS) | OPTION_BIT(EXPAND) | OPTION_BIT(PAIRINGS) |
          OPTION_BIT(JSON),
      0, 0},
     "Write the lists of an EIR that takes files",
     "Reads the data of a node on this machine, while it runs, at one height, and writes the "
     "directory --out: black list, grey list and ranges, as the operator's policy has them, and a "
     "manifest with the height and the SHA-256 of each file, signed with --key.\n\n"
     "With --full it writes whole lists, with --since the net change since a height: what was "
     "blocked "
     "and unblocked in between is nothing at all. A delta since the directory of an earlier export "
     "is refused when it does not fit, as after a change of the policy.\n\n"
     "Run it as the user of the node. The directory appears whole or not at all.",
     cmd_list_export},
    {"list import",
     "FILE",
     {ASKS | KEYED | OPTION_BIT(FULL) | OPTION_BIT(REASON) | OPTION_BIT(LIFT_REASON) |
          OPTION_BIT(ALLOW) | OPTION_BIT(MAX_BAD) | OPTION_BIT(MAX_SIZE) | OPTION_BIT(MAX_CHANGE) |
          OPTION_BIT(DRY_RUN) | OPTION_BIT(BATCH) | OPTION_BIT(ERRORS) | OPTION_BIT(CHANGES),
      1, 1},
     "Block, and unblock, what a national list of stolen devices says",
     "FILE is CSV, plain or gzip, with the columns imei, reporting_date, status, and change_type "
     "(add, remove, update) when it says what has changed. A whole list has no change_type and "
     "takes --full: what is not in it any more is lifted. Only blocks of your organisation with "
     "the same --reason are looked at, and no ranges.\n\n"
     "Nothing is sent of a list that is not what it should be: another header, too many bad rows, "
     "rows against what stands (see --allow), a whole list of quite another length than the last "
     "one, or more changes than --max-change. Each limit has an option. A first list is held "
     "against nothing.\n\n"
     "With --dry-run nothing is sent. --changes names a file for what would change, or "
     "does, as imei,change_type. The exit status is 1 when bad rows were left out.\n\n"
     "An import that was interrupted goes on when the same command is run again.",
     cmd_list_import},
    {"pairs import",
     "FILE",
     {OPTION_BIT(CONFIG) | OPTION_BIT(JSON), 1, 1},
     "Set which subscribers may use which devices, whatever is claimed",
     "Beside the node, on its machine. FILE is CSV with the head line imei,imsi or "
     "imei,imsi,msisdn and a pair a line. It takes the place of all pairs that the node had. They "
     "are kept in its data directory as hashes under a key of the node's, never on the ledger; the "
     "file itself is of no more use, and better deleted.\n\n"
     "The node takes them when it reads its policy again: systemctl reload imeid.",
     cmd_pairs_import},
    {"list verify",
     "DIR",
     {ASKS | OPTION_BIT(SIGNER) | OPTION_BIT(GENESIS), 1, 1},
     "Check the lists that an export wrote",
     "The manifest's signature, and every file's size, rows and SHA-256. The key is that of "
     "--signer; without it, the one with the manifest's key id in --genesis, or in the ledger of "
     "--node. The exit status is 1 when anything is wrong, or a file is there that the manifest "
     "does not name.",
     cmd_list_verify},
    {"tac allocate",
     "TAC",
     {SIGNS | OPTION_BIT(BRAND) | OPTION_BIT(MODEL), 1, 1},
     "Allocate a TAC to a brand and model",
     "For organisations that allocate TACs. The same TAC again, with another brand or model, "
     "corrects it." SIGNED_HELP,
     cmd_tac_allocate},
    {"tac show",
     "TAC",
     {ASKS, 1, 1},
     "Show the brand and model of a TAC",
     "TAC is its eight digits. The exit status is 1 when it is not allocated.",
     cmd_tac_show},
    {"tac import",
     "FILE",
     {ASKS | KEYED | OPTION_BIT(DRY_RUN) | OPTION_BIT(BATCH) | OPTION_BIT(ERRORS) |
          OPTION_BIT(STATE),
      1, 1},
     "Allocate all TACs of a list",
     "FILE is plain or gzip, and either the Osmocom TAC database (CSV, tac,name,name,…) or GSMA's "
     "(TAC|Marketing Name|…): its header tells which. Bad rows are reported with their line, and "
     "the good ones are imported; the exit status is then 1.\n\n"
     "An import that was interrupted goes on when the same command is run again.",
     cmd_tac_import},
    {"tx show",
     "ID",
     {ASKS | OPTION_BIT(RAW), 1, 1},
     "Show a statement and what became of it",
     "ID is a transaction id, 64 hexadecimal digits. The exit status is 1 when the node knows no "
     "such statement. --raw writes the signed bytes, a COSE_Sign1 that any other program can "
     "verify.",
     cmd_tx_show},
    {"tx submit",
     "FILE",
     {ASKS | OPTION_BIT(WAIT), 1, 1},
     "Send a statement that was signed before",
     "FILE holds the signed bytes, from imei … --out or from any other program that signs with "
     "ES256K. Sent twice it counts once.",
     cmd_tx_submit},
    {"sightings",
     NULL,
     {ASKS, 0, 0},
     "List devices that are suspected to be several",
     "Devices that more subscribers used within 30 days than the node's threshold allows, where "
     "its "
     "configuration has a section sightings. The node tells it on its own machine alone, and never "
     "who the subscribers are. It counts them up to eight.",
     cmd_sightings},
    {"status",
     NULL,
     {ASKS, 0, 0},
     "Show how the node and its network are",
     "The exit status is 1 when the node knows no leader.",
     cmd_status},
    {"org list", NULL, {ASKS, 0, 0}, "List the organisations and their keys", "", cmd_org_list},
    {"org propose",
     "NAME",
     {ASKS | KEYED | OPTION_BIT(WAIT) | OPTION_BIT(OUT) | OPTION_BIT(GENESIS) |
          OPTION_BIT(COUNTRY) | OPTION_BIT(ROLES) | OPTION_BIT(ADD_KEY),
      1, 1},
     "Propose an organisation, or a change of one",
     "For regulators. --country and --roles say what the organisation shall be; it takes effect "
     "when enough regulators voted for it. The proposal counts as your own vote. The transaction "
     "id that is printed is the proposal's." SIGNED_HELP,
     cmd_org_propose},
    {"org vote",
     "PROPOSAL-ID",
     {SIGNS, 1, 1},
     "Vote for a proposal",
     "For regulators. PROPOSAL-ID is the transaction id of the proposal; imei tx show says what it "
     "proposes. A vote cannot be taken back." SIGNED_HELP,
     cmd_org_vote},
    {"node list",
     NULL,
     {ASKS, 0, 0},
     "List the nodes: what each is to be, and what it is",
     "All nodes that ever were. WANTED is what regulators have stated, since that height: voter, "
     "learner or removed; MEMBER is what the node is now: voter, learner or none. The network gets "
     "from one to the other by itself, step by step.",
     cmd_node_list},
    {"node add",
     "NAME",
     {SIGNS | OPTION_BIT(ORGANISATION) | OPTION_BIT(ADDRESS) | OPTION_BIT(PUBLIC_KEY) |
          OPTION_BIT(ID),
      1, 1},
     "Add a node to the network",
     "For regulators. The node takes part as a learner: it gets all blocks and does not vote, "
     "until imei node promote. Its organisation needs a certificate authority in the genesis file. "
     "A node's id is given once and for ever: the one after the last unless --id names "
     "another." SIGNED_HELP,
     cmd_node_add},
    {"node promote",
     "NAME|ID",
     {SIGNS, 1, 1},
     "Let a node vote",
     "For regulators. The node becomes a voter as soon as it has all blocks." SIGNED_HELP,
     cmd_node_promote},
    {"node remove",
     "NAME|ID",
     {SIGNS, 1, 1},
     "Remove a node from the network",
     "For regulators. The node stops when it learns of it. It never comes back under its id and "
     "key; its name is free again." SIGNED_HELP,
     cmd_node_remove},
    {"node replace",
     "NAME|ID",
     {ASKS | KEYED | OPTION_BIT(NAME) | OPTION_BIT(ORGANISATION) | OPTION_BIT(ADDRESS) |
          OPTION_BIT(PUBLIC_KEY),
      1, 1},
     "Put a new node in the place of one that is lost, or is to go",
     "For regulators. Adds the node that has --public-key, lets it vote, waits until it does, and "
     "removes the old one. Name, organisation and address are the old node's unless given. With "
     "the same name the old one goes first, and must not run any more.\n\n"
     "The statements are signed on this machine with --key. A replacement that was interrupted "
     "goes on when the same command is run again.",
     cmd_node_replace},
    {"key new",
     "FILE",
     {OPTION_BIT(ENCRYPT) | OPTION_BIT(PASSPHRASE_FILE) | OPTION_BIT(JSON), 1, 1},
     "Make a private key",
     "Writes a secp256k1 key in PEM (PKCS #8), readable by you alone, and prints its public half "
     "and its key id. An existing file is never overwritten. Keep a copy in a safe place: nobody "
     "can restore it.",
     cmd_key_new},
    {"key show",
     "FILE",
     {OPTION_BIT(PASSPHRASE_FILE) | OPTION_BIT(JSON), 1, 1},
     "Show a key's public half and its id",
     "FILE is a private or a public key. What is printed is itself a public key file.",
     cmd_key_show},
    {"key add",
     "FILE",
     {SIGNS, 1, 1},
     "Give your organisation one more key",
     "FILE is the new key, public or private; only the public half is sent. It is signed with "
     "--key, a key that your organisation has already." SIGNED_HELP,
     cmd_key_add},
    {"key revoke",
     "KEYID",
     {SIGNS, 1, 1},
     "Take a key of your organisation out of force",
     "KEYID is 32 hexadecimal digits, as imei key show and imei org list print them. Statements "
     "that stand in the ledger keep standing. The last key cannot be revoked: add another "
     "first." SIGNED_HELP,
     cmd_key_revoke},
    {"genesis new",
     "NETWORK.yaml",
     {OPTION_BIT(OUT) | OPTION_BIT(JSON), 1, 1},
     "Make the file that a network begins with",
     "Reads the network's name, organisations and nodes from a YAML file and writes the genesis "
     "file, whose SHA-256 is the network id. Everybody who takes part starts from the same "
     "file:\n\n"
     "    name: example\n"
     "    ballots: 1            # regulators' votes that a proposal needs\n"
     "    skew_max_ms: 60000    # how far a block may be ahead of a node's clock\n"
     "    organisations:\n"
     "      - name: regulator.example\n"
     "        country: NO\n"
     "        roles: [regulator]\n"
     "        keys: [regulator.pem]\n"
     "        ca: regulator-ca.pem\n"
     "    nodes:\n"
     "      - name: node1\n"
     "        organisation: regulator.example\n"
     "        address: tls+tcp://node1.example:7700\n"
     "        key: node1.pem\n\n"
     "Paths are relative to the YAML file. Of private keys only the public half is taken. A time "
     "can be set with time: 2025-01-01T00:00:00Z, so that the same file comes out again.",
     cmd_genesis_new},
    {"genesis show",
     "FILE",
     {OPTION_BIT(JSON), 1, 1},
     "Show what a genesis file says",
     "",
     cmd_genesis_show},
    {"audit",
     "DIR",
     {OPTION_BIT(JSON) | OPTION_BIT(SCRATCH), 1, 1},
     "Recompute everything in a stopped node's data directory",
     "Verifies every block's check sum, payload root and place in the chain, replays every "
     "statement with its signature and its rules into a scratch ledger, and compares all tables of "
     "the state with it. Nothing in DIR is changed; a read-only copy will do. The exit status is 1 "
     "when something is damaged.",
     cmd_audit},
    {"completion",
     "bash",
     {0, 1, 1},
     "Print the completion for a shell",
     "For bash: imei completion bash > /etc/bash_completion.d/imei",
     cmd_completion},
    {"help",
     "COMMAND",
     {0, 0, 2},
     "Print this help, or a command's; imei help reasons the reasons",
     "",
     cmd_help},
    {"manual", NULL, {0, 0, 0}, NULL, "", cmd_manual}, /* for the build: the source of the page */
    {"version", NULL, {OPTION_BIT(JSON), 0, 0}, "Print the version", "", cmd_version},
};

const struct command *command_rows(size_t *count)
{
    *count = sizeof rows / sizeof rows[0];
    return rows;
}

/* How many of the words the command's name takes; 0 when it is another one. */
static size_t match(const char *name, char *const *words, size_t count)
{
    size_t taken = 0;
    while (*name != '\0') {
        size_t size = strcspn(name, " ");
        if (taken == count || strlen(words[taken]) != size || memcmp(words[taken], name, size) != 0)
            return 0;
        taken++;
        name += size;
        name += strspn(name, " ");
    }
    return taken;
}

const struct command *command_find(char *const *words, size_t count, size_t *taken)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        *taken = match(rows[i].words, words, count);
        if (*taken > 0)
            return &rows[i];
    }
    return NULL;
}

bool command_is_group(const char *word)
{
    size_t size = strlen(word);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strncmp(rows[i].words, word, size) == 0 && rows[i].words[size] == ' ')
            return true;
    }
    return false;
}
