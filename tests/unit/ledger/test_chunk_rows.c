#include "ledger/chunk_rows.h"

#include "ledger/chunks.h"
#include "tests/unit/ledger/tables.h"

#define BYTES_MAX (1 << 16)

static struct scene scene;

static void open_scene(void)
{
    scene_open(&scene, 2);
    say_everything(&scene);
    scene_checkpoint(&scene);
}

static void close_scene(void)
{
    scene_close(&scene);
}

/* The chunk after that one, and its bytes. */
static bool next_chunk(struct chunks *chunks, struct chunk *chunk, uint8_t buffer[BYTES_MAX])
{
    enum err err = chunks_next(chunks, chunk->id, chunk);
    if (err == ERR_NOT_FOUND)
        return false;
    assert_ok(err);
    assert_ok(chunks_read(chunks, chunk, buffer, BYTES_MAX));
    return true;
}

typedef void look_at(const struct chunk *chunk, uint8_t *buffer);

static void with_each_chunk(look_at *look)
{
    static uint8_t buffer[BYTES_MAX];
    struct chunks *chunks;
    struct chunk chunk = {.id = {0}};
    size_t count = 0;
    assert_ok(chunks_open(scene.ledger, &chunks));
    for (; next_chunk(chunks, &chunk, buffer); count++)
        look(&chunk, buffer);
    chunks_close(chunks);
    ck_assert_uint_ge(count, 13); /* each hashed table has one */
}

/* ---- what a ledger writes ---- */

/* The rows of the walk, written again by hand, are the bytes. */
static void read_again(const struct chunk *chunk, uint8_t *buffer)
{
    static uint8_t again[BYTES_MAX];
    struct writer writer = writer_over(again, sizeof(again));
    struct chunk_walk walk = chunk_walk(bytes_of(buffer, chunk->size));
    struct bytes key;
    struct bytes value;
    chunk_id_write(&writer, chunk->id);
    while (chunk_walk_next(&walk, &key, &value)) {
        ck_assert_uint_eq(chunk_of(chunk_cut(chunk->id), key).value, chunk->id.value);
        if (walk.value.data == walk.key.data + walk.key.size) { /* the first of its key */
            writer_u16(&writer, (uint16_t)key.size);
            writer_u16(&writer, (uint16_t)value.size);
            writer_u32(&writer, walk.values + 1);
            writer_bytes(&writer, key.data, key.size);
        }
        writer_bytes(&writer, value.data, value.size);
    }
    assert_ok(reader_done(&walk.reader));
    ck_assert(bytes_equal(writer_view(&writer), bytes_of(buffer, chunk->size)));
    struct chunk found;
    assert_ok(chunk_rows_parse(bytes_of(buffer, chunk->size), &found));
    ck_assert_uint_eq(found.id.value, chunk->id.value);
    ck_assert_uint_eq(found.rows, chunk->rows);
    ck_assert_uint_eq(found.size, chunk->size);
    ck_assert(hash_equal(&found.hash, &chunk->hash));
}

START_TEST(every_chunk_is_read_as_it_was_written)
{
    with_each_chunk(read_again);
}
END_TEST

static void cut_short(const struct chunk *chunk, uint8_t *buffer)
{
    for (size_t size = 0; size < chunk->size; size++) {
        struct chunk found;
        ck_assert_int_eq(chunk_rows_check(bytes_of(buffer, size), chunk), ERR_DAMAGED);
        /* Cut between two keys it is a chunk too, but not this one. */
        if (chunk_rows_parse(bytes_of(buffer, size), &found) == ERR_OK)
            ck_assert(found.rows < chunk->rows && !hash_equal(&found.hash, &chunk->hash));
    }
    ck_assert_int_eq(chunk_rows_check(bytes_of(buffer, chunk->size + 1), chunk), ERR_DAMAGED);
}

START_TEST(every_truncation_is_another_chunk_or_none)
{
    with_each_chunk(cut_short);
}
END_TEST

static void flip(const struct chunk *chunk, uint8_t *buffer)
{
    for (size_t bit = 0; bit < 8 * (size_t)chunk->size; bit++) {
        buffer[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_int_eq(chunk_rows_check(bytes_of(buffer, chunk->size), chunk), ERR_DAMAGED);
        buffer[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_ok(chunk_rows_check(bytes_of(buffer, chunk->size), chunk));
    struct chunk other = *chunk;
    other.rows++;
    assert_err(chunk_rows_check(bytes_of(buffer, chunk->size), &other), DAMAGED);
    other = *chunk;
    other.id.value++;
    assert_err(chunk_rows_check(bytes_of(buffer, chunk->size), &other), DAMAGED);
}

START_TEST(every_flipped_bit_is_found)
{
    with_each_chunk(flip);
}
END_TEST

/* ---- what no ledger writes ---- */

static const char PLAIN_ID[] = "\x04\x00\x02\x16\x0e"; /* tacs, 35 000 000 and those after it */
static const char FIXED_ID[] = "\x05\x02\x16\x0e\xc0"; /* claims on 35 000 000 */
static const char KEY[] = "\x02\x16\x0e\xc0";          /* 35 000 000 */
static const char NEXT_KEY[] = "\x02\x16\x0e\xc1";

static uint8_t made[8192];

static struct writer begin(const char *id)
{
    struct writer writer = writer_over(made, sizeof(made));
    writer_bytes(&writer, id, CHUNK_ID_SIZE);
    return writer;
}

static void add_key(struct writer *writer, const char *key, size_t key_size, size_t value_size,
                    uint32_t values)
{
    writer_u16(writer, (uint16_t)key_size);
    writer_u16(writer, (uint16_t)value_size);
    writer_u32(writer, values);
    writer_bytes(writer, key, key_size);
}

static enum err parsed(const struct writer *writer)
{
    struct chunk chunk;
    assert_ok(writer->err);
    return chunk_rows_parse(writer_view(writer), &chunk);
}

START_TEST(takes_rows_in_order)
{
    struct writer writer = begin(PLAIN_ID);
    add_key(&writer, KEY, 4, 2, 1);
    writer_bytes(&writer, "zz", 2);
    add_key(&writer, NEXT_KEY, 4, 3, 1);
    writer_bytes(&writer, "aaa", 3);
    assert_ok(parsed(&writer));
    writer = begin(FIXED_ID);
    add_key(&writer, KEY, 4, 2, 3);
    writer_bytes(&writer, "aaabac", 6);
    assert_ok(parsed(&writer));
}
END_TEST

START_TEST(refuses_rows_that_are_not_in_order)
{
    static const char *const keys[][2] = {{KEY, KEY}, {NEXT_KEY, KEY}};
    for (size_t i = 0; i < 2; i++) {
        struct writer writer = begin(PLAIN_ID);
        for (size_t k = 0; k < 2; k++) {
            add_key(&writer, keys[i][k], 4, 1, 1);
            writer_u8(&writer, (uint8_t)k);
        }
        assert_err(parsed(&writer), NOT_CANONICAL);
    }
    struct writer longer = begin(PLAIN_ID);
    add_key(&longer, "\x02\x16\x0e\xc0x", 5, 1, 1);
    writer_u8(&longer, 1);
    add_key(&longer, KEY, 4, 1, 1);
    writer_u8(&longer, 1);
    assert_err(parsed(&longer), NOT_CANONICAL);
    static const char *const values[] = {"abaa", "aaaa"};
    for (size_t i = 0; i < 2; i++) {
        struct writer writer = begin(FIXED_ID);
        add_key(&writer, KEY, 4, 2, 2);
        writer_bytes(&writer, values[i], 4);
        assert_err(parsed(&writer), NOT_CANONICAL);
    }
}
END_TEST

START_TEST(refuses_a_key_of_another_chunk)
{
    struct writer writer = begin(FIXED_ID);
    add_key(&writer, NEXT_KEY, 4, 1, 1);
    writer_u8(&writer, 1);
    assert_err(parsed(&writer), OUT_OF_RANGE);
    for (size_t size = 0; size < 4; size++) { /* too short to be in any */
        writer = begin(FIXED_ID);
        add_key(&writer, KEY, size, 1, 1);
        writer_u8(&writer, 1);
        assert_err(parsed(&writer), OUT_OF_RANGE);
    }
}
END_TEST

START_TEST(refuses_sizes_and_counts_that_no_table_has)
{
    static const char long_key[STORE_KEY_SIZE_MAX + 1] = "\x02\x16\x0e\xc0";
    struct writer writer = begin(PLAIN_ID);
    assert_err(parsed(&writer), OUT_OF_RANGE); /* no row at all */
    add_key(&writer, KEY, 4, 0, 1);            /* an empty value is one */
    assert_ok(parsed(&writer));
    writer = begin(FIXED_ID);
    add_key(&writer, KEY, 4, 0, 1);
    assert_err(parsed(&writer), OUT_OF_RANGE);
    writer = begin(PLAIN_ID);
    add_key(&writer, KEY, 4, 1, 0);
    assert_err(parsed(&writer), OUT_OF_RANGE);
    writer = begin(PLAIN_ID);
    add_key(&writer, KEY, 4, 1, 2);
    writer_bytes(&writer, "ab", 2);
    assert_err(parsed(&writer), OUT_OF_RANGE);
    for (size_t size = STORE_KEY_SIZE_MAX; size <= STORE_KEY_SIZE_MAX + 1; size++) {
        writer = begin(PLAIN_ID);
        add_key(&writer, long_key, size, 1, 1);
        writer_u8(&writer, 1);
        ck_assert_int_eq(parsed(&writer), size > STORE_KEY_SIZE_MAX ? ERR_OUT_OF_RANGE : ERR_OK);
        writer = begin(FIXED_ID);
        add_key(&writer, KEY, 4, size, 1);
        writer_bytes(&writer, long_key, size);
        ck_assert_int_eq(parsed(&writer), size > STORE_KEY_SIZE_MAX ? ERR_OUT_OF_RANGE : ERR_OK);
    }
}
END_TEST

START_TEST(refuses_the_id_of_no_chunk)
{
    static const char *const ids[] = {"\0\0\0\0\0", "\x01\0\0\0\x01", "\x0e\0\0\0\0",
                                      "\x09\x10\0\0\0"};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct writer writer = begin(ids[i]);
        add_key(&writer, KEY, 4, 1, 1);
        writer_u8(&writer, 1);
        assert_err(parsed(&writer), OUT_OF_RANGE);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/chunk_rows");
    TCase *all = tcase_create("chunk_rows");
    tcase_add_checked_fixture(all, open_scene, close_scene);
    tcase_set_timeout(all, 100);
    tcase_add_test(all, every_chunk_is_read_as_it_was_written);
    tcase_add_test(all, every_truncation_is_another_chunk_or_none);
    tcase_add_test(all, every_flipped_bit_is_found);
    tcase_add_test(all, takes_rows_in_order);
    tcase_add_test(all, refuses_rows_that_are_not_in_order);
    tcase_add_test(all, refuses_a_key_of_another_chunk);
    tcase_add_test(all, refuses_sizes_and_counts_that_no_table_has);
    tcase_add_test(all, refuses_the_id_of_no_chunk);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
