#include "eir/sightings_file.h"

#include "proto/hash.h"
#include "proto/reader.h"

#include <stdlib.h>

#define VERSION 1

/* In the device's word, beside the IMEI. */
#define COUNT_SHIFT   48
#define SUSPECTED_BIT (UINT64_C(1) << 56)
#define WORD_BITS     (SUSPECTED_BIT | UINT64_C(15) << COUNT_SHIFT | ((UINT64_C(1) << 47) - 1))

static const char magic[8] = {'I', 'M', 'E', 'I', 's', 'e', 'e', 'n'};

/* What tells a key from another one, and nothing of it. */
static uint64_t key_check(const struct siphash_key *key)
{
    return siphash(key, bytes_of("sightings", 9));
}

/* ---- out ---- */

static int compare(const void *a, const void *b)
{
    const struct sightings_slot *left = a;
    const struct sightings_slot *right = b;
    return (int)left->subscriber - (int)right->subscriber;
}

static void write_entry(void *context, const struct sightings_entry *entry)
{
    struct writer *writer = context;
    struct sightings_slot slots[SIGHTINGS_SUBSCRIBERS] = {{0}};
    size_t count = 0;
    for (size_t i = 0; i < SIGHTINGS_SUBSCRIBERS; i++) {
        if (entry->slots[i].day != 0)
            slots[count++] = entry->slots[i];
    }
    qsort(slots, count, sizeof slots[0], compare);
    writer_u64(writer, entry->imei | (uint64_t)count << COUNT_SHIFT |
                           (entry->is_suspected ? SUSPECTED_BIT : 0));
    for (size_t i = 0; i < count; i++) {
        writer_u16(writer, slots[i].subscriber);
        writer_u16(writer, slots[i].day);
    }
}

void sightings_write(const struct sightings *sightings, const struct siphash_key *key,
                     struct writer *writer)
{
    writer_bytes(writer, magic, sizeof magic);
    writer_u32(writer, VERSION);
    writer_u64(writer, key_check(key));
    writer_u32(writer, (uint32_t)sightings_size(sightings).devices);
    enum err err = sightings_walk(sightings, write_entry, writer);
    if (err != ERR_OK)
        writer_fail(writer, err);
    struct hash sum = hash_of(writer_view(writer));
    writer_bytes(writer, sum.bytes, HASH_SIZE);
}

/* ---- in ---- */

static void read_slots(struct reader *reader, size_t count, struct sightings_entry *out)
{
    for (size_t i = 0; i < count && reader_ok(reader); i++) {
        struct sightings_slot *slot = &out->slots[i];
        slot->subscriber = reader_u16(reader);
        slot->day = reader_u16(reader);
        if (slot->day == 0)
            reader_fail(reader, ERR_OUT_OF_RANGE);
        if (i > 0 && slot->subscriber <= out->slots[i - 1].subscriber)
            reader_fail(reader, ERR_NOT_CANONICAL);
    }
}

static void read_entry(struct reader *reader, struct sightings_entry *out)
{
    uint64_t word = reader_u64(reader);
    size_t count = (size_t)(word >> COUNT_SHIFT & 15);
    *out = (struct sightings_entry){.is_used = 1};
    out->imei = word & ((UINT64_C(1) << 47) - 1);
    out->is_suspected = (word & SUSPECTED_BIT) != 0;
    if ((word & ~WORD_BITS) != 0 || out->imei >= IMEI_VALUES || count == 0 ||
        count > SIGHTINGS_SUBSCRIBERS)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    else
        read_slots(reader, count, out);
}

static void read_entries(struct reader *reader, uint32_t count, struct sightings *sightings)
{
    uint64_t above = 0; /* the next IMEI may be this one or a larger one */
    for (uint32_t i = 0; i < count && reader_ok(reader); i++) {
        struct sightings_entry entry;
        read_entry(reader, &entry);
        if (reader_ok(reader) && entry.imei < above)
            reader_fail(reader, ERR_NOT_CANONICAL);
        if (reader_ok(reader))
            sightings_restore(sightings, &entry);
        above = entry.imei + 1;
    }
}

static enum err check_sum(struct bytes file)
{
    if (file.size < SIGHTINGS_FILE_HEAD + SIGHTINGS_FILE_TAIL)
        return ERR_TRUNCATED;
    struct bytes body = bytes_of(file.data, file.size - HASH_SIZE);
    struct hash sum = hash_of(body);
    return memcmp(sum.bytes, file.data + body.size, HASH_SIZE) == 0 ? ERR_OK : ERR_DAMAGED;
}

enum err sightings_read(struct sightings *sightings, const struct siphash_key *key,
                        struct bytes file)
{
    enum err err = check_sum(file);
    if (err != ERR_OK)
        return err;
    struct reader reader = reader_over(bytes_of(file.data, file.size - HASH_SIZE));
    if (!bytes_equal(reader_bytes(&reader, sizeof magic), bytes_of(magic, sizeof magic)) ||
        reader_u32(&reader) != VERSION)
        return ERR_BAD_VERSION;
    if (reader_u64(&reader) != key_check(key))
        return ERR_BAD_KEY;
    uint32_t count = reader_u32(&reader);
    read_entries(&reader, count, sightings);
    return reader_done(&reader);
}
