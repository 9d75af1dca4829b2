/*
 * api_ledger.h: what the ledger and this node are: GET /v1/status, /v1/tacs/{tac},
 * /v1/organisations, /v1/nodes.
 */
#ifndef FRONT_API_LEDGER_H
#define FRONT_API_LEDGER_H

#include "front/api_turn.h"

extern const struct turn_plan api_status_plan;
extern const struct turn_plan api_tac_plan;
extern const struct turn_plan api_organisations_plan;
extern const struct turn_plan api_nodes_plan;

#endif
