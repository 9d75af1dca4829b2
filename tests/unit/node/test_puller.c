#include "node/puller.h"

#include "tests/unit/node/puller_scene.h"
#include "tests/unit/proto/recode.h"

START_TEST(begins_only_far_behind_and_under_a_leader)
{
    struct scene scene;
    struct puller_action action;
    begin(&scene);
    scene.view.known = PULL_BEGIN;
    ck_assert(!next(&scene, &action));
    ck_assert_uint_eq(puller_deadline_ms(&scene.puller, 7), UINT64_MAX);
    scene.view.known = PULL_BEGIN + 1;
    scene.view.leader = 0;
    ck_assert(!next(&scene, &action));
    scene.view.leader = LEADER;
    ck_assert(next(&scene, &action)); /* first of all the leader hears of it */
    ck_assert_int_eq(action.what, PULLER_ASK_ANCHOR);
    ck_assert_uint_eq(action.peer, LEADER);
    ck_assert_uint_eq(action.height, PULL_BEGIN + 1);
    ck_assert_uint_gt(puller_deadline_ms(&scene.puller, 7), 7);
    ck_assert_uint_lt(puller_deadline_ms(&scene.puller, 7), UINT64_MAX);
    end(&scene);
}
END_TEST

START_TEST(brings_all_that_is_committed_in_order_and_spares_the_leader)
{
    struct scene scene;
    begin(&scene);
    struct puller_action questions[] = {next_question(&scene), next_question(&scene)};
    for (size_t i = 0; i < 2; i++)
        act(&scene, &questions[i]);
    go_on_to_the_end(&scene);
    ck_assert_uint_eq(scene.asked[LEADER], 0);
    ck_assert_uint_gt(scene.asked[NEAR], 1);
    ck_assert_uint_gt(scene.asked[FAR], 1);
    ck_assert(asks_nobody(&scene));
    scene.view.known = BLOCKS - 100; /* a new leader that knows less is nothing to do either */
    ck_assert(asks_nobody(&scene));
    end(&scene);
}
END_TEST

START_TEST(asks_the_leader_when_nobody_else_can_be_asked)
{
    struct scene scene;
    begin(&scene);
    puller_link(&scene.puller, NEAR, false);
    puller_link(&scene.puller, FAR, false);
    go_on_to_the_end(&scene);
    ck_assert_uint_gt(scene.asked[LEADER], 1);
    end(&scene);
}
END_TEST

START_TEST(asks_for_little_at_once)
{
    struct scene scene;
    begin(&scene);
    struct puller_action first = next_question(&scene);
    struct puller_action second = next_question(&scene);
    ck_assert_uint_ne(second.peer, first.peer);
    ck_assert(asks_nobody(&scene)); /* until it knows how large the blocks are, and who answers */
    struct peer_blocks blocks = answer_to(&scene, &first);
    give(&scene, &first, &blocks);
    for (int i = 0; i < PULL_PEER_PIECES_MAX; i++)
        ck_assert_uint_eq(next_question(&scene).peer, first.peer);
    ck_assert(asks_nobody(&scene));
    ck_assert_uint_eq(scene.asked[LEADER], 0);
    /* With peers enough it is the memory that ends it. */
    for (uint32_t peer = 10; peer < 14; peer++)
        puller_link(&scene.puller, peer, true);
    struct puller_action action;
    while (next(&scene, &action))
        ck_assert_int_ne(action.what, PULLER_DELIVER);
    ck_assert_uint_eq(scene.puller.piece_count, 6); /* of 256 blocks: all 1500 */
    end(&scene);
}
END_TEST

START_TEST(holds_no_more_than_its_pieces_until_they_are_on_disk)
{
    struct scene scene;
    struct puller_action action;
    begin(&scene);
    scene.puller.block_size = PEER_BLOCKS_SIZE_MAX / 2; /* one block a piece */
    for (;;) {
        bool any = next(&scene, &action);
        if (!any)
            break;
        if (action.what == PULLER_DELIVER)
            take(&scene, &action); /* and nothing becomes durable */
        else
            act(&scene, &action);
        scene.puller.block_size = PEER_BLOCKS_SIZE_MAX / 2;
    }
    ck_assert_uint_eq(scene.view.commit, PULL_PIECES_MAX);
    scene.view.durable = 1;
    ck_assert(!asks_nobody(&scene));
    ck_assert_uint_eq(scene.puller.pieces[PULL_PIECES_MAX - 1].first, PULL_PIECES_MAX + 1);
    end(&scene);
}
END_TEST

/* Gives the spoilt piece instead of the first one; whoever sent it is blamed, nothing of it is
 * delivered (take() looks), and another peer brings what was asked for. */
static void expect_blame(struct scene *scene, const struct puller_action *question,
                         const struct peer_blocks *spoilt, enum err err)
{
    struct puller_action action;
    give(scene, question, spoilt);
    while (scene->blamed[question->peer] == 0 && next(scene, &action)) {
        if (action.what == PULLER_ASK_ANCHOR)
            act(scene, &action);
        ck_assert_int_ne(action.what, PULLER_DELIVER);
    }
    ck_assert_uint_eq(scene->blamed[question->peer], 1);
    ck_assert_str_eq(err_name(scene->blame), err_name(err));
    uint64_t asked = scene->asked[question->peer];
    puller_link(&scene->puller, question->peer == NEAR ? FAR : NEAR, false);
    puller_link(&scene->puller, question->peer == NEAR ? FAR : NEAR, true);
    uint64_t until_ms = scene->now_ms + PULL_WRONG_MS;
    go_on_to_the_end(scene);
    ck_assert_uint_lt(scene->now_ms, until_ms);
    ck_assert_uint_eq(scene->asked[question->peer], asked);
}

START_TEST(a_fork_is_told_by_its_anchor)
{
    struct scene scene;
    begin(&scene);
    struct puller_action question = next_question(&scene);
    const struct peer_blocks_wanted *wanted = &question.wanted;
    struct peer_blocks spoilt =
        blocks_of(&scene, scene.forged, wanted->request, wanted->first, wanted->count);
    expect_blame(&scene, &question, &spoilt, ERR_BROKEN_CHAIN);
    end(&scene);
}
END_TEST

START_TEST(blocks_out_of_order_are_refused)
{
    struct scene scene;
    begin(&scene);
    struct puller_action question = next_question(&scene);
    struct bytes second = scene.blocks[2];
    scene.blocks[2] = scene.blocks[3];
    scene.blocks[3] = second;
    struct peer_blocks spoilt = answer_to(&scene, &question);
    scene.blocks[3] = scene.blocks[2];
    scene.blocks[2] = second;
    expect_blame(&scene, &question, &spoilt, ERR_BROKEN_CHAIN);
    end(&scene);
}
END_TEST

START_TEST(more_than_was_asked_for_or_from_elsewhere_is_refused)
{
    for (int i = 0; i < 2; i++) {
        struct scene scene;
        begin(&scene);
        struct puller_action question = next_question(&scene);
        const struct peer_blocks_wanted *wanted = &question.wanted;
        struct peer_blocks spoilt =
            i == 0 ? blocks_of(&scene, scene.blocks, wanted->request, 1, wanted->count + 1)
                   : blocks_of(&scene, scene.blocks, wanted->request, 2, 5);
        expect_blame(&scene, &question, &spoilt, ERR_OUT_OF_RANGE);
        end(&scene);
    }
}
END_TEST

START_TEST(no_flipped_bit_of_a_header_is_believed)
{
    struct scene scene;
    begin(&scene);
    for (size_t at = 0; at < BLOCK_HEADER_SIZE; at++) {
        for (size_t block = 0; block < 2; block++) {
            struct puller_action action;
            struct puller fresh = {.is_active = true, .leader = LEADER, .term = scene.view.term};
            fresh.budget = scene.puller.budget;
            fresh.progress_ms = scene.now_ms;
            scene.puller = fresh;
            puller_link(&scene.puller, NEAR, true);
            struct puller_action question = next_question(&scene);
            struct peer_blocks blocks =
                blocks_of(&scene, scene.blocks, question.wanted.request, 1, 2);
            scene.frames[4 + block * (4 + scene.blocks[1].size) + at] ^= (uint8_t)(1u << at % 8);
            give(&scene, &question, &blocks);
            scene.blamed[NEAR] = 0;
            while (scene.blamed[NEAR] == 0 && next(&scene, &action)) {
                ck_assert_int_ne(action.what, PULLER_DELIVER);
                if (action.what == PULLER_ASK_ANCHOR)
                    act(&scene, &action);
            }
            ck_assert_uint_eq(scene.blamed[NEAR], 1);
            puller_clear(&scene.puller);
        }
    }
    end(&scene);
}
END_TEST

START_TEST(what_was_not_asked_for_is_nothing)
{
    struct scene scene;
    begin(&scene);
    struct peer_blocks unasked = blocks_of(&scene, scene.blocks, 1, 1, 5);
    puller_blocks(&scene.puller, NEAR, &unasked, scene.now_ms);
    ck_assert_uint_eq(scene.puller.piece_count, 0);
    struct puller_action question = next_question(&scene);
    struct peer_blocks answer = answer_to(&scene, &question);
    struct puller before = scene.puller;
    puller_blocks(&scene.puller, question.peer == NEAR ? FAR : NEAR, &answer, scene.now_ms);
    answer.request++;
    give(&scene, &question, &answer);
    anchor(&scene, question.wanted.count); /* of a piece that is not here */
    ck_assert_mem_eq(&before, &scene.puller, sizeof before);
    answer.request--;
    give(&scene, &question, &answer);
    before = scene.puller;
    give(&scene, &question, &answer); /* twice */
    ck_assert_mem_eq(&before, &scene.puller, sizeof before);
    go_on_to_the_end(&scene);
    ck_assert_uint_eq(scene.blamed[NEAR] + scene.blamed[FAR], 0);
    end(&scene);
}
END_TEST

START_TEST(a_short_answer_is_completed)
{
    struct scene scene;
    begin(&scene);
    struct puller_action action;
    uint64_t seed = 3;
    for (int i = 0; scene.view.commit < BLOCKS; i++) {
        ck_assert_int_lt(i, 100000);
        if (!next(&scene, &action)) {
            scene.now_ms += 100;
        } else if (action.what == PULLER_ASK_BLOCKS) {
            action.wanted.count = 1 + (uint32_t)(dice(&seed) % action.wanted.count);
            act(&scene, &action);
        } else {
            act(&scene, &action);
        }
    }
    ck_assert_uint_eq(scene.blamed[NEAR] + scene.blamed[FAR], 0);
    end(&scene);
}
END_TEST

/* Else all room would be taken by what lies above it. */
START_TEST(what_an_answer_leaves_out_comes_before_what_lies_above_it)
{
    struct scene scene;
    begin(&scene);
    for (uint32_t peer = 10; peer < 14; peer++)
        puller_link(&scene.puller, peer, true);
    for (int i = 0; scene.view.commit < 100; i++) {
        struct puller_action asked[64];
        size_t count = 0;
        ck_assert_int_lt(i, 1000);
        scene.puller.block_size = PEER_BLOCKS_SIZE_MAX / 8; /* pieces of six blocks */
        while (count < 64 && next(&scene, &asked[count])) {
            if (asked[count].what == PULLER_ASK_BLOCKS)
                count++;
            else
                act(&scene, &asked[count]);
        }
        for (size_t j = 0; j < count; j++) {
            asked[j].wanted.count = 1; /* of which one comes */
            act(&scene, &asked[j]);
        }
        scene.now_ms += 100;
    }
    ck_assert_uint_eq(scene.blamed[NEAR] + scene.blamed[FAR], 0);
    end(&scene);
}
END_TEST

START_TEST(silence_moves_a_piece_to_another_peer_and_asks_for_less)
{
    struct scene scene;
    begin(&scene);
    struct puller_action first = next_question(&scene);
    struct peer_blocks blocks = answer_to(&scene, &first);
    give(&scene, &first, &blocks); /* this one has shown that it can */
    scene.puller.block_size = PEER_BLOCKS_SIZE_MAX / 32;
    struct puller_action question = next_question(&scene);
    while (question.peer != first.peer)
        question = next_question(&scene);
    ck_assert_uint_eq(question.wanted.count, 24);
    puller_link(&scene.puller, first.peer == NEAR ? FAR : NEAR, false);
    scene.now_ms += PULL_ANSWER_MS - 1;
    while (!asks_nobody(&scene)) {
    }
    ck_assert_uint_eq(scene.asked[LEADER], 0);
    scene.now_ms += 1;
    struct puller_action again = next_question(&scene);
    ck_assert_uint_eq(again.peer, LEADER);
    ck_assert_uint_lt(again.wanted.count, question.wanted.count);
    struct peer_blocks late = answer_to(&scene, &question);
    struct puller before = scene.puller;
    give(&scene, &question, &late);
    ck_assert_mem_eq(&before, &scene.puller, sizeof before);
    go_on_to_the_end(&scene);
    ck_assert_uint_eq(scene.blamed[NEAR] + scene.blamed[FAR], 0);
    end(&scene);
}
END_TEST

START_TEST(a_peer_that_never_answered_has_little_time_at_first_and_more_each_time)
{
    struct scene scene;
    begin(&scene);
    puller_link(&scene.puller, FAR, false);
    puller_link(&scene.puller, LEADER, false);
    uint64_t patience_ms = PULL_TRY_MS;
    for (int i = 0; i < 6; i++) {
        struct puller_action question = next_question(&scene);
        ck_assert_uint_eq(question.peer, NEAR);
        ck_assert_uint_eq(question.wanted.count, PEER_BLOCKS_MAX);
        scene.now_ms += patience_ms - 1;
        ck_assert(asks_nobody(&scene));
        ck_assert_uint_eq(scene.puller.piece_count, 1);
        scene.now_ms += 1;
        ck_assert(asks_nobody(&scene));
        ck_assert_uint_eq(scene.puller.piece_count, 0);
        scene.now_ms += patience_ms;
        scene.puller.progress_ms = scene.now_ms; /* giving up is another matter */
        patience_ms = 2 * patience_ms < PULL_ANSWER_MS ? 2 * patience_ms : PULL_ANSWER_MS;
    }
    go_on_to_the_end(&scene);
    ck_assert_uint_eq(scene.blamed[NEAR], 0);
    end(&scene);
}
END_TEST

START_TEST(who_lacks_the_blocks_or_is_cut_off_is_left_without_blame)
{
    struct scene scene;
    begin(&scene);
    struct puller_action question = next_question(&scene);
    struct peer_blocks none = {.request = question.wanted.request, .first = 1};
    give(&scene, &question, &none);
    struct puller_action other = next_question(&scene);
    ck_assert_uint_ne(other.peer, question.peer);
    ck_assert_uint_eq(other.wanted.first, 1);
    puller_link(&scene.puller, other.peer, false);
    other = next_question(&scene);
    ck_assert_uint_eq(other.peer, LEADER);
    ck_assert_uint_eq(other.wanted.first, 1);
    go_on_to_the_end(&scene);
    ck_assert_uint_eq(scene.blamed[NEAR] + scene.blamed[FAR], 0);
    end(&scene);
}
END_TEST

START_TEST(an_anchor_is_the_word_of_this_leader_in_this_term)
{
    struct scene scene;
    struct puller_action action;
    begin(&scene);
    struct puller_action question = next_question(&scene);
    struct peer_blocks blocks = answer_to(&scene, &question);
    uint64_t last = question.wanted.count;
    struct peer_anchor said = anchor_at(&scene, last);
    give(&scene, &question, &blocks);
    puller_anchor(&scene.puller, &scene.view, LEADER, &said, scene.now_ms); /* not asked for */
    ck_assert_int_eq(scene.puller.pieces[0].state, PIECE_HELD);
    ck_assert(next(&scene, &action));
    ck_assert_int_eq(action.what, PULLER_ASK_ANCHOR);
    ck_assert_uint_eq(action.height, last);
    puller_anchor(&scene.puller, &scene.view, NEAR, &said, scene.now_ms);
    said.term--;
    puller_anchor(&scene.puller, &scene.view, LEADER, &said, scene.now_ms);
    ck_assert_int_eq(scene.puller.pieces[0].state, PIECE_HELD);
    said.term++;
    puller_anchor(&scene.puller, &scene.view, LEADER, &said, scene.now_ms);
    ck_assert_int_eq(scene.puller.pieces[0].state, PIECE_ANCHORED);
    /* The next leader is asked itself. */
    scene.view.leader = FAR;
    scene.view.term++;
    puller_anchor(&scene.puller, &scene.view, FAR, &said, scene.now_ms);
    ck_assert(next(&scene, &action));
    ck_assert_int_eq(action.what, PULLER_ASK_ANCHOR);
    ck_assert_uint_eq(action.peer, FAR);
    ck_assert_uint_eq(action.height, last);
    scene.view.leader = LEADER;
    go_on_to_the_end(&scene);
    end(&scene);
}
END_TEST

START_TEST(an_anchor_that_does_not_come_is_asked_for_again)
{
    struct scene scene;
    struct puller_action action;
    begin(&scene);
    struct puller_action question = next_question(&scene);
    struct peer_blocks blocks = answer_to(&scene, &question);
    give(&scene, &question, &blocks);
    for (int i = 0; i < 5; i++) {
        bool is_asked = false;
        while (next(&scene, &action))
            is_asked |= action.what == PULLER_ASK_ANCHOR && action.height == blocks.count;
        ck_assert(is_asked);
        scene.now_ms += PULL_RENEW_MS;
    }
    go_on_to_the_end(&scene);
    end(&scene);
}
END_TEST

/* With the first piece held and anchored. */
static struct puller_action until_delivery(struct scene *scene)
{
    struct puller_action action;
    for (;;) {
        ck_assert(next(scene, &action));
        if (action.what == PULLER_DELIVER)
            return action;
        act(scene, &action);
    }
}

START_TEST(what_the_core_cannot_take_now_is_offered_again)
{
    static const enum err errs[] = {ERR_BUSY, ERR_NO_LEADER, ERR_CLOCK, ERR_MEMORY};
    struct scene scene;
    begin(&scene);
    for (size_t i = 0; i < sizeof errs / sizeof errs[0]; i++) {
        struct puller_action first = until_delivery(&scene);
        puller_delivered(&scene.puller, errs[i], scene.now_ms);
        struct puller_action action;
        while (next(&scene, &action)) {
            ck_assert_int_ne(action.what, PULLER_DELIVER);
            act(&scene, &action);
        }
        scene.now_ms += 100;
        ck_assert(next(&scene, &action));
        ck_assert_int_eq(action.what, PULLER_DELIVER);
        ck_assert_uint_eq(action.blocks.first, first.blocks.first);
        take(&scene, &action);
    }
    ck_assert_uint_eq(scene.blamed[NEAR] + scene.blamed[FAR], 0);
    end(&scene);
}
END_TEST

START_TEST(what_the_core_refuses_is_its_senders_fault)
{
    struct scene scene;
    begin(&scene);
    struct puller_action first = until_delivery(&scene);
    puller_delivered(&scene.puller, ERR_DAMAGED, scene.now_ms);
    go_on_to_the_end(&scene);
    ck_assert_uint_eq(scene.blamed[first.peer], 1);
    ck_assert_str_eq(err_name(scene.blame), "DAMAGED");
    end(&scene);
}
END_TEST

START_TEST(ends_when_the_leader_pushes_near_the_end)
{
    struct scene scene;
    struct puller_action action;
    begin(&scene);
    (void)until_delivery(&scene);
    puller_delivered(&scene.puller, ERR_BUSY, scene.now_ms);
    puller_streamed(&scene.puller); /* what it had sent before it knew */
    ck_assert(next(&scene, &action));
    scene.view.tip = scene.view.commit = scene.view.durable = BLOCKS - PULL_END;
    while (next(&scene, &action))
        act(&scene, &action);
    ck_assert(scene.puller.is_active);
    scene.view.tip = scene.view.commit = scene.view.durable = BLOCKS - PULL_END;
    puller_streamed(&scene.puller);
    ck_assert(!next(&scene, &action));
    ck_assert(!scene.puller.is_active);
    ck_assert_uint_eq(scene.puller.piece_count, 0);
    end(&scene);
}
END_TEST

START_TEST(leaves_it_to_the_leader_when_nothing_comes)
{
    struct scene scene;
    struct puller_action action;
    begin(&scene);
    ck_assert(next(&scene, &action));
    uint64_t since_ms = scene.now_ms;
    for (; scene.puller.is_active; scene.now_ms += 100) {
        while (next(&scene, &action)) {
        }
    }
    ck_assert_uint_ge(scene.now_ms - since_ms, PULL_GIVE_UP_MS);
    ck_assert_uint_eq(scene.puller.piece_count, 0);
    uint64_t ended_ms = scene.now_ms;
    for (; !next(&scene, &action); scene.now_ms += 100) {
    }
    ck_assert_uint_ge(scene.now_ms - ended_ms, PULL_GIVE_UP_MS - 200);
    go_on_to_the_end(&scene);
    end(&scene);
}
END_TEST

START_TEST(peers_come_and_go_without_end)
{
    struct scene scene;
    begin(&scene);
    for (uint32_t peer = 10; peer < 100; peer++) {
        puller_link(&scene.puller, peer, true);
        puller_link(&scene.puller, peer, false);
    }
    ck_assert_uint_le(scene.puller.suppliers.count, MEMBERS_MAX);
    go_on_to_the_end(&scene);
    ck_assert_uint_gt(scene.asked[NEAR], 0);
    end(&scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &begins_only_far_behind_and_under_a_leader,
        &brings_all_that_is_committed_in_order_and_spares_the_leader,
        &asks_the_leader_when_nobody_else_can_be_asked,
        &asks_for_little_at_once,
        &holds_no_more_than_its_pieces_until_they_are_on_disk,
        &a_fork_is_told_by_its_anchor,
        &blocks_out_of_order_are_refused,
        &more_than_was_asked_for_or_from_elsewhere_is_refused,
        &no_flipped_bit_of_a_header_is_believed,
        &what_was_not_asked_for_is_nothing,
        &a_short_answer_is_completed,
        &what_an_answer_leaves_out_comes_before_what_lies_above_it,
        &silence_moves_a_piece_to_another_peer_and_asks_for_less,
        &a_peer_that_never_answered_has_little_time_at_first_and_more_each_time,
        &who_lacks_the_blocks_or_is_cut_off_is_left_without_blame,
        &an_anchor_is_the_word_of_this_leader_in_this_term,
        &an_anchor_that_does_not_come_is_asked_for_again,
        &what_the_core_cannot_take_now_is_offered_again,
        &what_the_core_refuses_is_its_senders_fault,
        &ends_when_the_leader_pushes_near_the_end,
        &leaves_it_to_the_leader_when_nothing_comes,
        &peers_come_and_go_without_end,
    };
    return fixture_run("puller", cases, sizeof cases / sizeof cases[0]);
}
