#include "tests/unit/consensus/raft_fixture.h"

#define MODEL_MAX 5000

/* The whole log, of which the ring has the newest. */
struct model {
    uint64_t last;
    uint64_t top; /* highest last index so far: the ring has forgotten what is far below */
    uint64_t term[MODEL_MAX + 1];
    uint32_t size[MODEL_MAX + 1];
};

static struct model model;
static struct raft_tail tail;

static void check_against_model(uint64_t *random)
{
    ck_assert_uint_eq(tail.last, model.last);
    for (int i = 0; i < 20; i++) {
        uint64_t index = dice(random, model.last + 3);
        bool is_held = index <= model.last && index + RAFT_TAIL_MAX > model.top;
        ck_assert_int_eq(raft_tail_knows(&tail, index), is_held || index == 0);
        if (!raft_tail_knows(&tail, index))
            continue;
        ck_assert_uint_eq(raft_tail_term(&tail, index), model.term[index]);
        if (!is_held)
            continue;
        uint64_t to = index + dice(random, model.last - index + 1);
        uint64_t bytes = 0;
        for (uint64_t at = index + 1; at <= to; at++)
            bytes += model.size[at];
        ck_assert_uint_eq(raft_tail_bytes(&tail, index, to), bytes);
    }
}

START_TEST(knows_the_newest_entries_as_a_list_of_all_does)
{
    uint64_t random = 1;
    model = (struct model){0};
    raft_tail_start(&tail, 0);
    for (int step = 0; step < 20000 && model.last < MODEL_MAX; step++) {
        uint64_t floor = tail.first < tail.last ? tail.first : tail.last;
        if (dice(&random, 40) == 0 && floor < tail.last) {
            uint64_t most = tail.last - floor < 60 ? tail.last - floor : 60;
            model.last -= 1 + dice(&random, most);
            raft_tail_cut(&tail, model.last);
        } else {
            model.last++;
            model.term[model.last] = 1 + dice(&random, 9);
            model.size[model.last] = (uint32_t)dice(&random, UINT32_MAX);
            raft_tail_push(&tail, model.term[model.last], model.size[model.last]);
        }
        if (model.top < model.last)
            model.top = model.last;
        if (tail.first > 1)
            model.top = tail.first + RAFT_TAIL_MAX - 1;
        check_against_model(&random);
    }
    ck_assert_uint_gt(tail.first, 1);
}
END_TEST

START_TEST(begins_where_a_start_says)
{
    raft_tail_start(&tail, 700);
    ck_assert(!raft_tail_knows(&tail, 700));
    ck_assert(!raft_tail_knows(&tail, 701));
    ck_assert(!raft_tail_knows(&tail, 0 + 1));
    raft_tail_push(&tail, 3, 10);
    ck_assert(raft_tail_knows(&tail, 701));
    ck_assert_uint_eq(raft_tail_bytes(&tail, 700, 701), 10);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &knows_the_newest_entries_as_a_list_of_all_does,
        &begins_where_a_start_says,
    };
    return suite_run("consensus/raft_tail", cases, sizeof cases / sizeof cases[0]);
}
