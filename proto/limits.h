/*
 * limits.h: every maximum of the formats, with its reason. Checked before memory is taken.
 *
 * Those marked (ledger) decide whether a transaction or a block is valid: they are part of the
 * formats, all nodes must agree on them, and changing one is a new format version.
 */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

/* (ledger) Bytes of one transaction: 100 000 IMEIs of three bytes and their TAC heads fit, and two
 * of them still fit in a block. */
#define TX_SIZE_MAX (448 * 1024)

/* (ledger) Items of one transaction: a day's file of a large country in ten signatures, and one
 * transaction never holds the apply thread for more than about 100 ms. */
#define TX_ITEMS_MAX 100000

/* (ledger) Transactions of one block. With one-IMEI transactions of about 200 bytes a block of this
 * count stays below BLOCK_SIZE_MAX, and the apply of a block below about 200 ms. */
#define BLOCK_TX_MAX 4096

/* (ledger) Bytes of one block with its header: one message, one LMDB value, one fsync. */
#define BLOCK_SIZE_MAX (1024 * 1024)

/* (ledger) How long a statement may be valid after it was issued: a queue that was cut off for a
 * week still delivers, and a captured statement does not live for ever. */
#define TX_VALIDITY_MAX_MS (UINT64_C(14) * 24 * 3600 * 1000)

/* (ledger) How far a statement's issue time may lie ahead of its block's time: office clocks. */
#define TX_AHEAD_MAX_MS (UINT64_C(10) * 60 * 1000)

/* (ledger) Last acceptable time, the year 9999: later numbers are mistakes of unit. */
#define TIME_MAX_MS UINT64_C(253402300799999)

/* (ledger) Names: organisation and node are short, lower case, safe in paths and log lines. */
#define NAME_SIZE_MAX 32

/* (ledger) Brand or model of a TAC in bytes of UTF-8. The longest of 25 175 real ones has 51. */
#define TAC_TEXT_SIZE_MAX 96

/* (ledger) Organisations: two bytes in every claim row. About 1 250 operators exist. */
#define ORGANISATIONS_MAX 65535

/* (ledger) Keys over the life of the ledger. */
#define KEYS_MAX 1000000

/* Organisations and nodes that a genesis file may name. */
#define GENESIS_ORGANISATIONS_MAX 256
#define GENESIS_NODES_MAX         16
#define GENESIS_SIZE_MAX          (1024 * 1024)

/* A node's address, for example tls+tcp://node.example.org:7700 */
#define ADDRESS_SIZE_MAX 255

/* A certificate in DER. */
#define CERTIFICATE_SIZE_MAX 8192

/* Members of the consensus group, voters and learners. */
#define MEMBERS_MAX 16

/* One message between nodes: a full block, or several small ones, and the head. */
#define PEER_MESSAGE_SIZE_MAX (2 * BLOCK_SIZE_MAX + 4096)

/* Blocks that one frame hands to a node that pulls them: as many as one APPEND to its core. */
#define PEER_BLOCKS_MAX 256

/* And their bytes, each with its size before it; one block always goes. */
#define PEER_BLOCKS_SIZE_MAX (2 * BLOCK_SIZE_MAX)

/* Entries of chunks in one page of a list, of 53 bytes each; and bytes of chunks in one frame. */
#define PEER_ENTRIES_MAX     8192
#define PEER_CHUNKS_SIZE_MAX (1024 * 1024)

/* One request of a client: a transaction and the head. */
#define REQUEST_SIZE_MAX (TX_SIZE_MAX + 4096)

/* One that brings no transaction: IMEIs of a check, nine bytes each, and the head. */
#define QUESTION_SIZE_MAX (16 * 1024)

/* One answer to a client. */
#define RESPONSE_SIZE_MAX (BLOCK_SIZE_MAX + 4096)

/* IMEIs in one check request; claims and history rows in one answer (more are paged). */
#define CHECK_IMEIS_MAX  1000
#define CHECK_CLAIMS_MAX 64
#define HISTORY_ROWS_MAX 256

/* Devices in one page of what an organisation claims, of nine bytes each, and claims that a node
 * looks at for it: some ten milliseconds, in which it answers nothing else. */
#define STANDING_ROWS_MAX   50000
#define STANDING_LOOKED_MAX 100000

/* Suspected devices in one page, of some twenty bytes each. */
#define SIGHTINGS_ROWS_MAX 1000

#endif
