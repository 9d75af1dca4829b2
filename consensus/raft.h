/*
 * raft.h: the Raft core: a pure step function from an event to what is to be done about it.
 *
 * No I/O, no clock, no randomness of its own, no allocation: `struct raft` is plain memory of fixed
 * size that may be copied and compared. Time comes with every event, the seed at the start, and the
 * core never sees a block: it knows an entry as (index, term, size, kind). What it wants done comes
 * back in `struct raft_ready`, and its driver owes it exactly this, in this order:
 *
 *   1. Queue `save`, `keep` and `append`, with `commit`, for the disk as one write; a step without
 *      the first three needs no write. Writes reach the disk in the order of the steps; several may
 *      be joined, none may be split.
 *   2. Send at once the messages that are not `after_durable`.
 *   3. Hold the messages that are `after_durable` until every write queued so far is durable, then
 *      send them in order. One that is addressed to this node itself is handed back as an event.
 *   4. Hand the entries up to `commit` to the state machine, in order, each once it is durable
 *      here. A queued cut ends what is durable at `keep`, at once: above it the disk still has
 *      other entries.
 *   5. If `want_noop`: propose a no-op block before anything else.
 *   And if `lost`: none of these. The node stops, and comes back under a fresh id only.
 *
 * A driver that loses its memory (a crash) starts again with raft_start() from what was durable.
 *
 * References: D = Ongaro's dissertation "Consensus: Bridging Theory and Practice" by section.
 */
#ifndef CONSENSUS_RAFT_H
#define CONSENSUS_RAFT_H

#include "proto/limits.h"
#include "proto/raft_members.h"
#include "proto/raft_message.h"

/* These four may be set smaller by a build that wants to see them reached. */

/* Entries whose term and size the core keeps: the newest of the log. The entry at the commit index
 * and all above it lie within; a follower further behind is served from the disk. A power of two.
 */
#ifndef RAFT_TAIL_MAX
#define RAFT_TAIL_MAX 1024
#endif

/* Entries that are not committed, or not durable here, beyond which a leader's proposal is
 * ERR_BUSY. Below RAFT_TAIL_MAX, so that the tail also covers what followers still need, and no-ops
 * of leaders that committed nothing have room. */
#ifndef RAFT_UNCOMMITTED_MAX
#define RAFT_UNCOMMITTED_MAX 512
#endif

/* And their bytes: what a driver holds in memory for them. One entry always goes. */
#ifndef RAFT_UNCOMMITTED_BYTES_MAX
#define RAFT_UNCOMMITTED_BYTES_MAX (64u * 1024 * 1024)
#endif

/* Reads that wait for their heartbeat round. */
#ifndef RAFT_READS_MAX
#define RAFT_READS_MAX 256
#endif

/* How long followers wait to hear that an entry which may wait is committed, when it is the last:
 * the next one, if there is one until then, tells them for nothing. */
#define RAFT_ANNOUNCE_MS 2

/* Entries of one APPEND: what a driver has room for. */
#define RAFT_APPEND_MAX 256

/* Most that `window_messages` can be. */
#define RAFT_WINDOW_MESSAGES_MAX 64

/* Heartbeats in the longest election time-out: a leader remembers when it sent so many. */
#define RAFT_HEARTBEATS_MAX 128

/* Messages that one step can cause: one to every member, twice, and a reply. */
#define RAFT_OUTGOING_MAX (2 * MEMBERS_MAX + 2)

enum raft_role { RAFT_FOLLOWER, RAFT_PRE_CANDIDATE, RAFT_CANDIDATE, RAFT_LEADER };

const char *raft_role_word(enum raft_role role);

enum raft_entry_kind { RAFT_ENTRY_NORMAL, RAFT_ENTRY_NOOP, RAFT_ENTRY_MEMBERS };

struct raft_entry {
    uint64_t term;
    uint32_t size; /* bytes of the block, for windows */
    enum raft_entry_kind kind;
    const struct raft_members *members; /* of a MEMBERS entry; read during the step only */
};

struct raft_timing {
    uint32_t heartbeat_ms;    /* a leader's; a follower's silence is measured in elections */
    uint32_t election_min_ms; /* the time-out is drawn from [min, max) each time */
    uint32_t election_max_ms; /* at most RAFT_HEARTBEATS_MAX heartbeats */
    uint32_t window_bytes;    /* entries in flight to one follower */
    uint32_t window_messages; /* at most RAFT_WINDOW_MESSAGES_MAX */
    uint32_t message_bytes;   /* entries of one APPEND; one entry always goes */
};

/* What was durable, and what the driver knows. */
struct raft_start {
    uint32_t id;
    uint64_t seed;
    uint64_t now_ms;
    struct raft_timing timing;
    uint64_t term;
    uint32_t vote;       /* 0: none in this term */
    uint64_t commit;     /* known committed: at least what the state machine has applied */
    uint64_t last_index; /* 0: empty log */
    /* The newest entries, ending at last_index: at least all above `commit` and the one at `commit`
     * itself (when it is not 0), at most RAFT_TAIL_MAX. Ascending. */
    const struct raft_entry *tail;
    uint32_t tail_count;
    /* The members in force at last_index, those before them when that entry is above `commit`
     * (else the same or anything), and its index (0: from the genesis). */
    struct raft_members members;
    struct raft_members members_before;
    uint64_t members_index;
};

enum raft_event_kind {
    RAFT_EVENT_TICK,     /* time has passed; due at raft_deadline_ms() */
    RAFT_EVENT_MESSAGE,  /* from a peer, or from this node itself */
    RAFT_EVENT_PROPOSE,  /* append one entry; leader only */
    RAFT_EVENT_READ,     /* answer with the index that a linearizable read must wait for */
    RAFT_EVENT_TRANSFER, /* hand leadership over, to `target` or (0) the most advanced voter */
};

struct raft_event {
    enum raft_event_kind kind;
    uint64_t now_ms; /* monotonic; an event earlier than the last is taken as simultaneous */
    const struct raft_message *message;
    /* Of an APPEND message (count of them); or the proposed one, of the term raft_term(). */
    const struct raft_entry *entries;
    bool may_wait; /* PROPOSE: only here somebody waits for it to be committed */
    uint64_t read; /* the caller's name for a READ */
    uint32_t target;
};

struct raft_outgoing {
    struct raft_message message;
    bool after_durable;
    /* An APPEND whose entries the core does not know the sizes of: the driver reads entries from
     * message.index + 1 on, as many as fit message_bytes (at least one, at most `count`), and sets
     * log_term and count itself. */
    bool from_disk;
};

struct raft_read {
    uint64_t read;
    uint64_t index; /* answer when this much is applied; 0: this node cannot say (not leader) */
};

struct raft_ready {
    bool save; /* term or vote changed */
    uint64_t term;
    uint32_t vote;
    bool cut; /* entries above `keep` leave the log before anything is appended */
    uint64_t keep;
    uint64_t append_first; /* index of the first new entry */
    uint32_t append_skip;  /* of the event's entries, those that the log has already */
    uint32_t append_count; /* then so many are new */
    uint64_t commit;
    /* Not 0: this node acknowledged the entries up to here, and they are not in its log: an older
     * copy of its disk was put back. Nothing else is asked for: it must not go on under this id. */
    uint64_t lost;
    bool want_noop; /* this node leads and its term has no entry yet */
    bool role_changed;
    size_t message_count;
    struct raft_outgoing messages[RAFT_OUTGOING_MAX];
    size_t read_count;
    struct raft_read reads[RAFT_READS_MAX];
};

struct raft;

/* Bytes of a `struct raft`; raft_init() makes one in memory of the caller's, 8-byte aligned. It
 * holds no pointers: memcpy() makes an independent twin. */
size_t raft_size(void);

/* ERR_CONFIG when the timing makes no sense, ERR_INTERNAL when the start contradicts itself; `raft`
 * is not to be used then. */
enum err raft_init(struct raft *raft, const struct raft_start *start) must_check;

/*
 * One event. `ready` is overwritten. Returns ERR_OK, or for a proposal, read or transfer that is
 * not taken
 *   ERR_NOT_LEADER    also for an entry of another term than the leader's
 *   ERR_BUSY          bounds; an entry or a transfer before the leader's no-op, a read before its
 *                     no-op is committed; a transfer under way; a change of members before the last
 *                     one, or before an entry of this term, is committed (D 4.1)
 *   ERR_OUT_OF_RANGE  members that are none, or differ from those in force by more than one voter
 *   ERR_NOT_FOUND     a transfer to a node that is not another voter
 * A message that makes no sense is dropped and changes nothing.
 */
enum err raft_step(struct raft *raft, const struct raft_event *event,
                   struct raft_ready *ready) must_check;

/* When the next TICK is due. One that comes early does nothing. */
uint64_t raft_deadline_ms(const struct raft *raft);

enum raft_role raft_role(const struct raft *raft);
uint64_t raft_term(const struct raft *raft);
uint64_t raft_commit(const struct raft *raft);
uint64_t raft_last_index(const struct raft *raft);
/* 0 when none is known. */
uint32_t raft_leader(const struct raft *raft);
/* Those in force; and those before them while the change is not committed, in force again when it
 * is cut: else the same. */
const struct raft_members *raft_members(const struct raft *raft);
const struct raft_members *raft_members_before(const struct raft *raft);
/* Leader: the highest index a member is known to hold; 0 otherwise. */
uint64_t raft_matched(const struct raft *raft, uint32_t member);
/* Leader: when another member was last known to hear it: the `now_ms` of the newest heartbeat round
 * that it has answered. 0: none in this term, or RAFT_HEARTBEATS_MAX rounds ago. */
uint64_t raft_heard_ms(const struct raft *raft, uint32_t member);
/* Leader: when a quorum was last known to follow it: the earliest `now_ms` of the heartbeat rounds
 * that a quorum has answered. Follower: when the leader was last heard. 0: never. */
uint64_t raft_contact_ms(const struct raft *raft);

/* Ends the process when a rule that always holds does not; every step ends with it. */
void raft_check_invariants(const struct raft *raft);

#endif
