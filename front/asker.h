/*
 * asker.h: how a front end asks its node what the node's clients ask: a request of proto/client.h
 * in, the bytes of the response out, without waiting.
 *
 * The front end's side of an errand (errand.h). Belongs to the loop's thread.
 */
#ifndef FRONT_ASKER_H
#define FRONT_ASKER_H

#include "front/errand.h"
#include "proto/client.h"

#include <uv.h>

/* Errands of one asker at once; more are told BUSY. More than may wait for the node's loop, so that
 * whoever waits for a commit that does not come keeps nobody from looking up. */
#define ASKER_ERRANDS_MAX 1024

struct asker;

/* ERR_MEMORY. */
enum err asker_open(uv_loop_t *loop, const struct asker_port *port, struct asker **out) must_check;
/* Errands under way are answered to nobody; `done` is not called any more. Those answered are
 * dropped by their owners. Not within `done`. NULL is allowed. */
void asker_close(struct asker *asker);

/* Asks. `done` is called once the answer is here, on the loop's thread and never before this
 * returns. ERR_BUSY; ERR_MEMORY. */
enum err asker_ask(struct asker *asker, const struct request *request, void (*done)(void *context),
                   void *context, struct errand **out) must_check;
/* Once it is answered, and until it is dropped; empty when there was no memory for it. Any thread.
 */
struct bytes errand_response(const struct errand *errand);
/* The errand is gone; when it is not answered yet, `done` is not called. NULL is allowed. */
void errand_drop(struct errand *errand);

#endif
