/*
 * join.h: asking other nodes, as any client can, who the members are and which of them this node
 * is.
 *
 * The answers are nobody's word but theirs: what they say is good for finding the members, and
 * whatever comes from these is checked from the genesis on. Who lies keeps this node out, no more.
 *
 * Asking takes a thread of its own and at most about JOIN_ASK_MS for each address.
 */
#ifndef NODE_JOIN_H
#define NODE_JOIN_H

#include "node/config.h"
#include "proto/client.h"

/* How long one node may take for each of its answers. */
#define JOIN_ANSWER_MS 5000

/* And for all of them. */
#define JOIN_ASK_MS 30000

struct join_question {
    size_t address_count;
    char addresses[CONFIG_JOIN_MAX][CONFIG_TEXT_MAX]; /* of clients' sockets: tcp://, ipc:// */
    struct hash network;
    struct public_key key; /* this node's */
};

struct join_answer {
    enum err err;   /* of the last address that was tried */
    size_t address; /* which one */
    bool has_self;  /* the ledger has this node */
    struct node_info self;
    size_t count;
    struct node_info members[MEMBERS_MAX]; /* those that are members now, without this node */
};

/* Takes one page of nodes, from the id `first` on, into the answer, and sets the id that the next
 * one begins with, 0 at the end. ERR_TOO_MANY for more members than can be; ERR_OUT_OF_RANGE when
 * the ids do not ascend; the errors of reader.h. */
enum err join_read_page(struct reader *body, const struct public_key *key, uint32_t first,
                        struct join_answer *answer, uint32_t *next) must_check;

/* Asks one node after the other until one has answered. The errors of the connection (UNREACHABLE,
 * TIMEOUT), of the answers, ERR_OTHER_NETWORK, ERR_MEMORY. Blocks. */
void join_ask(const struct join_question *question, struct join_answer *answer);

/* The same beside this thread. */
struct asking;

enum err asking_start(const struct join_question *question, struct asking **out) must_check;
bool asking_is_done(const struct asking *asking);
/* The answer, once it is done; NULL before. Until asking_drop(). */
const struct join_answer *asking_answer(const struct asking *asking);
/* Done or not: what is under way ends by itself. NULL is allowed. */
void asking_drop(struct asking *asking);

#endif
