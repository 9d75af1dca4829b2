/*
 * pem.h: the certificate in a PEM file (RFC 7468).
 */
#ifndef CLI_PEM_H
#define CLI_PEM_H

#include "proto/bytes.h"
#include "proto/err.h"

/* Decodes the first CERTIFICATE block into `der`. ERR_NOT_FOUND without one, ERR_BAD_TEXT when it
 * is no base64, ERR_TOO_LARGE, ERR_NOT_CANONICAL when what is in it is not one DER sequence. */
enum err pem_certificate(struct bytes pem, uint8_t *der, size_t capacity, size_t *size) must_check;

#endif
