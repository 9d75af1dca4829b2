#include "consensus/disk.h"

#include "proto/invariant.h"
#include "proto/limits.h"
#include "store/store.h"

#include <stdlib.h>
#include <zlib.h>

#define FORMAT 1

/* Every value of the environment begins with the CRC-32 of the rest. */
#define SUM_SIZE 4

/* Rows of `meta` beside the peers': format, network, node, vote, commit. */
#define META_NAMES 5

/* The largest content of a row in `meta`. */
#define META_SIZE_MAX 32

/* Blocks between two calls of disk_progress: a quarter of a second with the largest. */
#define TELL_EVERY 256

struct disk {
    struct store *store;
    struct table blocks;
    struct table meta;
    struct hash network;
    struct disk_state state; /* durable */
    enum err broken;         /* of the write that failed */
    uint8_t value[SUM_SIZE + BLOCK_SIZE_MAX];
};

/* --- Values --- */

/* Writes the check sum before the content; returns the whole, a view into `buffer`. */
static struct bytes seal(void *buffer, size_t capacity, struct bytes content)
{
    struct writer writer = writer_over(buffer, capacity);
    writer_u32(&writer, (uint32_t)crc32_z(0, content.data, content.size));
    writer_bytes(&writer, content.data, content.size);
    invariant(writer_ok(&writer));
    return writer_view(&writer);
}

static enum err unseal(struct bytes value, struct bytes *content)
{
    struct reader reader = reader_over(value);
    uint32_t sum = reader_u32(&reader);
    *content = reader_bytes(&reader, reader_left(&reader));
    if (!reader_ok(&reader) || crc32_z(0, content->data, content->size) != sum)
        return ERR_DAMAGED;
    return ERR_OK;
}

/* --- The rows of `meta` --- */

static struct bytes name_key(const char *name)
{
    return bytes_of(name, strlen(name));
}

static void put_meta(struct txn *txn, struct table meta, struct bytes key,
                     const struct writer *content)
{
    uint8_t buffer[SUM_SIZE + META_SIZE_MAX];
    struct bytes value = seal(buffer, sizeof buffer, writer_view(content));
    txn_put(txn, meta, key, value);
}

static void put_format(struct txn *txn, struct table meta)
{
    uint8_t buffer[META_SIZE_MAX];
    struct writer row = writer_over(buffer, sizeof buffer);
    writer_u16(&row, FORMAT);
    put_meta(txn, meta, name_key("format"), &row);
}

static void put_network(struct txn *txn, struct table meta, const struct hash *network)
{
    uint8_t buffer[META_SIZE_MAX];
    struct writer row = writer_over(buffer, sizeof buffer);
    writer_bytes(&row, network->bytes, HASH_SIZE);
    put_meta(txn, meta, name_key("network"), &row);
}

/* This node, or a peer: which data it has. */
static void put_node(struct txn *txn, struct table meta, struct bytes key, uint32_t id,
                     const struct incarnation *incarnation)
{
    uint8_t buffer[META_SIZE_MAX];
    struct writer row = writer_over(buffer, sizeof buffer);
    writer_u32(&row, id);
    writer_bytes(&row, incarnation->bytes, INCARNATION_SIZE);
    put_meta(txn, meta, key, &row);
}

static void put_vote(struct txn *txn, struct table meta, const struct disk_state *state)
{
    uint8_t buffer[META_SIZE_MAX];
    struct writer row = writer_over(buffer, sizeof buffer);
    writer_u64(&row, state->term);
    writer_u32(&row, state->vote);
    put_meta(txn, meta, name_key("vote"), &row);
}

/* Every transaction writes this row, with its number. */
static void put_commit(struct txn *txn, struct table meta, const struct disk_state *state)
{
    uint8_t buffer[META_SIZE_MAX];
    struct writer row = writer_over(buffer, sizeof buffer);
    writer_u64(&row, state->commit);
    writer_u64(&row, txn_number(txn));
    put_meta(txn, meta, name_key("commit"), &row);
}

/* A reader over the content of a row; what is wrong with it, or a row that is not there, is the
 * reader's first error. */
static struct reader get_meta(struct txn *txn, struct table meta, struct bytes key)
{
    struct bytes value;
    struct bytes content = {0};
    enum err err = ERR_DAMAGED;
    if (txn_get(txn, meta, key, &value))
        err = unseal(value, &content);
    struct reader row = reader_over(content);
    if (err != ERR_OK)
        reader_fail(&row, txn->err != ERR_OK ? txn->err : err);
    return row;
}

/* The verdict over a row that was read: its own sizes are damage too. */
static enum err row_done(const struct reader *row)
{
    enum err err = reader_done(row);
    return err == ERR_OK || err_kind(err) == ERR_KIND_BROKEN ? err : ERR_DAMAGED;
}

static enum err check_format(struct txn *txn, struct table meta)
{
    struct reader row = get_meta(txn, meta, name_key("format"));
    uint16_t format = reader_u16(&row);
    enum err err = row_done(&row);
    return err != ERR_OK || format == FORMAT ? err : ERR_OLD_FORMAT;
}

static enum err check_network(struct txn *txn, struct table meta, const struct hash *network)
{
    struct hash stored = {{0}};
    struct reader row = get_meta(txn, meta, name_key("network"));
    reader_copy(&row, stored.bytes, HASH_SIZE);
    enum err err = row_done(&row);
    return err != ERR_OK || hash_equal(&stored, network) ? err : ERR_FOREIGN_DATA;
}

static enum err get_node(struct txn *txn, struct table meta, struct bytes key, uint32_t *id,
                         struct incarnation *incarnation)
{
    struct reader row = get_meta(txn, meta, key);
    *id = reader_u32(&row);
    reader_copy(&row, incarnation->bytes, INCARNATION_SIZE);
    return row_done(&row);
}

static enum err get_vote(struct txn *txn, struct table meta, struct disk_state *state)
{
    struct reader row = get_meta(txn, meta, name_key("vote"));
    state->term = reader_u64(&row);
    state->vote = reader_u32(&row);
    return row_done(&row);
}

static enum err get_commit(struct txn *txn, struct table meta, struct disk_state *state)
{
    struct reader row = get_meta(txn, meta, name_key("commit"));
    state->commit = reader_u64(&row);
    uint64_t number = reader_u64(&row);
    enum err err = row_done(&row);
    /* Another number is a row of an older tree: a page was not written, or a page number changed.
     */
    return err != ERR_OK || number == txn_number(txn) ? err : ERR_DAMAGED;
}

/* --- The rows of the peers, in `meta` too --- */

#define PEER_KEY "peer"

struct peer_key {
    uint8_t bytes[sizeof PEER_KEY - 1 + 4];
};

static struct peer_key peer_key(uint32_t id)
{
    struct peer_key key = {{0}};
    struct writer writer = writer_over(key.bytes, sizeof key.bytes);
    writer_bytes(&writer, PEER_KEY, sizeof PEER_KEY - 1);
    writer_u32(&writer, id);
    return key;
}

/* ERR_NOT_FOUND when the peer has no row. The id stands in the row as well, so that no peer's row
 * is taken for another's. */
static enum err find_peer(struct txn *txn, struct table meta, uint32_t id, struct incarnation *out)
{
    struct peer_key key = peer_key(id);
    struct bytes name = bytes_of(key.bytes, sizeof key.bytes);
    uint32_t stored;
    if (!txn_get(txn, meta, name, NULL))
        return txn->err == ERR_OK ? ERR_NOT_FOUND : txn->err;
    enum err err = get_node(txn, meta, name, &stored, out);
    return err != ERR_OK || stored == id ? err : ERR_DAMAGED;
}

static bool is_of_peer(struct bytes key)
{
    struct reader reader = reader_over(key);
    return bytes_equal(reader_bytes(&reader, sizeof PEER_KEY - 1), name_key(PEER_KEY));
}

/* Whole, and of the peer that the key names. */
static enum err check_peer(struct txn *txn, struct table meta, struct bytes key)
{
    struct incarnation incarnation;
    struct reader reader = reader_over(key);
    (void)reader_bytes(&reader, sizeof PEER_KEY - 1);
    uint32_t id = reader_u32(&reader);
    if (reader_done(&reader) != ERR_OK)
        return ERR_DAMAGED;
    enum err err = find_peer(txn, meta, id, &incarnation);
    return err == ERR_NOT_FOUND ? ERR_DAMAGED : err;
}

/* A peer's row that is damaged is found at the start, not when the peer calls; that one is lost, or
 * has another name now, shows in the number of rows. */
static enum err check_peers(struct txn *txn, struct table meta)
{
    struct bytes key;
    uint64_t rows = META_NAMES;
    enum err err = ERR_OK;
    struct cursor cursor = cursor_open(txn, meta);
    bool any = cursor_seek(&cursor, name_key(PEER_KEY), &key, NULL);
    while (any && err == ERR_OK && is_of_peer(key)) {
        err = check_peer(txn, meta, key);
        rows++;
        any = cursor_next(&cursor, &key, NULL);
    }
    cursor_close(&cursor);
    if (err == ERR_OK)
        err = txn->err;
    return err != ERR_OK || txn_count(txn, meta) == rows ? err : ERR_DAMAGED;
}

/* --- The rows of `blocks` --- */

struct height_key {
    uint8_t bytes[8];
};

static struct height_key height_key(uint64_t height)
{
    struct height_key key = {{0}};
    struct writer writer = writer_over(key.bytes, sizeof key.bytes);
    writer_u64(&writer, height);
    return key;
}

static struct bytes key_bytes(const struct height_key *key)
{
    return bytes_of(key->bytes, sizeof key->bytes);
}

static enum err height_of(struct bytes key, uint64_t *height)
{
    struct reader reader = reader_over(key);
    *height = reader_u64(&reader);
    return reader_done(&reader) == ERR_OK ? ERR_OK : ERR_DAMAGED;
}

/* The highest block's height; 0 when there is none. */
static enum err last_height(struct txn *txn, struct table blocks, uint64_t *last)
{
    struct bytes key;
    struct cursor cursor = cursor_open(txn, blocks);
    bool any = cursor_last(&cursor, &key, NULL);
    cursor_close(&cursor);
    *last = 0;
    return any ? height_of(key, last) : txn->err;
}

/* The block's bytes as they are stored, unchecked, and their sum before them. */
static enum err find_block(struct txn *txn, struct table blocks, uint64_t height,
                           struct bytes *value)
{
    struct height_key key = height_key(height);
    /* A size that is out of bounds would lead out of the file. */
    if (txn_get(txn, blocks, key_bytes(&key), value))
        return value->size <= SUM_SIZE + BLOCK_SIZE_MAX ? ERR_OK : ERR_DAMAGED;
    uint64_t last;
    enum err err = last_height(txn, blocks, &last);
    if (err != ERR_OK)
        return err;
    return height == 0 || height > last ? ERR_NOT_FOUND : ERR_DAMAGED;
}

/* The whole block, of the height at which it is stored. */
static enum err check_block(struct bytes encoded, uint64_t height, struct block *out)
{
    bool sound = block_parse(encoded, out) == ERR_OK && out->header.height == height;
    return sound ? ERR_OK : ERR_DAMAGED;
}

static enum err check_header(struct bytes encoded, uint64_t height, struct block_header *out)
{
    bool sound = block_header_parse(encoded, out) == ERR_OK && out->height == height &&
                 out->payload_size == encoded.size - BLOCK_HEADER_SIZE;
    return sound ? ERR_OK : ERR_DAMAGED;
}

/* --- Opening --- */

static enum err make_log(struct disk *disk, const struct disk_options *options)
{
    struct txn txn;
    enum err err = txn_begin(disk->store, true, &txn);
    if (err != ERR_OK)
        return err;
    struct disk_state state = {.node = options->node, .incarnation = options->incarnation};
    struct table meta = txn_table(&txn, "meta", TABLE_PLAIN);
    (void)txn_table(&txn, "blocks", TABLE_PLAIN);
    put_format(&txn, meta);
    put_network(&txn, meta, &options->network);
    put_node(&txn, meta, name_key("node"), options->node, &options->incarnation);
    put_vote(&txn, meta, &state);
    put_commit(&txn, meta, &state);
    return txn_commit(&txn);
}

static enum err load_meta(struct txn *txn, struct disk *disk, const struct disk_options *options)
{
    enum err err = check_format(txn, disk->meta);
    if (err == ERR_OK)
        err = check_network(txn, disk->meta, &options->network);
    if (err == ERR_OK)
        err = get_node(txn, disk->meta, name_key("node"), &disk->state.node,
                       &disk->state.incarnation);
    if (err == ERR_OK)
        err = get_vote(txn, disk->meta, &disk->state);
    if (err == ERR_OK)
        err = get_commit(txn, disk->meta, &disk->state);
    if (err == ERR_OK)
        err = check_peers(txn, disk->meta);
    bool any_node = options->read_only && options->node == 0;
    if (err == ERR_OK && !any_node && disk->state.node != options->node)
        err = ERR_FOREIGN_DATA;
    return err;
}

/* The heights are 1 to the last, so their number is one more place that says what the last is. */
static enum err load_last(struct txn *txn, struct disk *disk)
{
    struct disk_state *state = &disk->state;
    enum err err = last_height(txn, disk->blocks, &state->last);
    if (err != ERR_OK)
        return err;
    bool sound = txn_count(txn, disk->blocks) == state->last && state->commit <= state->last;
    return sound ? ERR_OK : ERR_DAMAGED;
}

static enum err load_log(struct disk *disk, const struct disk_options *options)
{
    struct txn txn;
    enum err err = txn_begin(disk->store, false, &txn);
    if (err != ERR_OK)
        return err;
    disk->meta = txn_table(&txn, "meta", TABLE_PLAIN);
    disk->blocks = txn_table(&txn, "blocks", TABLE_PLAIN);
    /* Both were made in the first transaction. */
    err = txn.err == ERR_NOT_FOUND ? ERR_DAMAGED : txn.err;
    if (err == ERR_OK)
        err = load_meta(&txn, disk, options);
    if (err == ERR_OK)
        err = load_last(&txn, disk);
    if (err == ERR_OK)
        return txn_commit(&txn); /* which keeps the tables open */
    txn_abort(&txn);
    return err;
}

static enum err open_log(struct disk *disk, const struct disk_options *options)
{
    struct store_options store = {
        .directory = options->directory,
        .tables_max = 2,
        .read_only = options->read_only,
    };
    enum err err = store_open(&store, &disk->store);
    if (err != ERR_OK)
        return err;
    /* A log that lost its rows is not made anew: its node would vote twice. */
    if (store_is_new(disk->store)) {
        err = options->read_only ? ERR_NOT_FOUND : make_log(disk, options);
        if (err != ERR_OK)
            return err;
    }
    return load_log(disk, options);
}

enum err disk_open(const struct disk_options *options, struct disk **out)
{
    *out = NULL;
    struct disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL)
        return ERR_MEMORY;
    disk->network = options->network;
    enum err err = open_log(disk, options);
    if (err != ERR_OK) {
        disk_close(disk);
        return err;
    }
    *out = disk;
    return ERR_OK;
}

void disk_close(struct disk *disk)
{
    if (disk == NULL)
        return;
    store_close(disk->store);
    free(disk);
}

struct disk_state disk_state(const struct disk *disk)
{
    return disk->state;
}

/* --- Writing --- */

static enum err save(struct disk *disk, struct txn *txn, const struct disk_write *write,
                     struct disk_state *state)
{
    bool is_new_term = write->term > state->term;
    bool is_first_vote = write->term == state->term && state->vote == 0;
    bool is_same = write->term == state->term && write->vote == state->vote;
    if (!is_new_term && !is_first_vote && !is_same)
        return ERR_INTERNAL; /* a second vote in one term, D 3.4 */
    state->term = write->term;
    state->vote = write->vote;
    put_vote(txn, disk->meta, state);
    return txn->err;
}

static enum err learn(struct disk *disk, struct txn *txn, const struct disk_peer *peer)
{
    struct incarnation known;
    enum err err = find_peer(txn, disk->meta, peer->id, &known);
    if (err == ERR_OK) /* which data a node has never changes */
        return memcmp(&known, &peer->incarnation, sizeof known) == 0 ? ERR_OK : ERR_INTERNAL;
    if (err != ERR_NOT_FOUND)
        return err;
    struct peer_key key = peer_key(peer->id);
    put_node(txn, disk->meta, bytes_of(key.bytes, sizeof key.bytes), peer->id, &peer->incarnation);
    return txn->err;
}

static enum err cut(struct disk *disk, struct txn *txn, uint64_t keep, struct disk_state *state)
{
    if (keep < state->commit)
        return ERR_INTERNAL; /* what is committed stays, D 3.6.1 */
    for (; state->last > keep && txn->err == ERR_OK; state->last--) {
        struct height_key key = height_key(state->last);
        if (!txn_delete(txn, disk->blocks, key_bytes(&key)) && txn->err == ERR_OK)
            return ERR_DAMAGED;
    }
    return txn->err;
}

static enum err append(struct disk *disk, struct txn *txn, struct bytes encoded,
                       struct disk_state *state)
{
    struct block_header header;
    if (check_header(encoded, state->last + 1, &header) != ERR_OK)
        return ERR_INTERNAL;
    struct height_key key = height_key(header.height);
    txn_append(txn, disk->blocks, key_bytes(&key), seal(disk->value, sizeof disk->value, encoded));
    state->last = header.height;
    return txn->err;
}

static void note_commit(uint64_t commit, struct disk_state *state)
{
    uint64_t known = commit < state->last ? commit : state->last;
    if (known > state->commit)
        state->commit = known;
}

static enum err write_one(struct disk *disk, struct txn *txn, const struct disk_write *write,
                          struct disk_state *state)
{
    enum err err = ERR_OK;
    if (write->save)
        err = save(disk, txn, write, state);
    for (size_t i = 0; err == ERR_OK && i < write->learned_count; i++)
        err = learn(disk, txn, &write->learned[i]);
    if (err == ERR_OK && write->cut)
        err = cut(disk, txn, write->keep, state);
    for (size_t i = 0; err == ERR_OK && i < write->block_count; i++)
        err = append(disk, txn, write->blocks[i], state);
    if (err == ERR_OK)
        note_commit(write->commit, state);
    return err;
}

static enum err write_all(struct disk *disk, const struct disk_write *writes, size_t count)
{
    struct txn txn;
    struct disk_state state = disk->state;
    enum err err = txn_begin(disk->store, true, &txn);
    for (size_t i = 0; err == ERR_OK && i < count; i++)
        err = write_one(disk, &txn, &writes[i], &state);
    if (err != ERR_OK) {
        txn_abort(&txn);
        return err;
    }
    put_commit(&txn, disk->meta, &state);
    err = txn_commit(&txn);
    if (err == ERR_OK)
        disk->state = state;
    return err;
}

enum err disk_write(struct disk *disk, const struct disk_write *writes, size_t count)
{
    if (disk->broken == ERR_OK && count > 0)
        disk->broken = write_all(disk, writes, count);
    return disk->broken;
}

/* --- Mending --- */

static enum err replace_block(struct disk *disk, struct txn *txn, const struct block *block)
{
    struct height_key key = height_key(block->header.height);
    struct bytes stored;
    struct bytes content;
    struct block whole;
    if (!txn_get(txn, disk->blocks, key_bytes(&key), &stored) ||
        stored.size != SUM_SIZE + block->encoded.size)
        return txn->err != ERR_OK ? txn->err : ERR_DAMAGED;
    if (unseal(stored, &content) == ERR_OK &&
        check_block(content, block->header.height, &whole) == ERR_OK)
        return ERR_INTERNAL;
    txn_put(txn, disk->blocks, key_bytes(&key),
            seal(disk->value, sizeof disk->value, block->encoded));
    put_commit(txn, disk->meta, &disk->state);
    return txn->err;
}

enum err disk_mend(struct disk *disk, uint64_t height, struct bytes encoded,
                   const struct hash *hash)
{
    struct block block;
    struct txn txn;
    if (block_parse(encoded, &block) != ERR_OK || block.header.height != height ||
        !hash_equal(&block.hash, hash))
        return ERR_BROKEN_CHAIN;
    if (height > disk->state.commit)
        return ERR_INTERNAL;
    enum err err = disk->broken != ERR_OK ? disk->broken : txn_begin(disk->store, true, &txn);
    if (err != ERR_OK)
        return err;
    err = replace_block(disk, &txn, &block);
    if (err != ERR_OK) {
        txn_abort(&txn);
        return err;
    }
    return disk->broken = txn_commit(&txn);
}

/* --- Reading --- */

/* Copies what was checked: all views of the caller's are into the copy. */
static enum err copy_block(struct bytes value, void *buffer, size_t capacity, struct bytes *encoded)
{
    struct bytes content;
    enum err err = unseal(value, &content);
    if (err != ERR_OK)
        return err;
    if (content.size > capacity)
        return ERR_TOO_LARGE;
    memcpy(buffer, content.data, content.size);
    *encoded = bytes_of(buffer, content.size);
    return ERR_OK;
}

enum err disk_read(struct disk *disk, uint64_t height, void *buffer, size_t capacity,
                   struct block *out)
{
    struct txn txn;
    struct bytes value;
    struct bytes encoded;
    enum err err = txn_begin(disk->store, false, &txn);
    if (err == ERR_OK)
        err = find_block(&txn, disk->blocks, height, &value);
    if (err == ERR_OK)
        err = copy_block(value, buffer, capacity, &encoded);
    txn_abort(&txn);
    return err == ERR_OK ? check_block(encoded, height, out) : err;
}

enum err disk_header(struct disk *disk, uint64_t height, struct block_header *header,
                     uint32_t *size)
{
    struct txn txn;
    struct bytes value;
    struct bytes encoded;
    enum err err = txn_begin(disk->store, false, &txn);
    if (err == ERR_OK)
        err = find_block(&txn, disk->blocks, height, &value);
    if (err == ERR_OK)
        err = unseal(value, &encoded);
    if (err == ERR_OK)
        err = check_header(encoded, height, header);
    if (err == ERR_OK)
        *size = (uint32_t)encoded.size;
    txn_abort(&txn);
    return err;
}

enum err disk_peer(struct disk *disk, uint32_t id, struct incarnation *out)
{
    struct txn txn;
    enum err err = txn_begin(disk->store, false, &txn);
    if (err == ERR_OK)
        err = find_peer(&txn, disk->meta, id, out);
    txn_abort(&txn);
    return err;
}

/* --- Verifying --- */

/* The block before: of block 1, the network id. */
struct link {
    uint64_t height;
    uint64_t term;
    uint64_t time_ms;
    struct hash hash;
};

/* Checks the block after `link` and moves the link to it. Finds it as a reader does: a walk over
 * the rows would not notice that some can no longer be found. */
static enum err verify_next(struct disk *disk, struct txn *txn, struct link *link)
{
    uint64_t height = link->height + 1;
    struct bytes value;
    struct bytes encoded;
    struct block block;
    enum err err = find_block(txn, disk->blocks, height, &value);
    if (err == ERR_OK)
        err = unseal(value, &encoded);
    if (err == ERR_OK)
        err = check_block(encoded, height, &block);
    if (err == ERR_OK)
        err = block_follows(&block.header, link->height, &link->hash, link->term, link->time_ms);
    if (err == ERR_OK)
        *link = (struct link){height, block.header.term, block.header.time_ms, block.hash};
    return err;
}

static enum err verify_all(struct disk *disk, struct txn *txn, disk_progress *tell, void *context,
                           struct link *link)
{
    uint64_t last;
    enum err err = last_height(txn, disk->blocks, &last);
    while (err == ERR_OK && link->height < last) {
        err = verify_next(disk, txn, link);
        bool due = link->height % TELL_EVERY == 0 || link->height == last;
        if (err == ERR_OK && due && tell != NULL)
            tell(context, link->height, last);
    }
    return err;
}

enum err disk_verify(struct disk *disk, disk_progress *tell, void *context, uint64_t *bad_height)
{
    struct txn txn;
    struct link link = {.hash = disk->network};
    enum err err = txn_begin(disk->store, false, &txn);
    if (err == ERR_OK)
        err = verify_all(disk, &txn, tell, context, &link);
    txn_abort(&txn);
    *bad_height = err == ERR_OK ? 0 : link.height + 1;
    return err;
}
