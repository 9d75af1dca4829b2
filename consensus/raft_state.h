/*
 * raft_state.h: the core's memory, and what its parts offer each other. Not for drivers.
 *
 *   raft.c              life cycle, one event, terms and roles
 *   raft_tail.c         the newest entries: a ring
 *   raft_members.c      the members in force, and what a quorum of them has
 *   raft_election.c     time-outs, pre-votes, votes, leadership transfer
 *   raft_follower.c     what a leader sends, at the receiver
 *   raft_replication.c  what a leader sends, and the answers
 *   raft_read.c         heartbeat rounds: reads, check-quorum
 *   raft_invariants.c   what always holds
 *
 * No pointers, and no padding that is not zero: see raft_init().
 */
#ifndef CONSENSUS_RAFT_STATE_H
#define CONSENSUS_RAFT_STATE_H

#include "consensus/raft.h"
#include "proto/invariant.h"

/* Heartbeat rounds whose start is remembered; answers to older ones say nothing of the time. */
#define RAFT_ROUNDS RAFT_HEARTBEATS_MAX

/* The newest entries, those of the indexes [first, last]; first == last + 1: none. */
struct raft_tail {
    uint64_t first;
    uint64_t last;
    uint64_t sum_before; /* `sum` of the entry before the first */
    uint64_t term[RAFT_TAIL_MAX];
    uint64_t sum[RAFT_TAIL_MAX]; /* bytes of all entries up to and with this one */
};

/* The APPENDs on their way to one member, oldest first; a ring of their last indexes and sizes. */
struct raft_flight {
    uint32_t oldest;
    uint32_t count;
    uint64_t bytes; /* sum of `size` */
    uint64_t end[RAFT_WINDOW_MESSAGES_MAX];
    uint32_t size[RAFT_WINDOW_MESSAGES_MAX];
};

/* What a leader knows of another member. */
struct raft_peer {
    uint64_t match; /* its log is the leader's up to here: it said so, in this term */
    uint64_t next;  /* the next entry to send */
    uint64_t sent;  /* highest index that an APPEND of this term could prove */
    uint64_t told;  /* highest commit index that it was told of */
    uint64_t round; /* newest heartbeat round that it answered */
    uint64_t attempt;
    uint64_t progress_ms; /* when `match` last grew, or the flight last began */
    bool probing;         /* nothing of this attempt was accepted yet: one message at a time */
    bool on_disk;         /* the message in flight is one that the driver fills in */
    struct raft_flight flight;
};

/* A read that waits for its round. */
struct raft_pending {
    uint64_t read;
    uint64_t index;
    uint64_t round;
};

/* What a node has while it leads; all zero while it does not. */
struct raft_leading {
    uint64_t since_ms;
    uint64_t noop;      /* index of the first entry of its term; 0: none yet */
    uint64_t stable;    /* highest index that is on its own disk */
    uint64_t round;     /* newest heartbeat round; counts from 1 */
    uint64_t confirmed; /* newest round that a quorum has answered */
    uint64_t contact_ms;
    uint64_t round_ms[RAFT_ROUNDS]; /* when round n began, at n % RAFT_ROUNDS */
    uint64_t awaited;               /* highest index of whose commit members are told at once */
    uint64_t announce_ms; /* when they are told of the others; 0: they know, or soon will */
    uint64_t transfer_deadline_ms;
    uint32_t transfer; /* the member that is to lead next; 0: none */
    bool transfer_asked;
    uint32_t read_count;
    struct raft_pending reads[RAFT_READS_MAX];
    struct raft_peer peer[MEMBERS_MAX]; /* beside members.member[]; its own is not used */
};

struct raft {
    uint32_t id;
    uint32_t vote;
    struct raft_timing timing;
    uint64_t random;
    uint64_t now_ms;

    uint64_t term;
    uint64_t commit;
    struct raft_tail tail;

    struct raft_members members;
    struct raft_members members_before; /* in force again when `change` is cut from the log */
    uint64_t change; /* index of the MEMBERS entry that is not committed yet; 0: none */

    enum raft_role role;
    uint32_t leader;
    uint64_t heard_ms;    /* from a leader; 0: never */
    uint64_t deadline_ms; /* of the election; of a leader's next heartbeat */
    uint32_t votes;       /* a bit for each of `members` that granted its vote */

    struct raft_leading lead;
};

/* ---- raft.c ---- */

/* Adds a message to `ready`, from this node in its term, and returns it to be filled in. */
struct raft_message *raft_send(const struct raft *raft, struct raft_ready *ready,
                               enum raft_message_kind kind, uint32_t to);
/* The same, held until everything written so far is durable. */
struct raft_message *raft_send_durable(const struct raft *raft, struct raft_ready *ready,
                                       enum raft_message_kind kind, uint32_t to);
/* Follows `leader` (0: nobody that is known) in `term`. */
void raft_follow(struct raft *raft, struct raft_ready *ready, uint64_t term, uint32_t leader);
/* The only way to another role: the moves are a table. */
void raft_become(struct raft *raft, enum raft_role role);
/* Appends an entry that the log does not have; a MEMBERS entry is in force from here on. */
void raft_append(struct raft *raft, const struct raft_entry *entry);
void raft_commit_to(struct raft *raft, uint64_t index);

/* ---- raft_tail.c ---- */

void raft_tail_start(struct raft_tail *tail, uint64_t last);
void raft_tail_push(struct raft_tail *tail, uint64_t term, uint32_t size);
/* Entries above `keep` go. */
void raft_tail_cut(struct raft_tail *tail, uint64_t keep);
/* True when the term at `index` is known: that of an entry held, or 0 before the first of all. */
bool raft_tail_knows(const struct raft_tail *tail, uint64_t index);
uint64_t raft_tail_term(const struct raft_tail *tail, uint64_t index);
/* Bytes of the entries above `from`, up to and with `to`; all of them are held. */
uint64_t raft_tail_bytes(const struct raft_tail *tail, uint64_t from, uint64_t to);

/* ---- raft_members.c ---- */

/* The largest value that a quorum of the voters reaches; `value` is beside members.member[]. */
uint64_t raft_quorum_reached(const struct raft *raft, const uint64_t value[MEMBERS_MAX]);
bool raft_quorum_votes(const struct raft *raft);
void raft_members_change(struct raft *raft, const struct raft_members *members, uint64_t index);

/* ---- raft_election.c ---- */

/* Draws the time of the next election. */
void raft_election_await(struct raft *raft);
void raft_election_due(struct raft *raft, struct raft_ready *ready);
/* True while there is a leader that must not be disturbed. */
bool raft_leader_lives(const struct raft *raft);
bool raft_may_campaign(const struct raft *raft);
void raft_on_pre_vote(struct raft *raft, struct raft_ready *ready,
                      const struct raft_message *message);
void raft_on_pre_vote_reply(struct raft *raft, struct raft_ready *ready,
                            const struct raft_message *message);
void raft_on_vote(struct raft *raft, struct raft_ready *ready, const struct raft_message *message);
void raft_on_vote_reply(struct raft *raft, struct raft_ready *ready,
                        const struct raft_message *message);
void raft_on_campaign_now(struct raft *raft, struct raft_ready *ready,
                          const struct raft_message *message);
enum err raft_transfer(struct raft *raft, struct raft_ready *ready, uint32_t target) must_check;
/* Asks the target to stand as soon as its log is complete. */
void raft_transfer_go_on(struct raft *raft, struct raft_ready *ready);

/* ---- raft_follower.c ---- */

void raft_on_append(struct raft *raft, struct raft_ready *ready, const struct raft_event *event);
void raft_on_heartbeat(struct raft *raft, struct raft_ready *ready,
                       const struct raft_message *message);
/* Tells a sender of an older term what the term is. */
void raft_answer_old(struct raft *raft, struct raft_ready *ready,
                     const struct raft_message *message);

/* ---- raft_replication.c ---- */

void raft_lead_begin(struct raft *raft, struct raft_ready *ready);
enum err raft_propose(struct raft *raft, struct raft_ready *ready,
                      const struct raft_event *event) must_check;
/* Tells of the commit index whoever does not know it. */
void raft_announce_due(struct raft *raft, struct raft_ready *ready);
void raft_on_append_reply(struct raft *raft, struct raft_ready *ready,
                          const struct raft_message *message);
/* A member that nothing is known of, and that is to be sent `next` first. */
void raft_peer_begin(struct raft_peer *peer, uint64_t next);
/* A heartbeat reply says where the member's log ends: when what is in flight seems lost, begins
 * anew from there. */
void raft_peer_revive(struct raft *raft, struct raft_ready *ready, uint32_t position,
                      const struct raft_message *message);
bool raft_wants_noop(const struct raft *raft);
bool raft_has_done_its_part(const struct raft *raft);

/* ---- raft_read.c ---- */

/* One heartbeat, of the newest round. */
void raft_heartbeat(struct raft *raft, struct raft_ready *ready, uint32_t position);
/* A round of heartbeats, to everybody. */
void raft_round_begin(struct raft *raft, struct raft_ready *ready);
void raft_heartbeat_due(struct raft *raft, struct raft_ready *ready);
void raft_on_heartbeat_reply(struct raft *raft, struct raft_ready *ready,
                             const struct raft_message *message);
enum err raft_read(struct raft *raft, struct raft_ready *ready, uint64_t read) must_check;
void raft_reads_fail(struct raft *raft, struct raft_ready *ready);

/* ---- raft_invariants.c ---- */

/* What a step must not take back. */
struct raft_before {
    uint64_t term;
    uint64_t commit;
    uint32_t vote;
    uint32_t leader;
    enum raft_role role;
};

struct raft_before raft_before(const struct raft *raft);
void raft_check_step(const struct raft *raft, const struct raft_before *before);

#endif
