/*
 * checks.h: what must hold in every run, whatever happens. Nothing here asks the core whether it is
 * right: what it says in messages, writes and commit indexes is held against all disks of the
 * world.
 *
 *   terms    never go back; one vote a term, durable before it is told; one leader a term, elected
 *            by a durable quorum after a quorum of pre-votes; only for a log as good as the voter's
 *   log      a leader only appends; same index and term, same block and same path; what is
 *            acknowledged is durable and is the leader's; members change one at a time
 *   commit   a block of the leader's term, durable on a quorum of the members in force; what is
 *            committed once is in every later leader's log, never cut, the same on every node
 *   reads    never older than what was committed when they were asked for
 *   bounds   what is in flight, what is above the commit index, how long a leader leads unheard
 */
#ifndef TESTS_SIM_CHECKS_H
#define TESTS_SIM_CHECKS_H

#include "tests/sim/node.h"
#include "tests/sim/plan.h"

#define TERMS_MAX 4096

struct packet;

/* The entries under way from a leader to a follower, as the messages show them. */
struct stream {
    uint64_t term;
    uint64_t attempt; /* a new one gives up what was in flight */
    uint64_t sent;    /* the highest index */
    uint64_t offered; /* the highest index that may be acknowledged */
    uint64_t matched; /* and that was */
    uint32_t count;   /* messages that are not */
    struct {
        uint64_t before; /* the index before the first entry, and of the last */
        uint64_t last;
    } message[PLAN_WINDOW_MESSAGES_MAX + 1];
};

#define ROUNDS_KEPT 64

/* Of peers by id, not by slot: what a machine said counts when it is wiped and its slot is empty,
 * or another's. Two ids of one place are never both alive. */
#define IDS_KEPT 256

/* A round of heartbeats: the step of the world in which it began, and the leader's clock then. */
struct round {
    uint64_t number;
    uint64_t step;
    uint64_t at_ms;
};

struct rounds {
    uint64_t term;
    struct round round[ROUNDS_KEPT];
    struct round answered[IDS_KEPT]; /* the newest, by id */
};

struct pre_votes {
    uint64_t term; /* that was asked for last */
    bool from[IDS_KEPT];
};

/* When a node last heard of the leader of its term, by its own clock. */
struct reign {
    uint64_t term;
    uint64_t heard_ms;
};

struct checks {
    uint64_t term_max;
    uint32_t leader[TERMS_MAX];         /* id by term */
    uint32_t head[TERMS_MAX];           /* the leader's last block in that term */
    uint32_t vote[TERMS_MAX][IDS_KEPT]; /* durable votes */
    uint64_t committed_last;
    uint32_t committed[LOG_MAX + 1];    /* blocks by index */
    uint64_t committed_in[LOG_MAX + 1]; /* the term in which that was known first */
    struct pre_votes pre_votes[NODES_MAX];
    struct stream stream[NODES_MAX][NODES_MAX];
    struct reign reign[NODES_MAX];
    struct rounds rounds[NODES_MAX];
    uint64_t heard_us[NODES_MAX][IDS_KEPT]; /* when the slot last heard the id */
    uint64_t quorum_since_us[NODES_MAX];    /* a leader's: elected, or its members changed */
};

void checks_reset(struct checks *checks);
/* A slot is taken by a new node. */
void checks_forget(struct world *world, const struct node *node);

void checks_start(struct world *world, const struct node *node);
void checks_heard(struct world *world, const struct node *node, const struct packet *packet);

/* Before the driver acts on a step: false when it could not. */
bool checks_ready(struct world *world, const struct node *node, const struct step *step);
/* When log and writes are taken, before anything leaves. */
void checks_step(struct world *world, const struct node *node, const struct step *step);
/* What a message says of its sender; false when it could not be sent. */
bool checks_message(struct world *world, const struct node *node, const struct step *step,
                    const struct raft_outgoing *outgoing);

/* An APPEND leaves with its entries, of which the core `offered` so many: what is in flight. */
void checks_window(struct world *world, const struct node *node, const struct raft_message *message,
                   uint32_t offered);

/* What was in flight to those who are no members now is nobody's concern any more. */
void checks_forget_streams(struct world *world, const struct node *leader,
                           const struct raft_members *members);

/* A heartbeat leaves, of a round that begins with the first of them. */
void checks_round(struct world *world, const struct node *node, const struct step *step,
                  const struct raft_message *message);

void checks_round_answered(struct world *world, const struct node *node,
                           const struct packet *packet);
bool checks_read_is_confirmed(const struct world *world, const struct node *node, uint32_t op);

/* The highest index that the leader's messages could let a peer acknowledge. */
uint64_t checks_offered(struct world *world, const struct node *leader, uint32_t peer);

/* The block that a message says is durable on its sender's disk, or 0; that it is, when it may
 * leave. */
uint32_t checks_promise_of(const struct node *node, const struct raft_message *message);
void checks_promise(struct world *world, const struct node *node, const struct held *held);

/* A write has become durable. */
void checks_durable(struct world *world, const struct node *node, const struct disk_write *write);
void checks_apply(struct world *world, const struct node *node);
bool checks_read(struct world *world, const struct node *node, const struct raft_read *read);

/* When a calm has converged: every member holds everything that was ever committed. */
void checks_calm(struct world *world);

/* While the log is as it was before a cut. */
void checks_cut(struct world *world, const struct node *node, const struct step *step);

/* The parts of checks_step() and checks_message(), by file. */
void checks_terms_step(struct world *world, const struct node *node, const struct step *step);
void checks_log_step(struct world *world, const struct node *node, const struct step *step);
void checks_commit_step(struct world *world, const struct node *node, const struct step *step);
void checks_contact_step(struct world *world, const struct node *node, const struct step *step);
void checks_bounds_step(struct world *world, const struct node *node, const struct step *step);
void checks_votes_message(struct world *world, const struct node *node, const struct step *step,
                          const struct raft_message *message);
void checks_append_message(struct world *world, const struct node *node, const struct step *step,
                           const struct raft_outgoing *outgoing);
void checks_elected(struct world *world, const struct node *node);
void checks_complete(struct world *world, const struct node *node);

/* Whether the node leads, or did so until this step: a leader that is removed commits that first.
 */
bool step_leads(const struct node *node, const struct step *step);

/* The members in force on the log of a node, worked out from its blocks. */
const struct raft_members *checks_members(const struct world *world, const struct node *node);
bool members_have(const struct raft_members *members, uint32_t id);
bool members_vote(const struct raft_members *members, uint32_t id);
uint32_t members_quorum(const struct raft_members *members);

#endif
