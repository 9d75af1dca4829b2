#include "node/frames.h"

#include "node/log.h"

bool frame_send(struct links *links, uint32_t peer, enum peer_channel channel, struct bytes frame,
                const char *kind)
{
    enum err err = links_send(links, peer, channel, &frame, 1);
    if (err != ERR_OK)
        log_event(LOG_DEBUG, "unsent", "to=%u kind=%s why=%s", peer, kind, err_name(err));
    return err == ERR_OK;
}
