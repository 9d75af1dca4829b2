/*
 * answer.h: a client's question answered from the local state.
 *
 * Belongs to the clerk's thread. STATUS, CHECK, HISTORY, TAC, TRANSACTION and ORGANISATIONS are
 * answered here; SUBMIT, and a TRANSACTION that is not in the ledger, are the loop's.
 */
#ifndef NODE_ANSWER_H
#define NODE_ANSWER_H

#include "consensus/disk.h"
#include "eir/eir.h"
#include "ledger/view.h"
#include "node/facts.h"
#include "node/sighter.h"

struct answerer;

/* `sighter` is NULL where sightings are not kept. */
enum err answerer_open(struct ledger *ledger, struct disk *disk, struct facts *facts,
                       struct eir *eir, struct sighter *sighter, struct answerer **out) must_check;
/* On the thread that answers, when it has answered for the last time. */
void answerer_leave(struct answerer *answerer);
void answerer_close(struct answerer *answerer); /* NULL is allowed */

/* Writes the whole response, of a question that is counted among those of `face`. False for a
 * TRANSACTION that the ledger does not hold: nothing is written then. */
bool answer_write(struct answerer *answerer, const struct request *request, enum face face,
                  struct writer *writer);

/* A response of a head with an error, or with the answer to a SUBMIT or TRANSACTION. */
void answer_write_error(struct writer *writer, enum err err);
void answer_write_tx(struct writer *writer, const struct ledger_position *position,
                     const struct facts_row *facts, const struct tx_answer *answer);

#endif
