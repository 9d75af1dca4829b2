/* CBOR items of any shape: what is read is written again with the same bytes, and no part of it is
 * a whole item. Maps as the formats have them: walked to their end, in ascending order. */
#include "proto/cbor.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SIZE_FUZZED_MAX = 4096 };

static uint8_t room[SIZE_FUZZED_MAX];
static char text[SIZE_FUZZED_MAX + 1];

static void write_text(struct writer *again, struct bytes string)
{
    uint8_t head[9];
    struct writer bytes = writer_over(head, sizeof head);
    cbor_put_bytes_head(&bytes, string.size);
    head[0] |= 0x20; /* a text has the head of a byte string but for its type */
    writer_bytes(again, head, bytes.size);
    writer_bytes(again, string.data, string.size);
}

/* Reads and writes one item without the parts that follow it; returns how many those are. */
static uint64_t recode_one(struct reader *reader, struct writer *again)
{
    uint64_t parts = 0;
    struct bytes string;
    switch (cbor_peek(reader)) {
    case CBOR_UINT: cbor_put_uint(again, cbor_uint(reader)); break;
    case CBOR_NEGATIVE: cbor_put_int(again, cbor_int(reader)); break;
    case CBOR_SIMPLE: cbor_put_bool(again, cbor_bool(reader)); break;
    case CBOR_TEXT: write_text(again, cbor_text(reader, SIZE_MAX)); break;
    case CBOR_BYTES:
        string = cbor_bytes(reader);
        cbor_put_bytes(again, string.data, string.size);
        break;
    case CBOR_ARRAY:
        parts = cbor_array(reader);
        cbor_put_array(again, parts);
        break;
    case CBOR_MAP:
        parts = cbor_map(reader).left;
        cbor_put_map(again, parts);
        parts *= 2;
        break;
    case CBOR_TAG:
        cbor_put_tag(again, cbor_tag(reader));
        parts = 1;
        break;
    case CBOR_NOTHING: reader_fail(reader, ERR_TRUNCATED);
    }
    return parts;
}

/* The parts of an item follow it in the order of writing, so a count is all there is to keep. */
static enum err recode(struct bytes input, struct writer *again)
{
    struct reader reader = reader_over(input);
    for (uint64_t left = 1; left > 0 && reader_ok(&reader); left--)
        left += recode_one(&reader, again);
    return reader_done(&reader);
}

/* As far as the first item goes. */
static void check_map(struct bytes input)
{
    struct reader reader = reader_over(input);
    struct cbor_map map = cbor_map(&reader);
    uint64_t last = 0;
    uint64_t key;
    for (size_t count = 0; cbor_map_next(&map, &reader, &key); count++) {
        invariant(key <= 23);
        invariant(count == 0 || key > last);
        last = key;
        cbor_uint(&reader);
    }
    invariant(key == UINT64_MAX);
    invariant(map.left == 0 || !reader_ok(&reader));
}

/* A copied text is terminated, as long as it says, and has no control characters of ASCII. */
static void check_text(struct bytes input)
{
    struct reader reader = reader_over(input);
    cbor_text_copy(&reader, text, sizeof text - 1);
    size_t size = strlen(text);
    invariant(reader_ok(&reader) || size == 0);
    for (size_t i = 0; i < size; i++)
        invariant((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
    struct reader again = reader_over(input);
    struct bytes view = cbor_text(&again, sizeof text - 1);
    invariant(!reader_ok(&reader) || bytes_equal(view, bytes_of(text, size)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > SIZE_FUZZED_MAX)
        return 0;
    struct bytes input = bytes_of(data, size);
    check_map(input);
    check_text(input);
    struct writer again = writer_over(room, sizeof room);
    if (recode(input, &again) != ERR_OK)
        return 0;
    invariant(bytes_equal(writer_view(&again), input));
    for (size_t cut = size > 64 ? size - 64 : 0; cut < size; cut++) {
        again = writer_over(room, sizeof room);
        invariant(recode(bytes_of(data, cut), &again) == ERR_TRUNCATED);
    }
    return 0;
}
