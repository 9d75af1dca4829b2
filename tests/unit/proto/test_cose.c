#include "proto/cose.h"

#include "proto/cbor.h"
#include "tests/unit/proto/fixture.h"

/* The parts of an envelope, in hexadecimal. */
#define KID       "101112131415161718191a1b1c1d1e1f"
#define PROTECTED "a201382e0450" KID
#define PAYLOAD   "43aabbcc"
#define QUARTER   "202122232425262728292a2b2c2d2e2f"
#define SIGNATURE "5840" QUARTER QUARTER QUARTER QUARTER
#define WHOLE     "d28456" PROTECTED "a0" PAYLOAD SIGNATURE

static enum err parse(const char *hex, struct cose_sign1 *out)
{
    static uint8_t buffer[512];
    return cose_parse(from_hex(hex, buffer, sizeof buffer), out);
}

static void refuses(const char *hex, enum err expected)
{
    static const struct cose_sign1 nothing;
    struct cose_sign1 envelope;
    memset(&envelope, 9, sizeof envelope);
    enum err err = parse(hex, &envelope);
    ck_assert_msg(err == expected, "%s, not %s: %s", err_name(err), err_name(expected), hex);
    ck_assert_mem_eq(&envelope, &nothing, sizeof nothing);
}

static enum err recode_envelope(struct bytes input, struct writer *again)
{
    struct cose_sign1 envelope;
    enum err err = cose_parse(input, &envelope);
    if (err == ERR_OK)
        cose_write(again, &envelope.kid, envelope.payload, &envelope.signature);
    return err;
}

START_TEST(takes_an_envelope_apart)
{
    struct cose_sign1 envelope;
    uint8_t kid[KEY_ID_SIZE];
    uint8_t signature[SIGNATURE_SIZE];
    ck_assert_int_eq(parse(WHOLE, &envelope), ERR_OK);
    assert_bytes(bytes_of(envelope.kid.bytes, KEY_ID_SIZE), from_hex(KID, kid, sizeof kid));
    assert_bytes(envelope.payload, bytes_of("\xaa\xbb\xcc", 3));
    assert_bytes(bytes_of(envelope.signature.bytes, SIGNATURE_SIZE),
                 from_hex(QUARTER QUARTER QUARTER QUARTER, signature, sizeof signature));
}
END_TEST

START_TEST(has_one_encoding)
{
    uint8_t buffer[512];
    struct bytes whole = from_hex(WHOLE, buffer, sizeof buffer);
    recode_holds(recode_envelope, whole);
    /* What can be flipped and still parses: the contents of kid, payload and signature. */
    ck_assert_uint_eq(recode_flips(recode_envelope, whole), 8 * (16 + 3 + 64));
}
END_TEST

START_TEST(wraps_payloads_of_every_size_of_head)
{
    static const size_t sizes[] = {0, 1, 23, 24, 255, 256, 65535, 65536, 458752};
    static uint8_t payload[458752];
    static uint8_t buffer[sizeof payload + COSE_OVERHEAD_MAX];
    uint64_t state = 13;
    struct cose_sign1 made = {0};
    dice_fill(&state, payload, sizeof payload);
    dice_fill(&state, made.kid.bytes, KEY_ID_SIZE);
    dice_fill(&state, made.signature.bytes, SIGNATURE_SIZE);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct writer writer = writer_over(buffer, sizes[i] + COSE_OVERHEAD_MAX);
        struct bytes content = bytes_of(payload, sizes[i]);
        struct cose_sign1 found;
        cose_write(&writer, &made.kid, content, &made.signature);
        ck_assert(writer_ok(&writer));
        ck_assert_int_eq(cose_parse(writer_view(&writer), &found), ERR_OK);
        assert_bytes(found.payload, content);
        ck_assert(key_id_equal(&found.kid, &made.kid));
        ck_assert_mem_eq(found.signature.bytes, made.signature.bytes, SIGNATURE_SIZE);
    }
}
END_TEST

/* RFC 9052 section 4.4, with the structure written out. */
START_TEST(digests_the_structure_that_is_signed)
{
    uint8_t buffer[512];
    struct cose_sign1 envelope;
    ck_assert_int_eq(parse(WHOLE, &envelope), ERR_OK);
    struct hash found = cose_digest(&envelope.kid, envelope.payload);
    struct hash expected = hash_of(from_hex("846a5369676e617475726531" /* ["Signature1", */
                                            "56" PROTECTED "40" PAYLOAD,
                                            buffer, sizeof buffer));
    ck_assert(hash_equal(&found, &expected));
    for (size_t size = 0; size < 70000; size = size * 3 + 1) {
        static uint8_t content[70000];
        static uint8_t whole[70100];
        struct writer writer = writer_over(whole, sizeof whole);
        writer_bytes(&writer, buffer, 36); /* up to the payload */
        cbor_put_bytes(&writer, content, size);
        found = cose_digest(&envelope.kid, bytes_of(content, size));
        expected = hash_of(writer_view(&writer));
        ck_assert(hash_equal(&found, &expected));
    }
}
END_TEST

START_TEST(digests_neither_more_nor_less)
{
    struct cose_sign1 envelope;
    ck_assert_int_eq(parse(WHOLE, &envelope), ERR_OK);
    struct hash digest = cose_digest(&envelope.kid, envelope.payload);
    struct key_id kid = envelope.kid;
    kid.bytes[15] ^= 1;
    struct hash other = cose_digest(&kid, envelope.payload);
    ck_assert(!hash_equal(&digest, &other));
    other = cose_digest(&envelope.kid, bytes_of(envelope.payload.data, 2));
    ck_assert(!hash_equal(&digest, &other));
    other = cose_digest(&envelope.kid, bytes_of("\xaa\xbb\xcd", 3));
    ck_assert(!hash_equal(&digest, &other));
}
END_TEST

START_TEST(refuses_every_other_outer_form)
{
    refuses("8456" PROTECTED "a0" PAYLOAD SIGNATURE, ERR_WRONG_TYPE);        /* no tag */
    refuses("d18456" PROTECTED "a0" PAYLOAD SIGNATURE, ERR_WRONG_TYPE);      /* COSE_Mac0 */
    refuses("d8628456" PROTECTED "a0" PAYLOAD SIGNATURE, ERR_WRONG_TYPE);    /* COSE_Sign */
    refuses("d8128456" PROTECTED "a0" PAYLOAD SIGNATURE, ERR_NOT_CANONICAL); /* 18, longer */
    refuses("d2d28456" PROTECTED "a0" PAYLOAD SIGNATURE, ERR_WRONG_TYPE);    /* tagged twice */
    refuses("d28356" PROTECTED "a0" PAYLOAD, ERR_OUT_OF_RANGE);              /* no signature */
    refuses("d28556" PROTECTED "a0" PAYLOAD SIGNATURE "00", ERR_OUT_OF_RANGE);
    refuses("d29f56" PROTECTED "a0" PAYLOAD SIGNATURE "ff", ERR_NOT_CANONICAL);
    refuses("d2980456" PROTECTED "a0" PAYLOAD SIGNATURE, ERR_NOT_CANONICAL);
    refuses("d2a256" PROTECTED "a0" PAYLOAD SIGNATURE, ERR_WRONG_TYPE);
    refuses(WHOLE "00", ERR_TRAILING);
    refuses("", ERR_TRUNCATED);
}
END_TEST

START_TEST(refuses_every_other_header)
{
#define WITH_HEADER(head, header) "d284" head header "a0" PAYLOAD SIGNATURE
    refuses(WITH_HEADER("", PROTECTED), ERR_WRONG_TYPE); /* not wrapped in a byte string */
    refuses(WITH_HEADER("5816", PROTECTED), ERR_NOT_CANONICAL);
    refuses(WITH_HEADER("40", ""), ERR_TRUNCATED);
    refuses(WITH_HEADER("41", "a0"), ERR_MISSING_FIELD);
    refuses(WITH_HEADER("57", PROTECTED "00"), ERR_TRAILING);
    refuses(WITH_HEADER("44", "a101382e"), ERR_MISSING_FIELD);         /* no key id */
    refuses(WITH_HEADER("53", "a10450" KID), ERR_MISSING_FIELD);       /* no algorithm */
    refuses(WITH_HEADER("55", "a201260450" KID), ERR_BAD_ALGORITHM);   /* ES256 */
    refuses(WITH_HEADER("55", "a201270450" KID), ERR_BAD_ALGORITHM);   /* EdDSA */
    refuses(WITH_HEADER("56", "a201182e0450" KID), ERR_BAD_ALGORITHM); /* 46 */
    refuses(WITH_HEADER("57", "a20139002e0450" KID), ERR_NOT_CANONICAL);
    refuses(WITH_HEADER("581a", "a2016545533235360450" KID), ERR_WRONG_TYPE);   /* "ES256" */
    refuses(WITH_HEADER("56", "a20450" KID "01382e"), ERR_NOT_CANONICAL);       /* not ascending */
    refuses(WITH_HEADER("5818", "a301382e03040450" KID), ERR_UNKNOWN_FIELD);    /* content type */
    refuses(WITH_HEADER("5818", "a301382e02800450" KID), ERR_UNKNOWN_FIELD);    /* crit */
    refuses(WITH_HEADER("5818", "a301382e0450" KID "0540"), ERR_UNKNOWN_FIELD); /* IV */
    refuses(WITH_HEADER("55", "a201382e044f"
                              "101112131415161718191a1b1c1d1e"),
            ERR_OUT_OF_RANGE);
    refuses(WITH_HEADER("57", "a201382e0451" KID "20"), ERR_OUT_OF_RANGE);
#undef WITH_HEADER
}
END_TEST

START_TEST(refuses_every_other_content)
{
    refuses("d28456" PROTECTED "a10450" KID PAYLOAD SIGNATURE, ERR_UNKNOWN_FIELD);
    refuses("d28456" PROTECTED "80" PAYLOAD SIGNATURE, ERR_WRONG_TYPE);
    refuses("d28456" PROTECTED "bfff" PAYLOAD SIGNATURE, ERR_NOT_CANONICAL);
    refuses("d28456" PROTECTED "a0f6" SIGNATURE, ERR_WRONG_TYPE); /* detached */
    refuses("d28456" PROTECTED "a0"
            "63616263" SIGNATURE,
            ERR_WRONG_TYPE);
    refuses("d28456" PROTECTED "a0"
            "5803aabbcc" SIGNATURE,
            ERR_NOT_CANONICAL);
    refuses("d28456" PROTECTED "a0"
            "5f43aabbccff" SIGNATURE,
            ERR_NOT_CANONICAL);
    refuses("d28456" PROTECTED "a0" PAYLOAD "40", ERR_OUT_OF_RANGE);
    refuses("d28456" PROTECTED "a0" PAYLOAD "583f" QUARTER QUARTER QUARTER
            "202122232425262728292a2b2c2d2e",
            ERR_OUT_OF_RANGE);
    refuses("d28456" PROTECTED "a0" PAYLOAD "5841" QUARTER QUARTER QUARTER QUARTER "00",
            ERR_OUT_OF_RANGE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &takes_an_envelope_apart,
        &has_one_encoding,
        &wraps_payloads_of_every_size_of_head,
        &digests_the_structure_that_is_signed,
        &digests_neither_more_nor_less,
        &refuses_every_other_outer_form,
        &refuses_every_other_header,
        &refuses_every_other_content,
    };
    return suite_run("cose", cases, sizeof cases / sizeof cases[0]);
}
