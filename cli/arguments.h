/*
 * arguments.h: the options of all commands in one table, and the words of one command line.
 *
 * Help, manual, completion and parsing read the table; what a command takes is a bit set of it.
 */
#ifndef CLI_ARGUMENTS_H
#define CLI_ARGUMENTS_H

#include "conf/document.h"

/* X(name, word, what follows it or NULL, what completes it: see enum hint, help) */
#define OPTION_TABLE(X)                                                                            \
    X(NODE, "node", "ADDRESS", NONE,                                                               \
      "The node to ask, as an NNG address: tcp://HOST:PORT, tls+tcp://HOST:PORT with --ca, or "    \
      "ipc:///PATH. By default $IMEI_NODE, else tcp://127.0.0.1:7701.")                            \
    X(CA, "ca", "FILE", FILE,                                                                      \
      "The certificate, in PEM, that vouches for the node behind a tls+tcp address.")              \
    X(TIMEOUT, "timeout", "SECONDS", NONE,                                                         \
      "How long to wait for an answer: 1 to 3600, by default 10.")                                 \
    X(JSON, "json", NULL, NONE,                                                                    \
      "Print the answer as JSON with stable keys. A failure has the keys error, sentence and "     \
      "remedy.")                                                                                   \
    X(KEY, "key", "FILE", FILE, "The private key to sign with, a PEM file. By default $IMEI_KEY.") \
    X(PASSPHRASE_FILE, "passphrase-file", "FILE", FILE,                                            \
      "The file whose first line opens an encrypted key. Without it the terminal is asked.")       \
    X(WAIT, "wait", "WHAT", WAIT,                                                                  \
      "When to return: committed (the default: the statement counts) or none (the node has it).")  \
    X(OUT, "out", "FILE", FILE,                                                                    \
      "What to write: a file, or a directory of lists. It must not be there yet.")                 \
    X(NETWORK, "network", "HEX", NONE,                                                             \
      "The network id, 64 hexadecimal digits: signs without asking a node. With --country.")       \
    X(COUNTRY, "country", "CC", NONE, "A country, two upper-case letters of ISO 3166-1.")          \
    X(GENESIS, "genesis", "FILE", FILE,                                                            \
      "The genesis file, which names network and country: signs without asking a node.")           \
    X(FILE, "file", "FILE", FILE,                                                                  \
      "Read IMEIs from a file, plain or gzip; - is the standard input.")                           \
    X(FRESH, "fresh", NULL, NONE,                                                                  \
      "Miss nothing that was committed until now: the node asks the leader first.")                \
    X(EXPLAIN, "explain", NULL, NONE,                                                              \
      "Say how it was decided: each step that the node looked at.")                                \
    X(IMSI, "imsi", "DIGITS", NONE,                                                                \
      "The subscriber who uses the devices. It is compared with the node's pairs, and forgotten.") \
    X(REASON, "reason", "REASON", REASON,                                                          \
      "Why: a word or a code of the device registry (imei help reasons).")                         \
    X(CASE, "case", "TEXT", NONE,                                                                  \
      "Your reference of the case. Only its salted hash is sent; the salt is printed, keep it.")   \
    X(OF, "of", "ORGANISATION", NONE,                                                              \
      "Whose claim is lifted, for a regulator where several of its country hold one.")             \
    X(BRAND, "brand", "TEXT", NONE, "The brand of the model.")                                     \
    X(MODEL, "model", "TEXT", NONE, "The model's name.")                                           \
    X(OPERATION, "operation", "WORD", OPERATION,                                                   \
      "What to say of the devices: block (the default), unblock, watch, unwatch, duplicate, "      \
      "unduplicate, register or unregister.")                                                      \
    X(DRY_RUN, "dry-run", NULL, NONE, "Read and check everything, send nothing.")                  \
    X(BATCH, "batch", "N", NONE, "Rows of one statement at most: 1 to 100000.")                    \
    X(ERRORS, "errors", "FILE", FILE, "Write the bad rows here, with line and reason, as CSV.")    \
    X(STATE, "state", "FILE", FILE,                                                                \
      "Where an interrupted import is remembered, by default in ~/.local/state/imei.")             \
    X(ROLES, "roles", "ROLE,…", ROLES,                                                             \
      "What the organisation may do: regulator, operator, allocator, manufacturer, auditor, "      \
      "participant; none suspends it.")                                                            \
    X(ADD_KEY, "add-key", "FILE", FILE, "A key for the organisation: a PEM file, public half.")    \
    X(NAME, "name", "NAME", NONE, "The new node's name.")                                          \
    X(ORGANISATION, "organisation", "NAME", NONE,                                                  \
      "Whose node it is: imei org list shows the names.")                                          \
    X(ADDRESS, "address", "ADDRESS", NONE, "Where the other nodes call it: tls+tcp://HOST:PORT.")  \
    X(PUBLIC_KEY, "public-key", "FILE|HEX", FILE,                                                  \
      "The node's key: a PEM file, of which the public half is taken, or 66 hexadecimal digits.")  \
    X(ID, "id", "N", NONE, "The node's id, above that of every node before it.")                   \
    X(RAW, "raw", "FILE", FILE, "Write the signed bytes to a file, which must not be there yet.")  \
    X(ENCRYPT, "encrypt", NULL, NONE, "Protect the key with a passphrase.")                        \
    X(SCRATCH, "scratch", "DIR", FILE,                                                             \
      "Where the ledger is rebuilt, by default in $TMPDIR. It takes as much room as the state.")   \
    X(CONFIG, "config", "FILE", FILE,                                                              \
      "The node's configuration, which names its data and its policy. By default "                 \
      "/etc/imeid/imeid.yaml.")                                                                    \
    X(FULL, "full", NULL, NONE, "Whole lists, and not what has changed.")                          \
    X(SINCE, "since", "HEIGHT|DIR", FILE,                                                          \
      "Write what has changed since that height, or since the export in that directory.")          \
    X(FORM, "form", "FORM", NONE,                                                                  \
      "csv (the default: with date and reasons) or plain (an IMEI a line).")                       \
    X(DIGITS, "digits", "N", NONE, "Of an IMEI: 14 (the default), or 15 with the check digit.")    \
    X(EXPAND, "expand", "N", NONE,                                                                 \
      "Write ranges as the devices in them, N at most, in place of a file of ranges.")             \
    X(LIFT_REASON, "lift-reason", "REASON", REASON, "Why blocks are lifted: by default found.")    \
    X(ALLOW, "allow", "WHAT,…", NONE,                                                              \
      "What a list may do all the same: present (add what stands already), absent (remove what "   \
      "does not stand), both (add and remove one device; the last row counts).")                   \
    X(MAX_BAD, "max-bad", "PERCENT", NONE,                                                         \
      "Bad rows of a list, of all its rows, at most: by default 1.")                               \
    X(MAX_SIZE, "max-size", "PERCENT", NONE,                                                       \
      "How much longer or shorter a whole list may be than the last one: by default 25.")          \
    X(MAX_CHANGE, "max-change", "PERCENT", NONE,                                                   \
      "Blocks and lifts, of what your organisation has standing, at most: by default 10.")         \
    X(CHANGES, "changes", "FILE", FILE,                                                            \
      "Write what would change, or does, here, as CSV; the file must not be there yet.")           \
    X(PAIRINGS, "pairings", "FILE", FILE,                                                          \
      "Your pairs of device and subscriber: CSV, imei,imsi,msisdn. Those that this node honours "  \
      "and whose device is black are written as exceptions.")                                      \
    X(SIGNER, "signer", "FILE", FILE,                                                              \
      "The key that is to have signed: a PEM file, public half. By default the ledger is asked "   \
      "whose it is.")                                                                              \
    X(HELP, "help", NULL, NONE, "Print the help of the command.")

enum option_name {
#define X(name, word, argument, hint, help) OPTION_##name,
    OPTION_TABLE(X)
#undef X
        OPTION_COUNT
};

#define OPTION_BIT(name) (UINT64_C(1) << OPTION_##name)

/* What completion offers after an option. */
enum hint { HINT_NONE, HINT_FILE, HINT_WAIT, HINT_REASON, HINT_OPERATION, HINT_ROLES };

struct option_row {
    const char *word;
    const char *argument; /* NULL: the option stands alone */
    enum hint hint;
    const char *help;
};

extern const struct option_row option_rows[OPTION_COUNT];

/* What a command line may hold. */
struct grammar {
    uint64_t options; /* a bit set of enum option_name */
    size_t operands_min;
    size_t operands_max;
};

/* Views into the command line. */
struct arguments {
    const char *values[OPTION_COUNT]; /* NULL: not given; "" for one that stands alone */
    char *const *operands;
    size_t operand_count;
};

/* Reads `argv` (argv[0] is passed over, the order of the rest may change) by the grammar.
 * ERR_CONFIG with what is wrong and what to do; --help lifts the bounds of the operands. One
 * thread. */
enum err arguments_parse(const struct grammar *grammar, int argc, char **argv,
                         struct arguments *out, struct complaint *complaint) must_check;

static inline bool arguments_have(const struct arguments *arguments, enum option_name option)
{
    return arguments->values[option] != NULL;
}

#endif
