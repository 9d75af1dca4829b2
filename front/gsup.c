#include "front/gsup.h"

enum tag {
    TAG_IMSI = 0x01,
    TAG_CAUSE = 0x02,
    TAG_CLASS = 0x0a,
    TAG_SESSION = 0x30,
    TAG_SESSION_STATE = 0x31,
    TAG_REFERENCE = 0x40,
    TAG_IMEI = 0x50,
    TAG_IMEI_RESULT = 0x51,
    TAG_SOURCE = 0x60,
    TAG_DESTINATION = 0x61,
};

enum {
    IMSI_BCD_SIZE_MAX = 8,
    IMEI_BCD_SIZE = IMEI_DIGITS / 2,
    BCD_FILLER = 0xf,
    SESSION_ENDS = 3, /* the last message of a session says so */
};

/* What comes back under which tag, and its size: as osmo_gsup_make_response() of
 * libosmo-gsup-client does it. A source's name becomes the destination's. */
static const struct returned {
    uint8_t tag;
    uint8_t tag_out;
    uint8_t size_min;
    uint8_t size_max;
} returned[GSUP_RETURNED_COUNT] = {
    {TAG_SESSION, TAG_SESSION, 1, 4},
    {TAG_SESSION_STATE, TAG_SESSION_STATE, 1, 1},
    {TAG_REFERENCE, TAG_REFERENCE, 1, 1},
    {TAG_CLASS, TAG_CLASS, 1, 1},
    {TAG_SOURCE, TAG_DESTINATION, 1, UINT8_MAX},
};

static bool is_request(uint8_t type)
{
    return (type & 3) == 0;
}

static struct bytes read_element(struct reader *reader, uint8_t *tag)
{
    *tag = reader_u8(reader);
    return reader_bytes(reader, reader_u8(reader));
}

/* The digits of packed BCD, the low half of a byte first; returns their number. What is no digit
 * becomes a sign that is none either; a filler ends the last byte. */
static size_t unpack(struct bytes bcd, char *digits)
{
    static const char signs[] = "0123456789*#abc?";
    size_t count = 0;
    for (size_t i = 0; i < bcd.size; i++) {
        digits[count++] = signs[bcd.data[i] & 0xf];
        if (i + 1 == bcd.size && bcd.data[i] >> 4 == BCD_FILLER)
            break;
        digits[count++] = signs[bcd.data[i] >> 4];
    }
    return count;
}

static bool read_imsi(struct bytes bcd, struct imsi *out)
{
    char digits[2 * IMSI_BCD_SIZE_MAX];
    return imsi_parse(digits, unpack(bcd, digits), out) == ERR_OK;
}

/* A called party's number of TS 24.008 10.5.4.7 without its type: another length, then the digits.
 * An MSC sends the fourteen of the identity, neither check digit nor software version. */
static bool read_imei(struct bytes element, struct imei *out)
{
    char digits[2 * IMEI_BCD_SIZE];
    struct imei_parsed parsed;
    if (element.size != 1 + IMEI_BCD_SIZE || element.data[0] != IMEI_BCD_SIZE)
        return false;
    size_t count = unpack(bytes_of(element.data + 1, IMEI_BCD_SIZE), digits);
    if (imei_parse(digits, count, IMEI_FROM_NETWORK, &parsed) != ERR_OK)
        return false;
    *out = parsed.imei;
    return true;
}

static bool keep_element(uint8_t tag, struct bytes element, struct gsup_message *out)
{
    for (size_t i = 0; i < GSUP_RETURNED_COUNT; i++) {
        if (returned[i].tag != tag)
            continue;
        if (out->returned[i].data != NULL || element.size < returned[i].size_min ||
            element.size > returned[i].size_max)
            return false;
        out->returned[i] = element;
    }
    return true; /* others are none of our business */
}

static enum gsup_cause read_elements(struct reader *reader, struct gsup_message *out)
{
    struct bytes imei = {NULL, 0};
    enum gsup_cause cause = GSUP_CAUSE_NONE;
    while (reader_left(reader) > 0) {
        uint8_t tag;
        struct bytes element = read_element(reader, &tag);
        if (!reader_ok(reader))
            return GSUP_CAUSE_PROTOCOL_ERROR;
        bool is_again = tag == TAG_IMSI || (tag == TAG_IMEI && imei.data != NULL);
        if (is_again || !keep_element(tag, element, out))
            cause = GSUP_CAUSE_BAD_ELEMENT;
        if (tag == TAG_IMEI)
            imei = element;
    }
    if (out->type != GSUP_CHECK_IMEI_REQUEST)
        return GSUP_CAUSE_UNKNOWN_TYPE;
    if (!imsi_is_given(&out->imsi) || imei.data == NULL || !read_imei(imei, &out->imei))
        return GSUP_CAUSE_BAD_MANDATORY;
    return cause;
}

bool gsup_read(struct bytes input, struct gsup_message *out, enum gsup_cause *cause)
{
    *out = (struct gsup_message){.type = 0};
    *cause = GSUP_CAUSE_NONE;
    struct reader reader = reader_over(input);
    out->type = reader_u8(&reader);
    uint8_t tag;
    out->imsi_bcd = read_element(&reader, &tag);
    if (!reader_ok(&reader) || tag != TAG_IMSI || !is_request(out->type) ||
        out->imsi_bcd.size == 0 || out->imsi_bcd.size > IMSI_BCD_SIZE_MAX)
        return false;
    if (!read_imsi(out->imsi_bcd, &out->imsi))
        out->imsi = (struct imsi){.digits = ""};
    *cause = read_elements(&reader, out);
    return true;
}

static void write_element(struct writer *writer, uint8_t tag, struct bytes value)
{
    writer_u8(writer, tag);
    writer_u8(writer, (uint8_t)value.size);
    writer_bytes(writer, value.data, value.size);
}

static void write_byte(struct writer *writer, uint8_t tag, uint8_t value)
{
    write_element(writer, tag, bytes_of(&value, 1));
}

static void write_returned(struct writer *writer, const struct gsup_message *request)
{
    for (size_t i = 0; i < GSUP_RETURNED_COUNT; i++) {
        if (request->returned[i].data == NULL)
            continue;
        if (returned[i].tag == TAG_SESSION_STATE)
            write_byte(writer, TAG_SESSION_STATE, SESSION_ENDS);
        else
            write_element(writer, returned[i].tag_out, request->returned[i]);
    }
}

void gsup_write_result(struct writer *writer, const struct gsup_message *request, bool is_refused)
{
    writer_u8(writer, GSUP_CHECK_IMEI_RESULT);
    write_element(writer, TAG_IMSI, request->imsi_bcd);
    write_byte(writer, TAG_IMEI_RESULT, is_refused);
    write_returned(writer, request);
}

void gsup_write_error(struct writer *writer, const struct gsup_message *request,
                      enum gsup_cause cause)
{
    writer_u8(writer, request->type | 1);
    write_element(writer, TAG_IMSI, request->imsi_bcd);
    write_byte(writer, TAG_CAUSE, (uint8_t)cause);
    write_returned(writer, request);
}
