/*
 * err.h: every way in which something can fail, in one table.
 *
 * A function that can fail returns `enum err` and is marked `must_check`; ERR_OK is zero. The
 * number of a code is part of the ledger's formats (a rejected transaction is recorded with it, a
 * client is answered with it): a number is never reused and never changes meaning.
 *
 * The kind says what the caller does about it:
 *   INPUT   the caller's statement or request is wrong: answer it, change nothing
 *   REFUSED well formed, but a rule of the ledger forbids it: answer it, change nothing
 *   LIMIT   not now: a bound is reached or a peer is away; the same request may succeed later
 *   BROKEN  this node cannot be trusted to go on: stop, and say what the operator should do
 */
#ifndef PROTO_ERR_H
#define PROTO_ERR_H

#define must_check __attribute__((warn_unused_result))

/* X(name, number, kind, sentence) */
#define ERR_TABLE(X)                                                                               \
    X(OK, 0, INPUT, "done")                                                                        \
    /* bytes */                                                                                    \
    X(TRUNCATED, 1, INPUT, "the input ends before it is complete")                                 \
    X(TRAILING, 2, INPUT, "bytes follow the end of the input")                                     \
    X(TOO_LARGE, 3, INPUT, "larger than the limit")                                                \
    X(NOT_CANONICAL, 4, INPUT, "not in the one allowed encoding")                                  \
    X(WRONG_TYPE, 5, INPUT, "a value of another type is expected here")                            \
    X(UNKNOWN_FIELD, 6, INPUT, "a field that is not known here")                                   \
    X(MISSING_FIELD, 7, INPUT, "a required field is missing")                                      \
    X(OUT_OF_RANGE, 8, INPUT, "a value is outside its range")                                      \
    X(BAD_TEXT, 9, INPUT, "not printable UTF-8 text of the allowed length")                        \
    X(BAD_VERSION, 10, INPUT, "a version of the format that is not known here")                    \
    X(BAD_HEX, 11, INPUT, "not hexadecimal digits")                                                \
    /* IMEI, TS 23.003 clause 6 */                                                                 \
    X(IMEI_LENGTH, 16, INPUT, "an IMEI has 14, 15 or 16 digits")                                   \
    X(IMEI_DIGIT, 17, INPUT, "an IMEI has digits only")                                            \
    X(IMEI_CHECK, 18, INPUT, "the check digit of the IMEI is wrong")                               \
    X(IMEI_SVN, 19, INPUT, "software version 99 is reserved")                                      \
    /* signatures and keys */                                                                      \
    X(BAD_SIGNATURE, 24, INPUT, "the signature does not match the statement and the key")          \
    X(HIGH_S, 25, INPUT, "the signature is not in its low-S form")                                 \
    X(BAD_KEY, 26, INPUT, "not a valid secp256k1 key")                                             \
    X(BAD_PASSPHRASE, 27, INPUT, "the passphrase does not open the key file")                      \
    X(BAD_KEY_FILE, 28, INPUT, "not a key file in PEM format")                                     \
    X(BAD_ALGORITHM, 29, INPUT, "not ES256K (COSE algorithm -47)")                                 \
    X(WRONG_KEY_KIND, 30, INPUT, "a public key where a private one is needed, or the reverse")     \
    X(NO_PASSPHRASE, 31, INPUT, "the key file is encrypted and no passphrase was given")           \
    /* rules of the ledger */                                                                      \
    X(OTHER_NETWORK, 40, REFUSED, "signed for another network")                                    \
    X(UNKNOWN_KEY, 41, REFUSED, "the key is not known to the ledger")                              \
    X(REVOKED_KEY, 42, REFUSED, "the key is revoked")                                              \
    X(ROLE, 43, REFUSED, "the organisation's roles do not allow this operation")                   \
    X(OTHER_COUNTRY, 44, REFUSED, "the statement names another country than its organisation's")   \
    X(REASON, 45, REFUSED, "the reason does not fit the operation")                                \
    X(EXPIRED, 46, REFUSED, "the statement is no longer valid")                                    \
    X(NOT_YET, 47, REFUSED, "the statement was issued in the future")                              \
    X(VALIDITY, 48, REFUSED, "the statement's validity is empty or longer than allowed")           \
    X(NUMBER_TAKEN, 49, REFUSED, "another statement has this lane and number already")             \
    X(DUPLICATE, 50, REFUSED, "this statement stands in the ledger already")                       \
    X(CLAIM_STANDS, 51, REFUSED, "your organisation's claim stands already on every item")         \
    X(CLAIM_ABSENT, 52, REFUSED, "no such claim stands on any item")                               \
    X(CLAIM_OF_OTHER, 53, REFUSED,                                                                 \
      "the claim belongs to another organisation: only it, or a regulator of its country, lifts "  \
      "it")                                                                                        \
    X(CLAIM_AMBIGUOUS, 54, REFUSED,                                                                \
      "several organisations of your country hold such a claim: name the one to lift")             \
    X(UNKNOWN_ORGANISATION, 55, REFUSED, "the organisation is not known to the ledger")            \
    X(TAC_STANDS, 56, REFUSED, "every TAC is allocated so already")                                \
    X(TAC_OF_OTHER, 57, REFUSED, "the TAC was allocated by another organisation")                  \
    X(UNKNOWN_PROPOSAL, 58, REFUSED, "no open proposal has this transaction id")                   \
    X(BALLOT_CAST, 59, REFUSED, "your organisation has voted on this proposal already")            \
    X(KEY_STANDS, 60, REFUSED, "the key stands in the ledger already")                             \
    X(LAST_KEY, 61, REFUSED, "an organisation's last key cannot be revoked")                       \
    X(FULL, 62, REFUSED, "the ledger has no room for another one of these")                        \
    X(FEW_REGULATORS, 63, REFUSED, "fewer regulators would remain than a proposal needs votes")    \
    X(NODE_ID, 64, REFUSED, "a new node's id must be larger than every id before it")              \
    X(NODE_NAME, 65, REFUSED, "a member has this name already")                                    \
    X(SUSPENDED, 66, REFUSED, "the organisation is suspended")                                     \
    X(UNKNOWN_NODE, 67, REFUSED, "no member has this node id")                                     \
    X(NODE_VOTES, 68, REFUSED, "the node is a voter already")                                      \
    X(LAST_VOTER, 69, REFUSED, "the last voter cannot be removed")                                 \
    /* 70 said that members are fixed */                                                           \
    /* not now */                                                                                  \
    X(BUSY, 80, LIMIT, "too much is under way: try again")                                         \
    X(NO_LEADER, 81, LIMIT, "no leader is known: too few nodes are in touch with each other")      \
    X(NOT_LEADER, 82, LIMIT, "this node is not the leader")                                        \
    X(TIMEOUT, 83, LIMIT, "no answer in time")                                                     \
    X(UNREACHABLE, 84, LIMIT, "the node cannot be reached")                                        \
    X(NOT_FOUND, 85, INPUT, "not found")                                                           \
    X(SHUTTING_DOWN, 86, LIMIT, "the node is stopping")                                            \
    X(CLOCK, 87, LIMIT, "the block's time is too far ahead of this node's clock")                  \
    X(TOO_MANY, 88, LIMIT, "more than the limit allows at once")                                   \
    X(NO_STATE, 89, LIMIT, "this node still takes its state from others: ask another one")         \
    /* stop */                                                                                     \
    X(MEMORY, 100, BROKEN, "out of memory")                                                        \
    X(IO, 101, BROKEN, "reading or writing failed")                                                \
    X(DISK_FULL, 102, BROKEN, "the disk is full")                                                  \
    X(READ_ONLY, 103, BROKEN, "the directory cannot be written")                                   \
    X(LOCKED, 104, BROKEN, "another process uses this data directory")                             \
    X(FOREIGN_DATA, 105, BROKEN, "the data directory belongs to another network or node")          \
    X(DAMAGED, 106, BROKEN, "stored bytes are damaged")                                            \
    X(BROKEN_CHAIN, 107, BROKEN, "a block does not follow from the one before it")                 \
    X(DIVERGED, 108, BROKEN, "this node's state differs from the ledger's")                        \
    X(CONFIG, 109, BROKEN, "the configuration is wrong")                                           \
    X(OLD_FORMAT, 110, BROKEN, "the data directory was written by another version")                \
    X(INTERNAL, 111, BROKEN, "a rule of the program itself was broken")                            \
    X(NETWORK, 112, BROKEN, "the address cannot be used")                                          \
    X(MEMBERS, 113, BROKEN, "a configuration block has members that no honest leader proposes")    \
    X(SET_BACK, 114, BROKEN, "the log lacks what this node acknowledged: it is an older copy")     \
    X(CHECKPOINT, 115, BROKEN, "a checkpoint block says that this state should be another one")    \
    /* later ones of any kind */                                                                   \
    X(BAD_JSON, 116, INPUT, "not a JSON text as RFC 8259 has it, or too deep, or a key twice")     \
    X(NOT_LOCAL, 117, INPUT, "told on the node's own machine only")                                \
    X(SWITCHED_OFF, 118, INPUT, "switched off in the node's configuration")

enum err {
#define X(name, number, kind, sentence) ERR_##name = (number),
    ERR_TABLE(X)
#undef X
};

enum err_kind { ERR_KIND_INPUT, ERR_KIND_REFUSED, ERR_KIND_LIMIT, ERR_KIND_BROKEN };

/* "CLAIM_ABSENT": the stable name in logs, JSON and tests. Never NULL. */
const char *err_name(enum err err);

/* The sentence for a person, without a full stop. Never NULL. */
const char *err_sentence(enum err err);

enum err_kind err_kind(enum err err);

/* The code with that number, as it comes from the wire or from disk; ERR_INTERNAL when unknown. */
enum err err_from_number(unsigned long number);

#endif
