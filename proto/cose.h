/*
 * cose.h: COSE_Sign1 (RFC 9052 section 4.2) as the ledger takes it: one form, no choice.
 *
 *   18([ << {1: -47, 4: kid(16)} >>, {}, payload(bstr), signature(64) ])
 *
 * Tag 18 is required, the protected header holds the algorithm ES256K and the key id and nothing
 * else, the unprotected header is empty, the payload is attached.
 */
#ifndef PROTO_COSE_H
#define PROTO_COSE_H

#include "proto/sign.h"
#include "proto/writer.h"

#define COSE_ALG_ES256K (-47) /* RFC 8812 section 3.2 */
#define COSE_TAG_SIGN1  18

/* Bytes that the envelope adds to a payload, at most. */
#define COSE_OVERHEAD_MAX 112

struct cose_sign1 {
    struct key_id kid;
    struct bytes payload; /* a view into the input */
    struct signature signature;
};

/* Parses the envelope. The signature is not verified. Errors of reader.h and cbor.h,
 * ERR_BAD_ALGORITHM. Accepts high S: admission normalises it, signature_check() refuses it. What
 * parses has one encoding. After an error `out` is all zeroes. */
enum err cose_parse(struct bytes input, struct cose_sign1 *out) must_check;

/* SHA-256 of the Sig_structure ["Signature1", protected, h'', payload] (RFC 9052 section 4.4): what
 * is signed, and the transaction's id. It does not cover the signature, which is random. */
struct hash cose_digest(const struct key_id *kid, struct bytes payload);

void cose_write(struct writer *writer, const struct key_id *kid, struct bytes payload,
                const struct signature *signature);

#endif
