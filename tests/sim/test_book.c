#include "tests/sim/book.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/compare.h"
#include "tests/sim/parties.h"
#include "tests/sim/scratch.h"
#include "tests/unit/suite.h"

#define BLOCKS 9

static struct scratch scratch;
static struct statements *statements;
static struct contents *contents;
static struct book *book;
static struct book *other;

static void make_blocks(void)
{
    struct random random = {.state = 7};
    for (uint32_t i = 0; i < BLOCKS; i++) {
        struct content_draft draft = {.kind = RAFT_ENTRY_NORMAL,
                                      .parent = i,
                                      .parent_index = i,
                                      .term = 1 + i / 2,
                                      .time_ms = PARTIES_TIME_MS + 1000 - i,
                                      .leader = 1,
                                      .count = 1 + i};
        for (uint32_t k = 0; k < draft.count; k++)
            draft.entries[k] = statements_next(statements, &random);
        contents_build(contents, &draft);
        contents_keep(contents, i + 1);
    }
}

static struct book *make_book(const char *name)
{
    struct book *made = calloc(1, sizeof *made);
    ck_assert_ptr_nonnull(made);
    made->genesis = calloc(1, sizeof *made->genesis);
    ck_assert_ptr_nonnull(made->genesis);
    parties_found(made->genesis,
                  &(struct raft_members){.count = 1, .member = {{.id = 1, .voter = true}}});
    ck_assert_int_eq(verified_open(&made->verified), ERR_OK);
    snprintf(made->directory, sizeof made->directory, "%s/%s", scratch.path, name);
    ck_assert_int_eq(book_wipe(made), ERR_OK);
    ck_assert_int_eq(book_open(made), ERR_OK);
    return made;
}

static void drop_book(struct book *made)
{
    book_close(made);
    verified_close(made->verified);
    free(made->genesis);
    free(made);
}

static void setup(void)
{
    ck_assert(scratch_make(&scratch));
    statements = statements_open();
    contents = contents_open(statements);
    ck_assert_ptr_nonnull(statements);
    ck_assert_ptr_nonnull(contents);
    statements_reset(statements, 1);
    contents_reset(contents);
    make_blocks();
    book = make_book("a");
    other = make_book("b");
}

static void teardown(void)
{
    drop_book(book);
    drop_book(other);
    contents_close(contents);
    statements_close(statements);
    scratch_remove(&scratch);
}

/* The blocks up to that height, as far as they are not there, so many a batch. */
static void apply(struct book *to, uint64_t until, uint32_t batch)
{
    while (to->height < until) {
        uint32_t number = (uint32_t)to->height + 1;
        ck_assert_int_eq(book_apply(to, number, contents_of(contents, number)->encoded, false),
                         ERR_OK);
        if (to->batched_count == batch || to->height == until)
            ck_assert_int_eq(book_commit(to), ERR_OK);
    }
}

static void assert_same(void)
{
    struct ledger_difference difference;
    ck_assert_int_eq(ledger_compare(book->ledger, other->ledger, &difference), ERR_OK);
}

START_TEST(batches_make_no_difference)
{
    setup();
    apply(book, BLOCKS, 1);
    apply(other, BLOCKS, 4);
    assert_same();
    teardown();
}
END_TEST

START_TEST(a_crash_undoes_the_last_commit_and_no_other)
{
    setup();
    apply(book, 6, 2);
    ck_assert(book_crash(book, true));
    ck_assert_int_eq(book_open(book), ERR_OK);
    ck_assert_uint_eq(book->height, 4);
    apply(other, 4, 1);
    assert_same();
    book_crash(book, true);
    ck_assert_int_eq(book_open(book), ERR_OK);
    ck_assert_uint_eq(book->height, 4);
    apply(book, BLOCKS, 3);
    apply(other, BLOCKS, 1);
    assert_same();
    teardown();
}
END_TEST

START_TEST(a_crash_may_leave_all_that_was_committed)
{
    setup();
    apply(book, 5, 1);
    ck_assert(!book_crash(book, false));
    ck_assert_int_eq(book_open(book), ERR_OK);
    ck_assert_uint_eq(book->height, 5);
    teardown();
}
END_TEST

START_TEST(a_batch_under_way_is_lost_in_a_crash)
{
    setup();
    apply(book, 3, 1);
    ck_assert_int_eq(book_apply(book, 4, contents_of(contents, 4)->encoded, false), ERR_OK);
    ck_assert(!book_crash(book, false));
    ck_assert_int_eq(book_open(book), ERR_OK);
    ck_assert_uint_eq(book->height, 3);
    apply(other, 3, 3);
    assert_same();
    teardown();
}
END_TEST

START_TEST(a_block_out_of_turn_is_refused)
{
    setup();
    apply(book, 3, 1);
    ck_assert_int_eq(book_apply(book, 3, contents_of(contents, 3)->encoded, false),
                     ERR_BROKEN_CHAIN);
    teardown();
}
END_TEST

START_TEST(what_is_wiped_begins_with_the_genesis)
{
    setup();
    apply(book, 3, 1);
    ck_assert_int_eq(book_wipe(book), ERR_OK);
    ck_assert_int_eq(book_open(book), ERR_OK);
    ck_assert_uint_eq(book->height, 0);
    assert_same();
    teardown();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &batches_make_no_difference,
        &a_crash_undoes_the_last_commit_and_no_other,
        &a_crash_may_leave_all_that_was_committed,
        &a_batch_under_way_is_lost_in_a_crash,
        &a_block_out_of_turn_is_refused,
        &what_is_wiped_begins_with_the_genesis,
    };
    return suite_run("sim/book", cases, sizeof cases / sizeof cases[0]);
}
