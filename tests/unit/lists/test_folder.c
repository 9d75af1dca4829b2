#include "lists/folder.h"

#include "tests/unit/ledger/scene.h"

#include <dirent.h>

static size_t entries_of(const char *path)
{
    DIR *directory = opendir(path);
    size_t count = 0;
    ck_assert_ptr_nonnull(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count - 2;
}

static void write_file(struct folder *folder, const char *name, size_t size)
{
    struct folder_file *file;
    struct hash hash;
    struct hasher hasher;
    uint64_t told;
    uint8_t piece[1000];
    hasher_begin(&hasher);
    assert_ok(folder_file_open(folder, name, &file));
    for (size_t done = 0; done < size; done += sizeof piece) {
        memset(piece, (int)(done / sizeof piece), sizeof piece);
        folder_file_add(file, piece, sizeof piece);
        hasher_add(&hasher, piece, sizeof piece);
    }
    assert_ok(folder_file_close(file, &told, &hash));
    struct hash right = hasher_end(&hasher);
    ck_assert_uint_eq(told, size);
    ck_assert(hash_equal(&hash, &right));
}

START_TEST(appears_whole)
{
    char parent[64];
    char path[128];
    char inside[160];
    struct folder *folder;
    struct stat status;
    directory_new(parent);
    snprintf(path, sizeof path, "%s/lists/", parent);
    assert_ok(folder_open(path, &folder));
    write_file(folder, "small", 1000);
    write_file(folder, "large", 3000000);
    write_file(folder, "empty", 0);
    ck_assert_int_ne(stat(path, &status), 0);
    assert_ok(folder_publish(folder));
    folder_close(folder);
    ck_assert_uint_eq(entries_of(parent), 1);
    ck_assert_uint_eq(entries_of(path), 3);
    snprintf(inside, sizeof inside, "%slarge", path);
    ck_assert_int_eq(stat(inside, &status), 0);
    ck_assert_int_eq(status.st_size, 3000000);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    directory_remove(parent);
}
END_TEST

START_TEST(leaves_nothing_when_it_is_given_up)
{
    char parent[64];
    char path[128];
    struct folder *folder;
    directory_new(parent);
    snprintf(path, sizeof path, "%s/lists", parent);
    assert_ok(folder_open(path, &folder));
    write_file(folder, "small", 1000);
    folder_close(folder);
    ck_assert_uint_eq(entries_of(parent), 0);
    directory_remove(parent);
}
END_TEST

START_TEST(overwrites_nothing)
{
    char parent[64];
    char path[128];
    struct folder *folder;
    struct folder *other;
    struct folder_file *file;
    directory_new(parent);
    snprintf(path, sizeof path, "%s/lists", parent);
    assert_ok(folder_open(path, &folder));
    assert_ok(folder_open(path, &other));
    write_file(folder, "small", 1000);
    assert_err(folder_file_open(folder, "small", &file), IO);
    assert_ok(folder_publish(folder));
    folder_close(folder);
    assert_err(folder_publish(other), LOCKED);
    folder_close(other);
    assert_err(folder_open(path, &folder), LOCKED);
    ck_assert_uint_eq(entries_of(parent), 1);
    snprintf(path, sizeof path, "%s/nowhere/lists", parent);
    assert_err(folder_open(path, &folder), NOT_FOUND);
    directory_remove(parent);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("folder");
    TCase *tcase = tcase_create("folder");
    tcase_add_test(tcase, appears_whole);
    tcase_add_test(tcase, leaves_nothing_when_it_is_given_up);
    tcase_add_test(tcase, overwrites_nothing);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
