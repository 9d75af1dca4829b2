#include "proto/peer_state.h"

#include "proto/limits.h"
#include "tests/unit/proto/recode.h"

static enum err recode_list_wanted(struct bytes frame, struct writer *again)
{
    struct peer_list_wanted wanted;
    enum err err = peer_list_wanted_parse(frame, &wanted);
    if (err == ERR_OK)
        peer_list_wanted_write(again, &wanted);
    return err;
}

static enum err recode_list(struct bytes frame, struct writer *again)
{
    struct peer_list list;
    enum err err = peer_list_parse(frame, &list);
    if (err != ERR_OK) {
        ck_assert_uint_eq(list.entries.size, 0);
        return err;
    }
    peer_list_write(again, &list);
    return ERR_OK;
}

static enum err recode_chunks_wanted(struct bytes frame, struct writer *again)
{
    struct peer_chunks_wanted wanted;
    enum err err = peer_chunks_wanted_parse(frame, &wanted);
    if (err == ERR_OK)
        peer_chunks_wanted_write(again, &wanted);
    return err;
}

static enum err recode_chunks(struct bytes frame, struct writer *again)
{
    struct peer_chunks chunks;
    enum err err = peer_chunks_parse(frame, &chunks);
    if (err != ERR_OK) {
        ck_assert_uint_eq(chunks.bytes.size, 0);
        return err;
    }
    peer_chunks_write(again, &chunks);
    return ERR_OK;
}

static recode *const functions[] = {recode_list_wanted, recode_list, recode_chunks_wanted,
                                    recode_chunks};

#define ENTRY                                                                                      \
    "0102030405 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "                 \
    "0000000000000001 0000000000000013"

static const char *const samples[] = {
    "0b 000000 0000000000000009 0000000000000007 0000000102030405",
    "0c 010000 0000000000000009 0000000000000007 00000035 " ENTRY,
    "0d 000000 0000000000000009 0000000000000007 0000000102030405 0000000000000002 00100000",
    "0e 000000 0000000000000009 0000000000000007 00000003 6f6e65",
};

enum { SAMPLES = sizeof samples / sizeof samples[0] };

START_TEST(has_one_encoding_of_each_frame)
{
    static const char *const none[] = {
        "0b 000000 0000000000000009 0000000000000000 0000000000000000",
        "0c 000000 0000000000000009 0000000000000000 00000000",
        "0c 010000 0000000000000009 0000000000000007 00000000",
        "0e 000000 0000000000000009 0000000000000000 00000000",
    };
    static recode *const of[] = {recode_list_wanted, recode_list, recode_list, recode_chunks};
    uint8_t buffer[128];
    for (size_t i = 0; i < SAMPLES; i++)
        recode_holds(functions[i], parts(samples[i], buffer, sizeof buffer));
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        recode_holds(of[i], parts(none[i], buffer, sizeof buffer));
}
END_TEST

START_TEST(refuses_a_frame_of_another_kind)
{
    uint8_t buffer[128];
    for (size_t i = 0; i < SAMPLES; i++) {
        for (size_t j = 0; j < SAMPLES; j++) {
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
    struct peer_list_wanted list_wanted;
    struct peer_list list;
    struct peer_chunks_wanted wanted;
    struct peer_chunks chunks;
    struct bytes frame = parts(samples[0], buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, PEER_LIST_WANTED_SIZE);
    ck_assert_int_eq(peer_list_wanted_parse(frame, &list_wanted), ERR_OK);
    ck_assert_uint_eq(list_wanted.request, 9);
    ck_assert_uint_eq(list_wanted.checkpoint, 7);
    ck_assert_uint_eq(list_wanted.after, UINT64_C(0x0102030405));
    frame = parts(samples[1], buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, PEER_LIST_HEAD_SIZE + PEER_ENTRY_SIZE);
    ck_assert_int_eq(peer_list_parse(frame, &list), ERR_OK);
    ck_assert(list.is_last);
    ck_assert_uint_eq(list.request, 9);
    ck_assert_uint_eq(list.checkpoint, 7);
    ck_assert_uint_eq(list.count, 1);
    ck_assert(bytes_equal(list.entries, bytes_of(buffer + PEER_LIST_HEAD_SIZE, PEER_ENTRY_SIZE)));
    frame = parts(samples[2], buffer, sizeof buffer);
    ck_assert_uint_eq(frame.size, PEER_CHUNKS_WANTED_SIZE);
    ck_assert_int_eq(peer_chunks_wanted_parse(frame, &wanted), ERR_OK);
    ck_assert_uint_eq(wanted.request, 9);
    ck_assert_uint_eq(wanted.checkpoint, 7);
    ck_assert_uint_eq(wanted.first, UINT64_C(0x0102030405));
    ck_assert_uint_eq(wanted.offset, 2);
    ck_assert_uint_eq(wanted.size, PEER_CHUNKS_SIZE_MAX);
    frame = parts(samples[3], buffer, sizeof buffer);
    ck_assert_int_eq(peer_chunks_parse(frame, &chunks), ERR_OK);
    ck_assert_uint_eq(chunks.request, 9);
    ck_assert_uint_eq(chunks.checkpoint, 7);
    ck_assert(bytes_equal(chunks.bytes, bytes_of("one", 3)));
}
END_TEST

START_TEST(refuses_what_makes_no_sense)
{
    static const struct {
        size_t of;
        const char *hex;
        enum err err;
    } cases[] = {
        {0, "0b 000001 0000000000000009 0000000000000007 0000000000000000", ERR_OUT_OF_RANGE},
        {0, "0b 000000 0000000000000009 0000000000000007 0000010000000000", ERR_OUT_OF_RANGE},
        {0, "0b 000000 0000000000000009 0000000000000000 0000000000000001", ERR_OUT_OF_RANGE},
        {1, "0c 020000 0000000000000009 0000000000000007 00000000", ERR_OUT_OF_RANGE},
        {1, "0c 010100 0000000000000009 0000000000000007 00000000", ERR_OUT_OF_RANGE},
        {1, "0c 010000 0000000000000009 0000000000000000 00000000", ERR_OUT_OF_RANGE},
        {1, "0c 000000 0000000000000009 0000000000000000 00000035 " ENTRY, ERR_OUT_OF_RANGE},
        {1, "0c 000000 0000000000000009 0000000000000007 00000034 " ENTRY, ERR_OUT_OF_RANGE},
        {1, "0c 000000 0000000000000009 0000000000000007 00000000 " ENTRY, ERR_TRAILING},
        {1, "0c 000000 0000000000000009 0000000000000007 0000006a " ENTRY, ERR_TRUNCATED},
        {1, "0c 000000 0000000000000009 0000000000000007 0006a035", ERR_OUT_OF_RANGE},
        {2,
         "0d 000001 0000000000000009 0000000000000007 0000000000000001 0000000000000000 "
         "00000001",
         ERR_OUT_OF_RANGE},
        {2,
         "0d 000000 0000000000000009 0000000000000000 0000000000000001 0000000000000000 "
         "00000001",
         ERR_OUT_OF_RANGE},
        {2,
         "0d 000000 0000000000000009 0000000000000007 0000000000000000 0000000000000000 "
         "00000001",
         ERR_OUT_OF_RANGE},
        {2,
         "0d 000000 0000000000000009 0000000000000007 0000010000000000 0000000000000000 "
         "00000001",
         ERR_OUT_OF_RANGE},
        {2,
         "0d 000000 0000000000000009 0000000000000007 0000000000000001 ffffffffffffffff "
         "00000001",
         ERR_OUT_OF_RANGE},
        {2,
         "0d 000000 0000000000000009 0000000000000007 0000000000000001 0000000000000000 "
         "00000000",
         ERR_OUT_OF_RANGE},
        {2,
         "0d 000000 0000000000000009 0000000000000007 0000000000000001 0000000000000000 "
         "00100001",
         ERR_OUT_OF_RANGE},
        {3, "0e 000001 0000000000000009 0000000000000007 00000000", ERR_OUT_OF_RANGE},
        {3, "0e 000000 0000000000000009 0000000000000000 00000001 32", ERR_OUT_OF_RANGE},
        {3, "0e 000000 0000000000000009 0000000000000007 00100001", ERR_OUT_OF_RANGE},
        {3, "0e 000000 0000000000000009 0000000000000007 00000002 32", ERR_TRUNCATED},
        {3, "0e 000000 0000000000000009 0000000000000007 00000000 32", ERR_TRAILING},
    };
    uint8_t buffer[128];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        recode_refuses(functions[cases[i].of], parts(cases[i].hex, buffer, sizeof buffer),
                       cases[i].err);
}
END_TEST

START_TEST(a_full_page_and_a_full_frame_of_chunks_fit_a_message)
{
    uint8_t *room = calloc(1, PEER_MESSAGE_SIZE_MAX);
    uint8_t *bytes = calloc(1, PEER_CHUNKS_SIZE_MAX);
    ck_assert_ptr_nonnull(room);
    ck_assert_ptr_nonnull(bytes);
    struct writer writer = writer_over(room, PEER_MESSAGE_SIZE_MAX);
    struct peer_list list = {.checkpoint = 1, .count = PEER_ENTRIES_MAX};
    list.entries = bytes_of(bytes, (size_t)PEER_ENTRIES_MAX * PEER_ENTRY_SIZE);
    peer_list_write(&writer, &list);
    recode_takes(recode_list, writer_view(&writer));
    writer = writer_over(room, PEER_MESSAGE_SIZE_MAX);
    struct peer_chunks chunks = {.checkpoint = 1, .bytes = bytes_of(bytes, PEER_CHUNKS_SIZE_MAX)};
    peer_chunks_write(&writer, &chunks);
    recode_takes(recode_chunks, writer_view(&writer));
    free(room);
    free(bytes);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &has_one_encoding_of_each_frame,
        &refuses_a_frame_of_another_kind,
        &reads_what_it_wrote,
        &refuses_what_makes_no_sense,
        &a_full_page_and_a_full_frame_of_chunks_fit_a_message,
    };
    return suite_run("proto/peer_state", cases, sizeof cases / sizeof cases[0]);
}
