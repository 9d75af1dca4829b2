#include "consensus/raft_state.h"

#include <assert.h>

static_assert((RAFT_TAIL_MAX & (RAFT_TAIL_MAX - 1)) == 0, "a slot is found without a division");
static_assert(RAFT_UNCOMMITTED_MAX < RAFT_TAIL_MAX - 1, "there is room for no-ops");

static size_t slot(uint64_t index)
{
    return (size_t)(index % RAFT_TAIL_MAX);
}

void raft_tail_start(struct raft_tail *tail, uint64_t last)
{
    tail->first = last + 1;
    tail->last = last;
    tail->sum_before = 0;
}

static uint64_t sum_to(const struct raft_tail *tail, uint64_t index)
{
    return index < tail->first ? tail->sum_before : tail->sum[slot(index)];
}

void raft_tail_push(struct raft_tail *tail, uint64_t term, uint32_t size)
{
    uint64_t sum = sum_to(tail, tail->last) + size;
    if (tail->last + 1 - tail->first == RAFT_TAIL_MAX) {
        tail->sum_before = tail->sum[slot(tail->first)];
        tail->first++;
    }
    tail->last++;
    tail->term[slot(tail->last)] = term;
    tail->sum[slot(tail->last)] = sum;
}

void raft_tail_cut(struct raft_tail *tail, uint64_t keep)
{
    invariant(keep + 1 >= tail->first);
    invariant(keep < tail->last);
    tail->last = keep;
}

bool raft_tail_knows(const struct raft_tail *tail, uint64_t index)
{
    return index <= tail->last && (index >= tail->first || index == 0);
}

uint64_t raft_tail_term(const struct raft_tail *tail, uint64_t index)
{
    invariant(raft_tail_knows(tail, index));
    return index == 0 ? 0 : tail->term[slot(index)];
}

uint64_t raft_tail_bytes(const struct raft_tail *tail, uint64_t from, uint64_t to)
{
    invariant(from + 1 >= tail->first);
    invariant(from <= to && to <= tail->last);
    return sum_to(tail, to) - sum_to(tail, from);
}
