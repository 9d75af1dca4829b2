/*
 * Work off the loop: one round at a time, and one more for all that asked meanwhile.
 */
#include "node/chore.h"

#include "tests/unit/suite.h"

struct job {
    uv_loop_t loop;
    struct chore chore;
    uv_sem_t begun;
    uv_sem_t may_end;
    uv_thread_t thread; /* of the last round */
    unsigned worked;
    unsigned done;
    unsigned worked_when_done;
};

static void work(void *context)
{
    struct job *job = context;
    job->thread = uv_thread_self();
    uv_sem_post(&job->begun);
    uv_sem_wait(&job->may_end);
    job->worked++;
}

static void done(void *context)
{
    struct job *job = context;
    job->done++;
    job->worked_when_done = job->worked;
}

static void begin(struct job *job)
{
    *job = (struct job){.worked = 0};
    ck_assert_int_eq(uv_loop_init(&job->loop), 0);
    ck_assert_int_eq(uv_sem_init(&job->begun, 0), 0);
    ck_assert_int_eq(uv_sem_init(&job->may_end, 0), 0);
    job->chore = (struct chore){.loop = &job->loop, .work = work, .done = done, .context = job};
}

static void end(struct job *job)
{
    ck_assert_int_eq(uv_run(&job->loop, UV_RUN_DEFAULT), 0);
    ck_assert_int_eq(uv_loop_close(&job->loop), 0);
    uv_sem_destroy(&job->begun);
    uv_sem_destroy(&job->may_end);
}

START_TEST(a_round_is_worked_on_another_thread_and_done_on_the_loop)
{
    struct job job;
    begin(&job);
    chore_want(&job.chore);
    uv_sem_post(&job.may_end);
    uv_run(&job.loop, UV_RUN_DEFAULT);
    uv_thread_t own = uv_thread_self();
    ck_assert_int_eq(uv_thread_equal(&job.thread, &own), 0);
    ck_assert_uint_eq(job.worked, 1);
    ck_assert_uint_eq(job.done, 1);
    chore_want(&job.chore);
    uv_sem_post(&job.may_end);
    uv_run(&job.loop, UV_RUN_DEFAULT);
    ck_assert_uint_eq(job.done, 2);
    end(&job);
}
END_TEST

/* What changed after the round began may not be in it. */
START_TEST(however_often_it_is_wanted_meanwhile_there_is_one_round_more)
{
    struct job job;
    begin(&job);
    chore_want(&job.chore);
    uv_sem_wait(&job.begun);
    for (int i = 0; i < 5; i++)
        chore_want(&job.chore);
    ck_assert_int_ne(uv_sem_trywait(&job.begun), 0); /* not two at once */
    uv_sem_post(&job.may_end);
    uv_sem_post(&job.may_end);
    uv_run(&job.loop, UV_RUN_DEFAULT);
    ck_assert_uint_eq(job.worked, 2);
    ck_assert_uint_eq(job.done, 2);
    ck_assert_uint_eq(job.worked_when_done, 2);
    end(&job);
}
END_TEST

START_TEST(after_the_end_a_round_is_finished_and_none_begins)
{
    struct job job;
    begin(&job);
    chore_want(&job.chore);
    uv_sem_wait(&job.begun);
    chore_want(&job.chore);
    chore_close(&job.chore);
    chore_want(&job.chore);
    uv_sem_post(&job.may_end);
    uv_run(&job.loop, UV_RUN_DEFAULT);
    ck_assert_uint_eq(job.worked, 1);
    ck_assert_uint_eq(job.done, 0);
    chore_want(&job.chore);
    uv_run(&job.loop, UV_RUN_DEFAULT);
    ck_assert_uint_eq(job.worked, 1);
    end(&job);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_round_is_worked_on_another_thread_and_done_on_the_loop,
        &however_often_it_is_wanted_meanwhile_there_is_one_round_more,
        &after_the_end_a_round_is_finished_and_none_begins,
    };
    return suite_run("chore", cases, sizeof cases / sizeof cases[0]);
}
