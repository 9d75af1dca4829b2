#include "proto/peer_read.h"

#include "proto/invariant.h"

static struct reader read_start(struct bytes frame, enum peer_frame kind)
{
    struct reader reader = peer_frame_body(frame, kind);
    reader_zeroes(&reader, 3);
    return reader;
}

enum err peer_read_wanted_parse(struct bytes frame, struct peer_read_wanted *out)
{
    struct reader reader = read_start(frame, PEER_READ_WANTED);
    out->round = reader_u64(&reader);
    return reader_done(&reader);
}

void peer_read_wanted_write(struct writer *writer, const struct peer_read_wanted *wanted)
{
    peer_frame_start(writer, PEER_READ_WANTED);
    writer_u64(writer, wanted->round);
}

enum err peer_read_index_parse(struct bytes frame, struct peer_read_index *out)
{
    struct reader reader = read_start(frame, PEER_READ_INDEX);
    out->round = reader_u64(&reader);
    out->index = reader_u64(&reader);
    if (out->index == 0)
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    return reader_done(&reader);
}

void peer_read_index_write(struct writer *writer, const struct peer_read_index *index)
{
    invariant(index->index > 0);
    peer_frame_start(writer, PEER_READ_INDEX);
    writer_u64(writer, index->round);
    writer_u64(writer, index->index);
}
