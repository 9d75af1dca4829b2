#include "node/filler.h"

#include "ledger/loader.h"
#include "node/mail.h"
#include "node/new_state.h"
#include "node/worker.h"

#include <stdlib.h>

enum step { STEP_BEGIN, STEP_FORGET, STEP_ADD, STEP_END };

struct job {
    struct queue_item item;
    enum step step;
    uint64_t load;
    struct checkpoint checkpoint;
    uint8_t *bytes;
    struct mail_filled *mail; /* the answer: there is always memory for it */
    size_t count;
    struct chunk chunks[];
};

struct filler {
    struct worker worker;
    struct filler_options options;
    struct new_state_path path;
    struct loader *loader;
    bool has_failed; /* the load under way */
};

static void job_drop(struct queue_item *item)
{
    struct job *job = (struct job *)item;
    free(job->bytes);
    free(job->mail);
    free(job);
}

/* ---- on its thread ---- */

static enum err forget(struct filler *filler)
{
    loader_close(filler->loader);
    filler->loader = NULL;
    filler->has_failed = false;
    return new_state_remove(filler->options.directory);
}

static enum err begin(struct filler *filler, const struct checkpoint *checkpoint)
{
    enum err err = forget(filler);
    return err == ERR_OK ? loader_open(filler->path.text, filler->options.genesis, checkpoint,
                                       &filler->loader)
                         : err;
}

static enum err add(struct filler *filler, const struct job *job)
{
    const uint8_t *at = job->bytes;
    enum err err = ERR_OK;
    for (size_t i = 0; i < job->count && err == ERR_OK; i++) {
        size_t size = (size_t)job->chunks[i].size;
        err = loader_add(filler->loader, &job->chunks[i], bytes_of(at, size));
        at += size;
    }
    return err;
}

static enum err end(struct filler *filler)
{
    enum err err = loader_end(filler->loader);
    loader_close(filler->loader);
    filler->loader = NULL;
    return err == ERR_OK ? new_state_install(filler->options.directory) : err;
}

static enum err do_step(struct filler *filler, const struct job *job)
{
    switch (job->step) {
    case STEP_BEGIN: return begin(filler, &job->checkpoint);
    case STEP_FORGET: return forget(filler);
    case STEP_ADD: return add(filler, job);
    case STEP_END: return end(filler);
    }
    return ERR_INTERNAL;
}

static enum err do_next(void *context, struct queue_item **items)
{
    struct filler *filler = context;
    struct job *job = (struct job *)worker_take(items);
    bool goes_on = job->step == STEP_ADD || job->step == STEP_END;
    if (!goes_on || (!filler->has_failed && filler->loader != NULL)) {
        job->mail->err = do_step(filler, job);
        filler->has_failed = job->mail->err != ERR_OK;
        if (queue_put_always(filler->options.mail, &job->mail->mail.item) == ERR_OK)
            job->mail = NULL;
    }
    job_drop(&job->item);
    return ERR_OK; /* a load that failed is no reason not to begin another */
}

/* A load that is left open is given up here: the thread that began LMDB's write has to end it. What
 * stays is taken away at the next start. */
static void leave(void *context)
{
    (void)forget(context);
}

/* ---- on the loop's ---- */

enum err filler_start(const struct filler_options *options, struct filler **out)
{
    *out = NULL;
    struct filler *filler = calloc(1, sizeof *filler);
    if (filler == NULL)
        return ERR_MEMORY;
    filler->options = *options;
    filler->worker = (struct worker){
        .name = "filler", .round = do_next, .drop = job_drop, .leave = leave, .context = filler};
    enum err err = new_state_path(options->directory, &filler->path);
    if (err == ERR_OK)
        err = worker_start(&filler->worker, SIZE_MAX);
    if (err != ERR_OK) {
        free(filler);
        return err;
    }
    *out = filler;
    return ERR_OK;
}

void filler_stop(struct filler *filler)
{
    if (filler == NULL)
        return;
    worker_stop(&filler->worker);
    worker_destroy(&filler->worker);
    free(filler);
}

static enum err put(struct filler *filler, const struct job *draft, const struct chunk *chunks)
{
    struct job *job = malloc(sizeof *job + draft->count * sizeof job->chunks[0]);
    struct mail_filled *mail = malloc(sizeof *mail);
    if (job == NULL || mail == NULL) {
        free(job);
        free(mail);
        free(draft->bytes);
        return ERR_MEMORY;
    }
    *mail = (struct mail_filled){
        .mail = {.item = {.weight = sizeof *mail}, .kind = MAIL_FILLED},
        .load = draft->load,
        .was_added = draft->step == STEP_ADD,
        .is_whole = draft->step == STEP_END,
    };
    *job = *draft;
    job->item = (struct queue_item){.weight = 0};
    job->mail = mail;
    for (size_t i = 0; i < draft->count; i++)
        job->chunks[i] = chunks[i];
    enum err err = queue_put_always(&filler->worker.queue, &job->item);
    if (err != ERR_OK)
        job_drop(&job->item);
    return err;
}

enum err filler_begin(struct filler *filler, uint64_t load, const struct checkpoint *checkpoint)
{
    struct job draft = {.step = checkpoint == NULL ? STEP_FORGET : STEP_BEGIN, .load = load};
    if (checkpoint != NULL)
        draft.checkpoint = *checkpoint;
    return put(filler, &draft, NULL);
}

enum err filler_add(struct filler *filler, uint64_t load, const struct chunk *chunks, size_t count,
                    uint8_t *bytes)
{
    struct job draft = {.step = STEP_ADD, .load = load, .count = count};
    draft.bytes = bytes;
    return put(filler, &draft, chunks);
}

enum err filler_end(struct filler *filler, uint64_t load)
{
    struct job draft = {.step = STEP_END, .load = load};
    return put(filler, &draft, NULL);
}
