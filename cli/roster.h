/*
 * roster.h: all nodes that the ledger knows, as a node tells them.
 */
#ifndef CLI_ROSTER_H
#define CLI_ROSTER_H

#include "cli/tool.h"
#include "proto/client.h"

#include <jansson.h>

/* More than this no network ever had. */
enum { ROSTER_MAX = 65536 };

struct roster {
    struct node_info *rows; /* ascending by id, removed ones too; malloc'ed */
    size_t count;
    struct response_head head; /* of the last page */
};

/* Asks for all pages. roster_close() in any case. */
enum exit_code roster_ask(struct tool *tool, struct roster *out) must_check;
void roster_close(struct roster *roster);

/* Whether `text` names this node: by its id in digits, or by its name. */
bool roster_is_named(const struct node_info *node, const char *text);

/* The node with that name or id that is not removed; NULL when there is none. */
const struct node_info *roster_wanted(const struct roster *roster, const char *text);

/* The node with that key, removed or not; NULL when there is none. */
const struct node_info *roster_with_key(const struct roster *roster, const struct public_key *key);

/* The id that is free for the next node; 0 when the last one is given. */
uint32_t roster_next_id(const struct roster *roster);

/* How many are to be voters. */
size_t roster_voters(const struct roster *roster);

/* A table of nodes as answer_node() has them. */
enum exit_code roster_show(struct tool *tool, const json_t *list) must_check;

#endif
