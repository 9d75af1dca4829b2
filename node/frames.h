/*
 * frames.h: a frame to a peer, from whichever part of the node.
 *
 * Nothing waits for a frame to arrive: who asks asks again, who answers is asked again. So one that
 * does not go out is told in the log (debug) and forgotten.
 */
#ifndef NODE_FRAMES_H
#define NODE_FRAMES_H

#include "consensus/links.h"

/* `kind` names the frame in the log. False when it did not go out: links_send(). The loop's thread.
 */
bool frame_send(struct links *links, uint32_t peer, enum peer_channel channel, struct bytes frame,
                const char *kind);

#endif
