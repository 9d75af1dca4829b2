/*
 * directory.h: files of a data directory: made, locked, read whole, replaced whole.
 */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "proto/bytes.h"
#include "proto/err.h"

/* Makes the directory (mode 0700) and its parents when they are missing. ERR_READ_ONLY, ERR_IO. */
enum err directory_make(const char *path) must_check;

/* Takes an exclusive lock on `path`/lock and keeps it until the process ends or lock_release().
 * ERR_LOCKED when another process holds it. */
enum err directory_lock(const char *path, int *lock) must_check;
void directory_unlock(int lock);

/* Reads a whole file of at most `size_max` bytes; `*data` is malloc'ed (one byte more than `size`,
 * zero) and the caller frees it. ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_IO, ERR_MEMORY. */
enum err file_read(const char *path, size_t size_max, uint8_t **data, size_t *size) must_check;

/* Writes a file so that after a crash there is the old one or the new one, whole: temporary file in
 * the same directory, fsync, rename, fsync of the directory. `mode` as in open(2). */
enum err file_replace(const char *path, struct bytes content, unsigned mode) must_check;

#endif
