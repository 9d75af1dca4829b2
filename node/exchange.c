#include "node/exchange.h"

#include "node/clock.h"
#include "node/frames.h"
#include "node/log.h"
#include "node/puller.h"
#include "node/shipper.h"

#include <stdlib.h>

/* How long a follower that asked for an anchor is not pushed to: it asks every PULL_RENEW_MS. */
#define WITHHELD_MS (3 * PULL_RENEW_MS)

struct exchange {
    struct exchange_options options;
    struct puller puller;
    struct shipper shipper;
    uint64_t pushed; /* APPENDs that had come when this was last looked at */
};

enum err exchange_open(const struct exchange_options *options, struct exchange **out)
{
    struct exchange *exchange = *out = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return ERR_MEMORY;
    exchange->options = *options;
    puller_init(&exchange->puller);
    exchange->shipper = (struct shipper){
        .loop = options->loop,
        .disk = options->disk,
        .links = options->links,
        .fail = options->fail,
        .context = options->context,
    };
    return ERR_OK;
}

void exchange_stop(struct exchange *exchange)
{
    shipper_stop(&exchange->shipper);
}

bool exchange_is_idle(const struct exchange *exchange)
{
    return shipper_is_idle(&exchange->shipper);
}

void exchange_close(struct exchange *exchange)
{
    if (exchange == NULL)
        return;
    puller_clear(&exchange->puller);
    free(exchange);
}

void exchange_link(struct exchange *exchange, uint32_t peer, bool is_up)
{
    puller_link(&exchange->puller, peer, is_up);
}

static struct puller_view view_of(const struct driver_status *status, uint32_t node)
{
    return (struct puller_view){
        .leader = status->leader == node ? 0 : status->leader,
        .term = status->term,
        .commit = status->committed,
        .tip = status->tip.height,
        .durable = status->durable,
        .known = status->known,
    };
}

/* ---- frames ---- */

static void take_anchor_wanted(struct exchange *exchange, uint32_t from, struct bytes frame,
                               const struct driver_status *status)
{
    struct peer_anchor_wanted wanted;
    if (peer_anchor_wanted_parse(frame, &wanted) != ERR_OK || status->state != NODE_LEADER)
        return;
    driver_withhold(exchange->options.driver, from, clock_monotonic_ms() + WITHHELD_MS);
    if (wanted.height <= driver_settled(status))
        shipper_anchor(&exchange->shipper, from, wanted.height, status->term);
}

static void take_blocks_wanted(struct exchange *exchange, uint32_t from, struct bytes frame,
                               const struct driver_status *status)
{
    struct peer_blocks_wanted wanted;
    if (peer_blocks_wanted_parse(frame, &wanted) == ERR_OK)
        shipper_blocks(&exchange->shipper, from, &wanted, driver_settled(status));
}

static void take_anchor(struct exchange *exchange, uint32_t from, struct bytes frame,
                        const struct driver_status *status)
{
    struct peer_anchor anchor;
    struct puller_view view = view_of(status, exchange->options.node);
    if (peer_anchor_parse(frame, &anchor) == ERR_OK)
        puller_anchor(&exchange->puller, &view, from, &anchor, clock_monotonic_ms());
}

static void take_blocks(struct exchange *exchange, uint32_t from, struct bytes frame)
{
    struct peer_blocks blocks;
    if (peer_blocks_parse(frame, &blocks) == ERR_OK)
        puller_blocks(&exchange->puller, from, &blocks, clock_monotonic_ms());
}

void exchange_receive(struct exchange *exchange, uint32_t from, struct bytes frame)
{
    enum peer_frame kind;
    if (peer_frame_kind(frame, &kind) != ERR_OK)
        return;
    struct driver_status status = driver_status(exchange->options.driver);
    switch (kind) {
    case PEER_ANCHOR_WANTED: take_anchor_wanted(exchange, from, frame, &status); break;
    case PEER_ANCHOR: take_anchor(exchange, from, frame, &status); break;
    case PEER_BLOCKS_WANTED: take_blocks_wanted(exchange, from, frame, &status); break;
    case PEER_BLOCKS: take_blocks(exchange, from, frame); break;
    case PEER_HELLO:
    case PEER_RAFT:
    case PEER_SUBMIT:
    case PEER_REFUSED:
    case PEER_READ_WANTED:
    case PEER_READ_INDEX:
    case PEER_LIST_WANTED:
    case PEER_LIST:
    case PEER_CHUNKS_WANTED:
    case PEER_CHUNKS:
    case PEER_HEAD: break;
    }
}

/* ---- pulling ---- */

static void ask_anchor(struct exchange *exchange, const struct puller_action *action)
{
    uint8_t frame[PEER_ANCHOR_WANTED_SIZE];
    struct peer_anchor_wanted wanted = {.height = action->height};
    struct writer writer = writer_over(frame, sizeof frame);
    peer_anchor_wanted_write(&writer, &wanted);
    frame_send(exchange->options.links, action->peer, PEER_CONTROL, writer_view(&writer), "wanted");
}

static void ask_blocks(struct exchange *exchange, const struct puller_action *action)
{
    uint8_t frame[PEER_BLOCKS_WANTED_SIZE];
    struct writer writer = writer_over(frame, sizeof frame);
    peer_blocks_wanted_write(&writer, &action->wanted);
    frame_send(exchange->options.links, action->peer, PEER_CONTROL, writer_view(&writer), "wanted");
}

static void act(struct exchange *exchange, const struct puller_action *action)
{
    switch (action->what) {
    case PULLER_ASK_ANCHOR: ask_anchor(exchange, action); break;
    case PULLER_ASK_BLOCKS: ask_blocks(exchange, action); break;
    case PULLER_DELIVER:
        puller_delivered(&exchange->puller,
                         driver_deliver(exchange->options.driver, &action->blocks),
                         clock_monotonic_ms());
        break;
    case PULLER_BLAME:
        log_event(LOG_WARNING, "pull_refused", "from=%u why=%s text=\"%s\"", action->peer,
                  err_name(action->err), err_sentence(action->err));
        break;
    }
}

static void note_pushed(struct exchange *exchange, const struct driver_status *status)
{
    if (status->pushed != exchange->pushed)
        puller_streamed(&exchange->puller);
    exchange->pushed = status->pushed;
}

void exchange_go_on(struct exchange *exchange)
{
    bool was_active = exchange->puller.is_active;
    struct driver_status status;
    struct puller_action action;
    for (bool any = true; any;) {
        status = driver_status(exchange->options.driver);
        struct puller_view view = view_of(&status, exchange->options.node);
        note_pushed(exchange, &status);
        any = puller_next(&exchange->puller, &view, clock_monotonic_ms(), &action);
        if (any)
            act(exchange, &action);
    }
    if (was_active != exchange->puller.is_active)
        log_event(LOG_INFO, was_active ? "pull_ended" : "pull_begun", "height=%llu committed=%llu",
                  (unsigned long long)status.tip.height, (unsigned long long)status.known);
}

uint64_t exchange_deadline_ms(const struct exchange *exchange)
{
    return puller_deadline_ms(&exchange->puller, clock_monotonic_ms());
}
