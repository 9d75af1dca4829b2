/*
 * unsynced.h: what a loss of power would take: the writes to regular files since each file's last
 * sync, with the bytes that were there before. Names of files are not modelled, only contents and
 * sizes: a rename survives.
 *
 * Only in use when plan_has_power(). Any thread may call.
 */
#ifndef TESTS_FAULTS_UNSYNCED_H
#define TESTS_FAULTS_UNSYNCED_H

#include <stddef.h>
#include <sys/types.h>

/* Before `size` bytes at `offset` of a regular file are written. */
void unsynced_note(int fd, off_t offset, size_t size);

/* After a sync of the file, or of a write to one that syncs each (O_DSYNC). */
void unsynced_clear(int fd);

/* Takes 512-byte sectors back, all, none or some of them as the seed says, and ends the process as
 * kill -9 does. */
_Noreturn void unsynced_lose(void);

#endif
