#include "node/states.h"

#include "node/clock.h"
#include "node/filler.h"
#include "node/frames.h"
#include "node/giver.h"
#include "node/log.h"
#include "node/taker.h"
#include "node/witness.h"

#include <stdlib.h>

/* How often the log says that a state is still waited for. */
#define WAITING_EVERY_MS 60000

struct states {
    struct states_options options;
    struct giver giver;
    struct taker taker;
    struct filler *filler;
    uint64_t load; /* number of the load under way */
    uint64_t told_ms;
};

enum err states_open(const struct states_options *options, struct states **out)
{
    bool takes = driver_takes_state(options->driver);
    struct filler_options filler = {
        .directory = options->directory, .genesis = options->genesis, .mail = options->mail};
    *out = NULL;
    struct states *states = calloc(1, sizeof *states);
    if (states == NULL)
        return ERR_MEMORY;
    states->options = *options;
    states->giver = (struct giver){
        .loop = options->loop,
        .offer = options->offer,
        .links = options->links,
        .fail = options->fail,
        .context = options->context,
    };
    states->told_ms = clock_monotonic_ms();
    taker_init(&states->taker, takes, states->told_ms);
    enum err err = takes ? filler_start(&filler, &states->filler) : ERR_OK;
    if (err != ERR_OK) {
        states_close(states);
        return err;
    }
    *out = states;
    return ERR_OK;
}

void states_stop(struct states *states)
{
    giver_stop(&states->giver);
}

bool states_is_idle(const struct states *states)
{
    return giver_is_idle(&states->giver);
}

void states_close(struct states *states)
{
    if (states == NULL)
        return;
    filler_stop(states->filler);
    taker_clear(&states->taker);
    free(states);
}

void states_link(struct states *states, uint32_t peer, bool is_up)
{
    taker_link(&states->taker, peer, is_up);
}

/* ---- frames ---- */

static void take_list_wanted(struct states *states, uint32_t from, struct bytes frame,
                             uint64_t now_ms)
{
    struct peer_list_wanted wanted;
    if (peer_list_wanted_parse(frame, &wanted) != ERR_OK)
        return;
    offer_want(states->options.offer, now_ms);
    if (wanted.checkpoint == 0)
        checkpointer_want(states->options.checkpointer, now_ms);
    giver_list(&states->giver, from, &wanted);
}

static void take_chunks_wanted(struct states *states, uint32_t from, struct bytes frame,
                               uint64_t now_ms)
{
    struct peer_chunks_wanted wanted;
    if (peer_chunks_wanted_parse(frame, &wanted) != ERR_OK)
        return;
    offer_want(states->options.offer, now_ms);
    giver_chunks(&states->giver, from, &wanted);
}

static void take_list(struct states *states, uint32_t from, struct bytes frame, uint64_t now_ms)
{
    struct peer_list list;
    if (peer_list_parse(frame, &list) == ERR_OK)
        taker_list(&states->taker, from, &list, now_ms);
}

static void take_chunks(struct states *states, uint32_t from, struct bytes frame, uint64_t now_ms)
{
    struct peer_chunks chunks;
    if (peer_chunks_parse(frame, &chunks) == ERR_OK)
        taker_chunks(&states->taker, from, &chunks, now_ms);
}

void states_receive(struct states *states, uint32_t from, struct bytes frame)
{
    enum peer_frame kind;
    uint64_t now_ms = clock_monotonic_ms();
    if (peer_frame_kind(frame, &kind) != ERR_OK)
        return;
    switch (kind) {
    case PEER_LIST_WANTED: take_list_wanted(states, from, frame, now_ms); break;
    case PEER_LIST: take_list(states, from, frame, now_ms); break;
    case PEER_CHUNKS_WANTED: take_chunks_wanted(states, from, frame, now_ms); break;
    case PEER_CHUNKS: take_chunks(states, from, frame, now_ms); break;
    case PEER_HELLO:
    case PEER_RAFT:
    case PEER_SUBMIT:
    case PEER_REFUSED:
    case PEER_ANCHOR_WANTED:
    case PEER_ANCHOR:
    case PEER_BLOCKS_WANTED:
    case PEER_BLOCKS:
    case PEER_READ_WANTED:
    case PEER_READ_INDEX:
    case PEER_HEAD: break;
    }
}

/* ---- taking ---- */

static void ask_list(struct states *states, const struct taker_action *action)
{
    uint8_t frame[PEER_LIST_WANTED_SIZE];
    struct writer writer = writer_over(frame, sizeof frame);
    peer_list_wanted_write(&writer, &action->list_wanted);
    frame_send(states->options.links, action->peer, PEER_CONTROL, writer_view(&writer), "wanted");
}

static void ask_chunks(struct states *states, const struct taker_action *action)
{
    uint8_t frame[PEER_CHUNKS_WANTED_SIZE];
    struct writer writer = writer_over(frame, sizeof frame);
    peer_chunks_wanted_write(&writer, &action->chunks_wanted);
    frame_send(states->options.links, action->peer, PEER_CONTROL, writer_view(&writer), "wanted");
}

static enum err look(struct states *states, uint64_t height)
{
    struct checkpoint checkpoint;
    struct driver_status status = driver_status(states->options.driver);
    uint64_t settled = driver_settled(&status);
    enum err err =
        witness_ask(states->options.disk, status.trail.checkpoint, settled, height, &checkpoint);
    if (err == ERR_OK)
        taker_confirm(&states->taker, &checkpoint, clock_monotonic_ms());
    return err == ERR_NOT_FOUND || err == ERR_BUSY ? ERR_OK : err;
}

static enum err begin(struct states *states, const struct taker_action *action)
{
    log_event(LOG_INFO, "take_begun", "checkpoint=%llu chunks=%zu bytes=%llu",
              (unsigned long long)action->checkpoint.height, states->taker.chunk_count,
              (unsigned long long)states->taker.size);
    return filler_begin(states->filler, ++states->load, &action->checkpoint);
}

static enum err act(struct states *states, const struct taker_action *action)
{
    switch (action->what) {
    case TAKER_ASK_LIST: ask_list(states, action); return ERR_OK;
    case TAKER_ASK_CHUNKS: ask_chunks(states, action); return ERR_OK;
    case TAKER_LOOK: return look(states, action->height);
    case TAKER_BEGIN: return begin(states, action);
    case TAKER_LOAD:
        return filler_add(states->filler, states->load, action->chunks, action->count,
                          action->bytes);
    case TAKER_END: return filler_end(states->filler, states->load);
    case TAKER_BLAME:
        log_event(LOG_WARNING, "take_refused", "from=%u why=%s text=\"%s\"", action->peer,
                  err_name(action->err), err_sentence(action->err));
        return ERR_OK;
    case TAKER_FORGET:
        log_event(LOG_WARNING, "take_broken_off", "text=\"%s\"",
                  "nobody gives any more of that state: another one is sought");
        return filler_begin(states->filler, ++states->load, NULL);
    }
    return ERR_INTERNAL;
}

/* Whoever leads must have the state of what it leads: others wait for it. */
static void apply_instead(struct states *states)
{
    log_event(LOG_INFO, "take_given_up", "text=\"%s\"",
              "this node leads: it makes its state from its log");
    taker_clear(&states->taker);
    driver_apply(states->options.driver);
    enum err err = filler_begin(states->filler, ++states->load, NULL);
    if (err != ERR_OK)
        states->options.fail(states->options.context, err, "a state that is not wanted stays");
}

static void tell(struct states *states, uint64_t now_ms)
{
    if (now_ms - states->told_ms < WAITING_EVERY_MS)
        return;
    states->told_ms = now_ms;
    if (states->taker.state == TAKER_SEEKING)
        log_event(LOG_INFO, "take_waits", "text=\"%s\" do=\"%s\"",
                  "no state is offered yet of which this node's log speaks",
                  "wait; or set 'start_from: replay' and start it again");
}

void states_filled(struct states *states, const struct mail_filled *mail)
{
    if (mail->is_whole && mail->err == ERR_OK) { /* whatever was wanted meanwhile */
        log_event(LOG_INFO, "state_taken", "checkpoint=%llu",
                  (unsigned long long)states->taker.checkpoint.height);
        states->options.replaced(states->options.context);
        return;
    }
    if (mail->load != states->load)
        return;
    if (mail->err != ERR_OK)
        states->options.fail(states->options.context, mail->err,
                             "a state that others gave cannot be loaded");
    else if (mail->was_added)
        taker_loaded(&states->taker, clock_monotonic_ms());
}

void states_go_on(struct states *states)
{
    struct taker_action action;
    uint64_t now_ms = clock_monotonic_ms();
    offer_tend(states->options.offer, now_ms);
    if (states->taker.state == TAKER_OFF || states->taker.state == TAKER_ENDING)
        return;
    struct driver_status status = driver_status(states->options.driver);
    if (status.state == NODE_LEADER) {
        apply_instead(states);
        return;
    }
    struct taker_view view = {
        .leader = status.leader, .settled = driver_settled(&status), .known = status.known};
    enum err err = ERR_OK;
    while (err == ERR_OK && taker_next(&states->taker, &view, now_ms, &action))
        err = act(states, &action);
    if (err != ERR_OK)
        states->options.fail(states->options.context, err, "a state cannot be taken");
    tell(states, now_ms);
}

uint64_t states_deadline_ms(const struct states *states)
{
    return taker_deadline_ms(&states->taker, clock_monotonic_ms());
}
