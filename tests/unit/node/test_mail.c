#include "node/mail.h"
#include "tests/unit/node/fixture.h"

/* A frame as links hand it over: from n2's links to n1's. */
static struct links_frame receive_one(struct node *nodes, enum peer_channel channel, size_t size)
{
    uint8_t *bytes = calloc(1, size);
    bytes[0] = PEER_RAFT;
    node_send(&nodes[1], 1, channel, bytes_of(bytes, size));
    free(bytes);
    return node_take(&nodes[0]);
}

static size_t count_frames(struct queue *queue)
{
    size_t count = 0;
    struct queue_item *items = queue_take(queue);
    while (items != NULL) {
        struct mail *mail = (struct mail *)items;
        items = items->next;
        count += mail->kind == MAIL_FRAME;
        mail_free(mail);
    }
    return count;
}

START_TEST(a_flood_of_blocks_leaves_room_for_heartbeats)
{
    struct node nodes[2];
    struct queue queue;
    for (uint32_t i = 0; i < 2; i++)
        node_init(&nodes[i], i + 1);
    for (size_t i = 0; i < 2; i++)
        node_open(&nodes[i], nodes, 2);
    wait_until(node_is_all_up(&nodes[1], 1));
    queue_init(&queue, MAIL_BYTES_MAX);

    size_t sent = MAIL_BYTES_MAX / BLOCK_SIZE_MAX + 1;
    for (size_t i = 0; i < sent; i++)
        mail_post_frame(&queue, receive_one(nodes, PEER_BULK, BLOCK_SIZE_MAX));
    ck_assert_uint_le(queue_weight(&queue), MAIL_BULK_BYTES_MAX);
    ck_assert_uint_gt(queue_weight(&queue), MAIL_BULK_BYTES_MAX - 2 * BLOCK_SIZE_MAX);
    size_t before = queue_weight(&queue);
    mail_post_frame(&queue, receive_one(nodes, PEER_CONTROL, 57));
    ck_assert_uint_gt(queue_weight(&queue), before);
    size_t taken = count_frames(&queue);
    ck_assert_uint_gt(taken, 40);
    ck_assert_uint_lt(taken, sent);

    queue_close(&queue);
    mail_post_frame(&queue, receive_one(nodes, PEER_CONTROL, 57)); /* freed */
    mail_post_link(&queue, 2, PEER_BULK, true);
    ck_assert_uint_eq(queue_weight(&queue), 0);
    queue_destroy(&queue);
    for (size_t i = 0; i < 2; i++)
        node_end(&nodes[i]);
}
END_TEST

START_TEST(what_links_say_of_a_connection_always_arrives)
{
    struct queue queue;
    struct queue_item full = {.weight = MAIL_BYTES_MAX};
    queue_init(&queue, MAIL_BYTES_MAX);
    assert_ok(queue_put(&queue, &full));
    mail_post_link(&queue, 3, PEER_BULK, true);
    struct queue_item *items = queue_take(&queue);
    ck_assert_ptr_eq(items, &full);
    struct mail_link *link = (struct mail_link *)items->next;
    ck_assert_int_eq(link->mail.kind, MAIL_LINK);
    ck_assert_uint_eq(link->peer, 3);
    ck_assert_int_eq(link->channel, PEER_BULK);
    ck_assert(link->is_up);
    mail_free(&link->mail);
    queue_destroy(&queue);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_flood_of_blocks_leaves_room_for_heartbeats,
        &what_links_say_of_a_connection_always_arrives,
    };
    return fixture_run("mail", cases, sizeof cases / sizeof cases[0]);
}
