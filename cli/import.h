/*
 * import.h: what the imports of IMEIs and of TACs have in common: their summary.
 */
#ifndef CLI_IMPORT_H
#define CLI_IMPORT_H

#include "cli/rejects.h"
#include "cli/shipment.h"

struct import_summary {
    size_t rows; /* of the file, without blank ones */
    size_t bad;
    size_t twice; /* good ones that stand further up already */
    struct shipment_result sent;
};

/* Sends the cargo with --key, unless --dry-run, and shows what became of it. The run ends with
 * EXIT_NO when there were bad rows; a signal that interrupted it ends the process. */
enum exit_code import_send(struct tool *tool, const struct cargo *cargo,
                           struct import_summary *summary) must_check;

/* As if nobody had watched: tells how far it is, and the shell sees that the signal ended the run.
 */
void import_interrupted(struct tool *tool, const struct shipment_result *sent, size_t total);

/* --batch, within 1 and TX_ITEMS_MAX. */
enum exit_code import_batch(struct tool *tool, size_t usual, size_t *batch) must_check;

#endif
