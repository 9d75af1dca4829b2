/*
 * api_batch.h: POST /v1/devices/check: many devices with one request. The node is asked
 * CHECK_IMEIS_MAX at a time, so that a batch keeps nobody waiting for long.
 */
#ifndef FRONT_API_BATCH_H
#define FRONT_API_BATCH_H

#include "front/api_turn.h"

/* Bytes of the body: each IMEI with room for quotation marks, commas and blanks. */
#define API_BATCH_SIZE_MAX (API_BATCH_MAX * 64)

extern const struct turn_plan api_batch_plan;

#endif
