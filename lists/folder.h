/*
 * folder.h: a directory of files that appears whole or not at all.
 *
 * The files are written into a directory of another name beside it, each with its size and SHA-256
 * taken on the way; folder_publish() syncs them and gives the directory its name. What a crash
 * leaves is `path`.<16 digits>.new, which nobody reads. Mode 0700, its files 0600: some name
 * subscribers.
 */
#ifndef LISTS_FOLDER_H
#define LISTS_FOLDER_H

#include "proto/err.h"
#include "proto/hash.h"
#include "proto/limits.h"

#define FOLDER_NAME_MAX 31

struct folder;

/* ERR_LOCKED: there is something of that name already. ERR_NOT_FOUND: no directory to make it in.
 * ERR_READ_ONLY, ERR_DISK_FULL, ERR_MEMORY, ERR_IO, as all of these. */
enum err folder_open(const char *path, struct folder **out) must_check;

/* Gives up what was not published: the files are removed. NULL is allowed. */
void folder_close(struct folder *folder);

/* A file under way. Belongs to the folder until it is closed. */
struct folder_file;

enum err folder_file_open(struct folder *folder, const char *name,
                          struct folder_file **out) must_check;
/* Adds bytes. The first error sticks: folder_file_close() says it. */
void folder_file_add(struct folder_file *file, const void *data, size_t size);
/* Syncs and closes it in any case, and says what is in it. */
enum err folder_file_close(struct folder_file *file, uint64_t *size, struct hash *hash) must_check;

/* Gives it its name. The folder is then only good for folder_close(). Also ERR_LOCKED. */
enum err folder_publish(struct folder *folder) must_check;

#endif
