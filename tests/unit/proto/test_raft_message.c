#include "proto/raft_message.h"

#include "proto/frame.h"
#include "proto/limits.h"
#include "tests/unit/proto/recode.h"

enum { AT_KIND = 0, AT_FLAGS = 1, AT_ZERO = 2, AT_FROM = 4, AT_TO = 8, AT_COUNT = 52 };

static const enum raft_message_kind kinds[] = {
#define X(name, number, word) RAFT_##name,
    RAFT_MESSAGE_TABLE(X)
#undef X
};

enum { KIND_COUNT = sizeof kinds / sizeof kinds[0] };

static struct raft_message sample_message(enum raft_message_kind kind)
{
    return (struct raft_message){
        .kind = kind,
        .from = 1,
        .to = UINT32_C(0x0a0b0c0d),
        .term = 3,
        .index = UINT64_C(0x1112131415161718),
        .log_term = 2,
        .commit = UINT64_MAX,
        .context = 7,
    };
}

/* An APPEND with blocks of 1 and 5 bytes, or another kind without. */
static struct bytes sample(uint8_t *buffer, size_t capacity, enum raft_message_kind kind)
{
    struct writer writer = writer_over(buffer, capacity);
    struct raft_message message = sample_message(kind);
    message.count = kind == RAFT_APPEND ? 2 : 0;
    raft_message_write(&writer, &message);
    ck_assert_uint_eq(writer.size, RAFT_MESSAGE_HEAD_SIZE);
    if (kind == RAFT_APPEND) {
        frame_write(&writer, bytes_of("a", 1));
        frame_write(&writer, bytes_of("bcdef", 5));
    }
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

static enum err recode_message(struct bytes input, struct writer *again)
{
    struct raft_message message;
    struct bytes blocks;
    enum err err = raft_message_parse(input, &message, &blocks);
    if (err != ERR_OK) {
        ck_assert_uint_eq(blocks.size, 0);
        return err;
    }
    raft_message_write(again, &message);
    struct reader frames = reader_over(blocks);
    uint32_t count = 0;
    for (struct bytes block; block_frame_next(&frames, &block); count++)
        frame_write(again, block);
    ck_assert_int_eq(reader_done(&frames), ERR_OK);
    ck_assert_uint_eq(count, message.count);
    return ERR_OK;
}

START_TEST(reads_what_it_wrote)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        uint8_t buffer[128];
        struct raft_message expected = sample_message(kinds[i]);
        struct raft_message message;
        struct bytes blocks;
        struct bytes input = sample(buffer, sizeof buffer, kinds[i]);
        ck_assert_int_eq(raft_message_parse(input, &message, &blocks), ERR_OK);
        ck_assert_int_eq(message.kind, expected.kind);
        ck_assert_uint_eq(message.from, expected.from);
        ck_assert_uint_eq(message.to, expected.to);
        ck_assert_uint_eq(message.term, expected.term);
        ck_assert_uint_eq(message.index, expected.index);
        ck_assert_uint_eq(message.log_term, expected.log_term);
        ck_assert_uint_eq(message.commit, expected.commit);
        ck_assert_uint_eq(message.context, expected.context);
        ck_assert_uint_eq(message.count, kinds[i] == RAFT_APPEND ? 2 : 0);
        ck_assert(!message.granted && !message.transfer);
        ck_assert_uint_eq(blocks.size, kinds[i] == RAFT_APPEND ? 14 : 0);
    }
}
END_TEST

START_TEST(lays_the_head_out_as_documented)
{
    uint8_t buffer[128];
    static const uint8_t expected[RAFT_MESSAGE_HEAD_SIZE] = {
        7,    0,    0,    0,                            /* kind, flags, zero */
        0,    0,    0,    1,                            /* from */
        0x0a, 0x0b, 0x0c, 0x0d,                         /* to */
        0,    0,    0,    0,    0,    0,    0,    3,    /* term */
        0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, /* index */
        0,    0,    0,    0,    0,    0,    0,    2,    /* log_term */
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* commit */
        0,    0,    0,    0,    0,    0,    0,    7,    /* context */
        0,    0,    0,    2,                            /* count */
    };
    struct bytes input = sample(buffer, sizeof buffer, RAFT_APPEND);
    ck_assert_mem_eq(input.data, expected, sizeof expected);
    ck_assert_mem_eq(input.data + sizeof expected, "\0\0\0\1a\0\0\0\5bcdef", 14);
    ck_assert_uint_eq(input.size, sizeof expected + 14);
}
END_TEST

START_TEST(has_one_encoding)
{
    for (size_t i = 0; i < KIND_COUNT; i++) {
        uint8_t buffer[128];
        recode_holds(recode_message, sample(buffer, sizeof buffer, kinds[i]));
    }
}
END_TEST

/* What becomes of a message with one byte overwritten. */
static enum err parse_with(enum raft_message_kind kind, size_t at, uint8_t byte)
{
    uint8_t buffer[128];
    struct bytes input = sample(buffer, sizeof buffer, kind);
    buffer[at] = byte;
    return recode_checked(recode_message, input);
}

START_TEST(takes_a_flag_only_where_it_means_something)
{
    static const uint8_t allowed[KIND_COUNT + 1] = {
        [RAFT_PRE_VOTE] = 2,   [RAFT_PRE_VOTE_REPLY] = 1, [RAFT_VOTE] = 2,
        [RAFT_VOTE_REPLY] = 1, [RAFT_APPEND_REPLY] = 1,
    };
    for (size_t i = 0; i < KIND_COUNT; i++) {
        for (unsigned flags = 0; flags < 256; flags++) {
            enum err expected = (flags & ~allowed[kinds[i]]) == 0 ? ERR_OK : ERR_OUT_OF_RANGE;
            ck_assert_int_eq(parse_with(kinds[i], AT_FLAGS, (uint8_t)flags), expected);
        }
    }
}
END_TEST

START_TEST(tells_granted_from_transfer)
{
    uint8_t buffer[RAFT_MESSAGE_HEAD_SIZE];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct raft_message message = sample_message(RAFT_VOTE_REPLY);
    struct bytes blocks;
    message.granted = true;
    raft_message_write(&writer, &message);
    ck_assert_int_eq(raft_message_parse(writer_view(&writer), &message, &blocks), ERR_OK);
    ck_assert(message.granted && !message.transfer);

    writer = writer_over(buffer, sizeof buffer);
    message = sample_message(RAFT_PRE_VOTE);
    message.transfer = true;
    raft_message_write(&writer, &message);
    ck_assert_int_eq(raft_message_parse(writer_view(&writer), &message, &blocks), ERR_OK);
    ck_assert(!message.granted && message.transfer);
}
END_TEST

START_TEST(refuses_values_out_of_range)
{
    ck_assert_int_eq(parse_with(RAFT_VOTE, AT_KIND, 0), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(RAFT_VOTE, AT_KIND, KIND_COUNT + 1), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(RAFT_VOTE, AT_KIND, 255), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(RAFT_VOTE, AT_ZERO, 1), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(RAFT_VOTE, AT_ZERO + 1, 1), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(RAFT_VOTE, AT_FROM + 3, 0), ERR_OUT_OF_RANGE);

    uint8_t buffer[128];
    struct bytes input = sample(buffer, sizeof buffer, RAFT_VOTE);
    memset(buffer + AT_TO, 0, 4);
    recode_refuses(recode_message, input, ERR_OUT_OF_RANGE);
    memcpy(buffer + AT_TO, buffer + AT_FROM, 4);
    recode_refuses(recode_message, input, ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(refuses_a_count_that_is_not_that_of_its_blocks)
{
    ck_assert_int_eq(parse_with(RAFT_APPEND, AT_COUNT + 3, 0), ERR_TRAILING);
    ck_assert_int_eq(parse_with(RAFT_APPEND, AT_COUNT + 3, 1), ERR_TRAILING);
    ck_assert_int_eq(parse_with(RAFT_APPEND, AT_COUNT + 3, 3), ERR_TRUNCATED);
    ck_assert_int_eq(parse_with(RAFT_APPEND, AT_COUNT, 0xff), ERR_TRUNCATED);
    ck_assert_int_eq(parse_with(RAFT_HEARTBEAT, AT_COUNT + 3, 1), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(RAFT_APPEND, AT_KIND, RAFT_HEARTBEAT), ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(refuses_blocks_of_no_bytes_and_above_the_limit)
{
    ck_assert_int_eq(parse_with(RAFT_APPEND, RAFT_MESSAGE_HEAD_SIZE + 3, 0), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(parse_with(RAFT_APPEND, RAFT_MESSAGE_HEAD_SIZE + 1, 0x10), ERR_TOO_LARGE);
    ck_assert_int_eq(parse_with(RAFT_APPEND, RAFT_MESSAGE_HEAD_SIZE + 1, 0x0f), ERR_TRUNCATED);
}
END_TEST

START_TEST(carries_a_block_up_to_the_limit)
{
    size_t capacity = RAFT_MESSAGE_HEAD_SIZE + 4 + BLOCK_SIZE_MAX;
    uint8_t *buffer = malloc(capacity);
    uint8_t *block = calloc(1, BLOCK_SIZE_MAX);
    ck_assert(buffer != NULL && block != NULL);
    struct writer writer = writer_over(buffer, capacity);
    struct raft_message message = sample_message(RAFT_APPEND);
    message.count = 1;
    message.to = 1;
    message.from = 2;
    raft_message_write(&writer, &message);
    frame_write(&writer, bytes_of(block, BLOCK_SIZE_MAX));
    recode_takes(recode_message, writer_view(&writer));
    free(buffer);
    free(block);
}
END_TEST

START_TEST(walks_no_further_than_the_first_bad_frame)
{
    struct bytes block;
    struct reader frames = reader_over(bytes_of("\0\0\0\1a\0\0\0\2b", 10));
    ck_assert(block_frame_next(&frames, &block));
    ck_assert(bytes_equal(block, bytes_of("a", 1)));
    ck_assert(!block_frame_next(&frames, &block));
    ck_assert_int_eq(reader_done(&frames), ERR_TRUNCATED);
    ck_assert(!block_frame_next(&frames, &block));
}
END_TEST

START_TEST(names_its_kinds)
{
    ck_assert_str_eq(raft_message_word(RAFT_PRE_VOTE), "pre-vote");
    ck_assert_str_eq(raft_message_word(RAFT_CAMPAIGN_NOW), "campaign-now");
    ck_assert_ptr_null(raft_message_word((enum raft_message_kind)0));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_what_it_wrote,
        &lays_the_head_out_as_documented,
        &has_one_encoding,
        &takes_a_flag_only_where_it_means_something,
        &tells_granted_from_transfer,
        &refuses_values_out_of_range,
        &refuses_a_count_that_is_not_that_of_its_blocks,
        &refuses_blocks_of_no_bytes_and_above_the_limit,
        &carries_a_block_up_to_the_limit,
        &walks_no_further_than_the_first_bad_frame,
        &names_its_kinds,
    };
    return suite_run("proto/raft_message", cases, sizeof cases / sizeof cases[0]);
}
