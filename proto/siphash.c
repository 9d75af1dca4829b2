#include "proto/siphash.h"

/* Section 2 of the paper: v0 to v3. */
struct state {
    uint64_t v[4];
};

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_rounds(struct state *state, int count)
{
    uint64_t *v = state->v;
    for (int i = 0; i < count; i++) {
        v[0] += v[1];
        v[2] += v[3];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] = rotate(v[0], 32);
        v[2] += v[1];
        v[0] += v[3];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] = rotate(v[2], 32);
    }
}

/* Little-endian, `size` bytes of at most 8; the rest is 0. */
static uint64_t word_of(const uint8_t *data, size_t size)
{
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)data[i] << (8 * i);
    return word;
}

static void take_word(struct state *state, uint64_t word)
{
    state->v[3] ^= word;
    sip_rounds(state, 2);
    state->v[0] ^= word;
}

uint64_t siphash(const struct siphash_key *key, struct bytes input)
{
    uint64_t k0 = word_of(key->bytes, 8);
    uint64_t k1 = word_of(key->bytes + 8, 8);
    struct state state = {{k0 ^ UINT64_C(0x736f6d6570736575), k1 ^ UINT64_C(0x646f72616e646f6d),
                           k0 ^ UINT64_C(0x6c7967656e657261), k1 ^ UINT64_C(0x7465646279746573)}};
    size_t at = 0;
    for (; input.size - at >= 8; at += 8)
        take_word(&state, word_of(input.data + at, 8));
    take_word(&state, word_of(input.data + at, input.size - at) | (uint64_t)input.size << 56);
    state.v[2] ^= 0xff;
    sip_rounds(&state, 4);
    return state.v[0] ^ state.v[1] ^ state.v[2] ^ state.v[3];
}
