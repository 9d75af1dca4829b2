/*
 * intake.h: submissions on their way to a block.
 *
 * A client's transaction is looked up in the ledger first (the same one again is answered with its
 * first place), then verified on libuv's thread pool, then kept in a list of those that wait while
 * it goes where blocks are made: into this node's pool when it leads, else to the leader, again
 * after a change of leaders and every second, until the transaction is applied here, or refused, or
 * its client's time is over. The list is the node's promise to its client; the pool is the
 * leader's.
 *
 * The leader runs the ledger's rules early. It refuses at once what they refuse only when nothing
 * is under way that could change the answer; otherwise the block decides.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_INTAKE_H
#define NODE_INTAKE_H

#include "ledger/view.h"
#include "node/clerk.h"
#include "node/driver.h"
#include "node/verified.h"

#include <uv.h>

/* How long a transaction is carried to leaders when no client waits for it any more. */
#define INTAKE_CARRY_MS 30000

/* How long a client can wait at most, whatever it asked for: one that has gone would be waited for
 * until then. */
#define INTAKE_WAIT_MAX_MS 60000

struct intake;

struct intake_options {
    uv_loop_t *loop;
    struct ledger *ledger;
    struct driver *driver;
    struct links *links;
    struct verified *verified;
    uint64_t pool_bytes; /* bounds the pool, those that wait, and verifications, each */
    uint64_t block_wait_ms;
    void (*fail)(void *context, enum err err, const char *what);
    void *context;
};

enum err intake_open(const struct intake_options *options, struct intake **out) must_check;
/* Answers every client that waits with SHUTTING_DOWN, and takes nothing more. */
void intake_stop(struct intake *intake);
/* No verification is under way any more. */
bool intake_is_idle(const struct intake *intake);
/* Stopped and idle. NULL is allowed. */
void intake_close(struct intake *intake);

/* A client's transaction: the call is answered sooner or later. Holds `tx` if need be. */
void intake_submit(struct intake *intake, struct call *call, struct tx_ref *tx);
/* What a client asks of a transaction that is not in the ledger: pending or unknown. */
void intake_ask(struct intake *intake, struct call *call, const struct hash *id);

/* A SUBMIT or REFUSED frame of a peer. */
void intake_receive(struct intake *intake, uint32_t from, struct bytes frame);

/* Blocks were applied here. */
void intake_applied(struct intake *intake, const struct outcome *outcomes, size_t count);

/* After every batch of events: begins and ends to lead as the driver does, proposes what is due. */
void intake_propose(struct intake *intake);

/* Time has passed: expires, sends again. */
void intake_tick(struct intake *intake);
uint64_t intake_deadline_ms(const struct intake *intake);

uint32_t intake_waiting(const struct intake *intake);

/* How many of its clients' transactions became what, SUBMISSION_COUNT counts. */
const uint64_t *intake_submissions(const struct intake *intake);

#endif
