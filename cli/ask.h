/*
 * ask.h: one question to the node and its answer.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/tool.h"
#include "proto/client.h"

/* An answer without error: its head, and a reader at its body. The bytes live until the next
 * question. */
struct answer {
    struct response_head head;
    struct reader body;
};

/* With --fresh: has the node wait, for as long as --timeout says, until its answer misses nothing.
 */
enum exit_code ask_fresh(struct tool *tool, struct request *request) must_check;

/* Asks, and tells the person when there is no good answer. */
enum exit_code ask(struct tool *tool, const struct request *request, struct answer *out) must_check;

/* The same for what is signed or sent, which a node that restarts, or has no leader for a moment,
 * is to cost nobody: what passes by itself is tried again until --timeout is over. */
enum exit_code ask_patiently(struct tool *tool, const struct request *request,
                             struct answer *out) must_check;

/* Opens the connection of this run, unless it is open, as patiently. */
enum exit_code ask_connect(struct tool *tool) must_check;

/* Reads what became of the transaction with that id; what is of another one is out of range. */
void ask_read_tx(struct reader *body, const struct hash *id, struct tx_answer *out);

/* The body has been read: EXIT_INTERNAL when it was not what it should be. */
enum exit_code ask_done(struct tool *tool, const struct answer *answer) must_check;

#endif
