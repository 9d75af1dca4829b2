#include "node/id_map.h"
#include "tests/unit/suite.h"

enum { ENTRIES = 50000 };

static struct id_entry entries[ENTRIES];

static void fill(struct id_map *map)
{
    ck_assert_int_eq(id_map_open(map), ERR_OK);
    for (uint32_t i = 0; i < ENTRIES; i++) {
        entries[i].id = hash_of(bytes_of(&i, sizeof i));
        id_map_add(map, &entries[i]);
    }
}

START_TEST(finds_what_was_added_and_nothing_else)
{
    struct id_map map;
    fill(&map);
    ck_assert_uint_eq(map.count, ENTRIES);
    for (uint32_t i = 0; i < ENTRIES; i++)
        ck_assert_ptr_eq(id_map_find(&map, &entries[i].id), &entries[i]);
    struct hash other = hash_of(bytes_of("other", 5));
    ck_assert_ptr_null(id_map_find(&map, &other));
    id_map_close(&map);
}
END_TEST

START_TEST(removing_takes_only_that_one)
{
    struct id_map map;
    fill(&map);
    for (uint32_t i = 0; i < ENTRIES; i += 2)
        id_map_remove(&map, &entries[i]);
    ck_assert_uint_eq(map.count, ENTRIES / 2);
    for (uint32_t i = 0; i < ENTRIES; i++)
        ck_assert_ptr_eq(id_map_find(&map, &entries[i].id), i % 2 == 0 ? NULL : &entries[i]);
    id_map_close(&map);
}
END_TEST

START_TEST(taking_empties_the_map)
{
    struct id_map map;
    size_t bucket = 0;
    size_t count = 0;
    fill(&map);
    while (id_map_take(&map, &bucket) != NULL)
        count++;
    ck_assert_uint_eq(count, ENTRIES);
    ck_assert_uint_eq(map.count, 0);
    ck_assert_ptr_null(id_map_find(&map, &entries[7].id));
    id_map_close(&map);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &finds_what_was_added_and_nothing_else,
        &removing_takes_only_that_one,
        &taking_empties_the_map,
    };
    return suite_run("id_map", cases, sizeof cases / sizeof cases[0]);
}
