#include "proto/record.h"

#include "proto/address.h"

void record_require(struct record *record, bool condition, enum err err)
{
    if (condition)
        return;
    if (record->reader)
        reader_fail(record->reader, err);
    else
        writer_fail(record->writer, err);
}

void record_fields(struct record *record, size_t count)
{
    if (record->reader)
        cbor_array_exact(record->reader, count);
    else
        cbor_put_array(record->writer, count);
}

size_t record_list(struct record *record, size_t count, size_t max)
{
    if (record->reader)
        count = cbor_array(record->reader);
    else
        cbor_put_array(record->writer, count);
    record_require(record, count <= max, ERR_TOO_LARGE);
    return count <= max ? count : 0;
}

uint64_t record_uint(struct record *record, uint64_t value, uint64_t max)
{
    if (record->reader)
        return cbor_uint_max(record->reader, max);
    record_require(record, value <= max, ERR_OUT_OF_RANGE);
    cbor_put_uint(record->writer, value);
    return value;
}

bool record_bool(struct record *record, bool value)
{
    if (record->reader)
        return cbor_bool(record->reader);
    cbor_put_bool(record->writer, value);
    return value;
}

void record_text(struct record *record, char *text, size_t size_max)
{
    if (record->reader)
        cbor_text_copy(record->reader, text, size_max);
    else
        cbor_put_text(record->writer, text);
}

void record_address(struct record *record, char *address)
{
    record_text(record, address, ADDRESS_SIZE_MAX);
    enum err err = address_check(address);
    record_require(record, err == ERR_OK, err);
}

struct bytes record_bytes(struct record *record, struct bytes value, size_t size_max)
{
    if (record->reader)
        value = cbor_bytes(record->reader);
    else
        cbor_put_bytes(record->writer, value.data, value.size);
    record_require(record, value.size <= size_max, ERR_TOO_LARGE);
    return value.size <= size_max ? value : bytes_of(NULL, 0);
}

void record_name_or_none(struct record *record, struct name *name)
{
    record_text(record, name->text, NAME_SIZE_MAX);
    struct name found;
    size_t size = strlen(name->text);
    enum err err = size > 0 ? name_parse(name->text, size, &found) : ERR_OK;
    record_require(record, err == ERR_OK, err);
}

void record_name(struct record *record, struct name *name)
{
    record_name_or_none(record, name);
    record_require(record, name->text[0] != '\0', ERR_BAD_TEXT);
}

void record_country_or_none(struct record *record, struct country *country)
{
    record_text(record, country->code, sizeof country->code - 1);
    struct country found;
    size_t size = strlen(country->code);
    enum err err = size > 0 ? country_parse(country->code, size, &found) : ERR_OK;
    record_require(record, err == ERR_OK, err);
}

void record_country(struct record *record, struct country *country)
{
    record_country_or_none(record, country);
    record_require(record, country->code[0] != '\0', ERR_BAD_TEXT);
}

void record_hash(struct record *record, struct hash *hash)
{
    if (record->reader)
        cbor_bytes_exact(record->reader, hash->bytes, HASH_SIZE);
    else
        cbor_put_bytes(record->writer, hash->bytes, HASH_SIZE);
}

void record_public_key(struct record *record, struct public_key *key)
{
    if (record->reader)
        cbor_bytes_exact(record->reader, key->bytes, PUBLIC_KEY_SIZE);
    else
        cbor_put_bytes(record->writer, key->bytes, PUBLIC_KEY_SIZE);
    enum err err = public_key_check(key);
    record_require(record, err == ERR_OK, err);
}

void record_item(struct record *record, struct item *item)
{
    bool is_range = record->reader ? cbor_peek(record->reader) == CBOR_ARRAY : item_is_range(item);
    if (is_range)
        record_fields(record, 2);
    item->from.value = record_uint(record, item->from.value, IMEI_VALUES - 1);
    if (!is_range) {
        item->to = item->from;
        return;
    }
    item->to.value = record_uint(record, item->to.value, IMEI_VALUES - 1);
    bool is_sound = item->from.value < item->to.value && imei_tac(item->from) == imei_tac(item->to);
    record_require(record, is_sound, ERR_OUT_OF_RANGE);
}
