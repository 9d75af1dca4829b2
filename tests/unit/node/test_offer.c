#include "node/offer.h"

#include "ledger/chunks.h"
#include "proto/limits.h"
#include "tests/unit/ledger/loading.h"
#include "tests/unit/ledger/tables.h"

#define NOW UINT64_C(5000)

static struct scene scene;
static struct offer *offer;
static uint8_t frame[PEER_MESSAGE_SIZE_MAX];

static void open_scene(void)
{
    scene_open(&scene, 2);
    say_everything(&scene);
    for (uint32_t i = 0; i < 30; i++) {
        struct item item = device_item(TAC + i * 50, i);
        accept(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, &item, 1));
    }
    assert_ok(offer_open(scene.ledger, &offer));
}

static void close_scene(void)
{
    offer_close(offer);
    scene_close(&scene);
}

static void speak_on(void)
{
    static uint32_t serial = 500;
    struct item item = device_item(TAC, serial++);
    accept(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, &item, 1));
}

static struct peer_list list_of(uint64_t checkpoint, uint64_t after)
{
    struct peer_list_wanted wanted = {.request = 3, .checkpoint = checkpoint, .after = after};
    struct writer writer = writer_over(frame, sizeof(frame));
    struct peer_list list;
    assert_ok(offer_list(offer, &wanted, NOW, &writer));
    assert_ok(peer_list_parse(writer_view(&writer), &list));
    ck_assert_uint_eq(list.request, 3);
    return list;
}

static struct peer_chunks chunks_of(uint64_t checkpoint, uint64_t first, uint64_t offset,
                                    size_t size)
{
    struct peer_chunks_wanted wanted = {4, checkpoint, first, offset, (uint32_t)size};
    struct writer writer = writer_over(frame, sizeof(frame));
    struct peer_chunks chunks;
    assert_ok(offer_chunks(offer, &wanted, &writer));
    assert_ok(peer_chunks_parse(writer_view(&writer), &chunks));
    ck_assert_uint_eq(chunks.request, 4);
    return chunks;
}

static uint64_t offered(void)
{
    return list_of(0, 0).checkpoint;
}

START_TEST(offers_nothing_but_the_state_of_a_checkpoint)
{
    ck_assert_uint_eq(offered(), 0);
    offer_want(offer, NOW);
    offer_seize(offer, NOW);
    ck_assert_uint_eq(offered(), 0); /* the last block is none */
    struct checkpoint checkpoint = scene_checkpoint(&scene);
    ck_assert_uint_eq(offered(), checkpoint.height); /* at which the state stands */
}
END_TEST

START_TEST(the_genesis_is_no_checkpoint_to_offer)
{
    struct scene young;
    struct offer *early;
    struct peer_list_wanted wanted = {.request = 1};
    struct writer writer = writer_over(frame, sizeof(frame));
    struct peer_list list;
    scene_open(&young, 2);
    assert_ok(offer_open(young.ledger, &early));
    assert_ok(offer_list(early, &wanted, NOW, &writer));
    assert_ok(peer_list_parse(writer_view(&writer), &list));
    ck_assert_uint_eq(list.checkpoint, 0);
    offer_close(early);
    scene_close(&young);
}
END_TEST

START_TEST(is_seized_at_a_checkpoint_only_when_wanted)
{
    (void)scene_checkpoint(&scene);
    offer_seize(offer, NOW);
    speak_on();
    ck_assert_uint_eq(offered(), 0);
    offer_want(offer, NOW);
    struct checkpoint checkpoint = scene_checkpoint(&scene);
    offer_seize(offer, NOW + OFFER_IDLE_MS); /* too late: nobody asks any more */
    speak_on();
    ck_assert_uint_eq(offered(), 0);
    checkpoint = scene_checkpoint(&scene);
    offer_seize(offer, NOW + OFFER_IDLE_MS - 1);
    speak_on();
    ck_assert_uint_eq(offered(), checkpoint.height);
}
END_TEST

START_TEST(stays_the_same_while_it_is_asked_for_and_no_longer)
{
    uint64_t now_ms = NOW;
    uint64_t height = scene_checkpoint(&scene).height;
    offer_want(offer, now_ms);
    ck_assert_uint_eq(offered(), height);
    for (int i = 0; i < 5; i++) {
        speak_on();
        (void)scene_checkpoint(&scene);
        offer_seize(offer, now_ms);
        now_ms += OFFER_IDLE_MS - 1;
        offer_tend(offer, now_ms);
        offer_want(offer, now_ms);
        ck_assert_uint_eq(offered(), height);
    }
    speak_on();
    offer_tend(offer, now_ms + OFFER_IDLE_MS);
    ck_assert_uint_eq(offered(), 0);
    height = scene_checkpoint(&scene).height;
    ck_assert_uint_eq(offered(), height);
    offer_want(offer, NOW + OFFER_AGE_MS); /* taken at NOW, and asked for since */
    speak_on();
    offer_tend(offer, NOW + OFFER_AGE_MS - 1);
    ck_assert_uint_eq(offered(), height);
    offer_tend(offer, NOW + OFFER_AGE_MS);
    ck_assert_uint_eq(offered(), 0);
}
END_TEST

/* All bytes that it gives, asked for in pieces of that size, are those of ledger/chunks.h. */
static void expect_bytes(const struct checkpoint *checkpoint, const uint8_t *bytes, size_t size,
                         struct chunks *chunks, size_t piece)
{
    struct chunk chunk = {.id = {0}};
    size_t begin = 0; /* of the chunk */
    assert_ok(chunks_next(chunks, chunk.id, &chunk));
    for (size_t at = 0; at < size; at += piece) {
        while (at - begin >= chunk.size) {
            begin += chunk.size;
            assert_ok(chunks_next(chunks, chunk.id, &chunk));
        }
        size_t left = size - at < piece ? size - at : piece;
        struct peer_chunks got = chunks_of(checkpoint->height, chunk.id.value, at - begin, left);
        ck_assert_uint_eq(got.checkpoint, checkpoint->height);
        ck_assert_uint_eq(got.bytes.size, left);
        ck_assert_mem_eq(got.bytes.data, bytes + at, left);
    }
}

START_TEST(gives_every_byte_of_the_state_at_any_cut_whatever_is_applied_meanwhile)
{
    static uint8_t bytes[LOADING_BYTES_MAX];
    size_t size = 0;
    struct chunk chunk = {.id = {0}};
    struct chunks *chunks;
    struct checkpoint checkpoint = scene_checkpoint(&scene);
    ck_assert_uint_eq(offered(), checkpoint.height);
    assert_ok(chunks_open(scene.ledger, &chunks));
    speak_on();
    struct peer_list list = list_of(checkpoint.height, 0);
    ck_assert(list.is_last);
    struct reader reader = reader_over(list.entries);
    struct chunk_tree tree = {0};
    while (chunks_next(chunks, chunk.id, &chunk) == ERR_OK) {
        struct chunk entry;
        chunk_entry_read(&reader, &entry);
        ck_assert_uint_eq(entry.id.value, chunk.id.value);
        ck_assert(hash_equal(&entry.hash, &chunk.hash));
        assert_ok(chunk_tree_add(&tree, &entry));
        assert_ok(chunks_read(chunks, &chunk, bytes + size, sizeof(bytes) - size));
        size += chunk.size;
    }
    assert_ok(reader_done(&reader));
    struct hash root = chunk_tree_root(&tree);
    ck_assert(hash_equal(&root, &checkpoint.state_root));
    static const size_t pieces[] = {7, 100, 4096, PEER_CHUNKS_SIZE_MAX};
    for (size_t i = 0; i < 4; i++)
        expect_bytes(&checkpoint, bytes, size, chunks, pieces[i]);
    chunks_close(chunks);
}
END_TEST

START_TEST(goes_on_with_a_list_after_any_chunk)
{
    struct checkpoint checkpoint = scene_checkpoint(&scene);
    struct peer_list all = list_of(checkpoint.height, 0);
    uint32_t count = all.count;
    uint64_t after = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct peer_list list = list_of(checkpoint.height, after);
        ck_assert_uint_eq(list.count, count - i);
        struct chunk entry;
        struct reader reader = reader_over(list.entries);
        chunk_entry_read(&reader, &entry);
        ck_assert_uint_gt(entry.id.value, after);
        after = entry.id.value;
    }
    struct peer_list none = list_of(checkpoint.height, after);
    ck_assert_uint_eq(none.count, 0);
    ck_assert(none.is_last);
}
END_TEST

START_TEST(has_no_bytes_of_another_state_or_beyond_the_end)
{
    ck_assert_uint_eq(chunks_of(5, 1, 0, 10).checkpoint, 0);
    struct checkpoint checkpoint = scene_checkpoint(&scene);
    ck_assert_uint_eq(list_of(checkpoint.height + 1, 0).count, 0);
    struct peer_list list = list_of(checkpoint.height, 0);
    struct chunk first;
    struct reader reader = reader_over(list.entries);
    chunk_entry_read(&reader, &first);
    uint64_t id = first.id.value;
    ck_assert_uint_eq(chunks_of(checkpoint.height, id, 0, 1).bytes.size, 1);
    ck_assert_uint_eq(chunks_of(checkpoint.height + 1, id, 0, 1).bytes.size, 0);
    ck_assert_uint_eq(chunks_of(checkpoint.height, id + 1, 0, 1).bytes.size, 0);
    ck_assert_uint_eq(chunks_of(checkpoint.height, id, first.size, 1).bytes.size, 0);
    ck_assert_uint_eq(chunks_of(checkpoint.height, id, first.size - 1, 1).bytes.size, 1);
    ck_assert_uint_eq(chunks_of(checkpoint.height, id, 0, PEER_CHUNKS_SIZE_MAX).bytes.size, 0);
    ck_assert_uint_eq(chunks_of(checkpoint.height, PEER_CHUNK_ID_MAX, 0, 1).bytes.size, 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &offers_nothing_but_the_state_of_a_checkpoint,
        &the_genesis_is_no_checkpoint_to_offer,
        &is_seized_at_a_checkpoint_only_when_wanted,
        &stays_the_same_while_it_is_asked_for_and_no_longer,
        &gives_every_byte_of_the_state_at_any_cut_whatever_is_applied_meanwhile,
        &goes_on_with_a_list_after_any_chunk,
        &has_no_bytes_of_another_state_or_beyond_the_end,
    };
    Suite *suite = suite_create("node/offer");
    TCase *tcase = tcase_create("offer");
    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, open_scene, close_scene);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        tcase_add_test(tcase, *cases[i]);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
