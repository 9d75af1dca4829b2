#include "tests/unit/swarm/case.h"

#include <stdio.h>

#include "proto/number.h"
#include "tests/unit/suite.h"

/* Stories of one device, as stories.txt has them, each judged for itself. */

enum { LINE_MAX_SIZE = 256, EXPECTED_MAX = 8, WORDS_MAX = 16 };

static const struct imei device = {UINT64_C(35100001000000)};

static char title[LINE_MAX_SIZE];
static char expected[EXPECTED_MAX][LINE_MAX_SIZE];
static size_t expected_count;
static size_t story_count;

struct words {
    size_t count;
    char *word[WORDS_MAX];
};

static struct words split(char *line, const char *between)
{
    struct words words = {0};
    char *rest = NULL;
    for (char *at = strtok_r(line, between, &rest); at != NULL;
         at = strtok_r(NULL, between, &rest)) {
        ck_assert_uint_lt(words.count, WORDS_MAX);
        words.word[words.count++] = at;
    }
    return words;
}

static uint64_t number(const char *text)
{
    uint64_t value = 0;
    ck_assert_msg(number_parse(text, 0, INT64_MAX, &value) == ERR_OK, "%s: '%s' is no number",
                  title, text);
    return value;
}

/* The place of a word in a list that ends with NULL. */
static size_t place(const char *word, const char *const *list)
{
    size_t i = 0;
    while (list[i] != NULL && strcmp(list[i], word) != 0)
        i++;
    ck_assert_msg(list[i] != NULL, "%s: what is '%s'?", title, word);
    return i;
}

static enum err code_of(const char *name)
{
    for (unsigned i = 1; i < 256; i++)
        if (strcmp(err_name(err_from_number(i)), name) == 0)
            return err_from_number(i);
    ck_abort_msg("%s: no error is called %s", title, name);
    return ERR_INTERNAL;
}

/* at HEIGHT WHAT WHO TX */
static void take_block(const struct words *words)
{
    static const char *const kinds[] = {"raise", "lift", "twice", "refused", "forged", NULL};
    ck_assert_uint_eq(words->count, 5);
    uint64_t height = number(words->word[1]);
    size_t kind = place(words->word[2], kinds);
    struct hash id = case_id(words->word[4]);
    bool is_refused = kind >= 3;
    uint32_t tx = case_place(&id, height, is_refused ? code_of(words->word[3]) : ERR_OK);
    it.placed[tx].is_authentic = kind != 4;
    if (is_refused)
        return;
    struct name organisation = case_name(words->word[3]);
    case_event(device, kind != 1, &organisation, height, tx);
    it.placed[tx].times = kind == 2 ? 2 : 1;
}

/* ORG TX ANSWER [CODE] [HEIGHT] */
static void take_write(struct record *record, char *const *words, size_t count)
{
    static const char *const outcomes[] = {"committed", "refused", "answered", "unknown", NULL};
    ck_assert_uint_ge(count, 3);
    record->organisation = record->claimant = case_name(words[0]);
    record->transaction = case_id(words[1]);
    record->outcome = (enum record_outcome)place(words[2], outcomes);
    record->code = record->outcome == OUTCOME_UNKNOWN ? ERR_TIMEOUT : ERR_OK;
    if (record->outcome == OUTCOME_REFUSED)
        record->code = code_of(words[3]);
    if (record->outcome != OUTCOME_UNKNOWN)
        record->place = number(words[count - 1]);
}

static void take_claim(struct record *record, char *text)
{
    struct words words = split(text, ":@");
    ck_assert_uint_eq(words.count, 3);
    struct name organisation = case_name(words.word[0]);
    struct hash id = case_id(words.word[1]);
    case_claim(record, &organisation, &id, number(words.word[2]));
}

/* HEIGHT AGE CLAIM…, or TX HEIGHT AGE STATE PLACE */
static void take_answer(struct record *record, char *const *words, size_t count)
{
    static const char *const states[] = {"", "unknown", "pending", "committed", "refused", NULL};
    if (record->op == RECORD_LOOKUP)
        record->transaction = case_id(*words++);
    record->outcome = OUTCOME_ANSWERED;
    record->height = number(words[0]);
    record->age_ms = strcmp(words[1], "-") == 0 ? AGE_UNKNOWN : number(words[1]);
    record->status = VERDICT_WHITE;
    if (record->op == RECORD_LOOKUP) {
        record->state = (enum tx_state)place(words[2], states);
        record->place = number(words[3]);
    }
    for (size_t i = 2; record->op != RECORD_LOOKUP && i < count; i++)
        take_claim(record, words[i]);
}

/* CLIENT NODE/LINK START-END QUESTION … */
static void take_record(struct words *words)
{
    static const char *const ops[] = {"block", "unblock", "check", "fresh", "lookup", NULL};
    ck_assert_msg(words->count >= 6, "%s: too few words", title);
    struct words node = split(words->word[1], "/");
    struct words times = split(words->word[2], "-");
    struct record *record = case_record(&(struct record){
        .client = (uint32_t)number(words->word[0]),
        .node = case_name(node.word[0]),
        .link = number(node.word[1]),
        .op = (enum record_op)place(words->word[3], ops),
        .start_us = 1000 * number(times.word[0]),
        .end_us = 1000 * number(times.word[1]),
    });
    record->imei = record->op == RECORD_LOOKUP ? (struct imei){0} : device;
    if (record_op_writes(record->op))
        take_write(record, words->word + 4, words->count - 4);
    else
        take_answer(record, words->word + 4, words->count - 4);
}

static void take_node(uint64_t height)
{
    it.replay.nodes[it.replay.node_count++] =
        (struct replay_node){.blocks = height, .applied = height};
    it.replay.height = height > it.replay.height ? height : it.replay.height;
}

/* "CHECK WORDS": the first finding that has them is ticked off. */
static void tick_off(char *expectation)
{
    static const char *const checks[] = {
#define X(name, word, sentence) word,
        CHECK_TABLE(X)
#undef X
            NULL};
    char *words = strchr(expectation, ' ');
    ck_assert_ptr_nonnull(words);
    *words++ = '\0';
    enum check check = (enum check)place(expectation, checks);
    for (size_t i = 0; i < it.findings.kept; i++) {
        struct finding *finding = &it.findings.list[i];
        if (finding->check != check || strstr(finding->text, words) == NULL)
            continue;
        *finding = it.findings.list[--it.findings.kept];
        return;
    }
    findings_print(&it.findings, stderr);
    ck_abort_msg("%s: no finding of %s says '%s'", title, expectation, words);
}

static void end_story(void)
{
    if (title[0] == '\0')
        return;
    story_count++;
    (void)case_judge();
    for (size_t i = 0; i < expected_count; i++)
        tick_off(expected[i]);
    if (it.findings.kept > 0)
        ck_abort_msg("%s: not expected: %s", title, it.findings.list[0].text);
}

static void begin_story(const char *words)
{
    end_story();
    snprintf(title, sizeof title, "%s", words);
    expected_count = 0;
    case_begin();
}

static void take_line(char *line)
{
    static const char *const kinds[] = {"story", "wrong", NULL};
    char *words = strchr(line, ' ');
    ck_assert_msg(words != NULL, "%s: '%s'", title, line);
    if (strncmp(line, kinds[0], 5) == 0) {
        begin_story(words + 1);
        return;
    }
    if (strncmp(line, kinds[1], 5) == 0) {
        ck_assert_uint_lt(expected_count, EXPECTED_MAX);
        snprintf(expected[expected_count++], LINE_MAX_SIZE, "%s", words + 1);
        return;
    }
    struct words split_line = split(line, " ");
    if (strcmp(split_line.word[0], "known") == 0)
        it.history.head.height = number(split_line.word[1]);
    else if (strcmp(split_line.word[0], "slack") == 0)
        it.judge.slack_ms = number(split_line.word[1]);
    else if (strcmp(split_line.word[0], "node") == 0)
        take_node(number(split_line.word[1]));
    else if (strcmp(split_line.word[0], "at") == 0)
        take_block(&split_line);
    else
        take_record(&split_line);
}

START_TEST(every_story_is_judged_as_it_says)
{
    char line[LINE_MAX_SIZE];
    FILE *file = fopen(STORIES, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] != '\0' && line[0] != '#')
            take_line(line);
    }
    fclose(file);
    end_story();
    ck_assert_uint_gt(story_count, 40);
}
END_TEST

static const TTest *const *const cases[] = {
    &every_story_is_judged_as_it_says,
};

int main(void)
{
    return suite_run("swarm/judge", cases, sizeof cases / sizeof cases[0]);
}
