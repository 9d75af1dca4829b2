/*
 * proposals.h: how organisations change: proposals and ballots of regulators. Inside ledger/ only.
 */
#ifndef LEDGER_PROPOSALS_H
#define LEDGER_PROPOSALS_H

#include "ledger/act.h"

/* ORGANISATION. */
act_check proposals_check;
act_change proposals_change;

/* BALLOT. */
act_check ballots_check;
act_change ballots_change;

#endif
