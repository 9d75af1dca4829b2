#include "proto/checkpoint.h"

#include "proto/merkle.h"
#include "tests/unit/proto/fixture.h"

static enum err recode_checkpoint(struct bytes input, struct writer *again)
{
    static const struct checkpoint none;
    struct checkpoint checkpoint;
    enum err err = checkpoint_parse(input, &checkpoint);
    if (err == ERR_OK)
        checkpoint_write(again, &checkpoint);
    else
        ck_assert(checkpoint_equal(&checkpoint, &none));
    return err;
}

static struct bytes written(const struct checkpoint *checkpoint, uint8_t buffer[CHECKPOINT_SIZE])
{
    struct writer writer = writer_over(buffer, CHECKPOINT_SIZE);
    checkpoint_write(&writer, checkpoint);
    ck_assert(writer_ok(&writer));
    ck_assert_uint_eq(writer.size, CHECKPOINT_SIZE);
    return writer_view(&writer);
}

static struct checkpoint checkpoint_by_chance(uint64_t *state)
{
    struct checkpoint checkpoint = {.height = 1 + dice(state) / 2,
                                    .tree_size = 1 + (dice(state) >> 25)};
    for (size_t i = 0; i < HASH_SIZE; i++) {
        checkpoint.tree_root.bytes[i] = (uint8_t)dice(state);
        checkpoint.state_root.bytes[i] = (uint8_t)dice(state);
    }
    return checkpoint;
}

static struct checkpoint empty_at(uint64_t height)
{
    const struct merkle_frontier none = {0};
    return (struct checkpoint){.height = height, .tree_root = merkle_frontier_root(&none)};
}

START_TEST(has_its_layout)
{
    uint8_t buffer[CHECKPOINT_SIZE];
    struct checkpoint checkpoint = {.height = 0x0102, .tree_size = 0x0304};
    checkpoint.tree_root.bytes[0] = 5;
    checkpoint.state_root.bytes[31] = 6;
    uint8_t expected[CHECKPOINT_SIZE] = {[6] = 1, [7] = 2, [14] = 3, [15] = 4, [16] = 5, [79] = 6};
    assert_bytes(written(&checkpoint, buffer), bytes_of(expected, sizeof expected));
}
END_TEST

START_TEST(reads_what_it_writes)
{
    uint64_t state = 1;
    for (int round = 0; round < 2000; round++) {
        uint8_t buffer[CHECKPOINT_SIZE];
        struct checkpoint checkpoint = checkpoint_by_chance(&state);
        struct checkpoint found;
        ck_assert_int_eq(checkpoint_parse(written(&checkpoint, buffer), &found), ERR_OK);
        ck_assert(checkpoint_equal(&found, &checkpoint));
    }
}
END_TEST

START_TEST(each_byte_makes_another_one_or_is_refused)
{
    uint64_t state = 2;
    for (size_t at = 0; at < CHECKPOINT_SIZE; at++) {
        uint8_t buffer[CHECKPOINT_SIZE];
        uint8_t again[CHECKPOINT_SIZE];
        struct checkpoint checkpoint = checkpoint_by_chance(&state);
        struct checkpoint found;
        struct bytes entry = written(&checkpoint, buffer);
        buffer[at] ^= (uint8_t)(1 + dice_below(&state, 255));
        struct writer writer = writer_over(again, sizeof again);
        if (recode_checkpoint(entry, &writer) != ERR_OK)
            continue;
        assert_bytes(writer_view(&writer), entry);
        ck_assert_int_eq(checkpoint_parse(entry, &found), ERR_OK);
        ck_assert(!checkpoint_equal(&found, &checkpoint));
    }
}
END_TEST

START_TEST(refuses_every_truncation_and_what_follows)
{
    uint64_t state = 3;
    uint8_t buffer[CHECKPOINT_SIZE + 1] = {0};
    struct checkpoint checkpoint = checkpoint_by_chance(&state);
    struct checkpoint found;
    written(&checkpoint, buffer);
    for (size_t size = 0; size < CHECKPOINT_SIZE; size++)
        ck_assert_int_ne(checkpoint_parse(bytes_of(buffer, size), &found), ERR_OK);
    ck_assert_int_eq(checkpoint_parse(bytes_of(buffer, sizeof buffer), &found), ERR_TRAILING);
}
END_TEST

START_TEST(refuses_a_tree_that_cannot_be)
{
    uint64_t state = 4;
    uint8_t buffer[CHECKPOINT_SIZE];
    struct checkpoint found;
    struct checkpoint checkpoint = checkpoint_by_chance(&state);
    checkpoint.tree_size = UINT64_C(1) << MERKLE_LEVELS_MAX;
    ck_assert_int_eq(checkpoint_parse(written(&checkpoint, buffer), &found), ERR_OK);
    checkpoint.tree_size++;
    ck_assert_int_eq(checkpoint_parse(written(&checkpoint, buffer), &found), ERR_OUT_OF_RANGE);
    checkpoint.tree_size = 1;
    checkpoint.height = 0; /* the genesis has no transactions */
    ck_assert_int_eq(checkpoint_parse(written(&checkpoint, buffer), &found), ERR_OUT_OF_RANGE);
    for (uint64_t height = 0; height < 2; height++) {
        checkpoint = empty_at(height);
        ck_assert_int_eq(checkpoint_parse(written(&checkpoint, buffer), &found), ERR_OK);
        checkpoint.tree_root.bytes[9] ^= 1;
        ck_assert_int_eq(checkpoint_parse(written(&checkpoint, buffer), &found), ERR_NOT_CANONICAL);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &has_its_layout,
        &reads_what_it_writes,
        &each_byte_makes_another_one_or_is_refused,
        &refuses_every_truncation_and_what_follows,
        &refuses_a_tree_that_cannot_be,
    };
    return suite_run("checkpoint", cases, sizeof cases / sizeof cases[0]);
}
