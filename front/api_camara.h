/*
 * api_camara.h: CAMARA DeviceAuthenticity, POST …/check-status: a second face of a check.
 *
 * After device-authenticity.yaml of github.com/camaraproject/DeviceAuthenticity at commit 2b42336,
 * "version: wip" with Commonalities 0.6: the API has no release yet, 0.1.0 is to be its first.
 */
#ifndef FRONT_API_CAMARA_H
#define FRONT_API_CAMARA_H

#include "front/api_turn.h"

extern const struct turn_plan api_camara_plan;

#endif
