/*
 * sp.h: the bytes of the clients' connections, as NNG writes them: the greeting of a REQ socket,
 * then messages with their size before them (sp-tcp-mapping-01; over a socket of the file system
 * with a byte more), and at the head of each the number that the answer carries back
 * (sp-request-reply-01).
 *
 * A request that came by way of a device of NNG's, with the numbers of several on it, is refused.
 */
#ifndef NODE_SP_H
#define NODE_SP_H

#include "proto/bytes.h"
#include "proto/err.h"
#include "proto/writer.h"

#define SP_GREETING_SIZE 8
#define SP_HEAD_SIZE_MAX 13

enum sp_transport { SP_TCP, SP_IPC };

/* What an answering socket says first. */
struct bytes sp_greeting(void);
/* What a REQ socket says first; ERR_OUT_OF_RANGE: this is none. `input` is SP_GREETING_SIZE long.
 */
enum err sp_greeting_check(struct bytes input) must_check;

struct sp_frame {
    size_t size; /* all of it; ERR_TRUNCATED: how much must be there to go on */
    uint32_t id;
    struct bytes request; /* a view into the input */
};

/* The first frame of the input. ERR_TRUNCATED: not all of it is there yet. ERR_TOO_LARGE: more than
 * `message_max` bytes of number and request; ERR_OUT_OF_RANGE: no request of a REQ socket. */
enum err sp_read(enum sp_transport transport, struct bytes input, size_t message_max,
                 struct sp_frame *out) must_check;

/* What goes before an answer of that many bytes. */
void sp_head_write(struct writer *writer, enum sp_transport transport, uint32_t id,
                   size_t answer_size);

#endif
