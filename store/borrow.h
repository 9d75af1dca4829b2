/*
 * borrow.h: reading the data of a directory that nothing is written to.
 *
 * LMDB keeps a lock file beside its data. Borrowed data are a link in a directory of the reader's,
 * so that the lock file is there. Nobody may write to the data meanwhile.
 */
#ifndef STORE_BORROW_H
#define STORE_BORROW_H

#include "proto/err.h"

/* Makes `target`, with a link to the data in `source`; directory_discard() removes it.
 * ERR_NOT_FOUND: there are none; ERR_READ_ONLY: `target` cannot be made, or is there already. */
enum err borrow_data(const char *source, const char *target) must_check;

#endif
