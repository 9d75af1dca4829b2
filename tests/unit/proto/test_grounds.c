#include "proto/client.h"
#include "tests/unit/proto/recode.h"

static enum err recode_check(struct bytes input, struct writer *again)
{
    static struct check_answer answer;
    struct reader reader = reader_over(input);
    check_answer_read(&reader, &answer);
    enum err err = reader_done(&reader);
    if (err == ERR_OK)
        check_answer_write(again, &answer);
    return err;
}

/* A device of a TAC that nobody allocated, without claims. */
static struct check_answer sample(void)
{
    struct check_answer answer = {.verdict = VERDICT_BLACK, .has_grounds = true};
    answer.grounds.rule = RULE_DEVICE;
    answer.grounds.count = 2;
    answer.grounds.steps[0] = (struct ground){.rule = RULE_GOLDEN, .outcome = STEP_PASSED};
    answer.grounds.steps[1] = (struct ground){.rule = RULE_DEVICE,
                                              .outcome = STEP_DECIDES,
                                              .verdict = VERDICT_BLACK,
                                              .line = 12,
                                              .kind = CLAIM_BLOCK,
                                              .reason = REASON_STOLEN,
                                              .organisation = {"aa"},
                                              .country = {"KE"}};
    return answer;
}

static enum err written(const struct check_answer *answer, uint8_t *buffer, size_t capacity,
                        struct bytes *out)
{
    struct writer writer = writer_over(buffer, capacity);
    check_answer_write(&writer, answer);
    *out = writer_view(&writer);
    return writer.err;
}

START_TEST(a_check_with_grounds_has_one_field_more)
{
    static uint8_t buffer[512];
    static uint8_t expected[512];
    static struct check_answer answer;
    struct bytes body;
    answer = sample();
    ck_assert_int_eq(written(&answer, buffer, sizeof buffer, &body), ERR_OK);
    struct bytes wanted = parts("86 00 03 81 00 f4 80 "
                                "83 04 f4 82 89 01 01 00 00 00 00 00 60 60 "
                                "89 04 05 03 0c 00 01 0b 626161 624b45",
                                expected, sizeof expected);
    ck_assert(bytes_equal(body, wanted));
    recode_holds(recode_check, body);
    answer.has_grounds = false;
    ck_assert_int_eq(written(&answer, buffer, sizeof buffer, &body), ERR_OK);
    ck_assert_uint_eq(body.data[0], 0x85);
    recode_holds(recode_check, body);
}
END_TEST

static void not_written(const struct check_answer *answer, enum err expected)
{
    static uint8_t buffer[65536];
    struct bytes body;
    enum err err = written(answer, buffer, sizeof buffer, &body);
    ck_assert_msg(err == expected, "%s", err_name(err));
}

START_TEST(grounds_that_contradict_themselves_are_refused)
{
    static const struct ground bad[] = {
        {.rule = RULE_COUNT, .outcome = STEP_PASSED},
        {.rule = RULE_GOLDEN},
        {.rule = RULE_GOLDEN, .outcome = (enum step_outcome)7},
        {.rule = RULE_GOLDEN, .outcome = STEP_PASSED, .verdict = VERDICT_WHITE},
        {.rule = RULE_GOLDEN, .outcome = STEP_DECIDES},
        {.rule = RULE_GOLDEN, .outcome = STEP_DECIDES, .verdict = (enum verdict)5},
        {.rule = RULE_GOLDEN, .outcome = STEP_PASSED, .kind = CLAIM_BLOCK},
        {.rule = RULE_DEVICE, .outcome = STEP_IGNORED},
        {.rule = RULE_DEVICE, .outcome = STEP_IGNORED, .kind = (enum claim_kind)5},
        {.rule = RULE_GOLDEN, .outcome = STEP_PASSED, .reason = (enum reason)1},
    };
    static struct check_answer answer;
    answer = sample();
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        answer.grounds.steps[0] = bad[i];
        not_written(&answer, ERR_OUT_OF_RANGE);
    }
    answer.grounds.steps[0] =
        (struct ground){.rule = RULE_GOLDEN, .outcome = STEP_PASSED, .organisation = {"A"}};
    not_written(&answer, ERR_BAD_TEXT);
    answer.grounds.steps[0] =
        (struct ground){.rule = RULE_GOLDEN, .outcome = STEP_PASSED, .country = {"a"}};
    not_written(&answer, ERR_BAD_TEXT);
    answer = sample();
    answer.grounds.rule = RULE_COUNT;
    not_written(&answer, ERR_OUT_OF_RANGE);
    answer = sample();
    answer.grounds.count = GROUNDS_MAX + 1;
    not_written(&answer, ERR_TOO_LARGE);
}
END_TEST

START_TEST(each_rule_and_step_has_its_word)
{
    for (enum rule rule = RULE_FAILED; rule < RULE_COUNT; rule++)
        ck_assert(rule_word(rule) != NULL && rule_sentence(rule) != NULL);
    ck_assert_ptr_null(rule_word(RULE_COUNT));
    ck_assert_ptr_null(rule_sentence(RULE_COUNT));
    ck_assert_ptr_null(step_word((enum step_outcome)0));
    ck_assert_str_eq(step_word(STEP_OVERRIDDEN), "overridden");
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_check_with_grounds_has_one_field_more,
        &grounds_that_contradict_themselves_are_refused,
        &each_rule_and_step_has_its_word,
    };
    return suite_run("proto/grounds", cases, sizeof cases / sizeof cases[0]);
}
