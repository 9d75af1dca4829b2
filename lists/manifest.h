/*
 * manifest.h: what is in a directory of lists, and of which state of the ledger, under a signature.
 *
 * A manifest is the payload of a COSE_Sign1 in the one form of proto/cose.h: a deterministic CBOR
 * array that begins with the text "imei-lists", so that no statement of the ledger can be taken for
 * one, nor one for a statement (those are maps). docs/internals/lists.md has it field by field.
 */
#ifndef LISTS_MANIFEST_H
#define LISTS_MANIFEST_H

#include "lists/folder.h"
#include "proto/cose.h"

#define MANIFEST_FILES_MAX 16
#define MANIFEST_SIZE_MAX  8192

/* X(name, number, word): how devices are written. */
#define LIST_FORM_TABLE(X)                                                                         \
    X(CSV, 1, "csv")                                                                               \
    X(PLAIN, 2, "plain")

enum list_form {
#define X(name, number, word) LIST_FORM_##name = (number),
    LIST_FORM_TABLE(X)
#undef X
};

/* NULL when it is none. */
const char *list_form_word(enum list_form form);

struct manifest_file {
    char name[FOLDER_NAME_MAX + 1];
    uint64_t rows; /* without a header */
    uint64_t size;
    struct hash hash; /* SHA-256 of its bytes */
};

struct manifest {
    struct hash network;
    uint64_t height;
    struct hash head;   /* of the block at that height; the network at height 0 */
    uint64_t time_ms;   /* of that block */
    struct hash policy; /* SHA-256 of the operator's policy; zero: the standard one */
    enum list_form form;
    unsigned digits; /* of a device: 14, or 15 with the check digit */
    bool expanded;   /* ranges as devices */
    bool is_delta;
    uint64_t since;         /* is_delta: the height that the delta begins at, else 0 */
    struct hash since_head; /* is_delta: of the block there, else zero */
    size_t file_count;      /* ascending by name */
    struct manifest_file files[MANIFEST_FILES_MAX];
};

void manifest_write(struct writer *writer, const struct manifest *manifest);
/* What is read has one encoding. Errors of reader.h and cbor.h. */
enum err manifest_parse(struct bytes input, struct manifest *out) must_check;

/* The signed manifest. ERR_BAD_KEY. */
enum err manifest_sign(struct writer *writer, const struct manifest *manifest,
                       const struct secret_key *secret) must_check;
/* Reads one, and says whose key signed it; manifest_check() says whether. */
enum err manifest_open(struct bytes input, struct cose_sign1 *envelope,
                       struct manifest *out) must_check;
enum err manifest_check(const struct cose_sign1 *envelope, const struct public_key *key) must_check;

/* The file of that name; NULL when there is none. */
const struct manifest_file *manifest_find(const struct manifest *manifest, const char *name);

#endif
