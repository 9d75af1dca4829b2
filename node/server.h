/*
 * server.h: the clients' socket: questions are answered from the local state on a thread of the
 * server's own, submissions are passed to the loop.
 *
 * An NNG REP socket with many requests under way at once. A request is a `struct server_call` until
 * it is answered, from whichever thread.
 */
#ifndef NODE_SERVER_H
#define NODE_SERVER_H

#include "consensus/disk.h"
#include "ledger/ledger.h"
#include "node/facts.h"
#include "node/queue.h"
#include "node/tx_ref.h"

/* Requests under way at once; more wait in their connections. */
#define SERVER_CALLS_MAX 1024

/* Of these, the ones that may wait for the loop (submissions, fresh answers); more are told BUSY.
 * So whoever waits for a commit that does not come keeps nobody from looking up. */
#define SERVER_WAITING_MAX 768

/* Connections at once: each takes a file descriptor, of which the links need some too. One more is
 * closed at once. */
#define SERVER_CONNECTIONS_MAX 512

/* How long a client may take to read an answer before its connection is closed. */
#define SERVER_SEND_MS 5000

struct server;
struct server_call;

struct server_options {
    const char *address;
    struct ledger *ledger;
    struct disk *disk;
    struct facts *facts;
    struct queue *mail; /* MAIL_SUBMIT, MAIL_ASK and MAIL_READ go there */
};

enum err server_open(const struct server_options *options, struct server **out) must_check;
/* Stops taking requests and joins its thread; calls not answered yet may still be answered (to
 * nobody) until server_free(). */
void server_close(struct server *server); /* NULL is allowed */
void server_free(struct server *server);  /* NULL is allowed */

/* Closes the connections whose clients do not read their answers. Call it now and then, from one
 * thread. */
void server_tend(struct server *server);

/* Answers a SUBMIT or TRANSACTION request; the call is gone afterwards. `err` other than ERR_OK
 * answers without a body. */
void server_answer_tx(struct server_call *call, enum err err, const struct tx_answer *tx);

/* The loop has done what a question that must miss nothing waited for: with ERR_OK it is answered
 * from the ledger as it is from now on, else with the error. The call is gone afterwards. */
void server_answer_read(struct server_call *call, enum err err);

/* What the client of a SUBMIT, or of such a question, asked for. */
bool server_call_waits(const struct server_call *call);
uint32_t server_call_timeout_ms(const struct server_call *call);

#endif
