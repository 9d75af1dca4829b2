#include "eir/shelf_map.h"

#include "tests/unit/eir/making.h"

enum { TACS = 5000 };

/* Shelves are told apart by their place in an array: what is in them is of no matter to a map. */
static struct shelf *shelves[TACS];

static struct shelf_map *put(struct shelf_map *map, struct heap *heap, uint32_t tac,
                             const struct shelf *shelf)
{
    if (shelf_map_is_full(map)) {
        struct shelf_map *grown = shelf_map_grown(map, heap);
        ck_assert_ptr_nonnull(grown);
        heap_retire(heap, map);
        map = grown;
    }
    shelf_map_put(map, tac, shelf);
    return map;
}

/* The TAC of a number: in sequences, as they are given out, or anywhere. */
static uint32_t tac_at(uint32_t number, bool is_anywhere)
{
    return is_anywhere ? (uint32_t)((uint64_t)number * 48271 * 1013 % IMEI_TACS)
                       : 35000000 + number;
}

static void try(bool is_anywhere)
{
    struct heap heap = {0};
    struct shelf_map *map = shelf_map_new(&heap, 2);
    ck_assert_ptr_nonnull(map);
    for (uint32_t i = 0; i < TACS; i++)
        map = put(map, &heap, tac_at(i, is_anywhere), shelves[0]);
    for (uint32_t i = 0; i < TACS; i++)
        map = put(map, &heap, tac_at(i, is_anywhere), shelves[i]);
    size_t wrong = 0;
    for (uint32_t i = 0; i < TACS; i++) {
        wrong += shelf_map_find(map, tac_at(i, is_anywhere)) != shelves[i];
        wrong += shelf_map_find(map, tac_at(i + TACS, is_anywhere)) != NULL;
    }
    ck_assert_uint_eq(wrong, 0);
    ck_assert_uint_eq(map->count, TACS);
    ck_assert(shelf_map_find(map, IMEI_TACS - 1) == NULL);
    heap_retire(&heap, map);
    heap_settle(&heap);
    ck_assert_uint_eq(heap.bytes, 0);
}

START_TEST(each_tac_has_the_shelf_that_was_put_last)
{
    for (size_t i = 0; i < TACS; i++)
        shelves[i] = calloc(1, sizeof *shelves[i]);
    try(false);
    try(true);
    for (size_t i = 0; i < TACS; i++)
        free(shelves[i]);
}
END_TEST

START_TEST(without_memory_there_is_no_map)
{
    struct heap heap = {.bytes_max = 200};
    struct shelf_map *map = shelf_map_new(&heap, 2);
    ck_assert_ptr_nonnull(map);
    ck_assert_ptr_null(shelf_map_new(&heap, 3));
    ck_assert_ptr_null(shelf_map_grown(map, &heap));
    heap_free(&heap, map);
    ck_assert_uint_eq(heap.bytes, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shelf_map");
    TCase *cases = tcase_create("shelf_map");
    tcase_add_test(cases, each_tac_has_the_shelf_that_was_put_last);
    tcase_add_test(cases, without_memory_there_is_no_map);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
