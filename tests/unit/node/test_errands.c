#include "node/errands.h"

#include "front/asker.h"
#include "tests/unit/node/clerk_scene.h"

/* A front end of a node with a clerk; the test is the node's loop and the front's thread. */
struct bench {
    struct scene scene;
    uv_loop_t loop;
    struct asker *asker;
};

struct waiter {
    struct errand *errand;
    bool is_told;
};

static void begin(struct bench *bench)
{
    scene_open(&bench->scene);
    struct asker_port port = errands_port(bench->scene.clerk);
    ck_assert_int_eq(uv_loop_init(&bench->loop), 0);
    assert_ok(asker_open(&bench->loop, &port, &bench->asker));
}

static void end(struct bench *bench)
{
    asker_close(bench->asker);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&bench->loop), 0);
    scene_close(&bench->scene);
}

static void on_done(void *context)
{
    ((struct waiter *)context)->is_told = true;
}

static void ask(struct bench *bench, const struct request *request, struct waiter *waiter)
{
    *waiter = (struct waiter){.is_told = false};
    assert_ok(asker_ask(bench->asker, request, on_done, waiter, &waiter->errand));
}

/* The body of the response, which lives until the errand is dropped. */
static struct reader await(struct bench *bench, struct waiter *waiter, struct response_head *head)
{
    while (!waiter->is_told)
        uv_run(&bench->loop, UV_RUN_ONCE);
    struct reader reader = reader_over(errand_response(waiter->errand));
    response_head_read(&reader, head);
    assert_ok(reader.err);
    return reader;
}

static enum err await_err(struct bench *bench, struct waiter *waiter)
{
    struct response_head head;
    (void)await(bench, waiter, &head);
    errand_drop(waiter->errand);
    return head.err;
}

START_TEST(a_question_is_answered_from_the_ledger_without_the_loop)
{
    static struct request request;
    static struct check_answer check;
    struct response_head head;
    struct waiter waiter;
    struct bench bench;
    begin(&bench);
    struct signed_statement statement = sign_block(bench.scene.world, 0, 77, 1);
    scene_commit(&bench.scene, &statement);
    request = (struct request){.kind = REQUEST_CHECK, .imei_count = 1};
    request.imeis[0].value = (uint64_t)TAC * 1000000 + 77;
    ask(&bench, &request, &waiter);
    struct reader reader = await(&bench, &waiter, &head);
    assert_ok(head.err);
    ck_assert_uint_eq(head.height, 1);
    ck_assert_uint_eq(cbor_array(&reader), 1);
    check_answer_read(&reader, &check);
    assert_ok(reader_done(&reader));
    ck_assert_int_eq(check.verdict, VERDICT_BLACK);
    errand_drop(waiter.errand);
    ck_assert_ptr_null(queue_take(&bench.scene.mail));
    end(&bench);
}
END_TEST

START_TEST(a_submission_goes_to_the_loop_and_its_outcome_comes_back)
{
    struct response_head head;
    struct tx_answer answer;
    struct waiter waiter;
    struct bench bench;
    begin(&bench);
    struct signed_statement statement = sign_next(bench.scene.world);
    const struct request request = {
        .kind = REQUEST_SUBMIT,
        .encoded = signed_view(&statement),
        .wait_committed = true,
        .timeout_ms = 4321,
    };
    ask(&bench, &request, &waiter);
    struct mail *mail = scene_mail(&bench.scene);
    ck_assert_int_eq(mail->kind, MAIL_SUBMIT);
    struct mail_submit *submit = (struct mail_submit *)mail;
    ck_assert(bytes_equal(submit->tx->tx.encoded, signed_view(&statement)));
    ck_assert(submit->call->waits);
    ck_assert_uint_eq(submit->call->timeout_ms, 4321);
    struct tx_answer refused = {.id = statement.id, .state = TX_REFUSED, .err = ERR_ROLE};
    clerk_answer_tx(submit->call, ERR_OK, &refused);
    mail_free(mail);
    struct reader reader = await(&bench, &waiter, &head);
    tx_answer_read(&reader, &answer);
    assert_ok(reader_done(&reader));
    ck_assert_int_eq(answer.err, ERR_ROLE);
    ck_assert(hash_equal(&answer.id, &statement.id));
    errand_drop(waiter.errand);
    end(&bench);
}
END_TEST

START_TEST(a_fresh_answer_comes_once_the_loop_has_seen_to_it)
{
    static struct request request;
    struct waiter waiter;
    struct bench bench;
    begin(&bench);
    request = (struct request){.kind = REQUEST_CHECK, .imei_count = 1, .fresh_ms = 1000};
    request.imeis[0].value = (uint64_t)TAC * 1000000;
    enum err told[] = {ERR_OK, ERR_NO_LEADER};
    for (size_t i = 0; i < 2; i++) {
        ask(&bench, &request, &waiter);
        struct mail *mail = scene_mail(&bench.scene);
        ck_assert_int_eq(mail->kind, MAIL_READ);
        ck_assert_uint_eq(((struct mail_read *)mail)->call->timeout_ms, 1000);
        clerk_answer_read(((struct mail_read *)mail)->call, told[i]);
        mail_free(mail);
        ck_assert_int_eq(await_err(&bench, &waiter), told[i]);
    }
    end(&bench);
}
END_TEST

START_TEST(more_than_may_wait_for_the_loop_are_busy_and_look_ups_go_on)
{
    static struct waiter waiters[CLERK_WAITING_MAX + 1];
    struct waiter other;
    struct bench bench;
    begin(&bench);
    struct signed_statement statement = sign_next(bench.scene.world);
    const struct request submit = {.kind = REQUEST_SUBMIT, .encoded = signed_view(&statement)};
    const struct request status = {.kind = REQUEST_STATUS};
    for (size_t i = 0; i <= CLERK_WAITING_MAX; i++)
        ask(&bench, &submit, &waiters[i]);
    ck_assert_int_eq(await_err(&bench, &waiters[CLERK_WAITING_MAX]), ERR_BUSY);
    ask(&bench, &status, &other);
    ck_assert_int_eq(await_err(&bench, &other), ERR_OK);
    for (size_t i = 0; i < CLERK_WAITING_MAX; i++)
        scene_answer(&bench.scene, ERR_TIMEOUT, NULL);
    for (size_t i = 0; i < CLERK_WAITING_MAX; i++)
        ck_assert_int_eq(await_err(&bench, &waiters[i]), ERR_TIMEOUT);
    end(&bench);
}
END_TEST

START_TEST(what_is_no_transaction_is_told_so)
{
    struct waiter waiter;
    struct bench bench;
    begin(&bench);
    struct signed_statement statement = sign_next(bench.scene.world);
    for (size_t size = 0; size < statement.size; size++) {
        const struct request request = {
            .kind = REQUEST_SUBMIT,
            .encoded = bytes_of(signed_view(&statement).data, size),
        };
        ask(&bench, &request, &waiter);
        enum err err = await_err(&bench, &waiter);
        ck_assert_int_ne(err, ERR_OK);
        ck_assert_int_eq(err_kind(err), ERR_KIND_INPUT);
    }
    ck_assert_ptr_null(queue_take(&bench.scene.mail));
    end(&bench);
}
END_TEST

START_TEST(a_closed_clerk_says_that_it_is_the_end)
{
    const struct request submit = {.kind = REQUEST_STATUS};
    struct waiter waiter;
    struct bench bench;
    begin(&bench);
    clerk_close(bench.scene.clerk);
    ask(&bench, &submit, &waiter);
    ck_assert_int_eq(await_err(&bench, &waiter), ERR_SHUTTING_DOWN);
    end(&bench);
}
END_TEST

START_TEST(a_submission_may_be_answered_after_its_front_end_has_gone)
{
    struct waiter waiter;
    struct bench bench;
    begin(&bench);
    struct signed_statement statement = sign_next(bench.scene.world);
    const struct request submit = {.kind = REQUEST_SUBMIT, .encoded = signed_view(&statement)};
    ask(&bench, &submit, &waiter);
    struct mail *mail = scene_mail(&bench.scene);
    asker_close(bench.asker);
    bench.asker = NULL;
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    clerk_answer_tx(((struct mail_submit *)mail)->call, ERR_SHUTTING_DOWN, NULL);
    mail_free(mail);
    ck_assert(!waiter.is_told);
    end(&bench);
}
END_TEST

START_TEST(who_asks_by_a_front_end_is_not_told_of_sightings)
{
    static struct request request;
    struct waiter waiter;
    struct bench bench;
    begin(&bench);
    request = (struct request){.kind = REQUEST_SIGHTINGS};
    ask(&bench, &request, &waiter);
    assert_err(await_err(&bench, &waiter), NOT_LOCAL);
    end(&bench);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_question_is_answered_from_the_ledger_without_the_loop,
        &who_asks_by_a_front_end_is_not_told_of_sightings,
        &a_submission_goes_to_the_loop_and_its_outcome_comes_back,
        &a_fresh_answer_comes_once_the_loop_has_seen_to_it,
        &more_than_may_wait_for_the_loop_are_busy_and_look_ups_go_on,
        &what_is_no_transaction_is_told_so,
        &a_closed_clerk_says_that_it_is_the_end,
        &a_submission_may_be_answered_after_its_front_end_has_gone,
    };
    return fixture_run("node/errands", cases, sizeof cases / sizeof cases[0]);
}
