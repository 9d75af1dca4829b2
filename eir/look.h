/*
 * look.h: a look into the ledger itself for what it has on a device: slower than the index, and of
 * the height that the view stands at, so that it belongs together with the claims that are told.
 */
#ifndef EIR_LOOK_H
#define EIR_LOOK_H

#include "eir/found.h"
#include "ledger/view.h"

struct look;

enum err look_open(struct look **out) must_check; /* ERR_MEMORY */
void look_close(struct look *look);               /* NULL is allowed */

/* What is found is valid until the next look. Cannot lack memory. `is_cut` beyond
 * STANDING_CLAIMS_MAX, so that whatever the index can tell is found here too. The errors of the
 * store. */
enum err look_at(struct look *look, struct view *view, struct imei imei,
                 const struct found **out) must_check;

#endif
