#include "proto/block.h"

#include "proto/limits.h"
#include "tests/unit/proto/recode.h"

enum { AT_MAGIC = 0, AT_VERSION = 4, AT_KIND = 5, AT_ZERO = 6, AT_HEIGHT = 8, AT_TERM = 16 };
enum { AT_TIME = 24, AT_LEADER = 32, AT_COUNT = 36, AT_SIZE = 40, AT_MORE_ZERO = 44 };
enum { AT_ROOT = 80 };

static struct block_header sample_header(enum block_kind kind)
{
    struct block_header header = {
        .kind = kind,
        .height = UINT64_C(0x0102030405060708),
        .term = 9,
        .time_ms = UINT64_C(1763683200000),
        .leader = 3,
    };
    memset(header.previous.bytes, 0xab, HASH_SIZE);
    return header;
}

/* A block of `count` entries of 1, 2, 3… bytes. */
static struct bytes sample(uint8_t *buffer, size_t capacity, enum block_kind kind, uint32_t count,
                           struct block_header *header)
{
    uint8_t entry[64];
    struct block_build build;
    block_build(&build, buffer, capacity);
    for (uint32_t i = 0; i < count; i++) {
        memset(entry, (int)i, sizeof entry);
        ck_assert_int_eq(block_build_add(&build, bytes_of(entry, 1 + i)), ERR_OK);
    }
    *header = sample_header(kind);
    return block_build_end(&build, header);
}

/* Writes the block again from its header's values and its entries. */
static enum err recode_block(struct bytes input, struct writer *again)
{
    struct block block;
    enum err err = block_parse(input, &block);
    if (err != ERR_OK)
        return err;
    struct block_build build;
    block_build(&build, again->data, again->capacity);
    struct bytes entry;
    for (struct block_walk walk = block_walk(&block); block_walk_next(&walk, &entry);)
        ck_assert_int_eq(block_build_add(&build, entry), ERR_OK);
    struct block_header header = block.header;
    again->size = block_build_end(&build, &header).size;
    return ERR_OK;
}

static enum err recode_header(struct bytes input, struct writer *again)
{
    struct block_header header;
    enum err err = block_header_parse(input, &header);
    if (err == ERR_OK)
        block_header_write(again, &header);
    return err;
}

START_TEST(reads_what_was_built)
{
    uint8_t buffer[1024];
    struct block_header header;
    struct block block;
    struct bytes encoded = sample(buffer, sizeof buffer, BLOCK_TRANSACTIONS, 7, &header);
    ck_assert_int_eq(block_parse(encoded, &block), ERR_OK);
    ck_assert_int_eq(block.header.kind, BLOCK_TRANSACTIONS);
    ck_assert_uint_eq(block.header.height, UINT64_C(0x0102030405060708));
    ck_assert_uint_eq(block.header.term, 9);
    ck_assert_uint_eq(block.header.time_ms, UINT64_C(1763683200000));
    ck_assert_uint_eq(block.header.leader, 3);
    ck_assert_uint_eq(block.header.count, 7);
    ck_assert_uint_eq(block.header.payload_size, 7 * 4 + 28);
    ck_assert(hash_equal(&block.header.previous, &header.previous));
    ck_assert(bytes_equal(block.encoded, encoded));
    ck_assert_ptr_eq(block.payload.data, encoded.data + BLOCK_HEADER_SIZE);
    ck_assert_uint_eq(block.payload.size, encoded.size - BLOCK_HEADER_SIZE);

    struct block_walk walk = block_walk(&block);
    struct bytes entry;
    for (size_t i = 0; i < 7; i++) {
        ck_assert(block_walk_next(&walk, &entry));
        ck_assert_uint_eq(entry.size, 1 + i);
        ck_assert_uint_eq(entry.data[i], i);
    }
    ck_assert(!block_walk_next(&walk, &entry));
    ck_assert(!block_walk_next(&walk, &entry));
}
END_TEST

START_TEST(lays_the_header_out_as_documented)
{
    uint8_t buffer[1024];
    struct block_header header;
    struct bytes encoded = sample(buffer, sizeof buffer, BLOCK_CHECKPOINT, 1, &header);
    static const uint8_t start[48] = {
        'I', 'M', 'E',  'B',  1,    4,    0,    0,    /* magic, version, kind, zero */
        1,   2,   3,    4,    5,    6,    7,    8,    /* height */
        0,   0,   0,    0,    0,    0,    0,    9,    /* term */
        0,   0,   0x01, 0x9a, 0xa3, 0xb5, 0xec, 0x00, /* time */
        0,   0,   0,    3,    0,    0,    0,    1,    /* leader, count */
        0,   0,   0,    5,    0,    0,    0,    0,    /* payload size, zero */
    };
    ck_assert_uint_eq(encoded.size, BLOCK_HEADER_SIZE + 5);
    ck_assert_mem_eq(encoded.data, start, sizeof start);
    ck_assert_mem_eq(encoded.data + 48, header.previous.bytes, HASH_SIZE);
    ck_assert_mem_eq(encoded.data + 80, header.payload_root.bytes, HASH_SIZE);
}
END_TEST

START_TEST(hashes_the_header_and_roots_the_payload)
{
    uint8_t buffer[1024];
    struct block_header header;
    struct block block;
    struct bytes encoded = sample(buffer, sizeof buffer, BLOCK_TRANSACTIONS, 2, &header);
    ck_assert_int_eq(block_parse(encoded, &block), ERR_OK);
    struct hash expected = hash_of(bytes_of(encoded.data, BLOCK_HEADER_SIZE));
    ck_assert(hash_equal(&block.hash, &expected));
    expected = block_header_hash(&header);
    ck_assert(hash_equal(&block.hash, &expected));

    struct hash left = merkle_leaf(bytes_of("\0", 1));
    struct hash right = merkle_leaf(bytes_of("\1\1", 2));
    expected = merkle_node(&left, &right);
    ck_assert(hash_equal(&block.header.payload_root, &expected));

    encoded = sample(buffer, sizeof buffer, BLOCK_NOOP, 0, &header);
    expected = hash_of(bytes_of(NULL, 0));
    ck_assert_uint_eq(encoded.size, BLOCK_HEADER_SIZE);
    ck_assert(hash_equal(&header.payload_root, &expected));
}
END_TEST

START_TEST(has_one_encoding)
{
    uint8_t buffer[1024];
    struct block_header header;
    recode_holds(recode_block, sample(buffer, sizeof buffer, BLOCK_TRANSACTIONS, 3, &header));
    recode_holds(recode_block, sample(buffer, sizeof buffer, BLOCK_NOOP, 0, &header));
    recode_holds(recode_block, sample(buffer, sizeof buffer, BLOCK_CONFIGURATION, 1, &header));
    recode_holds(recode_block, sample(buffer, sizeof buffer, BLOCK_CHECKPOINT, 1, &header));
}
END_TEST

START_TEST(has_one_encoding_of_the_header)
{
    uint8_t buffer[1024];
    struct block_header header;
    struct bytes encoded = sample(buffer, sizeof buffer, BLOCK_TRANSACTIONS, 3, &header);
    struct bytes head = bytes_of(encoded.data, BLOCK_HEADER_SIZE);
    recode_takes(recode_header, head);
    recode_refuses_truncations(recode_header, head);
    /* Most of a header is numbers and hashes, of which nearly every value is one. */
    ck_assert_uint_gt(recode_flips(recode_header, head), 64 * 8);
    recode_damaged(recode_header, head, 2000);

    struct block_header again;
    ck_assert_int_eq(block_header_parse(encoded, &again), ERR_OK);
    ck_assert_int_eq(block_header_parse(head, &again), ERR_OK);
}
END_TEST

START_TEST(finds_every_flipped_bit_of_the_payload_and_its_root)
{
    uint8_t buffer[1024];
    struct block_header header;
    struct block block;
    struct bytes encoded = sample(buffer, sizeof buffer, BLOCK_TRANSACTIONS, 5, &header);
    for (size_t bit = 8 * AT_ROOT; bit < 8 * encoded.size; bit++) {
        buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_ne(block_parse(encoded, &block), ERR_OK);
        buffer[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    buffer[encoded.size - 1] ^= 1;
    ck_assert_int_eq(block_parse(encoded, &block), ERR_DAMAGED);
}
END_TEST

/* Parses the sample of that kind after `size` bytes at `at` were overwritten. */
static enum err parse_with(enum block_kind kind, uint32_t count, size_t at, const void *bytes,
                           size_t size)
{
    uint8_t buffer[1024];
    struct block_header header;
    struct block block;
    struct bytes encoded = sample(buffer, sizeof buffer, kind, count, &header);
    memcpy(buffer + at, bytes, size);
    enum err err = block_header_parse(encoded, &header);
    return err != ERR_OK ? err : block_parse(encoded, &block);
}

START_TEST(refuses_another_magic_or_version)
{
    ck_assert_int_eq(parse_with(BLOCK_NOOP, 0, AT_MAGIC, "J", 1), ERR_BAD_VERSION);
    ck_assert_int_eq(parse_with(BLOCK_NOOP, 0, AT_MAGIC + 3, "A", 1), ERR_BAD_VERSION);
    ck_assert_int_eq(parse_with(BLOCK_NOOP, 0, AT_VERSION, "\0", 1), ERR_BAD_VERSION);
    ck_assert_int_eq(parse_with(BLOCK_NOOP, 0, AT_VERSION, "\2", 1), ERR_BAD_VERSION);
}
END_TEST

START_TEST(refuses_values_out_of_range)
{
    static const uint8_t zeroes[8];
    static const struct {
        size_t at;
        size_t size;
        uint8_t bytes[8];
    } cases[] = {
        {AT_KIND, 1, {0}},
        {AT_KIND, 1, {5}},
        {AT_KIND, 1, {255}},
        {AT_ZERO, 2, {0, 1}},
        {AT_ZERO, 2, {1, 0}},
        {AT_MORE_ZERO, 4, {0, 0, 0, 1}},
        {AT_MORE_ZERO, 4, {1, 0, 0, 0}},
        {AT_HEIGHT, 8, {0}},
        {AT_TERM, 8, {0}},
        {AT_LEADER, 4, {0}},
        {AT_TIME, 8, {0, 0, 0xe6, 0x77, 0xd2, 0x1f, 0xdc, 0}}, /* TIME_MAX_MS + 1 */
        {AT_COUNT, 4, {0}},
        {AT_COUNT, 4, {0, 0, 0x10, 1}},      /* BLOCK_TX_MAX + 1 */
        {AT_COUNT, 4, {0, 0, 0, 9}},         /* more than the payload has room for */
        {AT_SIZE, 4, {0, 0x0f, 0xff, 0x91}}, /* one more than a block holds */
        {AT_SIZE, 4, {0xff, 0xff, 0xff, 0xff}},
        {AT_SIZE, 4, {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum err err =
            parse_with(BLOCK_TRANSACTIONS, 3, cases[i].at, cases[i].bytes, cases[i].size);
        ck_assert_msg(err == ERR_OUT_OF_RANGE, "case %zu: %s", i, err_name(err));
    }
    ck_assert_int_eq(parse_with(BLOCK_TRANSACTIONS, 3, AT_ZERO, zeroes, 2), ERR_OK);
}
END_TEST

START_TEST(refuses_a_count_that_is_not_its_kinds)
{
    static const uint8_t one[4] = {0, 0, 0, 1};
    static const uint8_t two[4] = {0, 0, 0, 2};
    static const uint8_t five[4] = {0, 0, 0, 5};
    ck_assert_int_eq(parse_with(BLOCK_NOOP, 0, AT_COUNT, one, 4), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(BLOCK_NOOP, 0, AT_SIZE, five, 4), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(BLOCK_CONFIGURATION, 1, AT_COUNT, two, 4), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(BLOCK_CHECKPOINT, 1, AT_COUNT, "\0\0\0", 4), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(BLOCK_TRANSACTIONS, 2, AT_KIND, "\3", 1), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(BLOCK_CHECKPOINT, 1, AT_KIND, "\2", 1), ERR_OUT_OF_RANGE);
}
END_TEST

/* What becomes of the header alone with these values. */
static enum err parse_header(struct block_header header)
{
    uint8_t buffer[BLOCK_HEADER_SIZE];
    struct writer writer = writer_over(buffer, sizeof buffer);
    block_header_write(&writer, &header);
    return recode_checked(recode_header, writer_view(&writer));
}

START_TEST(takes_each_number_up_to_its_bounds_and_no_further)
{
    enum { PAYLOAD_MAX = BLOCK_SIZE_MAX - BLOCK_HEADER_SIZE };
    struct block_header least = {BLOCK_NOOP, .height = 1, .term = 1, .leader = 1};
    struct block_header most = {
        .kind = BLOCK_TRANSACTIONS,
        .height = UINT64_MAX,
        .term = UINT64_MAX,
        .time_ms = TIME_MAX_MS,
        .leader = UINT32_MAX,
        .count = BLOCK_TX_MAX,
        .payload_size = PAYLOAD_MAX,
    };
    ck_assert_int_eq(parse_header(least), ERR_OK);
    ck_assert_int_eq(parse_header(most), ERR_OK);
    most.payload_size = PAYLOAD_MAX + 1;
    ck_assert_int_eq(parse_header(most), ERR_OUT_OF_RANGE);
    most.payload_size = 5 * BLOCK_TX_MAX;
    ck_assert_int_eq(parse_header(most), ERR_OK);
    most.payload_size = 5 * BLOCK_TX_MAX - 1;
    ck_assert_int_eq(parse_header(most), ERR_OUT_OF_RANGE);
    most.payload_size = PAYLOAD_MAX;
    most.count = BLOCK_TX_MAX + 1;
    ck_assert_int_eq(parse_header(most), ERR_OUT_OF_RANGE);
    most.count = 0;
    most.payload_size = 0;
    ck_assert_int_eq(parse_header(most), ERR_OUT_OF_RANGE);
    least.payload_size = 1;
    ck_assert_int_eq(parse_header(least), ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(refuses_a_payload_that_is_longer_or_shorter_than_its_entries)
{
    static const uint8_t empty_entry[4] = {0};
    static const uint8_t fewer[4] = {0, 0, 0, 2};
    static const uint8_t more[4] = {0, 0, 0, 3};
    ck_assert_int_eq(parse_with(BLOCK_TRANSACTIONS, 3, AT_COUNT, fewer, 4), ERR_TRAILING);
    ck_assert_int_eq(parse_with(BLOCK_TRANSACTIONS, 2, BLOCK_HEADER_SIZE, empty_entry, 4),
                     ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(BLOCK_TRANSACTIONS, 2, BLOCK_HEADER_SIZE + 5, more, 4),
                     ERR_TRUNCATED);
    ck_assert_int_eq(parse_with(BLOCK_TRANSACTIONS, 2, BLOCK_HEADER_SIZE, "\x7f", 1),
                     ERR_TOO_LARGE);
}
END_TEST

START_TEST(leaves_nothing_to_use_after_an_error)
{
    uint8_t buffer[1024];
    struct block_header header;
    struct block block;
    struct bytes encoded = sample(buffer, sizeof buffer, BLOCK_TRANSACTIONS, 2, &header);
    buffer[encoded.size - 1] ^= 1;
    ck_assert_int_eq(block_parse(encoded, &block), ERR_DAMAGED);
    ck_assert_uint_eq(block.payload.size, 0);
    ck_assert_uint_eq(block.encoded.size, 0);
}
END_TEST

START_TEST(follows_only_its_predecessor)
{
    struct block_header header = sample_header(BLOCK_NOOP);
    struct hash other = header.previous;
    other.bytes[31] ^= 1;
    uint64_t before = header.height - 1;
    const struct hash *previous = &header.previous;
    uint64_t time_ms = header.time_ms;
    ck_assert_int_eq(block_follows(&header, before, previous, 9, time_ms), ERR_OK);
    ck_assert_int_eq(block_follows(&header, before, previous, 1, time_ms - 1), ERR_OK);
    ck_assert_int_eq(block_follows(&header, before, &other, 9, time_ms), ERR_BROKEN_CHAIN);
    ck_assert_int_eq(block_follows(&header, before - 1, previous, 9, time_ms), ERR_BROKEN_CHAIN);
    ck_assert_int_eq(block_follows(&header, before + 1, previous, 9, time_ms), ERR_BROKEN_CHAIN);
    ck_assert_int_eq(block_follows(&header, before, previous, 10, time_ms), ERR_BROKEN_CHAIN);
    ck_assert_int_eq(block_follows(&header, before, previous, 9, time_ms + 1), ERR_BROKEN_CHAIN);

    header.height = 0;
    ck_assert_int_eq(block_follows(&header, UINT64_MAX, previous, 9, time_ms), ERR_BROKEN_CHAIN);
    header.height = 1;
    ck_assert_int_eq(block_follows(&header, 0, previous, 0, 0), ERR_OK);
}
END_TEST

START_TEST(holds_a_payload_up_to_the_limit_of_a_block)
{
    uint8_t *buffer = malloc(BLOCK_SIZE_MAX + 1);
    uint8_t *large = calloc(1, BLOCK_SIZE_MAX);
    struct block_build build;
    ck_assert(buffer != NULL && large != NULL);
    block_build(&build, buffer, BLOCK_SIZE_MAX + 1); /* a buffer that would hold more */
    size_t fits = BLOCK_SIZE_MAX - BLOCK_HEADER_SIZE - 4;
    ck_assert_int_eq(block_build_add(&build, bytes_of(large, fits + 1)), ERR_TOO_LARGE);
    ck_assert_int_eq(block_build_add(&build, bytes_of(large, fits)), ERR_OK);
    ck_assert_int_eq(block_build_add(&build, bytes_of(large, 1)), ERR_TOO_LARGE);

    struct block_header header = sample_header(BLOCK_TRANSACTIONS);
    struct block block;
    struct bytes encoded = block_build_end(&build, &header);
    ck_assert_uint_eq(encoded.size, BLOCK_SIZE_MAX);
    ck_assert_int_eq(block_parse(encoded, &block), ERR_OK);
    ck_assert_uint_eq(block.header.count, 1);
    free(buffer);
    free(large);
}
END_TEST

START_TEST(holds_entries_up_to_the_limit_of_a_block)
{
    static uint8_t buffer[BLOCK_HEADER_SIZE + (BLOCK_TX_MAX + 1) * 5];
    struct block_build build;
    block_build(&build, buffer, sizeof buffer);
    for (size_t i = 0; i < BLOCK_TX_MAX; i++)
        ck_assert_int_eq(block_build_add(&build, bytes_of("x", 1)), ERR_OK);
    ck_assert_int_eq(block_build_add(&build, bytes_of("x", 1)), ERR_TOO_LARGE);

    struct block_header header = sample_header(BLOCK_TRANSACTIONS);
    recode_takes(recode_block, block_build_end(&build, &header));
    ck_assert_uint_eq(header.count, BLOCK_TX_MAX);
}
END_TEST

START_TEST(adds_nothing_that_does_not_fit_the_buffer)
{
    uint8_t buffer[BLOCK_HEADER_SIZE + 12] = {0};
    struct block_build build;
    block_build(&build, buffer, sizeof buffer - 1);
    ck_assert_int_eq(block_build_add(&build, bytes_of("ab", 2)), ERR_OK);
    ck_assert_int_eq(block_build_add(&build, bytes_of("ab", 2)), ERR_TOO_LARGE);
    ck_assert_int_eq(block_build_add(&build, bytes_of("a", 1)), ERR_OK);
    ck_assert_int_eq(block_build_add(&build, bytes_of("a", 1)), ERR_TOO_LARGE);
    struct block_header header = sample_header(BLOCK_TRANSACTIONS);
    struct bytes encoded = block_build_end(&build, &header);
    ck_assert_uint_eq(encoded.size, sizeof buffer - 1);
    ck_assert_uint_eq(buffer[sizeof buffer - 1], 0);
    recode_takes(recode_block, encoded);
}
END_TEST

START_TEST(names_its_kinds)
{
    ck_assert_str_eq(block_kind_word(BLOCK_TRANSACTIONS), "transactions");
    ck_assert_str_eq(block_kind_word(BLOCK_NOOP), "no-op");
    ck_assert_str_eq(block_kind_word(BLOCK_CONFIGURATION), "configuration");
    ck_assert_str_eq(block_kind_word(BLOCK_CHECKPOINT), "checkpoint");
    ck_assert_ptr_null(block_kind_word((enum block_kind)5));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_what_was_built,
        &lays_the_header_out_as_documented,
        &hashes_the_header_and_roots_the_payload,
        &has_one_encoding,
        &has_one_encoding_of_the_header,
        &finds_every_flipped_bit_of_the_payload_and_its_root,
        &refuses_another_magic_or_version,
        &refuses_values_out_of_range,
        &refuses_a_count_that_is_not_its_kinds,
        &takes_each_number_up_to_its_bounds_and_no_further,
        &refuses_a_payload_that_is_longer_or_shorter_than_its_entries,
        &leaves_nothing_to_use_after_an_error,
        &follows_only_its_predecessor,
        &holds_a_payload_up_to_the_limit_of_a_block,
        &holds_entries_up_to_the_limit_of_a_block,
        &adds_nothing_that_does_not_fit_the_buffer,
        &names_its_kinds,
    };
    return suite_run("proto/block", cases, sizeof cases / sizeof cases[0]);
}
