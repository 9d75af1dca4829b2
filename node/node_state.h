/*
 * node_state.h: a node's memory, and what its parts offer each other. Inside node*.c only.
 *
 *   node.c       the loop, the end, what others may know
 *   node_data.c  who it is, and its data, mended if need be
 *   node_open.c  its parts, from the data directory to the clients' socket, and back
 */
#ifndef NODE_NODE_STATE_H
#define NODE_NODE_STATE_H

#include "node/checkpointer.h"
#include "node/contacts.h"
#include "node/data.h"
#include "node/exchange.h"
#include "node/fronts.h"
#include "node/heads.h"
#include "node/index_log.h"
#include "node/intake.h"
#include "node/node.h"
#include "node/reads.h"
#include "node/rulebook.h"
#include "node/server.h"
#include "node/sighter.h"
#include "node/skew.h"
#include "node/states.h"
#include "node/steward.h"
#include "node/watched.h"

struct node {
    const struct config *config;
    struct identity identity;
    struct data data;
    struct queue mail;
    struct facts facts;
    struct writer_thread *writer;
    struct applier *applier;
    struct peers *peers;
    struct driver *driver;
    struct steward steward;
    struct skew skew;
    struct heads heads;
    struct checkpointer checkpointer;
    struct contacts contacts;
    struct intake *intake;
    struct exchange *exchange;
    struct offer *offer;
    struct states *states;
    struct reads *reads;
    struct clerk *clerk;
    struct server *server;
    struct index_log index_log;
    struct eir *eir;
    struct sighter *sighter; /* NULL: off */
    struct flagger *flagger; /* NULL: off */
    struct watched watched;
    struct rulebook *rulebook;
    struct fronts *fronts;
    uv_loop_t loop;
    uv_async_t wake;
    uv_prepare_t prepare;
    uv_timer_t timer;
    uv_timer_t daily;
    uv_signal_t signals[2];
    bool has_loop;
    uint64_t started_ms;
    uint64_t stopping_ms; /* since when; 0: not */
    bool hands_over;      /* another node is asked to lead */
    bool is_damaged;      /* it ends because its log could not be read */
    bool is_replaced;     /* it ends because its state is another one by now */
    enum node_exit result;
};

/* ---- node.c ---- */

/* A failure on the way to the end outweighs the wish to end. */
void node_begin_stop(struct node *node, enum node_exit result);
void node_say_removed(const char *why);
void node_publish(struct node *node);
void node_drop_mail(struct node *node);

/* Callbacks, each with the node as its context or its handle's data. */
void node_on_failure(void *context, enum err err, const char *what);
void node_on_removed(void *context, const char *why);
void node_on_replaced(void *context);
void node_on_signal(uv_signal_t *handle, int number);
void node_on_timer(uv_timer_t *timer);
void node_on_day(uv_timer_t *timer);
void node_on_mail(uv_async_t *handle);
void node_wake(void *context); /* any thread */

/* ---- node_data.c ---- */

/* NODE_EXIT_STOPPED when all is well, or with `stopping_ms` set when it was told to end. */
enum node_exit node_open_data(struct node *node, bool was_damaged) must_check;

/* ---- node_open.c ---- */

enum err node_open_peers(struct node *node) must_check;
/* As node_open_data(). */
enum node_exit node_open(struct node *node, bool was_damaged) must_check;
/* Whatever node_open() has left, whole or not. */
void node_close(struct node *node);

#endif
