#include "testnet/proxy/path.h"

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators). */
static uint64_t draw(struct path *path)
{
    uint64_t z = path->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void path_set_distance(struct path *path, const struct distance *distance, uint64_t now_us)
{
    path->distance = *distance;
    if (path->flap.period_us == 0)
        path->flap_from_us = now_us;
    if (path->free_us > now_us)
        path->free_us = now_us; /* what the rate before made to wait has its time already */
}

void path_set_flap(struct path *path, const struct flap *flap, uint64_t now_us)
{
    path->flap = *flap;
    path->flap_from_us = now_us;
}

bool path_is_open(const struct path *path, uint64_t now_us)
{
    const struct flap *flap = path->flap.period_us > 0 ? &path->flap : &path->distance.flap;
    if (path->is_cut)
        return false;
    return flap->period_us == 0 || (now_us - path->flap_from_us) % flap->period_us < flap->open_us;
}

uint64_t path_send(struct path *path, size_t size, uint64_t now_us)
{
    const struct distance *distance = &path->distance;
    uint64_t left_us = now_us;
    if (distance->rate > 0) {
        uint64_t begin_us = path->free_us > now_us ? path->free_us : now_us;
        left_us = begin_us + ((uint64_t)size * 1000000 + distance->rate - 1) / distance->rate;
        path->free_us = left_us;
    }
    uint64_t jitter_us = distance->jitter_us == 0 ? 0 : draw(path) % (distance->jitter_us + 1);
    return left_us + distance->delay_us + jitter_us;
}

uint64_t path_lose(struct path *path, uint64_t packets)
{
    uint64_t behind = 0;
    for (uint64_t left = packets; left > 0 && path->distance.loss > 0; left--) {
        if (draw(path) % DISTANCE_LOSS_WHOLE >= path->distance.loss)
            continue;
        path->lost++;
        if (behind == 0)
            behind = left;
    }
    return behind;
}

uint64_t path_round_trip(const struct path *path, const struct path *back)
{
    return path->distance.delay_us + back->distance.delay_us;
}
