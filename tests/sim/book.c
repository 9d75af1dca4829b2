#include "tests/sim/book.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/invariant.h"
#include "store/directory.h"

/* LMDB 0.9, lmdb.h and mdb.c: the two first pages are the meta pages; the newer one has the larger
 * transaction number. Each begins with its own number. */
#define PAGE_SIZE        4096
#define PAGE_NUMBER_SIZE 8
#define META_TXNID       144

static void path_of(const struct book *book, const char *name, char path[BOOK_PATH_SIZE + 16])
{
    snprintf(path, BOOK_PATH_SIZE + 16, "%s/%s", book->directory, name);
}

static enum err remove_file(const struct book *book, const char *name)
{
    char path[BOOK_PATH_SIZE + 16];
    path_of(book, name, path);
    return unlink(path) == 0 || errno == ENOENT ? ERR_OK : file_err(errno);
}

enum err book_wipe(struct book *book)
{
    book_close(book);
    book->has_committed = false;
    enum err err = directory_make(book->directory);
    if (err == ERR_OK)
        err = remove_file(book, "data.mdb");
    if (err == ERR_OK)
        err = remove_file(book, "lock.mdb");
    return err;
}

static enum err verify(void *context, const struct transaction *transaction,
                       const struct public_key *key)
{
    return verified_check(context, transaction, key);
}

enum err book_open(struct book *book)
{
    struct ledger_options options = {.directory = book->directory,
                                     .genesis = book->genesis,
                                     .verify = verify,
                                     .verify_context = book->verified,
                                     .scratch = true};
    invariant(book->ledger == NULL);
    enum err err = ledger_open(&options, &book->ledger);
    if (err == ERR_OK)
        book->height = ledger_position(book->ledger).height;
    return err;
}

void book_close(struct book *book)
{
    ledger_close(book->ledger);
    book->ledger = NULL;
    book->has_begun = false;
}

static void note_outcome(void *context, const struct outcome *outcome)
{
    struct book *book = context;
    invariant(book->outcome_count < BATCH_BLOCKS_MAX * CONTENT_ENTRIES_MAX);
    book->outcomes[book->outcome_count++] = *outcome;
}

enum err book_apply(struct book *book, uint32_t number, struct bytes encoded, bool is_told)
{
    struct block block;
    enum err err = block_parse(encoded, &block);
    if (err == ERR_OK && !book->has_begun) {
        book->batched_count = 0;
        book->outcome_count = 0;
        err = ledger_begin(book->ledger);
        book->has_begun = err == ERR_OK;
    }
    uint32_t before = book->outcome_count;
    if (err == ERR_OK)
        err = ledger_apply(book->ledger, &block, note_outcome, book);
    if (err != ERR_OK)
        return err;
    invariant(book->batched_count < BATCH_BLOCKS_MAX);
    book->height = block.header.height;
    book->batched[book->batched_count++] = (struct batched){.block = number,
                                                            .count = book->outcome_count - before,
                                                            .height = block.header.height,
                                                            .is_told = is_told};
    return ERR_OK;
}

enum err book_commit(struct book *book)
{
    invariant(book->has_begun);
    book->has_begun = false;
    book->has_committed = true;
    return ledger_commit(book->ledger);
}

static uint64_t meta_number(const uint8_t *page)
{
    uint64_t number; /* LMDB's files have the machine's order of bytes */
    memcpy(&number, page + META_TXNID, sizeof number);
    return number;
}

/* The newer meta page becomes the older one, as which one counts is all that matters. */
static void undo_commit(const struct book *book)
{
    static uint8_t pages[2][PAGE_SIZE];
    char path[BOOK_PATH_SIZE + 16];
    path_of(book, "data.mdb", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    invariant(fd >= 0);
    ssize_t size = pread(fd, pages, sizeof pages, 0);
    invariant(size == sizeof pages);
    size_t newer = meta_number(pages[1]) > meta_number(pages[0]);
    memcpy(pages[newer] + PAGE_NUMBER_SIZE, pages[1 - newer] + PAGE_NUMBER_SIZE,
           PAGE_SIZE - PAGE_NUMBER_SIZE);
    size = pwrite(fd, pages[newer], PAGE_SIZE, (off_t)(newer * PAGE_SIZE));
    invariant(size == PAGE_SIZE);
    close(fd);
}

bool book_crash(struct book *book, bool may_undo)
{
    book_close(book);
    if (!may_undo || !book->has_committed)
        return false;
    undo_commit(book);
    return true;
}
