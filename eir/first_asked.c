#include "eir/first_asked.h"

#include "proto/hash.h"
#include "proto/reader.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Places of the table: a power of two. */
enum { PLACES = 1 << 20 };

static const char magic[8] = {'I', 'M', 'E', 'I', 'T', 'A', 'C', '1'};

/* Day above, TAC below; 0: free. */
struct first_asked {
    _Atomic size_t count;
    _Atomic uint64_t places[PLACES];
};

static uint64_t entry_of(uint32_t tac, uint32_t day)
{
    return (uint64_t)day << 32 | tac;
}

static uint32_t tac_of(uint64_t entry)
{
    return (uint32_t)entry;
}

static uint32_t day_of(uint64_t entry)
{
    return (uint32_t)(entry >> 32);
}

/* Neighbouring TACs spread (Fibonacci hashing). */
static size_t place_of(uint32_t tac)
{
    return (size_t)(tac * UINT64_C(0x9e3779b97f4a7c15) >> 44) % PLACES;
}

enum err first_asked_open(struct first_asked **out)
{
    *out = calloc(1, sizeof **out);
    return *out == NULL ? ERR_MEMORY : ERR_OK;
}

void first_asked_close(struct first_asked *asked)
{
    free(asked);
}

/* The entry of that TAC, which is `fresh` when it had none and there was room; else 0. */
static uint64_t find(struct first_asked *asked, uint32_t tac, uint64_t fresh)
{
    /* A quarter of the places stays free: the walk ends. */
    for (size_t at = place_of(tac);; at = (at + 1) % PLACES) {
        uint64_t entry = atomic_load_explicit(&asked->places[at], memory_order_relaxed);
        if (entry != 0 && tac_of(entry) == tac)
            return entry;
        if (entry != 0)
            continue;
        if (atomic_fetch_add(&asked->count, 1) >= FIRST_ASKED_MAX) {
            atomic_fetch_sub(&asked->count, 1);
            return 0;
        }
        if (atomic_compare_exchange_strong(&asked->places[at], &entry, fresh))
            return fresh;
        atomic_fetch_sub(&asked->count, 1);
        if (tac_of(entry) == tac)
            return entry;
    }
}

uint32_t first_asked_days(struct first_asked *asked, uint32_t tac, uint32_t today)
{
    uint64_t entry = find(asked, tac, entry_of(tac, today));
    return entry != 0 && today > day_of(entry) ? today - day_of(entry) : 0;
}

size_t first_asked_count(const struct first_asked *asked)
{
    return atomic_load(&asked->count);
}

/* ---- the file ---- */

void first_asked_write(const struct first_asked *asked, struct writer *writer)
{
    size_t begin = writer->size;
    uint32_t count = 0;
    writer_bytes(writer, magic, sizeof magic);
    size_t count_at = writer->size;
    writer_u64(writer, 0);
    for (size_t at = 0; at < PLACES && count < FIRST_ASKED_MAX; at++) {
        uint64_t entry = atomic_load_explicit(&asked->places[at], memory_order_relaxed);
        if (entry == 0)
            continue;
        writer_u64(writer, entry);
        count++;
    }
    if (!writer_ok(writer))
        return;
    struct writer head = writer_over(writer->data + count_at, 8);
    writer_u64(&head, count);
    struct hash sum = hash_of(bytes_of(writer->data + begin, writer->size - begin));
    writer_bytes(writer, sum.bytes, HASH_SIZE);
}

static bool is_sound(struct bytes file)
{
    struct hash sum;
    if (file.size < sizeof magic + 8 + HASH_SIZE || file.size > FIRST_ASKED_SIZE_MAX)
        return false;
    sum = hash_of(bytes_of(file.data, file.size - HASH_SIZE));
    return memcmp(file.data, magic, sizeof magic) == 0 &&
           memcmp(file.data + file.size - HASH_SIZE, sum.bytes, HASH_SIZE) == 0;
}

static bool is_entry(uint64_t entry)
{
    return tac_of(entry) < IMEI_TACS && day_of(entry) != 0;
}

enum err first_asked_read(struct first_asked *asked, struct bytes file)
{
    if (!is_sound(file))
        return ERR_DAMAGED;
    struct bytes entries =
        bytes_of(file.data + sizeof magic + 8, file.size - sizeof magic - 8 - HASH_SIZE);
    struct reader head = reader_over(bytes_of(file.data + sizeof magic, 8));
    if (reader_u64(&head) * 8 != entries.size || entries.size % 8 != 0)
        return ERR_DAMAGED;
    struct reader check = reader_over(entries);
    while (check.at < check.end) {
        if (!is_entry(reader_u64(&check)))
            return ERR_DAMAGED;
    }
    struct reader reader = reader_over(entries);
    while (reader.at < reader.end) {
        uint64_t entry = reader_u64(&reader);
        find(asked, tac_of(entry), entry);
    }
    return ERR_OK;
}
