#include "cli/remedy.h"

#define OTHER_VERSION                                                                              \
    "The bytes were changed, or are of another version: compare imei version with imei status."
#define NEW_ORGANISATION                                                                           \
    ("A new organisation needs a key: --add-key. A node's organisation needs a certificate "       \
     "authority in the genesis file. Else: the bytes were changed, or are of another version.")
#define SEE_CLAIMS "imei check shows what stands; a range is lifted as it was raised, as a whole."
#define TRY_AGAIN  "Run the same command again in a moment."

static const char *const remedies[] = {
    [ERR_OK] = "",
    [ERR_TRUNCATED] = OTHER_VERSION,
    [ERR_TRAILING] = OTHER_VERSION,
    [ERR_TOO_LARGE] = "Send fewer items in one statement.",
    [ERR_NOT_CANONICAL] = OTHER_VERSION,
    [ERR_WRONG_TYPE] = OTHER_VERSION,
    [ERR_UNKNOWN_FIELD] = OTHER_VERSION,
    [ERR_MISSING_FIELD] = NEW_ORGANISATION,
    [ERR_OUT_OF_RANGE] = OTHER_VERSION,
    [ERR_BAD_TEXT] = OTHER_VERSION,
    [ERR_BAD_VERSION] = OTHER_VERSION,
    [ERR_BAD_HEX] = "Copy the digits again, all of them.",
    [ERR_IMEI_LENGTH] = "Dial *#06# on the device to read its IMEI.",
    [ERR_IMEI_DIGIT] = "Write the digits alone, or grouped as on a label: 35-693803-564380-9.",
    [ERR_IMEI_CHECK] = "Compare the digits with the device's: one of them is wrong.",
    [ERR_IMEI_SVN] = "Leave the last two digits out.",
    [ERR_BAD_SIGNATURE] = "Sign the statement again with the organisation's key.",
    [ERR_HIGH_S] = "Sign with the low-S form; imei tx submit sends either form.",
    [ERR_BAD_KEY] = "Make a secp256k1 key with imei key new.",
    [ERR_BAD_PASSPHRASE] = "Type the passphrase again, or name its file with --passphrase-file.",
    [ERR_BAD_KEY_FILE] = "Name a PEM file that imei key new or openssl wrote.",
    [ERR_BAD_ALGORITHM] = "Sign with ES256K, COSE algorithm -47.",
    [ERR_WRONG_KEY_KIND] = "Name the other half of the key.",
    [ERR_NO_PASSPHRASE] = "Name the passphrase's file with --passphrase-file.",
    [ERR_OTHER_NETWORK] = "Ask a node of the network that it was signed for, or sign it again.",
    [ERR_UNKNOWN_KEY] =
        "Sign with a key of your organisation (imei org list shows them), or have it added.",
    [ERR_REVOKED_KEY] = "imei org list shows which keys are in force: sign with one of them.",
    [ERR_ROLE] = "Ask an organisation that has the role; imei org list shows the roles.",
    [ERR_OTHER_COUNTRY] = "Sign with your organisation's own country, as imei org list shows it.",
    [ERR_REASON] = "Choose a reason that fits: imei help reasons lists them.",
    [ERR_EXPIRED] = "Sign the statement again.",
    [ERR_NOT_YET] = "Set this machine's clock, then sign the statement again.",
    [ERR_VALIDITY] = "Sign it for at most 14 days.",
    [ERR_NUMBER_TAKEN] = "Sign the statement again: it gets another lane.",
    [ERR_DUPLICATE] = "Nothing needs doing: imei tx show has its place.",
    [ERR_CLAIM_STANDS] = "Nothing needs doing: imei check shows the claim.",
    [ERR_CLAIM_ABSENT] = SEE_CLAIMS,
    [ERR_CLAIM_OF_OTHER] = "Ask that organisation to lift it: imei check shows whose it is.",
    [ERR_CLAIM_AMBIGUOUS] = "Name one with --of: imei check shows whose they are.",
    [ERR_UNKNOWN_ORGANISATION] = "imei org list shows the organisations' names.",
    [ERR_TAC_STANDS] = "Nothing needs doing: imei tac show has its brand and model.",
    [ERR_TAC_OF_OTHER] = "Ask that organisation to correct it: imei tac show says which.",
    [ERR_UNKNOWN_PROPOSAL] = "Compare the id; a proposal that has its votes is closed.",
    [ERR_BALLOT_CAST] = "Nothing needs doing: the vote counts.",
    [ERR_KEY_STANDS] = "Make a new key with imei key new; a key is used once and for ever.",
    [ERR_LAST_KEY] = "Add another key first: imei key add.",
    [ERR_FEW_REGULATORS] = "Let another organisation become a regulator first.",
    [ERR_FULL] = "Ask the network's regulators: a limit of the ledger is reached.",
    [ERR_NODE_ID] = "Run the command again, without --id: another node came in between.",
    [ERR_NODE_NAME] = "Take another name, or remove the node that has this one first.",
    [ERR_SUSPENDED] = "Let the regulators give it a role first: imei org propose.",
    [ERR_UNKNOWN_NODE] =
        "imei node list shows the nodes; one that was removed comes back as a new one alone.",
    [ERR_NODE_VOTES] = "Nothing needs doing: the node is to be a voter.",
    [ERR_LAST_VOTER] = "Promote another node first: imei node promote.",
    [ERR_BUSY] = TRY_AGAIN,
    [ERR_NO_LEADER] = "Wait until enough nodes are in touch again: imei status shows them.",
    [ERR_NOT_LEADER] = TRY_AGAIN,
    [ERR_TIMEOUT] = "Run the same command again, with a larger --timeout when it happens often.",
    [ERR_UNREACHABLE] = "Start imeid there, or name another node with --node or $IMEI_NODE.",
    [ERR_NOT_FOUND] = "Compare what you typed.",
    [ERR_SHUTTING_DOWN] = "Ask another node with --node, or wait until this one is up again.",
    [ERR_NO_STATE] =
        "Ask another node with --node, or wait: imei status shows how far this one is.",
    [ERR_CLOCK] = "Have the nodes' clocks set.",
    [ERR_TOO_MANY] = TRY_AGAIN,
    [ERR_BAD_JSON] = "Correct the JSON text; no key may be there twice.",
    [ERR_NOT_LOCAL] = "Run it on the machine of the node.",
    [ERR_SWITCHED_OFF] = "Its operator can switch it on: imeid --print-config says how.",
    [ERR_MEMORY] = "Free memory on this machine, then try again.",
    [ERR_IO] = "Look at the disk and at the system's log.",
    [ERR_DISK_FULL] = "Make room on the disk, then try again.",
    [ERR_READ_ONLY] = "Choose a place that you may write to.",
    [ERR_LOCKED] = "Stop the process that uses it first.",
    [ERR_FOREIGN_DATA] = "Compare the network ids: imei genesis show prints a file's.",
    [ERR_DAMAGED] = "Do not start a node on it: restore it from another node.",
    [ERR_BROKEN_CHAIN] = "Do not start a node on it: restore it from another node.",
    [ERR_DIVERGED] = "Do not start a node on it: restore it from another node, and report it.",
    [ERR_CONFIG] = "Correct the file.",
    [ERR_OLD_FORMAT] = "Use the tool of the version that wrote it.",
    [ERR_INTERNAL] = "Report it, with the command and the node's log.",
    [ERR_SET_BACK] = "Do not start a node on it: it comes back under a fresh id.",
    [ERR_MEMBERS] = "Do not start a node on it: the leader of that block is to be looked into.",
    [ERR_CHECKPOINT] = "Audit another node's data too: it shows which of the two is wrong.",
    [ERR_NETWORK] = "Write it as tcp://HOST:PORT, tls+tcp://HOST:PORT or ipc:///PATH.",
};

const char *remedy_of(enum err err)
{
    size_t number = (size_t)err;
    if (number >= sizeof remedies / sizeof remedies[0] || remedies[number] == NULL)
        return OTHER_VERSION;
    return remedies[number];
}

enum exit_code remedy_exit_code(enum err err)
{
    switch (err_kind(err)) {
    case ERR_KIND_INPUT:
    case ERR_KIND_REFUSED: return EXIT_REFUSED;
    case ERR_KIND_LIMIT: return EXIT_UNREACHABLE;
    case ERR_KIND_BROKEN: break;
    }
    return EXIT_INTERNAL;
}
