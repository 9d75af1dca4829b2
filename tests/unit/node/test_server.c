#include "node/server.h"

#include "tests/unit/node/server_bench.h"

/* ---- questions ---- */

START_TEST(questions_are_answered_without_the_loop)
{
    static struct request request;
    static struct check_answer check;
    static struct history_answer history;
    static struct organisation_info organisation;
    struct tac_info tac;
    struct response_head head;
    struct bench bench;
    begin(&bench);
    struct signed_statement statement = sign_block(bench.scene.world, 0, 77, 1);
    scene_commit(&bench.scene, &statement);
    struct client client = client_open(bench.address);

    struct status status = client_status(&client);
    ck_assert_str_eq(status.version, "1.2.3");
    ck_assert_uint_eq(status.term, 9);
    ck_assert_uint_eq(status.height, 1);
    ck_assert_uint_eq(status.transactions, 1);
    ck_assert(hash_equal(&status.head, &bench.scene.link.hash));

    request = (struct request){.kind = REQUEST_CHECK, .imei_count = 2};
    request.imeis[0].value = (uint64_t)TAC * 1000000 + 77;
    request.imeis[1].value = (uint64_t)TAC * 1000000 + 78;
    client_ask(&client, &request);
    struct reader reader = client_receive(&client, &head);
    assert_ok(head.err);
    ck_assert_uint_eq(head.height, 1);
    ck_assert_uint_lt(head.age_ms, PATIENCE_S * 1000);
    ck_assert_uint_eq(cbor_array(&reader), 2);
    check_answer_read(&reader, &check);
    ck_assert_int_eq(check.verdict, VERDICT_BLACK);
    check_answer_read(&reader, &check);
    ck_assert_int_eq(check.verdict, VERDICT_UNKNOWN);
    assert_ok(reader_done(&reader));

    request = (struct request){.kind = REQUEST_HISTORY, .imei_count = 1, .from_start = true};
    request.imeis[0].value = (uint64_t)TAC * 1000000 + 77;
    client_ask(&client, &request);
    reader = client_receive(&client, &head);
    history_answer_read(&reader, &history);
    assert_ok(reader_done(&reader));
    ck_assert_uint_eq(history.count, 1);
    ck_assert(hash_equal(&history.rows[0].id, &statement.id));

    request = (struct request){.kind = REQUEST_TAC, .tac = TAC};
    client_ask(&client, &request);
    reader = client_receive(&client, &head);
    tac_info_read(&reader, &tac);
    assert_ok(reader_done(&reader));
    ck_assert(!tac.known);

    request = (struct request){.kind = REQUEST_ORGANISATIONS};
    client_ask(&client, &request);
    reader = client_receive(&client, &head);
    ck_assert_uint_eq(cbor_array(&reader), 1);
    organisation_info_read(&reader, &organisation);
    assert_ok(reader_done(&reader));
    ck_assert_str_eq(organisation.name.text, "a");
    ck_assert_ptr_null(queue_take(&bench.scene.mail));
    client_close(&client);
    end(&bench);
}
END_TEST

START_TEST(a_transaction_of_the_ledger_comes_with_its_bytes)
{
    struct bench bench;
    struct tx_answer answer;
    begin(&bench);
    struct signed_statement statement = sign_next(bench.scene.world);
    scene_commit(&bench.scene, &statement);
    struct client client = client_open(bench.address);
    client_ask_tx(&client, &statement.id);
    assert_ok(client_receive_tx(&client, &answer));
    ck_assert_int_eq(answer.state, TX_COMMITTED);
    ck_assert_uint_eq(answer.height, 1);
    ck_assert(bytes_equal(answer.encoded, signed_view(&statement)));
    client_close(&client);
    end(&bench);
}
END_TEST

START_TEST(a_transaction_that_is_not_in_the_ledger_is_the_loops_to_answer)
{
    struct bench bench;
    struct tx_answer answer;
    begin(&bench);
    struct client client = client_open(bench.address);
    struct hash id = hash_of(bytes_of("unheard of", 10));
    client_ask_tx(&client, &id);
    struct mail *mail = scene_mail(&bench.scene);
    ck_assert_int_eq(mail->kind, MAIL_ASK);
    struct mail_ask *ask = (struct mail_ask *)mail;
    ck_assert(hash_equal(&ask->id, &id));
    struct tx_answer pending = {.id = id, .state = TX_PENDING};
    clerk_answer_tx(ask->call, ERR_OK, &pending);
    mail_free(mail);
    assert_ok(client_receive_tx(&client, &answer));
    ck_assert_int_eq(answer.state, TX_PENDING);
    client_close(&client);
    end(&bench);
}
END_TEST

/* ---- submissions ---- */

START_TEST(a_submission_reaches_the_loop_with_what_was_asked_for)
{
    struct bench bench;
    struct tx_answer answer;
    begin(&bench);
    struct client client = client_open(bench.address);
    for (uint32_t wait_ms = 0; wait_ms <= 1234; wait_ms += 1234) {
        struct signed_statement statement = sign_next(bench.scene.world);
        client_submit(&client, signed_view(&statement), wait_ms);
        struct mail *mail = scene_mail(&bench.scene);
        ck_assert_int_eq(mail->kind, MAIL_SUBMIT);
        struct mail_submit *submit = (struct mail_submit *)mail;
        ck_assert(bytes_equal(submit->tx->tx.encoded, signed_view(&statement)));
        ck_assert_int_eq(submit->call->waits, wait_ms > 0);
        ck_assert_uint_eq(submit->call->timeout_ms, wait_ms);
        struct tx_answer refused = {.id = statement.id, .state = TX_REFUSED, .err = ERR_ROLE};
        clerk_answer_tx(submit->call, ERR_OK, &refused);
        mail_free(mail);
        assert_ok(client_receive_tx(&client, &answer));
        ck_assert_int_eq(answer.state, TX_REFUSED);
        ck_assert_int_eq(answer.err, ERR_ROLE);
        ck_assert(hash_equal(&answer.id, &statement.id));
    }
    client_close(&client);
    end(&bench);
}
END_TEST

START_TEST(whoever_waits_for_a_commit_keeps_nobody_from_looking_up)
{
    enum { EXTRA = 20 };
    static struct client clients[SERVER_CONNECTIONS_MAX / 2];
    enum { CLIENTS = sizeof clients / sizeof clients[0] };
    static nng_ctx contexts[CLERK_WAITING_MAX + EXTRA];
    static nng_aio *aios[CLERK_WAITING_MAX + EXTRA];
    struct bench bench;
    begin(&bench);
    for (size_t i = 0; i < CLIENTS; i++)
        clients[i] = client_open(bench.address);
    struct signed_statement statement = sign_next(bench.scene.world);
    static struct request request;
    static uint8_t buffer[STATEMENT_MAX + 64];
    request = (struct request){.kind = REQUEST_SUBMIT, .encoded = signed_view(&statement)};
    struct writer writer = writer_over(buffer, sizeof buffer);
    request_write(&writer, &request);
    for (size_t i = 0; i < CLERK_WAITING_MAX + EXTRA; i++) {
        nng_msg *message;
        ck_assert_int_eq(nng_msg_alloc(&message, 0), 0);
        ck_assert_int_eq(nng_msg_append(message, buffer, writer.size), 0);
        ck_assert_int_eq(nng_ctx_open(&contexts[i], clients[i % CLIENTS].socket), 0);
        nng_ctx_set_ms(contexts[i], NNG_OPT_REQ_RESENDTIME, NNG_DURATION_INFINITE);
        ck_assert_int_eq(nng_aio_alloc(&aios[i], NULL, NULL), 0);
        nng_aio_set_msg(aios[i], message);
        nng_ctx_send(contexts[i], aios[i]);
        nng_aio_wait(aios[i]);
        ck_assert_int_eq(nng_aio_result(aios[i]), 0);
        nng_ctx_recv(contexts[i], aios[i]);
    }
    struct client other = client_open(bench.address);
    (void)client_status(&other); /* none of those is answered, and this is */
    struct tx_answer answer;
    struct signed_statement late = sign_next(bench.scene.world);
    wait_until(queue_weight(&bench.scene.mail) / (sizeof(struct mail_submit) + statement.size) ==
               CLERK_WAITING_MAX);
    client_submit(&other, signed_view(&late), 0);
    assert_err(client_receive_tx(&other, &answer), BUSY);
    for (size_t i = 0; i < CLERK_WAITING_MAX; i++)
        scene_answer(&bench.scene, ERR_NO_LEADER, NULL);
    for (size_t i = 0; i < CLERK_WAITING_MAX + EXTRA; i++) {
        nng_aio_wait(aios[i]);
        ck_assert_int_eq(nng_aio_result(aios[i]), 0);
        nng_msg_free(nng_aio_get_msg(aios[i]));
        nng_aio_free(aios[i]);
        nng_ctx_close(contexts[i]);
    }
    client_submit(&other, signed_view(&late), 0); /* there is room again */
    scene_answer(&bench.scene, ERR_SHUTTING_DOWN, NULL);
    assert_err(client_receive_tx(&other, &answer), SHUTTING_DOWN);
    client_close(&other);
    for (size_t i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
    end(&bench);
}
END_TEST

START_TEST(a_full_mailbox_is_told_as_busy_and_a_closed_one_as_the_end)
{
    struct bench bench;
    struct tx_answer answer;
    struct queue_item full = {.weight = MAIL_BULK_BYTES_MAX};
    begin(&bench);
    struct client client = client_open(bench.address);
    struct signed_statement statement = sign_next(bench.scene.world);
    assert_ok(queue_put(&bench.scene.mail, &full));
    client_submit(&client, signed_view(&statement), 0);
    assert_err(client_receive_tx(&client, &answer), BUSY);
    client_ask_tx(&client, &statement.id);
    assert_err(client_receive_tx(&client, &answer), BUSY);
    ck_assert_ptr_eq(queue_take(&bench.scene.mail), &full);
    queue_close(&bench.scene.mail);
    client_submit(&client, signed_view(&statement), 0);
    assert_err(client_receive_tx(&client, &answer), SHUTTING_DOWN);
    client_close(&client);
    end(&bench);
}
END_TEST

/* ---- bad clients ---- */

START_TEST(what_is_no_request_is_answered_with_why)
{
    static struct request request;
    struct bench bench;
    struct signed_request submission;
    struct response_head head;
    begin(&bench);
    struct client client = client_open(bench.address);
    signed_request_make(&bench, &submission);
    for (size_t size = 0; size < submission.encoded.size; size++) {
        client_send(&client, bytes_of(submission.encoded.data, size));
        (void)client_receive(&client, &head);
        ck_assert_int_eq(err_kind(head.err), ERR_KIND_INPUT);
        ck_assert_int_ne(head.err, ERR_OK);
    }
    /* A submission of something that is no transaction. */
    request = (struct request){
        .kind = REQUEST_SUBMIT,
        .encoded = bytes_of(submission.statement.bytes, submission.statement.size - 1),
    };
    client_ask(&client, &request);
    (void)client_receive(&client, &head);
    ck_assert_int_eq(head.err, ERR_TRUNCATED);
    ck_assert_ptr_null(queue_take(&bench.scene.mail));
    (void)client_status(&client); /* on the same connection */
    client_close(&client);
    end(&bench);
}
END_TEST

static enum err ask_sightings(struct client *client)
{
    struct response_head head;
    static struct request request;
    request = (struct request){.kind = REQUEST_SIGHTINGS};
    client_ask(client, &request);
    (void)client_receive(client, &head);
    return head.err;
}

/* Where none are kept, that is what the node's own machine is told; others are not told so much. */
START_TEST(sightings_are_for_clients_on_this_machine)
{
    struct bench bench;
    begin(&bench);
    struct client client = client_open(bench.address);
    assert_err(ask_sightings(&client), SWITCHED_OFF);
    client_close(&client);
    end(&bench);
}
END_TEST

START_TEST(an_address_in_use_is_refused)
{
    struct bench bench;
    struct server *second = NULL;
    begin(&bench);
    log_to_file(bench.scene.world);
    assert_err(server_open(bench.address, bench.scene.clerk, &second), NETWORK);
    ck_assert_ptr_null(second);
    ck_assert(log_has(bench.scene.world, "free the address, or set another 'clients'"));
    assert_err(server_open("tcp://no-such-host.invalid:1", bench.scene.clerk, &second), NETWORK);
    end(&bench);
}
END_TEST

START_TEST(a_call_may_be_answered_after_the_clerk_was_closed)
{
    struct bench bench;
    struct tx_answer answer;
    begin(&bench);
    struct client client = client_open(bench.address);
    struct signed_statement statement = sign_next(bench.scene.world);
    client_submit(&client, signed_view(&statement), 0);
    struct mail *mail = scene_mail(&bench.scene);
    clerk_close(bench.scene.clerk);
    clerk_answer_tx(((struct mail_submit *)mail)->call, ERR_SHUTTING_DOWN, NULL);
    mail_free(mail);
    assert_err(client_receive_tx(&client, &answer), SHUTTING_DOWN);
    client_close(&client);
    end(&bench);
}
END_TEST

START_TEST(an_address_is_free_again_after_the_end)
{
    for (int i = 0; i < 3; i++) {
        struct bench bench;
        begin(&bench);
        struct client client = client_open(bench.address);
        (void)client_status(&client);
        clerk_close(bench.scene.clerk); /* from now on its answer is that it is closed */
        server_close(bench.server);
        assert_ok(server_open(bench.address, bench.scene.clerk, &bench.server));
        wait_until(is_answered_at(bench.address));
        wait_until(is_answered(&client)); /* it has called again by itself */
        client_close(&client);
        end(&bench);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &questions_are_answered_without_the_loop,
        &a_transaction_of_the_ledger_comes_with_its_bytes,
        &a_transaction_that_is_not_in_the_ledger_is_the_loops_to_answer,
        &a_submission_reaches_the_loop_with_what_was_asked_for,
        &whoever_waits_for_a_commit_keeps_nobody_from_looking_up,
        &a_full_mailbox_is_told_as_busy_and_a_closed_one_as_the_end,
        &what_is_no_request_is_answered_with_why,
        &sightings_are_for_clients_on_this_machine,
        &an_address_in_use_is_refused,
        &a_call_may_be_answered_after_the_clerk_was_closed,
        &an_address_is_free_again_after_the_end,
    };
    return fixture_run("server", cases, sizeof cases / sizeof cases[0]);
}
