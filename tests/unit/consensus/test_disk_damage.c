#include "consensus/disk.h"

#include "proto/limits.h"
#include "store/store.h"
#include "tests/unit/consensus/log_script.h"
#include "tests/unit/suite.h"

#include <sys/mman.h>
#include <zlib.h>

/* --- A log whose file can be changed under it --- */

struct victim {
    struct scratch scratch;
    struct script *script;
    uint8_t *file; /* data.mdb, mapped: what is changed here is what LMDB reads */
    size_t size;
};

static const char *data_path(const struct victim *victim)
{
    return scratch_path(&victim->scratch, "data.mdb");
}

static void map_file(struct victim *victim)
{
    int fd = open(data_path(victim), O_RDWR);
    must(fd >= 0);
    struct stat status;
    must(fstat(fd, &status) == 0);
    victim->size = (size_t)status.st_size;
    victim->file = mmap(NULL, victim->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(victim->file != MAP_FAILED);
    close(fd);
}

/* A log of these blocks, each of (entries, bytes an entry), written at once: the file then holds
 * each of them in one place. */
static struct victim victim_begin(const uint32_t (*blocks)[2], size_t count)
{
    struct victim victim = {.scratch = scratch_begin(), .script = script_new(30)};
    struct script *script = victim.script;
    struct disk *disk;
    must(script_open(victim.scratch.path, &disk) == ERR_OK);
    static uint8_t buffers[16][SCRIPT_BLOCK_SIZE];
    struct bytes encoded[16];
    must(count <= 16);
    script->term = 3;
    script->vote = 2;
    script->commit = count / 2;
    for (size_t i = 0; i < count; i++)
        encoded[i] = script_build(script, buffers[i], blocks[i][0], blocks[i][1]);
    struct disk_write write = {.save = true,
                               .term = script->term,
                               .vote = script->vote,
                               .commit = script->commit,
                               .blocks = encoded,
                               .block_count = count};
    must(disk_write(disk, &write, 1) == ERR_OK);
    disk_close(disk);
    map_file(&victim);
    return victim;
}

static void victim_end(struct victim *victim)
{
    munmap(victim->file, victim->size);
    free(victim->script);
    scratch_end(&victim->scratch);
}

static enum err open_read_only(const struct victim *victim, struct disk **disk)
{
    struct disk_options options = {
        .directory = victim->scratch.path, .network = script_network(), .read_only = true};
    return disk_open(&options, disk);
}

/* Where these bytes are in the file: exactly once. */
static size_t place_of(const struct victim *victim, struct bytes bytes)
{
    uint8_t *first = memmem(victim->file, victim->size, bytes.data, bytes.size);
    must(first != NULL);
    size_t place = (size_t)(first - victim->file);
    must(memmem(first + 1, victim->size - place - 1, bytes.data, bytes.size) == NULL);
    return place;
}

/* --- Bits of blocks --- */

/* Of all heights, only `bad` cannot be read. */
static void only_one_is_bad(struct disk *disk, uint64_t bad, uint64_t last)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    for (uint64_t height = 1; height <= last; height++) {
        struct block block;
        struct block_header header;
        uint32_t size;
        enum err expected = height == bad ? ERR_DAMAGED : ERR_OK;
        must(disk_read(disk, height, buffer, sizeof buffer, &block) == expected);
        must(disk_header(disk, height, &header, &size) == expected);
    }
}

static void flip_every_bit_of(struct victim *victim, struct disk *disk, uint64_t height)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    struct block block;
    uint64_t bad_height;
    uint64_t last = disk_state(disk).last;
    must(disk_read(disk, height, buffer, sizeof buffer, &block) == ERR_OK);
    size_t place = place_of(victim, block.encoded) - 4; /* with the sum */
    for (size_t bit = 0; bit < 8 * (4 + block.encoded.size); bit++) {
        uint8_t *byte = &victim->file[place + bit / 8];
        *byte ^= (uint8_t)(1 << bit % 8);
        must(disk_verify(disk, NULL, NULL, &bad_height) == ERR_DAMAGED);
        must(bad_height == height);
        if (bit % 101 == 0)
            only_one_is_bad(disk, height, last);
        *byte ^= (uint8_t)(1 << bit % 8);
    }
    must(disk_verify(disk, NULL, NULL, &bad_height) == ERR_OK);
}

START_TEST(every_flipped_bit_of_a_block_is_found_and_its_height_named)
{
    /* In the page, and in pages of their own; the first, the last, one without entries. */
    static const uint32_t blocks[][2] = {{1, 30}, {3, 200}, {0, 0}, {2, 2200}, {1, 100}};
    struct victim victim = victim_begin(blocks, 5);
    struct disk *disk;
    ck_assert_int_eq(open_read_only(&victim, &disk), ERR_OK);
    for (uint64_t height = 1; height <= 5; height++)
        flip_every_bit_of(&victim, disk, height);
    disk_close(disk);
    victim_end(&victim);
}
END_TEST

START_TEST(every_flipped_bit_of_the_meta_rows_is_found_at_the_start)
{
    struct victim victim = {.scratch = scratch_begin(), .script = script_new(30)};
    struct disk *disk;
    ck_assert_int_eq(script_open(victim.scratch.path, &disk), ERR_OK);
    disk_close(disk);
    map_file(&victim);
    static const struct {
        const char *name;
        size_t size;
    } rows[] = {{"format", 2}, {"network", 32}, {"node", 20}, {"vote", 12}, {"commit", 16}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t name_size = strlen(rows[i].name);
        size_t place = place_of(&victim, bytes_of(rows[i].name, name_size)) + name_size;
        for (size_t bit = 0; bit < 8 * (4 + rows[i].size); bit++) {
            uint8_t *byte = &victim.file[place + bit / 8];
            *byte ^= (uint8_t)(1 << bit % 8);
            must(script_open(victim.scratch.path, &disk) == ERR_DAMAGED);
            *byte ^= (uint8_t)(1 << bit % 8);
        }
    }
    ck_assert_int_eq(script_open(victim.scratch.path, &disk), ERR_OK);
    disk_close(disk);
    victim_end(&victim);
}
END_TEST

/* Its key too: a peer that is forgotten could come back with other data. */
START_TEST(every_flipped_bit_of_a_peers_row_is_found_at_the_start)
{
    static const uint32_t blocks[][2] = {{1, 30}};
    static const uint8_t key[] = {'p', 'e', 'e', 'r', 0, 0, 5, 0};
    struct victim victim = victim_begin(blocks, 1);
    munmap(victim.file, victim.size);
    struct disk *disk;
    struct disk_peer peer = script_peer(5);
    struct disk_write write = {.learned = &peer, .learned_count = 1};
    ck_assert_int_eq(script_open(victim.scratch.path, &disk), ERR_OK);
    ck_assert_int_eq(disk_write(disk, &write, 1), ERR_OK);
    disk_close(disk);
    map_file(&victim);
    size_t place = place_of(&victim, bytes_of(key, sizeof key));
    for (size_t bit = 0; bit < 8 * (sizeof key + 4 + 4 + INCARNATION_SIZE); bit++) {
        uint8_t *byte = &victim.file[place + bit / 8];
        *byte ^= (uint8_t)(1 << bit % 8);
        must(script_open(victim.scratch.path, &disk) == ERR_DAMAGED);
        *byte ^= (uint8_t)(1 << bit % 8);
    }
    ck_assert_int_eq(script_open(victim.scratch.path, &disk), ERR_OK);
    ck_assert(script_knows(disk, UINT32_C(1) << 5));
    disk_close(disk);
    victim_end(&victim);
}
END_TEST

/* --- Rows that are wrong though their sums are right --- */

static void put_sealed(struct txn *txn, struct table rows, struct bytes key, struct bytes content)
{
    uint8_t value[4 + SCRIPT_BLOCK_SIZE];
    struct writer writer = writer_over(value, sizeof value);
    writer_u32(&writer, (uint32_t)crc32_z(0, content.data, content.size));
    writer_bytes(&writer, content.data, content.size);
    txn_put(txn, rows, key, writer_view(&writer));
}

/* The row that says which transaction wrote the log last. */
static void put_commit(struct txn *txn, uint64_t height)
{
    uint8_t content[16];
    struct writer writer = writer_over(content, sizeof content);
    writer_u64(&writer, height);
    writer_u64(&writer, txn_number(txn));
    put_sealed(txn, txn_table(txn, "meta", TABLE_PLAIN), bytes_of("commit", 6),
               writer_view(&writer));
}

/* A transaction that a log's writer would not make: puts a row, or takes it away when `content` has
 * no data, and then says that `commit` is known. */
static void change_row(const struct scratch *scratch, const char *table, struct bytes key,
                       struct bytes content, uint64_t commit)
{
    struct store_options options = {.directory = scratch->path, .tables_max = 2};
    struct store *store;
    struct txn txn;
    must(store_open(&options, &store) == ERR_OK);
    must(txn_begin(store, true, &txn) == ERR_OK);
    struct table rows = txn_table(&txn, table, TABLE_PLAIN);
    put_commit(&txn, commit);
    if (content.data == NULL)
        must(txn_delete(&txn, rows, key));
    else
        put_sealed(&txn, rows, key, content);
    must(txn_commit(&txn) == ERR_OK);
    store_close(store);
}

/* How a log of three blocks opens after this change. */
static enum err err_after(const char *table, struct bytes key, struct bytes content,
                          uint64_t commit)
{
    static const uint32_t blocks[][2] = {{1, 30}, {3, 200}, {1, 7}};
    struct victim victim = victim_begin(blocks, 3);
    change_row(&victim.scratch, table, key, content, commit);
    struct disk *disk;
    enum err err = script_open(victim.scratch.path, &disk);
    disk_close(disk);
    victim_end(&victim);
    return err;
}

static struct bytes text(const char *words)
{
    return bytes_of(words, strlen(words));
}

START_TEST(rows_of_another_shape_are_damage_and_another_version_is_said)
{
    static const uint8_t zeros[64];
    static const char *const names[] = {"format", "network", "node", "vote", "commit"};
    static const size_t sizes[] = {2, 32, 20, 12, 16};
    for (size_t i = 0; i < 5; i++) {
        struct bytes name = text(names[i]);
        ck_assert_int_eq(err_after("meta", name, bytes_of(NULL, 0), 1), ERR_DAMAGED);
        ck_assert_int_eq(err_after("meta", name, bytes_of(zeros, 0), 1), ERR_DAMAGED);
        ck_assert_int_eq(err_after("meta", name, bytes_of(zeros, sizes[i] - 1), 1), ERR_DAMAGED);
        ck_assert_int_eq(err_after("meta", name, bytes_of(zeros, sizes[i] + 1), 1), ERR_DAMAGED);
    }
    ck_assert_int_eq(err_after("meta", text("format"), bytes_of("\x00\x02", 2), 1), ERR_OLD_FORMAT);
    ck_assert_int_eq(err_after("meta", text("network"), bytes_of(zeros, 32), 1), ERR_FOREIGN_DATA);
    ck_assert_int_eq(err_after("meta", text("vote"), bytes_of(zeros, 12), 1), ERR_OK);
    ck_assert_int_eq(err_after("meta", text("vote"), bytes_of(zeros, 12), 3), ERR_OK);
    ck_assert_int_eq(err_after("meta", text("vote"), bytes_of(zeros, 12), 4), ERR_DAMAGED);
}
END_TEST

START_TEST(peers_rows_of_another_shape_and_rows_of_no_known_name_are_damage)
{
    static const uint8_t row[21] = {1, 2, 3, 4};
    struct bytes right = text("peer\1\2\3\4");
    ck_assert_int_eq(err_after("meta", right, bytes_of(row, 20), 1), ERR_OK);
    ck_assert_int_eq(err_after("meta", right, bytes_of(row, 19), 1), ERR_DAMAGED);
    ck_assert_int_eq(err_after("meta", right, bytes_of(row, 21), 1), ERR_DAMAGED);
    static const char *const wrong[] = {"peer",         "peer\1\2\3", "peer\1\2\3\4\5",
                                        "peer\1\2\3\5", "other",      "Peer\1\2\3\4"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_int_eq(err_after("meta", text(wrong[i]), bytes_of(row, 20), 1), ERR_DAMAGED);
}
END_TEST

START_TEST(a_row_of_an_older_transaction_is_damage)
{
    /* Right in all but the number: another transaction's. */
    for (uint8_t number = 0; number < 8; number++) {
        const uint8_t row[16] = {[7] = 1, [15] = number};
        static const uint8_t third = 3; /* after the making and the blocks */
        ck_assert_int_eq(err_after("meta", text("commit"), bytes_of(row, 16), 1),
                         number == third ? ERR_OK : ERR_DAMAGED);
    }
}
END_TEST

START_TEST(heights_with_gaps_or_of_another_size_are_damage_at_the_start)
{
    struct bytes none = bytes_of(NULL, 0);
    struct bytes some = text("no block");
    ck_assert_int_eq(err_after("blocks", bytes_of("\0\0\0\0\0\0\0\x01", 8), none, 1), ERR_DAMAGED);
    ck_assert_int_eq(err_after("blocks", bytes_of("\0\0\0\0\0\0\0\x02", 8), none, 1), ERR_DAMAGED);
    ck_assert_int_eq(err_after("blocks", bytes_of("\0\0\0\0\0\0\0\x05", 8), some, 1), ERR_DAMAGED);
    ck_assert_int_eq(err_after("blocks", bytes_of("\0\0\0\0\0\0\0\x00", 8), some, 1), ERR_DAMAGED);
    ck_assert_int_eq(err_after("blocks", bytes_of("\xff", 1), some, 1), ERR_DAMAGED);
    /* The last is gone: no gap, but it is known to have been committed. */
    ck_assert_int_eq(err_after("blocks", bytes_of("\0\0\0\0\0\0\0\x03", 8), none, 3), ERR_DAMAGED);
    ck_assert_int_eq(err_after("blocks", bytes_of("\0\0\0\0\0\0\0\x03", 8), none, 2), ERR_OK);
}
END_TEST

/* What is found in a log of four when the block of `height` is replaced. */
static void verify_with(struct bytes block, uint64_t height, enum err err, uint64_t bad_height)
{
    static const uint32_t blocks[][2] = {{1, 30}, {3, 200}, {1, 7}, {1, 8}};
    struct victim victim = victim_begin(blocks, 4);
    uint8_t key[8] = {0, 0, 0, 0, 0, 0, 0, (uint8_t)height};
    change_row(&victim.scratch, "blocks", bytes_of(key, 8), block, 1);
    struct disk *disk;
    ck_assert_int_eq(script_open(victim.scratch.path, &disk), ERR_OK);
    uint64_t found;
    ck_assert_int_eq(disk_verify(disk, NULL, NULL, &found), err);
    ck_assert_uint_eq(found, bad_height);
    disk_close(disk);
    victim_end(&victim);
}

START_TEST(a_block_that_does_not_follow_or_is_none_is_found)
{
    struct script *script = script_new(31);
    uint8_t buffer[SCRIPT_BLOCK_SIZE];
    script->term = 3;
    struct bytes foreign_first = script_build(script, buffer, 1, 20);
    verify_with(foreign_first, 1, ERR_BROKEN_CHAIN, 2);
    verify_with(foreign_first, 2, ERR_DAMAGED, 2); /* it says another height */
    uint8_t second[SCRIPT_BLOCK_SIZE];
    verify_with(script_build(script, second, 1, 20), 2, ERR_BROKEN_CHAIN, 2);
    script->last = 3;
    verify_with(script_build(script, second, 1, 20), 4, ERR_BROKEN_CHAIN, 4);
    verify_with(text("no block at all"), 3, ERR_DAMAGED, 3);
    verify_with(bytes_of("", 0), 3, ERR_DAMAGED, 3);
    verify_with(bytes_of(foreign_first.data, foreign_first.size - 1), 1, ERR_DAMAGED, 1);
    /* A first block of another network. */
    script->last = 0;
    script->blocks[0].hash.bytes[0] ^= 1;
    verify_with(script_build(script, second, 1, 20), 1, ERR_BROKEN_CHAIN, 1);
    free(script);
}
END_TEST

START_TEST(a_row_that_is_no_block_is_damage_to_who_reads_it)
{
    static const uint32_t blocks[][2] = {{1, 30}, {3, 200}, {1, 7}};
    static const uint8_t zeros[4000];
    static const size_t sizes[] = {0, 1, BLOCK_HEADER_SIZE - 1, BLOCK_HEADER_SIZE, 4000};
    struct victim victim = victim_begin(blocks, 3);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        change_row(&victim.scratch, "blocks", bytes_of("\0\0\0\0\0\0\0\x02", 8),
                   bytes_of(zeros, sizes[i]), 1);
        struct disk *disk;
        ck_assert_int_eq(script_open(victim.scratch.path, &disk), ERR_OK);
        only_one_is_bad(disk, 2, 3);
        disk_close(disk);
    }
    victim_end(&victim);
}
END_TEST

START_TEST(an_environment_without_the_tables_is_no_new_log)
{
    struct scratch scratch = scratch_begin();
    change_row(&scratch, "other", text("key"), text("value"), 0);
    struct disk *disk;
    ck_assert_int_eq(script_open(scratch.path, &disk), ERR_DAMAGED);
    scratch_end(&scratch);
    scratch = scratch_begin();
    struct store_options options = {.directory = scratch.path, .tables_max = 1};
    struct store *store;
    struct txn txn;
    ck_assert_int_eq(store_open(&options, &store), ERR_OK);
    ck_assert(store_is_new(store));
    ck_assert_int_eq(txn_begin(store, true, &txn), ERR_OK);
    txn_table(&txn, "other", TABLE_PLAIN);
    ck_assert_int_eq(txn_commit(&txn), ERR_OK);
    ck_assert(!store_is_new(store));
    store_close(store);
    ck_assert_int_eq(script_open(scratch.path, &disk), ERR_DAMAGED);
    scratch_end(&scratch);
}
END_TEST

START_TEST(a_height_that_can_no_longer_be_found_is_damage_and_not_absence)
{
    static const uint32_t blocks[][2] = {{1, 900}, {1, 900}, {1, 900}, {1, 900}, {1, 900},
                                         {1, 900}, {1, 900}, {1, 900}, {1, 900}, {1, 900}};
    struct victim victim = victim_begin(blocks, 10);
    struct disk *disk;
    ck_assert_int_eq(open_read_only(&victim, &disk), ERR_OK);
    unsigned changed = 0;
    for (uint8_t height = 1; height < 10; height++) {
        uint8_t node[10] = {8, 0, 0, 0, 0,
                            0, 0, 0, 0, height}; /* LMDB's size of the key, the key */
        for (size_t at = 0; at + sizeof node <= victim.size; at++) {
            if (memcmp(victim.file + at, node, sizeof node) != 0)
                continue;
            victim.file[at + 9] ^= 0x10;
            struct block_header header;
            uint32_t size;
            uint64_t bad_height;
            ck_assert_int_eq(disk_header(disk, height, &header, &size), ERR_DAMAGED);
            ck_assert_int_eq(disk_verify(disk, NULL, NULL, &bad_height), ERR_DAMAGED);
            ck_assert_uint_le(bad_height, height);
            victim.file[at + 9] ^= 0x10;
            changed++;
        }
    }
    ck_assert_uint_ge(changed, 9 + 2); /* in leaves, and in the branch above them */
    disk_close(disk);
    victim_end(&victim);
}
END_TEST

/* --- Anything, anywhere --- */

/* What came of a damaged log. OLDER: as it was before its only write, which LMDB's damage can do.
 */
enum fate { FATE_SOUND, FATE_REFUSED, FATE_OLDER, FATE_CRASHED, FATE_WRONG, FATES };

/* Blocks that are handed out are right, whatever the state of the rest. */
static bool blocks_are_right(struct disk *disk, const struct script *script)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    for (uint64_t height = 1; height <= script->last + 1; height++) {
        struct block block;
        if (disk_read(disk, height, buffer, sizeof buffer, &block) != ERR_OK)
            continue;
        if (height > script->last || !hash_equal(&block.hash, &script->blocks[height].hash))
            return false;
    }
    return true;
}

static enum fate fate_of(const struct victim *victim)
{
    struct disk *disk;
    if (open_read_only(victim, &disk) != ERR_OK)
        return FATE_REFUSED;
    struct script_mark mark = script_mark(victim->script);
    struct script_mark before = {.hash = script_network()};
    uint64_t bad_height;
    enum fate fate = FATE_WRONG;
    if (blocks_are_right(disk, victim->script)) {
        if (disk_verify(disk, NULL, NULL, &bad_height) != ERR_OK)
            fate = FATE_REFUSED;
        else if (script_holds(disk, &mark))
            fate = FATE_SOUND;
        else if (script_holds(disk, &before))
            fate = FATE_OLDER;
    }
    disk_close(disk);
    return fate;
}

static uint32_t dice(uint64_t *state, uint32_t sides)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 32) % sides;
}

#define PAGE 4096

/* Damages the copy: one bit, a byte, some bytes, a page of zeros, of noise, or of another page. */
static void damage(struct victim *victim, uint64_t *random)
{
    size_t at = dice(random, (uint32_t)victim->size);
    uint8_t *page = victim->file + at / PAGE * PAGE;
    uint32_t other = dice(random, (uint32_t)(victim->size / PAGE));
    switch (dice(random, 10)) {
    case 0: memset(page, 0, PAGE); break;
    case 1: memmove(page, victim->file + other * PAGE, PAGE); break;
    case 2:
        for (size_t i = 0; i < PAGE; i++)
            page[i] = (uint8_t)dice(random, 256);
        break;
    case 3:
        for (size_t i = 0; i < 16 && at + i < victim->size; i++)
            victim->file[at + i] = (uint8_t)dice(random, 256);
        break;
    case 4: page[dice(random, 64)] = (uint8_t)dice(random, 256); break; /* where LMDB's heads are */
    case 5: page[dice(random, 64)] ^= (uint8_t)(1 << dice(random, 8)); break;
    default: victim->file[at] ^= (uint8_t)(1 << dice(random, 8)); break;
    }
}

struct damages {
    struct victim *victim;
    const uint8_t *sound;
    uint64_t first;
    uint64_t last;
    uint64_t *counts; /* shared with the parent; FATES of them, then how many were done */
};

static int damage_many(void *context)
{
    struct damages *damages = context;
    must(freopen("/dev/null", "w", stderr) != NULL); /* what LMDB and sanitizers say of crashes */
    for (uint64_t i = damages->first; i < damages->last; i++) {
        uint64_t random = (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
        memcpy(damages->victim->file, damages->sound, damages->victim->size);
        damage(damages->victim, &random);
        damages->counts[FATES] = i + 1;
        enum fate fate = fate_of(damages->victim);
        damages->counts[fate]++;
        if (fate == FATE_WRONG)
            break;
    }
    return 0;
}

#ifdef IMEI_SANITIZED /* which take half a second over each crash */
#define DAMAGES 500
#else
#define DAMAGES 4000
#endif

/* LMDB may end the process: the cases run in a child, and the next child goes on after the one that
 * died. What must never be is a block that is not the one that was written. */
START_TEST(damage_anywhere_gives_right_blocks_or_an_error_or_the_end_of_the_process)
{
    static const uint32_t blocks[][2] = {{1, 30},  {3, 200}, {0, 0},   {2, 2200}, {1, 100},
                                         {4, 240}, {4, 240}, {4, 240}, {4, 240},  {1, 9000}};
    struct victim victim = victim_begin(blocks, 10);
    uint8_t *sound = malloc(victim.size);
    memcpy(sound, victim.file, victim.size);
    uint64_t *counts = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(counts != MAP_FAILED);
    struct damages damages = {&victim, sound, 0, DAMAGES, counts};
    while (damages.first < DAMAGES) {
        int status = child_status(damage_many, &damages);
        ck_assert_msg(counts[FATE_WRONG] == 0, "damage %lu", (unsigned long)counts[FATES] - 1);
        /* A signal, or the exit status that a sanitizer makes of it. */
        counts[FATE_CRASHED] += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        damages.first = counts[FATES];
    }
    ck_assert_uint_eq(counts[FATE_WRONG], 0);
    ck_assert_uint_gt(counts[FATE_REFUSED], DAMAGES / 4);
    ck_assert_uint_lt(counts[FATE_CRASHED] + counts[FATE_OLDER], DAMAGES / 10);
    munmap(counts, 4096);
    free(sound);
    victim_end(&victim);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &every_flipped_bit_of_a_block_is_found_and_its_height_named,
        &every_flipped_bit_of_the_meta_rows_is_found_at_the_start,
        &every_flipped_bit_of_a_peers_row_is_found_at_the_start,
        &rows_of_another_shape_are_damage_and_another_version_is_said,
        &peers_rows_of_another_shape_and_rows_of_no_known_name_are_damage,
        &a_row_of_an_older_transaction_is_damage,
        &heights_with_gaps_or_of_another_size_are_damage_at_the_start,
        &a_block_that_does_not_follow_or_is_none_is_found,
        &a_row_that_is_no_block_is_damage_to_who_reads_it,
        &an_environment_without_the_tables_is_no_new_log,
        &a_height_that_can_no_longer_be_found_is_damage_and_not_absence,
        &damage_anywhere_gives_right_blocks_or_an_error_or_the_end_of_the_process,
    };
    return suite_run("consensus/disk_damage", cases, sizeof cases / sizeof *cases);
}
