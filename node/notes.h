/*
 * notes.h: what front ends say, as lines of the log: peer="…" text="…".
 */
#ifndef NODE_NOTES_H
#define NODE_NOTES_H

#include "front/note.h"

extern const struct note notes_for_log;

#endif
