/*
 * What a node and its Diameter process tell each other.
 */
#include "front/s13_wire.h"

#include "tests/unit/suite.h"

static struct s13_said asked(uint32_t id, uint64_t imei, int svn, const char *imsi)
{
    struct s13_said said = {.kind = S13_ASKED, .id = id};
    said.question.imei.value = imei;
    said.question.svn = svn;
    if (imsi[0] != '\0')
        ck_assert_int_eq(imsi_parse(imsi, strlen(imsi), &said.question.imsi), ERR_OK);
    return said;
}

static void round_trip(struct s13_said said)
{
    uint8_t bytes[S13_SAID_SIZE];
    struct s13_said read;
    s13_said_write(&said, bytes);
    ck_assert_int_eq(s13_said_read(bytes, &read), ERR_OK);
    ck_assert_int_eq(read.kind, said.kind);
    ck_assert_int_eq(read.err, said.err);
    ck_assert_uint_eq(read.id, said.id);
    ck_assert_uint_eq(read.question.imei.value, said.question.imei.value);
    if (said.kind == S13_ASKED)
        ck_assert_int_eq(read.question.svn, said.question.svn);
    ck_assert_str_eq(read.question.imsi.digits, said.question.imsi.digits);
    ck_assert_mem_eq(&read.counts, &said.counts, sizeof read.counts);
}

START_TEST(reads_what_it_writes)
{
    round_trip(asked(0, 0, 0, ""));
    round_trip(asked(UINT32_MAX, IMEI_VALUES - 1, IMEI_SVN_NONE, "001010123456789"));
    round_trip(asked(7, UINT64_C(35209900176148), 98, "00101"));
    round_trip((struct s13_said){.kind = S13_STARTED, .err = ERR_OK});
    round_trip((struct s13_said){.kind = S13_STARTED, .err = ERR_NETWORK});
    round_trip((struct s13_said){.kind = S13_COUNTED});
    round_trip((struct s13_said){.kind = S13_COUNTED,
                                 .counts = {.connections = 3, .refusals = {UINT32_MAX, 7, 1}}});
}
END_TEST

/* Whoever has taken the process over can say only what it could have said. */
START_TEST(every_changed_byte_is_refused_or_is_another_record)
{
    struct s13_said said = asked(7, UINT64_C(35209900176148), 12, "001010123456789");
    uint8_t bytes[S13_SAID_SIZE];
    uint8_t again[S13_SAID_SIZE];
    struct s13_said read;
    for (size_t at = 0; at < S13_SAID_SIZE; at++) {
        for (unsigned value = 0; value < 256; value++) {
            s13_said_write(&said, bytes);
            bytes[at] = (uint8_t)value;
            if (s13_said_read(bytes, &read) != ERR_OK || read.kind == S13_STARTED)
                continue;
            s13_said_write(&read, again);
            ck_assert_mem_eq(again, bytes, sizeof bytes);
        }
    }
}
END_TEST

START_TEST(refuses_numbers_and_digits_that_there_are_not)
{
    struct s13_said said = asked(7, IMEI_VALUES - 1, 99, "00101");
    uint8_t bytes[S13_SAID_SIZE];
    struct s13_said read;
    said.question.imei.value = IMEI_VALUES;
    s13_said_write(&said, bytes);
    ck_assert_int_eq(s13_said_read(bytes, &read), ERR_OUT_OF_RANGE);
    said = asked(7, 1, 100, "");
    s13_said_write(&said, bytes);
    ck_assert_int_eq(s13_said_read(bytes, &read), ERR_OUT_OF_RANGE);
    said = asked(7, 1, 1, "00101");
    s13_said_write(&said, bytes);
    bytes[15] = 'x';
    ck_assert_int_eq(s13_said_read(bytes, &read), ERR_BAD_TEXT);
    for (unsigned kind = 0; kind < 256; kind++) {
        memset(bytes, 0, sizeof bytes);
        bytes[0] = (uint8_t)kind;
        ck_assert_int_eq(s13_said_read(bytes, &read),
                         kind >= S13_STARTED && kind <= S13_COUNTED ? ERR_OK : ERR_OUT_OF_RANGE);
    }
    said = (struct s13_said){.kind = S13_COUNTED};
    s13_said_write(&said, bytes);
    bytes[1 + 4 * (1 + REFUSAL_COUNT)] = 1;
    ck_assert_int_ne(s13_said_read(bytes, &read), ERR_OK);
}
END_TEST

START_TEST(answers_come_back_as_they_went)
{
    static const enum verdict verdicts[] = {VERDICT_WHITE, VERDICT_GREY, VERDICT_BLACK,
                                            VERDICT_UNKNOWN};
    uint8_t bytes[S13_ANSWER_SIZE];
    struct s13_answer read;
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        struct s13_answer answer = {.id = 5, .is_decided = true, .verdict = verdicts[i]};
        s13_answer_write(&answer, bytes);
        ck_assert_int_eq(s13_answer_read(bytes, &read), ERR_OK);
        ck_assert(read.is_decided && read.id == 5 && read.verdict == verdicts[i]);
    }
    struct s13_answer unable = {.id = UINT32_MAX};
    s13_answer_write(&unable, bytes);
    ck_assert_int_eq(s13_answer_read(bytes, &read), ERR_OK);
    ck_assert(!read.is_decided && read.id == UINT32_MAX);
    for (unsigned value = 0; value < 256; value++) {
        bytes[4] = (uint8_t)value;
        enum err expected =
            value == 0 || verdict_word((enum verdict)value) != NULL ? ERR_OK : ERR_OUT_OF_RANGE;
        ck_assert_int_eq(s13_answer_read(bytes, &read), expected);
    }
    s13_answer_write(&unable, bytes);
    bytes[S13_ANSWER_SIZE - 1] = 1;
    ck_assert_int_eq(s13_answer_read(bytes, &read), ERR_OUT_OF_RANGE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_what_it_writes,
        &every_changed_byte_is_refused_or_is_another_record,
        &refuses_numbers_and_digits_that_there_are_not,
        &answers_come_back_as_they_went,
    };
    return suite_run("s13_wire", cases, sizeof cases / sizeof cases[0]);
}
