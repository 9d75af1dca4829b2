#include "tests/hostile/wire.h"

#include "tests/hostile/forge.h"
#include "tests/hostile/lies.h"

#include "proto/invariant.h"
#include "proto/peer_pull.h"
#include "proto/peer_read.h"

#include <stdlib.h>

/* How far its log, and what it says is committed, goes beyond what there is. */
#define BOAST 1000

/* What may be sent again: so many frames, none larger. */
#define KEPT_FRAMES   256
#define KEPT_SIZE_MAX 4096

enum err __real_links_send(struct links *links, uint32_t peer, enum peer_channel channel,
                           const struct bytes *parts, size_t part_count);
enum err __wrap_links_send(struct links *links, uint32_t peer, enum peer_channel channel,
                           const struct bytes *parts, size_t part_count);

static struct links *own_links;
static uint32_t own_victim;

static struct {
    uint32_t peer;
    enum peer_channel channel;
    size_t size;
    uint8_t bytes[KEPT_SIZE_MAX];
} kept[KEPT_FRAMES];
static unsigned kept_count;

static uint8_t changed[PEER_MESSAGE_SIZE_MAX];

/* ---- saying ---- */

bool wire_say(uint32_t peer, enum peer_channel channel, struct bytes frame)
{
    return own_links != NULL && __real_links_send(own_links, peer, channel, &frame, 1) == ERR_OK;
}

void wire_say_raft(const struct raft_message *message, struct bytes blocks)
{
    static uint8_t buffer[PEER_MESSAGE_SIZE_MAX];
    struct writer writer = writer_over(buffer, sizeof buffer);
    peer_raft_write(&writer, message);
    writer_bytes(&writer, blocks.data, blocks.size);
    (void)wire_say(message->to, message->count > 0 ? PEER_BULK : PEER_CONTROL,
                   writer_view(&writer));
}

void wire_set_victim(uint32_t victim)
{
    if (victim != own_victim)
        fork_begin();
    own_victim = victim;
}

static void keep(uint32_t peer, enum peer_channel channel, struct bytes frame)
{
    unsigned place = kept_count % KEPT_FRAMES;
    if (frame.size > KEPT_SIZE_MAX)
        return;
    kept[place].peer = peer;
    kept[place].channel = channel;
    kept[place].size = frame.size;
    memcpy(kept[place].bytes, frame.data, frame.size);
    kept_count++;
}

void wire_replay(unsigned count)
{
    static unsigned next;
    unsigned held = kept_count < KEPT_FRAMES ? kept_count : KEPT_FRAMES;
    for (unsigned i = 0; i < count && held > 0; i++, next++) {
        unsigned place = next % held;
        lies_told(LIE_REPLAY);
        (void)wire_say(kept[place].peer, kept[place].channel,
                       bytes_of(kept[place].bytes, kept[place].size));
    }
}

/* ---- changing ---- */

/* Votes and acknowledgements that are not true. */
static bool boast(struct raft_message *message, enum lie lie)
{
    switch (message->kind) {
    case RAFT_VOTE_REPLY:
    case RAFT_PRE_VOTE_REPLY:
        if (lie != LIE_VOTES)
            return false;
        message->granted = true;
        return true;
    case RAFT_APPEND_REPLY:
    case RAFT_HEARTBEAT_REPLY:
        if (lie != LIE_STORED)
            return false;
        message->granted = message->kind == RAFT_APPEND_REPLY;
        message->index += BOAST;
        message->commit += BOAST;
        return true;
    case RAFT_HEARTBEAT:
        if (lie != LIE_LOST)
            return false;
        message->commit += BOAST;
        return true;
    case RAFT_PRE_VOTE:
    case RAFT_VOTE:
    case RAFT_APPEND:
    case RAFT_CAMPAIGN_NOW: break;
    }
    return false;
}

static bool change_blocks(struct writer *writer, const struct raft_message *message,
                          struct bytes blocks, enum lie lie)
{
    bool is_forked = lie == LIE_EQUIVOCATE && message->to == own_victim;
    if (message->count == 0 || (lie != LIE_RUIN && !is_forked))
        return false;
    peer_raft_write(writer, message);
    if (is_forked) {
        fork_write(writer, blocks);
        return true;
    }
    writer_bytes(writer, blocks.data, blocks.size);
    writer->data[writer->size - 1] ^= 1; /* of a no-op that is the root itself */
    return true;
}

static bool change_raft(struct writer *writer, struct bytes frame, enum lie lie)
{
    struct raft_message message;
    struct bytes blocks;
    enum err err = peer_raft_parse(frame, &message, &blocks);
    invariant(err == ERR_OK); /* this node wrote it */
    if (change_blocks(writer, &message, blocks, lie))
        return true;
    if (!boast(&message, lie))
        return false;
    peer_raft_write(writer, &message);
    return true;
}

/* What others asked for, and something else is given: the last byte of a hash, of a block, of a
 * chunk; and reads that need to see nothing. */
static bool change_supply(struct writer *writer, struct bytes frame, enum peer_frame kind)
{
    struct peer_read_index index;
    if (peer_read_index_parse(frame, &index) == ERR_OK) {
        index.index = 1;
        peer_read_index_write(writer, &index);
        return true;
    }
    if (kind != PEER_ANCHOR && kind != PEER_BLOCKS && kind != PEER_LIST && kind != PEER_CHUNKS)
        return false;
    writer_bytes(writer, frame.data, frame.size);
    writer->data[writer->size - 1] ^= 1;
    return true;
}

static bool change_head(struct writer *writer, struct bytes frame)
{
    writer_bytes(writer, frame.data, frame.size);
    writer->data[writer->size - 1] ^= 1;
    return true;
}

static bool change(struct writer *writer, struct bytes frame, enum lie lie)
{
    enum peer_frame kind;
    if (peer_frame_kind(frame, &kind) != ERR_OK)
        return false;
    if (kind == PEER_RAFT)
        return change_raft(writer, frame, lie);
    if (kind == PEER_HEAD)
        return lie == LIE_HEAD && change_head(writer, frame);
    return lie == LIE_SUPPLY && change_supply(writer, frame, kind);
}

static struct bytes join(const struct bytes *parts, size_t part_count)
{
    static uint8_t joined[PEER_MESSAGE_SIZE_MAX];
    struct writer writer = writer_over(joined, sizeof joined);
    for (size_t i = 0; i < part_count; i++)
        writer_bytes(&writer, parts[i].data, parts[i].size);
    return writer_view(&writer);
}

enum err __wrap_links_send(struct links *links, uint32_t peer, enum peer_channel channel,
                           const struct bytes *parts, size_t part_count)
{
    enum lie lie = lies_now();
    struct bytes frame = join(parts, part_count);
    struct writer writer = writer_over(changed, sizeof changed);
    own_links = links;
    keep(peer, channel, frame);
    if (lie == LIE_NONE || !change(&writer, frame, lie) || writer.err != ERR_OK)
        return __real_links_send(links, peer, channel, parts, part_count);
    lies_told(lie);
    struct bytes view = writer_view(&writer);
    return __real_links_send(links, peer, channel, &view, 1);
}
