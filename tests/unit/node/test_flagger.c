/*
 * A device is said to be a duplicate once, whatever comes between. The test is the node's loop.
 */
#include "node/flagger.h"

#include "tests/unit/node/clerk_scene.h"

static struct flagger *open_flagger(struct scene *scene, const struct secret_key *secret,
                                    uint64_t a_day)
{
    struct flagger *flagger;
    struct flagger_options options = {
        .ledger = scene->ledger,
        .clerk = scene->clerk,
        .network = scene->world->genesis->network,
        .secret = *secret,
        .a_day = a_day,
    };
    assert_ok(flagger_open(&options, &flagger));
    return flagger;
}

static void end(struct scene *scene, struct flagger *flagger)
{
    clerk_close(scene->clerk);
    flagger_close(flagger);
    scene_close(scene);
}

static struct imei device(uint64_t serial)
{
    return (struct imei){(uint64_t)TAC * 1000000 + serial};
}

/* The next submission: it says that the device is a duplicate, and is good. */
static struct mail_submit *expect_statement(struct scene *scene, struct imei imei)
{
    struct item item;
    struct public_key key;
    struct mail *mail = scene_mail(scene);
    ck_assert_int_eq(mail->kind, MAIL_SUBMIT);
    struct mail_submit *submit = (struct mail_submit *)mail;
    const struct statement *statement = &submit->tx->tx.statement;
    struct item_walk walk = item_walk(statement->items);
    ck_assert_int_eq(statement->operation, OP_DUPLICATE);
    ck_assert_uint_eq(statement->item_count, 1);
    ck_assert(item_walk_next(&walk, &item));
    ck_assert_uint_eq(item.from.value, imei.value);
    ck_assert_uint_eq(item.to.value, imei.value);
    assert_ok(public_key_of(&scene->world->signers[0], &key));
    assert_ok(transaction_verify(&submit->tx->tx, &key));
    return submit;
}

/* In a block, and its client told so. */
static void commit(struct scene *scene, struct mail_submit *submit)
{
    struct bytes encoded = submit->tx->tx.encoded;
    struct signed_statement statement = {.id = submit->tx->tx.id, .size = encoded.size};
    struct tx_answer answer = {
        .id = statement.id, .state = TX_COMMITTED, .height = 1, .changed = 1};
    memcpy(statement.bytes, encoded.data, encoded.size);
    scene_commit(scene, &statement);
    clerk_answer_tx(submit->call, ERR_OK, &answer);
    mail_free(&submit->mail);
}

static void answer(struct mail_submit *submit, enum err err, const struct tx_answer *said)
{
    clerk_answer_tx(submit->call, err, said);
    mail_free(&submit->mail);
}

/* Nobody waits any more, and nothing was sent for it. */
static void expect_done(struct scene *scene, struct flagger *flagger)
{
    struct imei from;
    flagger_told(flagger, &(struct imei){5});
    ck_assert(flagger_wants(flagger, &from));
    ck_assert_uint_eq(from.value, 6);
    ck_assert_ptr_null(queue_take(&scene->mail));
}

START_TEST(a_device_is_flagged_once_however_often_it_is_told)
{
    struct scene scene;
    scene_open(&scene);
    struct flagger *flagger = open_flagger(&scene, &scene.world->signers[0], 10);
    flagger_add(flagger, device(7));
    flagger_tend(flagger);
    flagger_tend(flagger); /* one at a time */
    commit(&scene, expect_statement(&scene, device(7)));
    flagger_tend(flagger);
    ck_assert_uint_eq(flagger_flagged(flagger), 1);
    flagger_add(flagger, device(7));
    flagger_tend(flagger);
    expect_done(&scene, flagger);
    end(&scene, flagger);
}
END_TEST

/* Lifts the claim of organisation a on the device. */
static void lift(struct scene *scene, struct imei imei)
{
    static uint8_t bytes[64];
    struct item item = {.from = imei, .to = imei};
    struct writer items = writer_over(bytes, sizeof bytes);
    struct statement statement = statement_begin(scene->world, 99);
    items_write(&items, &item, 1);
    statement.operation = OP_UNDUPLICATE;
    statement.items = writer_view(&items);
    statement.item_count = 1;
    struct signed_statement signed_one =
        sign_with(scene->world, 0, &scene->world->signers[0], &statement);
    scene_commit(scene, &signed_one);
}

START_TEST(what_a_person_has_lifted_is_not_raised_again)
{
    struct scene scene;
    scene_open(&scene);
    struct flagger *flagger = open_flagger(&scene, &scene.world->signers[0], 10);
    flagger_add(flagger, device(7));
    flagger_tend(flagger);
    commit(&scene, expect_statement(&scene, device(7)));
    flagger_tend(flagger);
    lift(&scene, device(7));
    flagger_add(flagger, device(7));
    flagger_add(flagger, device(8)); /* it goes on */
    flagger_tend(flagger);
    commit(&scene, expect_statement(&scene, device(8)));
    flagger_tend(flagger);
    expect_done(&scene, flagger);
    end(&scene, flagger);
}
END_TEST

START_TEST(what_is_refused_is_let_go_and_what_is_put_off_waits)
{
    struct scene scene;
    struct imei from;
    struct tx_answer refused = {.state = TX_REFUSED, .err = ERR_ROLE};
    scene_open(&scene);
    struct flagger *flagger = open_flagger(&scene, &scene.world->signers[0], 10);
    flagger_add(flagger, device(7));
    flagger_add(flagger, device(8));
    flagger_tend(flagger);
    answer(expect_statement(&scene, device(7)), ERR_OK, &refused);
    flagger_tend(flagger);
    answer(expect_statement(&scene, device(8)), ERR_NO_LEADER, NULL);
    flagger_tend(flagger);
    flagger_told(flagger, &(struct imei){5});
    ck_assert(!flagger_wants(flagger, &from)); /* device 8 waits */
    flagger_tend(flagger);
    ck_assert_ptr_null(queue_take(&scene.mail)); /* but not at once */
    ck_assert_uint_eq(flagger_flagged(flagger), 0);
    end(&scene, flagger);
}
END_TEST

START_TEST(no_more_are_signed_than_a_day_may_have)
{
    struct scene scene;
    struct imei from;
    scene_open(&scene);
    struct flagger *flagger = open_flagger(&scene, &scene.world->signers[0], 2);
    for (uint64_t i = 1; i <= 3; i++)
        flagger_add(flagger, device(i));
    for (uint64_t i = 1; i <= 2; i++) {
        flagger_tend(flagger);
        commit(&scene, expect_statement(&scene, device(i)));
        flagger_tend(flagger);
    }
    flagger_tend(flagger);
    ck_assert_ptr_null(queue_take(&scene.mail));
    flagger_told(flagger, &(struct imei){5});
    ck_assert(!flagger_wants(flagger, &from));
    end(&scene, flagger);
}
END_TEST

START_TEST(a_key_that_the_ledger_does_not_know_signs_nothing)
{
    struct scene scene;
    struct imei from;
    struct secret_key secret = {{1, 2, 3}};
    scene_open(&scene);
    struct flagger *flagger = open_flagger(&scene, &secret, 10);
    flagger_add(flagger, device(7));
    flagger_tend(flagger);
    ck_assert_ptr_null(queue_take(&scene.mail));
    flagger_told(flagger, &(struct imei){5});
    ck_assert(!flagger_wants(flagger, &from));
    end(&scene, flagger);
}
END_TEST

START_TEST(a_full_list_takes_no_more_and_asks_for_them_later)
{
    struct scene scene;
    struct imei from;
    scene_open(&scene);
    struct flagger *flagger = open_flagger(&scene, &scene.world->signers[0], 1);
    ck_assert(flagger_wants(flagger, &from)); /* at the start, all of them */
    ck_assert_uint_eq(from.value, 0);
    for (uint64_t i = 0; i < FLAGGER_WAITING_MAX + 10; i++)
        flagger_add(flagger, device(i));
    ck_assert(!flagger_wants(flagger, &from));
    flagger_told(flagger, NULL);
    flagger_tend(flagger);
    answer(expect_statement(&scene, device(0)), ERR_BUSY, NULL);
    end(&scene, flagger);
}
END_TEST

START_TEST(an_end_of_the_node_in_between_leaves_nothing_under_way)
{
    struct scene scene;
    scene_open(&scene);
    struct flagger *flagger = open_flagger(&scene, &scene.world->signers[0], 10);
    clerk_close(scene.clerk);
    flagger_add(flagger, device(7));
    flagger_tend(flagger); /* told SHUTTING_DOWN at once */
    flagger_tend(flagger);
    ck_assert_uint_eq(flagger_flagged(flagger), 0);
    end(&scene, flagger);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_device_is_flagged_once_however_often_it_is_told,
        &what_a_person_has_lifted_is_not_raised_again,
        &what_is_refused_is_let_go_and_what_is_put_off_waits,
        &no_more_are_signed_than_a_day_may_have,
        &a_key_that_the_ledger_does_not_know_signs_nothing,
        &a_full_list_takes_no_more_and_asks_for_them_later,
        &an_end_of_the_node_in_between_leaves_nothing_under_way,
    };
    return fixture_run("flagger", cases, sizeof cases / sizeof cases[0]);
}
