/*
 * shipment.h: many rows on their way to the ledger: divided into statements, signed, several of
 * them under way at once, and each delivered once however often this is run.
 */
#ifndef CLI_SHIPMENT_H
#define CLI_SHIPMENT_H

#include "cli/signer.h"
#include "cli/voyage.h"

struct cargo {
    enum operation operation;
    size_t row_count;
    size_t batch;     /* rows of a statement at most */
    struct hash rows; /* what they are, in their order */
    /* Writes the items of the statement that begins with row `from`, at most `batch` of them, sets
     * its item count, and its reason when it takes one; returns the number of rows. What fits with
     * `from` and `batch` alike is the same in every run. */
    size_t (*load)(void *context, size_t from, size_t batch, struct statement *statement,
                   struct writer *items);
    void *context;
};

struct shipment_result {
    size_t statements;
    size_t done;     /* rows that the ledger has answered for: the three below */
    size_t changed;  /* new in the ledger */
    size_t standing; /* so already */
    size_t refused;
    bool is_resumed;
    bool is_interrupted; /* by SIGINT or SIGTERM: the number of it is in `signal` */
    int signal;
};

/* EXIT_DONE when every row has its answer, or at an interruption; EXIT_REFUSED when the ledger
 * refused some; else what stopped it, and the same command goes on later. */
enum exit_code shipment_send(struct tool *tool, const struct signer *signer,
                             const struct cargo *cargo, struct shipment_result *out) must_check;

#endif
