/*
 * answer.h: the ledger's answers as JSON values with stable keys. tests/unit/cli/golden shows each.
 *
 * Each returns a new value.
 */
#ifndef JSON_ANSWER_H
#define JSON_ANSWER_H

#include "proto/client.h"

#include <jansson.h>

/* Adds what an answer was taken from: height and age_ms. */
void answer_add_head(json_t *object, const struct response_head *head);
/* The same where `height` says something else: as_of_height and age_ms. */
void answer_add_as_of(json_t *object, const struct response_head *head);
/* Adds `fresh` when that was asked for, as the answer misses nothing then. */
void answer_add_fresh(json_t *object, const struct request *request);

json_t *answer_tac(const struct tac_info *tac);
/* Device, TAC, status and claims, and the grounds when the answer has them. */
json_t *answer_device(const struct check_answer *device);
/* The same keys for digits that are no IMEI. `check_right` is -1 when there is none to tell. */
json_t *answer_invalid(const char *text, enum err err, int check_right);
json_t *answer_history_row(const struct history_row *row);
json_t *answer_status(const struct status *status);
json_t *answer_organisation(const struct organisation_info *organisation);
json_t *answer_node(const struct node_info *node);
/* What became of a transaction. */
json_t *answer_tx(const struct tx_answer *answer);
/* Adds what the signed bytes say, when the answer has them: `statement`. The errors of
 * transaction_parse(); ERR_DAMAGED: they are those of another transaction. */
enum err answer_add_statement(json_t *object, const struct tx_answer *answer) must_check;
/* What a transaction says, without what became of it. */
json_t *answer_statement(const struct transaction *transaction);
json_t *answer_genesis(const struct genesis *genesis);

/* Roles as an array of words. */
json_t *answer_roles(unsigned roles);
/* A text of the person's, which may be no UTF-8: what of it can be shown. */
json_t *answer_text(const char *text);
json_t *answer_hex(const void *data, size_t size);
/* 15 digits; "FROM-TO" for a range. */
json_t *answer_item(const struct item *item);

#endif
