/*
 * keyfile.h: secp256k1 private keys in the PEM files that OpenSSL reads and writes.
 *
 * Reads SEC 1 ("EC PRIVATE KEY", with or without "EC PARAMETERS" before it, plain or encrypted) and
 * PKCS #8 (plain or encrypted), as `openssl ecparam -name secp256k1 -genkey`, `openssl genpkey` and
 * `openssl ec -aes256` write them. Works on bytes in memory: opening files is the caller's.
 */
#ifndef PROTO_KEYFILE_H
#define PROTO_KEYFILE_H

#include "proto/sign.h"

#define KEYFILE_SIZE_MAX       16384
#define KEYFILE_PASSPHRASE_MAX 1024

/* Writes the passphrase and returns its length, or -1 for "none to be had". Called only for an
 * encrypted file. */
typedef int keyfile_passphrase(void *context, char *buffer, int capacity);

/* ERR_BAD_KEY_FILE, ERR_BAD_PASSPHRASE, ERR_BAD_KEY (another curve). `ask` may be NULL. */
enum err keyfile_parse(struct bytes pem, keyfile_passphrase *ask, void *context,
                       struct secret_key *out) must_check;

/* PKCS #8, encrypted with AES-256-CBC and scrypt when `passphrase` is not NULL. Writes up to
 * `capacity` bytes and a terminator, sets `size` without it. ERR_TOO_LARGE, ERR_MEMORY. */
enum err keyfile_format(const struct secret_key *secret, const char *passphrase, char *pem,
                        size_t capacity, size_t *size) must_check;

/* "-----BEGIN PUBLIC KEY-----": for people and other programs. */
enum err keyfile_format_public(const struct public_key *key, char *pem, size_t capacity,
                               size_t *size) must_check;

/* A new key from libcrypto's random generator. ERR_INTERNAL when it has no entropy. */
enum err keyfile_generate(struct secret_key *out) must_check;

#endif
