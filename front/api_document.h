/*
 * api_document.h: GET /v1/openapi.yaml: docs/openapi.yaml, as it was when the program was built.
 */
#ifndef FRONT_API_DOCUMENT_H
#define FRONT_API_DOCUMENT_H

#include "front/api_turn.h"

extern const struct turn_plan api_document_plan;

#endif
