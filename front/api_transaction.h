/*
 * api_transaction.h: signed statements: POST /v1/transactions, GET /v1/transactions/{id}.
 */
#ifndef FRONT_API_TRANSACTION_H
#define FRONT_API_TRANSACTION_H

#include "front/api_turn.h"

extern const struct turn_plan api_submit_plan;
extern const struct turn_plan api_transaction_plan;

#endif
