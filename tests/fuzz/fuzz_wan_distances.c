/* A profile of a testnet: what is taken lies within the bounds. */
#include "proto/invariant.h"
#include "testnet/proxy/distance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct distance *distance)
{
    invariant(distance->delay_us <= DISTANCE_DELAY_MAX);
    invariant(distance->jitter_us <= DISTANCE_DELAY_MAX);
    invariant(distance->rate <= UINT64_C(125000) * DISTANCE_MBIT_MAX);
    invariant(distance->loss <= DISTANCE_LOSS_WHOLE);
    invariant(distance->flap.open_us <= distance->flap.period_us);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct distances distances;
    struct complaint complaint = {0};
    if (distances_parse(bytes_of(data, size), &distances, &complaint) != ERR_OK) {
        invariant(complaint.text[0] != '\0');
        return 0;
    }
    check(&distances.inside);
    check(&distances.other);
    invariant(distances.count <= DISTANCE_ROWS_MAX);
    for (size_t i = 0; i < distances.count; i++) {
        const struct distance_row *row = &distances.rows[i];
        check(&row->distance);
        invariant(is_country(row->from) && is_country(row->to));
        struct distance found = distances_between(&distances, row->from, row->to);
        invariant(found.delay_us == row->distance.delay_us);
    }
    return 0;
}
