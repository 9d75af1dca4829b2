#include "proto/merkle.h"

#include "tests/unit/proto/fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LEAVES_MAX = 300 };

/* RFC 6962 section 2.1, word for word and with nothing of merkle.c: MTH of `count` entries. */
static struct hash reference_root(const struct bytes *entries, size_t count)
{
    uint8_t input[1 + 2 * HASH_SIZE];
    if (count == 0)
        return hash_of(bytes_of(NULL, 0));
    if (count == 1) {
        input[0] = 0x00;
        memcpy(input + 1, entries[0].data, entries[0].size);
        return hash_of(bytes_of(input, 1 + entries[0].size));
    }
    size_t split = 1; /* the largest power of two below `count` */
    while (2 * split < count)
        split *= 2;
    struct hash left = reference_root(entries, split);
    struct hash right = reference_root(entries + split, count - split);
    input[0] = 0x01;
    memcpy(input + 1, left.bytes, HASH_SIZE);
    memcpy(input + 1 + HASH_SIZE, right.bytes, HASH_SIZE);
    return hash_of(bytes_of(input, sizeof input));
}

START_TEST(has_the_root_of_rfc_6962_at_every_size)
{
    static uint8_t content[LEAVES_MAX][64];
    static struct bytes entries[LEAVES_MAX];
    uint64_t state = 5;
    for (size_t i = 0; i < LEAVES_MAX; i++) {
        dice_fill(&state, content[i], sizeof content[i]);
        entries[i] = bytes_of(content[i], dice_below(&state, sizeof content[i] + 1));
    }
    struct merkle_frontier frontier = {0};
    for (size_t size = 0; size <= LEAVES_MAX; size++) {
        ck_assert_uint_eq(frontier.size, size);
        struct hash found = merkle_frontier_root(&frontier);
        struct hash expected = reference_root(entries, size);
        ck_assert_msg(hash_equal(&found, &expected), "size %zu", size);
        if (size < LEAVES_MAX) {
            struct hash leaf = merkle_leaf(entries[size]);
            merkle_frontier_add(&frontier, &leaf);
        }
    }
}
END_TEST

START_TEST(keeps_the_roots_of_full_subtrees_largest_first)
{
    static uint8_t content[LEAVES_MAX];
    static struct bytes entries[LEAVES_MAX];
    struct merkle_frontier frontier = {0};
    for (size_t size = 1; size <= LEAVES_MAX; size++) {
        content[size - 1] = (uint8_t)size;
        entries[size - 1] = bytes_of(&content[size - 1], 1);
        struct hash leaf = merkle_leaf(entries[size - 1]);
        merkle_frontier_add(&frontier, &leaf);
        size_t from = 0;
        size_t peak = 0;
        for (size_t bit = 512; bit > 0; bit /= 2) {
            if ((size & bit) == 0)
                continue;
            struct hash expected = reference_root(entries + from, bit);
            ck_assert(hash_equal(&frontier.peaks[peak], &expected));
            from += bit;
            peak++;
        }
        ck_assert_uint_eq(merkle_frontier_peaks(&frontier), peak);
    }
}
END_TEST

/* The roots of one to eight leaves that Certificate Transparency implementations are tested with.
 */
START_TEST(has_the_published_roots)
{
    static const char *const leaves[] = {
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    };
    static const char *const roots[] = {
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    };
    struct merkle_frontier frontier = {0};
    for (size_t i = 0; i < sizeof leaves / sizeof leaves[0]; i++) {
        uint8_t buffer[16];
        struct hash expected;
        struct hash leaf = merkle_leaf(from_hex(leaves[i], buffer, sizeof buffer));
        merkle_frontier_add(&frontier, &leaf);
        struct hash found = merkle_frontier_root(&frontier);
        from_hex(roots[i], expected.bytes, HASH_SIZE);
        ck_assert_msg(hash_equal(&found, &expected), "size %zu", i + 1);
    }
}
END_TEST

/* Adds a leaf to, or takes the root of, a frontier of that size, in a process that may end. */
static int exit_status_at(uint64_t size, bool is_adding)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        struct merkle_frontier frontier = {.size = size};
        struct hash leaf = {0};
        close(STDERR_FILENO); /* says what is broken */
        if (is_adding)
            merkle_frontier_add(&frontier, &leaf);
        else
            leaf = merkle_frontier_root(&frontier);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

static bool is_aborted(int status)
{
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

START_TEST(stops_the_process_before_it_grows_past_its_levels)
{
    uint64_t size_max = UINT64_C(1) << MERKLE_LEVELS_MAX;
    ck_assert_int_eq(exit_status_at(size_max - 1, true), 0);
    ck_assert_int_eq(exit_status_at(size_max - 1, false), 0);
    ck_assert_int_eq(exit_status_at(size_max, false), 0);
    ck_assert(is_aborted(exit_status_at(size_max, true)));
    ck_assert(is_aborted(exit_status_at(size_max + 1, false)));
    ck_assert(is_aborted(exit_status_at(UINT64_MAX, false)));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &has_the_root_of_rfc_6962_at_every_size,
        &keeps_the_roots_of_full_subtrees_largest_first,
        &has_the_published_roots,
        &stops_the_process_before_it_grows_past_its_levels,
    };
    return suite_run("merkle", cases, sizeof cases / sizeof cases[0]);
}
