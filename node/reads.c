#include "node/reads.h"

#include "node/clock.h"
#include "node/frames.h"
#include "proto/peer_read.h"

#include <stdlib.h>

/* Of a client of this node, of a node that asks this one as the leader, or this node's own. */
struct read {
    struct read *next;
    struct call *call; /* a client's */
    uint32_t peer;     /* a node's; 0: it is none's */
    uint64_t round;    /* the peer's name for it */
    uint64_t came_ms;
    uint64_t until_ms;
    uint64_t index;
};

/* How long a follower's own question waits: an older answer says little. */
enum { OWN_WAIT_MS = 5000 };

struct reads {
    struct reads_options options;
    struct read *waiting;   /* for the next round */
    struct read *asked;     /* of the round under way */
    struct read *confirmed; /* for their index to be applied */
    uint64_t round;         /* name of the round under way, or of the last one */
    uint32_t asked_of;      /* the leader that was asked for it; 0: nobody was */
    uint64_t resend_ms;     /* when it is asked again */
    uint64_t expires_ms;    /* nobody's time is over before */
    uint64_t own_ms;        /* when this node asks for itself; UINT64_MAX: it has asked */
    bool is_closing;
};

static void push(struct read **list, struct read *read)
{
    read->next = *list;
    *list = read;
}

static struct read *pop(struct read **list)
{
    struct read *read = *list;
    *list = read->next;
    return read;
}

/* ---- what becomes of a read ---- */

static void answer_peer(struct reads *reads, const struct read *read, uint64_t index)
{
    uint8_t buffer[PEER_READ_INDEX_SIZE];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct peer_read_index answer = {.round = read->round, .index = index};
    peer_read_index_write(&writer, &answer);
    frame_send(reads->options.links, read->peer, PEER_CONTROL, writer_view(&writer), "read_index");
}

/* A peer asks whoever leads again, by itself. */
static void give_up(struct reads *reads, struct read *read, enum err err)
{
    bool is_own = read->call == NULL && read->peer == 0;
    if (read->call != NULL)
        clerk_answer_read(read->call, err);
    if (is_own)
        reads->own_ms = read->came_ms + reads->options.age_ms;
    if (is_own && err == ERR_OK)
        driver_knew_all(reads->options.driver, read->came_ms);
    free(read);
}

static void give_all_up(struct reads *reads, struct read **list, enum err err)
{
    while (*list != NULL)
        give_up(reads, pop(list), err);
}

/* The round is to be asked for, again or at all. */
static void unask(struct reads *reads)
{
    reads->asked_of = 0;
    reads->resend_ms = UINT64_MAX;
}

/* A leader has said how far the reads of the round must see: no less, if it is honest, than what
 * this node knew to be committed when it asked. */
static void confirm(struct reads *reads, uint64_t index)
{
    uint64_t committed = driver_status(reads->options.driver).committed;
    driver_confirmed(reads->options.driver, reads->asked_of);
    if (index < committed)
        index = committed;
    while (reads->asked != NULL) {
        struct read *read = pop(&reads->asked);
        read->index = index;
        if (read->peer == 0) {
            push(&reads->confirmed, read);
            continue;
        }
        answer_peer(reads, read, index);
        free(read);
    }
    unask(reads);
}

/* ---- taking reads ---- */

static struct read *add(struct reads *reads, const struct read *draft)
{
    struct read *read = malloc(sizeof *read);
    if (read == NULL)
        return NULL;
    *read = *draft;
    push(&reads->waiting, read);
    if (reads->expires_ms > read->until_ms)
        reads->expires_ms = read->until_ms;
    return read;
}

void reads_ask(struct reads *reads, struct call *call)
{
    uint32_t wait_ms = call->timeout_ms;
    if (wait_ms > READS_WAIT_MAX_MS)
        wait_ms = READS_WAIT_MAX_MS;
    uint64_t now_ms = clock_monotonic_ms();
    struct read draft = {.call = call, .came_ms = now_ms, .until_ms = now_ms + wait_ms};
    if (reads->is_closing)
        clerk_answer_read(call, ERR_SHUTTING_DOWN);
    else if (add(reads, &draft) == NULL)
        clerk_answer_read(call, ERR_BUSY);
}

/* True when the peer's read of that name is in the list. What else it had there it does not wait
 * for any more: it has one round at a time. */
static bool has_peer(struct read **list, const struct read *wanted)
{
    for (struct read **at = list; *at != NULL; at = &(*at)->next) {
        if ((*at)->peer != wanted->peer)
            continue;
        if ((*at)->round == wanted->round)
            return true;
        free(pop(at));
        return false;
    }
    return false;
}

static void take_wanted(struct reads *reads, uint32_t from, uint64_t round)
{
    struct read draft = {
        .peer = from,
        .round = round,
        .until_ms = clock_monotonic_ms() + READS_WAIT_MAX_MS,
    };
    if (driver_status(reads->options.driver).state != NODE_LEADER)
        return;
    if (!has_peer(&reads->asked, &draft) && !has_peer(&reads->waiting, &draft))
        (void)add(reads, &draft); /* without memory: it asks again */
}

void reads_receive(struct reads *reads, uint32_t from, struct bytes frame)
{
    struct peer_read_wanted wanted;
    struct peer_read_index found;
    if (reads->is_closing)
        return;
    if (peer_read_wanted_parse(frame, &wanted) == ERR_OK)
        take_wanted(reads, from, wanted.round);
    else if (peer_read_index_parse(frame, &found) == ERR_OK && from == reads->asked_of &&
             found.round == reads->round)
        confirm(reads, found.index);
}

void reads_index(struct reads *reads, uint64_t round, uint64_t index)
{
    if (round != reads->round)
        return;
    if (index == 0)
        unask(reads); /* whoever leads next is asked */
    else
        confirm(reads, index);
}

/* ---- rounds ---- */

/* Asks this node's own core. Before its no-op is committed it is BUSY: that is an event, after
 * which it is asked again. */
static void ask_core(struct reads *reads, uint32_t self)
{
    reads->asked_of = self; /* the core may answer at once */
    reads->resend_ms = UINT64_MAX;
    if (driver_read(reads->options.driver, reads->round) != ERR_OK)
        unask(reads);
}

static void drop_peers(struct read **list)
{
    for (struct read **at = list; *at != NULL;) {
        if ((*at)->peer != 0)
            free(pop(at));
        else
            at = &(*at)->next;
    }
}

static void ask_leader(struct reads *reads, uint32_t leader)
{
    uint8_t buffer[PEER_READ_WANTED_SIZE];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct peer_read_wanted wanted = {.round = reads->round};
    drop_peers(&reads->asked); /* they ask the leader themselves */
    if (reads->asked == NULL)
        return;
    peer_read_wanted_write(&writer, &wanted);
    reads->asked_of = leader;
    reads->resend_ms = clock_monotonic_ms() + reads->options.resend_ms;
    frame_send(reads->options.links, leader, PEER_CONTROL, writer_view(&writer), "read_wanted");
}

/* A round that nobody was asked for takes in who has come meanwhile, under a new name: an answer to
 * the old one, from before they came, is none to them. */
static void fill_round(struct reads *reads)
{
    if (reads->waiting == NULL || (reads->asked != NULL && reads->asked_of != 0))
        return;
    while (reads->waiting != NULL)
        push(&reads->asked, pop(&reads->waiting));
    unask(reads);
    reads->round++;
}

static void work_round(struct reads *reads)
{
    struct driver_status status = driver_status(reads->options.driver);
    if (status.leader == 0)
        unask(reads);
    fill_round(reads);
    if (reads->asked == NULL || status.leader == 0)
        return;
    bool is_due = reads->asked_of != status.leader || clock_monotonic_ms() >= reads->resend_ms;
    if (is_due && status.state == NODE_LEADER)
        ask_core(reads, status.leader);
    else if (is_due)
        ask_leader(reads, status.leader);
}

/* What a leader says is old when it comes, nobody knows how old: a line was slow or cut, or the
 * leader is one no more. So a follower asks, and what it had applied was all there was when it
 * asked. A leader has its rounds of heartbeats for that (raft_contact_ms()). */
static void ask_for_itself(struct reads *reads)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct driver_status status = driver_status(reads->options.driver);
    struct read draft = {.came_ms = now_ms, .until_ms = now_ms + OWN_WAIT_MS};
    if (now_ms < reads->own_ms || reads->is_closing)
        return;
    bool follows = status.state != NODE_LEADER && status.leader != 0;
    bool asks = follows && add(reads, &draft) != NULL;
    reads->own_ms = asks ? UINT64_MAX : now_ms + reads->options.age_ms;
}

static void let_go(struct reads *reads)
{
    uint64_t applied = driver_status(reads->options.driver).applied;
    for (struct read **at = &reads->confirmed; *at != NULL;) {
        if ((*at)->index <= applied)
            give_up(reads, pop(at), ERR_OK);
        else
            at = &(*at)->next;
    }
}

static void expire_list(struct reads *reads, struct read **list, uint64_t now_ms, enum err err)
{
    for (struct read **at = list; *at != NULL;) {
        if ((*at)->until_ms <= now_ms) {
            give_up(reads, pop(at), err);
            continue;
        }
        if (reads->expires_ms > (*at)->until_ms)
            reads->expires_ms = (*at)->until_ms;
        at = &(*at)->next;
    }
}

static void expire(struct reads *reads)
{
    uint64_t now_ms = clock_monotonic_ms();
    bool has_leader = driver_status(reads->options.driver).leader != 0;
    if (now_ms < reads->expires_ms)
        return;
    reads->expires_ms = UINT64_MAX;
    expire_list(reads, &reads->waiting, now_ms, has_leader ? ERR_TIMEOUT : ERR_NO_LEADER);
    expire_list(reads, &reads->asked, now_ms, has_leader ? ERR_TIMEOUT : ERR_NO_LEADER);
    expire_list(reads, &reads->confirmed, now_ms, ERR_TIMEOUT);
}

void reads_work(struct reads *reads)
{
    ask_for_itself(reads);
    work_round(reads);
    let_go(reads);
    expire(reads);
}

uint64_t reads_deadline_ms(const struct reads *reads)
{
    uint64_t resend_ms = reads->asked != NULL ? reads->resend_ms : UINT64_MAX;
    uint64_t due_ms = resend_ms < reads->expires_ms ? resend_ms : reads->expires_ms;
    return due_ms < reads->own_ms ? due_ms : reads->own_ms;
}

/* ---- life ---- */

enum err reads_open(const struct reads_options *options, struct reads **out)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ERR_MEMORY;
    (*out)->options = *options;
    (*out)->round = options->seed;
    (*out)->expires_ms = (*out)->resend_ms = UINT64_MAX;
    (*out)->own_ms = clock_monotonic_ms() + options->age_ms;
    return ERR_OK;
}

void reads_stop(struct reads *reads)
{
    reads->is_closing = true;
    give_all_up(reads, &reads->waiting, ERR_SHUTTING_DOWN);
    give_all_up(reads, &reads->asked, ERR_SHUTTING_DOWN);
    give_all_up(reads, &reads->confirmed, ERR_SHUTTING_DOWN);
}

void reads_close(struct reads *reads)
{
    if (reads == NULL)
        return;
    reads_stop(reads);
    free(reads);
}
