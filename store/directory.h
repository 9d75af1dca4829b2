/*
 * directory.h: files of a data directory: made, locked, read whole, replaced whole.
 *
 * What these return ERR_OK for survives a crash, names as well as bytes; but file_write_all().
 * ERR_DISK_FULL and ERR_MEMORY may come from each of them.
 */
#ifndef STORE_DIRECTORY_H
#define STORE_DIRECTORY_H

#include "proto/bytes.h"
#include "proto/err.h"

/* What an errno of a file operation means here: ERR_NOT_FOUND, ERR_READ_ONLY (no permission, or a
 * read-only file system), ERR_DISK_FULL (also a quota), ERR_MEMORY, else ERR_IO. */
enum err file_err(int number) must_check;

/* Makes the directory (mode 0700) and its parents when they are missing. ERR_READ_ONLY, ERR_IO. */
enum err directory_make(const char *path) must_check;

/* Makes the names in the directory durable: files made, renamed or removed in it. */
enum err directory_sync(const char *path) must_check;

/* Removes the files in it, and it: as far as that goes, and syncs nothing. For what was never
 * whole. */
void directory_discard(const char *path);

/* Takes an exclusive lock on `path`/lock and keeps it until directory_unlock() or the end of the
 * process, however it ends. A child that was forked shares the lock until it execs. ERR_LOCKED when
 * somebody holds it, this process included; ERR_NOT_FOUND, ERR_READ_ONLY, ERR_IO. */
enum err directory_lock(const char *path, int *lock) must_check;
void directory_unlock(int lock);

/* The same for those who only read, of whom there may be several: makes and writes nothing, so that
 * a directory that cannot be written will do. `*lock` is -1 with ERR_OK when there is no file to
 * lock: nobody has ever used the directory, or it is a copy. ERR_LOCKED, ERR_READ_ONLY (the file
 * may not be read), ERR_IO. */
enum err directory_lock_shared(const char *path, int *lock) must_check;

/* Reads a whole file of at most `size_max` bytes; `*data` is malloc'ed (one byte more than `size`,
 * zero) and the caller frees it. ERR_NOT_FOUND, ERR_TOO_LARGE, ERR_IO (also when it is no regular
 * file, may not be read, or changes its size meanwhile), ERR_MEMORY. */
enum err file_read(const char *path, size_t size_max, uint8_t **data, size_t *size) must_check;

/* Writes all of it to an open file, and syncs nothing; for callers with a rule of their own about
 * that. ERR_READ_ONLY, ERR_IO. */
enum err file_write_all(int fd, struct bytes content) must_check;

/* Writes a file so that after a crash there is the old one or the new one, whole: temporary file in
 * the same directory, fsync, rename, fsync of the directory. `mode` as in open(2). A crash may
 * leave the temporary file, `path`.<16 digits>.new, behind. */
enum err file_replace(const char *path, struct bytes content, unsigned mode) must_check;

#endif
