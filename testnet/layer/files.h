/*
 * files.h: the calls that change files, made with the faults of control.h, and with a note in the
 * journal of what a loss of power would take. Each has the arguments, the result and the errno of
 * libc's function of that name. Files that are not below the data directory, pipes and sockets are
 * let be; so is everything before files_start().
 *
 * Any thread may call. Not seen: what is written through a map.
 */
#ifndef TESTNET_LAYER_FILES_H
#define TESTNET_LAYER_FILES_H

#include "testnet/layer/control.h"

#include <stdbool.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Begins, with a layer's directory: its `control`, its journal, and the directory `data` beside it,
 * which need not be there yet. Waits until another process that has the journal has ended. Ends
 * the process with status 99 and a sentence when it cannot. */
void files_start(const char *layer_directory);

/* Lets go of the journal, as the end of the process does. */
void files_stop(void);

/* NULL before files_start(). */
struct control *files_control(void);

/* True when the disk of this descriptor's file is to be full. */
bool files_is_full(int fd);

/* `offset` -1: where the file stands. */
ssize_t files_write(int fd, const struct iovec *parts, int count, off_t offset);
int files_ftruncate(int fd, off_t size);
int files_fallocate(int fd, int mode, off_t offset, off_t size);
int files_fsync(int fd);
int files_fdatasync(int fd);

int files_openat(int at, const char *path, int flags, mode_t mode);
int files_mkdirat(int at, const char *path, mode_t mode);
int files_unlinkat(int at, const char *path, int flags);
int files_renameat(int from_at, const char *from, int to_at, const char *to);

#endif
