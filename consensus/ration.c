#include "consensus/ration.h"

bool ration_take(struct ration *ration, unsigned max, uint64_t period_ms, uint64_t now_ms)
{
    if (now_ms - ration->since_ms > period_ms) {
        ration->since_ms = now_ms;
        ration->taken = 0;
    }
    bool is_left = ration->taken < max;
    if (is_left)
        ration->taken++;
    else
        ration->withheld++;
    return is_left;
}

unsigned ration_withheld(struct ration *ration)
{
    unsigned withheld = ration->withheld;
    ration->withheld = 0;
    return withheld;
}
