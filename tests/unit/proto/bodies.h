/*
 * bodies.h: the bodies of answers to clients, held to their layout and recoded.
 */
#ifndef TESTS_UNIT_PROTO_BODIES_H
#define TESTS_UNIT_PROTO_BODIES_H

#include "proto/client.h"
#include "tests/unit/proto/fixture.h"

/* Reads one body and writes it again. */
#define RECODE(name, type, read, write)                                                            \
    static enum err name(struct bytes input, struct writer *again)                                 \
    {                                                                                              \
        struct reader reader = reader_over(input);                                                 \
        struct type *found = malloc(sizeof *found);                                                \
        ck_assert(found != NULL);                                                                  \
        read(&reader, found);                                                                      \
        enum err err = reader_done(&reader);                                                       \
        if (err == ERR_OK)                                                                         \
            write(again, found);                                                                   \
        free(found);                                                                               \
        return err;                                                                                \
    }

/* Writes the value to `buffer`: a macro, because each type has its own function. */
#define WRITTEN(write, value, buffer)                                                              \
    ({                                                                                             \
        struct writer writer_ = writer_over(buffer, sizeof buffer);                                \
        write(&writer_, value);                                                                    \
        ck_assert_msg(writer_ok(&writer_), "%s", err_name(writer_.err));                           \
        writer_view(&writer_);                                                                     \
    })

/* The value cannot be written. */
#define NOT_WRITTEN(write, value, expected)                                                        \
    do {                                                                                           \
        static uint8_t room_[RESPONSE_SIZE_MAX];                                                   \
        struct writer writer_ = writer_over(room_, sizeof room_);                                  \
        write(&writer_, value);                                                                    \
        ck_assert_msg(writer_.err == (expected), "%s", err_name(writer_.err));                     \
    } while (0)

/* The body is those bytes, and each bit of them counts. Reading is thereby held to the same layout:
 * what it took for another field would be written at another place. */
static inline void is_laid_out_as(recode *function, struct bytes body, const char *hex)
{
    uint8_t expected[512];
    assert_bytes(body, parts(hex, expected, sizeof expected));
    recode_holds(function, body);
}

#define AA32      "5820 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa "
#define BB32      "5820 bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb "
#define DD32      "5820 dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd "
#define CC32      "5820 cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc "
#define KENYA_TEL "69 6b656e79612d74656c "
#define CA_KENYA  "68 63612d6b656e7961 "
#define KE        "62 4b45 "
#define DEVICE    "1b 00001ff1d11e4011 "

static inline struct hash filled(uint8_t byte)
{
    struct hash hash;
    memset(hash.bytes, byte, HASH_SIZE);
    return hash;
}

#endif
