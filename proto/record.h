/*
 * record.h: a record is a CBOR array of fixed fields. One function names its fields in order, and
 * is what reads it and what writes it, so that the two cannot disagree:
 *
 *     static void lane_fields(struct record *record, struct lane *lane)
 *     {
 *         record_fields(record, 2);
 *         record_name(record, &lane->owner);
 *         lane->last = record_uint(record, lane->last, COUNTER_MAX);
 *     }
 *
 * Reading and writing make the same checks; the first error sticks in the reader or the writer.
 * What could not be read is zero or empty. When writing, the values stay as they are.
 */
#ifndef PROTO_RECORD_H
#define PROTO_RECORD_H

#include "proto/cbor.h"
#include "proto/statement.h"

/* Heights, terms, indexes: as far as the integers of other languages go. */
#define COUNTER_MAX ((uint64_t)INT64_MAX)

struct record {
    struct reader *reader; /* NULL when the record is written */
    struct writer *writer; /* NULL when it is read */
};

static inline struct record record_read(struct reader *reader)
{
    return (struct record){.reader = reader};
}

static inline struct record record_write(struct writer *writer)
{
    return (struct record){.writer = writer};
}

/* Sets `err` unless the condition holds. */
void record_require(struct record *record, bool condition, enum err err);

/* The head of an array of exactly `count` fields. */
void record_fields(struct record *record, size_t count);

/* The head of a list; the number of elements that follow, or 0 and ERR_TOO_LARGE above `max`. */
size_t record_list(struct record *record, size_t count, size_t max);

/* At most `max`, else ERR_OUT_OF_RANGE. */
uint64_t record_uint(struct record *record, uint64_t value, uint64_t max);

bool record_bool(struct record *record, bool value);

/* A terminated text in an array of `size_max + 1`; see cbor_text_copy(). */
void record_text(struct record *record, char *text, size_t size_max);

/* Where a node is called, in an array of ADDRESS_SIZE_MAX + 1: address_check(). */
void record_address(struct record *record, char *address);

/* A byte string of at most `size_max` bytes (ERR_TOO_LARGE); a view. */
struct bytes record_bytes(struct record *record, struct bytes value, size_t size_max);

void record_name(struct record *record, struct name *name);

/* A name, or the empty text for none. */
void record_name_or_none(struct record *record, struct name *name);

void record_country(struct record *record, struct country *country);

/* A country, or the empty text for none. */
void record_country_or_none(struct record *record, struct country *country);

void record_hash(struct record *record, struct hash *hash);

/* ERR_BAD_KEY unless it is a point of the curve. */
void record_public_key(struct record *record, struct public_key *key);

/* A device as an integer, a range as [from, to]: as in items.h. */
void record_item(struct record *record, struct item *item);

#endif
