/*
 * api_device.h: devices: GET /v1/devices/{imei} and …/history.
 */
#ifndef FRONT_API_DEVICE_H
#define FRONT_API_DEVICE_H

#include "front/api_turn.h"

extern const struct turn_plan api_check_plan;
extern const struct turn_plan api_history_plan;

#endif
