/*
 * new_state.h: the directory in which a state is loaded, `state.new` beside `state`, and how what
 * was loaded comes into its place.
 *
 * A crash leaves the old state or the new one, whole; and what is in `state.new` is never taken for
 * one: it is removed at the next start.
 */
#ifndef NODE_NEW_STATE_H
#define NODE_NEW_STATE_H

#include "node/config.h"

struct new_state_path {
    char text[CONFIG_TEXT_MAX + 32];
};

/* `directory` is the data directory, here as below. ERR_TOO_LARGE. */
enum err new_state_path(const char *directory, struct new_state_path *out) must_check;

/* Removes it, if it is there. ERR_READ_ONLY, ERR_IO. */
enum err new_state_remove(const char *directory) must_check;

/* What was loaded, whole and closed, takes the place of the state, durably. The old one may still
 * be open: it then has no name any more, and what is written to it is lost. The errors of
 * store/directory.h. */
enum err new_state_install(const char *directory) must_check;

#endif
