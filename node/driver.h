/*
 * driver.h: runs the Raft core: its events from the mail, its wishes to the disk, the links and the
 * apply thread, as consensus/raft.h demands of a driver.
 *
 * Belongs to the loop's thread. What cannot be gone on from (a failed write, a diverged log) goes
 * to `fail`, once; the driver does nothing more after that.
 */
#ifndef NODE_DRIVER_H
#define NODE_DRIVER_H

#include "consensus/links.h"
#include "node/applier.h"
#include "node/chain.h"
#include "node/mail.h"
#include "node/writer.h"
#include "proto/checkpoint.h"
#include "proto/client.h"
#include "proto/peer_pull.h"

struct driver;

struct driver_options {
    const struct genesis *genesis;
    uint32_t node;
    struct raft_timing timing;
    uint64_t seed;
    uint64_t applied;            /* height of the state */
    bool takes_state;            /* nothing is applied before driver_apply() */
    struct raft_members members; /* at that height: view_members() */
    struct disk *disk;
    struct links *links;
    struct writer_thread *writer;
    struct applier *applier;
    struct ledger *ledger; /* what its blocks would do is judged by */
    void (*fail)(void *context, enum err err, const char *what);
    /* The answer to driver_read(): everything that was committed when it was called is at `index`
     * or below; 0: this node does not lead any more. */
    void (*read)(void *context, uint64_t read, uint64_t index);
    void *context;
};

enum err driver_open(const struct driver_options *options, struct driver **out) must_check;
void driver_close(struct driver *driver); /* NULL is allowed */

/* Whether this node takes a state from others, instead of applying blocks; until driver_apply(). */
bool driver_takes_state(const struct driver *driver);
void driver_apply(struct driver *driver);

/* Time has passed; call it at driver_deadline_ms() at the latest. */
void driver_tick(struct driver *driver);
uint64_t driver_deadline_ms(const struct driver *driver);

/* A RAFT frame from that peer. */
void driver_receive(struct driver *driver, uint32_t from, struct bytes frame);
/* Committed blocks that this node has pulled from its peers, the first at most one above its own
 * commit index, and of which the current leader has said that it has the last one: to the core, as
 * the leader's APPEND. ERR_NO_LEADER, ERR_BUSY: not now; ERR_CLOCK, ERR_MEMORY; ERR_DIVERGED, after
 * `fail`; any other error: the blocks are not what the leader has. */
enum err driver_deliver(struct driver *driver, const struct peer_blocks *blocks) must_check;

/* The peer pulls blocks: it is not pushed any but the newest until then. */
void driver_withhold(struct driver *driver, uint32_t peer, uint64_t until_ms);

void driver_written(struct driver *driver, const struct mail_written *mail);
void driver_applied(struct driver *driver, uint64_t height);

/* Adds the entries of a proposed block. Whether another node waits for any of them: it is told at
 * once that the block is committed, and not with the one after it. */
typedef bool driver_fill(void *context, struct block_build *build);

/* True when this node leads and has applied its own no-op: a block of transactions may be proposed,
 * and every transaction that a former leader appended is in the state. */
bool driver_leads(const struct driver *driver);

/* The time that a block proposed now would carry: this node's wall clock, never less than the last
 * block's. */
uint64_t driver_block_time_ms(const struct driver *driver);

/* Proposes a block of transactions that `fill` builds; a block that stays empty is not proposed.
 * ERR_NOT_LEADER, ERR_BUSY, ERR_MEMORY; the block is no more then, also when it was filled. */
enum err driver_propose(struct driver *driver, driver_fill *fill, void *context) must_check;

/* Proposes these members. ERR_NOT_LEADER, ERR_BUSY, ERR_OUT_OF_RANGE as raft_step(), ERR_MEMORY. */
enum err driver_propose_members(struct driver *driver,
                                const struct raft_members *members) must_check;

/* Proposes a checkpoint block that says this. ERR_NOT_LEADER, ERR_BUSY, ERR_MEMORY. */
enum err driver_propose_checkpoint(struct driver *driver,
                                   const struct checkpoint *checkpoint) must_check;

/* Makes durable which data a peer has, in a write of its own, and returns that write's number. */
uint64_t driver_learn(struct driver *driver, const struct disk_peer *peer);
bool driver_has_written(const struct driver *driver, uint64_t write);

/* Asks the core for a read index, under a name of the caller's. ERR_OK: `read` is called with it,
 * once, perhaps before this returns. ERR_NOT_LEADER; ERR_BUSY before this leader's first block is
 * committed. */
enum err driver_read(struct driver *driver, uint64_t read) must_check;

/* What is applied was all that was committed at that monotonic time: an answer to driver_read(),
 * its own or of whoever leads, says so. This never goes back. */
void driver_knew_all(struct driver *driver, uint64_t at_ms);

/* `leader` has answered a read that was asked after this process began: so a quorum followed it
 * after that. From a later term's leader this node believes no word that it has lost something
 * (ERR_SET_BACK): all that it acknowledged in that term it knows. */
void driver_confirmed(struct driver *driver, uint32_t leader);

/* Asks another node to take the leadership over: true when this node has it and somebody is asked.
 */
bool driver_hand_over(struct driver *driver);

struct driver_status {
    enum node_state state;
    uint64_t term;
    uint32_t leader; /* 0: none is known */
    uint64_t committed;
    uint64_t known;   /* what the leader last said is committed */
    uint64_t durable; /* highest block on disk */
    uint64_t applied;
    struct chain_link tip;
    struct trail trail;
    uint64_t pushed; /* APPENDs of leaders that have reached this log so far */
    /* Monotonic time at which the applied height was last known to be all that was committed;
     * 0: never since the start. */
    uint64_t fresh_at_ms;
};

struct driver_status driver_status(const struct driver *driver);

/* Up to where blocks are committed, so that they never change, and on this disk. */
static inline uint64_t driver_settled(const struct driver_status *status)
{
    return status->committed < status->durable ? status->committed : status->durable;
}

/* As raft_matched(), raft_heard_ms(), raft_members() and raft_members_before(). */
uint64_t driver_matched(const struct driver *driver, uint32_t peer);
uint64_t driver_heard_ms(const struct driver *driver, uint32_t peer);
const struct raft_members *driver_members(const struct driver *driver);
const struct raft_members *driver_members_before(const struct driver *driver);

#endif
