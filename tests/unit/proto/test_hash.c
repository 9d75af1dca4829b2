#include "proto/hash.h"

#include "tests/unit/proto/fixture.h"

static void assert_hash(struct hash found, const char *hex)
{
    struct hash expected;
    from_hex(hex, expected.bytes, HASH_SIZE);
    ck_assert_mem_eq(found.bytes, expected.bytes, HASH_SIZE);
}

/* FIPS 180-4's examples, and those that NIST added to them (cryptographic standards and guidelines,
 * examples with intermediate values, SHA-256). */
START_TEST(gives_the_hashes_of_nist)
{
    static const struct {
        const char *text;
        const char *hash;
    } vectors[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
         "mnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
        {"\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"},
        {"\xc9\x8c\x8e\x55", "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504"},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        assert_hash(hash_of(bytes_of(vectors[i].text, strlen(vectors[i].text))), vectors[i].hash);
}
END_TEST

START_TEST(gives_the_hashes_of_nist_for_repeated_bytes)
{
    static const struct {
        size_t size;
        uint8_t byte;
        const char *hash;
    } vectors[] = {
        {55, 0, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"},
        {56, 0, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb"},
        {57, 0, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785"},
        {64, 0, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"},
        {1000, 0, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53"},
        {1000, 'A', "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4"},
        {1005, 'U', "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0"},
        {1000000, 0, "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025"},
        {1000000, 'a', "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    static uint8_t input[1000000];
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        memset(input, vectors[i].byte, vectors[i].size);
        assert_hash(hash_of(bytes_of(input, vectors[i].size)), vectors[i].hash);
    }
}
END_TEST

START_TEST(hashes_the_same_in_any_parts)
{
    uint8_t input[200];
    uint64_t state = 4;
    dice_fill(&state, input, sizeof input);
    for (size_t size = 0; size <= sizeof input; size++) {
        struct hash whole = hash_of(bytes_of(input, size));
        for (size_t cut = 0; cut <= size; cut++) {
            struct hasher hasher;
            hasher_begin(&hasher);
            hasher_add(&hasher, input, cut);
            hasher_add(&hasher, NULL, 0);
            hasher_add(&hasher, input + cut, size - cut);
            struct hash parts = hasher_end(&hasher);
            ck_assert(hash_equal(&parts, &whole));
        }
    }
}
END_TEST

START_TEST(goes_on_from_a_copy)
{
    struct hasher first;
    hasher_begin(&first);
    hasher_add(&first, "a", 1);
    struct hasher second = first;
    hasher_add(&first, "bc", 2);
    hasher_add(&second, "xx", 2);
    assert_hash(hasher_end(&first),
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct hash expected = hash_of(bytes_of("axx", 3));
    struct hash found = hasher_end(&second);
    ck_assert(hash_equal(&found, &expected));
}
END_TEST

START_TEST(tells_hashes_apart_at_every_bit)
{
    struct hash hash = hash_of(bytes_of("abc", 3));
    for (size_t bit = 0; bit < 8 * HASH_SIZE; bit++) {
        struct hash other = hash;
        ck_assert(hash_equal(&hash, &other));
        other.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert(!hash_equal(&hash, &other));
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &gives_the_hashes_of_nist,        &gives_the_hashes_of_nist_for_repeated_bytes,
        &hashes_the_same_in_any_parts,    &goes_on_from_a_copy,
        &tells_hashes_apart_at_every_bit,
    };
    return suite_run("hash", cases, sizeof cases / sizeof cases[0]);
}
