/*
 * key.h: the person's key files: opened with a passphrase, private or public.
 */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "cli/tool.h"
#include "proto/keyfile.h"

/* The private key at `path`. Its passphrase, when it has one, comes from --passphrase-file or is
 * asked for on the terminal. Says so when others may read the file. Wipe it after use. */
enum exit_code key_open(struct tool *tool, const char *path, struct secret_key *out) must_check;

/* The public half of the key at `path`, a private or a public key file. */
enum exit_code key_open_public(struct tool *tool, const char *path,
                               struct public_key *out) must_check;

/* A new passphrase: the first line of --passphrase-file, or asked for twice. */
enum exit_code key_new_passphrase(struct tool *tool,
                                  char text[KEYFILE_PASSPHRASE_MAX + 1]) must_check;

/* The public half of a PEM file's bytes, private (not encrypted) or public. */
enum err key_public_of(struct bytes pem, struct public_key *out) must_check;

#endif
