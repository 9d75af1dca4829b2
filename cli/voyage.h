/*
 * voyage.h: what is remembered of an import under way, so that it can be run again.
 *
 * The statements of an import lie in one lane, which follows from the rows, the key, the network
 * and the time at which the import began. That time is all that has to be kept: a second run with
 * it signs the same statements, byte for byte, and the ledger answers each with its first place.
 * Without it, a second run has another lane, and all items stand already.
 */
#ifndef CLI_VOYAGE_H
#define CLI_VOYAGE_H

#include "cli/tool.h"

struct voyage {
    uint64_t issued_at_ms;
    uint64_t lane;
    bool is_resumed;
    char *path; /* of the state file */
};

/* Takes up the import with that identity, or begins it: then its state is on disk before this
 * returns. A state that is too old for its statements to be valid, or lies in the future, begins
 * anew. EXIT_USAGE when --state names the file of another import. */
enum exit_code voyage_open(struct tool *tool, const struct hash *identity,
                           struct voyage *out) must_check;

/* All is delivered: nothing needs to be remembered. */
void voyage_finish(struct voyage *voyage);

/* Lets go of it; the state file stays unless it was finished. */
void voyage_close(struct voyage *voyage);

#endif
