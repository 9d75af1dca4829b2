/*
 * log_script.h: what a node might write to its log, one step after the other, and what then must be
 * in it.
 *
 * The same seed gives the same steps, so that a test which knows how many steps were acknowledged
 * knows what the log must hold. A step is one disk_write(): up to SCRIPT_WRITES_MAX writes with new
 * terms, votes, peers, cuts above the commit index, blocks of many sizes, and commits.
 */
#ifndef TESTS_UNIT_CONSENSUS_LOG_SCRIPT_H
#define TESTS_UNIT_CONSENSUS_LOG_SCRIPT_H

#include "consensus/disk.h"
#include "tests/unit/store/scratch.h"

#define SCRIPT_WRITES_MAX 3
#define SCRIPT_BLOCKS_MAX 4 /* of one write */
#define SCRIPT_HEIGHT_MAX 60000
#define SCRIPT_BLOCK_SIZE (24 * 1024)
#define SCRIPT_NODE       7
#define SCRIPT_PEERS      24 /* 0 and up; written again now and then */

struct script_block {
    uint64_t term;
    uint64_t time_ms;
    struct hash hash;
};

struct script {
    uint64_t random;
    uint64_t step;
    uint64_t term;
    uint32_t vote;
    uint64_t commit;
    uint64_t last;
    uint32_t learned;                                  /* a bit for each peer */
    struct script_block blocks[SCRIPT_HEIGHT_MAX + 1]; /* 0: the network */
    /* The last step. */
    struct disk_write writes[SCRIPT_WRITES_MAX];
    struct disk_peer peers[SCRIPT_WRITES_MAX];
    struct bytes encoded[SCRIPT_WRITES_MAX][SCRIPT_BLOCKS_MAX];
    uint8_t buffer[SCRIPT_WRITES_MAX][SCRIPT_BLOCKS_MAX][SCRIPT_BLOCK_SIZE];
};

static inline struct hash script_network(void)
{
    return hash_of(bytes_of("network", 7));
}

static inline struct script *script_new(uint64_t seed)
{
    struct script *script = calloc(1, sizeof *script);
    must(script != NULL);
    script->random = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    script->blocks[0].hash = script_network();
    return script;
}

static inline uint32_t script_dice(struct script *script, uint32_t sides)
{
    script->random ^= script->random << 13;
    script->random ^= script->random >> 7;
    script->random ^= script->random << 17;
    return (uint32_t)(script->random >> 32) % sides;
}

/* Fills `buffer` with the next block; its entries are dice. */
static inline struct bytes script_build(struct script *script, uint8_t *buffer, uint32_t entries,
                                        uint32_t entry_size)
{
    static uint8_t entry[SCRIPT_BLOCK_SIZE];
    struct script_block *before = &script->blocks[script->last];
    struct block_build build;
    block_build(&build, buffer, SCRIPT_BLOCK_SIZE);
    for (uint32_t i = 0; i < entries; i++) {
        for (uint32_t j = 0; j < entry_size; j++)
            entry[j] = (uint8_t)script_dice(script, 256);
        must(block_build_add(&build, bytes_of(entry, entry_size)) == ERR_OK);
    }
    struct block_header header = {
        .kind = entries == 0 ? BLOCK_NOOP : BLOCK_TRANSACTIONS,
        .height = script->last + 1,
        .term = script->term,
        .time_ms = before->time_ms + script_dice(script, 1000),
        .leader = SCRIPT_NODE,
        .previous = before->hash,
    };
    struct bytes encoded = block_build_end(&build, &header);
    must(script->last < SCRIPT_HEIGHT_MAX);
    script->last++;
    script->blocks[script->last] =
        (struct script_block){header.term, header.time_ms, block_header_hash(&header)};
    return encoded;
}

/* Small ones in the page, larger ones in pages of their own, now and then a no-op. */
static inline struct bytes script_block(struct script *script, uint8_t *buffer)
{
    uint32_t die = script_dice(script, 16);
    if (die == 0)
        return script_build(script, buffer, 0, 0);
    if (die == 1)
        return script_build(script, buffer, 1 + script_dice(script, 3),
                            1 + script_dice(script, 7000));
    return script_build(script, buffer, 1 + script_dice(script, 4), 1 + script_dice(script, 250));
}

/* Each peer has one incarnation, its own. */
static inline struct disk_peer script_peer(uint32_t id)
{
    struct disk_peer peer = {.id = id << 8};
    memset(peer.incarnation.bytes, (int)(id + 1), INCARNATION_SIZE);
    return peer;
}

static inline struct disk_write script_write(struct script *script, size_t index)
{
    struct disk_write write = {.blocks = script->encoded[index]};
    uint32_t die = script_dice(script, 8);
    bool new_term = script->term == 0 || die == 0;
    bool votes = new_term || (die == 1 && script->vote == 0);
    if (votes) {
        script->term += new_term ? 1 + script_dice(script, 3) : 0;
        script->vote = new_term ? script_dice(script, 4) : 1 + script_dice(script, 3);
        write.save = true;
        write.term = script->term;
        write.vote = script->vote;
    }
    if (script_dice(script, 6) == 0) {
        uint32_t id = script_dice(script, SCRIPT_PEERS);
        script->peers[index] = script_peer(id);
        script->learned |= UINT32_C(1) << id;
        write.learned = &script->peers[index];
        write.learned_count = 1;
    }
    if (new_term && script_dice(script, 2) == 0) {
        write.cut = true;
        write.keep =
            script->commit + script_dice(script, (uint32_t)(script->last - script->commit) + 2);
        script->last = write.keep < script->last ? write.keep : script->last;
    }
    write.block_count = die == 2 ? 0 : 1 + script_dice(script, SCRIPT_BLOCKS_MAX);
    for (size_t i = 0; i < write.block_count; i++)
        script->encoded[index][i] = script_block(script, script->buffer[index][i]);
    /* Sometimes one that is behind, sometimes one that is ahead of this log. */
    write.commit =
        script->commit + script_dice(script, (uint32_t)(script->last - script->commit) + 3);
    write.commit -= write.commit > 0 ? script_dice(script, 2) : 0;
    uint64_t known = write.commit < script->last ? write.commit : script->last;
    script->commit = known > script->commit ? known : script->commit;
    return write;
}

/* The next step: `script->writes`, so many. The script then says what must be durable after it. */
static inline size_t script_next(struct script *script)
{
    size_t count = 1 + script_dice(script, SCRIPT_WRITES_MAX);
    for (size_t i = 0; i < count; i++)
        script->writes[i] = script_write(script, i);
    script->step++;
    return count;
}

static inline enum err script_open(const char *directory, struct disk **out)
{
    struct disk_options options = {
        .directory = directory,
        .network = script_network(),
        .node = SCRIPT_NODE,
        .incarnation = {"an incarnation"},
    };
    return disk_open(&options, out);
}

/* What the log must hold, in short: the last block's hash stands for all before it. */
struct script_mark {
    uint64_t term;
    uint32_t vote;
    uint64_t commit;
    uint64_t last;
    struct hash hash;
    uint32_t learned;
};

static inline struct script_mark script_mark(const struct script *script)
{
    return (struct script_mark){script->term,
                                script->vote,
                                script->commit,
                                script->last,
                                script->blocks[script->last].hash,
                                script->learned};
}

static inline bool script_knows(struct disk *disk, uint32_t learned)
{
    for (uint32_t id = 0; id < SCRIPT_PEERS; id++) {
        struct incarnation known;
        struct disk_peer peer = script_peer(id);
        enum err err = disk_peer(disk, peer.id, &known);
        if (err != (learned >> id & 1 ? ERR_OK : ERR_NOT_FOUND) ||
            (err == ERR_OK && memcmp(&known, &peer.incarnation, sizeof known) != 0))
            return false;
    }
    return true;
}

/* True when the log holds exactly this; each block of it has to be checked by disk_verify(). */
static inline bool script_holds(struct disk *disk, const struct script_mark *mark)
{
    struct disk_state state = disk_state(disk);
    if (state.term != mark->term || state.vote != mark->vote || state.commit != mark->commit ||
        state.last != mark->last || !script_knows(disk, mark->learned))
        return false;
    struct block_header header;
    uint32_t size;
    if (mark->last == 0)
        return disk_header(disk, 1, &header, &size) == ERR_NOT_FOUND;
    if (disk_header(disk, mark->last, &header, &size) != ERR_OK)
        return false;
    struct hash hash = block_header_hash(&header);
    return hash_equal(&hash, &mark->hash);
}

#endif
