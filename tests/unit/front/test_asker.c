#include "front/asker.h"
#include "tests/unit/suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { ERRANDS = 200 };

/* A node: errands wait in it until it answers them, on a thread of its own or at once. */
struct node {
    pthread_mutex_t mutex;
    struct errand *taken[ASKER_ERRANDS_MAX];
    size_t count;
    bool is_prompt;
};

/* Echoes the request. */
static void echo(struct errand *errand)
{
    uint8_t copy[1024];
    struct bytes request = errand_request(errand);
    ck_assert_uint_le(request.size, sizeof copy);
    memcpy(copy, request.data, request.size);
    errand_forget(errand);
    ck_assert_uint_eq(errand_request(errand).size, 0);
    errand_answer(errand, bytes_of(copy, request.size));
}

static void take(void *context, struct errand *errand)
{
    struct node *node = context;
    if (node->is_prompt) {
        echo(errand);
        return;
    }
    pthread_mutex_lock(&node->mutex);
    node->taken[node->count++] = errand;
    pthread_mutex_unlock(&node->mutex);
}

static void *answer_all(void *context)
{
    struct node *node = context;
    pthread_mutex_lock(&node->mutex);
    while (node->count > 0)
        echo(node->taken[--node->count]);
    pthread_mutex_unlock(&node->mutex);
    return NULL;
}

static void answer_on_a_thread(struct node *node)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, answer_all, node), 0);
    pthread_join(thread, NULL);
}

struct scene {
    uv_loop_t loop;
    struct node node;
    struct asker *asker;
};

static void begin(struct scene *scene)
{
    *scene = (struct scene){0};
    pthread_mutex_init(&scene->node.mutex, NULL);
    struct asker_port port = {.take = take, .context = &scene->node};
    ck_assert_int_eq(uv_loop_init(&scene->loop), 0);
    ck_assert_int_eq(asker_open(&scene->loop, &port, &scene->asker), ERR_OK);
}

static void end(struct scene *scene)
{
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&scene->loop), 0);
}

struct waiter {
    struct errand *errand;
    int told;
};

static void on_done(void *context)
{
    struct waiter *waiter = context;
    waiter->told++;
}

static enum err ask(struct scene *scene, uint32_t tac, struct waiter *waiter)
{
    const struct request request = {.kind = REQUEST_TAC, .tac = tac};
    return asker_ask(scene->asker, &request, on_done, waiter, &waiter->errand);
}

static uint32_t tac_in(struct bytes response)
{
    static struct request request;
    ck_assert_int_eq(request_parse(response, &request), ERR_OK);
    return request.tac;
}

static void asks_and_is_told(bool is_prompt)
{
    static struct scene scene;
    static struct waiter waiters[ERRANDS];
    begin(&scene);
    scene.node.is_prompt = is_prompt;
    for (uint32_t i = 0; i < ERRANDS; i++) {
        ck_assert_int_eq(ask(&scene, 35000000 + i, &waiters[i]), ERR_OK);
        ck_assert_int_eq(waiters[i].told, 0);
    }
    if (!is_prompt)
        answer_on_a_thread(&scene.node);
    while (waiters[0].told == 0)
        uv_run(&scene.loop, UV_RUN_ONCE);
    for (uint32_t i = 0; i < ERRANDS; i++) {
        ck_assert_int_eq(waiters[i].told, 1);
        ck_assert_uint_eq(tac_in(errand_response(waiters[i].errand)), 35000000 + i);
        errand_drop(waiters[i].errand);
    }
    asker_close(scene.asker);
    end(&scene);
}

START_TEST(each_errand_comes_back_once_with_its_own_answer)
{
    asks_and_is_told(false);
}
END_TEST

START_TEST(an_answer_given_at_once_is_told_from_the_loop)
{
    asks_and_is_told(true);
}
END_TEST

START_TEST(who_has_dropped_an_errand_is_not_told)
{
    static struct scene scene;
    struct waiter waiters[3] = {0};
    begin(&scene);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_int_eq(ask(&scene, 35000000 + i, &waiters[i]), ERR_OK);
    errand_drop(waiters[1].errand); /* while the node has it */
    answer_on_a_thread(&scene.node);
    errand_drop(waiters[2].errand); /* when it is answered, and the loop does not know it */
    while (waiters[0].told == 0)
        uv_run(&scene.loop, UV_RUN_ONCE);
    ck_assert_int_eq(waiters[1].told + waiters[2].told, 0);
    errand_drop(waiters[0].errand);
    errand_drop(NULL);
    asker_close(scene.asker);
    end(&scene);
}
END_TEST

START_TEST(more_than_the_bound_are_busy_until_some_are_done)
{
    static struct scene scene;
    static struct waiter waiters[ASKER_ERRANDS_MAX];
    struct waiter other = {0};
    begin(&scene);
    for (uint32_t i = 0; i < ASKER_ERRANDS_MAX; i++)
        ck_assert_int_eq(ask(&scene, 35000000, &waiters[i]), ERR_OK);
    ck_assert_int_eq(ask(&scene, 35000000, &other), ERR_BUSY);
    ck_assert_ptr_null(other.errand);
    answer_on_a_thread(&scene.node);
    while (waiters[0].told == 0)
        uv_run(&scene.loop, UV_RUN_ONCE);
    scene.node.is_prompt = true;
    ck_assert_int_eq(ask(&scene, 35000000, &other), ERR_OK);
    while (other.told == 0)
        uv_run(&scene.loop, UV_RUN_ONCE);
    errand_drop(other.errand);
    for (uint32_t i = 0; i < ASKER_ERRANDS_MAX; i++)
        errand_drop(waiters[i].errand);
    asker_close(scene.asker);
    end(&scene);
}
END_TEST

START_TEST(a_node_may_answer_an_asker_that_is_gone)
{
    static struct scene scene;
    struct waiter waiters[2] = {0};
    begin(&scene);
    for (uint32_t i = 0; i < 2; i++)
        ck_assert_int_eq(ask(&scene, 35000000 + i, &waiters[i]), ERR_OK);
    echo(scene.node.taken[--scene.node.count]); /* one before, which the loop never learns of */
    asker_close(scene.asker);
    end(&scene);
    answer_on_a_thread(&scene.node); /* and one after */
    ck_assert_int_eq(waiters[0].told + waiters[1].told, 0);
}
END_TEST

START_TEST(a_full_question_and_a_full_transaction_fit)
{
    static struct scene scene;
    static struct request request;
    static uint8_t encoded[TX_SIZE_MAX];
    struct waiter waiter = {0};
    begin(&scene);
    request = (struct request){.kind = REQUEST_CHECK, .imei_count = CHECK_IMEIS_MAX};
    for (size_t i = 0; i < CHECK_IMEIS_MAX; i++)
        request.imeis[i].value = UINT64_C(99999999999999) - i;
    request.fresh_ms = UINT32_MAX;
    ck_assert_int_eq(asker_ask(scene.asker, &request, on_done, &waiter, &waiter.errand), ERR_OK);
    errand_drop(waiter.errand);
    request = (struct request){.kind = REQUEST_SUBMIT, .encoded = bytes_of(encoded, TX_SIZE_MAX)};
    ck_assert_int_eq(asker_ask(scene.asker, &request, on_done, &waiter, &waiter.errand), ERR_OK);
    errand_drop(waiter.errand);
    asker_close(scene.asker);
    end(&scene);
    for (size_t i = 0; i < scene.node.count; i++)
        errand_answer(scene.node.taken[i], bytes_of("", 0));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &each_errand_comes_back_once_with_its_own_answer,
        &an_answer_given_at_once_is_told_from_the_loop,
        &who_has_dropped_an_errand_is_not_told,
        &more_than_the_bound_are_busy_until_some_are_done,
        &a_node_may_answer_an_asker_that_is_gone,
        &a_full_question_and_a_full_transaction_fit,
    };
    return suite_run("asker", cases, sizeof cases / sizeof cases[0]);
}
