#include "ledger/rows.h"

#include "proto/invariant.h"
#include "proto/reader.h"
#include "proto/writer.h"

_Static_assert(IMEI_SERIALS <= 1 << SPAN_WIDTH_MAX, "the widest range has a width");
_Static_assert(MERKLE_LEVELS_MAX == 8 * INDEX_SIZE, "an index fits its bytes");

/* ---- the pieces of rows ---- */

static struct writer row_writer(struct row *row)
{
    return writer_over(row->data, sizeof(row->data));
}

static void row_done(struct row *row, const struct writer *writer)
{
    invariant(writer_ok(writer));
    row->size = writer->size;
}

static enum err unpacked(const struct reader *reader)
{
    return reader_done(reader) == ERR_OK ? ERR_OK : ERR_DAMAGED;
}

static void put_serial(struct writer *writer, uint32_t serial)
{
    invariant(serial < IMEI_SERIALS);
    writer_u8(writer, (uint8_t)(serial >> 16));
    writer_u16(writer, (uint16_t)serial);
}

static uint32_t get_serial(struct reader *reader)
{
    uint32_t high = reader_u8(reader);
    uint32_t serial = high << 16 | reader_u16(reader);
    if (serial >= IMEI_SERIALS)
        reader_fail(reader, ERR_DAMAGED);
    return serial;
}

static void put_index(struct writer *writer, uint64_t index)
{
    invariant(index < INDEX_END);
    writer_u8(writer, (uint8_t)(index >> 32));
    writer_u32(writer, (uint32_t)index);
}

static uint64_t get_index(struct reader *reader)
{
    uint64_t high = reader_u8(reader);
    return high << 32 | reader_u32(reader);
}

static void put_country(struct writer *writer, const struct country *country)
{
    writer_bytes(writer, country->code, 2);
}

static void get_country(struct reader *reader, struct country *out)
{
    reader_copy(reader, out->code, 2);
    out->code[2] = '\0';
}

static void put_name(struct writer *writer, const struct name *name)
{
    writer_bytes(writer, name->text, strlen(name->text));
}

/* A text of `size` bytes, terminated; `capacity` is that of `out`. */
static void get_text(struct reader *reader, size_t size, char *out, size_t capacity)
{
    out[0] = '\0';
    if (size >= capacity) {
        reader_fail(reader, ERR_DAMAGED);
        return;
    }
    reader_copy(reader, out, size);
    out[size] = '\0';
    if (reader_ok(reader) && strlen(out) != size)
        reader_fail(reader, ERR_DAMAGED);
}

/* ---- numbers ---- */

struct row number_pack(uint16_t number)
{
    struct row row;
    struct writer writer = row_writer(&row);
    writer_u16(&writer, number);
    row_done(&row, &writer);
    return row;
}

enum err number_unpack(struct bytes bytes, uint16_t *out)
{
    struct reader reader = reader_over(bytes);
    *out = reader_u16(&reader);
    return unpacked(&reader);
}

struct row index_pack(uint64_t index)
{
    struct row row;
    struct writer writer = row_writer(&row);
    put_index(&writer, index);
    row_done(&row, &writer);
    return row;
}

enum err index_unpack(struct bytes bytes, uint64_t *out)
{
    struct reader reader = reader_over(bytes);
    *out = get_index(&reader);
    return unpacked(&reader);
}

struct row lane_key(const struct key_id *key, uint64_t lane)
{
    struct row row;
    struct writer writer = row_writer(&row);
    writer_bytes(&writer, key->bytes, KEY_ID_SIZE);
    writer_u64(&writer, lane);
    row_done(&row, &writer);
    return row;
}

struct row lane_pack(uint64_t number, uint64_t index)
{
    struct row row;
    struct writer writer = row_writer(&row);
    writer_u64(&writer, number);
    put_index(&writer, index);
    row_done(&row, &writer);
    return row;
}

enum err lane_unpack(struct bytes bytes, uint64_t *number, uint64_t *index)
{
    struct reader reader = reader_over(bytes);
    *number = reader_u64(&reader);
    *index = get_index(&reader);
    return unpacked(&reader);
}

/* ---- organisations ---- */

struct row organisation_pack(const struct organisation *organisation)
{
    struct row row;
    struct writer writer = row_writer(&row);
    put_country(&writer, &organisation->country);
    writer_u8(&writer, (uint8_t)organisation->roles);
    put_name(&writer, &organisation->name);
    row_done(&row, &writer);
    return row;
}

enum err organisation_unpack(uint16_t number, struct bytes bytes, struct organisation *out)
{
    struct reader reader = reader_over(bytes);
    out->number = number;
    get_country(&reader, &out->country);
    out->roles = reader_u8(&reader);
    get_text(&reader, reader_left(&reader), out->name.text, sizeof(out->name.text));
    return unpacked(&reader);
}

struct row key_pack(const struct key_info *key)
{
    struct row row;
    struct writer writer = row_writer(&row);
    writer_bytes(&writer, key->key.bytes, PUBLIC_KEY_SIZE);
    writer_u16(&writer, key->organisation);
    writer_u64(&writer, key->from_height);
    writer_u64(&writer, key->revoked_height);
    row_done(&row, &writer);
    return row;
}

enum err key_unpack(struct bytes bytes, struct key_info *out)
{
    struct reader reader = reader_over(bytes);
    reader_copy(&reader, out->key.bytes, PUBLIC_KEY_SIZE);
    out->organisation = reader_u16(&reader);
    out->from_height = reader_u64(&reader);
    out->revoked_height = reader_u64(&reader);
    return unpacked(&reader);
}

/* No point of the curve begins with a zero byte (SEC 1 section 2.3.3), so a zero key is none. */
static const struct public_key NO_KEY;

struct row proposal_pack(const struct proposal *proposal)
{
    struct row row;
    struct writer writer = row_writer(&row);
    put_country(&writer, &proposal->country);
    writer_u8(&writer, (uint8_t)proposal->roles);
    writer_bytes(&writer, proposal->has_key ? proposal->key.bytes : NO_KEY.bytes, PUBLIC_KEY_SIZE);
    put_name(&writer, &proposal->name);
    row_done(&row, &writer);
    return row;
}

enum err proposal_unpack(struct bytes bytes, struct proposal *out)
{
    struct reader reader = reader_over(bytes);
    get_country(&reader, &out->country);
    out->roles = reader_u8(&reader);
    reader_copy(&reader, out->key.bytes, PUBLIC_KEY_SIZE);
    out->has_key = memcmp(out->key.bytes, NO_KEY.bytes, PUBLIC_KEY_SIZE) != 0;
    get_text(&reader, reader_left(&reader), out->name.text, sizeof(out->name.text));
    return unpacked(&reader);
}

/* ---- nodes ---- */

struct row node_id_pack(uint32_t id)
{
    struct row row;
    struct writer writer = row_writer(&row);
    writer_u32(&writer, id);
    row_done(&row, &writer);
    return row;
}

enum err node_id_unpack(struct bytes bytes, uint32_t *out)
{
    struct reader reader = reader_over(bytes);
    *out = reader_u32(&reader);
    return unpacked(&reader);
}

struct row node_pack(const struct node *node)
{
    struct row row;
    struct writer writer = row_writer(&row);
    size_t name_size = strlen(node->name.text);
    writer_u16(&writer, node->organisation);
    writer_u8(&writer, node->was_voter);
    writer_u64(&writer, node->since_height);
    writer_bytes(&writer, node->key.bytes, PUBLIC_KEY_SIZE);
    writer_u8(&writer, (uint8_t)name_size);
    writer_bytes(&writer, node->name.text, name_size);
    writer_bytes(&writer, node->address, strlen(node->address));
    row_done(&row, &writer);
    return row;
}

enum err node_unpack(uint32_t id, struct bytes bytes, struct node *out)
{
    struct reader reader = reader_over(bytes);
    out->id = id;
    out->organisation = reader_u16(&reader);
    uint8_t was_voter = reader_u8(&reader);
    out->was_voter = was_voter == 1;
    out->since_height = reader_u64(&reader);
    reader_copy(&reader, out->key.bytes, PUBLIC_KEY_SIZE);
    get_text(&reader, reader_u8(&reader), out->name.text, sizeof(out->name.text));
    get_text(&reader, reader_left(&reader), out->address, sizeof(out->address));
    if (was_voter > 1)
        reader_fail(&reader, ERR_DAMAGED);
    return unpacked(&reader);
}

/* ---- TACs ---- */

struct row tac_key(uint32_t tac)
{
    invariant(tac < IMEI_TACS);
    struct row row;
    struct writer writer = row_writer(&row);
    writer_u32(&writer, tac);
    row_done(&row, &writer);
    return row;
}

struct row tac_pack(const struct tac_row *tac)
{
    struct row row;
    struct writer writer = row_writer(&row);
    size_t brand_size = strlen(tac->brand);
    writer_u16(&writer, tac->organisation);
    put_index(&writer, tac->index);
    writer_u8(&writer, (uint8_t)brand_size);
    writer_bytes(&writer, tac->brand, brand_size);
    writer_bytes(&writer, tac->model, strlen(tac->model));
    row_done(&row, &writer);
    return row;
}

enum err tac_unpack(struct bytes bytes, struct tac_row *out)
{
    struct reader reader = reader_over(bytes);
    out->organisation = reader_u16(&reader);
    out->index = get_index(&reader);
    get_text(&reader, reader_u8(&reader), out->brand, sizeof(out->brand));
    get_text(&reader, reader_left(&reader), out->model, sizeof(out->model));
    return unpacked(&reader);
}

/* ---- claims and events ---- */

unsigned span_width(const struct item *item)
{
    uint64_t reach = item->to.value - item->from.value;
    invariant(reach > 0 && reach < IMEI_SERIALS);
    return 64 - (unsigned)__builtin_clzll(reach);
}

struct row span_key(uint32_t tac, unsigned width)
{
    struct row row;
    struct writer writer = row_writer(&row);
    writer_u32(&writer, tac);
    writer_u8(&writer, (uint8_t)width);
    row_done(&row, &writer);
    return row;
}

struct row item_key(const struct item *item)
{
    uint32_t tac = imei_tac(item->from);
    return item_is_range(item) ? span_key(tac, span_width(item)) : tac_key(tac);
}

static void put_item(struct writer *writer, const struct item *item)
{
    put_serial(writer, imei_serial(item->from));
    if (item_is_range(item))
        put_serial(writer, imei_serial(item->to));
}

static void get_item(struct reader *reader, uint32_t tac, bool is_range, struct item *out)
{
    out->from = imei_of(tac, get_serial(reader));
    out->to = is_range ? imei_of(tac, get_serial(reader)) : out->from;
    if (is_range && out->to.value <= out->from.value)
        reader_fail(reader, ERR_DAMAGED);
}

struct row claim_pack(const struct trace *claim)
{
    struct row row;
    struct writer writer = row_writer(&row);
    put_item(&writer, &claim->item);
    writer_u16(&writer, claim->organisation);
    writer_u8(&writer, (uint8_t)claim->kind);
    put_index(&writer, claim->index);
    row_done(&row, &writer);
    return row;
}

enum err claim_unpack(uint32_t tac, bool is_range, struct bytes bytes, struct trace *out)
{
    struct reader reader = reader_over(bytes);
    get_item(&reader, tac, is_range, &out->item);
    out->organisation = reader_u16(&reader);
    out->kind = (enum claim_kind)reader_u8(&reader);
    out->index = get_index(&reader);
    if (claim_kind_word(out->kind) == NULL)
        reader_fail(&reader, ERR_DAMAGED);
    return unpacked(&reader);
}

struct row event_pack(const struct trace *event)
{
    struct row row;
    struct writer writer = row_writer(&row);
    put_item(&writer, &event->item);
    put_index(&writer, event->index);
    writer_u16(&writer, event->organisation);
    row_done(&row, &writer);
    return row;
}

enum err event_unpack(uint32_t tac, bool is_range, struct bytes bytes, struct trace *out)
{
    struct reader reader = reader_over(bytes);
    get_item(&reader, tac, is_range, &out->item);
    out->index = get_index(&reader);
    out->organisation = reader_u16(&reader);
    out->kind = CLAIM_NONE;
    return unpacked(&reader);
}

struct row span_seek(uint32_t from, size_t row_size)
{
    struct row row;
    memset(row.data, 0, row_size);
    struct writer writer = row_writer(&row);
    put_serial(&writer, from);
    row_done(&row, &writer);
    row.size = row_size;
    return row;
}

enum err span_unpack(struct bytes bytes, uint32_t *from, uint32_t *to)
{
    struct reader reader = reader_over(bytes);
    *from = get_serial(&reader);
    *to = get_serial(&reader);
    return reader_ok(&reader) ? ERR_OK : ERR_DAMAGED;
}

/* ---- transactions ---- */

struct row record_pack(const struct record *record)
{
    struct row row;
    struct writer writer = row_writer(&row);
    writer_u64(&writer, record->height);
    writer_u32(&writer, record->position);
    writer_u64(&writer, record->time_ms);
    writer_u64(&writer, record->issued_at_ms);
    writer_u16(&writer, (uint16_t)record->err);
    writer_u16(&writer, record->organisation);
    writer_u8(&writer, (uint8_t)record->operation);
    writer_u8(&writer, (uint8_t)record->reason);
    writer_u32(&writer, record->changed);
    writer_bytes(&writer, record->id.bytes, HASH_SIZE);
    writer_bytes(&writer, record->key.bytes, KEY_ID_SIZE);
    writer_u64(&writer, record->lane);
    writer_u64(&writer, record->number);
    row_done(&row, &writer);
    return row;
}

enum err record_unpack(struct bytes bytes, struct record *out)
{
    struct reader reader = reader_over(bytes);
    out->height = reader_u64(&reader);
    out->position = reader_u32(&reader);
    out->time_ms = reader_u64(&reader);
    out->issued_at_ms = reader_u64(&reader);
    uint16_t number = reader_u16(&reader);
    out->err = err_from_number(number);
    if (out->err != number)
        reader_fail(&reader, ERR_DAMAGED);
    out->organisation = reader_u16(&reader);
    out->operation = (enum operation)reader_u8(&reader);
    out->reason = (enum reason)reader_u8(&reader);
    out->changed = reader_u32(&reader);
    reader_copy(&reader, out->id.bytes, HASH_SIZE);
    reader_copy(&reader, out->key.bytes, KEY_ID_SIZE);
    out->lane = reader_u64(&reader);
    out->number = reader_u64(&reader);
    return unpacked(&reader);
}
