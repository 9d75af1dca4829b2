/*
 * The audit of blocks: whatever is changed in one, or missing, is found at its height.
 */
#include "tests/unit/cli/audit.h"

#include <zlib.h>

/* The bytes of a block as they lie in the log. */
static struct bytes stored_block(uint64_t height, uint8_t *buffer)
{
    struct disk_options options = {.directory = at(&scratch, "data/log"), .read_only = true};
    size_t size;
    char *genesis = get_file(at(&scratch, "data/genesis"), &size);
    options.network = hash_of(bytes_of(genesis, size));
    free(genesis);
    struct disk *disk;
    struct block block;
    ck_assert_int_eq(disk_open(&options, &disk), ERR_OK);
    ck_assert_int_eq(disk_read(disk, height, buffer, BLOCK_SIZE_MAX, &block), ERR_OK);
    disk_close(disk);
    unlink(at(&scratch, "data/log/lock.mdb"));
    return block.encoded;
}

/* Flips a bit of each byte of that block, one at a time, wherever it lies in the file. */
static void every_byte_counts(uint64_t height, size_t step)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    struct bytes block = stored_block(height, buffer);
    char *copy = malloc(log_file.size);
    ck_assert_ptr_nonnull(copy);
    for (size_t i = 0; i < block.size; i += step) {
        memcpy(copy, log_file.data, log_file.size);
        size_t found = 0;
        /* Older versions of a page may lie in the file too. */
        for (char *from = copy; from != NULL;) {
            from = memmem(from, log_file.size - (size_t)(from - copy), block.data, block.size);
            if (from == NULL)
                break;
            from[i] = (char)(from[i] ^ 1 << i % 8);
            found++;
        }
        ck_assert_uint_ge(found, 1);
        put_bytes(at(&scratch, log_file.name), copy, log_file.size);
        damaged_at(height, "byte", i);
    }
    restore(&log_file);
    free(copy);
}

START_TEST(every_flipped_byte_of_an_empty_block_is_found_at_its_height)
{
    begin();
    every_byte_counts(1, 1);
    is_sound();
    end();
}
END_TEST

START_TEST(every_flipped_byte_of_a_statement_is_found_at_its_height)
{
    begin();
    every_byte_counts(2, 1);
    is_sound();
    end();
}
END_TEST

START_TEST(flipped_bytes_of_other_blocks_are_found_applied_or_not)
{
    begin();
    every_byte_counts(7, 11);
    every_byte_counts(10, 17);
    every_byte_counts(APPLIED, 13);
    every_byte_counts(APPLIED + 1, 19);
    every_byte_counts(BLOCKS, 7);
    is_sound();
    end();
}
END_TEST

/* Puts other bytes in the place of a block's, with a check sum that fits, wherever it lies. */
static void replace_block(struct bytes block, struct bytes other)
{
    char *copy = malloc(log_file.size);
    ck_assert_ptr_nonnull(copy);
    ck_assert_uint_eq(block.size, other.size);
    memcpy(copy, log_file.data, log_file.size);
    size_t found = 0;
    for (char *from = copy;;) {
        from = memmem(from, log_file.size - (size_t)(from - copy), block.data, block.size);
        if (from == NULL)
            break;
        struct writer sum = writer_over(from - 4, 4);
        writer_u32(&sum, (uint32_t)crc32(0, other.data, (unsigned)other.size));
        memcpy(from, other.data, other.size);
        found++;
    }
    ck_assert_uint_ge(found, 1);
    put_bytes(at(&scratch, log_file.name), copy, log_file.size);
    free(copy);
}

/* The block with its time one later, and all sums right. */
static struct bytes another_block(struct bytes encoded)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    struct block block;
    struct block_build build;
    struct bytes entry;
    ck_assert_int_eq(block_parse(encoded, &block), ERR_OK);
    struct block_header header = block.header;
    header.time_ms++;
    block_build(&build, buffer, sizeof buffer);
    struct block_walk walk = block_walk(&block);
    while (block_walk_next(&walk, &entry))
        ck_assert_int_eq(block_build_add(&build, entry), ERR_OK);
    return block_build_end(&build, &header);
}

START_TEST(a_block_that_was_replaced_with_all_sums_right_breaks_the_chain)
{
    begin();
    static uint8_t buffer[BLOCK_SIZE_MAX];
    static uint8_t other[BLOCK_SIZE_MAX];
    struct bytes block = stored_block(2, buffer);
    replace_block(block, another_block(block));
    damaged_at(3, "replaced", 2);
    damaged_with("block 3: a block does not follow from the one before it");
    restore(&log_file);
    /* The last one that was applied: the block after it does not follow. */
    block = stored_block(APPLIED, buffer);
    replace_block(block, another_block(block));
    damaged_at(APPLIED + 1, "replaced", APPLIED);
    restore(&log_file);
    /* The last of the log, which nothing follows and the state does not know yet. */
    block = stored_block(BLOCKS, buffer);
    replace_block(block, another_block(block));
    is_sound();
    restore(&log_file);
    /* Another block's bytes under this height: both are empty. */
    replace_block(stored_block(APPLIED, buffer), stored_block(1, other));
    damaged_at(APPLIED, "replaced", APPLIED);
    restore(&log_file);
    is_sound();
    end();
}
END_TEST

START_TEST(the_last_block_replaced_with_all_sums_right_is_not_the_state_s)
{
    begin();
    /* Without the blocks above it there is no chain to break: a log of those below is made anew. */
    static uint8_t buffers[APPLIED][4096];
    struct bytes logged[APPLIED];
    for (uint64_t height = 1; height <= APPLIED; height++) {
        static uint8_t buffer[BLOCK_SIZE_MAX];
        struct bytes encoded = stored_block(height, buffer);
        ck_assert_uint_le(encoded.size, sizeof buffers[0]);
        memcpy(buffers[height - 1], encoded.data, encoded.size);
        logged[height - 1] = bytes_of(buffers[height - 1], encoded.size);
    }
    size_t size;
    char *genesis = get_file(at(&scratch, "data/genesis"), &size);
    struct disk_options options = {.directory = at(&scratch, "data/log"),
                                   .network = hash_of(bytes_of(genesis, size)),
                                   .node = 1};
    struct block block;
    struct disk *disk;
    ck_assert_int_eq(unlink(at(&scratch, log_file.name)), 0);
    ck_assert_int_eq(disk_open(&options, &disk), ERR_OK);
    for (uint64_t height = 1; height <= APPLIED; height++) {
        struct bytes encoded = logged[height - 1];
        if (height == APPLIED)
            encoded = another_block(encoded);
        ck_assert_int_eq(block_parse(encoded, &block), ERR_OK);
        struct disk_write write = {.save = height == 1,
                                   .term = 1,
                                   .vote = 1,
                                   .commit = height,
                                   .blocks = &encoded,
                                   .block_count = 1};
        ck_assert_int_eq(disk_write(disk, &write, 1), ERR_OK);
    }
    disk_close(disk);
    damaged_with("in table standing has another value");
    free(genesis);
    end();
}
END_TEST

/* Appends a checkpoint block that says this to the log, as committed. */
static void append_checkpoint(const struct checkpoint *checkpoint)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    static uint8_t room[BLOCK_SIZE_MAX];
    struct block last;
    ck_assert_int_eq(block_parse(stored_block(BLOCKS, buffer), &last), ERR_OK);
    uint8_t entry[CHECKPOINT_SIZE];
    struct writer writer = writer_over(entry, sizeof entry);
    checkpoint_write(&writer, checkpoint);
    struct block_build build;
    block_build(&build, room, sizeof room);
    ck_assert_int_eq(block_build_add(&build, writer_view(&writer)), ERR_OK);
    struct block_header header = {.kind = BLOCK_CHECKPOINT,
                                  .height = BLOCKS + 1,
                                  .term = last.header.term,
                                  .time_ms = last.header.time_ms,
                                  .leader = 1,
                                  .previous = last.hash};
    struct bytes encoded = block_build_end(&build, &header);
    size_t size;
    char *genesis = get_file(at(&scratch, "data/genesis"), &size);
    struct disk_options options = {.directory = at(&scratch, "data/log"),
                                   .network = hash_of(bytes_of(genesis, size)),
                                   .node = 1};
    struct disk_write write = {.commit = BLOCKS + 1, .blocks = &encoded, .block_count = 1};
    struct disk *disk;
    ck_assert_int_eq(disk_open(&options, &disk), ERR_OK);
    ck_assert_int_eq(disk_write(disk, &write, 1), ERR_OK);
    disk_close(disk);
    free(genesis);
}

START_TEST(a_checkpoint_that_does_not_hold_is_named_by_its_height)
{
    begin();
    struct checkpoint checkpoint = {.tree_root = hash_of(bytes_of(NULL, 0))};
    append_checkpoint(&checkpoint);
    is_sound(); /* the state has not come to it */
    ck_assert_int_eq(unlink(at(&scratch, state_file.name)), 0);
    damaged_with("block 15: the checkpoint is not what the blocks before it amount to");
    end();
}
END_TEST

static void drop_blocks(uint64_t from, uint64_t to)
{
    struct store *store;
    struct txn txn;
    open_part("data/log", &store, &txn);
    struct table table = txn_table(&txn, "blocks", TABLE_PLAIN);
    for (uint64_t height = from; height <= to; height++) {
        uint8_t key[8];
        struct writer writer = writer_over(key, sizeof key);
        writer_u64(&writer, height);
        ck_assert(txn_delete(&txn, table, bytes_of(key, sizeof key)));
    }
    close_part(store, &txn);
}

START_TEST(missing_blocks_are_found)
{
    begin();
    drop_blocks(4, 4);
    ended(audit(), EXIT_NO, "Start no node on it");
    restore(&log_file);
    drop_blocks(APPLIED, BLOCKS); /* the state is ahead of the log */
    ended(audit(), EXIT_NO, "Start no node on it");
    restore(&log_file);
    is_sound();
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &every_flipped_byte_of_an_empty_block_is_found_at_its_height,
        &every_flipped_byte_of_a_statement_is_found_at_its_height,
        &flipped_bytes_of_other_blocks_are_found_applied_or_not,
        &a_block_that_was_replaced_with_all_sums_right_breaks_the_chain,
        &the_last_block_replaced_with_all_sums_right_is_not_the_state_s,
        &a_checkpoint_that_does_not_hold_is_named_by_its_height,
        &missing_blocks_are_found,
    };
    return suite_run("cli/audit_log", cases, sizeof cases / sizeof *cases);
}
