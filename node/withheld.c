#include "node/withheld.h"

/* In its own row, or in the one that has been over for longest. */
void withheld_note(struct withheld *withheld, uint32_t peer, uint64_t until_ms)
{
    size_t place = 0;
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        if (withheld->rows[i].peer == peer) {
            place = i;
            break;
        }
        if (withheld->rows[i].until_ms < withheld->rows[place].until_ms)
            place = i;
    }
    withheld->rows[place].peer = peer;
    withheld->rows[place].until_ms = until_ms;
}

bool withheld_has(const struct withheld *withheld, uint32_t peer, uint64_t now_ms)
{
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        if (withheld->rows[i].peer == peer)
            return now_ms < withheld->rows[i].until_ms;
    }
    return false;
}
