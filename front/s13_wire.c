#include "front/s13_wire.h"

#include "proto/invariant.h"
#include "proto/reader.h"
#include "proto/writer.h"

enum { NO_SVN = 0xff, SVN_MAX = 99 };

static void write_question(struct writer *writer, const struct s13_said *said)
{
    const struct question *question = &said->question;
    size_t digits = strlen(question->imsi.digits);
    writer_u32(writer, said->id);
    writer_u64(writer, question->imei.value);
    writer_u8(writer, question->svn == IMEI_SVN_NONE ? NO_SVN : (uint8_t)question->svn);
    writer_u8(writer, (uint8_t)digits);
    writer_bytes(writer, question->imsi.digits, digits);
}

static void write_counts(struct writer *writer, const struct s13_counts *counts)
{
    writer_u32(writer, counts->connections);
    for (size_t i = 0; i < REFUSAL_COUNT; i++)
        writer_u32(writer, counts->refusals[i]);
}

void s13_said_write(const struct s13_said *said, uint8_t out[S13_SAID_SIZE])
{
    struct writer writer = writer_over(out, S13_SAID_SIZE);
    memset(out, 0, S13_SAID_SIZE);
    writer_u8(&writer, (uint8_t)said->kind);
    switch (said->kind) {
    case S13_STARTED: writer_u32(&writer, (uint32_t)said->err); break;
    case S13_ASKED: write_question(&writer, said); break;
    case S13_COUNTED: write_counts(&writer, &said->counts); break;
    }
    invariant(writer_ok(&writer));
}

static void read_counts(struct reader *reader, struct s13_counts *out)
{
    out->connections = reader_u32(reader);
    for (size_t i = 0; i < REFUSAL_COUNT; i++)
        out->refusals[i] = reader_u32(reader);
}

static void read_question(struct reader *reader, struct s13_said *out)
{
    out->id = reader_u32(reader);
    out->question.imei.value = reader_u64(reader);
    uint8_t svn = reader_u8(reader);
    out->question.svn = svn == NO_SVN ? IMEI_SVN_NONE : svn;
    struct bytes digits = reader_bytes(reader, reader_u8(reader));
    if (out->question.imei.value >= IMEI_VALUES || (svn != NO_SVN && svn > SVN_MAX))
        reader_fail(reader, ERR_OUT_OF_RANGE);
    if (reader_ok(reader) && digits.size > 0)
        reader_fail(reader,
                    imsi_parse((const char *)digits.data, digits.size, &out->question.imsi));
}

enum err s13_said_read(const uint8_t bytes[S13_SAID_SIZE], struct s13_said *out)
{
    struct reader reader = reader_over(bytes_of(bytes, S13_SAID_SIZE));
    *out = (struct s13_said){.question.svn = IMEI_SVN_NONE};
    uint8_t kind = reader_u8(&reader);
    if (kind < S13_STARTED || kind > S13_COUNTED)
        return ERR_OUT_OF_RANGE;
    out->kind = (enum s13_said_kind)kind;
    switch (out->kind) {
    case S13_STARTED: out->err = err_from_number(reader_u32(&reader)); break;
    case S13_ASKED: read_question(&reader, out); break;
    case S13_COUNTED: read_counts(&reader, &out->counts); break;
    }
    reader_zeroes(&reader, reader_left(&reader));
    return reader_done(&reader);
}

void s13_answer_write(const struct s13_answer *answer, uint8_t out[S13_ANSWER_SIZE])
{
    struct writer writer = writer_over(out, S13_ANSWER_SIZE);
    memset(out, 0, S13_ANSWER_SIZE);
    writer_u32(&writer, answer->id);
    writer_u8(&writer, answer->is_decided ? (uint8_t)answer->verdict : 0);
    invariant(writer_ok(&writer));
}

enum err s13_answer_read(const uint8_t bytes[S13_ANSWER_SIZE], struct s13_answer *out)
{
    struct reader reader = reader_over(bytes_of(bytes, S13_ANSWER_SIZE));
    *out = (struct s13_answer){.id = reader_u32(&reader)};
    uint8_t verdict = reader_u8(&reader);
    out->is_decided = verdict != 0;
    out->verdict = (enum verdict)verdict;
    if (out->is_decided && verdict_word(out->verdict) == NULL)
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    reader_zeroes(&reader, reader_left(&reader));
    return reader_done(&reader);
}
