/*
 * n5g.h: N5g-eir_EquipmentIdentityCheck: an AMF asks for a PEI (TS 29.511, errors as TS 29.500).
 *
 * GET {apiRoot}/n5g-eir-eic/v1/equipment-status?pei=…[&supi=…][&gpsi=…][&supported-features=…]
 *
 * An IMEI or IMEISV is answered with its verdict; other kinds of PEI are equipment unknown. Digits
 * come from a device: the fifteenth of an IMEI is not checked. The IMSI of the supi goes into the
 * question; it is not kept and not logged.
 */
#ifndef FRONT_N5G_H
#define FRONT_N5G_H

#include "eir/eir.h"
#include "front/guard.h"
#include "front/http.h"

#define N5G_ROUTES 3
#define N5G_SCOPE  "n5g-eir-eic"

struct n5g {
    struct eir_desk *desk;
    struct guard *guard; /* NULL: whoever reaches the port may ask */
};

/* Writes N5G_ROUTES rows, whose context is `n5g`. */
void n5g_routes(struct n5g *n5g, struct http_route *out);

/* What an answer says besides a verdict. */
enum n5g_fault {
    N5G_SOUND,
    N5G_PEI_MISSING,
    N5G_PEI_WRONG,
    N5G_SUPI_WRONG,
    N5G_GPSI_WRONG,
    N5G_FEATURES_WRONG,
    N5G_QUERY_WRONG,
};

/* What a query asks: pure. `is_device` is false for a PEI that is no IMEI. */
enum n5g_fault n5g_parse(struct bytes query, struct question *out, bool *is_device) must_check;

#endif
