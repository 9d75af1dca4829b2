/*
 * scan.h: all that stands at the height of a view, once through.
 */
#ifndef LEDGER_SCAN_H
#define LEDGER_SCAN_H

#include "ledger/change.h"
#include "ledger/view.h"

/* Now and then, with how many claims were told so far, of how many. */
typedef void scan_progress(void *context, uint64_t done, uint64_t all);

/*
 * Tells every organisation, in order of their numbers; then every TAC, in ascending order; then the
 * claims on devices, in ascending order of their IMEI; then those on ranges, TAC by TAC: as changes
 * that make an empty ledger the one of this view. A claim's reason is in its transaction: those are
 * read at most once, in pieces of 4096, and remembered meanwhile, a byte each. ERR_MEMORY, the
 * errors of the store.
 */
enum err view_scan(struct view *view, ledger_change *tell, scan_progress *progress,
                   void *context) must_check;

#endif
