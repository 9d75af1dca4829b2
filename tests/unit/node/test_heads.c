#include "node/heads.h"
#include "tests/unit/node/fixture.h"

/* This node, two peers, and one that is no member. */
enum { SELF = 1, PEER = 2, OTHER = 3, STRANGER = 9 };

enum { OURS = 1, THEIRS = 2 };

static struct heads heads;

/* ---- chains ---- */

/* The block of that height on that branch. */
static struct hash hash_at(unsigned branch, uint64_t height)
{
    struct hash hash = {.bytes = {(uint8_t)branch}};
    memcpy(hash.bytes + 8, &height, sizeof height);
    return hash;
}

static struct raft_members members_of(const uint32_t *ids, uint32_t count)
{
    struct raft_members members = {.count = count};
    for (uint32_t i = 0; i < count; i++)
        members.member[i] = (struct raft_member){.id = ids[i], .voter = i + 1 < count};
    return members;
}

static void apply_until(uint64_t height)
{
    while (heads.height < height) {
        struct hash hash = hash_at(OURS, heads.height + 1);
        heads_applied(&heads, &hash);
    }
}

/* Of three members, one of them a learner, at that height. */
static void begin(uint64_t height)
{
    struct ledger_position position = {.height = height, .head = hash_at(OURS, height)};
    struct raft_members members = members_of((const uint32_t[]){SELF, PEER, OTHER}, 3);
    heads_init(&heads, SELF, &position);
    heads_follow(&heads, &members);
}

static void hear(uint32_t from, unsigned branch, uint64_t height)
{
    struct peer_head head = {.height = height, .hash = hash_at(branch, height)};
    heads_hear(&heads, from, &head);
}

/* Lines of the log that are due at that time. */
static unsigned lines(uint64_t now_ms)
{
    struct heads_word word;
    unsigned count = 0;
    while (heads_tell(&heads, now_ms, &word))
        count++;
    return count;
}

/* ---- what differs ---- */

START_TEST(the_same_chain_is_nothing_to_tell)
{
    begin(10);
    apply_until(20);
    for (uint64_t height = 1; height <= 40; height++)
        hear(PEER, OURS, height);
    apply_until(50);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 0);
    ck_assert_uint_eq(lines(1), 0);
}
END_TEST

START_TEST(another_block_of_a_height_that_is_applied_differs_at_once)
{
    begin(10);
    apply_until(20);
    hear(PEER, THEIRS, 15);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 15);
    ck_assert_uint_eq(heads_differs_at(&heads, OTHER), 0);
    struct heads_word word;
    ck_assert(heads_tell(&heads, 1, &word));
    struct hash ours = hash_at(OURS, 15);
    struct hash theirs = hash_at(THEIRS, 15);
    ck_assert_uint_eq(word.peer, PEER);
    ck_assert(word.differs);
    ck_assert_uint_eq(word.theirs.height, 15);
    ck_assert(hash_equal(&word.theirs.hash, &theirs));
    ck_assert(hash_equal(&word.ours, &ours));
    ck_assert_uint_eq(lines(1), 0);
}
END_TEST

START_TEST(the_block_that_the_state_began_with_is_compared_too)
{
    begin(10);
    hear(PEER, THEIRS, 10);
    hear(OTHER, OURS, 10);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 10);
    ck_assert_uint_eq(heads_differs_at(&heads, OTHER), 0);
}
END_TEST

START_TEST(what_is_ahead_is_compared_when_this_node_gets_there_and_not_before)
{
    begin(10);
    hear(PEER, THEIRS, 13);
    hear(OTHER, OURS, 13);
    apply_until(12);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 0);
    apply_until(13);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 13);
    ck_assert_uint_eq(heads_differs_at(&heads, OTHER), 0);
    hear(OTHER, THEIRS, 15); /* and so is the next word */
    apply_until(15);
    ck_assert_uint_eq(heads_differs_at(&heads, OTHER), 15);
}
END_TEST

/* A peer that is always five blocks ahead says another height each time. */
START_TEST(a_node_that_follows_at_a_distance_compares_all_the_same)
{
    begin(10);
    for (uint64_t height = 11; height < 30; height++) {
        hear(PEER, THEIRS, height + 5);
        apply_until(height);
    }
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 16);
}
END_TEST

START_TEST(the_lowest_height_that_differs_is_told)
{
    begin(10);
    apply_until(30);
    hear(PEER, THEIRS, 20);
    hear(PEER, THEIRS, 25);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 20);
    hear(PEER, THEIRS, 15);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 15);
}
END_TEST

START_TEST(a_peer_that_agrees_at_that_height_or_above_agrees_again)
{
    begin(10);
    apply_until(30);
    for (uint64_t height = 20; height <= 30; height++) {
        hear(PEER, THEIRS, 20);
        hear(PEER, OURS, 19); /* below the fork all agree */
        ck_assert_uint_eq(heads_differs_at(&heads, PEER), 20);
        hear(PEER, OURS, height);
        ck_assert_uint_eq(heads_differs_at(&heads, PEER), 0);
    }
}
END_TEST

START_TEST(the_same_height_twice_counts_by_the_last_word)
{
    begin(10);
    hear(PEER, THEIRS, 10);
    hear(PEER, THEIRS, 10);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 10);
    hear(PEER, OURS, 10);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 0);
}
END_TEST

START_TEST(hashes_are_kept_for_so_many_heights_and_no_more)
{
    enum { LAST = 2 * HEADS_KEPT + 10 };
    begin(10);
    apply_until(LAST);
    hear(PEER, THEIRS, LAST - HEADS_KEPT);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 0);
    for (uint64_t height = LAST - HEADS_KEPT + 1; height <= LAST; height++) {
        hear(OTHER, OURS, height);
        ck_assert_uint_eq(heads_differs_at(&heads, OTHER), 0);
    }
    hear(PEER, THEIRS, LAST - HEADS_KEPT + 1);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), LAST - HEADS_KEPT + 1);
}
END_TEST

/* ---- liars ---- */

START_TEST(heights_far_ahead_hold_back_nobody_elses_words_nor_later_true_ones)
{
    begin(10);
    hear(PEER, THEIRS, UINT64_MAX);
    hear(PEER, THEIRS, UINT64_MAX - 1);
    hear(PEER, THEIRS, 12);
    hear(OTHER, THEIRS, 11);
    apply_until(13);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 12);
    ck_assert_uint_eq(heads_differs_at(&heads, OTHER), 11);
}
END_TEST

START_TEST(nothing_that_is_said_makes_more_than_one_word_of_a_peer_wait)
{
    begin(10);
    for (uint64_t height = 100000; height > 10; height--)
        hear(PEER, THEIRS, height);
    ck_assert_uint_eq(heads.peer_count, 2);
    ck_assert_uint_eq(heads.peers[0].ahead.height, 11);
    ck_assert_uint_eq(heads.peers[1].ahead.height, 0);
}
END_TEST

START_TEST(who_is_no_member_is_not_listened_to)
{
    begin(10);
    hear(STRANGER, THEIRS, 10);
    hear(SELF, THEIRS, 10);
    hear(STRANGER, THEIRS, 11);
    apply_until(12);
    ck_assert_uint_eq(heads.peer_count, 2);
    ck_assert_uint_eq(heads_differs_at(&heads, STRANGER), 0);
    ck_assert_uint_eq(lines(1), 0);
}
END_TEST

START_TEST(a_peer_that_is_removed_is_forgotten_and_the_others_are_not)
{
    struct raft_members fewer = members_of((const uint32_t[]){SELF, OTHER}, 2);
    struct raft_members more = members_of((const uint32_t[]){SELF, PEER, OTHER, STRANGER}, 4);
    begin(10);
    hear(PEER, THEIRS, 10);
    hear(PEER, THEIRS, 11);
    hear(OTHER, THEIRS, 10);
    heads_follow(&heads, &fewer);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 0);
    ck_assert_uint_eq(heads_differs_at(&heads, OTHER), 10);
    heads_follow(&heads, &more);
    apply_until(11);
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 0);
    ck_assert_uint_eq(heads_differs_at(&heads, OTHER), 10);
    hear(STRANGER, THEIRS, 11);
    ck_assert_uint_eq(heads_differs_at(&heads, STRANGER), 11);
}
END_TEST

START_TEST(as_many_members_as_there_may_be_have_room)
{
    uint32_t ids[MEMBERS_MAX];
    for (uint32_t i = 0; i < MEMBERS_MAX; i++)
        ids[i] = 10 + i;
    struct raft_members members = members_of(ids, MEMBERS_MAX);
    begin(10);
    heads_follow(&heads, &members); /* without this node, which is being removed */
    for (uint32_t i = 0; i < MEMBERS_MAX; i++)
        hear(10 + i, THEIRS, 10);
    for (uint32_t i = 0; i < MEMBERS_MAX; i++)
        ck_assert_uint_eq(heads_differs_at(&heads, 10 + i), 10);
}
END_TEST

/* ---- the log ---- */

START_TEST(a_line_a_minute_of_one_peer_whatever_it_says)
{
    enum { MINUTES = 10, FIRST_MS = 5 };
    unsigned count = 0;
    begin(10);
    for (uint64_t now_ms = FIRST_MS; now_ms < FIRST_MS + MINUTES * 60000; now_ms += 100) {
        hear(PEER, now_ms / 100 % 2 == 0 ? THEIRS : OURS, 10);
        count += lines(now_ms);
    }
    ck_assert_uint_le(count, MINUTES);
    ck_assert_uint_gt(count, 1);
}
END_TEST

START_TEST(what_goes_on_is_told_once_and_so_is_its_end)
{
    begin(10);
    apply_until(1000);
    for (uint64_t height = 11; height <= 1000; height++) {
        hear(PEER, THEIRS, height);
        ck_assert_uint_eq(lines(1 + height * 2000), height == 11);
    }
    struct heads_word word;
    hear(PEER, OURS, 1000);
    ck_assert(heads_tell(&heads, 1001 * 2000, &word));
    ck_assert(!word.differs);
    ck_assert_uint_eq(word.peer, PEER);
    ck_assert_uint_eq(lines(2000 * 2000), 0);
}
END_TEST

START_TEST(each_peer_has_lines_of_its_own)
{
    begin(10);
    hear(PEER, THEIRS, 10);
    ck_assert_uint_eq(lines(1), 1);
    hear(OTHER, THEIRS, 10);
    ck_assert_uint_eq(lines(2), 1);
}
END_TEST

START_TEST(a_change_back_within_the_minute_is_told_after_it_if_it_lasts)
{
    begin(10);
    hear(PEER, THEIRS, 10);
    ck_assert_uint_eq(lines(1000), 1);
    hear(PEER, OURS, 10);
    ck_assert_uint_eq(lines(1000 + HEADS_TOLD_EVERY_MS - 1), 0);
    ck_assert_uint_eq(lines(1000 + HEADS_TOLD_EVERY_MS), 1);
}
END_TEST

START_TEST(the_status_names_the_peers_that_differ)
{
    static struct status status;
    status =
        (struct status){.peer_count = 3, .peers = {{.id = OTHER}, {.id = STRANGER}, {.id = PEER}}};
    begin(10);
    hear(PEER, THEIRS, 10);
    heads_status(&heads, &status);
    ck_assert_uint_eq(status.peers[0].differs_at, 0);
    ck_assert_uint_eq(status.peers[1].differs_at, 0);
    ck_assert_uint_eq(status.peers[2].differs_at, 10);
}
END_TEST

START_TEST(a_frame_is_heard_and_a_broken_one_is_not)
{
    uint8_t bytes[PEER_HEAD_SIZE];
    struct peer_head head = {.height = 10, .hash = hash_at(THEIRS, 10)};
    struct writer writer = writer_over(bytes, sizeof bytes);
    peer_head_write(&writer, &head);
    begin(10);
    heads_receive(&heads, PEER, bytes_of(bytes, sizeof bytes - 1));
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 0);
    heads_receive(&heads, PEER, bytes_of(bytes, sizeof bytes));
    ck_assert_uint_eq(heads_differs_at(&heads, PEER), 10);
}
END_TEST

/* ---- from the log, at the start ---- */

struct logged {
    struct world *world;
    struct disk *disk;
    struct link link;
    struct hash *hashes; /* by height */
};

static void logged_begin(struct logged *logged, size_t count)
{
    *logged = (struct logged){.world = world_open(1)};
    logged->disk = world_log(logged->world);
    logged->link = link_first(logged->world);
    logged->hashes = calloc(count + 1, sizeof *logged->hashes);
    ck_assert_ptr_nonnull(logged->hashes);
}

static void logged_end(struct logged *logged)
{
    free(logged->hashes);
    disk_close(logged->disk);
    world_close(logged->world);
}

/* The next block, of one entry of that size, or of none; the caller frees it. */
static struct bytes logged_next(struct logged *logged, size_t size)
{
    static uint8_t entry[TX_SIZE_MAX];
    struct link *link = &logged->link;
    if (size == 0) {
        struct bytes block = make_block(link, 1, link->time_ms, NULL, 0);
        logged->hashes[link->height] = link->hash;
        return block;
    }
    uint8_t *buffer = malloc(BLOCK_SIZE_MAX);
    struct block_build build;
    struct block_header header = {
        .kind = BLOCK_TRANSACTIONS,
        .height = link->height + 1,
        .term = 1,
        .time_ms = link->time_ms,
        .leader = 1,
        .previous = link->hash,
    };
    block_build(&build, buffer, BLOCK_SIZE_MAX);
    assert_ok(block_build_add(&build, bytes_of(entry, size)));
    struct bytes block = block_build_end(&build, &header);
    *link = (struct link){header.height, 1, header.time_ms, block_header_hash(&header)};
    logged->hashes[link->height] = link->hash;
    return block;
}

/* Writes so many blocks, a few at a time. */
static void logged_write(struct logged *logged, size_t count, size_t size)
{
    enum { EACH = 16 };
    while (count > 0) {
        struct bytes blocks[EACH];
        size_t now = count < EACH ? count : EACH;
        for (size_t i = 0; i < now; i++)
            blocks[i] = logged_next(logged, size);
        struct disk_write write = {.blocks = blocks, .block_count = now};
        assert_ok(disk_write(logged->disk, &write, 1));
        for (size_t i = 0; i < now; i++)
            free_bytes(blocks[i]);
        count -= now;
    }
}

/* How many hashes there are after that; each is the block's. */
static uint32_t recalled(struct logged *logged, const struct hash *head)
{
    struct ledger_position position = {.height = logged->link.height, .head = *head};
    struct raft_members members = members_of((const uint32_t[]){SELF, PEER, OTHER}, 3);
    heads_init(&heads, SELF, &position);
    heads_recall(&heads, logged->disk);
    heads_follow(&heads, &members);
    for (uint64_t height = position.height; height > position.height - heads.count; height--) {
        struct peer_head claim = {.height = height, .hash = logged->hashes[height]};
        heads_hear(&heads, PEER, &claim);
        ck_assert_uint_eq(heads_differs_at(&heads, PEER), 0);
        claim.hash.bytes[0] ^= 1;
        heads_hear(&heads, OTHER, &claim);
        ck_assert_uint_eq(heads_differs_at(&heads, OTHER), height);
    }
    return heads.count;
}

START_TEST(a_start_knows_the_blocks_below_its_state)
{
    enum { BLOCKS = 20 };
    struct logged logged;
    logged_begin(&logged, BLOCKS);
    ck_assert_uint_eq(recalled(&logged, &logged.link.hash), 1); /* the genesis */
    for (uint32_t height = 1; height <= BLOCKS; height++) {
        logged_write(&logged, 1, height % 2 * 100);
        ck_assert_uint_eq(recalled(&logged, &logged.link.hash), height);
    }
    logged_end(&logged);
}
END_TEST

START_TEST(a_log_that_is_not_the_states_is_not_believed)
{
    struct logged logged;
    logged_begin(&logged, 10);
    logged_write(&logged, 10, 0);
    logged.hashes[10].bytes[7] ^= 1; /* what the state says */
    ck_assert_uint_eq(recalled(&logged, &logged.hashes[10]), 1);
    logged_end(&logged);
}
END_TEST

START_TEST(a_start_reads_no_more_than_its_share)
{
    enum { SIZE = 400 * 1024, BLOCKS = 30 };
    struct logged logged;
    logged_begin(&logged, BLOCKS);
    logged_write(&logged, BLOCKS, SIZE);
    uint32_t count = recalled(&logged, &logged.link.hash);
    ck_assert_uint_gt(count, HEADS_RECALL_BYTES / SIZE);
    ck_assert_uint_lt(count, HEADS_RECALL_BYTES / SIZE + 3);
    logged_end(&logged);
}
END_TEST

START_TEST(a_start_knows_no_more_than_there_is_room_for)
{
    struct logged logged;
    logged_begin(&logged, HEADS_KEPT + 3);
    logged_write(&logged, HEADS_KEPT + 3, 0);
    ck_assert_uint_eq(recalled(&logged, &logged.link.hash), HEADS_KEPT);
    logged_end(&logged);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &the_same_chain_is_nothing_to_tell,
        &another_block_of_a_height_that_is_applied_differs_at_once,
        &the_block_that_the_state_began_with_is_compared_too,
        &what_is_ahead_is_compared_when_this_node_gets_there_and_not_before,
        &a_node_that_follows_at_a_distance_compares_all_the_same,
        &the_lowest_height_that_differs_is_told,
        &a_peer_that_agrees_at_that_height_or_above_agrees_again,
        &the_same_height_twice_counts_by_the_last_word,
        &hashes_are_kept_for_so_many_heights_and_no_more,
        &heights_far_ahead_hold_back_nobody_elses_words_nor_later_true_ones,
        &nothing_that_is_said_makes_more_than_one_word_of_a_peer_wait,
        &who_is_no_member_is_not_listened_to,
        &a_peer_that_is_removed_is_forgotten_and_the_others_are_not,
        &as_many_members_as_there_may_be_have_room,
        &a_line_a_minute_of_one_peer_whatever_it_says,
        &what_goes_on_is_told_once_and_so_is_its_end,
        &each_peer_has_lines_of_its_own,
        &a_change_back_within_the_minute_is_told_after_it_if_it_lasts,
        &the_status_names_the_peers_that_differ,
        &a_frame_is_heard_and_a_broken_one_is_not,
        &a_start_knows_the_blocks_below_its_state,
        &a_log_that_is_not_the_states_is_not_believed,
        &a_start_reads_no_more_than_its_share,
        &a_start_knows_no_more_than_there_is_room_for,
    };
    return fixture_run("heads", cases, sizeof cases / sizeof cases[0]);
}
