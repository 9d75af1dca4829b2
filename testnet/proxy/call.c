#include "testnet/proxy/call.h"

enum { OPENING_PACKET_SIZE = 40 }; /* without data */

void call_begin(struct call *call, struct path *path, struct path *back, uint64_t now_us)
{
    *call = (struct call){.path = path, .back = back, .timeout_us = CALL_TIMEOUT_US};
    uint64_t there_us = path_send(path, OPENING_PACKET_SIZE, now_us);
    call->next_us = path_send(back, OPENING_PACKET_SIZE, there_us);
}

bool call_take(struct call *call, uint64_t now_us)
{
    if (call->next_us > now_us)
        return false;
    if (path_is_open(call->path, now_us) && path_is_open(call->back, now_us) &&
        path_lose(call->path, 1) == 0 && path_lose(call->back, 1) == 0)
        return true;
    call->next_us = now_us + call->timeout_us;
    if (call->timeout_us < PATH_TIMEOUT_MAX_US)
        call->timeout_us *= 2;
    return false;
}
