/*
 * diameter_intake.h: what stands between a peer's connection and freeDiameter.
 *
 * Each message passes the gate (diameter_gate.h) as it was read. And freeDiameter's queue of what
 * was read has no bound: here the thread that reads a connection waits while too much is queued, so
 * that a peer that sends faster than it is answered fills its own TCP window and not this node's
 * memory.
 */
#ifndef FRONT_DIAMETER_INTAKE_H
#define FRONT_DIAMETER_INTAKE_H

#include "proto/err.h"

/* Messages of all peers that are read and not yet looked at. */
#define DIAMETER_READ_AHEAD_MAX 4096

/* Once a process, after freeDiameter was initialized. `say` is told, on freeDiameter's threads, of
 * each message that does not pass. ERR_INTERNAL when freeDiameter refuses. */
enum err diameter_intake_register(void (*say)(const char *why)) must_check;

#endif
