/*
 * keyfile.h: secp256k1 keys in the PEM files that OpenSSL reads and writes.
 *
 * Reads SEC 1 ("EC PRIVATE KEY", with or without "EC PARAMETERS" before it, plain or encrypted) and
 * PKCS #8 (plain or encrypted), as `openssl ecparam -name secp256k1 -genkey`, `openssl genpkey` and
 * `openssl ec -aes256` write them. Works on bytes in memory: opening files is the caller's.
 * Leaves OpenSSL's error queue empty, copies of the secret wiped, and needs no clean-up.
 */
#ifndef PROTO_KEYFILE_H
#define PROTO_KEYFILE_H

#include "proto/sign.h"

#define KEYFILE_SIZE_MAX       16384
#define KEYFILE_PASSPHRASE_MAX 1024

/* Writes the passphrase and returns its length, or -1 for "none to be had". Called only for an
 * encrypted file. */
typedef int keyfile_passphrase(void *context, char *buffer, int capacity);

/*
 * Reads the first private key of the file; parameters and certificates before it are passed over.
 * `ask` may be NULL.
 *   ERR_TRUNCATED        an empty file
 *   ERR_TOO_LARGE        above KEYFILE_SIZE_MAX
 *   ERR_BAD_KEY_FILE     no PEM block, no key in it, or a cipher that libcrypto does not offer
 *   ERR_WRONG_KEY_KIND   a public key
 *   ERR_NO_PASSPHRASE    encrypted, and `ask` gave none
 *   ERR_BAD_PASSPHRASE   the passphrase does not decrypt it
 *   ERR_BAD_KEY          a key of another curve or algorithm, or one whose halves do not fit
 * After an error `out` is all zeroes.
 */
enum err keyfile_parse(struct bytes pem, keyfile_passphrase *ask, void *context,
                       struct secret_key *out) must_check;

/* The same for "-----BEGIN PUBLIC KEY-----". ERR_WRONG_KEY_KIND for a private key. */
enum err keyfile_parse_public(struct bytes pem, struct public_key *out) must_check;

/* PKCS #8, encrypted with AES-256-CBC and scrypt when `passphrase` is not NULL. Writes text and a
 * terminator, `capacity` bytes at most, and sets `size` to the text's. ERR_BAD_KEY, ERR_TOO_LARGE,
 * ERR_MEMORY. */
enum err keyfile_format(const struct secret_key *secret, const char *passphrase, char *pem,
                        size_t capacity, size_t *size) must_check;

/* "-----BEGIN PUBLIC KEY-----", for people and other programs; otherwise as keyfile_format(). */
enum err keyfile_format_public(const struct public_key *key, char *pem, size_t capacity,
                               size_t *size) must_check;

/* A new key from libcrypto's random generator. ERR_INTERNAL when it has no entropy. */
enum err keyfile_generate(struct secret_key *out) must_check;

#endif
