#include "node/skew.h"

#include "node/clock.h"
#include "node/log.h"
#include "proto/peer.h"

/* How often refusals are told of. */
#define TELL_EVERY_MS 1000

int64_t skew_look(struct skew *skew, uint64_t wall_ms, uint64_t monotonic_ms)
{
    int64_t jump_ms = (int64_t)(wall_ms - skew->wall_ms - (monotonic_ms - skew->monotonic_ms));
    bool is_first = skew->wall_ms == 0;
    skew->wall_ms = wall_ms;
    skew->monotonic_ms = monotonic_ms;
    return is_first || (jump_ms > -SKEW_JUMP_MS && jump_ms < SKEW_JUMP_MS) ? 0 : jump_ms;
}

void skew_tend(struct skew *skew, struct driver *driver, uint64_t skew_max_ms)
{
    int64_t jump_ms = skew_look(skew, clock_wall_ms(), clock_monotonic_ms());
    if (jump_ms == 0)
        return;
    bool is_ahead = jump_ms > 0;
    uint64_t size_ms = is_ahead ? (uint64_t)jump_ms : -(uint64_t)jump_ms;
    log_event(LOG_WARNING, "clock", "jumped=%s by_ms=%llu do=\"%s\"", is_ahead ? "ahead" : "back",
              (unsigned long long)size_ms,
              "look whether it is right now: it was set, or the machine slept");
    if (is_ahead && size_ms > skew_max_ms)
        (void)driver_hand_over(driver); /* when nobody can take over, the others leave it */
}

bool skew_receive(struct skew *skew, uint32_t from, struct bytes frame)
{
    struct peer_refused refused;
    if (peer_refused_parse(frame, &refused) != ERR_OK || refused.err != ERR_CLOCK)
        return false;
    uint64_t now_ms = clock_monotonic_ms();
    if (skew->refused_ms != 0 && now_ms - skew->refused_ms < TELL_EVERY_MS)
        return true;
    skew->refused_ms = now_ms;
    log_event(LOG_WARNING, "clock", "refused_by=%u text=\"%s\" do=\"%s\"", from,
              "a block of this node is too far ahead of that node's clock",
              "set this node's clock, or that one's: whichever is wrong");
    return true;
}
