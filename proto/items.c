#include "proto/items.h"

enum { SERIAL_SIZE = 3, SERIALS_SIZE_MIN = 2 * SERIAL_SIZE };

/* Bytes of an array's head, and the most that a TAC, an IMEI or the head of serials can take. */
enum {
    ARRAY_SIZE_MAX = 5,
    PAIR_SIZE = 1,
    TAC_SIZE_MAX = 5,
    IMEI_SIZE_MAX = 9,
    STRING_SIZE_MAX = 5
};

/* The view from `start` to where the reader stands; empty when it has failed. */
static struct bytes read_since(const struct reader *reader, const uint8_t *start)
{
    return reader_ok(reader) ? bytes_of(start, (size_t)(reader->at - start)) : bytes_of(NULL, 0);
}

/* The head of an array of 1 to TX_ITEMS_MAX elements. */
static size_t read_elements(struct reader *reader)
{
    size_t elements = cbor_array(reader);
    if (elements == 0)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    if (elements > TX_ITEMS_MAX)
        reader_fail(reader, ERR_TOO_LARGE);
    return reader_ok(reader) ? elements : 0;
}

/* ---- devices ---- */

enum shape { SHAPE_SINGLE, SHAPE_PACKED, SHAPE_RANGE };

/* One element of the array. */
struct element {
    enum shape shape;
    struct item cover;    /* from its first IMEI to its last */
    struct bytes serials; /* SHAPE_PACKED */
};

static uint32_t serial_at(struct bytes serials, size_t at)
{
    const uint8_t *bytes = serials.data + at;
    return (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
}

static enum err check_serials(struct bytes serials)
{
    if (serials.size % SERIAL_SIZE != 0)
        return ERR_OUT_OF_RANGE;
    if (serials.size < SERIALS_SIZE_MIN)
        return ERR_NOT_CANONICAL; /* one serial is written as an IMEI */
    uint32_t next = 0;
    for (size_t at = 0; at < serials.size; at += SERIAL_SIZE) {
        uint32_t serial = serial_at(serials, at);
        if (serial >= IMEI_SERIALS)
            return ERR_OUT_OF_RANGE;
        if (serial < next)
            return ERR_NOT_CANONICAL;
        next = serial + 1;
    }
    return ERR_OK;
}

static struct element read_packed(struct reader *reader, uint64_t tac)
{
    struct bytes serials = cbor_bytes(reader);
    if (tac >= IMEI_TACS)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    reader_fail(reader, check_serials(serials));
    if (!reader_ok(reader))
        return (struct element){0};
    struct item cover = {
        .from = imei_of((uint32_t)tac, serial_at(serials, 0)),
        .to = imei_of((uint32_t)tac, serial_at(serials, serials.size - SERIAL_SIZE)),
    };
    return (struct element){SHAPE_PACKED, cover, serials};
}

static enum err check_range(const struct item *item)
{
    if (imei_tac(item->from) != imei_tac(item->to))
        return ERR_OUT_OF_RANGE;
    return item->from.value < item->to.value ? ERR_OK : ERR_NOT_CANONICAL;
}

static struct element read_range(struct reader *reader, uint64_t from)
{
    struct item cover = {{from}, {cbor_uint_max(reader, IMEI_VALUES - 1)}};
    reader_fail(reader, check_range(&cover));
    return (struct element){.shape = SHAPE_RANGE, .cover = cover};
}

/* Reads an element and checks all that can be said of it alone. */
static struct element read_element(struct reader *reader)
{
    bool is_single = cbor_peek(reader) == CBOR_UINT;
    if (!is_single)
        cbor_array_exact(reader, 2);
    uint64_t first = cbor_uint_max(reader, IMEI_VALUES - 1);
    if (is_single)
        return (struct element){.shape = SHAPE_SINGLE, .cover = {{first}, {first}}};
    return cbor_peek(reader) == CBOR_BYTES ? read_packed(reader, first) : read_range(reader, first);
}

/* True when the two should have been one packed element: no range stands between their IMEIs. */
static bool should_be_packed(const struct element *left, const struct element *right)
{
    return left->shape != SHAPE_RANGE && right->shape != SHAPE_RANGE &&
           imei_tac(left->cover.from) == imei_tac(right->cover.from);
}

struct bytes items_read(struct reader *reader, size_t *count)
{
    const uint8_t *start = reader->at;
    size_t items = 0;
    struct element last = {.shape = SHAPE_RANGE}; /* before the first: packs with nothing */
    uint64_t next = 0;
    for (size_t left = read_elements(reader); left > 0; left--) {
        struct element element = read_element(reader);
        if (element.cover.from.value < next || should_be_packed(&last, &element))
            reader_fail(reader, ERR_NOT_CANONICAL);
        if (!reader_ok(reader))
            break;
        next = element.cover.to.value + 1;
        items += element.shape == SHAPE_PACKED ? element.serials.size / SERIAL_SIZE : 1;
        last = element;
    }
    if (items > TX_ITEMS_MAX)
        reader_fail(reader, ERR_TOO_LARGE);
    *count = reader_ok(reader) ? items : 0;
    return read_since(reader, start);
}

struct item_walk item_walk(struct bytes items)
{
    struct item_walk walk = {.reader = reader_over(items)};
    walk.elements = cbor_array(&walk.reader);
    return walk;
}

bool item_walk_next(struct item_walk *walk, struct item *out)
{
    if (walk->serials.size == 0) {
        if (walk->elements == 0)
            return false;
        walk->elements--;
        struct element element = read_element(&walk->reader);
        if (!reader_ok(&walk->reader))
            return false;
        if (element.shape != SHAPE_PACKED) {
            *out = element.cover;
            return true;
        }
        walk->tac = imei_tac(element.cover.from);
        walk->serials = element.serials;
    }
    out->from = out->to = imei_of(walk->tac, serial_at(walk->serials, 0));
    walk->serials.data += SERIAL_SIZE;
    walk->serials.size -= SERIAL_SIZE;
    return true;
}

static enum err check_items(const struct item *items, size_t count)
{
    if (count == 0)
        return ERR_OUT_OF_RANGE;
    if (count > TX_ITEMS_MAX)
        return ERR_TOO_LARGE;
    uint64_t next = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i].from.value >= IMEI_VALUES)
            return ERR_OUT_OF_RANGE;
        enum err err = item_is_range(&items[i]) ? check_range(&items[i]) : ERR_OK;
        if (err != ERR_OK)
            return err;
        if (items[i].from.value < next)
            return ERR_NOT_CANONICAL;
        next = items[i].to.value + 1;
    }
    return ERR_OK;
}

/* How many items from the first on stand in one element. */
static size_t run_length(const struct item *items, size_t count)
{
    if (item_is_range(&items[0]))
        return 1;
    uint32_t tac = imei_tac(items[0].from);
    size_t length = 1;
    while (length < count && !item_is_range(&items[length]) && imei_tac(items[length].from) == tac)
        length++;
    return length;
}

static void write_packed(struct writer *writer, const struct item *items, size_t count)
{
    cbor_put_array(writer, 2);
    cbor_put_uint(writer, imei_tac(items[0].from));
    cbor_put_bytes_head(writer, count * SERIAL_SIZE);
    for (size_t i = 0; i < count; i++) {
        uint32_t serial = imei_serial(items[i].from);
        writer_u8(writer, (uint8_t)(serial >> 16));
        writer_u16(writer, (uint16_t)serial);
    }
}

static void write_element(struct writer *writer, const struct item *items, size_t count)
{
    if (count > 1) {
        write_packed(writer, items, count);
        return;
    }
    if (item_is_range(items))
        cbor_put_array(writer, 2);
    cbor_put_uint(writer, items->from.value);
    if (item_is_range(items))
        cbor_put_uint(writer, items->to.value);
}

void items_write(struct writer *writer, const struct item *items, size_t count)
{
    enum err err = check_items(items, count);
    if (err != ERR_OK) {
        writer_fail(writer, err);
        return;
    }
    size_t elements = 0;
    for (size_t i = 0; i < count; i += run_length(items + i, count - i))
        elements++;
    cbor_put_array(writer, elements);
    for (size_t i = 0; i < count;) {
        size_t length = run_length(items + i, count - i);
        write_element(writer, items + i, length);
        i += length;
    }
}

size_t items_size_max(const struct item *items, size_t count)
{
    size_t size = ARRAY_SIZE_MAX;
    for (size_t i = 0; i < count;) {
        size_t length = run_length(items + i, count - i);
        if (length > 1)
            size += PAIR_SIZE + TAC_SIZE_MAX + STRING_SIZE_MAX + length * SERIAL_SIZE;
        else
            size += item_is_range(&items[i]) ? PAIR_SIZE + 2 * IMEI_SIZE_MAX : IMEI_SIZE_MAX;
        i += length;
    }
    return size;
}

/* ---- TACs ---- */

static void read_tac_item(struct reader *reader, struct tac_item *out)
{
    cbor_array_exact(reader, 3);
    out->tac = (uint32_t)cbor_uint_max(reader, IMEI_TACS - 1);
    cbor_text_copy(reader, out->brand, TAC_TEXT_SIZE_MAX);
    cbor_text_copy(reader, out->model, TAC_TEXT_SIZE_MAX);
}

struct bytes tac_items_read(struct reader *reader, size_t *count)
{
    const uint8_t *start = reader->at;
    size_t elements = read_elements(reader);
    uint32_t next = 0;
    for (size_t i = 0; i < elements && reader_ok(reader); i++) {
        struct tac_item item;
        read_tac_item(reader, &item);
        if (item.tac < next)
            reader_fail(reader, ERR_NOT_CANONICAL);
        next = item.tac + 1;
    }
    *count = reader_ok(reader) ? elements : 0;
    return read_since(reader, start);
}

struct tac_item_walk tac_item_walk(struct bytes items)
{
    struct tac_item_walk walk = {.reader = reader_over(items)};
    walk.elements = cbor_array(&walk.reader);
    return walk;
}

bool tac_item_walk_next(struct tac_item_walk *walk, struct tac_item *out)
{
    if (walk->elements == 0)
        return false;
    walk->elements--;
    read_tac_item(&walk->reader, out);
    return reader_ok(&walk->reader);
}

static enum err check_tac_items(const struct tac_item *items, size_t count)
{
    if (count == 0)
        return ERR_OUT_OF_RANGE;
    if (count > TX_ITEMS_MAX)
        return ERR_TOO_LARGE;
    for (size_t i = 0; i < count; i++) {
        if (items[i].tac >= IMEI_TACS)
            return ERR_OUT_OF_RANGE;
        if (i > 0 && items[i].tac <= items[i - 1].tac)
            return ERR_NOT_CANONICAL;
    }
    return ERR_OK;
}

void tac_items_write(struct writer *writer, const struct tac_item *items, size_t count)
{
    enum err err = check_tac_items(items, count);
    if (err != ERR_OK) {
        writer_fail(writer, err);
        return;
    }
    cbor_put_array(writer, count);
    for (size_t i = 0; i < count; i++) {
        cbor_put_array(writer, 3);
        cbor_put_uint(writer, items[i].tac);
        cbor_put_text(writer, items[i].brand);
        cbor_put_text(writer, items[i].model);
    }
}
