#include "proto/cose.h"

#include "proto/cbor.h"
#include "proto/invariant.h"

/* Header labels, RFC 9052 section 3.1. */
enum { LABEL_ALGORITHM = 1, LABEL_KID = 4 };

/* {1: -47, 4: kid(16)} has one encoding, and that has this many bytes. */
enum { PROTECTED_SIZE = 22 };

static void read_protected(struct reader *reader, struct key_id *kid)
{
    struct cbor_map map = cbor_map(reader);
    uint64_t label;
    while (cbor_map_next(&map, reader, &label)) {
        switch (label) {
        case LABEL_ALGORITHM:
            if (cbor_int(reader) != COSE_ALG_ES256K)
                reader_fail(reader, ERR_BAD_ALGORITHM);
            break;
        case LABEL_KID: cbor_bytes_exact(reader, kid->bytes, KEY_ID_SIZE); break;
        default: reader_fail(reader, ERR_UNKNOWN_FIELD);
        }
    }
    cbor_map_require(&map, reader, 1u << LABEL_ALGORITHM | 1u << LABEL_KID);
}

enum err cose_parse(struct bytes input, struct cose_sign1 *out)
{
    *out = (struct cose_sign1){0};
    struct cose_sign1 found = {0};
    struct reader reader = reader_over(input);
    if (cbor_tag(&reader) != COSE_TAG_SIGN1)
        reader_fail(&reader, ERR_WRONG_TYPE);
    cbor_array_exact(&reader, 4);
    struct bytes header = cbor_bytes(&reader);
    if (cbor_map(&reader).left != 0)
        reader_fail(&reader, ERR_UNKNOWN_FIELD);
    found.payload = cbor_bytes(&reader);
    cbor_bytes_exact(&reader, found.signature.bytes, SIGNATURE_SIZE);
    enum err err = reader_done(&reader);
    if (err != ERR_OK)
        return err;

    struct reader inside = reader_over(header);
    read_protected(&inside, &found.kid);
    err = reader_done(&inside);
    if (err != ERR_OK)
        return err;
    *out = found;
    return ERR_OK;
}

static void write_protected(struct writer *writer, const struct key_id *kid)
{
    uint8_t buffer[PROTECTED_SIZE];
    struct writer header = writer_over(buffer, sizeof buffer);
    cbor_put_map(&header, 2);
    cbor_put_uint(&header, LABEL_ALGORITHM);
    cbor_put_int(&header, COSE_ALG_ES256K);
    cbor_put_uint(&header, LABEL_KID);
    cbor_put_bytes(&header, kid->bytes, KEY_ID_SIZE);
    invariant(header.err == ERR_OK);
    cbor_put_bytes(writer, buffer, header.size);
}

struct hash cose_digest(const struct key_id *kid, struct bytes payload)
{
    uint8_t buffer[64];
    struct writer head = writer_over(buffer, sizeof buffer);
    cbor_put_array(&head, 4);
    cbor_put_text(&head, "Signature1");
    write_protected(&head, kid);
    cbor_put_bytes(&head, NULL, 0); /* external_aad */
    cbor_put_bytes_head(&head, payload.size);
    invariant(head.err == ERR_OK);

    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, buffer, head.size);
    hasher_add(&hasher, payload.data, payload.size);
    return hasher_end(&hasher);
}

void cose_write(struct writer *writer, const struct key_id *kid, struct bytes payload,
                const struct signature *signature)
{
    cbor_put_tag(writer, COSE_TAG_SIGN1);
    cbor_put_array(writer, 4);
    write_protected(writer, kid);
    cbor_put_map(writer, 0);
    cbor_put_bytes(writer, payload.data, payload.size);
    cbor_put_bytes(writer, signature->bytes, SIGNATURE_SIZE);
}
