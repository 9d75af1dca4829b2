#include "proto/siphash.h"
#include "tests/unit/suite.h"

/* As `openssl mac -macopt size:8 … SIPHASH` says, with the key and the inputs of the paper: the
 * bytes 0, 1, 2 … The last one of the paper's appendix A is 15 long. */
static const struct {
    size_t size;
    uint64_t hash;
} vectors[] = {
    {0, UINT64_C(0x726fdb47dd0e0e31)},  {1, UINT64_C(0x74f839c593dc67fd)},
    {7, UINT64_C(0xab0200f58b01d137)},  {8, UINT64_C(0x93f5f5799a932462)},
    {9, UINT64_C(0x9e0082df0ba9e4b0)},  {15, UINT64_C(0xa129ca6149be45e5)},
    {16, UINT64_C(0x3f2acc7f57c29bdb)}, {24, UINT64_C(0xb8ad50c6f649af94)},
    {63, UINT64_C(0x958a324ceb064572)},
};

static const struct siphash_key key = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}};

START_TEST(hashes_are_those_of_the_paper_and_of_openssl)
{
    uint8_t input[64];
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        ck_assert_uint_eq(siphash(&key, bytes_of(input, vectors[i].size)), vectors[i].hash);
}
END_TEST

START_TEST(each_bit_of_key_and_input_matters)
{
    uint8_t input[24] = {0};
    uint64_t hash = siphash(&key, bytes_of(input, sizeof input));
    for (size_t bit = 0; bit < sizeof input * 8; bit++) {
        input[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_uint_ne(siphash(&key, bytes_of(input, sizeof input)), hash);
        input[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t bit = 0; bit < SIPHASH_KEY_SIZE * 8; bit++) {
        struct siphash_key other = key;
        other.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        ck_assert_uint_ne(siphash(&other, bytes_of(input, sizeof input)), hash);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &hashes_are_those_of_the_paper_and_of_openssl,
        &each_bit_of_key_and_input_matters,
    };
    return suite_run("siphash", cases, sizeof cases / sizeof cases[0]);
}
