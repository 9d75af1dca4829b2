/*
 * reads.h: clients' questions whose answer must miss nothing that was committed when they came
 * (linearizable reads, D 6.4).
 *
 * Such a question waits until a leader has said how far one must have applied, and until that is
 * applied here; then the server answers it from this node's state. The leader says so after a
 * quorum has answered a round of heartbeats that began after the question came: this node's core
 * when it leads, else the leader's, asked by READ_WANTED. Reads that come while a round is under
 * way share the next one, whoever's they are. A
 * follower asks for itself too, now and then: so it knows the age of its answers.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_READS_H
#define NODE_READS_H

#include "node/clerk.h"
#include "node/driver.h"

/* How long a client can wait at most, whatever it asked for. */
#define READS_WAIT_MAX_MS 60000

struct reads;

struct reads_options {
    struct driver *driver;
    struct links *links;
    uint64_t seed;      /* where the names of rounds begin: no two processes' may be alike */
    uint32_t resend_ms; /* how long after it was asked a leader is asked again */
    uint32_t age_ms;    /* how often this node asks for itself while it follows */
};

enum err reads_open(const struct reads_options *options, struct reads **out) must_check;
/* Answers everybody who waits with SHUTTING_DOWN, and takes nothing more. */
void reads_stop(struct reads *reads);
void reads_close(struct reads *reads); /* NULL is allowed */

/* A client's question: the call is answered or handed back to the server, sooner or later.
 * NO_LEADER or TIMEOUT when its time is over. */
void reads_ask(struct reads *reads, struct call *call);

/* A READ_WANTED or READ_INDEX frame of a peer. */
void reads_receive(struct reads *reads, uint32_t from, struct bytes frame);

/* The core's answer to driver_read(); index 0: it does not lead any more. */
void reads_index(struct reads *reads, uint64_t round, uint64_t index);

/* After every batch of events: begins rounds, lets go what is applied, expires. */
void reads_work(struct reads *reads);
uint64_t reads_deadline_ms(const struct reads *reads);

#endif
