#include "proto/peer_read.h"

#include "tests/unit/proto/recode.h"

static enum err recode_wanted(struct bytes frame, struct writer *again)
{
    struct peer_read_wanted wanted;
    enum err err = peer_read_wanted_parse(frame, &wanted);
    if (err == ERR_OK)
        peer_read_wanted_write(again, &wanted);
    return err;
}

static enum err recode_index(struct bytes frame, struct writer *again)
{
    struct peer_read_index index;
    enum err err = peer_read_index_parse(frame, &index);
    if (err == ERR_OK)
        peer_read_index_write(again, &index);
    return err;
}

static const char wanted_sample[] = "09 000000 0000000000000009";
static const char index_sample[] = "0a 000000 0000000000000009 0000000000000007";

START_TEST(has_one_encoding_of_each_frame)
{
    uint8_t buffer[PEER_READ_INDEX_SIZE];
    struct bytes frame = parts(wanted_sample, buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, PEER_READ_WANTED_SIZE);
    recode_holds(recode_wanted, frame);
    frame = parts(index_sample, buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, PEER_READ_INDEX_SIZE);
    recode_holds(recode_index, frame);
}
END_TEST

START_TEST(reads_what_is_documented)
{
    uint8_t buffer[PEER_READ_INDEX_SIZE];
    struct peer_read_wanted wanted;
    struct peer_read_index index;
    ck_assert_int_eq(peer_read_wanted_parse(parts(wanted_sample, buffer, sizeof buffer), &wanted),
                     ERR_OK);
    ck_assert_uint_eq(wanted.round, 9);
    ck_assert_int_eq(peer_read_index_parse(parts(index_sample, buffer, sizeof buffer), &index),
                     ERR_OK);
    ck_assert_uint_eq(index.round, 9);
    ck_assert_uint_eq(index.index, 7);
}
END_TEST

START_TEST(refuses_another_frame_and_an_index_of_nothing)
{
    uint8_t buffer[PEER_READ_INDEX_SIZE];
    recode_refuses(recode_index, parts(wanted_sample, buffer, sizeof buffer), ERR_WRONG_TYPE);
    recode_refuses(recode_wanted, parts(index_sample, buffer, sizeof buffer), ERR_WRONG_TYPE);
    recode_refuses(recode_wanted, parts("09 000100 0000000000000009", buffer, sizeof buffer),
                   ERR_OUT_OF_RANGE);
    recode_refuses(recode_index,
                   parts("0a 000000 0000000000000009 0000000000000000", buffer, sizeof buffer),
                   ERR_OUT_OF_RANGE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &has_one_encoding_of_each_frame,
        &reads_what_is_documented,
        &refuses_another_frame_and_an_index_of_nothing,
    };
    return suite_run("proto/peer_read", cases, sizeof cases / sizeof cases[0]);
}
