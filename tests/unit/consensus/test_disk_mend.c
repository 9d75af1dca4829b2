/* Putting back a block whose stored bytes are damaged. */
#include "consensus/disk.h"

#include "proto/limits.h"
#include "tests/unit/consensus/log_script.h"
#include "tests/unit/suite.h"

enum { BLOCKS = 6, COMMIT = 5 };

/* A log of six blocks, small ones and one of several pages, of which five are committed. */
struct scene {
    struct scratch scratch;
    struct script *script;
    struct disk *disk;
    uint8_t buffers[BLOCKS + 1][SCRIPT_BLOCK_SIZE];
    struct bytes blocks[BLOCKS + 1]; /* by height; 0 is none */
};

static struct scene *begin(void)
{
    struct scene *scene = calloc(1, sizeof *scene);
    must(scene != NULL);
    scene->scratch = scratch_begin();
    scene->script = script_new(7);
    scene->script->term = 1;
    must(script_open(scene->scratch.path, &scene->disk) == ERR_OK);
    for (size_t i = 1; i <= BLOCKS; i++)
        scene->blocks[i] =
            script_build(scene->script, scene->buffers[i], i == 2 ? 0 : 3, i == 3 ? 3000 : 50);
    struct disk_write write = {
        .commit = COMMIT, .blocks = scene->blocks + 1, .block_count = BLOCKS};
    must(disk_write(scene->disk, &write, 1) == ERR_OK);
    return scene;
}

static void end(struct scene *scene)
{
    disk_close(scene->disk);
    free(scene->script);
    scratch_end(&scene->scratch);
    free(scene);
}

/* Flips a bit of that byte wherever the file has the block: the row, and what was freed of it. */
static void flip(struct scene *scene, uint64_t height, size_t at)
{
    int fd = open(scratch_path(&scene->scratch, "data.mdb"), O_RDWR);
    struct stat status;
    size_t found = 0;
    must(fd >= 0 && fstat(fd, &status) == 0);
    uint8_t *file = malloc((size_t)status.st_size);
    must(file != NULL && pread(fd, file, (size_t)status.st_size, 0) == status.st_size);
    struct bytes block = scene->blocks[height];
    for (size_t i = 0; i + block.size <= (size_t)status.st_size; i++) {
        if (memcmp(file + i, block.data, BLOCK_HEADER_SIZE) != 0)
            continue;
        uint8_t byte = file[i + at] ^ 4;
        must(pwrite(fd, &byte, 1, (off_t)(i + at)) == 1);
        found++;
    }
    ck_assert_uint_ge(found, 1);
    free(file);
    close(fd);
}

static struct hash hash_at(const struct scene *scene, uint64_t height)
{
    struct block block;
    must(block_parse(scene->blocks[height], &block) == ERR_OK);
    return block.hash;
}

static enum err mend_with(struct scene *scene, uint64_t height, uint64_t with)
{
    struct hash hash = hash_at(scene, height);
    return disk_mend(scene->disk, height, scene->blocks[with], &hash);
}

static enum err read_at(struct scene *scene, uint64_t height)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    struct block block;
    enum err err = disk_read(scene->disk, height, buffer, sizeof buffer, &block);
    if (err == ERR_OK)
        ck_assert(bytes_equal(block.encoded, scene->blocks[height]));
    return err;
}

static void reopen(struct scene *scene)
{
    disk_close(scene->disk);
    must(script_open(scene->scratch.path, &scene->disk) == ERR_OK);
}

START_TEST(a_damaged_block_is_put_back_and_stays)
{
    for (uint64_t height = 1; height <= COMMIT; height++) {
        struct scene *scene = begin();
        struct disk_state before = disk_state(scene->disk);
        uint64_t bad_height;
        flip(scene, height, scene->blocks[height].size / 2);
        ck_assert_int_eq(read_at(scene, height), ERR_DAMAGED);
        ck_assert_int_eq(mend_with(scene, height, height), ERR_OK);
        for (int round = 0; round < 2; round++) {
            for (uint64_t other = 1; other <= BLOCKS; other++)
                ck_assert_int_eq(read_at(scene, other), ERR_OK);
            ck_assert_int_eq(disk_verify(scene->disk, NULL, NULL, &bad_height), ERR_OK);
            struct disk_state state = disk_state(scene->disk);
            ck_assert_mem_eq(&state, &before, sizeof state);
            reopen(scene);
        }
        /* And the log is written on. */
        static uint8_t buffer[SCRIPT_BLOCK_SIZE];
        struct bytes next = script_build(scene->script, buffer, 1, 5);
        struct disk_write write = {.blocks = &next, .block_count = 1};
        ck_assert_int_eq(disk_write(scene->disk, &write, 1), ERR_OK);
        end(scene);
    }
}
END_TEST

START_TEST(nothing_but_the_block_with_that_hash_is_put_there)
{
    struct scene *scene = begin();
    flip(scene, 4, 100);
    for (uint64_t with = 1; with <= BLOCKS; with++) {
        if (with != 4)
            ck_assert_int_eq(mend_with(scene, 4, with), ERR_BROKEN_CHAIN);
    }
    struct hash hash = hash_at(scene, 4);
    uint8_t *copy = malloc(scene->blocks[4].size);
    for (size_t bit = 0; bit < 8 * scene->blocks[4].size; bit++) {
        memcpy(copy, scene->blocks[4].data, scene->blocks[4].size);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct bytes flipped = bytes_of(copy, scene->blocks[4].size);
        ck_assert_int_eq(disk_mend(scene->disk, 4, flipped, &hash), ERR_BROKEN_CHAIN);
    }
    for (size_t size = 0; size < scene->blocks[4].size; size++) {
        struct bytes part = bytes_of(scene->blocks[4].data, size);
        ck_assert_int_eq(disk_mend(scene->disk, 4, part, &hash), ERR_BROKEN_CHAIN);
    }
    ck_assert_int_eq(disk_mend(scene->disk, 5, scene->blocks[4], &hash), ERR_BROKEN_CHAIN);
    free(copy);
    ck_assert_int_eq(read_at(scene, 4), ERR_DAMAGED);
    ck_assert_int_eq(mend_with(scene, 4, 4), ERR_OK);
    end(scene);
}
END_TEST

START_TEST(what_is_whole_or_not_committed_is_not_replaced)
{
    struct scene *scene = begin();
    ck_assert_int_eq(mend_with(scene, 4, 4), ERR_INTERNAL);
    flip(scene, BLOCKS, 100);
    ck_assert_int_eq(mend_with(scene, BLOCKS, BLOCKS), ERR_INTERNAL);
    ck_assert_int_eq(read_at(scene, BLOCKS), ERR_DAMAGED);
    ck_assert_int_eq(read_at(scene, 4), ERR_OK);
    end(scene);
}
END_TEST

/* The committed tree may hold it still: a row of another size would tear its page. */
START_TEST(a_row_of_another_size_is_left_as_it_is)
{
    struct scene *scene = begin();
    flip(scene, 2, 43); /* the payload's size, to see that it is not what counts */
    ck_assert_int_eq(mend_with(scene, 2, 2), ERR_OK);
    end(scene);

    scene = begin();
    static uint8_t buffer[SCRIPT_BLOCK_SIZE];
    struct script *other = script_new(9);
    other->term = 1;
    struct bytes longer = {0};
    for (int height = 1; height <= 2; height++)
        longer = script_build(other, buffer, 1, 51);
    struct block block;
    must(block_parse(longer, &block) == ERR_OK);
    flip(scene, 2, 100);
    ck_assert_int_eq(disk_mend(scene->disk, 2, longer, &block.hash), ERR_DAMAGED);
    ck_assert_int_eq(mend_with(scene, 2, 2), ERR_OK);
    free(other);
    end(scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_damaged_block_is_put_back_and_stays,
        &nothing_but_the_block_with_that_hash_is_put_there,
        &what_is_whole_or_not_committed_is_not_replaced,
        &a_row_of_another_size_is_left_as_it_is,
    };
    return suite_run("disk_mend", cases, sizeof cases / sizeof cases[0]);
}
