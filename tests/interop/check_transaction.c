/*
 * Says whether a transaction that something else signed is one: as admission does, which turns a
 * high s into its low form first.
 *
 * Usage: check_transaction TRANSACTION PUBLIC-KEY.pem
 * Exit status 0 accepted, 1 refused, 2 usage.
 */
#include "proto/hex.h"
#include "proto/keyfile.h"
#include "proto/limits.h"
#include "proto/statement.h"

#include <stdio.h>

/* The file's bytes; `size` says how many there are, at most `capacity`. */
static bool read_file(const char *path, void *buffer, size_t capacity, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        return false;
    }
    *size = fread(buffer, 1, capacity, file);
    bool is_read = !ferror(file);
    fclose(file);
    return is_read;
}

/* As it stands in the ledger: with a low s, parsed and verified. */
static enum err admit(struct bytes input, const struct public_key *key, struct writer *admitted,
                      struct transaction *out)
{
    enum err err = transaction_parse(input, out);
    if (err != ERR_OK)
        return err;
    transaction_normalise(out, admitted);
    err = transaction_parse(writer_view(admitted), out);
    return err == ERR_OK ? transaction_verify(out, key) : err;
}

static void print_accepted(const struct transaction *transaction, bool was_low)
{
    const struct statement *statement = &transaction->statement;
    char id[2 * HASH_SIZE + 1];
    hex_encode(transaction->id.bytes, HASH_SIZE, id);
    printf("accepted %s%s\n%s %s %s number %llu\n", id, was_low ? "" : " (s was high)",
           statement->country.code, operation_row(statement->operation)->word,
           statement->reason == REASON_NONE ? "-" : reason_row(statement->reason)->word,
           (unsigned long long)statement->number);
    if (operation_row(statement->operation)->form == FORM_TACS)
        return;
    struct item_walk walk = item_walk(statement->items);
    for (struct item item; item_walk_next(&walk, &item);) {
        char from[IMEI_TEXT_SIZE + 1];
        char to[IMEI_TEXT_SIZE + 1];
        imei_format(item.from, from);
        imei_format(item.to, to);
        printf(item_is_range(&item) ? "%s-%s\n" : "%s\n", from, to);
    }
}

int main(int argc, char **argv)
{
    static uint8_t input[TX_SIZE_MAX + 1];
    static uint8_t room[TX_SIZE_MAX];
    char pem[KEYFILE_SIZE_MAX];
    size_t size;
    size_t pem_size;
    if (argc != 3) {
        fprintf(stderr, "usage: %s TRANSACTION PUBLIC-KEY.pem\n", argv[0]);
        return 2;
    }
    if (!read_file(argv[1], input, sizeof input, &size) ||
        !read_file(argv[2], pem, sizeof pem, &pem_size))
        return 2;
    struct public_key key;
    struct transaction transaction;
    struct writer admitted = writer_over(room, sizeof room);
    enum err err = keyfile_parse_public(bytes_of(pem, pem_size), &key);
    if (err == ERR_OK)
        err = admit(bytes_of(input, size), &key, &admitted, &transaction);
    if (err != ERR_OK) {
        printf("refused %s: %s\n", err_name(err), err_sentence(err));
        return 1;
    }
    print_accepted(&transaction, bytes_equal(writer_view(&admitted), bytes_of(input, size)));
    return 0;
}
