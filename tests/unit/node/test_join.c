#include "node/join.h"

#include "node/facts.h"
#include "node/mail.h"
#include "node/server.h"
#include "proto/cbor.h"
#include "tests/unit/node/fixture.h"

/* ---- pages ---- */

static struct public_key key_number(uint32_t number)
{
    struct secret_key secret = {.bytes = {0}};
    struct public_key key;
    secret.bytes[SECRET_KEY_SIZE - 1] = (uint8_t)number;
    secret.bytes[SECRET_KEY_SIZE - 2] = (uint8_t)(number >> 8);
    assert_ok(public_key_of(&secret, &key));
    return key;
}

/* A voter with that id, and the key of that number. */
static struct node_info node_of(uint32_t id, enum membership member)
{
    struct node_info info = {
        .id = id,
        .address = "tls+tcp://x:1",
        .key = key_number(id),
        .wanted = WANTED_VOTER,
        .member = member,
    };
    info.name = world_name("n");
    info.organisation = world_name("o");
    assert_ok(country_parse("FR", 2, &info.country));
    return info;
}

struct page {
    uint8_t buffer[16384];
    struct bytes bytes;
};

static void page_write(struct page *page, const struct node_info *nodes, size_t count)
{
    struct writer writer = writer_over(page->buffer, sizeof page->buffer);
    cbor_put_array(&writer, count);
    for (size_t i = 0; i < count; i++)
        node_info_write(&writer, &nodes[i]);
    assert_ok(writer.err);
    page->bytes = writer_view(&writer);
}

static enum err take(struct bytes page, uint32_t own, uint32_t first, struct join_answer *answer,
                     uint32_t *next)
{
    struct reader reader = reader_over(page);
    struct public_key key = key_number(own);
    return join_read_page(&reader, &key, first, answer, next);
}

START_TEST(a_node_finds_itself_and_the_members)
{
    static struct page page;
    static struct join_answer answer;
    uint32_t next;
    struct node_info nodes[] = {
        node_of(1, MEMBERSHIP_VOTER),
        node_of(3, MEMBERSHIP_NONE),
        node_of(4, MEMBERSHIP_LEARNER),
        node_of(9, MEMBERSHIP_NONE),
    };
    page_write(&page, nodes, 4);
    assert_ok(take(page.bytes, 9, 1, &answer, &next));
    ck_assert_uint_eq(next, 10);
    ck_assert_uint_eq(answer.count, 2);
    ck_assert_uint_eq(answer.members[0].id, 1);
    ck_assert_uint_eq(answer.members[1].id, 4);
    ck_assert(answer.has_self);
    ck_assert_uint_eq(answer.self.id, 9);
    /* Itself is none of the others, and the last page is empty. */
    answer = (struct join_answer){.count = 0};
    assert_ok(take(page.bytes, 4, 1, &answer, &next));
    ck_assert_uint_eq(answer.count, 1);
    page_write(&page, nodes, 0);
    assert_ok(take(page.bytes, 4, 10, &answer, &next));
    ck_assert_uint_eq(next, 0);
    ck_assert_uint_eq(answer.self.id, 4);
}
END_TEST

START_TEST(every_truncation_of_a_page_is_refused)
{
    static struct page page;
    static struct join_answer answer;
    uint32_t next;
    struct node_info nodes[] = {node_of(1, MEMBERSHIP_VOTER), node_of(2, MEMBERSHIP_VOTER)};
    page_write(&page, nodes, 2);
    for (size_t size = 0; size < page.bytes.size; size++) {
        answer = (struct join_answer){.count = 0};
        ck_assert_int_ne(take(bytes_of(page.buffer, size), 9, 1, &answer, &next), ERR_OK);
    }
    page.buffer[page.bytes.size] = 0;
    assert_err(take(bytes_of(page.buffer, page.bytes.size + 1), 9, 1, &answer, &next), TRAILING);
}
END_TEST

START_TEST(ids_that_do_not_ascend_are_refused)
{
    static struct page page;
    static struct join_answer answer;
    uint32_t next;
    struct node_info nodes[] = {node_of(5, MEMBERSHIP_VOTER), node_of(5, MEMBERSHIP_VOTER)};
    page_write(&page, nodes, 2);
    assert_err(take(page.bytes, 9, 1, &answer, &next), OUT_OF_RANGE);
    page_write(&page, nodes, 1);
    answer = (struct join_answer){.count = 0};
    assert_err(take(page.bytes, 9, 6, &answer, &next), OUT_OF_RANGE);
    assert_ok(take(page.bytes, 9, 5, &answer, &next));
    /* After the last id there is none. */
    nodes[0] = node_of(UINT32_MAX, MEMBERSHIP_NONE);
    page_write(&page, nodes, 1);
    assert_ok(take(page.bytes, 9, 6, &answer, &next));
    ck_assert_uint_eq(next, 0);
    nodes[1] = node_of(7, MEMBERSHIP_NONE);
    page_write(&page, nodes, 2);
    assert_err(take(page.bytes, 9, 6, &answer, &next), OUT_OF_RANGE);
}
END_TEST

START_TEST(more_members_than_can_be_are_refused)
{
    static struct page page;
    static struct join_answer answer;
    static struct node_info nodes[MEMBERS_MAX + 1];
    uint32_t next;
    for (uint32_t i = 0; i <= MEMBERS_MAX; i++)
        nodes[i] = node_of(i + 1, MEMBERSHIP_VOTER);
    page_write(&page, nodes, MEMBERS_MAX + 1);
    assert_err(take(page.bytes, 200, 1, &answer, &next), TOO_MANY);
    answer = (struct join_answer){.count = 0};
    assert_ok(take(page.bytes, 3, 1, &answer, &next)); /* one of them is itself */
    ck_assert_uint_eq(answer.count, MEMBERS_MAX);
}
END_TEST

/* ---- a node that answers ---- */

/* The clients' socket of n1 in a network of two. */
struct asked {
    struct world *world;
    struct data data;
    struct identity identity;
    struct config config;
    struct facts facts;
    struct eir *eir;
    struct queue mail;
    struct clerk *clerk;
    struct server *server;
    struct join_question question;
};

static void asked_open(struct asked *asked)
{
    struct complaint complaint;
    *asked = (struct asked){.world = world_open(2)};
    world_config(asked->world, 0, &asked->config);
    assert_ok(identity_load(&asked->config, &asked->identity, &complaint));
    assert_ok(data_open(asked->config.data, &asked->identity, &asked->data));
    assert_ok(data_open_log(asked->config.data, &asked->identity, &asked->data));
    facts_init(&asked->facts);
    struct facts_row row = {.fresh_at_ms = clock_monotonic_ms()};
    row.status = (struct status){.version = "1", .id = 1, .state = NODE_LEADER, .roles = 1};
    row.status.network = asked->world->genesis->network;
    row.status.network_name = world_name("test");
    row.status.name = world_name("n1");
    row.status.organisation = world_name("a");
    row.status.country = asked->world->genesis->organisations[0].country;
    facts_set(&asked->facts, &row);
    queue_init(&asked->mail, MAIL_BYTES_MAX);
    assert_ok(eir_open(&(struct eir_options){.ledger = asked->data.ledger}, &asked->eir));
    struct clerk_options options = {
        .ledger = asked->data.ledger,
        .disk = asked->data.disk,
        .facts = &asked->facts,
        .eir = asked->eir,
        .mail = &asked->mail,
    };
    assert_ok(clerk_open(&options, &asked->clerk));
    assert_ok(server_open(asked->config.clients, asked->clerk, &asked->server));
    asked->question.address_count = 1;
    asked->question.network = asked->world->genesis->network;
    asked->question.key = node_key(&asked->world->nodes[1]);
    memcpy(asked->question.addresses[0], asked->config.clients, CONFIG_TEXT_MAX);
}

static void asked_close(struct asked *asked)
{
    clerk_close(asked->clerk);
    server_close(asked->server);
    clerk_free(asked->clerk);
    queue_destroy(&asked->mail);
    facts_destroy(&asked->facts);
    eir_close(asked->eir);
    data_close(&asked->data);
    identity_free(&asked->identity);
    world_close(asked->world);
}

START_TEST(a_node_that_runs_says_who_the_members_are)
{
    static struct asked asked;
    static struct join_answer answer;
    asked_open(&asked);
    join_ask(&asked.question, &answer);
    assert_ok(answer.err);
    ck_assert(answer.has_self);
    ck_assert_uint_eq(answer.self.id, 2);
    ck_assert_uint_eq(answer.count, 1);
    ck_assert_uint_eq(answer.members[0].id, 1);
    ck_assert_str_eq(answer.members[0].address, asked.world->nodes[0].address);
    /* Beside this thread: the same. */
    struct asking *asking;
    assert_ok(asking_start(&asked.question, &asking));
    wait_until(asking_is_done(asking));
    assert_ok(asking_answer(asking)->err);
    ck_assert_uint_eq(asking_answer(asking)->self.id, 2);
    asking_drop(asking);
    asked_close(&asked);
}
END_TEST

START_TEST(a_key_that_the_ledger_does_not_have_is_not_found)
{
    static struct asked asked;
    static struct join_answer answer;
    asked_open(&asked);
    asked.question.key = key_number(200);
    join_ask(&asked.question, &answer);
    assert_ok(answer.err);
    ck_assert(!answer.has_self);
    ck_assert_uint_eq(answer.count, 2);
    asked_close(&asked);
}
END_TEST

START_TEST(a_node_of_another_network_is_not_believed)
{
    static struct asked asked;
    static struct join_answer answer;
    asked_open(&asked);
    asked.question.network.bytes[3] ^= 1;
    join_ask(&asked.question, &answer);
    assert_err(answer.err, OTHER_NETWORK);
    ck_assert(!answer.has_self);
    asked_close(&asked);
}
END_TEST

START_TEST(who_cannot_be_asked_is_passed_over)
{
    static struct asked asked;
    static struct join_answer answer;
    asked_open(&asked);
    asked.question.address_count = 2;
    memcpy(asked.question.addresses[1], asked.question.addresses[0], CONFIG_TEXT_MAX);
    snprintf(asked.question.addresses[0], CONFIG_TEXT_MAX, "bad://nowhere");
    join_ask(&asked.question, &answer);
    assert_ok(answer.err);
    ck_assert_uint_eq(answer.address, 1);
    asked.question.address_count = 1;
    join_ask(&asked.question, &answer);
    assert_err(answer.err, NETWORK);
    snprintf(asked.question.addresses[0], CONFIG_TEXT_MAX, "ipc://%.200s/nobody",
             asked.world->scratch.path);
    join_ask(&asked.question, &answer);
    assert_err(answer.err, UNREACHABLE);
    asked_close(&asked);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_node_finds_itself_and_the_members,
        &every_truncation_of_a_page_is_refused,
        &ids_that_do_not_ascend_are_refused,
        &more_members_than_can_be_are_refused,
        &a_node_that_runs_says_who_the_members_are,
        &a_key_that_the_ledger_does_not_have_is_not_found,
        &a_node_of_another_network_is_not_believed,
        &who_cannot_be_asked_is_passed_over,
    };
    return fixture_run("join", cases, sizeof cases / sizeof cases[0]);
}
