#include "eir/pairs.h"

#include "eir/pairs_text.h"
#include "proto/hash.h"
#include "proto/reader.h"

#include <stdlib.h>

static const char magic[8] = {'I', 'M', 'E', 'I', 'P', 'A', 'I', '1'};

/* With the key's own mark in it: pairs of another key would fit nobody, silently. */
enum { HEAD_SIZE = 16, MARK_SIZE = 8 };

struct pair {
    uint8_t bytes[PAIR_SIZE];
};

struct pairs {
    struct pairs_key key;
    size_t count;
    size_t capacity;
    struct pair *at; /* ascending */
};

/* ---- hashes ---- */

static struct pair pair_of(const struct pairs_key *key, struct imei imei, const struct imsi *imsi)
{
    struct pair pair;
    struct hasher hasher;
    char imei_digits[IMEI_DIGITS + 1];
    char imsi_digits[IMSI_DIGITS_MAX + 1] = {0};
    imei_format14(imei, imei_digits);
    memcpy(imsi_digits, imsi->digits, strlen(imsi->digits));
    hasher_begin(&hasher);
    hasher_add(&hasher, key->bytes, PAIRS_KEY_SIZE);
    hasher_add(&hasher, imei_digits, sizeof imei_digits);
    hasher_add(&hasher, imsi_digits, sizeof imsi_digits);
    struct hash hash = hasher_end(&hasher);
    memcpy(pair.bytes, hash.bytes, PAIR_SIZE);
    return pair;
}

/* Which key it is, without telling it. */
static void mark_of(const struct pairs_key *key, uint8_t mark[MARK_SIZE])
{
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, key->bytes, PAIRS_KEY_SIZE);
    hasher_add(&hasher, magic, sizeof magic);
    struct hash hash = hasher_end(&hasher);
    memcpy(mark, hash.bytes, MARK_SIZE);
}

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, PAIR_SIZE);
}

bool pairs_have(const struct pairs *pairs, struct imei imei, const struct imsi *imsi)
{
    if (pairs == NULL || pairs->count == 0 || !imsi_is_given(imsi))
        return false;
    struct pair pair = pair_of(&pairs->key, imei, imsi);
    return bsearch(&pair, pairs->at, pairs->count, sizeof pair, compare) != NULL;
}

size_t pairs_count(const struct pairs *pairs)
{
    return pairs == NULL ? 0 : pairs->count;
}

void pairs_free(struct pairs *pairs)
{
    if (pairs == NULL)
        return;
    free(pairs->at);
    free(pairs);
}

static struct pairs *make(const struct pairs_key *key, size_t capacity)
{
    struct pairs *pairs = calloc(1, sizeof *pairs);
    if (pairs == NULL)
        return NULL;
    pairs->key = *key;
    pairs->capacity = capacity;
    pairs->at = malloc((capacity > 0 ? capacity : 1) * sizeof *pairs->at);
    if (pairs->at != NULL)
        return pairs;
    free(pairs);
    return NULL;
}

/* ---- import ---- */

static void settle(struct pairs *pairs)
{
    size_t kept = 0;
    qsort(pairs->at, pairs->count, sizeof pairs->at[0], compare);
    for (size_t i = 0; i < pairs->count; i++) {
        if (kept == 0 || compare(&pairs->at[kept - 1], &pairs->at[i]) != 0)
            pairs->at[kept++] = pairs->at[i];
    }
    pairs->count = kept;
}

static enum err read_rows(struct pairs *pairs, struct bytes text, struct complaint *complaint)
{
    struct pairs_text rows = pairs_text_open(text, complaint);
    struct pairs_row row;
    while (pairs_text_next(&rows, &row)) {
        if (pairs->count == pairs->capacity)
            return complain(complaint, rows.line, "at most %d pairs", PAIRS_MAX);
        pairs->at[pairs->count++] = pair_of(&pairs->key, row.imei, &row.imsi);
    }
    return rows.err;
}

enum err pairs_import(struct bytes text, const struct pairs_key *key, struct pairs **out,
                      struct complaint *complaint)
{
    *out = NULL;
    *complaint = (struct complaint){.line = 0};
    if (text.size > PAIRS_TEXT_MAX)
        return complain(complaint, 0, "larger than %d bytes", PAIRS_TEXT_MAX);
    /* The shortest line has an IMEI, a comma, the shortest IMSI and an end. */
    size_t fits = text.size / (IMEI_DIGITS + 1 + IMSI_DIGITS_MIN + 1) + 1;
    struct pairs *pairs = make(key, fits < PAIRS_MAX ? fits : PAIRS_MAX);
    if (pairs == NULL)
        return ERR_MEMORY;
    enum err err = read_rows(pairs, text, complaint);
    if (err != ERR_OK) {
        pairs_free(pairs);
        return err;
    }
    settle(pairs);
    *out = pairs;
    return ERR_OK;
}

/* ---- the file ---- */

size_t pairs_size(const struct pairs *pairs)
{
    return HEAD_SIZE + pairs->count * PAIR_SIZE + HASH_SIZE;
}

void pairs_write(const struct pairs *pairs, struct writer *writer)
{
    uint8_t mark[MARK_SIZE];
    size_t begin = writer->size;
    mark_of(&pairs->key, mark);
    writer_bytes(writer, magic, sizeof magic);
    writer_bytes(writer, mark, sizeof mark);
    writer_bytes(writer, pairs->at, pairs->count * PAIR_SIZE);
    if (!writer_ok(writer))
        return;
    struct hash sum = hash_of(bytes_of(writer->data + begin, writer->size - begin));
    writer_bytes(writer, sum.bytes, HASH_SIZE);
}

static bool is_sound(struct bytes file, const struct pairs_key *key)
{
    uint8_t mark[MARK_SIZE];
    if (file.size < HEAD_SIZE + HASH_SIZE || file.size > PAIRS_SIZE_MAX ||
        (file.size - HEAD_SIZE - HASH_SIZE) % PAIR_SIZE != 0)
        return false;
    struct hash sum = hash_of(bytes_of(file.data, file.size - HASH_SIZE));
    mark_of(key, mark);
    return memcmp(file.data, magic, sizeof magic) == 0 &&
           memcmp(file.data + sizeof magic, mark, sizeof mark) == 0 &&
           memcmp(file.data + file.size - HASH_SIZE, sum.bytes, HASH_SIZE) == 0;
}

enum err pairs_read(struct bytes file, const struct pairs_key *key, struct pairs **out)
{
    *out = NULL;
    if (!is_sound(file, key))
        return ERR_DAMAGED;
    size_t count = (file.size - HEAD_SIZE - HASH_SIZE) / PAIR_SIZE;
    struct pairs *pairs = make(key, count);
    if (pairs == NULL)
        return ERR_MEMORY;
    memcpy(pairs->at, file.data + HEAD_SIZE, count * PAIR_SIZE);
    pairs->count = count;
    for (size_t i = 1; i < count; i++) {
        if (compare(&pairs->at[i - 1], &pairs->at[i]) >= 0) {
            pairs_free(pairs);
            return ERR_DAMAGED;
        }
    }
    *out = pairs;
    return ERR_OK;
}
