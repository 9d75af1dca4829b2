#include "proto/merkle.h"

#include "proto/invariant.h"

struct hash merkle_leaf(struct bytes entry)
{
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, "\x00", 1);
    hasher_add(&hasher, entry.data, entry.size);
    return hasher_end(&hasher);
}

struct hash merkle_node(const struct hash *left, const struct hash *right)
{
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, "\x01", 1);
    hasher_add(&hasher, left->bytes, HASH_SIZE);
    hasher_add(&hasher, right->bytes, HASH_SIZE);
    return hasher_end(&hasher);
}

size_t merkle_frontier_peaks(const struct merkle_frontier *frontier)
{
    invariant(frontier->size <= UINT64_C(1) << MERKLE_LEVELS_MAX);
    return (size_t)__builtin_popcountll(frontier->size);
}

void merkle_frontier_add(struct merkle_frontier *frontier, const struct hash *leaf)
{
    invariant(frontier->size < UINT64_C(1) << MERKLE_LEVELS_MAX);
    size_t peaks = merkle_frontier_peaks(frontier);
    struct hash root = *leaf;
    /* Each trailing set bit of the size is a full subtree that the new one joins. */
    for (uint64_t bits = frontier->size; (bits & 1) != 0; bits >>= 1)
        root = merkle_node(&frontier->peaks[--peaks], &root);
    frontier->peaks[peaks] = root;
    frontier->size++;
}

struct hash merkle_frontier_root(const struct merkle_frontier *frontier)
{
    size_t peaks = merkle_frontier_peaks(frontier);
    if (peaks == 0)
        return hash_of(bytes_of(NULL, 0));
    struct hash root = frontier->peaks[peaks - 1];
    for (size_t i = peaks - 1; i > 0; i--)
        root = merkle_node(&frontier->peaks[i - 1], &root);
    return root;
}
