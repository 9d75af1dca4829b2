#include "eir/sighting.h"

#include "proto/writer.h"

#define PACKED_BIT (UINT64_C(1) << 63) /* so that no sighting is 0 */

struct sighting sighting_of(const struct siphash_key *key, struct imei imei,
                            const struct imsi *imsi)
{
    uint8_t input[8 + sizeof imsi->digits];
    struct writer writer = writer_over(input, sizeof input);
    writer_u64(&writer, imei.value);
    writer_bytes(&writer, imsi->digits, strlen(imsi->digits));
    uint64_t hash = siphash(key, writer_view(&writer));
    return (struct sighting){.imei = imei, .subscriber = (uint16_t)hash};
}

uint64_t sighting_pack(const struct sighting *sighting)
{
    return PACKED_BIT | sighting->imei.value << 16 | sighting->subscriber;
}

struct sighting sighting_unpack(uint64_t word)
{
    return (struct sighting){.imei = {(word & ~PACKED_BIT) >> 16}, .subscriber = (uint16_t)word};
}
