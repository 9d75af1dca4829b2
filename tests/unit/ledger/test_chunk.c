#include "ledger/chunk.h"

#include "ledger/rows.h"
#include "ledger/state.h"
#include "tests/unit/ledger/scene.h"

static const struct table_cut *cut_of(const char *name)
{
    for (size_t place = 0; place < STATE_TABLE_COUNT; place++) {
        if (strcmp(table_cut(place)->name, name) == 0)
            return table_cut(place);
    }
    ck_abort_msg("no table %s", name);
}

static struct chunk_id id_in(const char *table, struct row key)
{
    return chunk_of(cut_of(table), row_view(&key));
}

/* ---- ids ---- */

START_TEST(a_row_lies_in_the_range_of_its_key)
{
    ck_assert_uint_eq(id_in("claims", tac_key(35000000)).value, UINT64_C(5) << 32 | 35000000);
    ck_assert_uint_eq(id_in("spans", span_key(35000000, 3)).value,
                      UINT64_C(6) << 32 | 35000000 >> 6);
    ck_assert_uint_eq(id_in("spans", span_key(35000000, 3)).value,
                      id_in("spans", span_key(35000000, 20)).value);
    ck_assert_uint_eq(id_in("transactions", index_pack(4095)).value, UINT64_C(9) << 32);
    ck_assert_uint_eq(id_in("transactions", index_pack(4096)).value, (UINT64_C(9) << 32) + 1);
    ck_assert_uint_eq(id_in("transactions", index_pack(INDEX_END - 1)).value,
                      (UINT64_C(9) << 32) + (UINT32_C(1) << 28) - 1);
    ck_assert_uint_eq(id_in("organisations", number_pack(1023)).value, UINT64_C(2) << 32);
    ck_assert_uint_eq(id_in("organisations", number_pack(1024)).value, (UINT64_C(2) << 32) + 1);
    ck_assert_uint_eq(id_in("ids", index_pack(1)).value, 0);
    ck_assert_uint_eq(chunk_of(cut_of("claims"), bytes_of("abc", 3)).value, 0);
}
END_TEST

START_TEST(every_table_with_a_number_has_one_of_its_own)
{
    size_t hashed = 0;
    for (size_t place = 0; place < STATE_TABLE_COUNT; place++) {
        const struct table_cut *cut = table_cut(place);
        struct chunk_id id = {(uint64_t)cut->number << 32};
        hashed += cut->number != 0;
        ck_assert_ptr_eq(chunk_cut(id), cut->number == 0 ? NULL : cut);
    }
    ck_assert_uint_eq(hashed, 13);
}
END_TEST

START_TEST(the_first_key_of_a_chunk_is_in_it_and_the_one_before_is_not)
{
    uint64_t seed = 1;
    for (int round = 0; round < 2000; round++) {
        const struct table_cut *cut = table_cut(chance_below(&seed, STATE_TABLE_COUNT));
        if (cut->number == 0)
            continue;
        uint8_t key[CHUNK_LEAD_MAX];
        uint8_t first[CHUNK_LEAD_MAX];
        uint64_t bits = chance(&seed);
        memcpy(key, &bits, sizeof(key));
        struct chunk_id id = chunk_of(cut, bytes_of(key, sizeof(key)));
        size_t size = chunk_first_key(id, first);
        ck_assert_uint_eq(size, cut->lead);
        ck_assert_uint_eq(chunk_of(cut, bytes_of(first, size)).value, id.value);
        ck_assert_int_le(memcmp(first, key, size), 0);
        size_t at = size;
        while (at > 0 && first[at - 1] == 0)
            first[--at] = 0xFF;
        if (at == 0)
            continue; /* the first chunk of its table */
        first[at - 1]--;
        ck_assert_uint_eq(chunk_of(cut, bytes_of(first, size)).value, id.value - 1);
    }
}
END_TEST

/* ---- entries ---- */

static struct chunk chunk_by_chance(uint64_t *seed, struct chunk_id id)
{
    struct chunk chunk = {
        .id = id, .rows = 1 + chance_below(seed, 1000), .size = 14 + chance_below(seed, 1000)};
    for (size_t i = 0; i < HASH_SIZE; i++)
        chunk.hash.bytes[i] = (uint8_t)chance(seed);
    return chunk;
}

static struct bytes entry_of(const struct chunk *chunk, uint8_t entry[CHUNK_ENTRY_SIZE])
{
    struct writer writer = writer_over(entry, CHUNK_ENTRY_SIZE);
    chunk_entry_write(&writer, chunk);
    ck_assert_uint_eq(writer.size, CHUNK_ENTRY_SIZE);
    return writer_view(&writer);
}

static enum err read_entry(struct bytes bytes, struct chunk *out)
{
    struct reader reader = reader_over(bytes);
    chunk_entry_read(&reader, out);
    return reader_done(&reader);
}

START_TEST(an_entry_is_read_as_it_was_written)
{
    uint64_t seed = 2;
    for (uint64_t range = 0; range < 500; range++) {
        uint8_t entry[CHUNK_ENTRY_SIZE];
        uint8_t again[CHUNK_ENTRY_SIZE];
        struct chunk chunk = chunk_by_chance(&seed, (struct chunk_id){UINT64_C(5) << 32 | range});
        struct chunk found;
        struct bytes bytes = entry_of(&chunk, entry);
        assert_ok(read_entry(bytes, &found));
        ck_assert(bytes_equal(entry_of(&found, again), bytes));
        for (size_t size = 0; size < CHUNK_ENTRY_SIZE; size++)
            ck_assert_int_ne(read_entry(bytes_of(entry, size), &found), ERR_OK);
        assert_ok(chunk_row_read(bytes_of(entry, 5), bytes_of(entry + 5, 48), &found));
        assert_err(chunk_row_read(bytes_of(entry, 4), bytes_of(entry + 4, 49), &found), DAMAGED);
        assert_err(chunk_row_read(bytes_of(entry, 5), bytes_of(entry + 5, 47), &found), DAMAGED);
    }
}
END_TEST

START_TEST(refuses_an_entry_of_no_chunk)
{
    uint64_t seed = 3;
    struct chunk_id ids[] = {{0},
                             {5},
                             {(UINT64_C(1) << 32) + 1}, /* of a table with one range */
                             {UINT64_C(14) << 32},
                             {UINT64_C(255) << 32},
                             {(UINT64_C(9) << 32) + (UINT64_C(1) << 28)}};
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        uint8_t entry[CHUNK_ENTRY_SIZE];
        struct chunk chunk = chunk_by_chance(&seed, ids[i]);
        assert_err(read_entry(entry_of(&chunk, entry), &chunk), OUT_OF_RANGE);
    }
    for (int flaw = 0; flaw < 2; flaw++) {
        uint8_t entry[CHUNK_ENTRY_SIZE];
        struct chunk chunk = chunk_by_chance(&seed, (struct chunk_id){UINT64_C(1) << 32});
        *(flaw == 0 ? &chunk.rows : &chunk.size) = flaw == 0 ? 0 : CHUNK_ID_SIZE;
        assert_err(read_entry(entry_of(&chunk, entry), &chunk), OUT_OF_RANGE);
    }
}
END_TEST

/* ---- the tree ---- */

/* RFC 6962 section 2.1 by halves, as the text has it. */
static struct hash root_by_halves(const struct hash *leaves, size_t count)
{
    if (count == 0)
        return hash_of(bytes_of(NULL, 0));
    if (count == 1)
        return leaves[0];
    size_t half = 1;
    while (half * 2 < count)
        half *= 2;
    struct hash left = root_by_halves(leaves, half);
    struct hash right = root_by_halves(leaves + half, count - half);
    return merkle_node(&left, &right);
}

enum { CHUNKS = 900 };

static struct hash root_in_two_storeys(const struct chunk *chunks, size_t count)
{
    static struct hash lower[CHUNKS];
    static struct hash upper[CHUNKS];
    size_t sections = 0;
    for (size_t from = 0; from < count;) {
        size_t end = from;
        for (; end < count && chunks[end].id.value / 256 == chunks[from].id.value / 256; end++) {
            uint8_t entry[CHUNK_ENTRY_SIZE];
            lower[end - from] = merkle_leaf(entry_of(&chunks[end], entry));
        }
        uint8_t leaf[CHUNK_ENTRY_SIZE];
        entry_of(&chunks[from], leaf);
        struct hash root = root_by_halves(lower, end - from);
        memcpy(leaf + 4, root.bytes, HASH_SIZE);
        upper[sections++] = merkle_leaf(bytes_of(leaf, 4 + HASH_SIZE));
        from = end;
    }
    return root_by_halves(upper, sections);
}

START_TEST(the_root_is_a_tree_of_two_storeys)
{
    static struct chunk chunks[CHUNKS];
    uint64_t seed = 4;
    struct chunk_tree tree = {{0}, {0}, {0}};
    struct chunk_id id = {UINT64_C(5) << 32};
    for (size_t count = 0; count < CHUNKS; count++) {
        struct hash root = chunk_tree_root(&tree);
        struct hash expected = root_in_two_storeys(chunks, count);
        ck_assert(hash_equal(&root, &expected));
        id.value += 1 + chance_below(&seed, count % 100 == 0 ? 5000 : 3);
        chunks[count] = chunk_by_chance(&seed, id);
        assert_ok(chunk_tree_add(&tree, &chunks[count]));
    }
}
END_TEST

START_TEST(the_tree_takes_chunks_in_order_only)
{
    uint64_t seed = 5;
    struct chunk_tree tree = {{0}, {0}, {0}};
    struct chunk chunk = chunk_by_chance(&seed, (struct chunk_id){(UINT64_C(5) << 32) + 9});
    assert_ok(chunk_tree_add(&tree, &chunk));
    struct hash before = chunk_tree_root(&tree);
    assert_err(chunk_tree_add(&tree, &chunk), NOT_CANONICAL);
    chunk.id.value--;
    assert_err(chunk_tree_add(&tree, &chunk), NOT_CANONICAL);
    struct hash after = chunk_tree_root(&tree);
    ck_assert(hash_equal(&before, &after));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/chunk");
    TCase *all = tcase_create("chunk");
    tcase_add_test(all, a_row_lies_in_the_range_of_its_key);
    tcase_add_test(all, every_table_with_a_number_has_one_of_its_own);
    tcase_add_test(all, the_first_key_of_a_chunk_is_in_it_and_the_one_before_is_not);
    tcase_add_test(all, an_entry_is_read_as_it_was_written);
    tcase_add_test(all, refuses_an_entry_of_no_chunk);
    tcase_add_test(all, the_root_is_a_tree_of_two_storeys);
    tcase_add_test(all, the_tree_takes_chunks_in_order_only);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
