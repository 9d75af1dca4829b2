/*
 * command.h: what the tool can do, in one table. Finding a command, its help, the manual and the
 * completion read it.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "cli/tool.h"

struct command {
    const char *words;    /* "key new" */
    const char *operands; /* as in the synopsis, NULL: none */
    struct grammar grammar;
    const char *summary; /* one line, begins a sentence, no full stop */
    const char *help;    /* paragraphs, parted by an empty line; a line that begins with a blank is
                            printed as it is */
    enum exit_code (*run)(struct tool *tool);
};

/* All commands, in the order of the help; those of one group follow each other. */
const struct command *command_rows(size_t *count);

/* The command that the first words name, and how many words that takes. NULL when there is none. */
const struct command *command_find(char *const *words, size_t count, size_t *taken);

/* Whether `word` begins the names of several commands, as "key" does. */
bool command_is_group(const char *word);

/* One file a noun has these: cli/cmd_*.c */
enum exit_code cmd_audit(struct tool *tool);
enum exit_code cmd_check(struct tool *tool);
enum exit_code cmd_claim(struct tool *tool);
enum exit_code cmd_completion(struct tool *tool);
enum exit_code cmd_genesis_new(struct tool *tool);
enum exit_code cmd_genesis_show(struct tool *tool);
enum exit_code cmd_help(struct tool *tool);
enum exit_code cmd_history(struct tool *tool);
enum exit_code cmd_import(struct tool *tool);
enum exit_code cmd_key_add(struct tool *tool);
enum exit_code cmd_key_new(struct tool *tool);
enum exit_code cmd_key_revoke(struct tool *tool);
enum exit_code cmd_key_show(struct tool *tool);
enum exit_code cmd_list_export(struct tool *tool);
enum exit_code cmd_list_import(struct tool *tool);
enum exit_code cmd_list_verify(struct tool *tool);
enum exit_code cmd_manual(struct tool *tool);
enum exit_code cmd_node_add(struct tool *tool);
enum exit_code cmd_node_list(struct tool *tool);
enum exit_code cmd_node_promote(struct tool *tool);
enum exit_code cmd_node_remove(struct tool *tool);
enum exit_code cmd_node_replace(struct tool *tool);
enum exit_code cmd_org_list(struct tool *tool);
enum exit_code cmd_org_propose(struct tool *tool);
enum exit_code cmd_org_vote(struct tool *tool);
enum exit_code cmd_pairs_import(struct tool *tool);
enum exit_code cmd_sightings(struct tool *tool);
enum exit_code cmd_status(struct tool *tool);
enum exit_code cmd_tac_allocate(struct tool *tool);
enum exit_code cmd_tac_import(struct tool *tool);
enum exit_code cmd_tac_show(struct tool *tool);
enum exit_code cmd_tx_show(struct tool *tool);
enum exit_code cmd_tx_submit(struct tool *tool);
enum exit_code cmd_version(struct tool *tool);

#endif
