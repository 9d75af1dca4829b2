/*
 * verdict.h: one decision for all interfaces: what an EIR answers about a device.
 *
 * A pure function of what the ledger knows of the device. Worst first: a live block makes it black;
 * a watch or duplicate claim makes it grey; a TAC that nobody allocated makes it unknown; else it
 * is white. An operator's own policy is not taken into account yet.
 */
#ifndef EIR_VERDICT_H
#define EIR_VERDICT_H

#include "proto/client.h"

enum verdict verdict_of(const struct check_answer *device);

#endif
