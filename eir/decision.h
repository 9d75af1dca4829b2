/*
 * decision.h: what the network is answered, and which rule said so.
 */
#ifndef EIR_DECISION_H
#define EIR_DECISION_H

#include "proto/grounds.h"

struct decision {
    enum verdict verdict;
    enum rule rule;
};

#endif
