#include "proto/peer.h"

#include "proto/frame.h"
#include "proto/limits.h"
#include "tests/unit/proto/recode.h"

enum { HELLO_SIZE = 124, REFUSED_SIZE = 36 };

static const struct secret_key secret = {.bytes = {[31] = 42}};

static struct peer_hello sample_hello(void)
{
    struct peer_hello hello = {.from = 2, .to = UINT32_C(0x01020304), .channel = PEER_BULK};
    memset(hello.network.bytes, 0xaa, HASH_SIZE);
    memset(hello.incarnation.bytes, 0xbb, INCARNATION_SIZE);
    struct hash digest = peer_hello_digest(&hello);
    ck_assert_int_eq(signature_make(&secret, &digest, &hello.signature), ERR_OK);
    return hello;
}

static struct bytes hello_frame(uint8_t buffer[HELLO_SIZE])
{
    struct peer_hello hello = sample_hello();
    struct writer writer = writer_over(buffer, HELLO_SIZE);
    peer_hello_write(&writer, &hello);
    ck_assert_uint_eq(writer.size, HELLO_SIZE);
    return writer_view(&writer);
}

static struct bytes submit_frame(uint8_t *buffer, size_t capacity)
{
    const struct bytes transactions[] = {bytes_of("one", 3), bytes_of("2", 1)};
    struct writer writer = writer_over(buffer, capacity);
    peer_submit_write(&writer, transactions, 2);
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

static struct bytes raft_frame(uint8_t *buffer, size_t capacity)
{
    struct raft_message message = {.kind = RAFT_APPEND, .from = 1, .to = 2, .term = 5, .count = 1};
    struct writer writer = writer_over(buffer, capacity);
    peer_raft_write(&writer, &message);
    frame_write(&writer, bytes_of("block", 5));
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

static struct bytes refused_frame(uint8_t *buffer, size_t capacity)
{
    struct peer_refused refused = {.err = ERR_CLAIM_STANDS};
    memset(refused.id.bytes, 0xcc, HASH_SIZE);
    struct writer writer = writer_over(buffer, capacity);
    peer_refused_write(&writer, &refused);
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

static enum err recode_hello(struct bytes frame, struct writer *again)
{
    struct peer_hello hello;
    enum err err = peer_hello_parse(frame, &hello);
    if (err == ERR_OK)
        peer_hello_write(again, &hello);
    return err;
}

static enum err recode_raft(struct bytes frame, struct writer *again)
{
    struct raft_message message;
    struct bytes blocks;
    enum err err = peer_raft_parse(frame, &message, &blocks);
    if (err != ERR_OK) {
        ck_assert_uint_eq(blocks.size, 0);
        return err;
    }
    peer_raft_write(again, &message);
    writer_bytes(again, blocks.data, blocks.size);
    return ERR_OK;
}

static enum err recode_submit(struct bytes frame, struct writer *again)
{
    struct bytes found;
    enum err err = peer_submit_parse(frame, &found);
    if (err != ERR_OK) {
        ck_assert_uint_eq(found.size, 0);
        return err;
    }
    struct bytes transactions[8];
    size_t count = 0;
    struct reader frames = reader_over(found);
    while (count < 8 && block_frame_next(&frames, &transactions[count]))
        count++;
    ck_assert_int_eq(reader_done(&frames), ERR_OK);
    peer_submit_write(again, transactions, count);
    return ERR_OK;
}

static enum err recode_refused(struct bytes frame, struct writer *again)
{
    struct peer_refused refused;
    enum err err = peer_refused_parse(frame, &refused);
    if (err == ERR_OK)
        peer_refused_write(again, &refused);
    return err;
}

static struct bytes head_frame(uint8_t *buffer, size_t capacity)
{
    struct peer_head head = {.height = 7};
    memset(head.hash.bytes, 0xdd, HASH_SIZE);
    struct writer writer = writer_over(buffer, capacity);
    peer_head_write(&writer, &head);
    return writer_view(&writer);
}

static enum err recode_head(struct bytes frame, struct writer *again)
{
    struct peer_head head;
    enum err err = peer_head_parse(frame, &head);
    if (err == ERR_OK)
        peer_head_write(again, &head);
    return err;
}

START_TEST(says_which_frame_it_is)
{
    static uint8_t large[PEER_MESSAGE_SIZE_MAX + 1] = {PEER_SUBMIT};
    enum peer_frame kind;
    ck_assert_int_eq(peer_frame_kind(bytes_of(NULL, 0), &kind), ERR_TRUNCATED);
    ck_assert_int_eq(peer_frame_kind(bytes_of("\0", 1), &kind), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(peer_frame_kind(bytes_of("\x10", 1), &kind), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(peer_frame_kind(bytes_of("\xff", 1), &kind), ERR_OUT_OF_RANGE);
    for (uint8_t byte = PEER_HELLO; byte <= PEER_HEAD; byte++) {
        ck_assert_int_eq(peer_frame_kind(bytes_of(&byte, 1), &kind), ERR_OK);
        ck_assert_int_eq(kind, byte);
    }
    ck_assert_int_eq(peer_frame_kind(bytes_of(large, sizeof large), &kind), ERR_TOO_LARGE);
    ck_assert_int_eq(peer_frame_kind(bytes_of(large, sizeof large - 1), &kind), ERR_OK);
    ck_assert_int_eq(kind, PEER_SUBMIT);
}
END_TEST

START_TEST(refuses_a_frame_of_another_kind)
{
    uint8_t buffer[HELLO_SIZE];
    recode_refuses(recode_raft, hello_frame(buffer), ERR_WRONG_TYPE);
    recode_refuses(recode_submit, hello_frame(buffer), ERR_WRONG_TYPE);
    recode_refuses(recode_refused, hello_frame(buffer), ERR_WRONG_TYPE);
    recode_refuses(recode_head, hello_frame(buffer), ERR_WRONG_TYPE);
    recode_refuses(recode_hello, raft_frame(buffer, sizeof buffer), ERR_WRONG_TYPE);
    recode_refuses(recode_hello, bytes_of("\x10", 1), ERR_OUT_OF_RANGE);
    recode_refuses(recode_hello, bytes_of(NULL, 0), ERR_TRUNCATED);
}
END_TEST

START_TEST(refuses_a_frame_above_the_limit)
{
    static uint8_t large[PEER_MESSAGE_SIZE_MAX + 1];
    for (uint8_t byte = PEER_HELLO; byte <= PEER_REFUSED; byte++) {
        static recode *const functions[] = {recode_hello, recode_raft, recode_submit,
                                            recode_refused};
        large[0] = byte;
        recode_refuses(functions[byte - 1], bytes_of(large, sizeof large), ERR_TOO_LARGE);
    }
}
END_TEST

START_TEST(has_one_encoding_of_each_frame)
{
    uint8_t buffer[HELLO_SIZE];
    recode_holds(recode_hello, hello_frame(buffer));
    recode_holds(recode_raft, raft_frame(buffer, sizeof buffer));
    recode_holds(recode_submit, submit_frame(buffer, sizeof buffer));
    recode_holds(recode_refused, refused_frame(buffer, sizeof buffer));
    recode_holds(recode_head, head_frame(buffer, sizeof buffer));
}
END_TEST

/* ---- HELLO ---- */

START_TEST(reads_the_hello_it_wrote)
{
    uint8_t buffer[HELLO_SIZE];
    struct peer_hello expected = sample_hello();
    struct peer_hello hello;
    ck_assert_int_eq(peer_hello_parse(hello_frame(buffer), &hello), ERR_OK);
    ck_assert_uint_eq(hello.from, expected.from);
    ck_assert_uint_eq(hello.to, expected.to);
    ck_assert_int_eq(hello.channel, expected.channel);
    ck_assert(hash_equal(&hello.network, &expected.network));
    ck_assert_mem_eq(hello.incarnation.bytes, expected.incarnation.bytes, INCARNATION_SIZE);
    ck_assert_mem_eq(hello.signature.bytes, expected.signature.bytes, SIGNATURE_SIZE);
}
END_TEST

START_TEST(takes_a_hello_between_any_two_nodes)
{
    static const uint32_t pairs[][2] = {{1, 2}, {2, 1}, {UINT32_MAX, 1}, {1, UINT32_MAX}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        uint8_t buffer[HELLO_SIZE];
        struct peer_hello hello = {.from = pairs[i][0], .to = pairs[i][1], .channel = PEER_CONTROL};
        struct writer writer = writer_over(buffer, sizeof buffer);
        peer_hello_write(&writer, &hello);
        recode_takes(recode_hello, writer_view(&writer));
    }
}
END_TEST

START_TEST(lays_the_hello_out_as_documented)
{
    uint8_t buffer[HELLO_SIZE];
    struct peer_hello hello = sample_hello();
    static const uint8_t start[12] = {1, 1, 2, 0, 0, 0, 0, 2, 1, 2, 3, 4};
    struct bytes frame = hello_frame(buffer);
    ck_assert_mem_eq(frame.data, start, sizeof start);
    ck_assert_mem_eq(frame.data + 12, hello.network.bytes, HASH_SIZE);
    ck_assert_mem_eq(frame.data + 44, hello.incarnation.bytes, INCARNATION_SIZE);
    ck_assert_mem_eq(frame.data + 60, hello.signature.bytes, SIGNATURE_SIZE);
}
END_TEST

START_TEST(signs_the_words_and_every_byte_before_the_signature)
{
    uint8_t buffer[HELLO_SIZE];
    struct bytes frame = hello_frame(buffer);
    uint8_t covered[23 + 60];
    memcpy(covered, "imei-ledger peer hello", 23);
    memcpy(covered + 23, frame.data, 60);
    struct hash expected = hash_of(bytes_of(covered, sizeof covered));
    struct peer_hello hello = sample_hello();
    struct hash digest = peer_hello_digest(&hello);
    ck_assert(hash_equal(&digest, &expected));
}
END_TEST

START_TEST(finds_every_flipped_bit_of_a_hello_by_form_or_signature)
{
    uint8_t buffer[HELLO_SIZE];
    struct public_key key;
    ck_assert_int_eq(public_key_of(&secret, &key), ERR_OK);
    struct bytes frame = hello_frame(buffer);
    for (size_t bit = 0; bit <= 8 * frame.size; bit++) {
        if (bit > 0)
            buffer[(bit - 1) / 8] ^= (uint8_t)(1u << (bit - 1) % 8);
        struct peer_hello hello;
        enum err err = peer_hello_parse(frame, &hello);
        if (err == ERR_OK) {
            struct hash digest = peer_hello_digest(&hello);
            err = signature_check(&key, &digest, &hello.signature);
        }
        ck_assert_msg((err == ERR_OK) == (bit == 0), "bit %zu: %s", bit, err_name(err));
        if (bit > 0)
            buffer[(bit - 1) / 8] ^= (uint8_t)(1u << (bit - 1) % 8);
    }
}
END_TEST

START_TEST(refuses_a_hello_that_makes_no_sense)
{
    static const struct {
        size_t at;
        size_t size;
        uint8_t bytes[4];
        enum err err;
    } cases[] = {
        {1, 1, {0}, ERR_BAD_VERSION},           {1, 1, {2}, ERR_BAD_VERSION},
        {2, 1, {0}, ERR_OUT_OF_RANGE},                                         /* channel */
        {2, 1, {3}, ERR_OUT_OF_RANGE},          {3, 1, {1}, ERR_OUT_OF_RANGE}, /* zero */
        {4, 4, {0}, ERR_OUT_OF_RANGE},                                         /* from */
        {8, 4, {0}, ERR_OUT_OF_RANGE},                                         /* to */
        {8, 4, {0, 0, 0, 2}, ERR_OUT_OF_RANGE},                                /* from */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t buffer[HELLO_SIZE];
        struct bytes frame = hello_frame(buffer);
        memcpy(buffer + cases[i].at, cases[i].bytes, cases[i].size);
        recode_refuses(recode_hello, frame, cases[i].err);
    }
}
END_TEST

/* ---- SUBMIT ---- */

START_TEST(reads_the_transactions_it_wrote)
{
    uint8_t buffer[64];
    struct bytes transactions;
    struct bytes frame = submit_frame(buffer, sizeof buffer);
    ck_assert_mem_eq(frame.data,
                     "\3\0\0\0\0\0\0\2\0\0\0\3one\0\0\0\1"
                     "2",
                     20);
    ck_assert_uint_eq(frame.size, 20);
    ck_assert_int_eq(peer_submit_parse(frame, &transactions), ERR_OK);
    ck_assert(bytes_equal(transactions, bytes_of(frame.data + 8, 12)));
}
END_TEST

START_TEST(refuses_a_submit_of_nothing_or_of_another_count)
{
    recode_refuses(recode_submit, bytes_of("\3\0\0\0\0\0\0\0", 8), ERR_OUT_OF_RANGE);
    recode_refuses(recode_submit, bytes_of("\3\0\0\0\0\0\0\1\0\0\0\0", 12), ERR_OUT_OF_RANGE);
    recode_refuses(recode_submit, bytes_of("\3\1\0\0\0\0\0\1\0\0\0\1a", 13), ERR_OUT_OF_RANGE);
    recode_refuses(recode_submit, bytes_of("\3\0\0\1\0\0\0\1\0\0\0\1a", 13), ERR_OUT_OF_RANGE);
    recode_refuses(recode_submit, bytes_of("\3\0\0\0\xff\xff\xff\xff\0\0\0\1a", 13), ERR_TRUNCATED);
    recode_refuses(recode_submit, bytes_of("\3\0\0\0\0\0\0\1\0\0\0\1a\0\0\0\1a", 18), ERR_TRAILING);
    recode_takes(recode_submit, bytes_of("\3\0\0\0\0\0\0\1\0\0\0\1a", 13));
}
END_TEST

START_TEST(carries_transactions_up_to_their_limit)
{
    static uint8_t transaction[TX_SIZE_MAX];
    static uint8_t buffer[TX_SIZE_MAX + 13];
    struct bytes one = bytes_of(transaction, sizeof transaction);
    struct writer writer = writer_over(buffer, sizeof buffer);
    peer_submit_write(&writer, &one, 1);
    recode_takes(recode_submit, writer_view(&writer));
    buffer[11] = 1; /* TX_SIZE_MAX + 1 */
    recode_refuses(recode_submit, bytes_of(buffer, sizeof buffer), ERR_TOO_LARGE);
}
END_TEST

/* ---- REFUSED ---- */

START_TEST(reads_the_refusal_it_wrote)
{
    uint8_t buffer[REFUSED_SIZE];
    struct peer_refused refused;
    struct bytes frame = refused_frame(buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, REFUSED_SIZE);
    ck_assert_mem_eq(frame.data, "\4\0\0\x33\xcc", 5);
    ck_assert_int_eq(peer_refused_parse(frame, &refused), ERR_OK);
    ck_assert_int_eq(refused.err, ERR_CLAIM_STANDS);
    ck_assert_mem_eq(refused.id.bytes, frame.data + 4, HASH_SIZE);
}
END_TEST

START_TEST(refuses_a_refusal_without_a_known_error)
{
    uint8_t buffer[REFUSED_SIZE];
    struct bytes frame = refused_frame(buffer, sizeof buffer);
    for (unsigned number = 0; number <= UINT16_MAX; number++) {
        struct peer_refused refused;
        buffer[2] = (uint8_t)(number >> 8);
        buffer[3] = (uint8_t)number;
        bool known = number != 0 && (unsigned)err_from_number(number) == number;
        ck_assert_int_eq(peer_refused_parse(frame, &refused), known ? ERR_OK : ERR_OUT_OF_RANGE);
    }
}
END_TEST

/* ---- HEAD ---- */

START_TEST(reads_the_head_it_wrote)
{
    uint8_t buffer[PEER_HEAD_SIZE];
    struct peer_head head;
    struct bytes frame = head_frame(buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, PEER_HEAD_SIZE);
    ck_assert_mem_eq(frame.data, "\x0f\0\0\0\0\0\0\0\0\0\0\7\xdd", 13);
    ck_assert_int_eq(peer_head_parse(frame, &head), ERR_OK);
    ck_assert_uint_eq(head.height, 7);
    ck_assert_mem_eq(head.hash.bytes, frame.data + 12, HASH_SIZE);
}
END_TEST

START_TEST(refuses_a_head_of_the_genesis_and_what_is_not_zero)
{
    uint8_t buffer[PEER_HEAD_SIZE];
    struct bytes frame = head_frame(buffer, sizeof buffer);
    for (size_t at = 1; at < 4; at++) {
        buffer[at] = 1;
        recode_refuses(recode_head, frame, ERR_OUT_OF_RANGE);
        buffer[at] = 0;
    }
    buffer[11] = 0;
    recode_refuses(recode_head, frame, ERR_OUT_OF_RANGE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &says_which_frame_it_is,
        &refuses_a_frame_of_another_kind,
        &refuses_a_frame_above_the_limit,
        &has_one_encoding_of_each_frame,
        &reads_the_hello_it_wrote,
        &takes_a_hello_between_any_two_nodes,
        &lays_the_hello_out_as_documented,
        &signs_the_words_and_every_byte_before_the_signature,
        &finds_every_flipped_bit_of_a_hello_by_form_or_signature,
        &refuses_a_hello_that_makes_no_sense,
        &reads_the_transactions_it_wrote,
        &refuses_a_submit_of_nothing_or_of_another_count,
        &carries_transactions_up_to_their_limit,
        &reads_the_refusal_it_wrote,
        &refuses_a_refusal_without_a_known_error,
        &reads_the_head_it_wrote,
        &refuses_a_head_of_the_genesis_and_what_is_not_zero,
    };
    return suite_run("proto/peer", cases, sizeof cases / sizeof cases[0]);
}
