/*
 * lies.h: what a hostile node can be told to do, and what it is doing.
 *
 * `imeid-hostile` is the node itself, linked with its own functions wrapped (`--wrap`): not one
 * line of it is in the product. The file that IMEI_LIE names holds one word of the table; it is
 * read again all the time, so that a lie begins and ends while the node runs.
 *
 * Threads: lies_read() and lies_told() on the loop's thread, lies_now() on any.
 */
#ifndef TESTS_HOSTILE_LIES_H
#define TESTS_HOSTILE_LIES_H

#include <stdbool.h>

/* X(name, word, the lie is told as a leader, what it does) */
#define LIES(X)                                                                                    \
    X(NONE, "none", false, "does what an honest node does")                                        \
    X(DIVERGE, "diverge", false, "sends everybody another last block of the same height and term") \
    X(HEAD, "head", false, "says to all that its newest block is another one")                     \
    X(RUIN, "ruin", true, "sends blocks whose bytes are not what their header says")               \
    X(TERM, "term", false, "speaks of the last term there can be")                                 \
    X(USURP, "usurp", false, "says that it leads a later term, and that much is committed")        \
    X(VOTES, "votes", false, "votes for whoever asks, as often as it is asked")                    \
    X(STORED, "stored", false, "acknowledges what it did not store, and has a longer log")         \
    X(REPLAY, "replay", false, "sends what it has sent before again and again")                    \
    X(FLOOD, "flood", false, "floods its peers with frames of all kinds, well-formed and not")     \
    X(SUPPLY, "supply", true, "gives other blocks, anchors, lists, chunks and read indexes")       \
    X(LOST, "lost", true, "says that its followers have acknowledged what they never had")         \
    X(ALTER, "alter", true, "changes the transactions that it puts into blocks")                   \
    X(DROP, "drop", true, "takes transactions and puts them into no block")                        \
    X(REFUSE, "refuse", true, "answers for every transaction that it is refused")                  \
    X(REORDER, "reorder", true, "puts the transactions of a block in the other order")             \
    X(EQUIVOCATE, "equivocate", true, "sends the last member other blocks than the rest")          \
    X(AHEAD, "ahead", true, "dates its blocks a day ahead")                                        \
    X(BEHIND, "behind", true, "dates its blocks a day back")                                       \
    X(MEMBERS, "members", true, "proposes a member that no statement added")                       \
    X(CHECKPOINT, "checkpoint", true, "proposes a checkpoint with another state root")

enum lie {
#define X(name, word, leads, text) LIE_##name,
    LIES(X)
#undef X
        LIE_COUNT
};

/* Reads the file again; says so in the node's log when the lie is another one. */
void lies_read(void);

enum lie lies_now(void);

bool lie_wants_to_lead(enum lie lie);

/* Whether the node leads: set on the loop's thread, read on any. */
void lies_set_leading(bool leads);
bool lies_is_leading(void);

/* The lie was told just now: the first time after lies_read() found it, the log says so. */
void lies_told(enum lie lie);

#endif
