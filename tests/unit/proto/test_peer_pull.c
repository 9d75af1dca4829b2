#include "proto/peer_pull.h"

#include "proto/frame.h"
#include "proto/limits.h"
#include "tests/unit/proto/recode.h"

static enum err recode_anchor_wanted(struct bytes frame, struct writer *again)
{
    struct peer_anchor_wanted wanted;
    enum err err = peer_anchor_wanted_parse(frame, &wanted);
    if (err == ERR_OK)
        peer_anchor_wanted_write(again, &wanted);
    return err;
}

static enum err recode_anchor(struct bytes frame, struct writer *again)
{
    struct peer_anchor anchor;
    enum err err = peer_anchor_parse(frame, &anchor);
    if (err == ERR_OK)
        peer_anchor_write(again, &anchor);
    return err;
}

static enum err recode_blocks_wanted(struct bytes frame, struct writer *again)
{
    struct peer_blocks_wanted wanted;
    enum err err = peer_blocks_wanted_parse(frame, &wanted);
    if (err == ERR_OK)
        peer_blocks_wanted_write(again, &wanted);
    return err;
}

static enum err recode_blocks(struct bytes frame, struct writer *again)
{
    struct peer_blocks blocks;
    enum err err = peer_blocks_parse(frame, &blocks);
    if (err != ERR_OK) {
        ck_assert_uint_eq(blocks.frames.size, 0);
        return err;
    }
    peer_blocks_write(again, &blocks);
    return ERR_OK;
}

static recode *const functions[] = {recode_anchor_wanted, recode_anchor, recode_blocks_wanted,
                                    recode_blocks};

static const char *const samples[] = {
    "05 000000 0000000000000007",
    "06 000000 0000000000000003 0000000000000007 "
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "07 000000 0000000000000009 0000000000000007 00000100",
    "08 000000 0000000000000009 0000000000000007 00000002 00000003 6f6e65 00000001 32",
};

START_TEST(has_one_encoding_of_each_frame)
{
    uint8_t buffer[128];
    for (size_t i = 0; i < 4; i++)
        recode_holds(functions[i], parts(samples[i], buffer, sizeof buffer));
    recode_holds(recode_blocks, parts("08 000000 0000000000000009 0000000000000007 00000000",
                                      buffer, sizeof buffer));
}
END_TEST

START_TEST(refuses_a_frame_of_another_kind)
{
    uint8_t buffer[128];
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < 4; j++) {
            if (i != j)
                recode_refuses(functions[i], parts(samples[j], buffer, sizeof buffer),
                               ERR_WRONG_TYPE);
        }
    }
}
END_TEST

START_TEST(reads_what_it_wrote)
{
    uint8_t buffer[128];
    struct peer_anchor_wanted anchor_wanted;
    struct peer_anchor anchor;
    struct peer_blocks_wanted wanted;
    struct peer_blocks blocks;
    struct bytes frame = parts(samples[0], buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, PEER_ANCHOR_WANTED_SIZE);
    ck_assert_int_eq(peer_anchor_wanted_parse(frame, &anchor_wanted), ERR_OK);
    ck_assert_uint_eq(anchor_wanted.height, 7);
    frame = parts(samples[1], buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, PEER_ANCHOR_SIZE);
    ck_assert_int_eq(peer_anchor_parse(frame, &anchor), ERR_OK);
    ck_assert_uint_eq(anchor.term, 3);
    ck_assert_uint_eq(anchor.height, 7);
    ck_assert_uint_eq(anchor.hash.bytes[HASH_SIZE - 1], 0xaa);
    frame = parts(samples[2], buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, PEER_BLOCKS_WANTED_SIZE);
    ck_assert_int_eq(peer_blocks_wanted_parse(frame, &wanted), ERR_OK);
    ck_assert_uint_eq(wanted.request, 9);
    ck_assert_uint_eq(wanted.first, 7);
    ck_assert_uint_eq(wanted.count, PEER_BLOCKS_MAX);
    frame = parts(samples[3], buffer, sizeof buffer);
    ck_assert_int_eq(peer_blocks_parse(frame, &blocks), ERR_OK);
    ck_assert_uint_eq(blocks.request, 9);
    ck_assert_uint_eq(blocks.first, 7);
    ck_assert_uint_eq(blocks.count, 2);
    ck_assert(bytes_equal(blocks.frames, bytes_of(buffer + PEER_BLOCKS_HEAD_SIZE, 12)));
}
END_TEST

START_TEST(refuses_what_makes_no_sense)
{
    static const struct {
        size_t of;
        const char *hex;
        enum err err;
    } cases[] = {
        {0, "05 000001 0000000000000007", ERR_OUT_OF_RANGE}, /* zero */
        {0, "05 000000 0000000000000000", ERR_OUT_OF_RANGE}, /* the genesis has no block */
        {2, "07 010000 0000000000000009 0000000000000007 00000001", ERR_OUT_OF_RANGE},
        {2, "07 000000 0000000000000009 0000000000000000 00000001", ERR_OUT_OF_RANGE},
        {2, "07 000000 0000000000000009 0000000000000007 00000000", ERR_OUT_OF_RANGE},
        {2, "07 000000 0000000000000009 0000000000000007 00000101", ERR_OUT_OF_RANGE},
        {2, "07 000000 0000000000000009 ffffffffffffffff 00000001", ERR_OUT_OF_RANGE},
        {2, "07 000000 0000000000000009 fffffffffffffffe 00000001", ERR_OK},
        {3, "08 000100 0000000000000009 0000000000000007 00000000", ERR_OUT_OF_RANGE},
        {3, "08 000000 0000000000000009 0000000000000000 00000000", ERR_OUT_OF_RANGE},
        {3, "08 000000 0000000000000009 ffffffffffffffff 00000001 00000001 32", ERR_OUT_OF_RANGE},
        {3, "08 000000 0000000000000009 0000000000000007 00000001", ERR_TRUNCATED},
        {3, "08 000000 0000000000000009 0000000000000007 00000001 00000000", ERR_OUT_OF_RANGE},
        {3, "08 000000 0000000000000009 0000000000000007 00000001 00100001", ERR_TOO_LARGE},
        {3, "08 000000 0000000000000009 0000000000000007 00000000 00000001 32", ERR_TRAILING},
    };
    uint8_t buffer[128];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes frame = parts(cases[i].hex, buffer, sizeof buffer);
        if (cases[i].err == ERR_OK)
            recode_takes(functions[cases[i].of], frame);
        else
            recode_refuses(functions[cases[i].of], frame, cases[i].err);
    }
    struct bytes anchor = parts(samples[1], buffer, sizeof buffer);
    buffer[11] = 0; /* the term */
    recode_refuses(recode_anchor, anchor, ERR_OUT_OF_RANGE);
    anchor = parts(samples[1], buffer, sizeof buffer);
    buffer[19] = 0; /* the height */
    recode_refuses(recode_anchor, anchor, ERR_OUT_OF_RANGE);
}
END_TEST

/* A BLOCKS frame of blocks of those sizes. */
static struct bytes frame_of(uint8_t *buffer, const size_t *sizes, uint32_t count)
{
    static const uint8_t zero[BLOCK_SIZE_MAX];
    struct writer writer = writer_over(buffer, PEER_MESSAGE_SIZE_MAX);
    writer_u32(&writer, UINT32_C(0x08000000));
    writer_u64(&writer, 1);
    writer_u64(&writer, 1);
    writer_u32(&writer, count);
    for (uint32_t i = 0; i < count; i++)
        frame_write(&writer, bytes_of(zero, sizes[i]));
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

START_TEST(carries_blocks_up_to_their_limits)
{
    static uint8_t buffer[PEER_MESSAGE_SIZE_MAX];
    static size_t ones[PEER_BLOCKS_MAX + 1];
    size_t sizes[2] = {BLOCK_SIZE_MAX, BLOCK_SIZE_MAX - 8};
    recode_takes(recode_blocks, frame_of(buffer, sizes, 2)); /* of PEER_BLOCKS_SIZE_MAX */
    sizes[1]++;
    recode_refuses(recode_blocks, frame_of(buffer, sizes, 2), ERR_TOO_LARGE);
    for (size_t i = 0; i <= PEER_BLOCKS_MAX; i++)
        ones[i] = 1;
    recode_takes(recode_blocks, frame_of(buffer, ones, PEER_BLOCKS_MAX));
    recode_refuses(recode_blocks, frame_of(buffer, ones, PEER_BLOCKS_MAX + 1), ERR_OUT_OF_RANGE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &has_one_encoding_of_each_frame, &refuses_a_frame_of_another_kind,   &reads_what_it_wrote,
        &refuses_what_makes_no_sense,    &carries_blocks_up_to_their_limits,
    };
    return suite_run("proto/peer_pull", cases, sizeof cases / sizeof cases[0]);
}
