#include "node/heads.h"

#include "node/frames.h"
#include "node/log.h"
#include "proto/hex.h"
#include "proto/invariant.h"

/* ---- this node's chain ---- */

static struct hash *place(struct heads *heads, uint64_t height)
{
    return &heads->kept[height % HEADS_KEPT];
}

/* NULL: not applied here, or too long ago. */
static const struct hash *find_hash(const struct heads *heads, uint64_t height)
{
    if (height > heads->height || heads->height - height >= heads->count)
        return NULL;
    return &heads->kept[height % HEADS_KEPT];
}

void heads_init(struct heads *heads, uint32_t self, const struct ledger_position *position)
{
    *heads = (struct heads){.self = self, .height = position->height, .count = 1};
    *place(heads, position->height) = position->head;
}

void heads_recall(struct heads *heads, struct disk *disk)
{
    uint64_t bytes = 0;
    while (heads->height > heads->count && heads->count < HEADS_KEPT &&
           bytes < HEADS_RECALL_BYTES) {
        uint64_t lowest = heads->height - heads->count + 1;
        struct block_header header;
        uint32_t size;
        if (disk_header(disk, lowest, &header, &size) != ERR_OK)
            return;
        struct hash hash = block_header_hash(&header);
        if (!hash_equal(&hash, place(heads, lowest)))
            return;
        *place(heads, lowest - 1) = header.previous;
        heads->count++;
        bytes += size;
    }
}

/* ---- theirs ---- */

/* The peer's place, or `count`. */
static size_t find_peer(const struct heads_peer *peers, size_t count, uint32_t id)
{
    size_t at = 0;
    while (at < count && peers[at].id != id)
        at++;
    return at;
}

static void compare(struct heads_peer *peer, const struct peer_head *head, const struct hash *ours)
{
    uint64_t differs_at = peer->theirs.height;
    if (hash_equal(&head->hash, ours)) {
        if (head->height >= differs_at)
            peer->theirs.height = 0;
    } else if (differs_at == 0 || head->height < differs_at) {
        peer->theirs = *head;
        peer->ours = *ours;
    }
}

void heads_applied(struct heads *heads, const struct hash *hash)
{
    heads->height++;
    heads->count += heads->count < HEADS_KEPT;
    *place(heads, heads->height) = *hash;
    for (size_t i = 0; i < heads->peer_count; i++) {
        struct heads_peer *peer = &heads->peers[i];
        if (peer->ahead.height != heads->height)
            continue;
        compare(peer, &peer->ahead, hash);
        peer->ahead.height = 0;
    }
}

void heads_follow(struct heads *heads, const struct raft_members *members)
{
    struct heads_peer before[MEMBERS_MAX];
    size_t before_count = heads->peer_count;
    memcpy(before, heads->peers, sizeof before);
    heads->peer_count = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        uint32_t id = members->member[i].id;
        if (id == heads->self)
            continue;
        size_t was = find_peer(before, before_count, id);
        heads->peers[heads->peer_count++] =
            was < before_count ? before[was] : (struct heads_peer){.id = id};
    }
}

/* Of what is ahead the lowest is kept: a node that follows at a distance gets there, and would
 * never get to the newest. */
void heads_hear(struct heads *heads, uint32_t from, const struct peer_head *head)
{
    size_t at = find_peer(heads->peers, heads->peer_count, from);
    const struct hash *ours = find_hash(heads, head->height);
    if (at == heads->peer_count)
        return;
    struct heads_peer *peer = &heads->peers[at];
    if (ours != NULL)
        compare(peer, head, ours);
    else if (head->height > heads->height &&
             (peer->ahead.height == 0 || head->height < peer->ahead.height))
        peer->ahead = *head;
}

/* ---- telling ---- */

bool heads_tell(struct heads *heads, uint64_t now_ms, struct heads_word *out)
{
    for (size_t i = 0; i < heads->peer_count; i++) {
        struct heads_peer *peer = &heads->peers[i];
        bool differs = peer->theirs.height != 0;
        bool was_just_told = peer->told_ms != 0 && now_ms - peer->told_ms < HEADS_TOLD_EVERY_MS;
        if (differs == peer->is_told || was_just_told)
            continue;
        peer->is_told = differs;
        peer->told_ms = now_ms;
        *out = (struct heads_word){peer->id, differs, peer->theirs, peer->ours};
        return true;
    }
    return false;
}

static void say(const struct heads_word *word, uint32_t leader)
{
    char ours[2 * HASH_SIZE + 1];
    char theirs[2 * HASH_SIZE + 1];
    if (!word->differs) {
        log_event(LOG_INFO, "chains_agree", "peer=%u", word->peer);
        return;
    }
    hex_encode(word->ours.bytes, HASH_SIZE, ours);
    hex_encode(word->theirs.hash.bytes, HASH_SIZE, theirs);
    log_event(LOG_ERROR, "chains_differ",
              "peer=%u height=%llu ours=%s theirs=%s leader=%u text=\"%s\" do=\"%s\"", word->peer,
              (unsigned long long)word->theirs.height, ours, theirs, leader,
              "that member says it has another block at this height: it lies, or one of the two "
              "was led astray",
              "compare heads with the other operators; docs/operate.md has it under Divergence");
}

uint64_t heads_differs_at(const struct heads *heads, uint32_t peer)
{
    size_t at = find_peer(heads->peers, heads->peer_count, peer);
    return at < heads->peer_count ? heads->peers[at].theirs.height : 0;
}

void heads_status(const struct heads *heads, struct status *status)
{
    for (size_t i = 0; i < status->peer_count; i++)
        status->peers[i].differs_at = heads_differs_at(heads, status->peers[i].id);
}

/* ---- on the wire ---- */

void heads_receive(struct heads *heads, uint32_t from, struct bytes frame)
{
    struct peer_head head;
    if (peer_head_parse(frame, &head) == ERR_OK)
        heads_hear(heads, from, &head);
}

static void send_head(struct links *links, uint32_t peer, uint64_t height, const struct hash *hash)
{
    uint8_t frame[PEER_HEAD_SIZE];
    struct peer_head head = {.height = height, .hash = *hash};
    struct writer writer = writer_over(frame, sizeof frame);
    peer_head_write(&writer, &head);
    frame_send(links, peer, PEER_CONTROL, writer_view(&writer), "head");
}

/* Who differs is also told the block at which that was seen. It may have stopped there, led astray
 * and refusing what all others send, and would never see it by what they have by now. */
static void send_heads(const struct heads *heads, struct links *links)
{
    const struct hash *newest = find_hash(heads, heads->height);
    invariant(newest != NULL);
    for (size_t i = 0; i < heads->peer_count && heads->height > 0; i++) {
        const struct heads_peer *peer = &heads->peers[i];
        send_head(links, peer->id, heads->height, newest);
        if (peer->theirs.height != 0)
            send_head(links, peer->id, peer->theirs.height, &peer->ours);
    }
}

void heads_tend(struct heads *heads, const struct driver *driver, struct links *links,
                uint64_t now_ms)
{
    struct heads_word word;
    while (heads_tell(heads, now_ms, &word))
        say(&word, driver_status(driver).leader);
    if (now_ms < heads->due_ms)
        return;
    heads->due_ms = now_ms + HEADS_EVERY_MS;
    heads_follow(heads, driver_members(driver));
    send_heads(heads, links);
}
