/* Key files: what is read is a key, and written is read as the same. */
#include "proto/invariant.h"
#include "proto/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char sealed[] = "BEGIN ENCRYPTED PRIVATE KEY";

/* The passphrase of the corpus. None for PKCS #8, whose files say themselves how many rounds of
 * hashing a try shall take: a fuzzer finds the long ones. */
static int answer(void *context, char *buffer, int capacity)
{
    const struct bytes *file = context;
    invariant(capacity >= 7);
    if (memmem(file->data, file->size, sealed, sizeof sealed - 1) != NULL)
        return -1;
    memcpy(buffer, "correct", 7);
    return 7;
}

static void check_private(struct bytes file)
{
    struct secret_key secret;
    struct secret_key again;
    char pem[1024];
    size_t size;
    if (keyfile_parse(file, answer, &file, &secret) != ERR_OK) {
        static const struct secret_key nothing;
        invariant(memcmp(secret.bytes, nothing.bytes, SECRET_KEY_SIZE) == 0);
        return;
    }
    invariant(keyfile_format(&secret, NULL, pem, sizeof pem, &size) == ERR_OK);
    invariant(keyfile_parse(bytes_of(pem, size), NULL, NULL, &again) == ERR_OK);
    invariant(memcmp(again.bytes, secret.bytes, SECRET_KEY_SIZE) == 0);
}

static void check_public(struct bytes file)
{
    struct public_key key;
    struct public_key again;
    char pem[1024];
    size_t size;
    if (keyfile_parse_public(file, &key) != ERR_OK)
        return;
    invariant(public_key_check(&key) == ERR_OK);
    invariant(keyfile_format_public(&key, pem, sizeof pem, &size) == ERR_OK);
    invariant(keyfile_parse_public(bytes_of(pem, size), &again) == ERR_OK);
    invariant(memcmp(again.bytes, key.bytes, PUBLIC_KEY_SIZE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes file = bytes_of(data, size);
    check_private(file);
    check_public(file);
    return 0;
}
