#include "front/diameter_gate.h"

#include "proto/reader.h"

enum { HEADER_SIZE = 20, VERSION = 1, WORD = 4 };

/* RFC 6733 3 and 4.1. */
enum { REQUEST = 0x80, ERROR = 0x20, RESERVED = 0x0f };
enum { AVP_VENDOR = 0x80, AVP_MANDATORY = 0x40, AVP_HEADER_SIZE = 8, AVP_VENDOR_SIZE = 4 };
enum { DEVICE_WATCHDOG = 280, DISCONNECT_PEER = 282 };
enum { RESULT_CODE = 268 };

enum form {
    FORM_ANY,
    FORM_NUMBER,   /* four bytes */
    FORM_IDENTITY, /* a domain name */
    FORM_TEXT,     /* at least a byte */
    FORM_USER,     /* the same, without an exclamation mark */
    FORM_ADDRESS,  /* 4.3.1: a family and so many bytes */
    FORM_GROUP,    /* of AVPs that are in this table, and of others */
    FORM_NUMBERS   /* a group of numbers, and nothing else */
};

struct kind {
    uint32_t code;
    enum form form;
    bool in_answer; /* to DWR and DPR */
};

/* Those of RFC 6733 4.5 which freeDiameter reads itself. */
static const struct kind kinds[] = {
    {1, FORM_USER, false},      /* User-Name */
    {33, FORM_TEXT, false},     /* Proxy-State */
    {257, FORM_ADDRESS, false}, /* Host-IP-Address */
    {258, FORM_NUMBER, false},  /* Auth-Application-Id */
    {259, FORM_NUMBER, false},  /* Acct-Application-Id */
    {260, FORM_NUMBERS, false}, /* Vendor-Specific-Application-Id */
    {263, FORM_TEXT, false},    /* Session-Id */
    {264, FORM_IDENTITY, true}, /* Origin-Host */
    {265, FORM_NUMBER, false},  /* Supported-Vendor-Id */
    {266, FORM_NUMBER, false},  /* Vendor-Id */
    {267, FORM_NUMBER, false},  /* Firmware-Revision */
    {RESULT_CODE, FORM_NUMBER, true},
    {269, FORM_TEXT, false},     /* Product-Name */
    {273, FORM_NUMBER, false},   /* Disconnect-Cause */
    {277, FORM_NUMBER, false},   /* Auth-Session-State */
    {278, FORM_NUMBER, true},    /* Origin-State-Id */
    {279, FORM_GROUP, true},     /* Failed-AVP */
    {280, FORM_IDENTITY, false}, /* Proxy-Host */
    {281, FORM_TEXT, true},      /* Error-Message */
    {282, FORM_IDENTITY, false}, /* Route-Record */
    {283, FORM_IDENTITY, false}, /* Destination-Realm */
    {284, FORM_GROUP, false},    /* Proxy-Info */
    {293, FORM_IDENTITY, false}, /* Destination-Host */
    {296, FORM_IDENTITY, true},  /* Origin-Realm */
    {299, FORM_NUMBER, false},   /* Inband-Security-Id */
};

/* One AVP: the bytes of its value are `value`. */
struct avp {
    uint32_t code;
    uint8_t flags;
    struct bytes value;
};

static const struct kind *kind_of(const struct avp *avp)
{
    if ((avp->flags & AVP_VENDOR) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].code == avp->code)
            return &kinds[i];
    }
    return NULL;
}

static uint32_t read_size(struct reader *reader)
{
    uint32_t high = reader_u8(reader);
    return high << 16 | reader_u16(reader);
}

/* RFC 6733 4.1: a length that counts its header, and padding to a word that it does not count. */
static struct avp read_avp(struct reader *reader)
{
    struct avp avp = {.code = reader_u32(reader), .flags = reader_u8(reader)};
    uint32_t size = read_size(reader);
    uint32_t header = AVP_HEADER_SIZE + ((avp.flags & AVP_VENDOR) != 0 ? AVP_VENDOR_SIZE : 0);
    if ((avp.flags & AVP_VENDOR) != 0)
        (void)reader_u32(reader);
    if (size < header)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    size -= header;
    avp.value = reader_bytes(reader, size);
    (void)reader_bytes(reader, (WORD - size % WORD) % WORD);
    return avp;
}

static bool is_name(struct bytes text)
{
    enum { NAME_SIZE_MAX = 255 };
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    }
    return text.size > 0 && text.size <= NAME_SIZE_MAX;
}

static bool is_address(struct bytes value)
{
    enum { IPV4 = 1, IPV6 = 2, IPV4_SIZE = 2 + 4, IPV6_SIZE = 2 + 16 };
    struct reader reader = reader_over(value);
    uint16_t family = reader_u16(&reader);
    return (family == IPV4 && value.size == IPV4_SIZE) ||
           (family == IPV6 && value.size == IPV6_SIZE);
}

static bool has_form(const struct avp *avp, enum form form)
{
    switch (form) {
    case FORM_ANY:
    case FORM_GROUP:
    case FORM_NUMBERS: return true;
    case FORM_NUMBER: return avp->value.size == WORD;
    case FORM_IDENTITY: return is_name(avp->value);
    case FORM_TEXT: return avp->value.size > 0;
    case FORM_USER:
        return avp->value.size > 0 && memchr(avp->value.data, '!', avp->value.size) == NULL;
    case FORM_ADDRESS: return is_address(avp->value);
    }
    return false;
}

/* The AVPs of a message or a group, which ends where the input does. */
struct list {
    struct reader reader;
    bool is_of_numbers;
};

/* Groups within groups: Failed-AVP { Proxy-Info { … } } is as deep as it gets. */
enum { DEPTH_MAX = 4 };

static enum form form_of(const struct avp *avp, const struct list *list)
{
    const struct kind *kind = kind_of(avp);
    enum form form = kind == NULL ? FORM_ANY : kind->form;
    if (list->is_of_numbers && form != FORM_NUMBER)
        return FORM_NUMBERS; /* which is none in there */
    return form;
}

/* Walks all AVPs, down into the groups, without recursion. */
static bool are_sound(struct bytes avps)
{
    struct list lists[DEPTH_MAX] = {{.reader = reader_over(avps)}};
    size_t depth = 1;
    size_t count = 0;
    while (depth > 0) {
        struct list *list = &lists[depth - 1];
        if (reader_left(&list->reader) == 0) {
            depth--;
            continue;
        }
        struct avp avp = read_avp(&list->reader);
        enum form form = form_of(&avp, list);
        if (!reader_ok(&list->reader) || ++count > DIAMETER_AVPS_MAX || !has_form(&avp, form))
            return false;
        if (form != FORM_GROUP && form != FORM_NUMBERS)
            continue;
        if (list->is_of_numbers || depth == DEPTH_MAX)
            return false;
        lists[depth++] =
            (struct list){.reader = reader_over(avp.value), .is_of_numbers = form == FORM_NUMBERS};
    }
    return true;
}

/* The AVPs are sound. */
static bool is_answer_of_ours(uint32_t command, uint32_t application, struct bytes avps)
{
    struct reader reader = reader_over(avps);
    size_t results = 0;
    if (application != 0 || (command != DEVICE_WATCHDOG && command != DISCONNECT_PEER))
        return false;
    while (reader_left(&reader) > 0) {
        struct avp avp = read_avp(&reader);
        const struct kind *kind = kind_of(&avp);
        if ((kind == NULL || !kind->in_answer) && (avp.flags & AVP_MANDATORY) != 0)
            return false;
        results += kind != NULL && kind->code == RESULT_CODE;
    }
    return results == 1;
}

bool diameter_gate(struct bytes message)
{
    struct reader reader = reader_over(message);
    uint8_t version = reader_u8(&reader);
    uint32_t size = read_size(&reader);
    uint8_t flags = reader_u8(&reader);
    uint32_t command = read_size(&reader);
    uint32_t application = reader_u32(&reader);
    (void)reader_bytes(&reader, 2 * WORD); /* the identifiers */
    if (!reader_ok(&reader) || version != VERSION || size != message.size || size % WORD != 0 ||
        size > DIAMETER_MESSAGE_SIZE_MAX || (flags & RESERVED) != 0 ||
        (flags & (REQUEST | ERROR)) == (REQUEST | ERROR))
        return false;
    struct bytes avps = bytes_of(message.data + HEADER_SIZE, message.size - HEADER_SIZE);
    if (!are_sound(avps))
        return false;
    return (flags & REQUEST) != 0 || is_answer_of_ours(command, application, avps);
}
