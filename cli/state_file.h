/*
 * state_file.h: where the tool remembers what it was about: $XDG_STATE_HOME/imei (XDG Base
 * Directory Specification), else ~/.local/state/imei.
 */
#ifndef CLI_STATE_FILE_H
#define CLI_STATE_FILE_H

#include "proto/hash.h"

/* The file "KIND-…json" of that identity; free() it. NULL without a home. */
char *state_file_path(const char *kind, const struct hash *identity);

#endif
