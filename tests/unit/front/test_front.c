/*
 * A front end has a thread, a loop and a desk from its `open` to its `close`.
 */
#include "front/front.h"

#include "tests/unit/ledger/scene.h"

struct probe {
    enum err fails; /* what `open` says */
    struct eir_desk *desk;
    uv_timer_t timer;
    uv_sem_t answered;
    struct question question;
    struct decision decision;
    bool was_told;
    int opened;
    int closed;
    uv_thread_t thread;
};

static void on_timer(uv_timer_t *timer)
{
    struct probe *probe = timer->data;
    uv_thread_t self = uv_thread_self();
    ck_assert(uv_thread_equal(&self, &probe->thread));
    probe->was_told = eir_ask(probe->desk, &probe->question, &probe->decision);
    uv_sem_post(&probe->answered);
}

static enum err probe_open(void *context, uv_loop_t *loop, struct eir_desk *desk)
{
    struct probe *probe = context;
    probe->opened++;
    probe->thread = uv_thread_self();
    if (probe->fails != ERR_OK)
        return probe->fails;
    probe->desk = desk;
    probe->timer.data = probe;
    ck_assert_int_eq(uv_timer_init(loop, &probe->timer), 0);
    ck_assert_int_eq(uv_timer_start(&probe->timer, on_timer, 0, 0), 0);
    return ERR_OK;
}

static void probe_close(void *context)
{
    struct probe *probe = context;
    probe->closed++;
    uv_close((uv_handle_t *)&probe->timer, NULL);
}

static struct front_options options_of(struct probe *probe, struct eir *eir)
{
    ck_assert_int_eq(uv_sem_init(&probe->answered, 0), 0);
    probe->question = (struct question){.imei = imei_of(35000000, 1), .svn = IMEI_SVN_NONE};
    return (struct front_options){.name = "probe",
                                  .eir = eir,
                                  .face = FACE_API,
                                  .open = probe_open,
                                  .close = probe_close,
                                  .context = probe};
}

START_TEST(what_is_committed_is_answered_on_a_thread_of_its_own)
{
    struct scene scene;
    struct eir *eir;
    struct front *front;
    struct probe probe = {.fails = ERR_OK};
    scene_open(&scene, 1);
    struct item item = device_item(35000000, 1);
    assert_ok(scene_apply(&scene, chain_speak(&scene.chain, 0, OP_BLOCK, &item, 1)).err);
    assert_ok(eir_open(&(struct eir_options){.ledger = scene.ledger}, &eir));
    struct front_options options = options_of(&probe, eir);
    assert_ok(front_start(&options, &front));
    uv_sem_wait(&probe.answered);
    ck_assert(probe.was_told);
    ck_assert_int_eq(probe.decision.verdict, VERDICT_BLACK);
    ck_assert_str_eq(rule_word(probe.decision.rule), "device");
    front_stop(front);
    ck_assert_int_eq(probe.opened, 1);
    ck_assert_int_eq(probe.closed, 1);
    uv_sem_destroy(&probe.answered);
    eir_close(eir);
    scene_close(&scene);
}
END_TEST

START_TEST(one_that_cannot_open_says_why_and_leaves_nothing)
{
    struct scene scene;
    struct eir *eir;
    struct front *front;
    struct probe probe = {.fails = ERR_NETWORK};
    scene_open(&scene, 1);
    assert_ok(eir_open(&(struct eir_options){.ledger = scene.ledger}, &eir));
    struct front_options options = options_of(&probe, eir);
    assert_err(front_start(&options, &front), NETWORK);
    ck_assert_ptr_null(front);
    ck_assert_int_eq(probe.opened, 1);
    ck_assert_int_eq(probe.closed, 0);
    front_stop(front);
    uv_sem_destroy(&probe.answered);
    eir_close(eir);
    scene_close(&scene);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("front/front");
    TCase *tcase = tcase_create("front");
    tcase_add_test(tcase, what_is_committed_is_answered_on_a_thread_of_its_own);
    tcase_add_test(tcase, one_that_cannot_open_says_why_and_leaves_nothing);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
