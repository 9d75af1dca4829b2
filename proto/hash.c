/* The one-shot and EVP interfaces of OpenSSL 3 fetch the algorithm at each call, which costs
 * several times the hash itself on inputs of a tree node's size; the context below costs nothing to
 * start. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "proto/hash.h"

#include <openssl/sha.h>

_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct hasher), "hasher.state is too small");
_Static_assert(_Alignof(SHA256_CTX) <= _Alignof(struct hasher), "hasher.state is not aligned");
_Static_assert(SHA256_DIGEST_LENGTH == HASH_SIZE, "SHA-256 has 32 bytes");

static SHA256_CTX *context_of(struct hasher *hasher)
{
    /* cppcheck-suppress ctuuninitvar ; hasher_begin() is who fills it */
    return (SHA256_CTX *)(void *)hasher->state;
}

void hasher_begin(struct hasher *hasher)
{
    SHA256_Init(context_of(hasher));
}

void hasher_add(struct hasher *hasher, const void *data, size_t size)
{
    SHA256_Update(context_of(hasher), data, size);
}

struct hash hasher_end(struct hasher *hasher)
{
    struct hash hash;
    SHA256_Final(hash.bytes, context_of(hasher));
    return hash;
}

struct hash hash_of(struct bytes input)
{
    struct hasher hasher;
    hasher_begin(&hasher);
    hasher_add(&hasher, input.data, input.size);
    return hasher_end(&hasher);
}
