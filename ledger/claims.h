/*
 * claims.h: what organisations say about devices: raised, standing, lifted.
 *
 * A claim is (device or range, organisation, kind) and the transaction that raised it. Inside
 * ledger/ only.
 */
#ifndef LEDGER_CLAIMS_H
#define LEDGER_CLAIMS_H

#include "ledger/act.h"

/* Operations of the form RAISE. */
act_check claims_check_raise;
act_change claims_raise;

/* Operations of the form LIFT. */
act_check claims_check_lift;
act_change claims_lift;

#endif
