#include "node/mail.h"
#include "node/writer.h"
#include "tests/unit/node/fixture.h"

/* A writer over a real log, and the mail that it posts to. */
struct bench {
    struct world *world;
    struct disk *disk;
    struct queue mail;
    struct writer_thread *writer;
    struct link link;
};

static void begin(struct bench *bench)
{
    *bench = (struct bench){.world = world_open(1)};
    bench->disk = world_log(bench->world);
    queue_init(&bench->mail, 1);
    assert_ok(writer_start(bench->disk, &bench->mail, &bench->writer));
    bench->link = link_first(bench->world);
}

static void end(struct bench *bench)
{
    writer_stop(bench->writer);
    ck_assert_ptr_null(queue_take(&bench->mail));
    queue_destroy(&bench->mail);
    disk_close(bench->disk);
    world_close(bench->world);
}

static struct block_ref *next_block(struct bench *bench)
{
    struct block_ref *ref;
    struct bytes block = make_block(&bench->link, 1, bench->link.time_ms + 1, NULL, 0);
    assert_ok(block_ref_make(block, &ref));
    free_bytes(block);
    return ref;
}

static void queue_block(struct bench *bench, uint64_t write, struct block_ref *block)
{
    struct write_order order = {.blocks = &block, .block_count = 1};
    assert_ok(writer_queue(bench->writer, write, &order));
}

/* The newest report, when all up to `write` is reported. */
static struct mail_written await(struct bench *bench, uint64_t write)
{
    struct mail_written last = {.write = 0};
    while (last.write < write) {
        struct queue_item *items = queue_wait(&bench->mail);
        while (items != NULL) {
            struct mail_written *written = (struct mail_written *)items;
            items = items->next;
            ck_assert_int_eq(written->mail.kind, MAIL_WRITTEN);
            ck_assert_uint_gt(written->write, last.write);
            last = *written;
            mail_free(&written->mail);
        }
    }
    return last;
}

START_TEST(what_was_learned_of_a_peer_is_durable_when_its_write_is)
{
    struct bench bench;
    begin(&bench);
    struct disk_peer peer = {.id = 7, .incarnation = {{1, 2, 3}}};
    struct incarnation found;
    struct write_order order = {.learned = &peer};
    assert_err(disk_peer(bench.disk, 7, &found), NOT_FOUND);
    assert_ok(writer_queue(bench.writer, 1, &order));
    peer.id = 9; /* it was copied */
    ck_assert_int_eq(await(&bench, 1).err, ERR_OK);
    assert_ok(disk_peer(bench.disk, 7, &found));
    ck_assert_mem_eq(&found, &peer.incarnation, sizeof found);
    assert_err(disk_peer(bench.disk, 9, &found), NOT_FOUND);
    end(&bench);
}
END_TEST

START_TEST(what_is_reported_is_on_the_disk)
{
    enum { COUNT = 300 };
    struct bench bench;
    begin(&bench);
    for (uint64_t i = 1; i <= COUNT; i++) {
        struct block_ref *block = next_block(&bench);
        queue_block(&bench, i, block);
        block_ref_drop(block); /* the writer has a count of its own */
    }
    struct mail_written written = await(&bench, COUNT);
    wait_until(writer_backlog(bench.writer) == 0); /* it is told before they are let go */
    ck_assert_int_eq(written.err, ERR_OK);
    ck_assert_uint_eq(written.write, COUNT);
    ck_assert_uint_eq(written.last, COUNT);
    uint64_t bad_height;
    assert_ok(disk_verify(bench.disk, NULL, NULL, &bad_height));
    end(&bench);
}
END_TEST

START_TEST(a_cut_and_a_vote_take_their_place_in_the_order)
{
    struct bench bench;
    begin(&bench);
    struct block_ref *first = next_block(&bench);
    struct link after_first = bench.link;
    struct block_ref *second = next_block(&bench);
    bench.link = after_first;
    bench.link.time_ms += 100;
    struct block_ref *other = next_block(&bench);
    queue_block(&bench, 1, first);
    queue_block(&bench, 2, second);
    struct write_order order = {
        .save = true,
        .term = 2,
        .vote = 3,
        .cut = true,
        .keep = 1,
        .commit = 1,
        .blocks = &other,
        .block_count = 1,
    };
    assert_ok(writer_queue(bench.writer, 3, &order));
    struct mail_written written = await(&bench, 3);
    ck_assert_int_eq(written.err, ERR_OK);
    ck_assert_uint_eq(written.last, 2);
    struct disk_state state = disk_state(bench.disk);
    ck_assert_uint_eq(state.term, 2);
    ck_assert_uint_eq(state.vote, 3);
    ck_assert_uint_eq(state.commit, 1);
    struct block_header header;
    uint32_t size;
    assert_ok(disk_header(bench.disk, 2, &header, &size));
    ck_assert_uint_eq(header.time_ms, other->block.header.time_ms);
    block_ref_drop(first);
    block_ref_drop(second);
    block_ref_drop(other);
    end(&bench);
}
END_TEST

START_TEST(after_a_write_that_failed_nothing_is_written_and_nothing_reported)
{
    struct bench bench;
    begin(&bench);
    struct block_ref *first = next_block(&bench);
    struct block_ref *second = next_block(&bench);
    struct block_ref *third = next_block(&bench);
    queue_block(&bench, 1, first);
    ck_assert_int_eq(await(&bench, 1).err, ERR_OK);
    queue_block(&bench, 2, third); /* not the next: the disk refuses it */
    struct mail_written written = await(&bench, 2);
    ck_assert_int_eq(written.err, ERR_INTERNAL);
    ck_assert_uint_eq(written.last, 1);
    queue_block(&bench, 3, second);
    writer_stop(bench.writer);
    bench.writer = NULL;
    ck_assert_uint_eq(disk_state(bench.disk).last, 1);
    ck_assert_uint_eq(atomic_load(&second->count), 1); /* dropped */
    block_ref_drop(first);
    block_ref_drop(second);
    block_ref_drop(third);
    end(&bench);
}
END_TEST

START_TEST(what_is_queued_is_finished_before_the_end)
{
    enum { COUNT = 200 };
    struct bench bench;
    begin(&bench);
    for (uint64_t i = 1; i <= COUNT; i++) {
        struct block_ref *block = next_block(&bench);
        queue_block(&bench, i, block);
        block_ref_drop(block);
    }
    writer_stop(bench.writer);
    bench.writer = NULL;
    ck_assert_uint_eq(disk_state(bench.disk).last, COUNT);
    ck_assert_uint_eq(await(&bench, COUNT).last, COUNT);
    end(&bench);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_was_learned_of_a_peer_is_durable_when_its_write_is,
        &what_is_reported_is_on_the_disk,
        &a_cut_and_a_vote_take_their_place_in_the_order,
        &after_a_write_that_failed_nothing_is_written_and_nothing_reported,
        &what_is_queued_is_finished_before_the_end,
    };
    return fixture_run("writer", cases, sizeof cases / sizeof cases[0]);
}
